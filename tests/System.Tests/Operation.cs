using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>A route as the OpenAPI document of a running service describes it.</summary>
public sealed record Operation(string Service, HttpMethod Method, string Path, JsonElement Spec, JsonElement Document)
{
    private static readonly string[] s_methods = ["get", "head", "post", "put", "patch", "delete", "options"];

    /// <summary>Every route of every document, so that one added later is walked too.</summary>
    public static async Task<List<Operation>> All(TheSystem system)
    {
        var all = new List<Operation>();
        foreach (var service in TheSystem.Services.Concat(["updates", "gateway"]))
        {
            var document = (await system.Nobody.Get($"/openapi/{service}.json")).Is(200).Json;
            var own = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
                .Where(m => s_methods.Contains(m.Name)).Select(m => new Operation(service, HttpMethod.Parse(m.Name), path.Name, m.Value, document))).ToList();
            Assert.NotEmpty(own);
            all.AddRange(own);
        }

        return all;
    }

    public bool IsPublic => !Spec.TryGetProperty("security", out var security) || security.GetArrayLength() == 0;

    public bool Writes => Method != HttpMethod.Get && Method != HttpMethod.Head;

    /// <summary>Any of them will do; none where every client may ask.</summary>
    public IReadOnlyList<string> Roles => Spec.TryGetProperty("x-roles", out var roles) ? [.. roles.EnumerateArray().Select(r => r.GetString()!)] : [];

    /// <summary>Without these nobody but who runs the machine gets in; what they show is bound to no division.</summary>
    public bool IsOfOperation => Roles.Count > 0 && Roles.All(role => role is "operator" or "auditor");

    public IEnumerable<JsonElement> Parameters => Spec.TryGetProperty("parameters", out var all) ? all.EnumerateArray() : [];

    public bool Takes(string name) => Parameters.Any(p => p.GetProperty("name").GetString() == name);

    public bool IsList => Method == HttpMethod.Get && Takes("limit");

    public bool IsStream => Path.EndsWith("/stream", StringComparison.Ordinal);

    /// <summary>Where CloudEvents are posted: what they may be is said in words.</summary>
    public bool IsIntake => Writes && Path.EndsWith("/events", StringComparison.Ordinal);

    /// <summary>Where sheets are posted: whose the rows are is judged for each of them.</summary>
    public bool IsImport => Writes && Path.EndsWith("/imports", StringComparison.Ordinal);

    public string? Media => Spec.TryGetProperty("requestBody", out var body) ? body.GetProperty("content").EnumerateObject().First().Name : null;

    public JsonElement? Schema => Spec.TryGetProperty("requestBody", out var body) ? body.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema") : null;

    /// <summary>What a client makes for itself alone, wherever it is: tests of the feed's and the evidence's own ask for it.</summary>
    public bool IsOwn => (Method == HttpMethod.Put && Path.StartsWith("/v1/registry/evidence", StringComparison.Ordinal)) || Path.StartsWith("/v1/updates/tickets", StringComparison.Ordinal) || Path.StartsWith("/v1/updates/subscriptions", StringComparison.Ordinal);

    /// <summary>The members of what a 200 answers.</summary>
    public IEnumerable<string> Answered
    {
        get
        {
            if (!Spec.GetProperty("responses").TryGetProperty("200", out var answer) || !answer.TryGetProperty("content", out var content)) return [];
            var schema = Resolve(content.EnumerateObject().First().Value.GetProperty("schema"));
            return schema.TryGetProperty("properties", out var members) ? members.EnumerateObject().Select(m => m.Name) : [];
        }
    }

    /// <summary>One thing with a version of its own.</summary>
    public bool IsResource => Method == HttpMethod.Get && !Path.EndsWith("/events", StringComparison.Ordinal) && (Answered.Contains("version") || (Path.EndsWith('}') && TheSystem.Services.Contains(Service)));

    public JsonElement Resolve(JsonElement schema)
    {
        while (schema.TryGetProperty("$ref", out var reference))
            schema = reference.GetString()!.Split('/')[1..].Aggregate(Document, (at, step) => at.GetProperty(step));
        return schema;
    }

    public override string ToString() => $"{Method} {Path}";
}

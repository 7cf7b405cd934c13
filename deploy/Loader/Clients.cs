using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>A client as <c>clients.json</c> lists it.</summary>
internal sealed record ClientEntry(
    string ClientId, string Secret, string Division, string? Unit, IReadOnlyList<string> Roles, string Name,
    [property: JsonIgnore] IReadOnlyList<string>? Subjects = null);

/// <summary>The clients for a first look, and the file that keeps their secrets for the owner of this checkout.</summary>
internal sealed class Clients(HttpClient http, string file)
{
    private static readonly JsonSerializerOptions s_form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Five years of everybody's work pass in two minutes; at the usual rate a bureau that verifies for a whole city would have to wait.</summary>
    private static readonly object s_policy = new { requests = 60_000, seconds = 60 };

    private readonly Dictionary<string, ClientEntry> _known = Read(file);
    private readonly Dictionary<string, Api> _apis = [];

    public Api this[string id]
    {
        get
        {
            lock (_apis)
            {
                return _apis.TryGetValue(id, out var api) ? api
                    : _known.TryGetValue(id, out var client) ? _apis[id] = new(http, id, client.Secret)
                    : throw new InvalidOperationException($"There is no client {id} in {file}; load makes it.");
            }
        }
    }

    public bool Has(string id) => _known.ContainsKey(id);

    /// <summary>Registers what is missing. A client whose secret is not in the file gets a new one.</summary>
    public async Task Ensure(Api @operator, Documents documents)
    {
        var registered = (await @operator.All("/v1/clients")).Select(c => c.Text("clientId")).ToHashSet();
        var (made, rotated) = (0, 0);
        try
        {
            foreach (var client in Wanted(documents))
            {
                if (!registered.Contains(client.ClientId))
                {
                    var (id, name, division, unit, roles, subjects) = (client.ClientId, client.Name, client.Division, client.Unit, client.Roles, client.Subjects);
                    var answer = await @operator.Post("/v1/clients", id, new { clientId = id, name, division, unit, roles, subjects, policy = s_policy });
                    _known[id] = client with { Secret = answer.Body.Text("secret") };
                    made++;
                }
                else if (!_known.ContainsKey(client.ClientId))
                {
                    // Lost again, it is rotated again: the reply of the last time may name a secret that has fallen away.
                    var answer = await @operator.Post($"/v1/clients/{client.ClientId}/rotate", RandomNumberGenerator.GetHexString(16), new { });
                    _known[client.ClientId] = client with { Secret = answer.Body.Text("secret") };
                    rotated++;
                }
            }
        }
        finally
        {
            Write();
        }

        AnsiConsole.MarkupLineInterpolated($"Clients: {_known.Count} in {file}, {made} new, {rotated} with a new secret");
    }

    private static IEnumerable<ClientEntry> Wanted(Documents documents)
    {
        foreach (var division in documents.Divisions)
        {
            var (id, name) = (division.Text("id"), division.Text("name"));
            var province = documents.Divisions[0].Text("id");
            switch (division.Text("level"))
            {
                case "county" or "function-zone":
                    yield return new($"reporter-{id}", "", id, "自然资源局", ["reporter"], $"{name}填报系统");
                    yield return new($"reviewer-{id}", "", id, "自然资源局", ["reviewer"], $"{name}审核");
                    break;
                case "city" or "province" when id == province || division.MaybeText("parentId") == province:
                    var (office, treasury) = id == province ? ("省自然资源厅", "省财政厅") : ("市自然资源局", "市财政局");
                    yield return new($"planner-{id}", "", id, office, ["planner"], $"{name}规划");
                    yield return new($"reviewer-{id}", "", id, office, ["reviewer"], $"{name}审核");
                    yield return new($"finance-{id}", "", id, treasury, ["finance"], $"{name}财政");
                    if (id != province) yield return new($"reporter-{id}", "", id, "市统计局", ["reporter"], $"{name}统计");
                    break;
            }
        }

        // A plan of another province is registered by a planner of that province.
        foreach (var plan in documents.Plans.Select(p => p.Text("division")).Where(d => d[..2] != documents.Divisions[0].Text("id")[..2]))
        {
            yield return new($"planner-{plan}", "", plan, "省自然资源厅", ["planner"], $"{documents.Divisions.Single(d => d.Text("id") == plan).Text("name")}规划");
        }

        var (home, named) = (documents.Divisions[0].Text("id"), documents.Divisions[0].Text("name"));
        yield return new($"reader-{home}", "", home, null, ["reader"], $"{named}数据大屏");
        yield return new($"auditor-{home}", "", home, "省审计厅", ["auditor"], $"{named}审计");
        yield return new("source-sections", "", home, "省生态环境厅", ["source"], $"{named}水质断面监测", [.. documents.Sections.Select(s => s.Text("id"))]);
        yield return new("source-imagery", "", home, "省自然资源厅", ["source"], $"{named}遥感影像解译", ["imagery"]);
        yield return new("operator-desk", "", "*", null, ["operator"], "Operator's desk");
    }

    private static Dictionary<string, ClientEntry> Read(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<List<ClientEntry>>(File.ReadAllBytes(file), s_form)!.ToDictionary(c => c.ClientId) : [];

    /// <summary>Whole or not at all, and readable by the owner alone from the first byte on.</summary>
    private void Write()
    {
        var fresh = $"{file}.new";
        File.Delete(fresh);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(fresh, options))
        {
            JsonSerializer.Serialize(stream, _known.Values.OrderBy(c => c.ClientId, StringComparer.Ordinal), s_form);
        }

        File.Move(fresh, file, overwrite: true);
    }
}

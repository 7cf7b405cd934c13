using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Restoration.Contracts.Tests;

/// <summary>What holds for every route of every committed document, so that one that comes later is asked for it too.</summary>
public sealed class DocumentTests
{
    private sealed record Route(string Path, string[] Parameters, string Answers);

    [Fact]
    public void Every_single_resource_and_summary_can_be_asked_about_the_past()
    {
        var routes = Routes().Where(r => !r.Path.Contains("/ops/", StringComparison.Ordinal) && !r.Path.EndsWith("/events", StringComparison.Ordinal)
            && !r.Path.EndsWith("/history", StringComparison.Ordinal) && !r.Path.EndsWith("/evidence/{sha256}", StringComparison.Ordinal) // a hash has one content for ever
            && !IsNoFact(r.Path) && !r.Answers.StartsWith("PageOf", StringComparison.Ordinal)).ToList();
        Assert.True(routes.Count >= 20, $"Only {routes.Count} were found.");
        Assert.All(routes, r => Assert.Subset(r.Parameters.ToHashSet(), new HashSet<string> { "asOf", "recordedAsOf" }));
    }

    /// <summary>What waits for somebody now; what a sheet was answered, once and for all.</summary>
    private static bool IsNoFact(string path) => path.EndsWith("/work-list", StringComparison.Ordinal) || path.EndsWith("/imports/{id}", StringComparison.Ordinal);

    [Fact]
    public void Every_single_resource_has_its_history()
    {
        var paths = Routes().Select(r => r.Path).ToHashSet();
        var single = paths.Where(p => p.EndsWith("/{id}", StringComparison.Ordinal) && !p.Contains("/ops/", StringComparison.Ordinal) && !IsNoFact(p)).ToList();
        Assert.True(single.Count >= 9, $"Only {single.Count} were found.");
        Assert.All(single, p => Assert.Contains($"{p}/history", paths));
    }

    [Fact]
    public void Every_list_goes_on_by_a_cursor()
    {
        var lists = Routes().Where(r => r.Answers.StartsWith("PageOf", StringComparison.Ordinal) || r.Path.EndsWith("/history", StringComparison.Ordinal)).ToList();
        Assert.True(lists.Count >= 25, $"Only {lists.Count} were found.");
        Assert.All(lists, r => Assert.Subset(r.Parameters.ToHashSet(), new HashSet<string> { "limit", "cursor" }));
    }

    [Fact]
    public void Every_list_is_CSV_too_and_every_column_has_a_Chinese_heading()
    {
        var headings = JsonDocument.Parse(File.ReadAllText(Path.Combine(Contracts(), "columns.json"))).RootElement.EnumerateObject().ToDictionary(h => h.Name, h => h.Value.GetString()!);
        // A page of the feed is CloudEvents.
        var columns = Gets("gateway").Where(g => g.Path != "/v1/updates").SelectMany(g => g.Get.GetProperty("responses").TryGetProperty("200", out var ok) && ok.TryGetProperty("content", out var content)
            && content.TryGetProperty("text/csv", out var csv) ? csv.GetProperty("x-columns").EnumerateArray().Select(c => c.GetString()!)
            : Parameters(g.Get).Contains("limit") ? throw new InvalidOperationException($"{g.Path} is no CSV.") : []).ToHashSet();
        Assert.True(columns.Count > 100, $"Only {columns.Count} were found.");
        var named = columns.SelectMany(c => headings.ContainsKey(c) ? [c] : c.Split('.').Select(Plain)).ToHashSet();
        Assert.Equal(named.Order(StringComparer.Ordinal), headings.Keys);
        Assert.All(headings, h => Assert.Matches(@"^\p{IsCJKUnifiedIdeographs}", h.Value));

        // The unit of a quantity is named by the quantity.
        string Plain(string member) => !headings.ContainsKey(member) && member.EndsWith("Unit", StringComparison.Ordinal) ? member[..^4] : member;
    }

    /// <summary>Conventions §1: paths and values of enums are kebab-case, members and parameters camelCase. OAuth has names of its own.</summary>
    [Fact]
    public void Names_are_written_alike_everywhere()
    {
        var names = new HashSet<string>();
        foreach (var file in Directory.GetFiles(Path.Combine(Contracts(), "openapi"), "*.json"))
        {
            var document = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            Walk(document.GetProperty("components"));
            foreach (var path in document.GetProperty("paths").EnumerateObject())
            {
                Assert.All(path.Name.Split('/').Where(s => s.Length > 0 && s[0] != '{'), s => Assert.Matches(@"^[a-z0-9]+(-[a-z0-9]+)*(\.json)?$", s));
                Assert.All(
                    path.Value.EnumerateObject().Where(o => o.Value.ValueKind == JsonValueKind.Object && o.Value.TryGetProperty("parameters", out _))
                        .SelectMany(o => o.Value.GetProperty("parameters").EnumerateArray()).Where(p => p.GetProperty("in").GetString() is "query" or "path"),
                    p => Assert.Matches("^[a-z][a-zA-Z0-9]*$", p.GetProperty("name").GetString()));
            }
        }

        Assert.True(names.Count > 200, $"Only {names.Count} were found.");
        Assert.All(names.Except(["access_token", "token_type", "expires_in", "error_description"]), n => Assert.Matches("^[a-z][a-zA-Z0-9]*$", n));

        void Walk(JsonElement json)
        {
            if (json.ValueKind == JsonValueKind.Object)
            {
                if (json.TryGetProperty("properties", out var members) && members.ValueKind == JsonValueKind.Object)
                    names.UnionWith(members.EnumerateObject().Select(m => m.Name));
                if (json.TryGetProperty("enum", out var values) && values.ValueKind == JsonValueKind.Array)
                    Assert.All(values.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String), v => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", v.GetString()));
                foreach (var member in json.EnumerateObject())
                    Walk(member.Value);
            }
            else if (json.ValueKind == JsonValueKind.Array)
            {
                foreach (var element in json.EnumerateArray())
                    Walk(element);
            }
        }
    }

    private static string Contracts([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "contracts");

    private static string[] Parameters(JsonElement get) =>
        get.TryGetProperty("parameters", out var all) ? [.. all.EnumerateArray().Select(p => p.GetProperty("name").GetString()!)] : [];

    /// <param name="without">Clients; and the feed, where it is about logs.</param>
    private static IEnumerable<(string Path, JsonElement Get)> Gets(params string[] without) =>
        from file in Directory.GetFiles(Path.Combine(Contracts(), "openapi"), "*.json")
        where !without.Contains(Path.GetFileNameWithoutExtension(file))
        from path in JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("paths").EnumerateObject()
        where path.Value.TryGetProperty("get", out _)
        select (path.Name, path.Value.GetProperty("get"));

    private static IEnumerable<Route> Routes() => Gets("gateway", "updates").Select(g => new Route(g.Path, Parameters(g.Get), Answers(g.Get)));

    /// <summary>The name of the schema of what is answered; empty where the document names none.</summary>
    private static string Answers(JsonElement get) =>
        get.GetProperty("responses").TryGetProperty("200", out var ok) && ok.TryGetProperty("content", out var content)
        && content.TryGetProperty("application/json", out var json) && json.GetProperty("schema").TryGetProperty("$ref", out var schema)
            ? schema.GetString()!.Split('/')[^1] : "";
}

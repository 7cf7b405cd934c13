using System.Text.Json;

namespace Restoration.Loader;

/// <summary>What is untidy in the documents, or has no place of its own in the register: kept as notes, which show as findings.</summary>
internal static class Notes
{
    private static readonly Dictionary<string, string> s_lists = new()
    {
        ["aliases"] = "also called", ["problems"] = "problems", ["principles"] = "principles", ["modes"] = "modes", ["species"] = "species",
        ["location"] = "location", ["sections"] = "water sections", ["planningItems"] = "to be planned", ["basis"] = "basis",
        ["coCompilers"] = "compiled with", ["compilers"] = "compiled by", ["addressedTo"] = "addressed to", ["landUseRule"] = "land use",
    };

    private static readonly Dictionary<string, string> s_texts = new()
    {
        ["note"] = "", ["nameNote"] = "", ["dateNote"] = "", ["statusNote"] = "", ["baseYearNote"] = "", ["overlapsProjectNote"] = "",
        ["countyNote"] = "", ["scopeRaw"] = "scope", ["basin"] = "basin", ["allocation"] = "allocation", ["annualPlan"] = "yearly plan",
        ["documentTitle"] = "title of the document", ["approvedBy"] = "approved by", ["approvalTarget"] = "to be approved by", ["wholeRaw"] = "whole",
        ["principle"] = "principle", ["prohibitionScope"] = "prohibitions hold in",
    };

    private static readonly Dictionary<string, string> s_inferred = new()
    {
        ["inferred"] = "partly inferred, not printed", ["parentInferred"] = "the plan above it is inferred, not printed",
        ["targetYearsInferred"] = "target years are inferred, not printed", ["countyInferred"] = "the county is inferred, not printed",
        ["zoneInferred"] = "its zones are inferred, not printed", ["numberInferred"] = "its number is inferred, not printed", ["yearsInferred"] = "the years of its schedule are inferred, not printed",
    };

    public static List<string> Of(JsonElement element) =>
    [
        .. element.EnumerateObject().SelectMany(member => (member.Name, member.Value.ValueKind) switch
        {
            (var name, JsonValueKind.String) when s_texts.TryGetValue(name, out var label) =>
                [label.Length == 0 ? member.Value.GetString()! : $"{label}: {member.Value.GetString()}"],
            (var name, JsonValueKind.Array) when s_lists.TryGetValue(name, out var label) && member.Value.GetArrayLength() > 0 =>
                [$"{label}: {string.Join(", ", member.Value.EnumerateArray().Select(e => e.GetString()))}"],
            (var name, JsonValueKind.True) when s_inferred.TryGetValue(name, out var text) => [text],
            _ => (IEnumerable<string>)[],
        }),
    ];

    public static List<string> OfPlan(JsonElement plan, Documents documents)
    {
        var id = plan.Text("id");
        var parts = documents.Programmes.Concat(documents.KeyWorks).Where(p => p.Text("planId") == id);
        return
        [
            .. plan.MaybeText("status") is null ? ["no status is printed"] : (IEnumerable<string>)[],
            .. Of(plan),
            .. plan.Items("copyDifferences").Select(d => d.Text("what")),
            .. documents.StatedCounts(id)?.MaybeText("note") is { } counts ? [counts] : (IEnumerable<string>)[],
            .. documents.Total(id)?.MaybeText("bindingRaw") is { } raw ? [$"the investment total: {raw}"] : (IEnumerable<string>)[],
            .. parts.SelectMany(p => Of(p).Select(n => $"{p.Text("name")}: {n}")),
        ];
    }

    public static List<string> OfProject(JsonElement project) =>
    [
        .. Of(project),
        .. project.Find("countyCheck") is { } check ? Counties(check) : [],
        .. project.Items("counties").Where(c => c.MaybeText("raw") is not null).Select(c => $"printed as {c.Text("raw")}: {c.Text("name")}"),
        .. project.Items("sites").Select(s => $"site: {s.Text("name")}"),
        .. project.Items("schedule").SelectMany(Of),
        .. project.Find("minElevation") is { } least ? [least.Text("raw")] : (IEnumerable<string>)[],
    ];

    public static List<string> OfZone(JsonElement zone) =>
    [
        .. Of(zone).Where(n => !n.StartsWith("problems: ", StringComparison.Ordinal)), // a zone has a member of its own for them
        .. zone.Items("values").Concat(zone.Items("keyProtection")).Select(v => $"{v.Text("name")}: {v.Text("raw")}"),
        .. zone.Items("subAreas").SelectMany(a => Of(a).Prepend($"part: {a.Text("name")} ({a.Text("raw")})")),
    ];

    private static IEnumerable<string> Counties(JsonElement check)
    {
        if (check.MaybeText("note") is { } note) yield return note;
        foreach (var twice in check.Texts("duplicates")) yield return $"printed twice: {twice}";
        foreach (var missing in check.Texts("missing")) yield return $"not printed: {missing}";
    }
}

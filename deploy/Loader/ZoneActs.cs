using System.Text.Json;

namespace Restoration.Loader;

/// <summary>Zones, key areas and tasks of the plans in the words of the API.</summary>
internal static class ZoneActs
{
    /// <summary>The seven kinds, by the end of the id that the data gives them.</summary>
    private static readonly Dictionary<string, string> s_kinds = new()
    {
        ["water"] = "water", ["forest"] = "forest", ["wetland"] = "wetland", ["mine"] = "mine", ["erosion"] = "soil-erosion", ["construction-land"] = "construction-land",
        ["farmland"] = "farmland",
    };

    public static IEnumerable<Act> Of(Documents documents) => [.. Zones(documents), .. KeyAreas(documents)];

    /// <summary>Whether a plan says that its zones cover all its land and do not overlap.</summary>
    public static bool? Cover(Documents documents, string plan) =>
        documents.ZoneRules.Any(r => r.Text("planId") == plan && r.Text("name").Contains("全覆盖", StringComparison.Ordinal)) ? true : null;

    private static IEnumerable<Act> Zones(Documents documents) =>
        from zone in documents.Zones
        let plan = Acts.PlanOf(documents, zone)
        let id = zone.Text("id")
        select new Act(Acts.Planner(plan), "/v1/registry/zones", id, new
        {
            id, planId = zone.Text("planId"), kind = "restoration-zone", name = zone.Text("name"), nameEn = zone.MaybeText("nameEn"), number = zone.Find("order"),
            parts = zone.Items("counties").Select(c => new { division = c.Text("division"), whole = !c.Flag("partial") }).ToList(),
            statedCounties = zone.Find("countiesStated"), location = zone.MaybeText("location"), rivers = zone.Find("rivers"), features = zone.Find("features"),
            problems = zone.Find("problems"), directions = zone.Find("directions"), prohibitions = zone.Find("prohibitions"), notes = Notes.OfZone(zone),
            origin = Acts.Origin(zone), at = Acts.Midnight(Acts.Adopted(plan)),
        });

    /// <summary>The documents print the kinds of key area and no places.</summary>
    private static IEnumerable<Act> KeyAreas(Documents documents) =>
        from area in documents.KeyAreaKinds
        let plan = Acts.PlanOf(documents, area)
        let id = area.Text("id")
        select new Act(Acts.Planner(plan), "/v1/registry/zones", id, new
        {
            id, planId = area.Text("planId"), kind = "key-area", keyAreaKind = s_kinds[id[(id.IndexOf("-key-", StringComparison.Ordinal) + 5)..]], name = area.Text("name"),
            nameEn = area.MaybeText("nameEn"), number = area.Find("order"), origin = Acts.Origin(area), at = Acts.Midnight(Acts.Adopted(plan)),
        });

    /// <summary>The text of a plan with the tasks that it sets and the patterns that it draws.</summary>
    public static IEnumerable<Act> Texts(Documents documents) =>
        from plan in documents.Plans
        let id = plan.Text("id")
        let tasks = documents.Tasks.Where(t => t.Text("planId") == id).ToList()
        let patterns = documents.Patterns.Where(p => p.MaybeText("planId") == id).Select(Pattern).ToList()
        where tasks.Count + patterns.Count > 0
        select new Act(Acts.Planner(plan), $"{Acts.PlansPath}/{id}/documents", $"{id}-text", new
        {
            id = "text", kind = "text", title = plan.Text("name"), documentNumber = plan.MaybeText("documentNumber"), date = plan.MaybeText("date"),
            tasks = tasks.SelectMany(Task).ToList(), note = patterns.Count > 0 ? string.Join("; ", patterns) : null, at = Acts.Midnight(Acts.Adopted(plan)),
        });

    private static IEnumerable<object> Task(JsonElement task) =>
        task.Texts("subTasks").DefaultIfEmpty().Select(part => new { name = part is null ? task.Text("name") : $"{task.Text("name")}：{part}" });

    private static string Pattern(JsonElement pattern)
    {
        var parts = pattern.Items("parts").Select(p => $"{p.Text("kind")}: {string.Join(", ", p.Texts("names"))}").ToList();
        return parts.Count == 0 ? pattern.Text("name") : $"{pattern.Text("name")} ({string.Join("; ", parts)})";
    }
}

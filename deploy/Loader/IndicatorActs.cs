using System.Text.Json;

namespace Restoration.Loader;

/// <summary>The indicators of the documents in the words of the API. What has no member there is kept as a note.</summary>
internal static class IndicatorActs
{
    public const string Path = "/v1/indicators/indicators";

    public static IEnumerable<Act> Of(Documents documents) =>
        from indicator in documents.Indicators
        let plan = Acts.PlanOf(documents, indicator)
        let definition = indicator.Find("definition")
        let flow = indicator.MaybeText("accumulation") == "period-total"
        select new Act(Acts.Planner(plan), Path, indicator.Text("id"), new
        {
            id = indicator.Text("id"), planId = plan.Text("id"), division = plan.Text("division"), concept = indicator.Text("concept"),
            name = indicator.Text("name"), nameEn = indicator.MaybeText("nameEn"), number = indicator.Find("number"),
            unit = indicator.MaybeText("unit") is { Length: > 0 } unit ? unit : null, category = indicator.MaybeText("category"),
            printedIn = indicator.Text("kind"), binding = Binding(indicator), direction = Direction(indicator.Text("direction")),
            method = Method(documents, indicator), kind = flow ? "flow" : "level",
            start = flow ? plan.GetProperty("period").Find("from") : null,
            // A year or a number that is not printed is said to be null; leaving it out is refused.
            baseline = indicator.Find("baseline") is { } b ? new { year = b.GetProperty("year"), value = b.GetProperty("value") } : null,
            targets = indicator.Items("targets").Select(t => new
            {
                year = t.GetProperty("year"), @operator = Operator(t.Text("operator")), value = t.GetProperty("value"), raw = t.MaybeText("raw"),
            }).ToList(),
            numerator = definition?.MaybeText("numerator"), denominator = definition?.MaybeText("denominator"),
            notes = IndicatorNotes.Of(indicator), at = Acts.Midnight(Acts.Adopted(plan)),
        });

    /// <summary>The operator of a target as the API says it.</summary>
    public static string Operator(string printed) => printed switch
    {
        "=" => "equal",
        ">=" => "at-least",
        ">" => "more-than",
        "<=" => "at-most",
        "not-lower-than-baseline" => printed,
        _ => throw new InvalidOperationException($"The operator {printed} of a target has no word in the API."),
    };

    private static string Direction(string printed) => printed switch
    {
        "higher-better" => "higher",
        "lower-better" => "lower",
        _ => throw new InvalidOperationException($"The direction {printed} of an indicator has no word in the API."),
    };

    private static string Binding(JsonElement indicator) => indicator.Find("binding")?.GetBoolean() switch
    {
        true => "binding",
        false => "expected",
        null => "not-stated",
    };

    /// <summary>
    /// Fed by the measures that name it: by their verified progress; an outcome or a rate feeds nothing. What accepted mine sites feed in
    /// one plan they feed in every plan, also where no measure names it.
    /// </summary>
    public static string Method(Documents documents, JsonElement indicator)
    {
        var concepts = documents.Indicators.ToDictionary(i => i.Text("id"), i => i.Text("concept"));
        var feeding = (
            from project in documents.Projects
            from measure in project.Items("measures")
            let id = measure.MaybeText("indicatorId")
            where id is not null && Acts.Role(measure) is null or "total" && concepts.GetValueOrDefault(id) == indicator.Text("concept")
            select (Id: id, FedBy: Acts.FedBy(project, measure))).ToList();
        return feeding switch
        {
            _ when feeding.Exists(f => f.FedBy == "site-count") => "mine-count",
            _ when feeding.Exists(f => f.FedBy == "site-area") => "mine-area",
            _ when feeding.Exists(f => f.Id == indicator.Text("id")) => "progress",
            _ => indicator.Find("sectionKind") is null ? "reported" : "section-share",
        };
    }
}

using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// Values that the documents state as facts, posted by the city's statistics and accepted by its reviewer. Only those count that say of
/// which year they are, and that measure what an observed indicator of the plan measures; a year is never guessed.
/// </summary>
internal static class ObservationActs
{
    private const string EventsPath = "/v1/indicators/events";

    public static IEnumerable<Act> Of(Documents documents) =>
        from fact in documents.Observations
        where fact.MaybeText("indicatorId") is not null && fact.MaybeNumber("year") is not null
        let indicator = documents.Indicators.Single(i => i.Text("id") == fact.Text("indicatorId"))
        let plan = Acts.PlanOf(documents, indicator)
        let city = plan.Text("division")
        where fact.Text("division") == city && IndicatorActs.Method(documents, indicator) == "reported"
            && Measured(fact.Text("unit")) == Measured(indicator.Text("unit"))
        let at = Acts.Midnight(Acts.Adopted(plan))
        let year = fact.GetProperty("year").ToString()
        from act in new[]
        {
            new Act($"reporter-{city}", EventsPath, fact.Text("id"), Event(fact, city, year, at), $"{city}-41"),
            new Act($"reviewer-{city}", $"/v1/indicators/observations/{indicator.Text("id")}.{city}.{year}/accept", fact.Text("id"), new { at }, $"{city}-13"),
        }
        select act;

    private static object Event(JsonElement fact, string city, string year, string at) => Cloud.Event(
        $"/city/{city}/statistics", fact.Text("id"), "restoration.indicator.observed.v1", fact.Text("indicatorId"), at, new
        {
            indicatorId = fact.Text("indicatorId"), division = city, period = year, value = new { value = fact.Find("value"), unit = fact.Text("unit") },
            method = "statistics", note = Note(fact),
        });

    private static string Note(JsonElement fact)
    {
        var source = fact.GetProperty("source");
        return $"{fact.Text("name")}: {fact.Text("raw")}, stated in {source.Text("document")} {source.Text("section")}{(fact.Flag("yearInferred") ? "; its year is inferred, not printed" : "")}";
    }

    /// <summary>The unit without the 万 or 亿 before it.</summary>
    private static string Measured(string unit) => unit.TrimStart('万', '亿');
}

using Restoration.Domain;
using Restoration.Indicators.Definitions;
using Restoration.Indicators.Observations;

namespace Restoration.Indicators.Tests;

/// <summary>What the specs speak of.</summary>
internal static class Sample
{
    public const string City = "360700", Yudu = "360731";
    public static readonly DateTimeOffset At = new(2025, 1, 10, 1, 0, 0, TimeSpan.Zero);
    public static readonly By Planner = new("planner"), Reporter = new("yudu", "1001"), Reviewer = new("city", "2001");

    public static readonly DivisionTree Tree = DivisionTree.Of(
    [
        new("360000", "江西省", "province"), new(City, "赣州市", "city", "360000"), new(Yudu, "于都县", "county", City),
        new("360200", "景德镇市", "city", "360000"), new("360222", "浮梁县", "county", "360200"),
    ]);

    public static IndicatorDefinition Coverage => new(
        "gz", "forest-coverage", 2, "森林覆盖率", "Forest coverage", Unit.Percent, Binding.Binding, "生态质量", PrintedIn.Table, Direction.Higher,
        IndicatorKind.Level, Method.Reported, null, new Baseline(2020, 70m), [new Target(2025, Operator.AtLeast, 80m, "≥80")], "森林面积", "土地面积", []);

    public static IndicatorDefinition Erosion => new(
        "gz", "erosion-area-treated", null, "水土流失治理面积", null, Unit.WanMu, Binding.NotStated, null, PrintedIn.TextGoal, Direction.Higher,
        IndicatorKind.Flow, Method.Progress, 2021, null, [new Target(2025, Operator.Equal, 100m, "100万亩")], null, null, []);

    public static IndicatorDefined Defined(IndicatorDefinition? definition = null, string id = "gz-coverage", int revision = 1) =>
        new(id, City, revision, definition ?? Coverage, revision == 1 ? null : "revised", Planner, At);

    public static ObservationRef Of(string division = City, string period = "2024", string indicator = "gz-coverage") =>
        new(indicator, "gz", division, Parse(period));

    public static Period Parse(string text) => Period.TryParse(text, out var period) ? period : throw new FormatException(text);

    public static IndicatorObserved Observed(decimal value = 76m, int revision = 1, string? reason = null) =>
        new(Of(), revision, new Quantity(value, Unit.Percent), null, null, ObservationMethod.Survey, reason, null, Reporter, At);

    public static SubmitObservation Submit(
        decimal? value = 76m, string division = City, string period = "2024", decimal? numerator = null, decimal? denominator = null, string? reason = null,
        Unit? unit = null) => new(
        "gz-coverage", division, Parse(period), value is { } v ? new Quantity(v, unit ?? Unit.Percent) : null, numerator, denominator, ObservationMethod.Survey,
        reason, null, Reporter, At);

    public static ProgressContributed Contributed(decimal value = 1.2m) => new(
        Of(Yudu, "2024-Q1", "gz-erosion"), "gz-p10-m1.360731.2024-Q1", "gz-p10-m1", new Quantity(value, Unit.WanMu),
        Guid.Parse("0197a1f8-0000-7000-8000-000000000001"), 17, Reviewer, At);
}

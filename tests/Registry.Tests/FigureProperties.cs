using FsCheck;
using FsCheck.Fluent;
using Restoration.Domain;
using Restoration.Registry.Progress;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>Whatever comes in whatever order, the figures are what the facts add up to.</summary>
public sealed class FigureProperties
{
    private static readonly string[] s_months = ["2024-01", "2024-02", "2024-03"];
    private static readonly string[] s_counties = [Yudu, Ningdu];

    private static readonly By s_inspector = new("province", "i-1");

    /// <summary>A sample in which every figure was drawn.</summary>
    private static readonly Samples.Sample s_all = Samples.Sample.Aggregate.Fold(Samples.Sample.Unknown, SampleSpecs.Drawn with
    {
        Drawn = [.. from county in s_counties from month in s_months select Ref(month, county).Id],
    });

    private sealed record Act(int Kind, int Month, int County, decimal Value, int Of);

    private static readonly Arbitrary<Act[]> s_traffic = (
        from kind in Gen.Choose(0, 7)
        from month in Gen.Choose(0, s_months.Length - 1)
        from county in Gen.Choose(0, s_counties.Length - 1)
        from value in Gen.Choose(0, 4_000)
        from of in Gen.Choose(0, 9)
        select new Act(kind, month, county, value / 100m, of)).ArrayOf().ToArbitrary();

    [Fact]
    public void The_figures_equal_a_fold_over_the_facts() => Prop.ForAll(s_traffic, acts =>
    {
        var (progress, facts) = Run(acts);
        var expected = new Dictionary<string, (decimal Total, decimal? Verified)>();
        foreach (var fact in facts)
        {
            var before = expected.GetValueOrDefault(fact.Figure.Id);
            expected[fact.Figure.Id] = fact switch
            {
                ProgressReported { Mode: ReportMode.Increment } e => before with { Total = before.Total + e.Quantity.Canonical },
                ProgressReported e => before with { Total = e.Total.Canonical },
                ProgressCorrected { Corrects: null } e => before with { Total = e.Quantity.Canonical },
                ProgressCorrected e => before with { Total = e.Total.Canonical },
                ProgressRederived e => before with { Total = e.Total.Canonical },
                ProgressVerified => before with { Verified = before.Total },
                _ => before,
            };
        }

        return All(progress).Count == expected.Count && progress.Reported == All(progress).Sum(f => f.Canonical)
            && progress.VerifiedSum == expected.Values.Sum(e => e.Verified ?? 0) && All(progress).TrueForAll(f =>
            (f.Total.Canonical, f.Verified?.Canonical) == (expected[f.Ref.Id].Total, expected[f.Ref.Id].Verified));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Increments_in_any_order_and_grouping_make_the_same_figure() => Prop.ForAll(Gen.Choose(0, 300).ArrayOf().ToArbitrary(), values =>
    {
        var one = Sum(values.Select(v => v / 100m));
        var turned = Sum(values.Reverse().Select(v => v / 100m));
        var grouped = Sum(values.Chunk(3).Select(g => g.Sum() / 100m));
        return one == turned && one == grouped && one == values.Sum() / 100m * 30_000;

        static decimal Sum(IEnumerable<decimal> amounts) =>
            All(Taken(amounts.Select((a, i) => Report(a, id: $"e-{i}") with { Reason = "r" }))).Sum(f => f.Total.Canonical);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Amounts_split_over_units_make_the_same_figure() => Prop.ForAll(Gen.Choose(1, 900).ArrayOf().ToArbitrary(), mu =>
    {
        string[] units = ["mu", "wan-mu", "m2", "ha", "km2"];
        // 3 mu are 2,000 m², so that every unit holds the amount exactly.
        var mixed = mu.Select((m, i) => (Amount: m * 3 * 2_000m, Unit: units[i % units.Length]))
            .Select((a, i) => Report(0, id: $"e-{i}") with { Quantity = InUnit(a.Amount, a.Unit), Reason = "r" });
        return All(Taken(mixed)).Sum(f => f.Total.Canonical) == mu.Sum(m => m * 3 * 2_000m);

        static Quantity InUnit(decimal canonical, string unit) => Quantity(canonical / Quantity(1, unit).Unit.Factor, unit);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cumulative_reports_in_order_add_up_to_the_last() => Prop.ForAll(Gen.Choose(0, 300).ArrayOf().ToArbitrary(), done =>
    {
        var year = done.Take(12).Select(d => d / 100m).ToArray();
        var reports = year.Select((_, i) => Report(year[..(i + 1)].Sum(), $"2023-{i + 1:00}", ReportMode.YearToDate, $"e-{i}"));
        var figures = All(Taken(reports));
        return figures.Sum(f => f.Total.Canonical) == year.Sum() * 30_000 && figures.All(f => f.Total.Canonical == year[f.Ref.Period.From.Month - 1] * 30_000);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cumulative_reports_in_any_order_add_up_to_the_last() => Prop.ForAll(Gen.Choose(0, 300).ArrayOf().ToArbitrary(), done =>
    {
        var year = done.Take(12).Select(d => d / 100m).ToArray();
        var reports = year.Select((_, i) => Report(year[..(i + 1)].Sum(), $"2023-{i + 1:00}", ReportMode.YearToDate, $"e-{i}") with { Reason = "r" });
        var figures = All(Taken(reports.OrderBy(r => Math.Abs(r.Period.From.Month - 5.3))));
        return figures.Sum(f => f.Total.Canonical) == year.Sum() * 30_000 && figures.All(f => f.Total.Canonical == year[f.Ref.Period.From.Month - 1] * 30_000);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void County_sums_are_city_sums_are_province_sums() => Prop.ForAll(s_traffic, acts =>
    {
        var (progress, facts) = Run(acts);
        var last = facts.OfType<ProgressVerified>().GroupBy(f => f.Figure).ToDictionary(g => g.Key, g => g.Last().Total.Canonical);
        return s_counties.Sum(Under) == Under(City) && Under(City) == Under("360000") && Under(City) == progress.VerifiedSum;

        decimal Under(string division) => last.Where(f => Tree.Contains(division, f.Key.Division)).Sum(f => f.Value);
    }).QuickCheckThrowOnFailure();

    private static List<Figure> All(MeasureProgress progress) => [.. progress.Divisions.Values.SelectMany(figures => figures)];

    private static MeasureProgress Taken(IEnumerable<ReportProgress> reports) => reports.Aggregate(MeasureProgress.None, (progress, report) =>
        MeasureProgress.Aggregate.Fold(progress, Accepted(ProgressDecider.Decide(progress, report, InProgress, Registered, Tree))));

    private static IReadOnlyList<ProgressEvent> Accepted(Decision<ProgressEvent> decision)
    {
        Assert.Null(decision.Refusal);
        return decision.Events;
    }

    private static (MeasureProgress Progress, List<ProgressEvent> Facts) Run(Act[] acts)
    {
        var (progress, facts) = (MeasureProgress.None, new List<ProgressEvent>());
        foreach (var (act, i) in acts.Select((a, i) => (a, i)))
        {
            var (county, month) = (s_counties[act.County], s_months[act.Month]);
            var figure = progress.Find(county, Date(month));
            var sender = figure?.Reports.ElementAtOrDefault(act.Of % Math.Max(1, figure.Reports.Count))?.Sender;
            var decision = act.Kind switch
            {
                < 3 => ProgressDecider.Decide(
                    progress, Report(act.Value, month, (ReportMode)act.Kind, $"e-{i}") with { Division = county, Reason = act.Of < 5 ? "r" : null }, InProgress, Registered, Tree),
                3 => ProgressDecider.Decide(progress, figure, new CorrectProgress(act.Of < 3 ? null : sender, Quantity(act.Value), "r", null, Reporter, At), InProgress, Registered, Tree),
                4 => VerificationDecider.Decide(figure, new CheckProgress(null, Checker, At), InProgress),
                5 => VerificationDecider.Decide(figure, new VerifyProgress(City, null, Verifier, At), InProgress, Tree),
                6 => VerificationDecider.Decide(figure, new DisputeProgress("r", Verifier, At), InProgress),
                _ => VerificationDecider.Decide(figure, new ExamineProgress("360000", act.Of < 5, "r", null, s_inspector, At), s_all, Tree),
            };
            progress = MeasureProgress.Aggregate.Fold(progress, decision.Events);
            facts.AddRange(decision.Events);
        }

        return (progress, facts);
    }
}

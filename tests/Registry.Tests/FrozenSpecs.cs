using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>What a published assessment froze, and what comes late.</summary>
public sealed class FrozenSpecs
{
    private static readonly By s_assessor = new("indicators-city", "i-1");

    private static Spec<MeasureProgress, ProgressEvent> A_figure => new(MeasureProgress.None, (p, e) => MeasureProgress.Aggregate.Fold(p, e));

    private static PeriodFrozen Frozen(string assessed = City, string period = "2024") => new("gz", City, "as-1", assessed, Date(period), s_assessor, At);

    private static Plans.Plan Plan(params PlanEvent[] facts) => Plans.Plan.Aggregate.Fold(Registered, facts);

    private static Decision<ProgressEvent> Take(MeasureProgress p, ReportProgress report, Plans.Plan plan) => ProgressDecider.Decide(p, report, InProgress, plan, Tree);

    private static Decision<ProgressEvent> Correct(MeasureProgress p, Plans.Plan plan) => ProgressDecider.Decide(
        p, p.Find(Yudu, Date("2024-06")), new CorrectProgress(new Sender("/yudu", "e-1"), Quantity(2), "Counted twice.", null, Reporter, At), InProgress, plan, Tree);

    [Theory]
    [InlineData(City, "2024")]
    [InlineData(City, "2024-H1")]
    [InlineData(City, "2024-06-30")]
    [InlineData(Yudu, "2024")]
    [InlineData("360000", "2024")]
    public void A_frozen_period_takes_no_reports(string assessed, string period) => A_figure
        .When(p => Take(p, Report(3), Plan(Frozen(assessed, period)))).IsRefused(RefusalKind.Conflict, "period.frozen");

    [Theory]
    [InlineData(Ningdu, "2024")]
    [InlineData(City, "2023")]
    [InlineData(City, "2024-H2")]
    [InlineData("360200", "2024")]
    public void Others_take_them(string assessed, string period) => A_figure
        .When(p => Take(p, Report(3), Plan(Frozen(assessed, period)))).Records(Reported(3));

    [Fact]
    public void A_correction_of_it_is_marked_late_and_goes_up_the_line_again()
    {
        A_figure.After(Reported(3), Checked(3), Verified(3)).When(p => Correct(p, Plan(Frozen()))).Records(Corrected(2, 2) with { FrozenBy = "as-1" });
        var figure = MeasureProgress.Aggregate.Fold(MeasureProgress.None, Reported(3), Checked(3), Verified(3), Corrected(2, 2) with { FrozenBy = "as-1" }).Find(Yudu, Date("2024-06"))!;
        Assert.Equal((true, FigureState.Reported, Quantity(3)), (figure.Late, figure.State, figure.Verified));
    }

    [Fact]
    public void What_a_late_report_changes_of_a_frozen_period_is_marked() => A_figure
        .After(Reported(25, 25, "2024-07", ReportMode.YearToDate))
        .When(p => Take(p, Report(10, id: "e-3"), Plan(Frozen(period: "2024-07"))))
        .Records(Reported(10, id: "e-3"), Rederived(15, 25, "2024-07", "2024-06") with { FrozenBy = "as-1" });

    [Fact]
    public void An_assessment_freezes_once() => new Spec<Plans.Plan, PlanEvent>(Registered, (p, e) => Plans.Plan.Aggregate.Fold(p, e))
        .After(Frozen()).When(p => PlanDecider.Decide(p, "gz", new FreezePeriod("as-1", City, Date("2024"), s_assessor, At))).RecordsNothing();

    [Fact]
    public void Each_county_by_itself() => new Spec<Plans.Plan, PlanEvent>(Registered, (p, e) => Plans.Plan.Aggregate.Fold(p, e))
        .After(Frozen(Ningdu)).When(p => PlanDecider.Decide(p, "gz", new FreezePeriod("as-1", Yudu, Date("2024"), s_assessor, At))).Records(Frozen(Yudu));

    [Fact]
    public void Of_a_plan_that_is_known() => new Spec<Plans.Plan, PlanEvent>(Plans.Plan.Unknown, (p, e) => Plans.Plan.Aggregate.Fold(p, e))
        .When(p => PlanDecider.Decide(p, "gz", new FreezePeriod("as-1", Yudu, Date("2024"), s_assessor, At))).IsRefused(RefusalKind.NotFound, "plan.unknown");

    [Theory]
    [InlineData(10, null)]
    [InlineData(11, true)]
    public void A_report_is_late_after_ten_days(int days, bool? late)
    {
        var at = new DateTimeOffset(2024, 6, 30, 23, 0, 0, TimeSpan.FromHours(8)).AddDays(days);
        A_figure.When(p => Take(p, Report(3) with { At = at }, Registered)).Records(Reported(3) with { At = at, Late = late });
    }

    [Fact]
    public void Or_after_as_many_as_are_set() => A_figure
        .When(p => Take(p, Report(3) with { DaysToReport = 1 }, Registered)).Records(Reported(3) with { Late = true });
}

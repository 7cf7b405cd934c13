using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Progress.ReportMode;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>What a county may report, and what figure its report leaves.</summary>
public sealed class ReportSpecs
{
    private static Spec<MeasureProgress, ProgressEvent> Nothing_reported => new(MeasureProgress.None, (p, e) => MeasureProgress.Aggregate.Fold(p, e));

    private static Decision<ProgressEvent> Take(MeasureProgress progress, ReportProgress report) => ProgressDecider.Decide(progress, report, InProgress, Registered, Tree);

    [Fact]
    public void The_first_report_is_the_figure() => Nothing_reported
        .When(p => Take(p, Report(3) with { InvestmentCompleted = Money.Of(12.5m), Note = "n" }))
        .Records(Reported(3) with { InvestmentCompleted = Money.Of(12.5m), Note = "n" });

    [Fact]
    public void Increments_add_up() => Nothing_reported.After(Reported(3), Reported(4, 7, id: "e-2"))
        .When(p => Take(p, Report(0.5m, id: "e-3"))).Records(Reported(0.5m, 7.5m, id: "e-3"));

    [Fact]
    public void In_another_unit_of_the_dimension_too() => Nothing_reported.After(Reported(3))
        .When(p => Take(p, Report(0) with { Quantity = Quantity(15, "mu") }))
        .Records(Reported(0, 4) with { Quantity = Quantity(15, "mu") });

    [Fact]
    public void Year_to_date_takes_off_what_the_year_has_already() => Nothing_reported
        .After(Reported(3, period: "2023-12"), Reported(4, period: "2024-01"), Reported(5, period: "2024-03"))
        .When(p => Take(p, Report(20, mode: YearToDate))).Records(Reported(20, 11, mode: YearToDate));

    [Fact]
    public void To_date_takes_off_all_there_is_already() => Nothing_reported
        .After(Reported(3, period: "2023-12"), Reported(4, period: "2024-01"), Reported(5, period: "2024-03"))
        .When(p => Take(p, Report(20, mode: ToDate))).Records(Reported(20, 8, mode: ToDate));

    [Theory]
    [InlineData(YearToDate)]
    [InlineData(ToDate)]
    public void A_cumulative_report_sets_the_figure(ReportMode mode) => Nothing_reported.After(Reported(3))
        .When(p => Take(p, Report(8, mode: mode))).Records(Reported(8, 8, mode: mode));

    [Fact]
    public void Another_county_is_not_taken_off() => Nothing_reported
        .After(Reported(9, period: "2024-01") with { Figure = Ref("2024-01", Ningdu) })
        .When(p => Take(p, Report(8, mode: ToDate))).Records(Reported(8, 8, mode: ToDate));

    [Theory]
    [InlineData(YearToDate)]
    [InlineData(ToDate)]
    public void A_cumulative_report_does_not_fall_without_a_reason(ReportMode mode) => Nothing_reported.After(Reported(8, mode: mode))
        .When(p => Take(p, Report(7.9m, mode: mode))).IsRefused(RefusalKind.Invalid, "progress.falls", "#/quantity/value");

    [Fact]
    public void Nor_below_what_earlier_periods_have() => Nothing_reported.After(Reported(8, period: "2024-05"))
        .When(p => Take(p, Report(7, mode: YearToDate))).IsRefused(RefusalKind.Invalid, "progress.falls", "#/quantity/value");

    [Fact]
    public void A_late_report_of_an_earlier_period_is_taken_off_the_total_that_was_said_later() => Nothing_reported
        .After(Reported(25, 25, "2024-07", YearToDate), Reported(40, 15, "2024-08", YearToDate, "e-2"))
        .When(p => Take(p, Report(10, id: "e-3"))).Records(Reported(10, id: "e-3"), Rederived(15, 25, "2024-07", "2024-06"));

    [Fact]
    public void Totals_of_another_year_stay() => Nothing_reported.After(Reported(25, 25, "2025-01", YearToDate))
        .When(p => Take(p, Report(10, id: "e-3"))).Records(Reported(10, id: "e-3"));

    [Fact]
    public void Totals_since_the_start_change_over_the_years() => Nothing_reported.After(Reported(25, 25, "2025-01", ToDate))
        .When(p => Take(p, Report(10, id: "e-3"))).Records(Reported(10, id: "e-3"), Rederived(15, 25, "2025-01", "2024-06"));

    [Fact]
    public void With_a_reason_it_falls() => Nothing_reported.After(Reported(8, mode: YearToDate))
        .When(p => Take(p, Report(7, mode: YearToDate) with { Reason = "Washed away." }))
        .Records(Reported(7, 7, mode: YearToDate) with { Reason = "Washed away." });

    [Fact]
    public void The_same_total_again_does_not_fall() => Nothing_reported.After(Reported(8, mode: YearToDate))
        .When(p => Take(p, Report(8, mode: YearToDate, id: "e-2"))).Records(Reported(8, 8, mode: YearToDate, id: "e-2"));

    [Theory]
    [InlineData("110", false)]
    [InlineData("110.0001", true)]
    public void Beyond_110_percent_of_the_target_a_reason_is_needed(string value, bool over)
    {
        var amount = decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        if (over)
            Nothing_reported.When(p => Take(p, Report(amount))).IsRefused(RefusalKind.Invalid, "progress.over-target", "#/quantity/value");
        Nothing_reported.When(p => Take(p, Report(amount) with { Reason = "Wider slopes." }))
            .Records(Reported(amount) with { Reason = "Wider slopes.", OverTarget = over });
    }

    [Fact]
    public void The_target_is_of_all_counties_and_periods_together() => Nothing_reported
        .After(Reported(60, period: "2024-01"), Reported(40) with { Figure = Ref("2024-02", Ningdu) })
        .When(p => Take(p, Report(11))).IsRefused(RefusalKind.Invalid, "progress.over-target", "#/quantity/value");

    [Fact]
    public void A_figure_set_anew_counts_once_against_the_target() => Nothing_reported.After(Reported(100))
        .When(p => Take(p, Report(105, mode: ToDate))).Records(Reported(105, 105, mode: ToDate));

    [Theory]
    [InlineData("2024-06", "2024", true)]
    [InlineData("2024-06", "2024-Q2", true)]
    [InlineData("2024-06", "2024-06-30", true)]
    [InlineData("2024-06", "2024-05", false)]
    [InlineData("2024-Q2", "2024-H1", true)]
    public void Periods_of_a_county_do_not_overlap(string reported, string next, bool overlaps)
    {
        var then = Nothing_reported.After(Reported(1, period: reported)).When(p => Take(p, Report(1, next)));
        if (overlaps)
            then.IsRefused(RefusalKind.Invalid, "period.overlaps", "#/period");
        else
            then.Records(Reported(1, period: next) with { Late = true }); // of June by then
    }

    [Fact]
    public void Those_of_two_counties_may() => Nothing_reported.After(Reported(1) with { Figure = Ref("2024-Q2", Ningdu) })
        .When(p => Take(p, Report(1))).Records(Reported(1));

    [Theory]
    [InlineData("2020-12")]
    [InlineData("2026-01")]
    public void The_period_lies_within_the_schedule(string period) => Nothing_reported
        .When(p => Take(p, Report(1, period) with { At = At.AddYears(3) })).IsRefused(RefusalKind.Invalid, "period.outside-schedule", "#/period");

    [Fact]
    public void And_has_begun_as_the_day_is_in_China()
    {
        var eve = new DateTimeOffset(2024, 6, 30, 15, 59, 59, TimeSpan.Zero);
        Nothing_reported.When(p => Take(p, Report(1, "2024-07") with { At = eve })).IsRefused(RefusalKind.Invalid, "period.in-future", "#/period");
        Nothing_reported.When(p => Take(p, Report(1, "2024-07") with { At = eve.AddSeconds(1) }))
            .Records(Reported(1, period: "2024-07") with { At = eve.AddSeconds(1) });
    }

    [Theory]
    [InlineData("3,3,3", "9", false)]
    [InlineData("3,3,3", "9.1", true)]
    [InlineData("1,2,30", "6", false)]
    [InlineData("1,2,30", "7", true)]
    [InlineData("1,2,4,30", "9", false)]
    [InlineData("1,2,4,30", "9.5", true)]
    [InlineData("3,3", "50", false)]
    public void More_than_three_times_the_median_is_flagged(string earlier, string value, bool outlier)
    {
        var facts = earlier.Split(',').Select((v, i) => Reported(Number(v), period: $"2024-0{i + 1}")).ToArray<ProgressEvent>();
        Nothing_reported.After(facts).When(p => Take(p, Report(Number(value)))).Records(Reported(Number(value)) with { Outlier = outlier });

        static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("p1-total", "measure.total")]
    [InlineData("p1-width", "measure.not-reported")]
    [InlineData("p1-rate", "measure.not-reported")]
    [InlineData("p1-sites", "progress.fed-by-sites")]
    [InlineData("p1-later", "measure.without-quantity")]
    public void Some_measures_take_no_reports(string measure, string code) => Nothing_reported
        .When(p => Take(p, Report(1) with { MeasureId = measure })).IsRefused(RefusalKind.Invalid, code);

    [Fact]
    public void The_measure_must_be_one_of_the_project() => Nothing_reported
        .When(p => Take(p, Report(1) with { MeasureId = "p1-none" })).IsRefused(RefusalKind.NotFound, "measure.unknown");

    [Fact]
    public void And_the_project_must_be_there() => Nothing_reported
        .When(p => ProgressDecider.Decide(p, Report(1), Project.Unknown, Registered, Tree)).IsRefused(RefusalKind.NotFound, "project.unknown");

    [Fact]
    public void Progress_is_reported_while_work_goes_on()
    {
        foreach (var early in new[] { Project.Aggregate.Fold(Project.Unknown, Designed), Project.Aggregate.Fold(Project.Unknown, Designed, Approved) })
            Nothing_reported.When(p => ProgressDecider.Decide(p, Report(1), early, Registered, Tree)).IsRefused(RefusalKind.Conflict, "project.not-in-progress");
    }

    [Theory]
    [InlineData("360222", "p1-area")]
    [InlineData(NewNankang, "p1-area")]
    [InlineData(Ningdu, "p1-road")]
    [InlineData("none", "p1-area")]
    public void The_county_must_be_the_measures(string division, string measure) => Nothing_reported
        .When(p => Take(p, Report(1) with { Division = division, MeasureId = measure, Quantity = Quantity(1, measure == "p1-road" ? "km" : "ha") }))
        .IsRefused(RefusalKind.Invalid, "division.outside-project", "#/division");

    [Theory]
    [InlineData(NewNankang, true)]
    [InlineData(Zone, true)]
    [InlineData(City, false)]
    [InlineData(Town, false)]
    [InlineData("360222", false)]
    public void A_project_without_counties_covers_the_plan_area(string division, bool covered)
    {
        var everywhere = Project.Aggregate.Fold(
            Project.Unknown, Designed with { Project = Designed.Project with { Counties = [] } }, Approved with { Project = Designed.Project with { Counties = [] } }, Started);
        var then = Nothing_reported.When(p => ProgressDecider.Decide(p, Report(1) with { Division = division }, everywhere, Registered, Tree));
        if (covered)
            then.Records(Reported(1) with { Figure = Ref(division: division) });
        else
            then.IsRefused(RefusalKind.Invalid, "division.outside-project", "#/division");
    }

    [Fact]
    public void Apples_are_not_reported_in_pears() => Nothing_reported
        .When(p => Take(p, Report(1) with { Quantity = Quantity(1, "km") })).IsRefused(RefusalKind.Invalid, "quantity.unit-mismatch", "#/quantity/unit");

    [Fact]
    public void An_earlier_total_that_comes_late_takes_its_part_of_the_later_one()
    {
        // 100 ha are the target: what March has is not June's any more, and the sum stays.
        Nothing_reported.After(Reported(100, mode: YearToDate)).When(p => Take(p, Report(60, "2024-03", YearToDate)))
            .Records(Reported(60, period: "2024-03", mode: YearToDate) with { Late = true }, Rederived(40, 100, "2024-06", "2024-03"));
        Nothing_reported.After(Reported(10, period: "2024-03", mode: YearToDate)).When(p => Take(p, Report(12, "2024-02")))
            .IsRefused(RefusalKind.Invalid, "progress.falls", "#/quantity/value");
    }

    [Fact]
    public void What_was_withdrawn_leaves_its_period_to_others() => Nothing_reported
        .After(Reported(5, period: "2024"), Corrected(0, 0) with { Figure = Ref("2024") }).When(p => Take(p, Report(3))).Records(Reported(3));

    [Fact]
    public void A_total_counts_what_was_reported_under_the_former_code()
    {
        var tree = DivisionTree.Of([.. Tree.Nodes.Where(n => n.Id != Nankang), new(Nankang, "南康市", "county", City, ValidTo: new(2024, 3, 31), ReplacedBy: NewNankang)]).On(new(2024, 7, 2));
        var project = Project.Aggregate.Fold(Project.Unknown, Designed with { Project = Designed.Project with { Counties = [NewNankang] } }, Approved, Started);
        var before = MeasureProgress.Aggregate.Fold(MeasureProgress.None, Reported(10, period: "2024-02", mode: ToDate) with { Figure = Ref("2024-02", Nankang) });
        var facts = ProgressDecider.Decide(before, Report(40, mode: ToDate) with { Division = NewNankang }, project, Registered, tree).Events;
        Assert.Equal(30, Assert.IsType<ProgressReported>(Assert.Single(facts)).Total.Value);
    }

    [Fact]
    public void A_negative_report_is_none() => Nothing_reported.After(Reported(3))
        .When(p => Take(p, Report(-1))).IsRefused(RefusalKind.Invalid, "quantity.negative", "#/quantity/value");

    [Theory]
    [InlineData(Increment)]
    [InlineData(ToDate)]
    public void A_sum_that_cannot_be_exact_is_refused(ReportMode mode) => Nothing_reported.After(Reported(40, period: mode == Increment ? "2024-06" : "2024-05"))
        .When(p => Take(p, Report(0.000_000_000_000_000_000_000_000_000_1m, mode: mode)))
        .IsRefused(RefusalKind.Invalid, "quantity.out-of-range", "#/quantity/value");

    [Fact]
    public void Evidence_is_named_by_its_hash() => Nothing_reported
        .When(p => Take(p, Report(1) with { Evidence = [Photo, Photo with { Sha256 = "abc" }, Photo with { Sha256 = new('g', 64) }] }))
        .IsRefused(RefusalKind.Invalid, "evidence.malformed", "#/evidence/1/sha256", "#/evidence/2/sha256");

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => Nothing_reported.After(Reported(1, period: "2026") with { Figure = Ref("2026", "none") })
        .When(p => Take(p, Report(-1, "2026-03") with { Division = "none", Evidence = [Photo with { Sha256 = "" }] }))
        .IsRefused(
            RefusalKind.Invalid, "division.outside-project",
            "#/division", "#/period", "#/period", "#/period", "#/quantity/value", "#/evidence/0/sha256");
}

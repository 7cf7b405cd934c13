using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>How a figure goes up the line: reported, checked by the county bureau, verified by the city; disputed and corrected beside it.</summary>
public sealed class VerificationSpecs
{
    private static readonly Project s_unchecked = Project.Aggregate.Fold(
        Project.Unknown, Designed with { Definition = Definition with { CountyCheck = false } }, Approved, Started);

    private static Spec<MeasureProgress, ProgressEvent> A_figure => new(MeasureProgress.None, (p, e) => MeasureProgress.Aggregate.Fold(p, e));

    private static Figure? June(MeasureProgress progress) => progress.Find(Yudu, Date("2024-06"));

    private static Decision<ProgressEvent> Check(MeasureProgress p, By? by = null) => VerificationDecider.Decide(June(p), new CheckProgress(null, by ?? Checker, At), InProgress);

    private static Decision<ProgressEvent> Verify(MeasureProgress p, By? by = null, Project? project = null, string reviewer = City) =>
        VerificationDecider.Decide(June(p), new VerifyProgress(reviewer, null, by ?? Verifier, At), project ?? InProgress, Tree);

    private static Decision<ProgressEvent> Dispute(MeasureProgress p) =>
        VerificationDecider.Decide(June(p), new DisputeProgress("The photo shows another slope.", Verifier, At), InProgress);

    private static Decision<ProgressEvent> Correct(MeasureProgress p, decimal value, string? corrects = "e-1", string unit = "ha") => ProgressDecider.Decide(
        p, June(p), new CorrectProgress(corrects is null ? null : new Sender("/yudu", corrects), Quantity(value, unit), "Counted twice.", null, Reporter, At), InProgress, Registered, Tree);

    [Fact]
    public void The_bureau_checks_it() => A_figure.After(Reported(3), Reported(4, 7, id: "e-2")).When(p => Check(p)).Records(Checked(7));

    [Fact]
    public void Checking_twice_changes_nothing() => A_figure.After(Reported(3), Checked(3)).When(p => Check(p)).RecordsNothing();

    [Fact]
    public void Nor_after_verification() => A_figure.After(Reported(3), Checked(3), Verified(3)).When(p => Check(p)).RecordsNothing();

    [Fact]
    public void A_disputed_figure_is_not_checked() => A_figure.After(Reported(3), Disputed())
        .When(p => Check(p)).IsRefused(RefusalKind.Conflict, "figure.disputed");

    [Fact]
    public void The_city_verifies_it() => A_figure.After(Reported(3), Checked(3)).When(p => Verify(p)).Records(Verified(3));

    [Fact]
    public void Verifying_twice_changes_nothing() => A_figure.After(Reported(3), Checked(3), Verified(3)).When(p => Verify(p)).RecordsNothing();

    [Fact]
    public void It_is_verified_after_the_check() => A_figure.After(Reported(3)).When(p => Verify(p)).IsRefused(RefusalKind.Conflict, "figure.not-checked");

    [Fact]
    public void Where_the_plan_says_so_the_check_is_left_out() => A_figure.After(Reported(3)).When(p => Verify(p, project: s_unchecked)).Records(Verified(3));

    [Fact]
    public void A_disputed_figure_is_not_verified() => A_figure.After(Reported(3), Checked(3), Disputed())
        .When(p => Verify(p)).IsRefused(RefusalKind.Conflict, "figure.disputed");

    [Fact]
    public void The_division_that_reports_does_not_verify() => A_figure.After(Reported(3), Checked(3))
        .When(p => Verify(p, reviewer: Yudu)).IsRefused(RefusalKind.Forbidden, "verification.own-division");

    [Theory]
    [InlineData(Town, Yudu)]
    [InlineData(Nankang, NewNankang)]
    public void Nor_does_the_county_that_a_town_or_a_former_code_belongs_to(string division, string reviewer)
    {
        var tree = Tree.On(new(2024, 7, 2));
        Figure figure = new(Ref("2012-06", division));
        var (reported, check) = (Reported(3) with { Figure = figure.Ref }, Checked(3) with { Figure = figure.Ref });
        figure = figure.Evolve(reported).Evolve(check);
        Decision<ProgressEvent> By(string who) => VerificationDecider.Decide(figure, new VerifyProgress(who, null, Verifier, At), InProgress, tree);
        Assert.Equal("verification.own-division", By(reviewer).Refusal?.Code);
        Assert.IsType<ProgressVerified>(Assert.Single(By(City).Events));
    }

    [Fact]
    public void What_sites_feed_is_put_right_at_the_sites_and_a_closed_project_stands()
    {
        var fed = Project.Aggregate.Fold(
            Project.Unknown, Designed with { Definition = Definition with { Measures = [Part("p1-area", Quantity(100)) with { FedBy = FedBy.SiteArea }] } }, Approved, Started);
        A_figure.After(Reported(3), Checked(3), Verified(3)).When(p => ProgressDecider.Decide(
            p, June(p), new CorrectProgress(null, Quantity(50), "r", null, Reporter, At), fed, Registered, Tree)).IsRefused(RefusalKind.Invalid, "progress.fed-by-sites");
        A_figure.After(Reported(3), Checked(3), Verified(3)).When(p => VerificationDecider.Decide(June(p), new DisputeProgress("r", Verifier, At), fed))
            .IsRefused(RefusalKind.Invalid, "progress.fed-by-sites");

        var closed = Project.Aggregate.Fold(InProgress, new ProjectClosed(InProgress.Ref, null, Verifier, At));
        A_figure.After(Reported(3)).When(p => VerificationDecider.Decide(June(p), new CheckProgress(null, Checker, At), closed)).IsRefused(RefusalKind.Conflict, "project.over");
        A_figure.After(Reported(3), Checked(3)).When(p => Verify(p, project: closed)).IsRefused(RefusalKind.Conflict, "project.over");
        A_figure.After(Reported(3), Checked(3), Verified(3)).When(p => VerificationDecider.Decide(June(p), new DisputeProgress("r", Verifier, At), closed))
            .IsRefused(RefusalKind.Conflict, "project.over");
        A_figure.After(Reported(3)).When(p => ProgressDecider.Decide(
            p, June(p), new CorrectProgress(null, Quantity(2), "r", null, Reporter, At), closed, Registered, Tree)).IsRefused(RefusalKind.Conflict, "project.over");
    }

    [Fact]
    public void Nothing_is_verified_without_evidence() => A_figure.After(Reported(3) with { Evidence = [] }, Checked(3))
        .When(p => Verify(p)).IsRefused(RefusalKind.Invalid, "evidence.missing");

    [Fact]
    public void Evidence_of_an_earlier_report_of_the_figure_is_evidence() => A_figure
        .After(Reported(3), Reported(4, 7, id: "e-2") with { Evidence = [] }, Checked(7)).When(p => Verify(p)).Records(Verified(7));

    [Fact]
    public void A_later_report_reopens_it_and_what_was_verified_stands()
    {
        var figure = June(MeasureProgress.Aggregate.Fold(MeasureProgress.None, Reported(3), Checked(3), Verified(3), Reported(4, 7, id: "e-2")))!;
        Assert.Equal((FigureState.Reported, Quantity(7), Quantity(3)), (figure.State, figure.Total, figure.Verified!.Value));
        A_figure.After(Reported(3), Checked(3), Verified(3), Reported(4, 7, id: "e-2")).When(p => Verify(p)).IsRefused(RefusalKind.Conflict, "figure.not-checked");
    }

    [Fact]
    public void Verified_again_it_says_what_it_was_before() => A_figure.After(Reported(3), Checked(3), Verified(3), Corrected(2, 2), Checked(2))
        .When(p => Verify(p)).Records(Verified(2, before: 3));

    // Who reported or checked does not pass on: same person, or a person missing and the same client.
    [Theory]
    [InlineData("county-system", null)]
    [InlineData("county-system", "c-9")]
    public void Who_reported_does_not_check(string client, string? actor) => A_figure.After(Reported(3))
        .When(p => Check(p, new By(client, actor))).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void One_person_behind_two_clients_is_one_person() => A_figure.After(Reported(3) with { By = new("county-system", "c-1") })
        .When(p => Check(p, new By("county-bureau", "c-1"))).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void Two_persons_behind_one_client_are_two() => A_figure.After(Reported(3) with { By = new("county-system", "c-1") })
        .When(p => Check(p, new By("county-system", "c-2"))).Records(Checked(3, new("county-system", "c-2")));

    [Fact]
    public void Who_corrected_does_not_check() => A_figure.After(Reported(3), Corrected(2, 2, by: Checker))
        .When(p => Check(p)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void Nor_who_reported_before_somebody_else_did() => A_figure
        .After(Reported(3) with { By = Checker }, Reported(1, 4, id: "e-2")).When(p => Check(p)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void Who_reported_does_not_verify() => A_figure.After(Reported(3) with { By = Verifier }, Checked(3))
        .When(p => Verify(p)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void Who_checked_does_not_verify() => A_figure.After(Reported(3), Checked(3, Verifier))
        .When(p => Verify(p)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void Nor_the_client_that_checked_where_a_person_is_missing() => A_figure.After(Reported(3), Checked(3, new("city-bureau")))
        .When(p => Verify(p)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void Who_reported_what_was_verified_may_check_what_others_report_later() => A_figure
        .After(Reported(3) with { By = new("x", "c-1") }, Checked(3, new("y", "c-2")), Verified(3), Reported(1, 4, id: "e-2"))
        .When(p => Check(p)).Records(Checked(4));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void It_is_disputed_from_each_state(int passed) => A_figure
        .After([.. new ProgressEvent[] { Reported(3), Checked(3), Verified(3) }.Take(passed + 1)]).When(Dispute).Records(Disputed());

    [Fact]
    public void Disputing_twice_changes_nothing() => A_figure.After(Reported(3), Disputed()).When(Dispute).RecordsNothing();

    [Fact]
    public void A_disputed_figure_goes_up_again_after_a_correction() => A_figure.After(Reported(3), Checked(3), Disputed(), Corrected(2, 2))
        .When(p => Check(p)).Records(Checked(2));

    [Fact]
    public void A_report_is_corrected_by_its_sender() => A_figure.After(Reported(3), Reported(4, 7, id: "e-2"))
        .When(p => Correct(p, 1)).Records(Corrected(1, 5));

    [Fact]
    public void Again_by_the_difference_to_what_it_says_now() => A_figure.After(Reported(3), Reported(4, 7, id: "e-2"), Corrected(1, 5))
        .When(p => Correct(p, 2)).Records(Corrected(2, 6));

    [Fact]
    public void Zero_withdraws_it() => A_figure.After(Reported(3), Reported(4, 7, id: "e-2")).When(p => Correct(p, 0, "e-2")).Records(Corrected(0, 3, "e-2"));

    [Fact]
    public void A_cumulative_report_is_corrected_by_the_difference() => A_figure
        .After(Reported(5, period: "2024-05"), Reported(12, 7, mode: ReportMode.YearToDate, id: "e-2"))
        .When(p => Correct(p, 10, "e-2")).Records(Corrected(10, 5, "e-2"));

    [Fact]
    public void A_cumulative_report_is_withdrawn_whole() => A_figure
        .After(Reported(5, period: "2024-05"), Reported(12, 7, mode: ReportMode.YearToDate, id: "e-2"))
        .When(p => Correct(p, 0, "e-2")).Records(Corrected(0, 0, "e-2"));

    [Fact]
    public void Correcting_an_earlier_figure_changes_the_later_that_says_a_total() => A_figure
        .After(Reported(5), Reported(12, 7, period: "2024-07", mode: ReportMode.YearToDate, id: "e-2"))
        .When(p => Correct(p, 4)).Records(Corrected(4, 4), Rederived(8, 7, "2024-07", "2024-06"));

    [Fact]
    public void After_a_cumulative_report_the_earlier_ones_do_not_stand() => A_figure.After(Reported(3), Reported(8, 8, mode: ReportMode.ToDate, id: "e-2"))
        .When(p => Correct(p, 1)).IsRefused(RefusalKind.Conflict, "report.superseded");

    [Fact]
    public void The_whole_figure_is_corrected() => A_figure.After(Reported(3), Reported(4, 7, id: "e-2"))
        .When(p => Correct(p, 6, null)).Records(Corrected(6, 6, null));

    [Fact]
    public void After_that_its_reports_do_not_stand() => A_figure.After(Reported(3), Corrected(6, 6, null))
        .When(p => Correct(p, 1)).IsRefused(RefusalKind.Conflict, "report.superseded");

    [Theory]
    [InlineData("e-1")]
    [InlineData(null)]
    public void Correcting_to_what_it_is_changes_nothing(string? corrects) => A_figure.After(Reported(3)).When(p => Correct(p, 3.0m, corrects)).RecordsNothing();

    /// <summary>100 ha are the target of the measure.</summary>
    [Theory]
    [InlineData(107, null, null)]
    [InlineData(107.1, null, true)]
    [InlineData(3, false, null)]
    [InlineData(3.1, null, null)]
    public void What_is_flagged_for_the_verifier_is_judged_anew(decimal total, bool? outlier, bool? over)
    {
        ProgressEvent[] quarter = [.. Enumerable.Range(3, 3).Select(month => Reported(1, period: $"2024-0{month}"))];
        A_figure.After([.. quarter, Reported(40) with { Outlier = true }])
            .When(p => Correct(p, total, null)).Records(Corrected(total, total, null) with { Outlier = outlier, OverTarget = over });
    }

    [Fact]
    public void A_flag_that_a_correction_takes_away_is_gone()
    {
        var figure = MeasureProgress.Aggregate.Fold(MeasureProgress.None, Reported(200) with { Outlier = true, OverTarget = true }, Corrected(2, 2) with { Outlier = false, OverTarget = false })
            .Find(Yudu, Date("2024-06"))!;
        Assert.False(figure.Outlier || figure.OverTarget);
    }

    [Fact]
    public void A_correction_is_in_the_figures_dimension() => A_figure.After(Reported(3))
        .When(p => Correct(p, 3, unit: "km")).IsRefused(RefusalKind.Invalid, "quantity.unit-mismatch", "#/quantity/unit");

    [Fact]
    public void And_not_negative() => A_figure.After(Reported(3))
        .When(p => Correct(p, -1)).IsRefused(RefusalKind.Invalid, "quantity.negative", "#/quantity/value");

    [Theory]
    [InlineData("e-1")]
    [InlineData(null)]
    public void And_must_leave_an_exact_figure(string? corrects) => A_figure.After(Reported(40))
        .When(p => Correct(p, 0.000_000_000_000_000_000_000_000_000_1m, corrects)).IsRefused(RefusalKind.Invalid, "quantity.out-of-range", "#/quantity/value");

    [Fact]
    public void Where_nothing_was_reported_there_is_nothing_to_do()
    {
        foreach (var act in (Func<MeasureProgress, Decision<ProgressEvent>>[])[p => Check(p), p => Verify(p), Dispute, p => Correct(p, 1)])
            A_figure.When(act).IsRefused(RefusalKind.NotFound, "figure.unknown");
    }
}

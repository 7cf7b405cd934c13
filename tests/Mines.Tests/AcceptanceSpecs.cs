using Restoration.Domain;
using Restoration.Mines.Sites;
using Restoration.Support;
using static Restoration.Mines.Tests.Sample;

namespace Restoration.Mines.Tests;

/// <summary>From the self-check to the acceptance, and back.</summary>
public sealed class AcceptanceSpecs
{
    private static readonly SiteEvent[] s_worked = [Surveyed(), Verified, Worked()];
    private static readonly SiteEvent[] s_checked = [.. s_worked, Checked];

    private static Spec<Site, SiteEvent> Given(params SiteEvent[] facts) => new Spec<Site, SiteEvent>(Site.Unknown, (s, e) => Site.Aggregate.Fold(s, e)).After(facts);

    private static Then<SiteEvent> Checking(By by, params SiteEvent[] facts) => Given(facts).When(s => SiteDecider.Decide(s, new SelfCheckSite(null, by, At)));

    private static Then<SiteEvent> Accepting(AcceptSite command, params SiteEvent[] facts) => Given(facts).When(s => SiteDecider.Decide(s, command));

    private static Then<SiteEvent> Rejecting(RejectAcceptance command, params SiteEvent[] facts) => Given(facts).When(s => SiteDecider.Decide(s, command));

    private static Then<SiteEvent> Reopening(string division, params SiteEvent[] facts) =>
        Given(facts).When(s => SiteDecider.Decide(s, new ReopenSite(division, "复绿失败", City1, At)));

    private static Then<SiteEvent> Marking(DateOnly deadline, params SiteEvent[] facts) =>
        Given(facts).When(s => SiteDecider.Decide(s, new MarkOverdue(deadline, new By("mines"), At)));

    private static RejectAcceptance Reject => new(City, "植被覆盖不足", Deadline, City1, At);

    [Fact]
    public void The_county_checks_reported_works_by_someone_else()
    {
        Checking(Checker, s_worked).Records(Checked);
        Checking(Checker, s_checked).RecordsNothing();
        Checking(Worker, s_worked).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        Checking(Worker, [.. s_worked, Worked(10) with { By = Checker }]).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        Checking(Checker, Surveyed(), Verified).IsRefused(RefusalKind.Conflict, "site.not-in-works");
        Checking(Checker, [.. s_checked, Rejected]).IsRefused(RefusalKind.Conflict, "site.not-in-works");
        Checking(Checker, [.. s_checked, Accepted]).IsRefused(RefusalKind.Conflict, "site.not-in-works");
        Checking(Checker).IsRefused(RefusalKind.NotFound, "site.unknown");
    }

    /// <summary>The act is at 20:00 of the second, UTC: in China it is the third.</summary>
    [Fact]
    public void A_site_is_accepted_with_what_was_measured_and_required() => Accepting(Accept(), s_checked).Records(Accepted);

    [Fact]
    public void An_acceptance_again_changes_nothing_or_is_another()
    {
        Accepting(Accept(), [.. s_checked, Accepted]).RecordsNothing();
        Accepting(Accept(Grass(9)), [.. s_checked, Accepted]).IsRefused(RefusalKind.Conflict, "site.accepted");
        Accepting(Accept(Grass() with { Measured = [new(Criterion.WaterQuality, 3)] }), [.. s_checked, Accepted]).IsRefused(RefusalKind.Conflict, "site.accepted");
        Accepting(Accept() with { Parts = [] }, [.. s_checked, Accepted]).IsRefused(RefusalKind.Conflict, "site.accepted");
    }

    [Fact]
    public void What_is_not_self_checked_is_neither_accepted_nor_rejected()
    {
        Accepting(Accept()).IsRefused(RefusalKind.NotFound, "site.unknown");
        Rejecting(Reject).IsRefused(RefusalKind.NotFound, "site.unknown");
        foreach (var facts in new SiteEvent[][] { [Surveyed()], [Surveyed(), Verified], s_worked, [.. s_checked, Worked(10)], [.. s_checked, Accepted, Reopened] })
        {
            Accepting(Accept(), facts).IsRefused(RefusalKind.Conflict, "site.not-self-checked");
            Rejecting(Reject, facts).IsRefused(RefusalKind.Conflict, "site.not-self-checked");
        }

        Accepting(Accept(), [.. s_checked, Rejected]).IsRefused(RefusalKind.Conflict, "site.not-self-checked");
        Rejecting(Reject, [.. s_checked, Accepted]).IsRefused(RefusalKind.Conflict, "site.not-self-checked");
    }

    [Fact]
    public void The_level_above_judges_and_nobody_its_own_work()
    {
        Accepting(Accept() with { ReviewerDivision = Yudu }, s_checked).IsRefused(RefusalKind.Forbidden, "review.own-division");
        Rejecting(Reject with { ReviewerDivision = Yudu }, s_checked).IsRefused(RefusalKind.Forbidden, "review.own-division");
        foreach (var by in new[] { Surveyor, Worker, Checker, City1 with { Actor = null, Client = Worker.Client } })
        {
            Accepting(Accept() with { By = by }, s_checked).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
            Rejecting(Reject with { By = by }, s_checked).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        }
    }

    [Fact]
    public void Works_without_evidence_are_not_accepted() =>
        Accepting(Accept(), Surveyed(), Verified, Worked() with { Evidence = [] }, Checked).IsRefused(RefusalKind.Invalid, "evidence.missing");

    [Fact]
    public void Every_criterion_of_a_use_is_measured() =>
        Accepting(Accept(Grass() with { Measured = [new(Criterion.SoilDepth, 25)] }), s_checked)
            .IsRefused(RefusalKind.Invalid, "criterion.missing", "#/parts/0/measured", "#/parts/0/measured");

    [Fact]
    public void Every_criterion_of_a_use_is_met()
    {
        Accepting(Accept(Grass(cover: 69.9m)), s_checked).IsRefused(RefusalKind.Invalid, "criterion.unmet", "#/parts/0/measured/0/value");
        Accepting(Accept(Grass(5), Pond(4)), s_checked).IsRefused(RefusalKind.Invalid, "criterion.unmet", "#/parts/1/measured/1/value");
        Accepting(Accept(Grass(5), Pond(3)), s_checked).Records(Accepted with
        {
            Parts =
            [
                Accepted.Parts[0] with { Area = Area(5) },
                new(LandUse.Fishery, new(75, Unit.Mu), [new(Criterion.SlopeStability, 1.15m, 1.15m, "factor"), new(Criterion.WaterQuality, 3, 3, "class")]),
            ],
        });

        static PartMeasured Pond(decimal water) =>
            new(LandUse.Fishery, new(75, Unit.Mu), [new(Criterion.SlopeStability, 1.15m), new(Criterion.WaterQuality, water)]);
    }

    [Fact]
    public void What_cannot_be_or_was_not_asked_is_no_measurement() => Accepting(
        Accept(Grass() with
        {
            Measured =
            [
                new(Criterion.VegetationCover, 101), new(Criterion.VegetationCover, 80), new(Criterion.SoilDepth, -1), new(Criterion.SlopeStability, decimal.MaxValue),
                new(Criterion.WaterQuality, 2),
            ],
        }),
        s_checked).IsRefused(
            RefusalKind.Invalid, "value.out-of-range", "#/parts/0/measured/0/value", "#/parts/0/measured/1/criterion", "#/parts/0/measured/2/value",
            "#/parts/0/measured/3/value", "#/parts/0/measured/4/criterion");

    [Fact]
    public void The_parts_are_areas_that_add_up_to_the_site()
    {
        Accepting(Accept(Grass(11)), s_checked).Records(Accepted with { Area = Area(11), Parts = [Accepted.Parts[0] with { Area = Area(11) }] });
        Accepting(Accept(Grass(6), Grass(5.01m)), s_checked).IsRefused(RefusalKind.Invalid, "area.over-surveyed", "#/parts");
        Accepting(Accept(Grass(0)), s_checked).IsRefused(RefusalKind.Invalid, "area.out-of-range", "#/parts/0/area/value");
        Accepting(Accept(Grass() with { Area = new(1, Unit.Km) }), s_checked).IsRefused(RefusalKind.Invalid, "quantity.unit-mismatch", "#/parts/0/area/unit");
        Accepting(Accept() with { Parts = [], Team = [" "] }, s_checked).IsRefused(RefusalKind.Invalid, "team.missing", "#/team", "#/parts");
        Accepting(Accept() with { Team = [] }, s_checked).IsRefused(RefusalKind.Invalid, "team.missing", "#/team");
    }

    [Fact]
    public void Every_use_of_the_plans_has_criteria_that_can_be_met() => Assert.All(Enum.GetValues<LandUse>(), use =>
    {
        Assert.Contains($"{Kebab.Of(use)}: ", AcceptanceCriteria.InWords, StringComparison.Ordinal);
        var missing = AcceptanceCriteria.Broken([new(use, Area(1), [])], Area(1), Area(1)).ToList();
        Assert.NotEmpty(missing);
        var best = Enum.GetValues<Criterion>().Where(c => missing.Any(m => m.Fault.Detail.Contains(Kebab.Of(c), StringComparison.Ordinal)))
            .Select(c => new Measurement(c, c is Criterion.Drainage or Criterion.WaterQuality ? 1 : 100)).ToList();
        Assert.Empty(AcceptanceCriteria.Broken([new(use, Area(1), best)], Area(1), Area(1)));
    });

    [Fact]
    public void Rejected_works_have_a_deadline_after_the_act()
    {
        Rejecting(Reject, s_checked).Records(Rejected);
        Rejecting(Reject, [.. s_checked, Rejected]).RecordsNothing();
        Rejecting(Reject with { Findings = "别的" }, [.. s_checked, Rejected]).IsRefused(RefusalKind.Conflict, "site.not-self-checked");
        Rejecting(Reject with { Deadline = new(2024, 7, 3) }, s_checked).IsRefused(RefusalKind.Invalid, "deadline.passed", "#/deadline");
        Rejecting(Reject with { Deadline = new(9999, 12, 31) }, s_checked).IsRefused(RefusalKind.Invalid, "deadline.out-of-range", "#/deadline");
        Rejecting(Reject with { Deadline = new(2024, 7, 4) }, s_checked).Records(Rejected with { Deadline = new(2024, 7, 4) });
    }

    [Fact]
    public void Rectified_works_go_up_the_line_again() => Accepting(Accept(), [.. s_checked, Rejected, Overdue, Worked(10), Checked]).Records(Accepted);

    [Fact]
    public void An_open_rectification_is_overdue_once()
    {
        Marking(Deadline, [.. s_checked, Rejected]).Records(Overdue);
        Marking(Deadline, [.. s_checked, Rejected, Overdue]).RecordsNothing();
        Marking(Deadline.AddDays(1), [.. s_checked, Rejected]).RecordsNothing();
        Marking(Deadline, [.. s_checked, Rejected, Worked(10)]).RecordsNothing();
        Marking(Deadline, [.. s_checked, Rejected, Overdue, Worked(10), Checked, Rejected]).Records(Overdue);
        Marking(Deadline, s_checked).RecordsNothing();
        Marking(Deadline).RecordsNothing();
    }

    [Fact]
    public void What_was_accepted_is_reopened_by_the_level_above()
    {
        Reopening(City, [.. s_checked, Accepted]).Records(Reopened);
        Reopening(Yudu, [.. s_checked, Accepted]).IsRefused(RefusalKind.Forbidden, "review.own-division");
        Reopening(City, [.. s_checked, Accepted with { AcceptedOn = Accepted.AcceptedOn.AddDays(1) }]).IsRefused(RefusalKind.Invalid, "reopening.before-acceptance", "#/at");
        Accepting(Accept(), [.. s_checked, Accepted, Reopened with { ReopenedOn = Reopened.ReopenedOn.AddDays(1) }, Worked(10), Checked]).IsRefused(RefusalKind.Invalid, "acceptance.before-reopening", "#/at");
        Reopening(City, [.. s_checked, Accepted, Reopened]).IsRefused(RefusalKind.Conflict, "site.not-accepted");
        Reopening(City, s_checked).IsRefused(RefusalKind.Conflict, "site.not-accepted");
        Reopening(City).IsRefused(RefusalKind.NotFound, "site.unknown");
    }
}

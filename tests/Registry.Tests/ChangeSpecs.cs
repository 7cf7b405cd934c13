using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using static Restoration.Registry.Tests.Life;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>How an approved project is changed, and which changes are approved again.</summary>
public sealed class ChangeSpecs
{
    private static readonly Money s_within = Money.Of(550_000), s_beyond = Money.Of(550_000.01m);

    private static RequestChange Ask(Alteration alteration, string id = "c-1") => new(id, alteration, "材料涨价", Planner, At);

    private static Decision<ProjectEvent> Request(Project p, RequestChange c, params string[] reported) =>
        ChangeDecider.Decide(p, "p1", c, Registered, Tree, Reported(reported));

    private static Func<string, MeasureProgress> Reported(string[] measures) => measure => measures.Contains(measure)
        ? MeasureProgress.Aggregate.Fold(MeasureProgress.None, Sample.Reported(1) with { Figure = Sample.Ref(measure: measure) })
        : MeasureProgress.None;

    private static Decision<ProjectEvent> Approve(Project p, By? by = null, string? acting = City, params string[] reported) =>
        ChangeDecider.Decide(p, "p1", new ApproveChange("c-1", acting, "同意", by ?? Verifier, At), Tree, Reported(reported));

    private static ChangeRequested Requested(Alteration alteration, bool beyond, params Difference[] differences) =>
        new(P1, "c-1", alteration, differences, beyond, City, "材料涨价", Planner, At);

    private static ChangeRequested Estimate(Money to, bool beyond, decimal percent = 10) =>
        Requested(new(Estimate: to), beyond, new Difference("estimate", null, "500000.00 yuan", to.ToString(), percent, beyond));

    [Fact]
    public void Ten_percent_more_or_less_is_within_and_a_fen_more_beyond()
    {
        A_project(UnderWay).When(p => Request(p, Ask(new(Estimate: s_within)))).Records(Estimate(s_within, false));
        A_project(UnderWay).When(p => Request(p, Ask(new(Estimate: Money.Of(450_000))))).Records(Estimate(Money.Of(450_000), false, -10));
        A_project(UnderWay).When(p => Request(p, Ask(new(Estimate: s_beyond)))).Records(Estimate(s_beyond, true));
        A_project(UnderWay).When(p => Request(p, Ask(new(Estimate: Money.Of(449_999.99m))))).Records(Estimate(Money.Of(449_999.99m), true, -10));
    }

    [Fact]
    public void Small_changes_one_after_the_other_are_measured_against_what_was_approved()
    {
        var changed = new ProjectChanged(P1, Whole with { Estimate = s_within }, "c-0", Verifier, At);
        ProjectEvent[] once = [.. UnderWay, Estimate(s_within, false) with { ChangeId = "c-0" }, new ChangeApproved(P1, "c-0", false, null, Verifier, At), changed];
        A_project(once).When(p => Request(p, Ask(new(Estimate: Money.Of(600_000))))).Records(
            Requested(new(Estimate: Money.Of(600_000)), true, new Difference("estimate", null, "550000.00 yuan", "600000.00 yuan", 20, true)));
    }

    [Fact]
    public void What_was_approved_anew_is_what_the_next_change_is_measured_against()
    {
        var changed = new ProjectChanged(P1, Whole with { Estimate = Money.Of(1_000_000) }, "c-0", Verifier, At);
        ProjectEvent[] anew = [.. UnderWay, Estimate(Money.Of(1_000_000), true) with { ChangeId = "c-0" }, new ChangeApproved(P1, "c-0", true, null, Verifier, At), changed];
        A_project(anew).When(p => Request(p, Ask(new(Estimate: Money.Of(1_100_000))))).Records(
            Requested(new(Estimate: Money.Of(1_100_000)), false, new Difference("estimate", null, "1000000.00 yuan", "1100000.00 yuan", 10, false)));
    }

    public static TheoryData<string, bool> Kinds => new()
    {
        { "schedule", true }, { "leadUnit", false }, { "fundingPlan", false }, { "central", true }, { "counties", true }, { "towns", true }, { "added", true }, { "removed", true },
        { "110 ha", false }, { "111 ha", true }, { "1.1 km2", false }, { "100 count", true }, { "named", false }, { "moved", true }, { "fed", true }, { "no quantity", true },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Places_and_measures_that_come_or_go_are_beyond_and_so_is_more_than_ten_percent_of_a_target(string kind, bool beyond)
    {
        var (area, road) = (Whole.Measures[0], Whole.Measures[1]);
        Alteration alteration = kind switch
        {
            "schedule" => new(Schedule: [new(2021, 2026)]),
            "leadUnit" => new(LeadUnit: "市林业局"),
            "fundingPlan" => new(FundingPlan: [new("bonds", Money.Of(500_000))]),
            "central" => new(FundingPlan: [new("central-award", Money.Of(500_000))]),
            "counties" => new(Counties: [Yudu]),
            "towns" => new(Towns: []),
            "added" => new(Measures: [area, road, Part("p1-new", Quantity(1))]),
            "removed" => new(Measures: [area]),
            "named" => new(Measures: [area with { Name = "改名", Note = "n" }, road]),
            "moved" => new(Measures: [area with { Division = Ningdu }, road]),
            "fed" => new(Measures: [area with { FedBy = FedBy.SiteArea }, road]),
            "no quantity" => new(Measures: [area with { Quantity = null }, road]),
            _ => new(Measures: [area with { Quantity = Quantity(decimal.Parse(kind.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), kind.Split(' ')[1]) }, road]),
        };
        var requested = Assert.IsType<ChangeRequested>(Assert.Single(Request(Of(UnderWay), Ask(alteration)).Events));
        Assert.Equal((beyond, beyond, kind == "central" ? Province : City), (requested.Beyond, Assert.Single(requested.Differences).Beyond, requested.ApprovingDivision));
    }

    [Theory]
    [InlineData(2021, 2036, false)]
    [InlineData(2022, 2036, false)]
    [InlineData(2021, 2037, true)]
    [InlineData(2023, 2035, true)]
    [InlineData(2021, 2033, true)]
    public void A_schedule_that_moves_by_more_than_a_tenth_of_its_years_is_beyond(int from, int to, bool beyond)
    {
        var fifteen = new ProjectChanged(P1, Whole with { Schedule = [new(2021, 2035)] }, "c-0", Verifier, At);
        ProjectEvent[] approved = [.. UnderWay, Estimate(s_beyond, true) with { ChangeId = "c-0" }, new ChangeApproved(P1, "c-0", true, null, Verifier, At), fifteen];
        Assert.Equal(beyond, Assert.IsType<ChangeRequested>(Assert.Single(Request(Of(approved), Ask(new(Schedule: [new(from, to)]))).Events)).Beyond);
    }

    [Fact]
    public void One_request_at_a_time_is_open_and_the_same_again_changes_nothing()
    {
        ProjectEvent[] asked = [.. UnderWay, Estimate(s_within, false)];
        A_project(asked).When(p => Request(p, Ask(new(Estimate: s_within)) with { By = Verifier })).RecordsNothing();
        A_project(asked).When(p => Request(p, Ask(new(Estimate: s_beyond)))).IsRefused(RefusalKind.Conflict, "change.exists");
        A_project(asked).When(p => Request(p, Ask(new(LeadUnit: "x"), "c-2"))).IsRefused(RefusalKind.Conflict, "change.open");
        A_project([.. asked, new ChangeRefused(P1, "c-1", "不必", Verifier, At)]).When(p => Request(p, Ask(new(Estimate: s_within), "c-2")))
            .Records(Estimate(s_within, false) with { ChangeId = "c-2" });
    }

    [Fact]
    public void A_change_is_asked_for_between_approval_and_completion()
    {
        foreach (var facts in new ProjectEvent[][] { [Life.Designed], [Life.Designed, Submitted], Done, InAftercare, [.. UnderWay, Terminated] })
            A_project(facts).When(p => Request(p, Ask(new(Estimate: s_within)))).IsRefused(RefusalKind.Conflict, "project.not-changeable");
        A_project([Life.Designed, Submitted, Life.Approved]).When(p => Request(p, Ask(new(Estimate: s_within)))).Records(Estimate(s_within, false));
        A_project([.. UnderWay, Suspended]).When(p => Request(p, Ask(new(Estimate: s_within)))).Records(Estimate(s_within, false));
        A_project().When(p => Request(p, Ask(new(Estimate: s_within)))).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void It_changes_something_and_breaks_no_rule_of_designs()
    {
        A_project(UnderWay).When(p => Request(p, Ask(new(Estimate: Money.Of(500_000), Towns: [Town])))).IsRefused(RefusalKind.Invalid, "change.empty");
        A_project(UnderWay).When(p => Request(p, Ask(new(Counties: ["360222"], Measures: [Part("p2-x", Quantity(0))]))))
            .IsRefused(RefusalKind.Invalid, "change.invalid", "#/counties/0", "#/measures/0/id", "#/measures/0/quantity/value");
        A_project(UnderWay).When(p => Request(p, Ask(new(Estimate: s_within), "C 1"))).IsRefused(RefusalKind.Invalid, "change.invalid", "#/id");
    }

    [Fact]
    public void A_measure_that_was_reported_stays_and_in_its_unit()
    {
        var (area, road) = (Whole.Measures[0], Whole.Measures[1]);
        A_project(UnderWay).When(p => Request(p, Ask(new(Measures: [road])), "p1-area")).IsRefused(RefusalKind.Invalid, "measure.reported", "#/measures");
        A_project(UnderWay).When(p => Request(p, Ask(new(Measures: [area with { Quantity = Quantity(5, "count") }, road])), "p1-area")).IsRefused(RefusalKind.Invalid, "measure.reported");
        ProjectEvent[] asked = [.. UnderWay, Requested(new(Measures: [road]), true)];
        A_project(asked).When(p => Approve(p, reported: "p1-area")).IsRefused(RefusalKind.Invalid, "measure.reported"); // since it was asked for
    }

    [Fact]
    public void Approved_by_another_person_the_project_is_so()
    {
        A_project([.. UnderWay, Estimate(s_within, false)]).When(p => Approve(p)).Records(
            new ChangeApproved(P1, "c-1", false, "同意", Verifier, At), new ProjectChanged(P1, Whole with { Estimate = s_within }, "c-1", Verifier, At));
        ProjectEvent[] approved = [.. UnderWay, Estimate(s_within, false), new ChangeApproved(P1, "c-1", false, null, Verifier, At)];
        A_project(approved).When(p => Approve(p)).RecordsNothing();
        A_project([.. UnderWay, Estimate(s_within, false)]).When(p => Approve(p, Planner)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        A_project([.. UnderWay, Estimate(s_within, false)]).When(p => Approve(p, acting: Yudu)).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project(UnderWay).When(p => Approve(p)).IsRefused(RefusalKind.NotFound, "change.unknown");
        A_project([.. UnderWay, Estimate(s_within, false), Terminated]).When(p => Approve(p)).IsRefused(RefusalKind.Conflict, "project.not-changeable");
    }

    [Fact]
    public void What_is_beyond_is_approved_by_who_approves_such_a_project()
    {
        ProjectDefinition central = Whole with { FundingPlan = [new("central-award", Money.Of(500_000))] };
        ProjectEvent[] facts = [new ProjectDesigned(P1, central, Planner, At), Submitted, Life.Approved, Begun];
        A_project([.. facts, Estimate(s_within, false)]).When(p => Approve(p)).Records(
            new ChangeApproved(P1, "c-1", false, "同意", Verifier, At), new ProjectChanged(P1, central with { Estimate = s_within }, "c-1", Verifier, At));
        A_project([.. facts, Estimate(s_beyond, true)]).When(p => Approve(p)).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project([.. facts, Estimate(s_beyond, true)]).When(p => Approve(p, Provincial, Province)).Records(
            new ChangeApproved(P1, "c-1", true, "同意", Provincial, At), new ProjectChanged(P1, central with { Estimate = s_beyond }, "c-1", Provincial, At));
    }

    [Fact]
    public void An_amendment_that_came_between_stays()
    {
        var amended = new ProjectChanged(P1, Whole with { LeadUnit = "市林业局" }, "am-1", Planner, At);
        A_project([.. UnderWay, Estimate(s_within, false), amended]).When(p => Approve(p)).Records(
            new ChangeApproved(P1, "c-1", false, "同意", Verifier, At), new ProjectChanged(P1, amended.Definition with { Estimate = s_within }, "c-1", Verifier, At));
    }

    [Fact]
    public void It_is_refused_or_withdrawn()
    {
        static Decision<ProjectEvent> Refuse(Project p) => ChangeDecider.Decide(p, "p1", new RefuseChange("c-1", City, "不必", Planner, At), Tree);
        var refused = new ChangeRefused(P1, "c-1", "不必", Planner, At);
        A_project([.. UnderWay, Estimate(s_within, false)]).When(Refuse).Records(refused);
        A_project([.. UnderWay, Estimate(s_within, false), refused]).When(Refuse).RecordsNothing();
        A_project([.. UnderWay, Estimate(s_within, false), refused]).When(p => Approve(p)).IsRefused(RefusalKind.Conflict, "change.decided");
        A_project([.. UnderWay, Estimate(s_within, false), new ChangeApproved(P1, "c-1", false, null, Verifier, At)]).When(Refuse).IsRefused(RefusalKind.Conflict, "change.decided");
        A_project(UnderWay).When(Refuse).IsRefused(RefusalKind.NotFound, "change.unknown");
        var ofYudu = Estimate(s_within, false) with { By = Yudus };
        A_project([.. UnderWay, ofYudu]).When(p => ChangeDecider.Decide(p, "p1", new RefuseChange("c-1", Yudu, "不必", Yudus, At), Tree)).Records(refused with { By = Yudus });
        A_project([.. UnderWay, ofYudu]).When(p => ChangeDecider.Decide(p, "p1", new RefuseChange("c-1", Ningdu, "不必", Ningdus, At), Tree)).IsRefused(RefusalKind.Forbidden, "division.forbidden");
    }
}

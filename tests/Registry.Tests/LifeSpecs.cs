using Restoration.Domain;
using Restoration.Registry.Projects;
using static Restoration.Registry.Tests.Life;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>A new project from its design to its work, and where that halts.</summary>
public sealed class LifeSpecs
{
    private static readonly SubmitProject s_submit = new("请审", Planner, At);
    private static readonly ApproveProject s_approve = new(City, "同意", Verifier, At);

    private static Decision<ProjectEvent> Submit(Project p) => ProjectDecider.Decide(p, "p1", s_submit, Tree);

    private static Decision<ProjectEvent> Redesign(Project p, ProjectDefinition d, params string[] counties) =>
        ProjectDecider.Decide(p, "p1", new RedesignProject("prog-a", counties.Length == 0 ? P1.Counties : counties, d, Planner, At), Registered, Tree);

    private static ProjectDesigned DesignedAs(ProjectDefinition d) => Life.Designed with { Definition = d };

    [Fact]
    public void A_complete_design_is_submitted() => A_project(Life.Designed).When(Submit).Records(Submitted);

    [Fact]
    public void Without_a_lead_unit_it_falls_to_the_city_bureau_and_that_is_said() =>
        A_project(DesignedAs(Whole with { LeadUnit = null })).When(Submit).Records(Submitted with { CityBureauLeads = true });

    [Theory]
    [InlineData("central-award")]
    [InlineData("中央奖补资金")]
    public void With_central_money_the_province_approves(string channel) =>
        A_project(DesignedAs(Whole with { FundingPlan = [new(channel, Money.Of(500_000))] })).When(Submit).Records(Submitted with { ApprovingDivision = Province });

    [Fact]
    public void All_that_is_missing_is_said_at_once() => A_project(new ProjectDesigned(
            P1 with { Counties = [] }, Whole with { Measures = [Part("p1-a", null), Part("p1-w", null) with { Role = MeasureRole.Attribute }], Schedule = [], Estimate = null }, Planner, At))
        .When(Submit).IsRefused(RefusalKind.Invalid, "project.incomplete", "#/measures/0/quantity", "#/schedule", "#/counties", "#/estimate");

    [Fact]
    public void Something_must_be_done_and_paid_for() => A_project(DesignedAs(Whole with { Measures = [], FundingPlan = [new("bonds", Money.Of(499_999.99m))] }))
        .When(Submit).IsRefused(RefusalKind.Invalid, "project.incomplete", "#/measures", "#/fundingPlan");

    [Fact]
    public void It_is_submitted_once_and_again_when_it_was_returned()
    {
        A_project(Life.Designed, Submitted).When(Submit).RecordsNothing();
        A_project(Life.Designed, Submitted, Returned).When(Submit).Records(Submitted);
        A_project(Life.Designed, Submitted, Life.Approved).When(Submit).IsRefused(RefusalKind.Conflict, "project.not-designed");
        A_project(Life.Designed, Submitted, Rejected).When(Submit).IsRefused(RefusalKind.Conflict, "project.not-designed");
        A_project().When(Submit).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void It_is_designed_anew_before_it_is_submitted_or_when_it_was_returned()
    {
        var better = Whole with { Name = "改" };
        A_project(Life.Designed).When(p => Redesign(p, better)).Records(DesignedAs(better));
        A_project(Life.Designed, Submitted, Returned).When(p => Redesign(p, better, Yudu)).Records(new ProjectDesigned(P1 with { Counties = [Yudu] }, better, Planner, At));
        A_project(Life.Designed).When(p => Redesign(p, Whole)).RecordsNothing();
        A_project(Life.Designed).When(p => Redesign(p, better with { CountyCheck = false })).Records(DesignedAs(better)); // which the plan says
        A_project(Life.Designed).When(p => Redesign(p, better with { KeyWorkId = "none", AftercareYears = 31 }, "none"))
            .IsRefused(RefusalKind.Invalid, "project.invalid", "#/keyWorkId", "#/counties/0", "#/aftercareYears");
        A_project(Life.Designed, Submitted).When(p => Redesign(p, better)).IsRefused(RefusalKind.Conflict, "project.not-designed");
        A_project(UnderWay).When(p => Redesign(p, better)).IsRefused(RefusalKind.Conflict, "project.not-designed");
        A_project().When(p => Redesign(p, better)).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void Another_person_of_the_approving_division_approves_it()
    {
        A_project(Life.Designed, Submitted).When(p => ProjectDecider.Decide(p, "p1", s_approve, Tree)).Records(Life.Approved);
        A_project(Life.Designed, Submitted).When(p => ProjectDecider.Decide(p, "p1", s_approve with { Acting = Province }, Tree)).Records(Life.Approved); // above
        A_project(Life.Designed, Submitted).When(p => ProjectDecider.Decide(p, "p1", s_approve with { Acting = null }, Tree)).Records(Life.Approved);
        A_project(Life.Designed, Submitted, Life.Approved).When(p => ProjectDecider.Decide(p, "p1", s_approve, Tree)).RecordsNothing();
    }

    [Fact]
    public void A_county_does_not_approve_what_is_the_citys_nor_a_city_what_is_the_provinces()
    {
        A_project(Life.Designed, Submitted).When(p => ProjectDecider.Decide(p, "p1", s_approve with { Acting = Yudu }, Tree)).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project(Life.Designed, Submitted with { ApprovingDivision = Province }).When(p => ProjectDecider.Decide(p, "p1", s_approve, Tree))
            .IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project(Life.Designed, Submitted with { ApprovingDivision = Province }).When(p => ProjectDecider.Decide(p, "p1", new ReturnProject(City, ["x"], Verifier, At), Tree))
            .IsRefused(RefusalKind.Forbidden, "division.forbidden");
    }

    [Theory]
    [InlineData("other-client", "p-1")] // the same person elsewhere
    [InlineData("city-planner", null)] // nobody named, and the same client
    public void Who_submitted_it_does_not_approve_it(string client, string? actor) => A_project(Life.Designed, Submitted)
        .When(p => ProjectDecider.Decide(p, "p1", s_approve with { By = new(client, actor) }, Tree)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void What_was_not_submitted_is_not_judged()
    {
        A_project(Life.Designed).When(p => ProjectDecider.Decide(p, "p1", s_approve, Tree)).IsRefused(RefusalKind.Conflict, "project.not-submitted");
        A_project(Life.Designed, Submitted, Returned).When(p => ProjectDecider.Decide(p, "p1", s_approve, Tree)).IsRefused(RefusalKind.Conflict, "project.not-submitted");
        A_project(UnderWay).When(p => ProjectDecider.Decide(p, "p1", s_approve, Tree)).IsRefused(RefusalKind.Conflict, "project.not-submitted");
        A_project().When(p => ProjectDecider.Decide(p, "p1", s_approve, Tree)).IsRefused(RefusalKind.NotFound, "project.unknown");
        A_project(UnderWay).When(p => ProjectDecider.Decide(p, "p1", new RejectProject(City, "选址不当", Verifier, At), Tree)).IsRefused(RefusalKind.Conflict, "project.not-submitted");
    }

    [Fact]
    public void It_is_returned_with_findings()
    {
        static Decision<ProjectEvent> Return(Project p, params string[] findings) => ProjectDecider.Decide(p, "p1", new ReturnProject(City, findings, Verifier, At), Tree);
        A_project(Life.Designed, Submitted).When(p => Return(p, "图纸不全")).Records(Returned);
        A_project(Life.Designed, Submitted, Returned).When(p => Return(p, "图纸不全")).RecordsNothing();
        A_project(Life.Designed, Submitted, Returned).When(p => Return(p, "别的")).IsRefused(RefusalKind.Conflict, "project.not-submitted");
        A_project(Life.Designed, Submitted).When(p => Return(p)).IsRefused(RefusalKind.Invalid, "findings.missing", "#/findings");
    }

    [Fact]
    public void It_is_rejected_for_good()
    {
        var reject = new RejectProject(City, "选址不当", Verifier, At);
        A_project(Life.Designed, Submitted).When(p => ProjectDecider.Decide(p, "p1", reject, Tree)).Records(Rejected);
        A_project(Life.Designed, Submitted, Rejected).When(p => ProjectDecider.Decide(p, "p1", reject, Tree)).RecordsNothing();
        A_project(Life.Designed, Submitted, Rejected).When(p => ProjectDecider.Decide(p, "p1", new StartProject(Planner, At))).IsRefused(RefusalKind.Conflict, "project.not-approved");
        A_project(Life.Designed, Submitted, Rejected).When(p => ProjectDecider.Decide(p, "p1", new ApproveWithPlan(Planner, At))).RecordsNothing();
    }

    [Fact]
    public void Work_that_goes_on_is_suspended_and_resumed()
    {
        static Decision<ProjectEvent> Suspend(Project p, DateOnly? from = null) => ProjectDecider.Decide(p, "p1", new SuspendProject("汛期", from, Planner, At));
        static Decision<ProjectEvent> Resume(Project p) => ProjectDecider.Decide(p, "p1", new ResumeProject("复工", Planner, At));
        A_project(UnderWay).When(p => Suspend(p)).Records(Suspended);
        A_project(UnderWay).When(p => Suspend(p, Day.AddDays(-9))).Records(Suspended with { From = Day.AddDays(-9) });
        A_project(UnderWay).When(p => Suspend(p, Day.AddDays(1))).IsRefused(RefusalKind.Invalid, "time.in-future", "#/from");
        A_project([.. UnderWay, Suspended]).When(p => Suspend(p)).RecordsNothing();
        A_project(Life.Designed, Submitted, Life.Approved).When(p => Suspend(p)).IsRefused(RefusalKind.Conflict, "project.not-in-progress");
        A_project([.. UnderWay, Suspended]).When(Resume).Records(Resumed);
        A_project(UnderWay).When(Resume).RecordsNothing();
        A_project([.. UnderWay, Suspended, Resumed]).When(p => Suspend(p)).Records(Suspended);
        A_project(Done).When(Resume).IsRefused(RefusalKind.Conflict, "project.not-suspended");
        A_project().When(Resume).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void It_is_terminated_between_approval_and_acceptance()
    {
        static Decision<ProjectEvent> Terminate(Project p) => ProjectDecider.Decide(p, "p1", new TerminateProject("规划调整", "退回", "复垦", Planner, At));
        foreach (var facts in new ProjectEvent[][]
        {
            [Life.Designed, Submitted, Life.Approved], UnderWay, [.. UnderWay, Suspended], Done, ReadyToAccept, [.. ReadyToAccept, NotAccepted],
        })
        {
            A_project(facts).When(Terminate).Records(Terminated);
            A_project([.. facts, Terminated]).When(Terminate).RecordsNothing();
        }

        foreach (var facts in new ProjectEvent[][] { [Life.Designed], [Life.Designed, Submitted], [Life.Designed, Submitted, Returned], [Life.Designed, Submitted, Rejected] })
            A_project(facts).When(Terminate).IsRefused(RefusalKind.Conflict, "project.not-approved");
        foreach (var facts in new ProjectEvent[][] { InAftercare, [.. InAftercare, SpotFailed], [.. InAftercare, Inspected(1, false)], [.. CaredFor, Evaluated], [.. CaredFor, Evaluated, Closed] })
            A_project(facts).When(Terminate).IsRefused(RefusalKind.Conflict, "project.accepted");
        A_project().When(Terminate).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Theory]
    [InlineData(nameof(Suspended))]
    [InlineData(nameof(Terminated))]
    [InlineData(nameof(Completed))]
    public void No_progress_is_reported_while_no_work_is_done(string how)
    {
        ProjectEvent halt = how switch { nameof(Suspended) => Suspended, nameof(Terminated) => Terminated, _ => Completed };
        var decision = Progress.ProgressDecider.Decide(Progress.MeasureProgress.None, Report(1), Of([.. UnderWay, halt]), Registered, Tree);
        Assert.Equal("project.not-in-progress", decision.Refusal?.Code);
    }

    /// <summary>What came in with its plan is the plan's to change; what was approved by itself is measured against that.</summary>
    [Theory]
    [InlineData(true, 900_000)]
    [InlineData(false, 500_000)]
    public void Changes_after_an_amendment_of_the_plan_are_measured_against_what_was_approved(bool enteredWithPlan, decimal approved)
    {
        var project = Of(Life.Designed, Submitted, Life.Approved with { EnteredWithPlan = enteredWithPlan }, Begun, new ProjectChanged(P1, Whole with { Estimate = Money.Of(900_000) }, "am-1", Planner, At));
        Assert.Equal((Money.Of(900_000), Money.Of(approved), ProjectState.InProgress), (project.Definition!.Estimate, project.Approved!.Value.Definition.Estimate, project.State));
    }
}

using Restoration.Domain;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

public sealed class ProjectSpecs
{
    private static readonly DesignProject s_design = new("p1", "gz", "prog-a", [Yudu, Ningdu, Zone], Definition, Planner, At);

    private static Spec<Project, ProjectEvent> A_project => new(Project.Unknown, (p, e) => Project.Aggregate.Fold(p, e));

    private static DesignProject With(params Measure[] measures) => s_design with { Definition = Definition with { Measures = measures } };

    private static Decision<ProjectEvent> Design(Project project, DesignProject command) => ProjectDecider.Decide(project, command, Registered, Tree);

    [Fact]
    public void A_project_is_designed() => A_project.When(p => Design(p, s_design)).Records(Designed);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Its_plan_says_whether_counties_check(bool check)
    {
        var plan = Plans.Plan.Aggregate.Fold(
            Plans.Plan.Unknown, new Plans.PlanRegistered("gz", City, Sample.Plan with { CountyCheck = check }, Planner, At));
        A_project.When(p => ProjectDecider.Decide(p, s_design with { Definition = Definition with { CountyCheck = !check } }, plan, Tree))
            .Records(Designed with { Definition = Definition with { CountyCheck = check } });
    }

    [Fact]
    public void Designing_it_again_alike_changes_nothing() => A_project.After(Designed, Approved, Started)
        .When(p => Design(p, s_design with { Counties = [Yudu, Ningdu, Zone], By = Verifier, At = At.AddDays(1) })).RecordsNothing();

    [Fact]
    public void A_designed_project_is_not_redefined() => A_project.After(Designed)
        .When(p => Design(p, s_design with { Definition = Definition with { LeadUnit = null } })).IsRefused(RefusalKind.Conflict, "project.exists");

    [Fact]
    public void Nor_moved_to_other_counties() => A_project.After(Designed)
        .When(p => Design(p, s_design with { Counties = [Yudu] })).IsRefused(RefusalKind.Conflict, "project.exists");

    [Fact]
    public void A_project_belongs_to_a_plan() => A_project
        .When(p => ProjectDecider.Decide(p, s_design, Plans.Plan.Unknown, Tree)).IsRefused(RefusalKind.Invalid, "plan.unknown", "#/planId");

    [Fact]
    public void A_design_may_be_as_untidy_as_the_plan_is()
    {
        var untidy = new ProjectDefinition("无名", null, ProjectKind.Mine, null, null, [], null, [], null, [], [], true, null, [], null);
        A_project.When(p => Design(p, s_design with { Counties = [], Definition = untidy }))
            .Records(new ProjectDesigned(Designed.Project with { Counties = [] }, untidy, Planner, At));
    }

    [Theory]
    [InlineData("P1", "#/id")]
    [InlineData("p1.x", "#/id")]
    [InlineData("", "#/id")]
    public void Its_id_is_a_slug(string id, string pointer) => A_project
        .When(p => Design(p, s_design with { ProjectId = id, Definition = Definition with { Measures = [] } }))
        .IsRefused(RefusalKind.Invalid, "project.invalid", pointer);

    [Fact]
    public void Its_programme_and_key_work_are_the_plans() => A_project
        .When(p => Design(p, s_design with { ProgrammeId = "prog-z", Definition = Definition with { KeyWorkId = "work-z" } }))
        .IsRefused(RefusalKind.Invalid, "project.invalid", "#/programmeId", "#/keyWorkId");

    [Fact]
    public void It_lies_in_counties_and_towns_of_the_plan() => A_project
        .When(p => Design(p, s_design with { Counties = [Yudu, "360222", City, Town, "none"], Definition = Definition with { Towns = [Town, "none", "360222"] } }))
        .IsRefused(RefusalKind.Invalid, "project.invalid", "#/counties/1", "#/counties/2", "#/counties/3", "#/counties/4", "#/towns/1", "#/towns/2");

    [Fact]
    public void A_span_of_its_schedule_does_not_end_before_it_begins() => A_project
        .When(p => Design(p, s_design with { Definition = Definition with { Schedule = [new(2021, 2025), new(2030, 2029)] } }))
        .IsRefused(RefusalKind.Invalid, "project.invalid", "#/schedule");

    [Fact]
    public void An_estimate_that_no_province_could_pay_is_a_slip_of_the_unit() => A_project
        .When(p => Design(p, s_design with { Definition = Definition with { Estimate = Money.Of(DesignRules.EstimateLimit) } }))
        .IsRefused(RefusalKind.Invalid, "project.invalid", "#/estimate");

    [Theory]
    [InlineData("p2-area")]
    [InlineData("p1")]
    [InlineData("p1-Area")]
    [InlineData("p10-area")]
    public void The_id_of_a_measure_begins_with_its_projects(string id) => A_project
        .When(p => Design(p, With(Part("p1-a", null), Part(id, null)))).IsRefused(RefusalKind.Invalid, "project.invalid", "#/measures/1/id");

    [Fact]
    public void No_measure_stands_twice() => A_project
        .When(p => Design(p, With(Part("p1-a", null), Part("p1-a", null)))).IsRefused(RefusalKind.Invalid, "project.invalid", "#/measures/1/id");

    [Fact]
    public void A_measure_lies_in_the_plans_division() => A_project
        .When(p => Design(p, With(Part("p1-a", null) with { Division = "360222" }))).IsRefused(RefusalKind.Invalid, "project.invalid", "#/measures/0/division");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_target_is_more_than_zero(int value) => A_project
        .When(p => Design(p, With(Part("p1-a", Quantity(value))))).IsRefused(RefusalKind.Invalid, "project.invalid", "#/measures/0/quantity/value");

    [Fact]
    public void It_is_approved_with_its_plan() => A_project.After(Designed)
        .When(p => ProjectDecider.Decide(p, "p1", new ApproveWithPlan(Planner, At))).Records(Approved);

    [Fact]
    public void Approving_it_twice_changes_nothing() => A_project.After(Designed, Approved)
        .When(p => ProjectDecider.Decide(p, "p1", new ApproveWithPlan(Planner, At))).RecordsNothing();

    [Fact]
    public void Nor_while_work_goes_on() => A_project.After(Designed, Approved, Started)
        .When(p => ProjectDecider.Decide(p, "p1", new ApproveWithPlan(Planner, At))).RecordsNothing();

    [Fact]
    public void Only_a_designed_project_is_approved() => A_project
        .When(p => ProjectDecider.Decide(p, "p1", new ApproveWithPlan(Planner, At))).IsRefused(RefusalKind.NotFound, "project.unknown");

    [Fact]
    public void Work_starts_after_approval() => A_project.After(Designed, Approved)
        .When(p => ProjectDecider.Decide(p, "p1", new StartProject(Planner, At))).Records(Started);

    [Fact]
    public void Not_before() => A_project.After(Designed)
        .When(p => ProjectDecider.Decide(p, "p1", new StartProject(Planner, At))).IsRefused(RefusalKind.Conflict, "project.not-approved");

    [Fact]
    public void Starting_it_twice_changes_nothing() => A_project.After(Designed, Approved, Started)
        .When(p => ProjectDecider.Decide(p, "p1", new StartProject(Planner, At))).RecordsNothing();

    [Fact]
    public void Nobody_starts_what_is_not_there() => A_project
        .When(p => ProjectDecider.Decide(p, "p1", new StartProject(Planner, At))).IsRefused(RefusalKind.NotFound, "project.unknown");

    private static readonly MoveMoney s_money = new(Money.Of(5), Money.Of(30), Money.Of(10), Planner, At);

    [Fact]
    public void How_its_money_stands_is_taken_over_once()
    {
        var moved = new MoneyMoved(Designed.Project, Money.Of(5), Money.Of(30), Money.Of(10), Planner, At);
        A_project.After(Designed, Approved).When(p => ProjectDecider.Decide(p, "p1", s_money)).Records(moved);
        A_project.After(Designed, Approved, moved).When(p => ProjectDecider.Decide(p, "p1", s_money)).RecordsNothing();
        A_project.When(p => ProjectDecider.Decide(p, "p1", s_money)).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void That_its_account_is_settled_is_taken_over_once()
    {
        var settled = new AccountsSettled(Designed.Project, Planner, At);
        A_project.After(Designed, Approved).When(p => ProjectDecider.Decide(p, "p1", new SettleAccounts(Planner, At))).Records(settled);
        A_project.After(Designed, Approved, settled).When(p => ProjectDecider.Decide(p, "p1", new SettleAccounts(Planner, At))).RecordsNothing();
        A_project.When(p => ProjectDecider.Decide(p, "p1", new SettleAccounts(Planner, At))).IsRefused(RefusalKind.NotFound, "project.unknown");
    }
}

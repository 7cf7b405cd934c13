using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>An amendment is one act over the plan and its projects: exactly these facts in each of their streams, or none.</summary>
public sealed class AmendmentSpecs
{
    private static readonly By s_planner = new("city-planner", "p-9");

    internal static readonly Amendment Completing = new(
        "2024-1", "赣市府发〔2024〕5号", new(2024, 6, 28), "补充完善", new PlanChange(PrintedTotal: Money.Of(1_200_000)),
        [new("p1", LeadUnit: "市水土保持中心", Counties: [Yudu], Measures: [new("p1-later", Quantity: Quantity(30, "count")), new("p1-new", "新增", Quantity(5, "km"))])],
        [], []);

    private static readonly Plans.Plan s_adopted = Plans.Plan.Aggregate.Fold(Registered, new PlanAdopted("gz", City, null, ["p1"], Planner, At));

    private static readonly ProjectDefinition s_completed = Definition with
    {
        LeadUnit = "市水土保持中心",
        StatedCounties = null,
        Measures =
        [
            .. Definition.Measures.Select(m => m.Id == "p1-later" ? m with { Quantity = Quantity(30, "count") } : m), Part("p1-new", Quantity(5, "km")) with { Name = "新增" },
        ],
    };

    internal static readonly PlanAmended Facts = new("gz", City, Completing, Sample.Plan with { PrintedTotal = Money.Of(1_200_000) }, s_planner, At);

    private static Amended Decide(Plans.Plan plan, Amendment amendment, params Project[] projects) => Decide(plan, amendment, MeasureProgress.None, projects);

    /// <param name="progress">Of p1-area; nothing else was reported.</param>
    private static Amended Decide(Plans.Plan plan, Amendment amendment, MeasureProgress progress, params Project[] projects) => AmendmentDecider.Decide(
        plan, "gz", new AmendPlan(amendment, s_planner, At), id => projects.FirstOrDefault(p => p.Ref.Id == id) ?? Project.Unknown,
        measure => measure == "p1-area" ? progress : MeasureProgress.None, Tree);

    /// <summary>The plan's facts and each project's, all of them and in order.</summary>
    private static void Records(Amended amended, PlanEvent[] plan, params (string Id, ProjectEvent[] Facts)[] projects)
    {
        new Then<PlanEvent>(amended.Plan).Records(plan);
        Assert.Equal(projects.Select(p => p.Id), amended.Projects.Select(p => p.ProjectId));
        foreach (var (expected, found) in projects.Zip(amended.Projects))
            new Then<ProjectEvent>(found.Facts).Records(expected.Facts);
    }

    private static void Refuses(Amended amended, RefusalKind kind, string code, params string[] pointers)
    {
        new Then<PlanEvent>(amended.Plan).IsRefused(kind, code, pointers);
        Assert.Empty(amended.Projects);
    }

    [Fact]
    public void What_the_plan_left_open_is_completed_in_it_and_in_its_projects() => Records(
        Decide(s_adopted, Completing, InProgress), [Facts],
        ("p1", [new ProjectChanged(Designed.Project with { Counties = [Yudu] }, s_completed, "2024-1", s_planner, At)]));

    [Fact]
    public void The_same_amendment_again_changes_nothing() => Records(Decide(Plans.Plan.Aggregate.Fold(s_adopted, Facts), Completing, InProgress), []);

    [Fact]
    public void Another_one_has_another_id() => Refuses(
        Decide(Plans.Plan.Aggregate.Fold(s_adopted, Facts), Completing with { Reason = "另一理由" }, InProgress), RefusalKind.Conflict, "amendment.exists");

    [Fact]
    public void A_project_that_it_leaves_as_it_is_says_nothing() => Records(
        Decide(s_adopted, Completing with { Projects = [new("p1", LeadUnit: Definition.LeadUnit)] }, InProgress), [Facts with { Amendment = Completing with { Projects = [new("p1", LeadUnit: Definition.LeadUnit)] } }],
        ("p1", []));

    [Fact]
    public void What_comes_into_an_adopted_plan_is_approved_with_the_amendment()
    {
        var added = new AddedProject("p2", "gz", "prog-a", [Ningdu], Definition with { Measures = [Part("p2-area", Quantity(1))], StatedCounties = null, FundingPlan = [] });
        var amendment = Completing with { Plan = null, Projects = [], Added = [added] };
        var place = new ProjectRef("p2", "gz", "prog-a", City, [Ningdu]);
        Records(
            Decide(s_adopted, amendment, InProgress), [Facts with { Amendment = amendment, Definition = Sample.Plan }],
            ("p2", [new ProjectDesigned(place, added.Definition, s_planner, At), new ProjectApproved(place, true, s_planner, At)]));
    }

    [Fact]
    public void What_expects_central_money_comes_in_as_a_design_that_the_province_approves()
    {
        var added = new AddedProject("p2", "gz", "prog-a", [Ningdu], Definition with { Measures = [Part("p2-area", Quantity(1))], StatedCounties = null });
        var amendment = Completing with { Plan = null, Projects = [], Added = [added] };
        Records(
            Decide(s_adopted, amendment, InProgress), [Facts with { Amendment = amendment, Definition = Sample.Plan }],
            ("p2", [new ProjectDesigned(new ProjectRef("p2", "gz", "prog-a", City, [Ningdu]), added.Definition, s_planner, At)]));
    }

    [Fact]
    public void What_was_approved_by_a_submission_of_its_own_is_changed_by_a_tenth_at_most()
    {
        var submitted = Project.Aggregate.Fold(Project.Unknown, Designed, Approved with { EnteredWithPlan = false }, Started);
        Amendment Raising(decimal hectares) => Completing with { Plan = null, Projects = [new("p1", Measures: [new("p1-area", Quantity: Quantity(hectares))])] };
        Refuses(Decide(s_adopted, Raising(110.1m), submitted), RefusalKind.Invalid, "amendment.invalid", "#/projects/0/projectId");
        Refuses(Decide(s_adopted, Completing, submitted), RefusalKind.Invalid, "amendment.invalid", "#/projects/0/projectId");
        foreach (var (project, hectares) in new[] { (submitted, 110m), (InProgress, 200m) })
        {
            var changed = Definition with { Measures = [.. Definition.Measures.Select(m => m.Id == "p1-area" ? m with { Quantity = Quantity(hectares) } : m)] };
            Records(
                Decide(s_adopted, Raising(hectares), project), [Facts with { Amendment = Raising(hectares), Definition = Sample.Plan }],
                ("p1", [new ProjectChanged(Designed.Project, changed, "2024-1", s_planner, At)]));
        }
    }

    /// <summary>Or three small ones would be a large one.</summary>
    [Fact]
    public void The_next_amendment_is_held_against_what_was_approved_and_not_against_the_last()
    {
        var changed = Definition with { Measures = [.. Definition.Measures.Select(m => m.Id == "p1-area" ? m with { Quantity = Quantity(109) } : m)] };
        var amended = Project.Aggregate.Fold(
            Project.Unknown, Designed, Approved with { EnteredWithPlan = false }, Started, new ProjectChanged(Designed.Project, changed, "2024-1", s_planner, At));
        var more = Completing with { Id = "2024-2", Plan = null, Projects = [new("p1", Measures: [new("p1-area", Quantity: Quantity(111))])] };
        Refuses(Decide(s_adopted, more, amended), RefusalKind.Invalid, "amendment.invalid", "#/projects/0/projectId");
    }

    [Fact]
    public void A_schedule_beyond_all_years_is_refused_like_any_other_mistake()
    {
        var submitted = Project.Aggregate.Fold(Project.Unknown, Designed, Approved with { EnteredWithPlan = false }, Started);
        var wild = Completing with { Plan = null, Projects = [new("p1", Schedule: [new(0, 2_000_000_000), new(0, 2_000_000_000)])] };
        var (plan, projects) = Decide(s_adopted, wild, submitted);
        Assert.Equal((RefusalKind.Invalid, "amendment.invalid"), (plan.Refusal!.Kind, plan.Refusal.Code));
        Assert.Empty(projects);
    }

    [Fact]
    public void A_county_that_has_reported_stays_in_its_project()
    {
        var progress = MeasureProgress.Aggregate.Fold(MeasureProgress.None, Reported(10));
        Refuses(
            Decide(s_adopted, Completing with { Plan = null, Projects = [new("p1", Counties: [Ningdu])] }, progress, InProgress),
            RefusalKind.Invalid, "amendment.invalid", "#/projects/0/counties");
    }

    [Fact]
    public void Programmes_are_said_anew_and_new_ones_follow()
    {
        PlanPart anew = new("prog-a", "东江源", null, null, [], null), other = new("prog-b", "北江", null, null, [], null);
        var amendment = Completing with { Plan = new PlanChange(Programmes: [anew, other]), Projects = [] };
        Records(Decide(s_adopted, amendment), [Facts with { Amendment = amendment, Definition = Sample.Plan with { Programmes = [anew, other] } }]);
    }

    [Fact]
    public void A_draft_is_amended_without_a_document() => Records(
        Decide(Registered, Completing with { DocumentNumber = null, Projects = [] }), [Facts with { Amendment = Completing with { DocumentNumber = null, Projects = [] } }]);

    [Fact]
    public void What_was_adopted_is_amended_by_a_document() => Refuses(
        Decide(s_adopted, Completing with { DocumentNumber = " ", Reason = "" }, InProgress), RefusalKind.Invalid, "amendment.invalid", "#/reason", "#/documentNumber");

    [Fact]
    public void A_superseded_plan_is_left_as_it_is() => Refuses(
        Decide(Plans.Plan.Aggregate.Fold(s_adopted, new PlanSuperseded("gz", City, "gz-2", Planner, At)), Completing, InProgress), RefusalKind.Conflict, "plan.superseded");

    [Fact]
    public void There_is_a_plan_to_amend() => Refuses(Decide(Plans.Plan.Unknown, Completing), RefusalKind.NotFound, "plan.unknown");

    [Fact]
    public void All_that_is_wrong_is_told_at_once_where_it_stands() => Refuses(
        Decide(s_adopted, new Amendment(
            "A 1", "n", null, "r", new PlanChange(To: 2000),
            [
                new("p7"), new("p1", Counties: ["360222"], KeyWorkId: "none", Measures:
                [
                    new("p1-x"), new("p1-area", Quantity: Quantity(3, "km")), new("p1-road", Division: "360222", Role: MeasureRole.Total), new("p1-later", Quantity: Quantity(0, "count")),
                ]),
            ],
            [new AddedProject("p8", "other", "none", [], Definition with { Measures = [] }), new AddedProject("p1", "gz", "prog-a", [], Definition)], []), InProgress),
        RefusalKind.Invalid, "amendment.invalid",
        "#/id", "#/projects", "#/plan/to", "#/projects/0/projectId",
        "#/projects/1/measures/0/name", "#/projects/1/measures/1/quantity/unit", "#/projects/1/measures/2/role",
        "#/projects/1/keyWorkId", "#/projects/1/counties/0", "#/projects/1/measures/2/division", "#/projects/1/measures/3/quantity/value",
        "#/added/0/planId", "#/added/1/id");

    [Fact]
    public void What_is_taken_out_of_the_plan_is_terminated_with_what_becomes_of_it()
    {
        var amendment = Completing with { Plan = null, Projects = [], Dropped = [new("p1", "退回省级", "归还农户")] };
        Records(
            Decide(s_adopted, amendment, InProgress), [Facts with { Amendment = amendment, Definition = Sample.Plan }],
            ("p1", [new ProjectTerminated(Designed.Project, "2024-1: 补充完善", "退回省级", "归还农户", s_planner, At)]));
        Refuses(
            Decide(s_adopted, amendment with { Dropped = [new("p9", "m", "l")] }, InProgress), RefusalKind.Invalid, "amendment.invalid", "#/dropped/0/projectId");
    }

    [Fact]
    public void Nothing_of_a_project_that_ended_changes()
    {
        var ended = Project.Aggregate.Fold(InProgress, new ProjectTerminated(Designed.Project, "r", "m", "l", Planner, At));
        Refuses(Decide(s_adopted, Completing, ended), RefusalKind.Invalid, "amendment.invalid", "#/projects/0/projectId");
        Refuses(Decide(s_adopted, Completing with { Projects = [], Dropped = [new("p1", "m", "l")] }, Project.Aggregate.Fold(
            Project.Unknown, Designed with { Project = Designed.Project with { PlanId = "other" } })), RefusalKind.Invalid, "amendment.invalid", "#/dropped/0/projectId");
    }

    [Fact]
    public void An_amendment_changes_something() => Refuses(
        Decide(s_adopted, Completing with { Plan = null, Projects = [] }), RefusalKind.Invalid, "amendment.invalid", "#/projects");
}

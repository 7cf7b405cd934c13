using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

public sealed class PlanSpecs
{
    private static readonly RegisterPlan s_register = new("gz", City, Sample.Plan, Planner, At);
    private static readonly PlanRegistered s_registered = new("gz", City, Sample.Plan, Planner, At);
    private static readonly AdoptPlan s_adopt = new("赣市府发〔2022〕2号", Verifier, At);
    private static readonly PlanAdopted s_adopted = new("gz", City, "赣市府发〔2022〕2号", ["p1", "p2"], Verifier, At);

    private static Spec<Plans.Plan, PlanEvent> A_plan => new(Plans.Plan.Unknown, (p, e) => Plans.Plan.Aggregate.Fold(p, e));

    private static PlanPart Programme(string id) => new(id, id, null, null, [], null);

    [Fact]
    public void A_plan_enters_the_register() => A_plan.When(p => PlanDecider.Decide(p, s_register, Tree)).Records(s_registered);

    [Fact]
    public void Registering_it_again_alike_changes_nothing() => A_plan.After(s_registered)
        .When(p => PlanDecider.Decide(p, s_register with { Definition = Sample.Plan with { TargetYears = [2025, 2035] }, By = Verifier, At = At.AddDays(1) }, Tree))
        .RecordsNothing();

    [Fact]
    public void A_registered_plan_is_changed_by_amendment_only() => A_plan.After(s_registered)
        .When(p => PlanDecider.Decide(p, s_register with { Definition = Sample.Plan with { To = 2036 } }, Tree)).IsRefused(RefusalKind.Conflict, "plan.exists");

    [Fact]
    public void A_plan_does_not_move_to_another_division() => A_plan.After(s_registered)
        .When(p => PlanDecider.Decide(p, s_register with { Division = Yudu }, Tree)).IsRefused(RefusalKind.Conflict, "plan.exists");

    [Fact]
    public void What_it_was_when_it_entered_stays_known_however_it_changed() => A_plan.After(s_registered, s_adopted, AmendmentSpecs.Facts)
        .When(p => PlanDecider.Decide(p, s_register, Tree)).RecordsNothing();

    [Theory]
    [InlineData(City)]
    [InlineData("360200")]
    public void The_plan_above_it_is_of_a_division_above(string division) => A_plan
        .When(p => PlanDecider.Decide(p, s_register, Tree, Plans.Plan.Aggregate.Fold(Plans.Plan.Unknown, s_registered with { PlanId = "above", Division = division })))
        .IsRefused(RefusalKind.Invalid, "plan.invalid", "#/parentPlanId");

    [Fact]
    public void It_may_not_be_there_yet() => A_plan.When(p => PlanDecider.Decide(p, s_register, Tree, Plans.Plan.Unknown)).Records(s_registered);

    private static readonly PlanRegistered s_next = s_registered with { PlanId = "gz-2" };
    private static readonly AdoptPlan s_supersede = s_adopt with { Supersedes = "gz" };

    private static Plans.Plan Before(params PlanEvent[] facts) => Plans.Plan.Aggregate.Fold(Plans.Plan.Unknown, facts);

    [Fact]
    public void A_plan_takes_the_place_of_an_adopted_one_of_its_division() => A_plan.After(s_next)
        .When(p => PlanDecider.Decide(p, "gz-2", s_supersede, ["p3"], Before(s_registered, s_adopted)))
        .Records(s_adopted with { PlanId = "gz-2", ProjectIds = ["p3"], Supersedes = "gz" });

    [Fact]
    public void The_one_before_says_so_too() => A_plan.After(s_registered, s_adopted)
        .When(p => PlanDecider.Superseding(p, s_adopted with { PlanId = "gz-2", Supersedes = "gz" })).Records(new PlanSuperseded("gz", City, "gz-2", Verifier, At));

    [Fact]
    public void Adopting_it_so_again_changes_nothing() => A_plan.After(s_next, s_adopted with { PlanId = "gz-2", Supersedes = "gz" })
        .When(p => PlanDecider.Decide(p, "gz-2", s_supersede, [], Before(s_registered, s_adopted, new PlanSuperseded("gz", City, "gz-2", Verifier, At)))).RecordsNothing();

    [Fact]
    public void What_it_supersedes_is_said_at_its_adoption() => A_plan.After(s_next, s_adopted with { PlanId = "gz-2" })
        .When(p => PlanDecider.Decide(p, "gz-2", s_supersede, [], Before(s_registered, s_adopted))).IsRefused(RefusalKind.Conflict, "plan.adopted");

    [Fact]
    public void Only_what_was_adopted_and_stands_is_superseded()
    {
        A_plan.After(s_next).When(p => PlanDecider.Decide(p, "gz-2", s_supersede, [], Plans.Plan.Unknown)).IsRefused(RefusalKind.Invalid, "plan.unknown", "#/supersedes");
        A_plan.After(s_next).When(p => PlanDecider.Decide(p, "gz-2", s_supersede, [], Before(s_registered))).IsRefused(RefusalKind.Conflict, "plan.not-adopted");
        A_plan.After(s_next).When(p => PlanDecider.Decide(p, "gz-2", s_supersede, [], Before(s_registered, s_adopted, new PlanSuperseded("gz", City, "gz-9", Verifier, At))))
            .IsRefused(RefusalKind.Conflict, "plan.superseded");
        A_plan.After(s_next).When(p => PlanDecider.Decide(p, "gz-2", s_supersede, [], Before(s_registered with { Division = "360200" }, s_adopted)))
            .IsRefused(RefusalKind.Invalid, "plan.invalid", "#/supersedes");
        A_plan.After(s_next).When(p => PlanDecider.Decide(p, "gz-2", s_supersede with { Supersedes = "gz-2" }, [], p)).IsRefused(RefusalKind.Invalid, "plan.invalid", "#/supersedes");
    }

    [Fact]
    public void A_superseded_plan_is_not_adopted_again() => A_plan.After(s_registered, s_adopted, new PlanSuperseded("gz", City, "gz-2", Verifier, At))
        .When(p => PlanDecider.Decide(p, "gz", s_adopt, [])).IsRefused(RefusalKind.Conflict, "plan.superseded");

    [Theory]
    [InlineData("999999")]
    [InlineData(Zone)]
    [InlineData(Town)]
    public void A_plan_is_of_a_province_city_or_county(string division) => A_plan
        .When(p => PlanDecider.Decide(p, s_register with { Division = division }, Tree)).IsRefused(RefusalKind.Invalid, "plan.invalid", "#/division");

    [Theory]
    [InlineData("360000")]
    [InlineData(Yudu)]
    public void Any_of_them_has_one(string division) => A_plan
        .When(p => PlanDecider.Decide(p, s_register with { Division = division }, Tree)).Records(s_registered with { Division = division });

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => A_plan
        .When(p => PlanDecider.Decide(p, new("Gz.1", "none", Sample.Plan with
        {
            From = 2036,
            TargetYears = [2020],
            Programmes = [Programme("a"), Programme("A B")],
            KeyWorks = [Programme("a")],
        }, Planner, At), Tree))
        .IsRefused(RefusalKind.Invalid, "plan.invalid", "#/id", "#/division", "#/to", "#/targetYears", "#/programmes", "#/programmes");

    [Fact]
    public void A_plan_may_last_one_year_and_aim_beyond_it() => A_plan
        .When(p => PlanDecider.Decide(p, s_register with { Definition = Sample.Plan with { To = 2021, TargetYears = [2021, 2050] } }, Tree))
        .Records(s_registered with { Definition = Sample.Plan with { To = 2021, TargetYears = [2021, 2050] } });

    [Fact]
    public void A_plan_is_adopted_with_its_projects() => A_plan.After(s_registered)
        .When(p => PlanDecider.Decide(p, "gz", s_adopt, ["p1", "p2"])).Records(s_adopted);

    [Fact]
    public void Adopting_it_again_changes_nothing() => A_plan.After(s_registered, s_adopted)
        .When(p => PlanDecider.Decide(p, "gz", s_adopt, ["p3"])).RecordsNothing();

    [Fact]
    public void Only_a_registered_plan_is_adopted() => A_plan
        .When(p => PlanDecider.Decide(p, "gz", s_adopt, [])).IsRefused(RefusalKind.NotFound, "plan.unknown");

    [Theory]
    [InlineData(null, "赣市府发〔2022〕1号")]
    [InlineData("new", "new")]
    public void The_document_number_of_the_adoption_counts_where_there_is_one(string? named, string kept) => Assert.Equal(
        kept, Plans.Plan.Aggregate.Fold(Plans.Plan.Unknown, s_registered, s_adopted with { DocumentNumber = named }).Definition!.DocumentNumber);
}

using Restoration.Domain;
using Restoration.Indicators.Definitions;
using static Restoration.Indicators.Tests.Sample;

namespace Restoration.Indicators.Tests;

public sealed class IndicatorSpecs
{
    private static Then Given(params IndicatorDefined[] facts) => new(facts);

    private static DefineIndicator Define(IndicatorDefinition definition, string id = "gz-coverage") => new(id, City, definition, Planner, At);

    private sealed record Then(IndicatorDefined[] Facts)
    {
        public Support.Then<IndicatorDefined> When(Func<Indicator, Decision<IndicatorDefined>> decide) =>
            new Support.Spec<Indicator, IndicatorDefined>(Indicator.Unknown, (s, e) => Indicator.Aggregate.Fold(s, e)).After(Facts).When(decide);
    }

    [Fact]
    public void A_definition_is_recorded() => Given().When(i => IndicatorDecider.Decide(i, Define(Coverage))).Records(Defined());

    [Fact]
    public void The_same_definition_changes_nothing() => Given(Defined()).When(i => IndicatorDecider.Decide(i, Define(Coverage))).RecordsNothing();

    [Fact]
    public void Another_definition_needs_a_reason() => Given(Defined())
        .When(i => IndicatorDecider.Decide(i, Define(Coverage with { Name = "别的" }))).IsRefused(RefusalKind.Conflict, "indicator.exists");

    [Fact]
    public void All_that_is_wrong_is_said_at_once() => Given()
        .When(i => IndicatorDecider.Decide(i, Define(
            Erosion with { Concept = "Not A Slug", Start = null, Unit = null, Targets = [new(2025, Operator.Equal, 1), new(2025, Operator.Equal, 2)] }, "Bad.Id")))
        .IsRefused(RefusalKind.Invalid, "indicator.invalid", "#/id", "#/concept", "#/start", "#/unit", "#/targets");

    [Fact]
    public void A_target_lies_after_the_baseline() => Given()
        .When(i => IndicatorDecider.Decide(i, Define(Coverage with { Targets = [new(2020, Operator.AtLeast, 80)] })))
        .IsRefused(RefusalKind.Invalid, "indicator.invalid", "#/targets");

    [Fact]
    public void A_floor_needs_a_baseline() => Given()
        .When(i => IndicatorDecider.Decide(i, Define(Coverage with { Direction = Direction.NotLowerThanBaseline, Baseline = null })))
        .IsRefused(RefusalKind.Invalid, "indicator.invalid", "#/baseline");

    [Fact]
    public void It_is_defined_anew_with_a_reason()
    {
        var changed = Coverage with { Targets = [new Target(2025, Operator.AtLeast, 81m)] };
        Given(Defined()).When(i => IndicatorDecider.Decide(i, "gz-coverage", new RedefineIndicator(changed, "revised", Planner, At)))
            .Records(Defined(changed, revision: 2));
    }

    [Fact]
    public void Defining_anew_alike_changes_nothing() => Given(Defined())
        .When(i => IndicatorDecider.Decide(i, "gz-coverage", new RedefineIndicator(Coverage, "revised", Planner, At))).RecordsNothing();

    [Fact]
    public void Nobody_redefines_what_is_not_there() => Given()
        .When(i => IndicatorDecider.Decide(i, "x", new RedefineIndicator(Coverage, "r", Planner, At))).IsRefused(RefusalKind.NotFound, "indicator.unknown");

    [Fact]
    public void Plan_and_dimension_stay() => Given(Defined())
        .When(i => IndicatorDecider.Decide(i, "gz-coverage", new RedefineIndicator(Coverage with { PlanId = "jdz", Unit = Unit.Ha }, "r", Planner, At)))
        .IsRefused(RefusalKind.Invalid, "indicator.invalid", "#/planId", "#/unit");
}

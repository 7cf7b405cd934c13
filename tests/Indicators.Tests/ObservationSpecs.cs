using Restoration.Domain;
using Restoration.Indicators.Definitions;
using Restoration.Indicators.Observations;
using Restoration.Support;
using static Restoration.Indicators.Tests.Sample;

namespace Restoration.Indicators.Tests;

public sealed class ObservationSpecs
{
    private static readonly Indicator s_coverage = Indicator.Aggregate.Fold(Indicator.Unknown, Defined());

    private static Spec<YearOfValues, ObservationEvent> Given(params ReadOnlySpan<ObservationEvent> facts) =>
        new Spec<YearOfValues, ObservationEvent>(YearOfValues.None, (s, e) => YearOfValues.Aggregate.Fold(s, e)).After(facts);

    private static Then<ObservationEvent> Submitted(SubmitObservation command, params ReadOnlySpan<ObservationEvent> facts) =>
        Given(facts).When(v => ObservationDecider.Decide(v, command, s_coverage, Tree));

    [Fact]
    public void A_value_is_recorded() => Submitted(Submit()).Records(Observed());

    [Fact]
    public void A_share_is_computed_from_its_parts() => Submitted(Submit(null, numerator: 3, denominator: 4))
        .Records(Observed() with { Value = new Quantity(75, Unit.Percent), Numerator = 3, Denominator = 4 });

    [Fact]
    public void The_same_value_again_changes_nothing() => Submitted(Submit(), Observed()).RecordsNothing();

    [Fact]
    public void Another_value_is_the_next_revision() => Submitted(Submit(77), Observed()).Records(Observed(77, 2));

    [Fact]
    public void An_accepted_value_is_revised_with_a_reason()
    {
        var accepted = new ObservationAccepted(Of(), 1, new(76, Unit.Percent), Reviewer, At);
        Submitted(Submit(77), Observed(), accepted).IsRefused(RefusalKind.Invalid, "reason.missing", "#/reason");
        Submitted(Submit(77, reason: "复核"), Observed(), accepted).Records(Observed(77, 2, "复核"));
    }

    [Fact]
    public void What_is_fed_by_progress_takes_no_observations() => Given()
        .When(v => ObservationDecider.Decide(v, Submit(), Indicator.Aggregate.Fold(Indicator.Unknown, Defined(Erosion)), Tree))
        .IsRefused(RefusalKind.Invalid, "indicator.not-reported");

    [Fact]
    public void What_has_no_unit_takes_no_observations() => Given()
        .When(v => ObservationDecider.Decide(v, Submit(), Indicator.Aggregate.Fold(Indicator.Unknown, Defined(Coverage with { Unit = null })), Tree))
        .IsRefused(RefusalKind.Invalid, "indicator.without-unit");

    [Fact]
    public void What_is_not_defined_takes_no_observations() => Given()
        .When(v => ObservationDecider.Decide(v, Submit(), Indicator.Unknown, Tree)).IsRefused(RefusalKind.NotFound, "indicator.unknown");

    [Fact]
    public void All_that_is_wrong_is_said_at_once() => Submitted(Submit(5, "360222", "2026", unit: Unit.Ha))
        .IsRefused(RefusalKind.Invalid, "division.outside-plan", "#/division", "#/period", "#/value/unit");

    [Theory]
    [InlineData(null, null, null, "value.ambiguous")]
    [InlineData(1, 1, 2, "value.ambiguous")]
    [InlineData(101, null, null, "value.over-hundred")]
    [InlineData(null, 3, 2, "value.over-hundred")]
    [InlineData(null, 1, 0, "value.out-of-range")]
    [InlineData(null, -1, 2, "value.out-of-range")]
    public void A_share_is_a_share(int? value, int? numerator, int? denominator, string code) =>
        Submitted(Submit(value, numerator: numerator, denominator: denominator)).IsRefused(RefusalKind.Invalid, code);

    [Fact]
    public void A_value_is_accepted_by_another() => Given(Observed())
        .When(v => ObservationDecider.Decide(v.Find(City, Parse("2024")), new AcceptObservation(Reviewer, At)))
        .Records(new ObservationAccepted(Of(), 1, new(76, Unit.Percent), Reviewer, At));

    [Fact]
    public void Nobody_accepts_what_it_submitted() => Given(Observed())
        .When(v => ObservationDecider.Decide(v.Find(City, Parse("2024")), new AcceptObservation(new("other", Reporter.Actor), At)))
        .IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void What_was_returned_is_submitted_again_first()
    {
        var returned = new ObservationReturned(Of(), "单位有误", Reviewer, At);
        Given(Observed(), returned).When(v => ObservationDecider.Decide(v.Find(City, Parse("2024")), new AcceptObservation(Reviewer, At)))
            .IsRefused(RefusalKind.Conflict, "observation.returned");
        Submitted(Submit(), Observed(), returned).Records(Observed(76, 2));
    }

    [Fact]
    public void What_was_accepted_is_not_returned() => Given(Observed(), new ObservationAccepted(Of(), 1, new(76, Unit.Percent), Reviewer, At))
        .When(v => ObservationDecider.Decide(v.Find(City, Parse("2024")), new ReturnObservation("r", Reviewer, At)))
        .IsRefused(RefusalKind.Conflict, "observation.accepted");

    [Fact]
    public void Nothing_is_accepted_or_returned_that_is_not_there()
    {
        Given().When(_ => ObservationDecider.Decide(null, new AcceptObservation(Reviewer, At))).IsRefused(RefusalKind.NotFound, "observation.unknown");
        Given().When(_ => ObservationDecider.Decide(null, new ReturnObservation("r", Reviewer, At))).IsRefused(RefusalKind.NotFound, "observation.unknown");
    }

    [Fact]
    public void A_figure_contributes_and_what_it_contributes_is_replaced()
    {
        Given().When(v => ObservationDecider.Decide(v, Contribute(1.2m))).Records(Contributed());
        Given(Contributed()).When(v => ObservationDecider.Decide(v, Contribute(1.2m))).RecordsNothing();
        Given(Contributed()).When(v => ObservationDecider.Decide(v, Contribute(1.5m))).Records(Contributed(1.5m));
    }

    private static ContributeProgress Contribute(decimal value)
    {
        var e = Contributed(value);
        return new(e.Observation, e.FigureId, e.MeasureId, e.Value, e.CausedBy, e.CausedAt, e.By, e.At);
    }
}

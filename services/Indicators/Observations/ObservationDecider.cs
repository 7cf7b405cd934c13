using Restoration.Domain;
using Restoration.Indicators.Definitions;

namespace Restoration.Indicators.Observations;

/// <summary>Submit a value: itself, or its numerator and denominator.</summary>
public sealed record SubmitObservation(
    string IndicatorId, string Division, Period Period, Quantity? Value, decimal? Numerator, decimal? Denominator, ObservationMethod? Method, string? Reason,
    string? Note, By By, DateTimeOffset At);

public sealed record AcceptObservation(By By, DateTimeOffset At);

public sealed record ReturnObservation(string Reason, By By, DateTimeOffset At);

/// <summary>Count a figure's verified progress towards an indicator.</summary>
public sealed record ContributeProgress(
    ObservationRef Observation, string FigureId, string MeasureId, Quantity Value, Guid CausedBy, long CausedAt, By By, DateTimeOffset At);

/// <summary>The rules of values (domain §5).</summary>
public static class ObservationDecider
{
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    public static Decision<ObservationEvent> Decide(YearOfValues values, SubmitObservation c, Indicator indicator, DivisionTree tree)
    {
        if (indicator.Definition is not { } definition)
        {
            return Refusal.NotFound("indicator.unknown", $"There is no indicator {c.IndicatorId}.");
        }

        if (definition.Method != Method.Reported)
        {
            return Refusal.Invalid("indicator.not-reported", $"The value of this indicator comes from {Kebab.Of(definition.Method)}; it takes no observations.");
        }

        if (definition.Unit is not { } unit)
        {
            return Refusal.Invalid("indicator.without-unit", "The plan names no unit for this indicator; it cannot be observed.");
        }

        var before = values.Find(c.Division, c.Period);
        var broken = Broken(c, indicator, unit, tree, before).ToList();
        if (broken.Count > 0)
        {
            return Refusal.Invalid(broken[0].Code, broken[0].Fault.Detail, [.. broken.Select(b => b.Fault)]);
        }

        var value = c.Value ?? new Quantity(decimal.Round(c.Numerator!.Value / c.Denominator!.Value * (unit == Unit.Percent ? 100 : 1), 6, MidpointRounding.ToEven), unit);
        return before is { State: not ObservationState.Returned } && before.Value == value && before.Last!.Note == c.Note
            ? []
            : [new IndicatorObserved(
                new ObservationRef(c.IndicatorId, definition.PlanId, c.Division, c.Period), (before?.Revision ?? 0) + 1, value, c.Numerator, c.Denominator,
                c.Method, c.Reason, c.Note, c.By, c.At)];
    }

    public static Decision<ObservationEvent> Decide(Observation? observation, AcceptObservation c) => observation switch
    {
        null => NoObservation,
        { State: ObservationState.Accepted } => [],
        { State: ObservationState.Returned } => Refusal.Conflict("observation.returned", "The value was returned; it is submitted again first."),
        _ when observation.SubmittedBy!.MayBeSameAs(c.By) => Refusal.Forbidden("duties.not-separate", "Who submitted a value does not accept it."),
        _ => [new ObservationAccepted(observation.Ref, observation.Revision, observation.Value, c.By, c.At)],
    };

    public static Decision<ObservationEvent> Decide(Observation? observation, ReturnObservation c) => observation switch
    {
        null => NoObservation,
        { State: ObservationState.Returned } => [],
        { State: ObservationState.Accepted } => Refusal.Conflict("observation.accepted", "The value was accepted; it is revised by a new one."),
        _ => [new ObservationReturned(observation.Ref, c.Reason, c.By, c.At)],
    };

    public static Decision<ObservationEvent> Decide(YearOfValues values, ContributeProgress c) =>
        values.Contributions.TryGetValue(c.FigureId, out var known) && known == c.Value
            ? []
            : [new ProgressContributed(c.Observation, c.FigureId, c.MeasureId, c.Value, c.CausedBy, c.CausedAt, c.By, c.At)];

    private static Refusal NoObservation => Refusal.NotFound("observation.unknown", "No value was submitted for this indicator, division and period.");

    private static IEnumerable<(string Code, Fault Fault)> Broken(SubmitObservation c, Indicator indicator, Unit unit, DivisionTree tree, Observation? before)
    {
        if (!tree.Contains(indicator.Division, c.Division))
        {
            yield return ("division.outside-plan", new Fault("#/division", "The division does not lie in that of the plan."));
        }

        if (c.Period.From > DateOnly.FromDateTime(c.At.ToOffset(s_china).DateTime))
        {
            yield return ("period.in-future", new Fault("#/period", "The period has not begun at the time of the observation."));
        }

        if (c.Value is null == (c.Numerator is null || c.Denominator is null))
        {
            yield return ("value.ambiguous", new Fault("#/value", "Give the value, or both numerator and denominator, not neither and not all."));
        }
        else if (c.Value is { } value && value.Unit.Dimension != unit.Dimension)
        {
            yield return ("quantity.unit-mismatch", new Fault("#/value/unit", $"A unit convertible to {unit} is expected."));
        }
        else if (c.Denominator <= 0 || c.Numerator < 0)
        {
            yield return ("value.out-of-range", new Fault("#/denominator", "A share is of more than nothing, and not negative."));
        }
        else if (unit == Unit.Percent && (c.Numerator > c.Denominator || c.Value is { Canonical: > 100 }))
        {
            yield return ("value.over-hundred", new Fault(c.Value is null ? "#/numerator" : "#/value/value", "A share is 100 % at most."));
        }

        if (before is { Accepted: not null } && c.Reason is null)
        {
            yield return ("reason.missing", new Fault("#/reason", "A value that was accepted is revised with a reason."));
        }
    }
}

using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Indicators.Observations;

/// <summary>A fact about the values of an indicator in a year.</summary>
public abstract record ObservationEvent(ObservationRef Observation, By By, DateTimeOffset At) : Event(By, At);

/// <summary>Which value: an indicator in a division and period.</summary>
public sealed record ObservationRef(string IndicatorId, string PlanId, string Division, Period Period)
{
    /// <summary>The id on the wire, <c>{indicatorId}.{division}.{period}</c>.</summary>
    [JsonIgnore]
    public string Id => $"{IndicatorId}.{Division}.{Period}";
}

/// <summary>A value was submitted; again as the next revision, with a reason once it was accepted.</summary>
/// <param name="Value">In the indicator's unit or one convertible to it; from numerator and denominator where those were given.</param>
[StoredAs("indicator-observed.v1")]
public sealed record IndicatorObserved(
    ObservationRef Observation, int Revision, Quantity Value, decimal? Numerator, decimal? Denominator, ObservationMethod? Method, string? Reason,
    string? Note, By By, DateTimeOffset At) : ObservationEvent(Observation, By, At);

[StoredAs("observation-accepted.v1")]
public sealed record ObservationAccepted(ObservationRef Observation, int Revision, Quantity Value, By By, DateTimeOffset At)
    : ObservationEvent(Observation, By, At);

[StoredAs("observation-returned.v1")]
public sealed record ObservationReturned(ObservationRef Observation, string Reason, By By, DateTimeOffset At) : ObservationEvent(Observation, By, At);

/// <summary>
/// Verified progress counts towards the indicator: what the figure contributes now, in place of what it did before. Recorded from the
/// registry's fact, whose event and position it names.
/// </summary>
[StoredAs("progress-contributed.v1")]
public sealed record ProgressContributed(
    ObservationRef Observation, string FigureId, string MeasureId, Quantity Value, Guid CausedBy, long CausedAt, By By, DateTimeOffset At)
    : ObservationEvent(Observation, By, At);

/// <summary>How a value was found.</summary>
[JsonConverter(typeof(Kebab<ObservationMethod>))]
public enum ObservationMethod
{
    Survey,
    Statistics,
    RemoteSensing,
    MonitoringStation,
}

[JsonConverter(typeof(Kebab<ObservationState>))]
public enum ObservationState
{
    Submitted,
    Accepted,
    Returned,
}

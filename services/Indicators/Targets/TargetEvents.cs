using Restoration.Domain;

namespace Restoration.Indicators.Targets;

/// <summary>
/// A county confirmed in the registry what a project is to do there in a year. What its measures feed has these as the county's targets, in
/// place of those it had from the project for the year; none where all of it was taken back.
/// </summary>
/// <param name="CausedBy">The registry's fact, at <paramref name="CausedAt"/> in its log.</param>
[StoredAs("county-targets-taken.v1")]
public sealed record CountyTargetsTaken(
    string ProjectId, string PlanId, int Year, string Division, IReadOnlyList<CountyTarget> Targets, Guid CausedBy, long CausedAt, By By, DateTimeOffset At) : Event(By, At);

/// <summary>What a county is to do in the year of a measure that feeds an indicator.</summary>
public sealed record CountyTarget(string MeasureId, string IndicatorId, Quantity Quantity);

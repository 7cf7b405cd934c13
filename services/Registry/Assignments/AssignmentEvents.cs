using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Assignments;

/// <summary>A fact about what a project's counties are to do in a year.</summary>
public abstract record AssignmentEvent(ProjectRef Project, int Year, By By, DateTimeOffset At) : Event(By, At);

/// <summary>年度任务分解: the city assigned the year's quantities to counties, in place of what it had assigned for the year before.</summary>
/// <param name="Reason">Why more is assigned than remains of a measure.</param>
[StoredAs("yearly-assignment-made.v1")]
public sealed record YearlyAssignmentMade(ProjectRef Project, int Year, IReadOnlyList<AssignedMeasure> Measures, string? Reason, By By, DateTimeOffset At)
    : AssignmentEvent(Project, Year, By, At);

/// <summary>A county confirmed what it is assigned: all of it, in place of what it had confirmed before; nothing where the city took it back.</summary>
/// <param name="Confirmed">The county.</param>
[StoredAs("yearly-assignment-confirmed.v1")]
public sealed record YearlyAssignmentConfirmed(
    ProjectRef Project, int Year, string Confirmed, IReadOnlyList<CountyTarget> Quantities, string? Note, By By, DateTimeOffset At)
    : AssignmentEvent(Project, Year, By, At);

/// <param name="IndicatorId">That its progress feeds; with <paramref name="FedBy"/> said here so that the fact can be read alone.</param>
/// <param name="Target">Of the year, in all counties together.</param>
public sealed record AssignedMeasure(string MeasureId, string? IndicatorId, FedBy? FedBy, Quantity Target, IReadOnlyList<CountyQuantity> Counties);

/// <summary>What a county is to do of a measure in the year.</summary>
public sealed record CountyQuantity(string Division, Quantity Quantity);

/// <summary>What a county is to do of a measure, as it confirmed it.</summary>
public sealed record CountyTarget(string MeasureId, string? IndicatorId, FedBy? FedBy, Quantity Quantity);

[JsonConverter(typeof(Kebab<AssignmentState>))]
public enum AssignmentState
{
    Unknown,

    /// <summary>A county has not confirmed what it is assigned now.</summary>
    Assigned,

    Confirmed,
}

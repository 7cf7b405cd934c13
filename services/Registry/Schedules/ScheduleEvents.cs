using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Schedules;

/// <summary>A fact about how a project stands against its plan.</summary>
public abstract record ScheduleEvent(ProjectRef Project, Judgement Judgement, By By, DateTimeOffset At) : Event(By, At);

/// <summary>A project, one of its measures or what a county does of it is ahead, behind, … and was not before.</summary>
/// <param name="Before">Of the project; null where it was not judged yet.</param>
[StoredAs("schedule-state-changed.v1")]
public sealed record ScheduleStateChanged(ProjectRef Project, Judgement Judgement, ScheduleState? Before, By By, DateTimeOffset At) : ScheduleEvent(Project, Judgement, By, At);

/// <summary>A month ended and no state changed, but how far the project is: what holds several projects is judged by that.</summary>
[StoredAs("schedule-judged.v1")]
public sealed record ScheduleJudged(ProjectRef Project, Judgement Judgement, By By, DateTimeOffset At) : ScheduleEvent(Project, Judgement, By, At);

/// <summary>How a project stands.</summary>
/// <param name="Day">The last day of a month, by which it was judged.</param>
/// <param name="Planned">A share of what is to be done; <paramref name="Verified"/> too.</param>
/// <param name="Measures">All that have a target.</param>
/// <param name="Counties">Those that have a target of their own.</param>
/// <param name="Through">What was recorded up to this position was taken into account.</param>
public sealed record Judgement(
    DateOnly Day, ScheduleState State, decimal Planned, decimal Verified, IReadOnlyList<PartStanding> Measures, IReadOnlyList<PartStanding> Counties, long Through);

/// <summary>How a part of a project stands.</summary>
/// <param name="Id">Of the measure, or the code of the county.</param>
/// <param name="Planned">A share of its target; <paramref name="Verified"/> too.</param>
public sealed record PartStanding(string Id, ScheduleState State, decimal Planned, decimal Verified);

/// <summary>A fact of the calendar that rules wait for.</summary>
public abstract record CalendarEvent(By By, DateTimeOffset At) : Event(By, At);

/// <summary>A month is over: all projects under way are judged by its last day.</summary>
[StoredAs("month-ended.v1")]
public sealed record MonthEnded(DateOnly Day, By By, DateTimeOffset At) : CalendarEvent(By, At);

using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Schedules;

/// <summary>Say how a project stands.</summary>
/// <param name="AtMonthEnd">Whether the day has just passed, so that how far it is counts even where no state changed.</param>
public sealed record JudgeSchedule(ProjectRef Project, Judgement Judgement, bool AtMonthEnd, By By, DateTimeOffset At);

public static class ScheduleDecider
{
    /// <summary>Only a change is a fact; and who looked before somebody else judged says nothing any more.</summary>
    public static Decision<ScheduleEvent> Decide(Schedule schedule, JudgeSchedule c)
    {
        var now = c.Judgement;
        return schedule.Last switch
        {
            null => [new ScheduleStateChanged(c.Project, now, null, c.By, c.At)],
            { } known when known.Through > now.Through || known.Day > now.Day => [],
            { } known when known.State != now.State || !Same(known.Measures, now.Measures) || !Same(known.Counties, now.Counties) =>
                [new ScheduleStateChanged(c.Project, now, known.State, c.By, c.At)],
            { } known when c.AtMonthEnd && (known.Planned, known.Verified) != (now.Planned, now.Verified) => [new ScheduleJudged(c.Project, now, c.By, c.At)],
            _ => [],
        };
    }

    private static bool Same(IReadOnlyList<PartStanding> a, IReadOnlyList<PartStanding> b) => a.Select(p => (p.Id, p.State)).SequenceEqual(b.Select(p => (p.Id, p.State)));
}

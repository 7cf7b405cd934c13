using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Projects;

/// <summary>What time brings about for a project: a rectification, or a year of aftercare, is overdue when its last day is over in China.</summary>
public static class Deadlines
{
    private const string Rectification = "rectification-overdue", Aftercare = "aftercare-overdue";

    public static DueCommands On(DueCommands commands) => commands
        .On(Rectification, (due, streams) => Mark(due, streams, p => CompletionDecider.Decide(p, new MarkRectificationOverdue(due.Id[(due.Id.LastIndexOf(' ') + 1)..], Due.By, due.At))))
        .On(Aftercare, (due, streams) => Mark(due, streams, p => AftercareDecider.Decide(p, new MarkAftercareOverdue(Due.By, due.At))));

    private static Refusal? Mark(DueEntry due, Streams streams, Func<Project, Decision<ProjectEvent>> decide) =>
        streams.Record(Project.Aggregate, due.Stream, decide(streams.Get(Project.Aggregate, due.Stream)));

    /// <summary>What the project expects of time now, as far as the facts changed it.</summary>
    internal static IEnumerable<Row> Of(Project project, IReadOnlyList<Event> recorded)
    {
        var stream = Project.Stream(project.Ref.Id);
        if (recorded.Any(f => f is AcceptanceRejected or ProjectSpotChecked or AftercareInspected or ProjectRectified or RectificationOverdue or ProjectTerminated))
        {
            foreach (var r in project.Delivery.Rectifications)
            {
                var id = $"{stream} rectification {r.Id}";
                yield return r is { Done: null, Overdue: false } && project.State == ProjectState.Rectification
                    ? Due.At(stream, id, Rectification, ChinaDay.After(r.Deadline))
                    : Due.Never(id);
            }
        }

        if (recorded.Any(f => f is ProjectAccepted or ProjectSpotChecked or AftercareInspected or AftercareOverdue))
        {
            var id = $"{stream} aftercare";
            yield return AftercareDecider.Expected(project) is { } year
                ? Due.At(stream, id, Aftercare, ChinaDay.After(project.Delivery.EndOf(year)))
                : Due.Never(id);
        }
    }
}

/// <summary>Days as the calendar in China has them.</summary>
internal static class ChinaDay
{
    private static readonly TimeSpan s_offset = TimeSpan.FromHours(8);

    public static DateOnly Of(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(s_offset).DateTime);

    /// <summary>The moment a day is over.</summary>
    public static DateTimeOffset After(DateOnly day) => new(day.AddDays(1), TimeOnly.MinValue, s_offset);
}

using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Schedules;

/// <summary>How a project stood when it was judged last, and since when it is in its state.</summary>
public sealed record Schedule
{
    public static readonly Schedule Unknown = new();

    public static readonly Aggregate<Schedule, ScheduleEvent> Aggregate = new("schedule", Unknown, Evolve, Rows);

    public static string Stream(string projectId) => $"schedule-{projectId}";

    public Judgement? Last { get; private init; }
    public DateTimeOffset Since { get; private init; }
    public string ProjectId { get; private init; } = "";

    private static Schedule Evolve(Schedule schedule, ScheduleEvent fact) => new()
    {
        ProjectId = fact.Project.Id,
        Last = fact.Judgement,
        Since = schedule.Last?.State == fact.Judgement.State ? schedule.Since : fact.At,
    };

    private static readonly RowTable<ScheduleRow> s_table = new("schedules", RowJson.Default.ScheduleRow, "project_id");

    private static IEnumerable<Row> Rows(long version, Schedule state, IReadOnlyList<Event> recorded)
    {
        var j = state.Last!;
        yield return s_table.Row(state.ProjectId, new ScheduleRow(
            state.ProjectId, version, j.State, j.Day, state.Since, j.Planned, j.Verified,
            j.State == ScheduleState.NotReported || j.Measures.Concat(j.Counties).Any(p => p.State == ScheduleState.NotReported),
            JsonSerializer.SerializeToElement(j.Measures, StoredJson.Default.IReadOnlyListPartStanding), JsonSerializer.SerializeToElement(j.Counties, StoredJson.Default.IReadOnlyListPartStanding)));
    }
}

/// <summary>The row behind <c>GET projects/{id}/schedule</c>; named as its columns.</summary>
/// <param name="Silent">It or a part of it is not reported, so that a report may change its state.</param>
internal sealed record ScheduleRow(
    string ProjectId, long Version, ScheduleState State, DateOnly Day, DateTimeOffset Since, decimal Planned, decimal Verified, bool Silent, JsonElement Measures, JsonElement Counties);

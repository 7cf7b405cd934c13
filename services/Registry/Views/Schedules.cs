using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Schedules;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>How a project stands against its schedule, as it was judged last: at the end of a month, or when a state changed.</summary>
/// <param name="State"><c>ahead</c>, <c>on-schedule</c>, <c>behind</c> (10 points of what is to be done or more), <c>far-behind</c> (25), <c>not-reported</c> (a quarter without report).</param>
/// <param name="Since">Since when the project is in this state.</param>
/// <param name="Day">The last day of a month; what was planned by then is held against what was verified.</param>
/// <param name="Planned">The mean of its measures' shares; <paramref name="Verified"/> too, each counted up to 1. Where no measure counts, the shares of its milestones that are due, and reached.</param>
/// <param name="Counties">Those that have a target of their own, and that the client sees.</param>
public sealed record ProjectSchedule(
    string ProjectId, long Version, string State, DateTimeOffset Since, DateOnly Day, decimal Planned, decimal Verified, IReadOnlyList<PartStanding> Measures,
    IReadOnlyList<PartStanding> Counties);

public static class ScheduleViews
{
    public static void MapScheduleViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects/{id}/schedule").WithTags("projects").RefusingUnknownParameters();
        group.MapGet("", One).Produces<ProjectSchedule>().WithSummary("How it stands against its schedule").WithDescription(Moments.Said);
        group.MapGet("history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await ProjectViews.Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "projects", id)
                : await History.Of(http, db, types, Schedule.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("When that changed");
    }

    private static async Task<IResult> One(HttpContext http, NpgsqlDataSource db, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        if (await ProjectViews.Find(http, db.CreateCommand, territory, id) is null)
        {
            return await Lists.Absent(http, db.CreateCommand, "projects", id);
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Schedules, Schedule.Stream(id));
        var schedule = (await Read(past.Command, [id], http.RequestAborted)).SingleOrDefault();
        var seen = (await territory.Seen(http.Client()))?.Under;
        return Lists.Resource(
            http, schedule is null || seen is null ? schedule : schedule with { Counties = [.. schedule.Counties.Where(c => seen.Contains(c.Id))] }, schedule?.Version ?? 0, Wire.Api.ProjectSchedule);
    }

    /// <summary>Those of some projects that were judged.</summary>
    internal static async Task<List<ProjectSchedule>> Read(Func<string, NpgsqlCommand> ask, string[] projects, CancellationToken stop)
    {
        await using var command = ask("select project_id, version, state, since, day, planned, verified, measures, counties from schedules where project_id = any($1)");
        return await command.Add(projects).List(
            r => new ProjectSchedule(
                r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.GetFieldValue<DateOnly>(4), r.GetDecimal(5), r.GetDecimal(6),
                r.Json(7, StoredJson.Default.IReadOnlyListPartStanding)!, r.Json(8, StoredJson.Default.IReadOnlyListPartStanding)!),
            stop);
    }

    /// <summary>A standing as it was judged.</summary>
    internal static Standing Of(string state, decimal planned, decimal verified) => new(planned, verified, state == Kebab.Of(ScheduleState.NotReported));

    /// <summary>The state of what holds several: by the means of their standings.</summary>
    internal static string? Of(IReadOnlyCollection<Standing> all) => Standing.Of(all) is { } whole ? Kebab.Of(whole.State) : null;

    /// <summary>How many stand how.</summary>
    internal static List<Tally> Tallies(IEnumerable<Standing> all) =>
        [.. all.GroupBy(s => s.State).OrderBy(g => g.Key).Select(g => new Tally(Kebab.Of(g.Key), g.LongCount()))];
}

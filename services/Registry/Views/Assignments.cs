using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Assignments;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>What a project's counties are to do in a year.</summary>
/// <param name="State"><c>assigned</c>; <c>confirmed</c> once every county confirmed what it is assigned now.</param>
/// <param name="Reason">Why more is assigned than remains of a measure.</param>
/// <param name="Warnings">Where the counties together do not meet the year's target.</param>
public sealed record AssignmentItem(
    string Id, long Version, string ProjectId, int Year, string State, string? Reason, IReadOnlyList<AssignedMeasure> Measures, IReadOnlyList<CountyState> Counties,
    IReadOnlyList<Fault> Warnings);

public static class AssignmentViews
{
    private const string Columns = "id, version, project_id, year, state, reason, measures, counties";

    public static void MapAssignmentViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects/{id}/assignments").WithTags("assignments").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<AssignmentItem>>().WithSummary("The yearly assignments of a project");
        group.MapGet("{year}", One).Produces<AssignmentItem>().WithSummary("One year: targets, counties, who confirmed").WithDescription(Moments.Said);
        group.MapGet("{year}/history", OfYear).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? state, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await ProjectViews.Find(http, db.CreateCommand, territory, id) is null)
        {
            return await Lists.Absent(http, db.CreateCommand, "projects", id);
        }

        await using var command = db.CreateCommand(
            $"select {Columns} from assignments where project_id = $1 and ($2::text is null or state = $2) and ($3::int is null or year > $3) order by year limit $4");
        command.Add(id).Add(state).Add(after is null ? (int?)null : int.TryParse(after[0], out var last) ? last : 0);
        return await Lists.Of(http, command, limit, Item, a => [a.Year.ToString(CultureInfo.InvariantCulture)], Wire.Api.PageAssignmentItem);
    }

    private static async Task<IResult> One(HttpContext http, NpgsqlDataSource db, Territory territory, string id, int year, Moment? asOf, Moment? recordedAsOf)
    {
        if (await ProjectViews.Find(http, db.CreateCommand, territory, id) is null)
        {
            return await Lists.Absent(http, db.CreateCommand, "projects", id);
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Assignments, ProjectAssignments.Stream(id));
        await using var command = past.Command($"select {Columns} from assignments where id = $1");
        var found = (await command.Add(ProjectAssignments.Id(id, year)).List(Item, http.RequestAborted)).SingleOrDefault();
        return Lists.Resource(http, found, found?.Version ?? 0, Wire.Api.AssignmentItem);
    }

    private static async Task<IResult> OfYear(
        HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, int year, string? cursor, int? limit) =>
        await ProjectViews.Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "projects", id)
            : await History.Of(http, db, types, ProjectAssignments.Stream(id), cursor, limit, fact => fact is AssignmentEvent e && e.Year == year);

    private static AssignmentItem Item(NpgsqlDataReader r)
    {
        var measures = r.Json(6, RowDetailJson.Default.IReadOnlyListAssignedMeasure)!;
        return new AssignmentItem(
            r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetInt32(3), r.GetString(4), r.Text(5), measures,
            r.Json(7, RowDetailJson.Default.IReadOnlyListCountyState)!, [.. AssignmentDecider.Warnings(measures)]);
    }
}

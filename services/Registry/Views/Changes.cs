using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A change request of a project.</summary>
/// <param name="Beyond">Whether anything goes beyond ±10 % of what was approved.</param>
/// <param name="ApprovingDivision">Which decides.</param>
/// <param name="Answer">The note of its approval, or the reason of its refusal.</param>
/// <param name="Differences">What it makes otherwise, as it stood when it was asked for.</param>
public sealed record ChangeItem(
    string Id, long Version, string ProjectId, string State, bool Beyond, string ApprovingDivision, string Reason, DateTimeOffset RequestedAt, ChangedBy RequestedBy,
    DateTimeOffset? DecidedAt, ChangedBy? DecidedBy, string? Answer, IReadOnlyList<Difference> Differences, Alteration Alteration);

public sealed record ChangedBy(string Client, string? Actor);

public static class ChangeViews
{
    private const string Columns =
        "id, version, project_id, state, beyond, approving_division, reason, requested_at, requested_client, requested_actor, decided_at, decided_client, decided_actor, answer, detail";

    public static void MapChangeViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects/{id}/changes").WithTags("changes").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<ChangeItem>>().WithSummary("Change requests of a project, by id");
        group.MapGet("{change}", One).Produces<ChangeItem>().WithSummary("One change request").WithDescription(Moments.Said);
        group.MapGet("{change}/history", async (
            HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string change, string? cursor, int? limit) =>
            await ProjectViews.Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "projects", id)
                : await History.Of(http, db, types, Project.Stream(id), cursor, limit, fact => fact is ChangeEvent e && e.ChangeId == change))
            .Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? state, bool? beyond, string? cursor, int? limit)
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
            $"""
            select {Columns} from changes
            where project_id = $1 and ($2::text is null or state = $2) and ($3::boolean is null or beyond = $3) and ($4::text is null or id > $4)
            order by id limit $5
            """);
        command.Add(id).Add(state).Add(beyond).Add(after?[0]);
        return await Lists.Of(http, command, limit, Item, c => [c.Id], Wire.Api.PageChangeItem);
    }

    private static async Task<IResult> One(HttpContext http, Territory territory, string id, string change, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Projects, Project.Stream(id));
        if (await ProjectViews.Find(http, past.Command, territory, id) is null)
        {
            return await Lists.Absent(http, past.Command, "projects", id);
        }

        await using var command = past.Command($"select {Columns} from changes where project_id = $1 and id = $2");
        var item = (await command.Add(id).Add(change).List(Item, http.RequestAborted)).SingleOrDefault();
        return Lists.Resource(http, item, item?.Version ?? 0, Wire.Api.ChangeItem);
    }

    private static ChangeItem Item(NpgsqlDataReader r)
    {
        var detail = r.Json(14, RowDetailJson.Default.ChangeDetail)!;
        return new ChangeItem(
            r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetBoolean(4), r.GetString(5), r.GetString(6), r.GetFieldValue<DateTimeOffset>(7),
            new ChangedBy(r.GetString(8), r.Text(9)), r.IsDBNull(10) ? null : r.GetFieldValue<DateTimeOffset>(10),
            r.Text(11) is { } client ? new ChangedBy(client, r.Text(12)) : null, r.Text(13), detail.Differences, detail.Alteration);
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Zones;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A zone in a list.</summary>
/// <param name="Divisions">What it consists of, whole or in part; none where the plan prints none.</param>
public sealed record ZoneItem(
    string Id, long Version, string PlanId, string Division, string Kind, string? KeyAreaKind, int? Number, string Name, IReadOnlyList<string> Divisions);

/// <summary>A zone with all that the plan says of it.</summary>
public sealed record ZonePage(
    string Id, long Version, string PlanId, string Division, string Kind, string? KeyAreaKind, int? Number, string Name, IReadOnlyList<string> Divisions,
    ZoneDefinition Definition);

public static class ZoneViews
{
    private const string ItemColumns = "id, version, plan_id, division, kind, key_area_kind, number, name, divisions";

    /// <summary>A client sees the zones of the plans that it sees.</summary>
    private const string Seen = "($1::text[] is null or division = any($1) or division = any($2))";

    public static void MapZoneViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/zones").WithTags("zones").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<ZoneItem>>().WithSummary("Restoration zones and key areas, in the order of their plans")
            .WithDescription("division: those that it lies in, whole or in part, and those that lie in it.");
        group.MapGet("{id}", One).Produces<ZonePage>().WithSummary("One zone").WithDescription(Moments.Said);
        group.MapGet("{id}/history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "zones", id)
                : await History.Of(http, db, types, Zone.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? planId, string? kind, string? keyAreaKind, string? division, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 3, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        var asked = await territory.Asked(division);
        await using var command = db.CreateCommand(
            $"""
            select {ItemColumns} from zones
            where {Seen} and ($3::text is null or plan_id = $3) and ($4::text is null or kind = $4) and ($5::text is null or key_area_kind = $5)
              and ($6::text[] is null or divisions && $6 or divisions && $7 or (cardinality(divisions) = 0 and division = any($6 || $7)))
              and ($8::text is null or (plan_id, coalesce(number, 0), id) > ($8, $9, $10))
            order by plan_id, coalesce(number, 0), id limit $11
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(planId).Add(kind).Add(keyAreaKind).Add(asked.Under).Add(asked.Path)
            .Add(after?[0]).Add(int.TryParse(after?[1], CultureInfo.InvariantCulture, out var number) ? number : 0).Add(after?[2]);
        return await Lists.Of(
            http, command, limit, Item, z => [z.PlanId, (z.Number ?? 0).ToString(CultureInfo.InvariantCulture), z.Id], Wire.Api.PageZoneItem);
    }

    private static async Task<IResult> One(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Zones, Zone.Stream(id));
        var zone = await Find(http, past.Command, territory, id);
        return zone is null ? await Lists.Absent(http, past.Command, "zones", id) : Lists.Resource(http, zone, zone.Version, Wire.Api.ZonePage);
    }

    private static async Task<ZonePage?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {ItemColumns}, definition from zones where {Seen} and id = $3");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).List(Page, http.RequestAborted)).SingleOrDefault();
    }

    /// <summary>The zones of a plan, which a zone never leaves.</summary>
    internal static async Task<List<ZonePage>> OfPlan(HttpContext http, NpgsqlDataSource db, Past past, string plan)
    {
        if (!past.When.IsNow)
        {
            await using var find = db.CreateCommand("select id from zones where plan_id = $1");
            await past.Hold(All.Zones, (await find.Add(plan).List(r => r.GetString(0), http.RequestAborted)).Select(Zone.Stream), http.RequestAborted);
        }

        await using var command = past.Command($"select {ItemColumns}, definition from zones where plan_id = $1 order by number, id");
        return await command.Add(plan).List(Page, http.RequestAborted);
    }

    private static ZoneItem Item(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.Text(5), r.IsDBNull(6) ? null : r.GetInt32(6), r.GetString(7),
        r.GetFieldValue<string[]>(8));

    private static ZonePage Page(NpgsqlDataReader r)
    {
        var i = Item(r);
        return new ZonePage(i.Id, i.Version, i.PlanId, i.Division, i.Kind, i.KeyAreaKind, i.Number, i.Name, i.Divisions, r.Json(9, StoredJson.Default.ZoneDefinition)!);
    }
}

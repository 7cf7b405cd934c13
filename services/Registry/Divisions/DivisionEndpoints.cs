using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Divisions;

/// <param name="Id">GB/T 2260 code for provinces, cities and counties; a slug for towns and function zones.</param>
/// <param name="LandIn">For a function zone: the county on whose land it lies.</param>
/// <param name="ValidFrom">First day; open where absent.</param>
/// <param name="ValidTo">Last day; open where absent.</param>
public sealed record DefineDivisionBody(
    string Id, string Name, DivisionLevel Level, string? NameEn = null, string? ParentId = null, string? LandIn = null, Quantity? Area = null,
    DateOnly? ValidFrom = null, DateOnly? ValidTo = null, string? Note = null, DateTimeOffset? At = null);

/// <param name="LastDay">The last day on which the code is valid.</param>
public sealed record ReplaceDivisionBody(string ReplacedBy, DateOnly LastDay, DateTimeOffset? At = null);

/// <summary>A division of the tree.</summary>
/// <param name="ReplacedBy">The code that took its place after <paramref name="ValidTo"/>.</param>
public sealed record DivisionItem(
    string Id, long Version, string Name, string? NameEn, string Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? ReplacedBy, string? Note);

public static class DivisionEndpoints
{
    private const string Columns = "id, version, name, name_en, level, parent_id, land_in, area, valid_from, valid_to, replaced_by, note";

    public static void MapDivisions(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/divisions").WithTags("divisions").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<DivisionItem>>().WithSummary("Divisions, by pinyin of their names");
        group.MapGet("{id}", One).Produces<DivisionItem>().WithSummary("One division").WithDescription(Moments.Said);
        group.MapGet("{id}/history", (HttpContext http, NpgsqlDataSource db, EventTypes types, string id, string? cursor, int? limit) =>
            History.Of(http, db, types, Division.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
        group.MapPost("", Define).Accepts<DefineDivisionBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Operator).WithSummary("Enter a division");
        group.MapPost("{id}/replace", Replace).Accepts<ReplaceDivisionBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Operator).WithSummary("A code ceases and another takes its place");
    }

    private static Task<IResult> Define(HttpContext http, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.DefineDivisionBody, async body =>
        {
            if (clock.Refuses(body.At) is { } refusal)
            {
                return refusal;
            }

            var tree = await territory.Tree(body.ParentId, body.LandIn, http.Client().Division);
            if (!MayEnter(http.Client(), tree, body.ParentId ?? body.Id))
            {
                return Foreign;
            }

            var command = new DefineDivision(
                body.Id, body.Name, body.NameEn, body.Level, body.ParentId, body.LandIn, body.Area, body.ValidFrom, body.ValidTo, body.Note,
                http.By(), clock.At(body.At));
            return Command(body.Id, d => DivisionDecider.Decide(d, command, tree), $"/v1/registry/divisions/{body.Id}");
        });

    private static async Task<IResult> Replace(HttpContext http, Territory territory, Clock clock, string id)
    {
        var answer = await Commands.Post(http, Wire.Api.ReplaceDivisionBody, async body =>
        {
            if (clock.Refuses(body.At) is { } refusal)
            {
                return refusal;
            }

            var tree = await territory.Tree(id, body.ReplacedBy, http.Client().Division);
            if (tree.Find(id) is not null && !MayEnter(http.Client(), tree, id))
            {
                return Foreign;
            }

            var command = new ReplaceDivision(body.ReplacedBy, body.LastDay, http.By(), clock.At(body.At));
            return Command(id, d => DivisionDecider.Decide(d, id, command, tree));
        });
        territory.Forget();
        return answer;
    }

    private static Refusal Foreign => Refusal.Forbidden("division.forbidden", "An operator of a division enters what lies in it.");

    private static bool MayEnter(Client client, DivisionTree tree, string division) =>
        client.Division == Client.Everywhere || client.Division == division || tree.Contains(client.Division, division);

    private static Translated Command(string id, Func<Division, Decision<DivisionEvent>> decide, string? location = null)
    {
        var stream = Division.Stream(id);
        return new Command(
            s => s.Version(Division.Aggregate, stream),
            s => s.Record(Division.Aggregate, stream, decide(s.Get(Division.Aggregate, stream))),
            s => new Acknowledged(id, s.Get(Division.Aggregate, stream).ReplacedBy is null ? "valid" : "replaced", s.Version(Division.Aggregate, stream)),
            location);
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, string? parentId, string? level, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        await using var command = db.CreateCommand(
            $"""
            select {Columns} from divisions
            where ($1::text is null or parent_id = $1) and ($2::text is null or level = $2)
              and ($3::text is null or (name collate "zh-x-icu", id) > ($3 collate "zh-x-icu", $4))
            order by name collate "zh-x-icu", id limit $5
            """);
        command.Add(parentId).Add(level).Add(after?[0]).Add(after?[1]);
        return await Lists.Of(http, command, limit, Item, d => [d.Name, d.Id], Wire.Api.PageDivisionItem);
    }

    private static async Task<IResult> One(HttpContext http, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, Views.All.Divisions, Division.Stream(id));
        await using var command = past.Command($"select {Columns} from divisions where id = $1");
        command.Add(id);
        var item = (await command.List(Item, http.RequestAborted)).SingleOrDefault();
        return Lists.Resource(http, item, item?.Version ?? 0, Wire.Api.DivisionItem);
    }

    private static DivisionItem Item(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.Text(3), r.GetString(4), r.Text(5), r.Text(6), r.Json(7, Wire.Api.NullableQuantity),
        r.Day(8), r.Day(9), r.Text(10), r.Text(11));
}

using System.Text.Json.Serialization.Metadata;
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
/// <param name="StatedCounties">How many counties there are in a province or city, entered or not: roll-ups say their coverage by it.</param>
public sealed record DefineDivisionBody(
    string Id, string Name, DivisionLevel Level, string? NameEn = null, string? ParentId = null, string? LandIn = null, Quantity? Area = null,
    DateOnly? ValidFrom = null, DateOnly? ValidTo = null, int? StatedCounties = null, string? Note = null, DateTimeOffset? At = null);

/// <param name="LastDay">The last day on which the code is valid.</param>
public sealed record ReplaceDivisionBody(string ReplacedBy, DateOnly LastDay, DateTimeOffset? At = null);

/// <param name="From">The first day of the new name.</param>
public sealed record RenameDivisionBody(string Name, DateOnly From, string? NameEn = null, string? Reason = null, DateTimeOffset? At = null);

/// <param name="From">The first day under <paramref name="ParentId"/>.</param>
public sealed record MoveDivisionBody(string ParentId, DateOnly From, string? Reason = null, DateTimeOffset? At = null);

/// <summary>A division of the tree, as it is on the day that is asked about.</summary>
/// <param name="ReplacedBy">The code that took its place after <paramref name="ValidTo"/>.</param>
/// <param name="FormerNames">What it was called before its last renaming, oldest first.</param>
/// <param name="FormerParents">What it reported to before it moved, oldest first.</param>
/// <param name="StatedCounties">How many counties there are in it, in the register or not.</param>
public sealed record DivisionItem(
    string Id, long Version, string Name, string? NameEn, string Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? ReplacedBy, string? Note, int? StatedCounties, IReadOnlyList<FormerName>? FormerNames,
    IReadOnlyList<FormerParent>? FormerParents);

public static class DivisionEndpoints
{
    /// <summary>Divisions by the name and under the parent of a day ($1).</summary>
    private const string Named =
        """
        select id, version, coalesce(n.said->>'name', d.name) as name, case when n.said is null then name_en else n.said->>'name_en' end as name_en, level,
            coalesce(p.said->>'parent_id', parent_id) as parent_id, land_in, area, valid_from, valid_to, replaced_by, note, stated_counties, former_names, former_parents
        from divisions d
        left join lateral (select said from jsonb_array_elements(former_names) e(said) where (said->>'last_day')::date >= $1 order by said->>'last_day' limit 1) n on true
        left join lateral (select said from jsonb_array_elements(former_parents) e(said) where (said->>'last_day')::date >= $1 order by said->>'last_day' limit 1) p on true
        """;

    private const string Said = "asOf: the tree of that day, with its names, whenever it was entered; recordedAsOf: what was known then. A time, or a day, which means its end in China.";

    public static void MapDivisions(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/divisions").WithTags("divisions").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<DivisionItem>>().WithSummary("Divisions, by pinyin of their names")
            .WithDescription("Of all days, as they are called and whom they report to now; with asOf those that exist on that day, as it was then.");
        group.MapGet("{id}", One).Produces<DivisionItem>().WithSummary("One division").WithDescription(Said);
        group.MapGet("{id}/history", (HttpContext http, NpgsqlDataSource db, EventTypes types, string id, string? cursor, int? limit) =>
            History.Of(http, db, types, Division.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
        group.MapPost("", Define).Accepts<DefineDivisionBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Operator).WithSummary("Enter a division");
        group.MapPost("{id}/replace", Replace).Accepts<ReplaceDivisionBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Operator).WithSummary("A code ceases and another takes its place");
        group.MapPost("{id}/rename", Rename).Accepts<RenameDivisionBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Operator).WithSummary("It bears another name from a day on");
        group.MapPost("{id}/move", Move).Accepts<MoveDivisionBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Operator).WithSummary("It reports to another division from a day on");
    }

    private static async Task<IResult> Define(HttpContext http, Territory territory, Clock clock)
    {
        var answer = await Commands.Post(http, Wire.Api.DefineDivisionBody, async body =>
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
                http.By(), clock.At(body.At), body.StatedCounties);
            return Command(body.Id, d => DivisionDecider.Decide(d, command, tree), $"/v1/registry/divisions/{body.Id}");
        });
        territory.Forget();
        return answer;
    }

    private static Task<IResult> Replace(HttpContext http, Territory territory, Clock clock, string id) =>
        Change(http, territory, clock, id, Wire.Api.ReplaceDivisionBody, b => b.At, b => b.ReplacedBy,
            (b, d, tree, by, at) => DivisionDecider.Decide(d, id, new ReplaceDivision(b.ReplacedBy, b.LastDay, by, at), tree));

    private static Task<IResult> Rename(HttpContext http, Territory territory, Clock clock, string id) =>
        Change(http, territory, clock, id, Wire.Api.RenameDivisionBody, b => b.At, _ => null,
            (b, d, _, by, at) => DivisionDecider.Decide(d, id, new RenameDivision(b.Name, b.NameEn, b.From, b.Reason, by, at)));

    private static Task<IResult> Move(HttpContext http, Territory territory, Clock clock, string id) =>
        Change(http, territory, clock, id, Wire.Api.MoveDivisionBody, b => b.At, b => b.ParentId,
            (b, d, tree, by, at) => DivisionDecider.Decide(d, id, new MoveDivision(b.ParentId, b.From, b.Reason, by, at), tree));

    /// <param name="other">Another division that the body names.</param>
    private static async Task<IResult> Change<T>(
        HttpContext http, Territory territory, Clock clock, string id, JsonTypeInfo<T> type, Func<T, DateTimeOffset?> at, Func<T, string?> other,
        Func<T, Division, DivisionTree, By, DateTimeOffset, Decision<DivisionEvent>> decide) where T : class
    {
        var answer = await Commands.Post(http, type, async body =>
        {
            if (clock.Refuses(at(body)) is { } refusal)
            {
                return refusal;
            }

            var tree = await territory.Tree(id, other(body), http.Client().Division);
            if (tree.Find(id) is not null && !MayEnter(http.Client(), tree, id))
            {
                return Foreign;
            }

            return Command(id, d => decide(body, d, tree, http.By(), clock.At(at(body))));
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
        HttpContext http, NpgsqlDataSource db, Clock clock, string? parentId, string? level, Moment? asOf, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        await using var command = db.CreateCommand(
            $"""
            select * from ({Named}) d
            where ($2::text is null or parent_id = $2) and ($3::text is null or level = $3)
              and (not $4 or (coalesce(valid_from <= $1, true) and coalesce(valid_to >= $1, true)))
              and ($5::text is null or (name collate "zh-x-icu", id) > ($5 collate "zh-x-icu", $6))
            order by name collate "zh-x-icu", id limit $7
            """);
        command.Add(asOf?.Day ?? clock.Today()).Add(parentId).Add(level).Add(asOf is not null).Add(after?[0]).Add(after?[1]);
        return await Lists.Of(http, command, limit, Item, d => [d.Name, d.Id], Wire.Api.PageDivisionItem);
    }

    private static async Task<IResult> One(HttpContext http, Clock clock, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(null, recordedAsOf, Views.All.Divisions, Division.Stream(id));
        await using var command = past.Command($"{Named} where id = $2 and (not $3 or coalesce(valid_from <= $1, true))");
        command.Add(asOf?.Day ?? clock.Today()).Add(id).Add(asOf is not null);
        var item = (await command.List(Item, http.RequestAborted)).SingleOrDefault();
        return Lists.Resource(http, item, item?.Version ?? 0, Wire.Api.DivisionItem);
    }

    private static DivisionItem Item(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.Text(3), r.GetString(4), r.Text(5), r.Text(6), r.Json(7, Wire.Api.NullableQuantity),
        r.Day(8), r.Day(9), r.Text(10), r.Text(11), r.IsDBNull(12) ? null : r.GetInt32(12),
        r.Json(13, RowJson.Default.IReadOnlyListFormerName), r.Json(14, RowJson.Default.IReadOnlyListFormerParent));
}

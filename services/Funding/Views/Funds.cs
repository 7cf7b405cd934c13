using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Funding.Funds;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Views;

/// <summary>A fund with what it holds.</summary>
/// <param name="Appropriated">To date; <paramref name="Allocated"/> is what projects hold of it, <paramref name="Available"/> the rest.</param>
/// <param name="Explain">The entries these amounts are made of.</param>
/// <param name="SecretReason">Why it is secret; absent of an open one.</param>
public sealed record FundPage(
    string Id, long Version, string Name, string Channel, string Division, int From, int To, Money? Total, string? PlanId, string? DocumentNumber, string? Note,
    Money Appropriated, Money Available, Money Allocated, string Explain, string? SecretReason = null);

/// <summary>An allocation of a fund to projects.</summary>
/// <param name="Version">The number of facts about it.</param>
/// <param name="MadeBy">Staff number of who made it; <paramref name="IssuedBy"/> is another person.</param>
/// <param name="Reason">Why it was withdrawn.</param>
public sealed record AllocationPage(
    string Id, long Version, string State, string FundId, string Division, Money Amount, IReadOnlyList<AllocationItem> Items, string? DocumentNumber,
    DateTimeOffset MadeAt, string? MadeBy, DateTimeOffset? IssuedAt, string? IssuedBy, string? Reason);

public static class FundViews
{
    private const string FundColumns =
        "id, version, name, channel, division, year_from, year_to, total, plan_id, document_number, note, appropriated, available, allocated, secret_reason";

    private const string AllocationColumns =
        "id, version, state, fund_id, division, amount, items, document_number, made_at, made_by, issued_at, issued_by, reason";

    /// <summary>A client sees the funds of its division, of those below, and those above that may pay for its projects.</summary>
    private const string Seen = "($1::text[] is null or division = any($1) or division = any($2))";

    private const string Unseen = "(select id from funds where secret_reason is null) funds";

    private const string UnseenAllocations = "(select a.id from allocations a join funding.funds f on f.id = a.fund_id where f.secret_reason is null) allocations";

    /// <summary>Of funds above it, those that go to a project it sees; as the accounts stand, whatever time is asked about.</summary>
    private const string AllocationSeen =
        $"""
        ($1::text[] is null or division = any($1) or (division = any($2) and exists (
            select from jsonb_to_recordset(items) i("projectId" text) join funding.accounts a on a.project_id = i."projectId" where {AccountViews.Seen})))
        """;

    public static void MapFundViews(this IEndpointRouteBuilder routes)
    {
        var funds = routes.MapGroup("/v1/funding/funds").WithTags("funds").RefusingUnknownParameters();
        funds.MapGet("", Funds).Produces<Page<FundPage>>().WithSummary("Funds, by name");
        funds.MapGet("{id}", OneFund).Produces<FundPage>().WithSummary("One fund").WithDescription(Moments.Said);
        funds.MapGet("{id}/history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is not { } fund
            || (await territory.Seen(http.Client()) is { } seen && !seen.Under.Contains(fund.Division)) // what it gave to others is told to its own division
                ? await Lists.Absent(http, db.CreateCommand, Unseen, id)
                : await History.Of(http, db, types, Fund.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
        var allocations = routes.MapGroup("/v1/funding/allocations").WithTags("allocations").RefusingUnknownParameters();
        allocations.MapGet("", Allocations).Produces<Page<AllocationPage>>().WithSummary("Allocations");
        allocations.MapGet("{id}", OneAllocation).Produces<AllocationPage>().WithSummary("One allocation").WithDescription(Moments.Said);
        allocations.MapGet("{id}/history", OfAllocation).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> Funds(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? division, string? channel, string? planId, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        await using var command = db.CreateCommand(
            $"""
            select {FundColumns} from funds
            where {Seen} and ($3::text is null or division = $3) and ($4::text is null or channel = $4) and ($5::text is null or plan_id = $5)
              and ($6::text is null or (name collate "zh-x-icu", id) > ($6 collate "zh-x-icu", $7))
              and {Secrets.Shown(8)}
            order by name collate "zh-x-icu", id limit $9
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(division).Add(channel).Add(planId).Add(after?[0]).Add(after?[1]).Add(await Secrets.SeenBy(http, territory));
        return await Lists.Of(http, command, limit, Page, f => [f.Name, f.Id], Wire.Api.PageFundPage);
    }

    private static async Task<IResult> OneFund(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Ledger, Fund.Stream(id));
        var fund = await Find(http, past.Command, territory, id);
        return fund is null ? await Lists.Absent(http, past.Command, Unseen, id) : Lists.Resource(http, fund, fund.Version, Wire.Api.FundPage);
    }

    private static async Task<IResult> Allocations(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? fundId, string? projectId, string? state, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        await using var command = db.CreateCommand(
            $"""
            select {AllocationColumns} from allocations
            where {AllocationSeen} and ($3::text is null or fund_id = $3)
              and ($4::text is null or items @> jsonb_build_array(jsonb_build_object('projectId', $4::text)))
              and ($5::text is null or state = $5) and ($6::text is null or id > $6)
              and {Secrets.Shown("fund_id", 7)}
            order by id limit $8
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(fundId).Add(projectId).Add(state).Add(after?[0]).Add(await Secrets.SeenBy(http, territory));
        return await Lists.Of(http, command, limit, Allocation, a => [a.Id], Wire.Api.PageAllocationPage);
    }

    private static async Task<IResult> OneAllocation(HttpContext http, NpgsqlDataSource db, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf);
        if (!past.When.IsNow)
        {
            await using var find = db.CreateCommand("select fund_id from allocations where id = $1");
            await past.Hold(All.Ledger, (await find.Add(id).List(r => r.GetString(0), http.RequestAborted)).Select(Fund.Stream), http.RequestAborted);
        }

        var allocation = await FindAllocation(http, past.Command, territory, id);
        return allocation is null
            ? await Lists.Absent(http, past.Command, UnseenAllocations, id) : Lists.Resource(http, allocation, allocation.Version, Wire.Api.AllocationPage);
    }

    private static async Task<IResult> OfAllocation(
        HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
        await FindAllocation(http, db.CreateCommand, territory, id) is { } allocation
            ? await History.Of(
                http, db, types, Fund.Stream(allocation.FundId), cursor, limit, fact => fact is AllocationEvent e && e.AllocationId == id)
            : await Lists.Absent(http, db.CreateCommand, UnseenAllocations, id);

    private static async Task<FundPage?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {FundColumns} from funds where {Seen} and id = $3 and {Secrets.Shown(4)}");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).Add(await Secrets.SeenBy(http, territory)).List(Page, http.RequestAborted)).SingleOrDefault();
    }

    private static async Task<AllocationPage?> FindAllocation(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {AllocationColumns} from allocations where {AllocationSeen} and id = $3 and {Secrets.Shown("fund_id", 4)}");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).Add(await Secrets.SeenBy(http, territory)).List(Allocation, http.RequestAborted)).SingleOrDefault();
    }

    private static FundPage Page(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetInt32(6),
        r.IsDBNull(7) ? null : Money.Of(r.GetDecimal(7)), r.Text(8), r.Text(9), r.Text(10), Money.Of(r.GetDecimal(11)), Money.Of(r.GetDecimal(12)),
        Money.Of(r.GetDecimal(13)), $"/v1/funding/ledger/entries?fundId={r.GetString(0)}", r.Text(14));

    private static AllocationPage Allocation(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), Money.Of(r.GetDecimal(5)),
        r.Json(6, DetailJson.Default.IReadOnlyListAllocationItem)!, r.Text(7), r.GetFieldValue<DateTimeOffset>(8), r.Text(9), r.Time(10), r.Text(11), r.Text(12));
}

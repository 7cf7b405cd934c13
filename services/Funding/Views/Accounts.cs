using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Views;

/// <summary>The account of a project, over all open funds.</summary>
/// <param name="Estimate">Absent where the plan prints none.</param>
/// <param name="Issued">To date, less what was returned; <paramref name="Allocated"/> is what is allocated and not issued. Of open funds.</param>
public sealed record AccountItem(
    string ProjectId, long Version, string State, string PlanId, string ProgrammeId, string Name, string Division, IReadOnlyList<string> Counties,
    Money? Estimate, Money Allocated, Money Issued, Money Paid);

/// <summary>The account of a project, fund by fund.</summary>
/// <param name="FundingPlan">Who was expected to pay.</param>
/// <param name="Explain">The entries these amounts are made of.</param>
public sealed record AccountPage(
    string ProjectId, long Version, string State, string PlanId, string ProgrammeId, string Name, string Division, IReadOnlyList<string> Counties,
    Money? Estimate, Money Allocated, Money Issued, Money Paid, IReadOnlyList<ExpectedShare> FundingPlan, IReadOnlyList<FundBalance> Funds, string Explain);

/// <param name="Part">Of the estimate, 0 to 1, four decimals; absent without one.</param>
public sealed record ExpectedShare(string Channel, Money Amount, decimal? Part);

/// <summary>What a project holds of a fund.</summary>
/// <param name="Unpaid">Issued and not paid.</param>
/// <param name="Secret">Of a fund marked secret: not part of the account's sums, and shown to finance and auditors of its division alone.</param>
public sealed record FundBalance(
    string FundId, string? Name, string? Channel, Money Allocated, Money Issued, Money Unpaid, Money Paid, string Explain, bool Secret = false);

/// <summary>As PostgreSQL builds it beside the account, so that both are of one moment.</summary>
internal sealed record FundBalanceRow(string FundId, string? Name, string? Channel, bool Secret, decimal Allocated, decimal Unpaid, decimal Paid);

public static class AccountViews
{
    private const string Columns =
        "a.project_id, a.version, a.state, a.plan_id, a.programme_id, a.name, a.division, a.counties, a.estimate, a.allocated, a.issued, a.paid";

    /// <summary>As with the projects: those of the client's division and below, and those above that touch it.</summary>
    internal const string Seen =
        """
        ($1::text[] is null or a.division = any($1) or a.counties && $1 or a.counties && $2
            or (cardinality(a.counties) = 0 and a.division = any($2)))
        """;

    private static readonly string s_funds =
        $"""
        coalesce((select jsonb_agg(jsonb_build_object('fundId', b.fund_id, 'name', b.name, 'channel', b.channel, 'secret', b.secret, 'allocated', b.allocated,
            'unpaid', b.unpaid, 'paid', b.paid) order by b.name collate "zh-x-icu", b.fund_id)
        from (
            select b.fund_id, f.name, f.channel, f.secret_reason is not null secret, coalesce(sum(b.amount) filter (where b.class = 'allocated'), 0) allocated,
                coalesce(sum(b.amount) filter (where b.class = 'issued'), 0) unpaid, coalesce(sum(b.amount) filter (where b.class = 'paid'), 0) paid
            from balances b left join funds f on f.id = b.fund_id
            where b.project_id = a.project_id and b.class in ('allocated', 'issued', 'paid') and {Secrets.Shown("b.fund_id", 4)}
            group by b.fund_id, f.name, f.channel, f.secret_reason) b), '[]')
        """;

    public static void MapAccountViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/funding").WithTags("accounts").RefusingUnknownParameters();
        group.MapGet("projects", List).Produces<Page<AccountItem>>().WithSummary("Accounts of projects, by name");
        group.MapGet("projects/{id}/account", One).Produces<AccountPage>().WithSummary("The account of one project, fund by fund").WithDescription(Moments.Said);
        group.MapGet("projects/{id}/account/history", async (
            HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Absent(http, db.CreateCommand, id)
                : await History.Of(http, db, types, Account.Stream(id), cursor, limit, await Secrets.Readable(http, db, territory))).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
        group.MapGet("projects/{id}/entries", async (
            HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? fundId, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Absent(http, db.CreateCommand, id)
                : await LedgerViews.Page(http, db, territory, null, Account.Stream(id), null, fundId, null, cursor, limit))
            .Produces<Page<EntryItem>>().WithSummary("The ledger entries of its account");
        group.MapGet("overview/explain", OverviewViews.Explain).Produces<Page<AccountSource>>().WithSummary("The accounts an overview adds up, each with its last fact")
            .WithDescription("As overview, of one plan where planId is given. " + Moments.Said);
        group.MapGet("overview", OverviewViews.Overview).Produces<FundingOverview>().WithSummary("Money by plan")
            .WithDescription("Accounts that the client sees, those that touch division where it is given. Amounts are in yuan. " + Moments.Said);
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? planId, string? division, string? state, string? cursor, int? limit,
        string? minPosition)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, null, minPosition, "registry") is { } behind)
        {
            return behind;
        }

        var seen = await territory.Seen(http.Client());
        var asked = await territory.Asked(division);
        await using var command = db.CreateCommand(
            $"""
            select {Columns} from accounts a
            where {Seen} and ($3::text is null or a.plan_id = $3) and ($4::text is null or a.state = $4)
              and ($5::text[] is null or a.division = any($5) or a.counties && $5 or (cardinality(a.counties) = 0 and a.division = any($6)))
              and ($7::text is null or (a.name collate "zh-x-icu", a.project_id) > ($7 collate "zh-x-icu", $8))
            order by a.name collate "zh-x-icu", a.project_id limit $9
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(planId).Add(state)
            .Add(asked.Under).Add(asked.Path)
            .Add(after?[0]).Add(after?[1]);
        return await Lists.Of(http, command, limit, Item, a => [a.Name, a.ProjectId], Wire.Api.PageAccountItem);
    }

    private static async Task<IResult> One(HttpContext http, NpgsqlDataSource db, Territory territory, string id, Moment? asOf, Moment? recordedAsOf,
        string? minPosition)
    {
        if (await Freshness.Reach(http, null, minPosition, "registry") is { } behind)
        {
            return behind;
        }

        await using var past = await http.At(asOf, recordedAsOf);
        if (!past.When.IsNow)
        {
            await using var find = db.CreateCommand("select distinct fund_id from balances where project_id = $1");
            var funds = (await find.Add(id).List(r => r.GetString(0), http.RequestAborted)).Select(Fund.Stream);
            await past.Hold(All.Ledger, [Account.Stream(id), .. funds], http.RequestAborted);
        }

        var account = await Find(http, past.Command, territory, id);
        return account is null ? await Absent(http, past.Command, id) : Lists.Resource(http, account, account.Version, Wire.Api.AccountPage);
    }

    private static Task<IResult> Absent(HttpContext http, Func<string, NpgsqlCommand> ask, string id) =>
        Lists.Absent(http, ask, "(select project_id as id from accounts) accounts", id);

    private static async Task<AccountPage?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {Columns}, a.funding_plan, {s_funds} from accounts a where {Seen} and a.project_id = $3");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).Add(await Secrets.SeenBy(http, territory)).List(Page, http.RequestAborted)).SingleOrDefault();
    }

    private static AccountItem Item(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetFieldValue<string[]>(7),
        r.IsDBNull(8) ? null : Money.Of(r.GetDecimal(8)), Money.Of(r.GetDecimal(9)), Money.Of(r.GetDecimal(10)), Money.Of(r.GetDecimal(11)));

    private static AccountPage Page(NpgsqlDataReader r)
    {
        var i = Item(r);
        var entries = $"/v1/funding/projects/{i.ProjectId}/entries";
        return new AccountPage(
            i.ProjectId, i.Version, i.State, i.PlanId, i.ProgrammeId, i.Name, i.Division, i.Counties, i.Estimate, i.Allocated, i.Issued, i.Paid,
            [.. r.Json(12, DetailJson.Default.IReadOnlyListShare)!.Select(s => new ExpectedShare(
                s.Channel, s.Amount, i.Estimate is { Yuan: > 0 } e ? decimal.Round(s.Amount.Yuan / e.Yuan, 4, MidpointRounding.ToEven) : null))],
            [.. r.Json(13, DetailJson.Default.IReadOnlyListFundBalanceRow)!.Select(b => new FundBalance(
                b.FundId, b.Name, b.Channel, Money.Of(b.Allocated), Money.Of(b.Unpaid + b.Paid), Money.Of(b.Unpaid), Money.Of(b.Paid), $"{entries}?fundId={b.FundId}", b.Secret))],
            entries);
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Views;

/// <summary>One leg of a posting.</summary>
/// <param name="Stream">With <paramref name="Version"/> the fact that posted it, at <paramref name="Position"/> in the log; <paramref name="Fact"/> is where that can be read.</param>
/// <param name="Amount">Negative where the ledger account gives.</param>
public sealed record EntryItem(
    string Stream, long Version, long Position, int Leg, string LedgerAccount, string Class, string FundId, string? ProjectId, Money Amount, DateTimeOffset At, string Fact);

/// <summary>All ledger accounts of a class together.</summary>
/// <param name="Explain">The entries it is the sum of.</param>
public sealed record ClassBalance(string Class, long Accounts, Money Amount, string Explain);

/// <summary>What a fund says a project holds, and what the project says it received; together they are zero.</summary>
public sealed record SidesDiffer(string FundId, string ProjectId, Money AllocatedTo, Money Received);

/// <param name="Pairs">How many pairs of fund and project were held against each other.</param>
/// <param name="Differing">Those whose sides do not add up to zero: never any.</param>
public sealed record Reconciliation(long Pairs, Money AllocatedTo, Money Received, IReadOnlyList<SidesDiffer> Differing);

/// <summary>The trial balance: every class, and the total, which is zero.</summary>
public sealed record TrialBalance(string Division, IReadOnlyList<ClassBalance> Classes, Money Total, Reconciliation Reconciliation);

public static class LedgerViews
{
    public static void MapLedgerViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/funding/ledger").WithTags("ledger").RequireRoles(Roles.Reader, Roles.Auditor, Roles.Finance).RefusingUnknownParameters();
        group.MapGet("trial-balance", Trial).Produces<TrialBalance>().WithMetadata(new Tabular()).WithSummary("The trial balance of the client's division and below").WithDescription(Moments.Said);
        group.MapGet("entries", async (
            HttpContext http, NpgsqlDataSource db, Territory territory, string? projectId, string? fundId, string? @class, string? cursor, int? limit) =>
            await Page(http, db, territory, (await territory.Seen(http.Client()))?.Under, null, projectId, fundId, @class, cursor, limit))
            .Produces<Page<EntryItem>>().WithSummary("Entries of the funds and accounts of the client's division and below, posting by posting");
    }

    private static async Task<IResult> Trial(HttpContext http, Territory territory, Moment? asOf, Moment? recordedAsOf)
    {
        var (client, stop) = (http.Client(), http.RequestAborted);
        var (under, secrets) = ((await territory.Seen(client))?.Under, await Secrets.SeenBy(http, territory));
        await using var past = await http.At(asOf, recordedAsOf, All.Ledger);
        await past.Hold(All.Ledger, null, stop, "balances");
        await using var classesOf = past.Command(
            $"select class, count(*), sum(amount) from balances where ($1::text[] is null or division = any($1)) and {Secrets.Shown("fund_id", 2)} group by class order by class");
        var classes = await classesOf.Add(under).Add(secrets).List(r => new ClassBalance(
            r.GetString(0), r.GetInt64(1), Money.Of(r.GetDecimal(2)), $"/v1/funding/ledger/entries?class={r.GetString(0)}"), stop);
        await using var pairsOf = past.Command(
            $"""
            select fund_id, project_id, coalesce(sum(amount) filter (where class = 'allocated-to'), 0), coalesce(sum(amount) filter (where class = 'received'), 0)
            from balances where class in ('allocated-to', 'received') and {Secrets.Shown("fund_id", 2)} group by fund_id, project_id
            having $1::text[] is null or bool_or(division = any($1)) order by fund_id, project_id
            """);
        var pairs = await pairsOf.Add(under).Add(secrets).List(
            r => new SidesDiffer(r.GetString(0), r.GetString(1), Money.Of(r.GetDecimal(2)), Money.Of(r.GetDecimal(3))), stop);
        return await Lists.Of(
            http, new TrialBalance(
                client.Division, classes, Sum(classes.Select(c => c.Amount)), new Reconciliation(
                    pairs.Count, Sum(pairs.Select(p => p.AllocatedTo)), Sum(pairs.Select(p => p.Received)),
                    [.. pairs.Where(p => p.AllocatedTo + p.Received != Money.Zero)])),
            Wire.Api.TrialBalance, classes, Wire.Api.ClassBalance);
    }

    /// <param name="under">The divisions whose funds and accounts are seen; all where null.</param>
    internal static async Task<IResult> Page(
        HttpContext http, NpgsqlDataSource db, Territory territory, string[]? under, string? stream, string? projectId, string? fundId, string? @class, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 3, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var (version, leg) = (0L, 0);
        if (after is not null && !(long.TryParse(after[1], CultureInfo.InvariantCulture, out version) && int.TryParse(after[2], CultureInfo.InvariantCulture, out leg)))
        {
            return Problems.Of(Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it."));
        }

        await using var command = db.CreateCommand(
            $"""
            select e.stream, e.version, f.seq_id, e.leg, e.ledger_account, e.class, e.fund_id, e.project_id, e.amount, e.at
            from entries e join events.mt_events f on f.stream_id = e.stream and f.version = e.version
            where ($1::text[] is null or division = any($1)) and ($2::text is null or stream = $2) and ($3::text is null or project_id = $3)
              and ($4::text is null or fund_id = $4) and ($5::text is null or class = $5) and ($6::text is null or (e.stream, e.version, e.leg) > ($6, $7, $8))
              and {Secrets.Shown("fund_id", 9)}
            order by e.stream, e.version, e.leg limit $10
            """);
        command.Add(under).Add(stream).Add(projectId).Add(fundId).Add(@class).Add(after?[0]).Add(version).Add(leg)
            .Add(await Secrets.SeenBy(http, territory));
        return await Lists.Of(
            http, command, limit, Item,
            e => [e.Stream, e.Version.ToString(CultureInfo.InvariantCulture), e.Leg.ToString(CultureInfo.InvariantCulture)], Wire.Api.PageEntryItem);
    }

    private static EntryItem Item(NpgsqlDataReader r)
    {
        var (stream, version) = (r.GetString(0), r.GetInt64(1));
        var resource = stream.Split('-', 2) is ["fund", var fund] ? $"/v1/funding/funds/{fund}" : $"/v1/funding/projects/{stream.Split('-', 2)[1]}/account";
        return new EntryItem(
            stream, version, r.GetInt64(2), r.GetInt32(3), r.GetString(4), r.GetString(5), r.GetString(6), r.Text(7), Money.Of(r.GetDecimal(8)),
            r.GetFieldValue<DateTimeOffset>(9), $"{resource}/history?cursor={version - 1}&limit=1");
    }

    private static Money Sum(IEnumerable<Money> amounts) => amounts.Aggregate(Money.Zero, (sum, a) => sum + a);
}

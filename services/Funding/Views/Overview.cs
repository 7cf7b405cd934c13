using Microsoft.AspNetCore.Http;
using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Views;

/// <summary>The accounts of a plan together.</summary>
/// <param name="Estimate">The sum of the estimates; <paramref name="ProjectsWithoutEstimate"/> says how many projects it leaves out.</param>
/// <param name="Settled">How many accounts are settled.</param>
/// <param name="Explain">The accounts it adds up.</param>
public sealed record PlanMoney(
    string PlanId, string? Name, long Projects, long ProjectsWithoutEstimate, Money Estimate, Money Allocated, Money Issued, Money Paid, long Settled,
    string Explain);

/// <summary>All plans together; the same sums.</summary>
public sealed record TotalMoney(
    long Projects, long ProjectsWithoutEstimate, Money Estimate, Money Allocated, Money Issued, Money Paid, long Settled, string Explain);

/// <summary>What one account adds to an overview, and the last fact about it.</summary>
/// <param name="Fact">Where it can be read: <paramref name="Stream"/>, <paramref name="Version"/>, at <paramref name="Position"/> in the log.</param>
/// <param name="Explain">The entries its amounts are made of.</param>
public sealed record AccountSource(
    string ProjectId, string PlanId, string State, Money? Estimate, Money Allocated, Money Issued, Money Paid, string Stream, long Version, long? Position, string Fact,
    string Explain);

public sealed record FundingOverview(string? Division, IReadOnlyList<PlanMoney> Plans, TotalMoney Total);

internal static class OverviewViews
{
    private const string Asked =
        $"""
        {AccountViews.Seen} and ($3::text[] is null or a.division = any($3) or a.counties && $3 or (cardinality(a.counties) = 0 and a.division = any($4)))
        """;

    public static async Task<IResult> Overview(HttpContext http, Territory territory, string? division, Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        if (await Freshness.Reach(http, null, minPosition, "registry") is { } behind)
        {
            return behind;
        }

        var seen = await territory.Seen(http.Client());
        var asked = await territory.Asked(division, asOf?.Day);
        await using var past = await http.At(asOf, recordedAsOf);
        await past.Hold(All.Ledger, null, http.RequestAborted, "accounts");
        await using var command = past.Command(
            $"""
            select a.plan_id, p.name, count(*), count(*) filter (where a.estimate is null), coalesce(sum(a.estimate), 0), sum(a.allocated), sum(a.issued),
                sum(a.paid), count(*) filter (where a.state = 'settled')
            from accounts a left join copies.plans p on p.id = a.plan_id
            where {Asked}
            group by a.plan_id, p.name order by p.name collate "zh-x-icu", a.plan_id
            """);
        command.Add(seen?.Under).Add(seen?.Path)
            .Add(asked.Under).Add(asked.Path);
        var plans = await command.List(
            r => new PlanMoney(
                r.GetString(0), r.Text(1), r.GetInt64(2), r.GetInt64(3), Money.Of(r.GetDecimal(4)), Money.Of(r.GetDecimal(5)), Money.Of(r.GetDecimal(6)),
                Money.Of(r.GetDecimal(7)), r.GetInt64(8), Link(http, r.GetString(0))),
            http.RequestAborted);
        var total = new TotalMoney(
            plans.Sum(p => p.Projects), plans.Sum(p => p.ProjectsWithoutEstimate), Sum(plans, p => p.Estimate), Sum(plans, p => p.Allocated),
            Sum(plans, p => p.Issued), Sum(plans, p => p.Paid), plans.Sum(p => p.Settled), Link(http, null));
        return Results.Json(new FundingOverview(division, plans, total), Wire.Api.FundingOverview);
    }

    public static async Task<IResult> Explain(
        HttpContext http, Territory territory, string? planId, string? division, string? cursor, int? limit, Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, null, minPosition, "registry") is { } behind)
        {
            return behind;
        }

        var seen = await territory.Seen(http.Client());
        var asked = await territory.Asked(division, asOf?.Day);
        await using var past = await http.At(asOf, recordedAsOf);
        await past.Hold(All.Ledger, null, http.RequestAborted, "accounts");
        await using var command = past.Command(
            $"""
            select a.project_id, a.plan_id, a.state, a.estimate, a.allocated, a.issued, a.paid, a.version, f.seq_id
            from accounts a left join events.mt_events f on f.stream_id = 'account-' || a.project_id and f.version = a.version
            where {Asked} and ($5::text is null or a.plan_id = $5)
            """);
        command.Add(seen?.Under).Add(seen?.Path)
            .Add(asked.Under).Add(asked.Path).Add(planId);
        var (items, next) = Lists.Part(http, await command.List(Source, http.RequestAborted), a => [a.ProjectId], after, limit);
        return await Lists.Of(http, new Page<AccountSource>(items, next), Wire.Api.PageAccountSource, items, Wire.Api.AccountSource);
    }

    private static AccountSource Source(Npgsql.NpgsqlDataReader r)
    {
        var (project, version) = (r.GetString(0), r.GetInt64(7));
        return new AccountSource(
            project, r.GetString(1), r.GetString(2), r.IsDBNull(3) ? null : Money.Of(r.GetDecimal(3)), Money.Of(r.GetDecimal(4)), Money.Of(r.GetDecimal(5)),
            Money.Of(r.GetDecimal(6)), Account.Stream(project), version, r.IsDBNull(8) ? null : r.GetInt64(8),
            $"/v1/funding/projects/{project}/account/history?cursor={version - 1}&limit=1", $"/v1/funding/projects/{project}/entries");
    }

    private static string Link(HttpContext http, string? planId) =>
        http.Explained("/v1/funding/overview/explain", ("planId", planId), ("division", http.Request.Query["division"].FirstOrDefault()));

    private static Money Sum(List<PlanMoney> plans, Func<PlanMoney, Money> amount) => plans.Aggregate(Money.Zero, (sum, p) => sum + amount(p));
}

using Microsoft.AspNetCore.Http;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Views;

/// <summary>The accounts of a plan together.</summary>
/// <param name="Estimate">The sum of the estimates; <paramref name="ProjectsWithoutEstimate"/> says how many projects it leaves out.</param>
/// <param name="Settled">How many accounts are settled.</param>
public sealed record PlanMoney(
    string PlanId, string? Name, long Projects, long ProjectsWithoutEstimate, Money Estimate, Money Allocated, Money Issued, Money Paid, long Settled);

/// <summary>All plans together; the same sums.</summary>
public sealed record TotalMoney(
    long Projects, long ProjectsWithoutEstimate, Money Estimate, Money Allocated, Money Issued, Money Paid, long Settled);

public sealed record FundingOverview(string? Division, IReadOnlyList<PlanMoney> Plans, TotalMoney Total);

internal static class OverviewViews
{
    public static async Task<IResult> Overview(HttpContext http, Territory territory, string? division, Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        if (await Freshness.Reach(http, null, minPosition, "registry") is { } behind)
        {
            return behind;
        }

        var seen = await territory.Seen(http.Client());
        var tree = await territory.Tree(division);
        await using var past = await http.At(asOf, recordedAsOf);
        await past.Hold(All.Ledger, null, http.RequestAborted, "accounts");
        await using var command = past.Command(
            $"""
            select a.plan_id, p.name, count(*), count(*) filter (where a.estimate is null), coalesce(sum(a.estimate), 0), sum(a.allocated), sum(a.issued),
                sum(a.paid), count(*) filter (where a.state = 'settled')
            from accounts a left join copies.plans p on p.id = a.plan_id
            where {AccountViews.Seen}
              and ($3::text[] is null or a.division = any($3) or a.counties && $3 or (cardinality(a.counties) = 0 and a.division = any($4)))
            group by a.plan_id, p.name order by p.name collate "zh-x-icu", a.plan_id
            """);
        command.Add(seen?.Under).Add(seen?.Path)
            .Add(division is null ? null : tree.Under(division).Select(d => d.Id).ToArray())
            .Add(division is null ? null : tree.PathOf(division).Select(d => d.Id).ToArray());
        var plans = await command.List(
            r => new PlanMoney(
                r.GetString(0), r.Text(1), r.GetInt64(2), r.GetInt64(3), Money.Of(r.GetDecimal(4)), Money.Of(r.GetDecimal(5)), Money.Of(r.GetDecimal(6)),
                Money.Of(r.GetDecimal(7)), r.GetInt64(8)),
            http.RequestAborted);
        var total = new TotalMoney(
            plans.Sum(p => p.Projects), plans.Sum(p => p.ProjectsWithoutEstimate), Sum(plans, p => p.Estimate), Sum(plans, p => p.Allocated),
            Sum(plans, p => p.Issued), Sum(plans, p => p.Paid), plans.Sum(p => p.Settled));
        return Results.Json(new FundingOverview(division, plans, total), Wire.Api.FundingOverview);
    }

    private static Money Sum(List<PlanMoney> plans, Func<PlanMoney, Money> amount) => plans.Aggregate(Money.Zero, (sum, p) => sum + amount(p));
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A key work 重点工程 across the programmes of a plan: what the plan prints of it, and what its projects add up to.</summary>
/// <param name="Estimate">The sum of its projects' estimates.</param>
/// <param name="PrintedShare">Its share of the plan's total in percent as printed; <paramref name="Share"/> as the projects have it.</param>
/// <param name="Programmes">The programmes that its projects belong to.</param>
public sealed record KeyWorkItem(
    string Id, string Name, string? NameEn, Money? PrintedEstimate, Money Estimate, decimal? PrintedShare, decimal? Share, int ProjectsWithoutEstimate,
    IReadOnlyList<string> Goals, IReadOnlyList<int>? TargetYears, IReadOnlyList<string> Programmes, IReadOnlyList<string> Projects);

/// <summary>The key works of a plan. With what belongs to none they are the whole of it.</summary>
/// <param name="Estimate">The sum over all projects of the plan.</param>
/// <param name="WithoutKeyWork">The sum over the projects that belong to no key work, and which they are.</param>
public sealed record PlanKeyWorks(string PlanId, Money? PrintedTotal, Money Estimate, OtherProjects WithoutKeyWork, IReadOnlyList<KeyWorkItem> Items, string? Next);

public sealed record OtherProjects(Money Estimate, IReadOnlyList<string> Projects);

public static class KeyWorkViews
{
    public static void MapKeyWorks(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/plans/{id}").WithTags("plans").RefusingUnknownParameters()
        .MapGet("key-works", Of).Produces<PlanKeyWorks>().WithSummary("Its key works, as printed and as their projects add up").WithDescription(Moments.Said);

    private static async Task<IResult> Of(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? cursor, int? limit, Moment? asOf, Moment? recordedAsOf)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Plans, Plan.Stream(id));
        if (await PlanViews.Find(http, past.Command, territory, id) is not { } plan)
        {
            return await Lists.Absent(http, past.Command, "plans", id);
        }

        var projects = await PlanViews.Projects(http, db, past, id);
        var (all, order) = (Sum(projects), plan.Definition.KeyWorks.Select((k, i) => (k.Id, i)).ToDictionary(k => k.Id, k => $"{k.i:D4}"));
        var items = plan.Definition.KeyWorks.Select(work =>
        {
            var its = projects.Where(p => p.KeyWorkId == work.Id).ToList();
            return new KeyWorkItem(
                work.Id, work.Name, work.NameEn, work.PrintedEstimate, Sum(its), work.PrintedShare,
                all == Money.Zero ? null : decimal.Round(Sum(its).Yuan / all.Yuan * 100, 2, MidpointRounding.ToEven), its.Count(p => p.Estimate is null), work.Goals,
                work.TargetYears, [.. its.Select(p => p.ProgrammeId).Distinct()], [.. its.Select(p => p.Id)]);
        });
        var (page, next) = Lists.Part(http, items, k => [order[k.Id], k.Id], after, limit);
        var others = projects.Where(p => p.KeyWorkId is null).ToList();
        return await Lists.Of(
            http, new PlanKeyWorks(id, plan.Definition.PrintedTotal, all, new OtherProjects(Sum(others), [.. others.Select(p => p.Id)]), page, next), Wire.Api.PlanKeyWorks,
            page, Wire.Api.KeyWorkItem);
    }

    private static Money Sum(IEnumerable<ProjectPage> projects) => projects.Aggregate(Money.Zero, (a, p) => a + (p.Estimate ?? Money.Zero));
}

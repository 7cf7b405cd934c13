using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>Target, reported and verified of one measure; areas in hectares unless <c>?unit=</c> asks otherwise.</summary>
/// <param name="Share">Verified over target, 0 to 1 and beyond, four decimals; absent where there is no target or nothing is reported against it.</param>
public sealed record MeasureSummary(
    string MeasureId, string Name, string Role, Quantity? Target, Quantity? Reported, Quantity? Verified, decimal? Share, string? IndicatorId, string Explain);

/// <param name="Share">The mean of its measures' shares, each counted up to 1.</param>
/// <param name="Explain">The events it adds up.</param>
/// <param name="InvestmentCompleted">完成投资 as reported.</param>
public sealed record ProjectSummary(
    string ProjectId, string Name, string Kind, string State, string? LeadUnit, Money? Estimate, Money InvestmentCompleted, decimal? Share,
    IReadOnlyList<MeasureSummary> Measures, string Explain);

/// <param name="Estimate">The sum of its projects' estimates; compare with <paramref name="PrintedEstimate"/>.</param>
/// <param name="Share">The mean of its projects' shares.</param>
public sealed record ProgrammeSummary(
    string ProgrammeId, string Name, Money? PrintedEstimate, Money Estimate, Money InvestmentCompleted, decimal? Share, IReadOnlyList<ProjectSummary> Projects,
    string Explain);

/// <summary>A plan rolled up: programmes, projects, measures.</summary>
/// <param name="ProjectsWithoutEstimate">How many projects the sum of estimates leaves out.</param>
public sealed record PlanSummary(
    string PlanId, string Name, string State, Money? PrintedTotal, Money Estimate, int Projects, int ProjectsWithoutEstimate, Money InvestmentCompleted,
    IReadOnlyList<ProgrammeSummary> Programmes, string Explain);

public static class SummaryViews
{
    public static void MapSummaries(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/plans/{id}").WithTags("plans").RefusingUnknownParameters();
        group.MapGet("summary", OfPlan).Produces<PlanSummary>()
            .WithSummary("Target, reported and verified by programme, project and measure")
            .WithDescription("Follows the log; X-View-Position says how far, minPosition waits. division and year narrow what is reported and verified, not the targets. "
                + "asOf: progress of periods that ended by then, plan and projects as they were; recordedAsOf: what was known then. A time, or a day, which means its end in China.");
        group.MapGet("programmes/{programmeId}/summary", OfProgramme).Produces<ProgrammeSummary>().WithSummary("The same of one programme").WithDescription("As plans/{id}/summary.");
        routes.MapSummaryExplains();
    }

    private static async Task<IResult> OfPlan(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? division, int? year, string? unit, string? minPosition, Moment? asOf,
        Moment? recordedAsOf)
    {
        var (summary, refusal) = await Summary(http, db, territory, id, division, year, unit, minPosition, asOf, recordedAsOf);
        return summary is null ? refusal! : Results.Json(summary, Wire.Api.PlanSummary);
    }

    private static async Task<IResult> OfProgramme(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string programmeId, string? division, int? year, string? unit, string? minPosition, Moment? asOf,
        Moment? recordedAsOf)
    {
        var (summary, refusal) = await Summary(http, db, territory, id, division, year, unit, minPosition, asOf, recordedAsOf);
        return summary is null ? refusal!
            : summary.Programmes.FirstOrDefault(p => p.ProgrammeId == programmeId) is { } programme ? Results.Json(programme, Wire.Api.ProgrammeSummary)
            : Problems.Of(Refusal.NotFound("programme.unknown", "The plan has no such programme."));
    }

    private static async Task<(PlanSummary?, IResult?)> Summary(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? division, int? year, string? unit, string? minPosition, Moment? asOf,
        Moment? recordedAsOf)
    {
        if (FigureViews.Unit(unit, out var asked) is { } refusal)
        {
            return (null, Problems.Of(refusal));
        }

        if (await Freshness.Reach(http, ProgressTotals.Name, minPosition, "mines") is { } behind)
        {
            return (null, behind);
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Plans, All.Projects, ProgressTotals.View);
        await past.Hold(All.Plans, [Plan.Stream(id)], http.RequestAborted);
        if (await PlanViews.Find(http, past.Command, territory, id) is not { } plan)
        {
            return (null, await Lists.Absent(http, past.Command, "plans", id));
        }

        var (under, _) = await territory.Asked(division);
        var projects = await PlanViews.Projects(http, db, past, id);
        var measures = projects.SelectMany(p => p.Definition.Measures).Select(m => m.Id).ToArray();
        await past.Hold(ProgressTotals.View, measures.Select(MeasureProgress.Stream), ProgressTotals.Ended, http.RequestAborted);
        await using var totalsOf = past.Command(
            """
            select measure_id, sum(reported), sum(verified) from measure_totals
            where measure_id = any($1) and ($2::text[] is null or division = any($2)) and ($3::int is null or year = $3) group by measure_id
            """);
        totalsOf.Add(measures).Add(under).Add(year);
        var totals = (await totalsOf.List(r => (Id: r.GetString(0), Reported: r.GetDecimal(1), Verified: r.GetDecimal(2)), http.RequestAborted))
            .ToDictionary(t => t.Id);
        await using var moneyOf = past.Command(
            """
            select project_id, sum(yuan) from investments
            where project_id = any($1) and ($2::text[] is null or division = any($2)) and ($3::int is null or year = $3) group by project_id
            """);
        moneyOf.Add(projects.Select(p => p.Id).ToArray()).Add(under).Add(year);
        var money = (await moneyOf.List(r => (Id: r.GetString(0), Yuan: r.GetDecimal(1)), http.RequestAborted)).ToDictionary(m => m.Id, m => Money.Of(m.Yuan));

        var summaries = projects.ToDictionary(p => p.Id, p => Of(http, p, money.GetValueOrDefault(p.Id, Money.Zero), m => totals.TryGetValue(m, out var t) ? (t.Reported, t.Verified) : (0, 0), asked));
        var programmes = plan.Definition.Programmes.Select(programme =>
        {
            var its = projects.Where(p => p.ProgrammeId == programme.Id).Select(p => summaries[p.Id]).ToList();
            return new ProgrammeSummary(
                programme.Id, programme.Name, programme.PrintedEstimate, Sum(its.Select(p => p.Estimate)), Sum(its.Select(p => (Money?)p.InvestmentCompleted)),
                Mean(its.Select(p => p.Share)), its, SummaryExplains.Link(http, id, "programmeId", programme.Id));
        }).ToList();
        return (new PlanSummary(
            id, plan.Definition.Name, plan.State, plan.Definition.PrintedTotal, Sum(projects.Select(p => p.Estimate)), projects.Count,
            projects.Count(p => p.Estimate is null), Sum(summaries.Values.Select(p => (Money?)p.InvestmentCompleted)), programmes,
            SummaryExplains.Link(http, id)), null);
    }

    private static ProjectSummary Of(HttpContext http, ProjectPage project, Money invested, Func<string, (decimal Reported, decimal Verified)> totals, Domain.Unit? unit)
    {
        var measures = project.Definition.Measures.Select(m =>
        {
            var reports = m.Role == MeasureRole.Part && m.Quantity is not null;
            var (reported, verified) = reports ? totals(m.Id) : (0, 0);
            return new MeasureSummary(
                m.Id, m.Name, Kebab.Of(m.Role), m.Quantity is { } target ? FigureViews.Answered(target, unit) : null,
                reports ? FigureViews.Answered(Quantity.FromCanonical(reported, m.Quantity!.Value.Unit), unit) : null,
                reports ? FigureViews.Answered(Quantity.FromCanonical(verified, m.Quantity!.Value.Unit), unit) : null,
                reports ? decimal.Round(verified / m.Quantity!.Value.Canonical, 4, MidpointRounding.ToEven) : null,
                m.IndicatorId, SummaryExplains.Link(http, project.PlanId, "measureId", m.Id));
        }).ToList();
        return new ProjectSummary(
            project.Id, project.Name, project.Kind, project.State, project.LeadUnit, project.Estimate, invested,
            Mean(measures.Select(m => m.Share)), measures, SummaryExplains.Link(http, project.PlanId, "projectId", project.Id));
    }

    private static Money Sum(IEnumerable<Money?> amounts) => amounts.Aggregate(Money.Zero, (a, b) => a + (b ?? Money.Zero));

    private static decimal? Mean(IEnumerable<decimal?> shares)
    {
        var known = shares.OfType<decimal>().Select(s => Math.Min(s, 1)).ToList();
        return known.Count == 0 ? null : decimal.Round(known.Average(), 4, MidpointRounding.ToEven);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.Registry.Projects;
using Restoration.Registry.Schedules;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>Target, assigned, reported, checked and verified of one measure; areas in hectares unless <c>?unit=</c> asks otherwise.</summary>
/// <param name="Share">Verified over target, 0 to 1 and beyond, four decimals; absent where there is no target or nothing is reported against it.</param>
public sealed record MeasureSummary(
    string MeasureId, string Name, string Role, Quantity? Target, Quantity? Assigned, Quantity? Reported, Quantity? Checked, Quantity? Verified, decimal? Share, string? ScheduleState, string? IndicatorId, string Explain);

/// <param name="Share">The mean of its measures' shares, each counted up to 1.</param>
/// <param name="Explain">The events it adds up.</param>
/// <param name="InvestmentCompleted">完成投资 as reported.</param>
public sealed record ProjectSummary(
    string ProjectId, string Name, string Kind, string State, string? LeadUnit, Money? Estimate, Money InvestmentCompleted, decimal? Share,
    string? ScheduleState, IReadOnlyList<MeasureSummary> Measures, string Explain);

/// <param name="Estimate">The sum of its projects' estimates, but of those that were rejected or terminated; compare with <paramref name="PrintedEstimate"/>.</param>
/// <param name="Share">The mean of its projects' shares.</param>
public sealed record ProgrammeSummary(
    string ProgrammeId, string Name, Money? PrintedEstimate, Money Estimate, Money InvestmentCompleted, decimal? Share, string? ScheduleState, IReadOnlyList<ProjectSummary> Projects,
    string Explain);

/// <summary>A plan rolled up: programmes, projects, measures; and by what else its projects are told apart.</summary>
/// <param name="ProjectsWithoutEstimate">How many projects the sum of estimates leaves out.</param>
/// <param name="States">How many of its projects are in which state.</param>
/// <param name="Coverage">Of how many counties what is reported and verified can tell.</param>
public sealed record PlanSummary(
    string PlanId, string Name, string State, Money? PrintedTotal, Money Estimate, int Projects, int ProjectsWithoutEstimate, IReadOnlyList<StateCount> States, CountyCoverage Coverage, Money InvestmentCompleted,
    IReadOnlyList<ProgrammeSummary> Programmes, IReadOnlyList<RollUpPart> Parts, string Explain);

/// <summary>How many projects are in a state.</summary>
public sealed record StateCount(string State, int Projects);

public static class SummaryViews
{
    public static void MapSummaries(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/plans/{id}").WithTags("plans").RefusingUnknownParameters();
        group.MapGet("summary", OfPlan).Produces<PlanSummary>()
            .WithSummary("Target, reported and verified by programme, project and measure")
            .WithDescription("Follows the log; X-View-Position says how far, minPosition waits. division and year narrow what is reported and verified, not the targets; "
                + "the tree of divisions is that of the day asked about, and what was reported under a code that ceased counts under the one that stands for it. "
                + "asOf: progress of periods that ended by then, plan and projects as they were; recordedAsOf: what was known then. A time, or a day, which means its end in China.");
        group.MapGet("summary/parts", Parts).Produces<Page<RollUpLine>>().WithSummary("Its sums by programme, key work, kind, lead unit, county or year")
            .WithDescription("A line for each part and dimension; the rest as plans/{id}/summary.");
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

    private static async Task<IResult> Parts(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? by, string? division, int? year, string? cursor, int? limit, string? minPosition,
        Moment? asOf, Moment? recordedAsOf)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var (summary, refused) = await Summary(http, db, territory, id, division, year, null, minPosition, asOf, recordedAsOf);
        return summary is null ? refused! : await OverviewViews.Answer(http, summary.Parts, by, after, limit);
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

    internal static async Task<(PlanSummary?, IResult?)> Summary(
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

        var tree = await Trees.Of(http, territory, division, asOf, recordedAsOf);
        await using var past = await http.At(asOf, recordedAsOf, All.Plans, All.Projects, All.Schedules, ProgressTotals.View);
        await past.Hold(All.Plans, [Plan.Stream(id)], http.RequestAborted);
        if (await PlanViews.Find(http, past.Command, territory, id) is not { } plan)
        {
            return (null, await Lists.Absent(http, past.Command, "plans", id));
        }

        var (under, path) = (tree.Below(division), (await territory.Asked(division)).Path);
        var projects = await PlanViews.Projects(http, db, past, id);
        var measures = projects.SelectMany(p => p.Definition.Measures).Select(m => m.Id).ToArray();
        await past.Hold(All.Schedules, projects.Select(p => Schedule.Stream(p.Id)), http.RequestAborted);
        var schedules = (await ScheduleViews.Read(past.Command, [.. projects.Select(p => p.Id)], http.RequestAborted)).ToDictionary(s => s.ProjectId);
        await past.Hold(ProgressTotals.View, ProgressTotals.StreamsOf(projects.Select(p => p.Id), measures), ProgressTotals.Ended, http.RequestAborted);
        await using var totalsOf = past.Command(
            """
            select measure_id, sum(assigned), sum(reported), sum(checked), sum(verified) from measure_totals
            where measure_id = any($1) and ($2::text[] is null or division = any($2)) and ($3::int is null or year = $3) group by measure_id
            """);
        totalsOf.Add(measures).Add(under).Add(year);
        var totals = (await totalsOf.List(r => (Id: r.GetString(0), Sums: new Totals(r.GetDecimal(1), r.GetDecimal(2), r.GetDecimal(3), r.GetDecimal(4))), http.RequestAborted))
            .ToDictionary(t => t.Id, t => t.Sums);
        await using var moneyOf = past.Command(
            """
            select project_id, sum(yuan) from investments
            where project_id = any($1) and ($2::text[] is null or division = any($2)) and ($3::int is null or year = $3) group by project_id
            """);
        moneyOf.Add(projects.Select(p => p.Id).ToArray()).Add(under).Add(year);
        var money = (await moneyOf.List(r => (Id: r.GetString(0), Yuan: r.GetDecimal(1)), http.RequestAborted)).ToDictionary(m => m.Id, m => Money.Of(m.Yuan));

        var summaries = projects.ToDictionary(p => p.Id, p => Of(http, p, schedules.GetValueOrDefault(p.Id), money.GetValueOrDefault(p.Id, Money.Zero), m => totals.GetValueOrDefault(m), asked));
        var programmes = plan.Definition.Programmes.Select(programme =>
        {
            var its = projects.Where(p => p.ProgrammeId == programme.Id).Select(p => summaries[p.Id]).ToList();
            return new ProgrammeSummary(
                programme.Id, programme.Name, programme.PrintedEstimate, Sum(its.Where(Counts).Select(p => p.Estimate)), Sum(its.Select(p => (Money?)p.InvestmentCompleted)),
                Mean(its.Where(Counts).Select(p => p.Share)), ScheduleViews.Of([.. its.Where(Counts).Select(p => StandingOf(p.ProjectId)).OfType<Standing>()]), its, SummaryExplains.Link(http, id, "programmeId", programme.Id));
        }).ToList();
        return (new PlanSummary(
            id, plan.Definition.Name, plan.State, plan.Definition.PrintedTotal, Sum(summaries.Values.Where(Counts).Select(p => p.Estimate)), projects.Count,
            summaries.Values.Count(p => Counts(p) && p.Estimate is null), [.. projects.CountBy(p => p.State).OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => new StateCount(s.Key, s.Value))],
            tree.CoverageOf(division ?? plan.Division), Sum(summaries.Values.Select(p => (Money?)p.InvestmentCompleted)), programmes,
            await PartsOf(http, past, territory, plan, new RollUpScope(null, null, under, path, id, year), [
                .. projects.Select(p => new RollUps.Project(p.Id, p.State, p.Kind, p.PlanId, p.ProgrammeId, p.KeyWorkId, p.LeadUnit, p.Estimate?.Yuan, summaries[p.Id].Share, StandingOf(p.Id), !Counts(summaries[p.Id]))),
            ]),
            SummaryExplains.Link(http, id)), null);

        Standing? StandingOf(string project) => schedules.TryGetValue(project, out var s) ? ScheduleViews.Of(s.State, s.Planned, s.Verified) : null;
    }

    /// <summary>What was rejected or terminated stands for itself, and in no sum of estimates or mean of shares.</summary>
    private static bool Counts(ProjectSummary project) => project.State is not (RollUps.Rejected or RollUps.Terminated);

    /// <summary>What a county did is shown to those who see the county.</summary>
    private static async Task<List<RollUpPart>> PartsOf(
        HttpContext http, Past past, Territory territory, PlanPage plan, RollUpScope scope, IReadOnlyList<RollUps.Project> projects)
    {
        var (seen, tree) = (await territory.Seen(http.Client()), await territory.Tree());
        return
        [
            .. RollUps.Parts(
                await RollUps.Sums(past.Command, scope, http.RequestAborted), projects, await RollUps.Places(past.Command, scope, http.RequestAborted),
                await RollUps.Counties(past.Command, scope, http.RequestAborted),
                (by, _, part) => by switch
                {
                    "programme" => plan.Definition.Programmes.FirstOrDefault(p => p.Id == part)?.Name,
                    "key-work" => plan.Definition.KeyWorks.FirstOrDefault(k => k.Id == part)?.Name,
                    "county" => tree.Find(part)?.Name,
                    _ => null,
                },
                (by, _, part) => OverviewViews.Link(http, scope.Year, plan.Id, by, part)).Where(p => p.By != "county" || seen is null || seen.Value.Under.Contains(p.Id)),
        ];
    }

    /// <summary>Canonical amounts of a measure.</summary>
    private readonly record struct Totals(decimal Assigned, decimal Reported, decimal Checked, decimal Verified);

    private static ProjectSummary Of(HttpContext http, ProjectPage project, ProjectSchedule? schedule, Money invested, Func<string, Totals> totals, Domain.Unit? unit)
    {
        var measures = project.Definition.Measures.Select(m =>
        {
            var counts = m is { Role: MeasureRole.Part, Quantity: not null };
            var sums = counts ? totals(m.Id) : default;
            Quantity? Sum(decimal canonical) => counts ? FigureViews.Answered(Quantity.FromCanonical(canonical, m.Quantity!.Value.Unit), unit) : null;
            return new MeasureSummary(
                m.Id, m.Name, Kebab.Of(m.Role), m.Quantity is { } target ? FigureViews.Answered(target, unit) : null, sums.Assigned == 0 ? null : Sum(sums.Assigned),
                Sum(sums.Reported), Sum(sums.Checked), Sum(sums.Verified),
                counts ? decimal.Round(sums.Verified / m.Quantity!.Value.Canonical, 4, MidpointRounding.ToEven) : null,
                schedule?.Measures.FirstOrDefault(s => s.Id == m.Id) is { } standing ? Kebab.Of(standing.State) : null,
                m.IndicatorId, SummaryExplains.Link(http, project.PlanId, "measureId", m.Id));
        }).ToList();
        return new ProjectSummary(
            project.Id, project.Name, project.Kind, project.State, project.LeadUnit, project.Estimate, invested,
            Mean(measures.Select(m => m.Share)), schedule?.State, measures, SummaryExplains.Link(http, project.PlanId, "projectId", project.Id));
    }

    private static Money Sum(IEnumerable<Money?> amounts) => amounts.Aggregate(Money.Zero, (a, b) => a + (b ?? Money.Zero));

    private static decimal? Mean(IEnumerable<decimal?> shares)
    {
        var known = shares.OfType<decimal>().Select(s => Math.Min(s, 1)).ToList();
        return known.Count == 0 ? null : decimal.Round(known.Average(), 4, MidpointRounding.ToEven);
    }
}

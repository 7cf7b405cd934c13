using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A plan in a list.</summary>
/// <param name="From">First year of its period, <paramref name="To"/> the last.</param>
/// <param name="ParentPlanId">The plan above it.</param>
/// <param name="Supersedes">The plan whose place it took; <paramref name="SupersededBy"/> the one that took its own.</param>
/// <param name="Amendments">How many times it was amended.</param>
public sealed record PlanItem(
    string Id, long Version, string State, string Division, string Name, int From, int To, DateTimeOffset? AdoptedAt, string? ParentPlanId, string? Supersedes,
    string? SupersededBy, int Amendments);

/// <summary>A plan with all it says of itself.</summary>
/// <param name="Summary">Where its projects are counted and added up, by state, programme and measure.</param>
public sealed record PlanPage(
    string Id, long Version, string State, string Division, DateTimeOffset? AdoptedAt, string? Supersedes, string? SupersededBy, int Amendments, PlanDefinition Definition,
    string Summary);

/// <summary>The programmes and key works of a plan.</summary>
public sealed record PlanParts(IReadOnlyList<PlanPart> Programmes, IReadOnlyList<PlanPart> KeyWorks);

public static class PlanViews
{
    /// <summary>A client sees the plans of its division, of those below, and those above that touch it.</summary>
    private const string Seen = "($1::text[] is null or division = any($1) or division = any($2))";

    public static void MapPlanViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/plans").WithTags("plans").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<PlanItem>>().WithSummary("Plans")
            .WithDescription("division: its plans, those of what lies in it and those above that touch it; parentPlanId: the plans that name it as the one above them.");
        group.MapGet("{id}", One).Produces<PlanPage>().WithSummary("One plan").WithDescription(Moments.Said);
        group.MapGet("{id}/programmes", Programmes).Produces<PlanParts>().WithSummary("Its programmes and key works, as printed").WithDescription(Moments.Said);
        group.MapGet("{id}/findings", Findings).Produces<PlanFindings>().WithSummary("What is untidy in it, for an amendment to complete").WithDescription(Moments.Said);
        routes.MapKeyWorks();
        routes.MapPlanPapers();
        group.MapGet("{id}/history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "plans", id)
                : await History.Of(http, db, types, Plan.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? state, string? division, string? parentPlanId, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        var asked = await territory.Asked(division);
        await using var command = db.CreateCommand(
            $"""
            select id, version, state, division, name, year_from, year_to, adopted_at, parent_plan_id, supersedes, superseded_by, amendments from plans
            where {Seen} and ($3::text is null or state = $3) and ($4::text[] is null or division = any($4) or division = any($5))
              and ($6::text is null or parent_plan_id = $6) and ($7::text is null or id > $7)
            order by id limit $8
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(state).Add(asked.Under).Add(asked.Path).Add(parentPlanId).Add(after?[0]);
        return await Lists.Of(
            http, command, limit,
            r => new PlanItem(
                r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetInt32(6), r.Time(7), r.Text(8), r.Text(9), r.Text(10),
                r.GetInt32(11)),
            p => [p.Id], Wire.Api.PagePlanItem);
    }

    private static async Task<IResult> One(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Plans, Plan.Stream(id));
        var plan = await Find(http, past.Command, territory, id);
        return plan is null ? await Lists.Absent(http, past.Command, "plans", id) : Lists.Resource(http, plan, plan.Version, Wire.Api.PlanPage);
    }

    private static async Task<IResult> Programmes(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Plans, Plan.Stream(id));
        var plan = await Find(http, past.Command, territory, id);
        return plan is null
            ? await Lists.Absent(http, past.Command, "plans", id)
            : Lists.Resource(http, new PlanParts(plan.Definition.Programmes, plan.Definition.KeyWorks), plan.Version, Wire.Api.PlanParts);
    }

    private static async Task<IResult> Findings(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? code, string? projectId, string? cursor, int? limit, Moment? asOf,
        Moment? recordedAsOf)
    {
        if (Lists.Begin(http, cursor, limit, keys: 5, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var tree = await Trees.Of(http, territory, null, asOf, recordedAsOf);
        await using var past = await http.At(asOf, recordedAsOf, All.Plans, Plan.Stream(id));
        if (await Find(http, past.Command, territory, id) is not { } plan)
        {
            return await Lists.Absent(http, past.Command, "plans", id);
        }

        if (plan.Definition.ParentPlanId is { } above)
        {
            await past.Hold(All.Plans, [Plan.Stream(above)], http.RequestAborted);
        }

        await using var parent = past.Command("select exists (select from plans where id = $1)");
        var hasParent = await parent.Add(plan.Definition.ParentPlanId ?? "").ExecuteScalarAsync(http.RequestAborted) is true;
        var projects = await Projects(http, db, past, id);
        var order = projects.ToDictionary(p => p.Id, p => $"{p.Number ?? 0:D6} {p.Id}");
        var findings = PlanFindings.Of(plan, projects, await ZoneViews.OfPlan(http, db, past, id), tree, hasParent)
            .Where(f => (code is null || f.Code == code) && (projectId is null || f.ProjectId == projectId));
        var (items, next) = Lists.Part(http, findings, f => [f.ProjectId is { } of ? order[of] : "", f.MeasureId ?? "", f.ZoneId ?? "", f.Code, f.Detail], after, limit);
        return await Lists.Of(http, new PlanFindings(id, items, next), Wire.Api.PlanFindings, items, Wire.Api.Finding);
    }

    /// <summary>The projects of a plan, which a project never leaves.</summary>
    internal static async Task<List<ProjectPage>> Projects(HttpContext http, NpgsqlDataSource db, Past past, string id)
    {
        if (!past.When.IsNow)
        {
            await using var find = db.CreateCommand("select id from projects where plan_id = $1");
            await past.Hold(All.Projects, (await find.Add(id).List(r => r.GetString(0), http.RequestAborted)).Select(Project.Stream), http.RequestAborted);
        }

        await using var command = past.Command($"select {ProjectViews.Columns} from projects p where plan_id = $1 order by number, id");
        return await command.Add(id).List(ProjectViews.Page, http.RequestAborted);
    }

    internal static async Task<PlanPage?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select id, version, state, division, adopted_at, supersedes, superseded_by, amendments, definition from plans where {Seen} and id = $3");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).List(
            r => new PlanPage(
                r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.Time(4), r.Text(5), r.Text(6), r.GetInt32(7), r.Json(8, StoredJson.Default.PlanDefinition)!,
                $"/v1/registry/plans/{r.GetString(0)}/summary"),
            http.RequestAborted)).SingleOrDefault();
    }
}

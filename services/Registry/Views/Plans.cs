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
public sealed record PlanItem(string Id, long Version, string State, string Division, string Name, int From, int To, DateTimeOffset? AdoptedAt);

/// <summary>A plan with all it says of itself.</summary>
public sealed record PlanPage(string Id, long Version, string State, string Division, DateTimeOffset? AdoptedAt, PlanDefinition Definition);

/// <summary>The programmes and key works of a plan.</summary>
public sealed record PlanParts(IReadOnlyList<PlanPart> Programmes, IReadOnlyList<PlanPart> KeyWorks);

public static class PlanViews
{
    /// <summary>A client sees the plans of its division, of those below, and those above that touch it.</summary>
    private const string Seen = "($1::text[] is null or division = any($1) or division = any($2))";

    public static void MapPlanViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/plans").WithTags("plans").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<PlanItem>>().WithSummary("Plans");
        group.MapGet("{id}", One).Produces<PlanPage>().WithSummary("One plan").WithDescription(Moments.Said);
        group.MapGet("{id}/programmes", Programmes).Produces<PlanParts>().WithSummary("Its programmes and key works, as printed").WithDescription(Moments.Said);
        group.MapGet("{id}/findings", Findings).Produces<PlanFindings>().WithSummary("What is untidy in it, for an amendment to complete").WithDescription(Moments.Said);
        group.MapGet("{id}/history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "plans", id)
                : await History.Of(http, db, types, Plan.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(HttpContext http, NpgsqlDataSource db, Territory territory, string? state, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        await using var command = db.CreateCommand(
            $"""
            select id, version, state, division, name, year_from, year_to, adopted_at from plans
            where {Seen} and ($3::text is null or state = $3) and ($4::text is null or id > $4) order by id limit $5
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(state).Add(after?[0]);
        return await Lists.Of(
            http, command, limit,
            r => new PlanItem(r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetInt32(5), r.GetInt32(6), r.Time(7)),
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

    private static async Task<IResult> Findings(HttpContext http, NpgsqlDataSource db, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Plans, Plan.Stream(id));
        if (await Find(http, past.Command, territory, id) is not { } plan)
        {
            return await Lists.Absent(http, past.Command, "plans", id);
        }

        var projects = await Projects(http, db, past, id);
        return Results.Json(new PlanFindings(id, [.. PlanFindings.Of(plan, projects)]), Wire.Api.PlanFindings);
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
        await using var command = ask($"select id, version, state, division, adopted_at, definition from plans where {Seen} and id = $3");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).List(
            r => new PlanPage(r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.Time(4), r.Json(5, StoredJson.Default.PlanDefinition)!),
            http.RequestAborted)).SingleOrDefault();
    }
}

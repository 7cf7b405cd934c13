using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A project in a list.</summary>
/// <param name="Counties">Counties and function zones; none means the whole plan area.</param>
/// <param name="Money">As Funding says it stands, over all funds.</param>
/// <param name="EnteredWithPlan">Approved by the adoption of its plan, untidy as it may be.</param>
public sealed record ProjectItem(
    string Id, long Version, string State, string PlanId, string ProgrammeId, string? KeyWorkId, int? Number, string Name, string Kind,
    string Division, IReadOnlyList<string> Counties, string? LeadUnit, Money? Estimate, ProjectMoney Money, bool EnteredWithPlan);

/// <summary>A project with its whole definition.</summary>
public sealed record ProjectPage(
    string Id, long Version, string State, string PlanId, string ProgrammeId, string? KeyWorkId, int? Number, string Name, string Kind,
    string Division, IReadOnlyList<string> Counties, string? LeadUnit, Money? Estimate, ProjectMoney Money, bool EnteredWithPlan,
    ProjectDefinition Definition);

/// <summary>The money of a project.</summary>
/// <param name="Allocated">Allocated and not issued yet.</param>
/// <param name="Issued">下达, since the beginning, less what was returned.</param>
/// <param name="Paid">拨付, since the beginning.</param>
/// <param name="Settled">Nothing is open in its account any more.</param>
/// <param name="Account">Where each yuan of it is told.</param>
public sealed record ProjectMoney(Money Allocated, Money Issued, Money Paid, bool Settled, string Account);

/// <summary>The measures of a project.</summary>
public sealed record ProjectMeasures(string ProjectId, IReadOnlyList<Measure> Items);

public static class ProjectViews
{
    internal const string Columns = ItemColumns + ", p.definition";

    private const string ItemColumns =
        "p.id, p.version, p.state, p.plan_id, p.programme_id, p.key_work_id, p.number, p.name, p.kind, p.division, p.counties, p.lead_unit, p.estimate, p.entered_with_plan, " +
        "p.allocated, p.issued, p.paid, p.accounts_settled";

    /// <summary>
    /// A client sees the projects of its division and those below, and those above that touch it: that name it, or that lie in the
    /// whole area of a plan above it.
    /// </summary>
    private const string Seen =
        """
        ($1::text[] is null or p.division = any($1) or p.counties && $1 or p.counties && $2
            or (cardinality(p.counties) = 0 and p.division = any($2)))
        """;

    public static void MapProjectViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects").WithTags("projects").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<ProjectItem>>().WithSummary("Projects, in the order of their plans");
        group.MapGet("{id}", One).Produces<ProjectPage>().WithSummary("One project").WithDescription(Moments.Said);
        group.MapGet("{id}/measures", Measures).Produces<ProjectMeasures>().WithSummary("Its measures, with targets as printed").WithDescription(Moments.Said);
        group.MapGet("{id}/history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "projects", id)
                : await History.Of(http, db, types, Project.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? planId, string? programmeId, string? keyWorkId, string? kind,
        string? state, string? leadUnit, string? division, string? cursor, int? limit, string? minPosition)
    {
        if (Lists.Begin(http, cursor, limit, keys: 3, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, null, minPosition, "funding") is { } behind)
        {
            return behind;
        }

        var seen = await territory.Seen(http.Client());
        var asked = await territory.Asked(division);
        await using var command = db.CreateCommand(
            $"""
            select {ItemColumns} from projects p
            where {Seen} and ($3::text is null or plan_id = $3) and ($4::text is null or programme_id = $4) and ($5::text is null or key_work_id = $5)
              and ($6::text is null or kind = $6) and ($7::text is null or state = $7) and ($8::text is null or lead_unit = $8)
              and ($9::text[] is null or p.division = any($9) or p.counties && $9 or (cardinality(p.counties) = 0 and p.division = any($10)))
              and ($11::text is null or (plan_id, coalesce(number, 0), id) > ($11, $12, $13))
            order by plan_id, coalesce(number, 0), id limit $14
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(planId).Add(programmeId).Add(keyWorkId).Add(kind).Add(state).Add(leadUnit)
            .Add(asked.Under).Add(asked.Path)
            .Add(after?[0]).Add(after is null ? 0 : int.TryParse(after[1], out var number) ? number : 0).Add(after?[2]);
        return await Lists.Of(
            http, command, limit, Item,
            p => [p.PlanId, (p.Number ?? 0).ToString(System.Globalization.CultureInfo.InvariantCulture), p.Id], Wire.Api.PageProjectItem);
    }

    private static async Task<IResult> One(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        if (await Freshness.Reach(http, null, minPosition, "funding") is { } behind)
        {
            return behind;
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Projects, Project.Stream(id));
        var project = await Find(http, past.Command, territory, id);
        return project is null
            ? await Lists.Absent(http, past.Command, "projects", id) : Lists.Resource(http, project, project.Version, Wire.Api.ProjectPage);
    }

    private static async Task<IResult> Measures(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Projects, Project.Stream(id));
        var project = await Find(http, past.Command, territory, id);
        return project is null
            ? await Lists.Absent(http, past.Command, "projects", id)
            : Lists.Resource(http, new ProjectMeasures(id, project.Definition.Measures), project.Version, Wire.Api.ProjectMeasures);
    }

    internal static async Task<ProjectPage?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {Columns} from projects p where {Seen} and id = $3");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).List(Page, http.RequestAborted)).SingleOrDefault();
    }

    private static ProjectItem Item(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.Text(5), r.IsDBNull(6) ? null : r.GetInt32(6), r.GetString(7),
        r.GetString(8), r.GetString(9), r.GetFieldValue<string[]>(10), r.Text(11), r.IsDBNull(12) ? null : Money.Of(r.GetDecimal(12)),
        new ProjectMoney(
            Money.Of(r.GetDecimal(14)), Money.Of(r.GetDecimal(15)), Money.Of(r.GetDecimal(16)), r.GetBoolean(17), $"/v1/funding/projects/{r.GetString(0)}/account"),
        r.GetBoolean(13));

    internal static ProjectPage Page(NpgsqlDataReader r)
    {
        var i = Item(r);
        return new ProjectPage(
            i.Id, i.Version, i.State, i.PlanId, i.ProgrammeId, i.KeyWorkId, i.Number, i.Name, i.Kind, i.Division, i.Counties, i.LeadUnit, i.Estimate,
            i.Money, i.EnteredWithPlan, r.Json(18, StoredJson.Default.ProjectDefinition)!);
    }
}

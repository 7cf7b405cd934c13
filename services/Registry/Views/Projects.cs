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
/// <param name="Share">The mean of its measures' verified shares, each counted up to 1.</param>
/// <param name="ScheduleState">As it was judged last.</param>
public sealed record ProjectItem(
    string Id, long Version, string State, string PlanId, string ProgrammeId, string? KeyWorkId, int? Number, string Name, string Kind,
    string Division, IReadOnlyList<string> Counties, string? LeadUnit, Money? Estimate, ProjectMoney Money, bool EnteredWithPlan, decimal? Share, string? ScheduleState);

/// <summary>A project with its whole definition.</summary>
/// <param name="Life">How far it is on its way, what it waits for, and what it met.</param>
public sealed record ProjectPage(
    string Id, long Version, string State, string PlanId, string ProgrammeId, string? KeyWorkId, int? Number, string Name, string Kind,
    string Division, IReadOnlyList<string> Counties, string? LeadUnit, Money? Estimate, ProjectMoney Money, bool EnteredWithPlan,
    ProjectDefinition Definition, ProjectLife? Life);

/// <summary>The money of a project.</summary>
/// <param name="Allocated">Allocated and not issued yet.</param>
/// <param name="Issued">下达, since the beginning, less what was returned.</param>
/// <param name="Paid">拨付, since the beginning.</param>
/// <param name="Settled">Nothing is open in its account any more.</param>
/// <param name="Account">Where each yuan of it is told.</param>
public sealed record ProjectMoney(Money Allocated, Money Issued, Money Paid, bool Settled, string Account);

public static class ProjectViews
{
    internal const string Columns = ItemColumns + ", p.definition, p.life";

    internal const string ItemColumns =
        "p.id, p.version, p.state, p.plan_id, p.programme_id, p.key_work_id, p.number, p.name, p.kind, p.division, p.counties, p.lead_unit, p.estimate, p.entered_with_plan, " +
        "p.allocated, p.issued, p.paid, p.accounts_settled";

    /// <summary>
    /// A client sees the projects of its division and those below, and those above that touch it: that name it, or that lie in the
    /// whole area of a plan above it.
    /// </summary>
    internal const string Seen =
        """
        ($1::text[] is null or p.division = any($1) or p.counties && $1 or p.counties && $2
            or (cardinality(p.counties) = 0 and p.division = any($2)))
        """;

    public static void MapProjectViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects").WithTags("projects").RefusingUnknownParameters();
        group.MapGet("", ProjectLists.List).Produces<Page<ProjectItem>>().WithSummary("Projects, in the order of their plans or as sort says")
            .WithDescription("sort: number (default), name (by pinyin), estimate or share (the largest first). name finds a part of the name; year a project whose schedule holds it; "
                + "channel one whose funding plan has it; changedSince one about which something was recorded since.");
        group.MapGet("{id}", One).Produces<ProjectPage>().WithSummary("One project").WithDescription(Moments.Said);
        group.MapGet("{id}/history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "projects", id)
                : await History.Of(http, db, types, Project.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
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

    internal static async Task<ProjectPage?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {Columns} from projects p where {Seen} and id = $3");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).List(Page, http.RequestAborted)).SingleOrDefault();
    }

    /// <param name="progress">Whether the columns of its progress stand behind the others.</param>
    internal static ProjectItem Item(NpgsqlDataReader r, bool progress) => new(
        r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.Text(5), r.IsDBNull(6) ? null : r.GetInt32(6), r.GetString(7),
        r.GetString(8), r.GetString(9), r.GetFieldValue<string[]>(10), r.Text(11), r.IsDBNull(12) ? null : Money.Of(r.GetDecimal(12)),
        new ProjectMoney(
            Money.Of(r.GetDecimal(14)), Money.Of(r.GetDecimal(15)), Money.Of(r.GetDecimal(16)), r.GetBoolean(17), $"/v1/funding/projects/{r.GetString(0)}/account"),
        r.GetBoolean(13), progress && !r.IsDBNull(18) ? decimal.Round(r.GetDecimal(18), 4, MidpointRounding.ToEven) : null, progress ? r.Text(19) : null);

    internal static ProjectPage Page(NpgsqlDataReader r)
    {
        var i = Item(r, progress: false);
        return new ProjectPage(
            i.Id, i.Version, i.State, i.PlanId, i.ProgrammeId, i.KeyWorkId, i.Number, i.Name, i.Kind, i.Division, i.Counties, i.LeadUnit, i.Estimate,
            i.Money, i.EnteredWithPlan, r.Json(18, StoredJson.Default.ProjectDefinition)!, r.Json(19, RowDetailJson.Default.ProjectLife));
    }
}

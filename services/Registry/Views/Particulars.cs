using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>The milestones of a project, in the order of its design.</summary>
public sealed record ProjectMilestones(string ProjectId, IReadOnlyList<MilestoneItem> Items);

/// <summary>The documents of a project: those of its design, then those that were added.</summary>
public sealed record ProjectDocuments(string ProjectId, IReadOnlyList<ProjectDocument> Items);

public static class ParticularsViews
{
    public static void MapParticularsViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects/{id}").WithTags("projects").RefusingUnknownParameters();
        group.MapGet("milestones", Milestones).Produces<ProjectMilestones>().WithSummary("Its milestones, and which of them are reached").WithDescription(Moments.Said);
        group.MapGet("documents", Documents).Produces<ProjectDocuments>().WithSummary("Its documents, by address and hash").WithDescription(Moments.Said);
    }

    private static Task<IResult> Milestones(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf) => Of(
        http, territory, id, asOf, recordedAsOf, (r, version) => Lists.Resource(
            http, new ProjectMilestones(id, r?.Json(0, RowDetailJson.Default.IReadOnlyListMilestoneItem) ?? []), version, Wire.Api.ProjectMilestones));

    private static Task<IResult> Documents(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf) => Of(
        http, territory, id, asOf, recordedAsOf, (r, version) => Lists.Resource(
            http, new ProjectDocuments(id, r?.Json(1, RowDetailJson.Default.IReadOnlyListProjectDocument) ?? []), version, Wire.Api.ProjectDocuments));

    /// <param name="answer">From the row, which a project from before these has not.</param>
    private static async Task<IResult> Of(
        HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf, Func<NpgsqlDataReader?, long, IResult> answer)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Projects, Project.Stream(id));
        if (await ProjectViews.Find(http, past.Command, territory, id) is not { } project)
        {
            return await Lists.Absent(http, past.Command, "projects", id);
        }

        await using var command = past.Command("select milestones, documents from project_particulars where id = $1");
        return (await command.Add(id).List(r => answer(r, project.Version), http.RequestAborted)).SingleOrDefault() ?? answer(null, project.Version);
    }
}

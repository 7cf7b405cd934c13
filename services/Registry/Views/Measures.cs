using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>The measures of a project.</summary>
/// <param name="Next">Pass it as <c>cursor</c> for the next page; absent at the end.</param>
public sealed record ProjectMeasures(string ProjectId, IReadOnlyList<Measure> Items, string? Next);

public static class MeasureViews
{
    public static void MapMeasureViews(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/projects").WithTags("projects")
        .RefusingUnknownParameters().MapGet("{id}/measures", Of).Produces<ProjectMeasures>()
        .WithSummary("Its measures, with targets as printed, in the order of its definition").WithDescription(Moments.Said);

    private static async Task<IResult> Of(
        HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Projects, Project.Stream(id));
        if (await ProjectViews.Find(http, past.Command, territory, id) is not { } project)
        {
            return await Lists.Absent(http, past.Command, "projects", id);
        }

        var (items, next) = Lists.Part(http, project.Definition.Measures.Index(), m => [$"{m.Index:D6}"], after, limit);
        var measures = items.ConvertAll(m => m.Item);
        return await Lists.Of(http, new ProjectMeasures(id, measures, next), Wire.Api.ProjectMeasures, measures, Wire.Api.Measure);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.Registry.Schedules;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A project with its money, its measures and what each county did of them.</summary>
/// <param name="Money">As Funding says it stands, over all funds.</param>
/// <param name="Schedule">As it was judged last; absent where it was not yet.</param>
/// <param name="Counties">Those that the client sees.</param>
public sealed record ProjectBoard(string ProjectId, ProjectMoney Money, ProjectSummary Summary, ProjectSchedule? Schedule, IReadOnlyList<CountyProgress> Counties);

/// <summary>What a county did of a measure; areas in hectares unless <c>?unit=</c> asks otherwise.</summary>
/// <param name="Assigned">In all years, or in the one asked for.</param>
public sealed record CountyProgress(string MeasureId, string Division, string? Name, Quantity? Assigned, Quantity Reported, Quantity Checked, Quantity Verified);

public static class ProjectSummaries
{
    public static void MapProjectSummaries(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/projects/{id}/summary").WithTags("projects").RefusingUnknownParameters()
        .MapGet("", Of).Produces<ProjectBoard>().WithSummary("Its money, its measures, its schedule, and progress by county").WithDescription("As plans/{id}/summary.");

    private static async Task<IResult> Of(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? division, int? year, string? unit, string? minPosition, Moment? asOf, Moment? recordedAsOf)
    {
        if (FigureViews.Unit(unit, out var asked) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Projects, Project.Stream(id));
        if (await ProjectViews.Find(http, past.Command, territory, id) is not { } project)
        {
            return await Lists.Absent(http, past.Command, "projects", id);
        }

        var (summary, refused) = await SummaryViews.Summary(http, db, territory, project.PlanId, division, year, unit, minPosition, asOf, recordedAsOf);
        if (summary?.Programmes.SelectMany(p => p.Projects).FirstOrDefault(p => p.ProjectId == id) is not { } own)
        {
            return refused ?? Problems.Of(Refusal.NotFound("resource.unknown", "There is no such resource."));
        }

        var units = project.Definition.Measures.Where(m => m is { Role: MeasureRole.Part, Quantity: not null }).ToDictionary(m => m.Id, m => m.Quantity!.Value.Unit);
        await past.Hold(All.Schedules, [Schedule.Stream(id)], http.RequestAborted);
        await past.Hold(ProgressTotals.View, ProgressTotals.StreamsOf([id], units.Keys), ProgressTotals.Ended, http.RequestAborted);
        var (seen, tree) = ((await territory.Seen(http.Client()))?.Under, await Trees.Of(http, territory, division, asOf, recordedAsOf));
        await using var command = past.Command(
            """
            select measure_id, division, sum(assigned), sum(reported), sum(checked), sum(verified) from measure_totals
            where measure_id = any($1) and ($2::text[] is null or division = any($2)) and ($3::text[] is null or division = any($3)) and ($4::int is null or year = $4)
            group by measure_id, division order by measure_id, division
            """);
        command.Add(units.Keys.ToArray()).Add(tree.Below(division)).Add(seen).Add(year);
        var counties = await command.List(
            r =>
            {
                var (measure, place) = (units[r.GetString(0)], r.GetString(1));
                Quantity Sum(int column) => FigureViews.Answered(Quantity.FromCanonical(r.GetDecimal(column), measure), asked);
                return new CountyProgress(r.GetString(0), place, tree.Find(place)?.Name, r.GetDecimal(2) == 0 ? null : Sum(2), Sum(3), Sum(4), Sum(5));
            },
            http.RequestAborted);
        var schedule = (await ScheduleViews.Read(past.Command, [id], http.RequestAborted)).SingleOrDefault();
        return Results.Json(
            new ProjectBoard(id, project.Money, own, schedule is null || seen is null ? schedule : schedule with { Counties = [.. schedule.Counties.Where(c => seen.Contains(c.Id))] }, counties),
            Wire.Api.ProjectBoard);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Projects;

/// <param name="Counties">Counties and function zones; none means the whole plan area.</param>
/// <param name="LeadUnit">牵头单位, the department that answers for it.</param>
/// <param name="Schedule">Spans of years, both ends included.</param>
/// <param name="StatedCounties">How many counties the plan says, where that differs from the names it gives.</param>
public sealed record DesignProjectBody(
    string Id, string PlanId, string ProgrammeId, string Name, ProjectKind Kind, IReadOnlyList<Years> Schedule, IReadOnlyList<MeasureBody> Measures,
    string? NameEn = null, int? Number = null, string? KeyWorkId = null, IReadOnlyList<string>? Counties = null, IReadOnlyList<string>? Towns = null,
    string? LeadUnit = null, Money? Estimate = null, IReadOnlyList<FundingShare>? FundingPlan = null, int? StatedCounties = null,
    IReadOnlyList<string>? Notes = null, Origin? Origin = null, DateTimeOffset? At = null);

/// <param name="Id">Begins with the project's id.</param>
/// <param name="Quantity">The target; absent where the plan prints none.</param>
/// <param name="Division">The one county it lies in.</param>
/// <param name="Role"><c>part</c> (reported and added up), <c>total</c>, <c>attribute</c> or <c>outcome</c>; default part.</param>
/// <param name="FedBy"><c>site-count</c> or <c>site-area</c>: accepted mine sites are its progress.</param>
public sealed record MeasureBody(
    string Id, string Name, string? NameEn = null, Quantity? Quantity = null, string? Qualifier = null, string? Division = null, string? Town = null,
    string? IndicatorId = null, MeasureRole Role = MeasureRole.Part, FedBy? FedBy = null, string? Note = null);

/// <summary>A command that needs nothing said but, where it is entered later, when it happened.</summary>
public sealed record ActBody(DateTimeOffset? At = null);

public static class ProjectEndpoints
{
    public static void MapProjects(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects").WithTags("projects").RefusingUnknownParameters();
        group.MapPost("", Design).Accepts<DesignProjectBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Planner).WithSummary("Design a project of a plan");
        group.MapPost("{id}/start", Start).Accepts<ActBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Work begins");
    }

    private static Task<IResult> Design(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.DesignProjectBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await Foreign(db, territory, http, clock, "select division from plans where id = $1", body.PlanId)) is { } refusal)
            {
                return refusal;
            }

            var definition = new ProjectDefinition(
                body.Name, body.NameEn, body.Kind, body.Number, body.KeyWorkId, body.Towns ?? [], body.LeadUnit, body.Schedule, body.Estimate,
                body.FundingPlan ?? [],
                [.. body.Measures.Select(m => new Measure(
                    m.Id, m.Name, m.NameEn, m.Quantity, m.Qualifier, m.Division, m.Town, m.IndicatorId, m.Role, m.FedBy, m.Note))],
                CountyCheck: true, body.StatedCounties, body.Notes ?? [], body.Origin);
            var command = new DesignProject(body.Id, body.PlanId, body.ProgrammeId, body.Counties ?? [], definition, http.By(), clock.At(body.At));
            var tree = await territory.Tree([.. command.Counties, .. definition.Towns]);
            return Command(
                body.Id, (s, p) => ProjectDecider.Decide(p, command, s.Get(Plan.Aggregate, Plan.Stream(body.PlanId)), tree), $"/v1/registry/projects/{body.Id}");
        });

    private static Task<IResult> Start(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.ActBody, async body =>
            (clock.Refuses(body.At) ?? await Foreign(db, territory, http, clock, "select division from projects where id = $1", id)) is { } refusal
                ? refusal
                : Command(id, (_, p) => ProjectDecider.Decide(p, id, new StartProject(http.By(), clock.At(body.At)))));

    private static Translated Command(string id, Func<Streams, Project, Decision<ProjectEvent>> decide, string? location = null)
    {
        var stream = Project.Stream(id);
        return new Command(
            s => s.Version(Project.Aggregate, stream),
            s => s.Record(Project.Aggregate, stream, decide(s, s.Get(Project.Aggregate, stream))),
            s => new Acknowledged(id, Kebab.Of(s.Get(Project.Aggregate, stream).State), s.Version(Project.Aggregate, stream)),
            location);
    }

    /// <summary>Refuses a client that does not act for the division the row names; what there is no row of, the decider refuses.</summary>
    private static async Task<Refusal?> Foreign(NpgsqlDataSource db, Territory territory, HttpContext http, Clock clock, string sql, string id)
    {
        await using var command = db.CreateCommand(sql);
        return await command.Add(id).ExecuteScalarAsync(http.RequestAborted) is string division
            ? await territory.Refuses(http.Client(), division, clock.Today())
            : null;
    }
}

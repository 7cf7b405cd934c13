using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Projects;

/// <param name="Counties">Counties and function zones; none means the whole plan area.</param>
/// <param name="LeadUnit">牵头单位, the department that answers for it.</param>
/// <param name="Schedule">Spans of years, both ends included.</param>
/// <param name="StatedCounties">How many counties the plan says, where that differs from the names it gives.</param>
/// <param name="AftercareYears">管护; three for forest and mine, one for others, unless it is said here.</param>
public sealed record DesignProjectBody(
    string Id, string PlanId, string ProgrammeId, string Name, ProjectKind Kind, IReadOnlyList<Years> Schedule, IReadOnlyList<MeasureBody> Measures,
    string? NameEn = null, int? Number = null, string? KeyWorkId = null, IReadOnlyList<string>? Counties = null, IReadOnlyList<string>? Towns = null,
    string? LeadUnit = null, Money? Estimate = null, IReadOnlyList<FundingShare>? FundingPlan = null, int? StatedCounties = null,
    IReadOnlyList<string>? Notes = null, Origin? Origin = null, int? AftercareYears = null, IReadOnlyList<Milestone>? Milestones = null,
    IReadOnlyList<ProjectDocument>? Documents = null, DateTimeOffset? At = null)
{
    internal ProjectDefinition Definition => new(
        Name, NameEn, Kind, Number, KeyWorkId, Towns ?? [], LeadUnit, Schedule, Estimate, FundingPlan ?? [], [.. Measures.Select(m => m.Measure)],
        CountyCheck: true, StatedCounties, Notes ?? [], Origin, AftercareYears, Milestones, Documents);
}

/// <param name="Id">Begins with the project's id.</param>
/// <param name="Quantity">The target; absent where the plan prints none.</param>
/// <param name="Division">The one county it lies in.</param>
/// <param name="Role"><c>part</c> (reported and added up), <c>total</c>, <c>attribute</c> or <c>outcome</c>; default part.</param>
/// <param name="FedBy"><c>site-count</c> or <c>site-area</c>: accepted mine sites are its progress.</param>
/// <param name="Counties">What each county has of it; together they have all of it.</param>
public sealed record MeasureBody(
    string Id, string Name, string? NameEn = null, Quantity? Quantity = null, string? Qualifier = null, string? Division = null, string? Town = null,
    string? IndicatorId = null, MeasureRole Role = MeasureRole.Part, FedBy? FedBy = null, string? Note = null,
    IReadOnlyList<CountyPart>? Counties = null)
{
    internal Measure Measure => new(Id, Name, NameEn, Quantity, Qualifier, Division, Town, IndicatorId, Role, FedBy, Note, Counties);
}

/// <summary>A command that needs nothing said but, where it is entered later, when it happened.</summary>
public sealed record ActBody(DateTimeOffset? At = null);

/// <param name="Findings">What is to be designed better, one by one.</param>
public sealed record ReturnBody(IReadOnlyList<string> Findings, DateTimeOffset? At = null);

/// <param name="From">The first day without work; that of the act unless it is said.</param>
public sealed record SuspendBody(string Reason, DateOnly? From = null, DateTimeOffset? At = null);

/// <param name="Money">What becomes of the money that was issued.</param>
/// <param name="Land">What becomes of the land that was taken into work.</param>
public sealed record TerminateBody(string Reason, string Money, string Land, DateTimeOffset? At = null);

public static class ProjectEndpoints
{
    public static void MapProjects(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects").WithTags("projects").RefusingUnknownParameters();
        group.MapPost("", Design).Accepts<DesignProjectBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Planner).WithSummary("Design a project of a plan");
        group.MapPost("{id}/design", Redesign).Accepts<DesignProjectBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Design it anew, the whole of it, before its approval");
        group.MapPost("{id}/submit", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.NoteBody, b => b.At, Acts.Named, (b, _, p, a) =>
                ProjectDecider.Decide(p, id, new SubmitProject(b.Note, a.By, a.At), a.Tree))).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Ask for approval; the design must be complete").WithDescription(
                "Needs measures with quantities, schedule, place, estimate and a funding plan that covers it, and Restoration-Actor. Pointers of errors lead into the design.");
        group.MapPost("{id}/approve", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.NoteBody, b => b.At, Acts.Named, (b, _, p, a) =>
                ProjectDecider.Decide(p, id, new ApproveProject(a.Division, b.Note, a.By, a.At), a.Tree))).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("Approve a submission").WithDescription(
                "By the plan's division, or the province where central money is expected; by another person than who submitted it. Needs Restoration-Actor.");
        group.MapPost("{id}/return", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.ReturnBody, b => b.At, Acts.Anybody, (b, _, p, a) =>
                ProjectDecider.Decide(p, id, new ReturnProject(a.Division, b.Findings, a.By, a.At), a.Tree))).Accepts<ReturnBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("Send a submission back with findings");
        group.MapPost("{id}/reject", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.ReasonBody, b => b.At, Acts.Anybody, (b, _, p, a) =>
                ProjectDecider.Decide(p, id, new RejectProject(a.Division, b.Reason, a.By, a.At), a.Tree))).Accepts<ReasonBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("Reject a submission for good");
        group.MapPost("{id}/start", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.ActBody, b => b.At, Acts.Anybody, (_, _, p, a) =>
                ProjectDecider.Decide(p, id, new StartProject(a.By, a.At)))).Accepts<ActBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Work begins");
        group.MapPost("{id}/suspend", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.SuspendBody, b => b.At, Acts.Anybody, (b, _, p, a) =>
                ProjectDecider.Decide(p, id, new SuspendProject(b.Reason, b.From, a.By, a.At)))).Accepts<SuspendBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Work halts; no progress is reported and no money issued or paid");
        group.MapPost("{id}/resume", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.NoteBody, b => b.At, Acts.Anybody, (b, _, p, a) =>
                ProjectDecider.Decide(p, id, new ResumeProject(b.Note, a.By, a.At)))).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Work goes on");
        group.MapPost("{id}/terminate", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.TerminateBody, b => b.At, Acts.Anybody, (b, _, p, a) =>
                ProjectDecider.Decide(p, id, new TerminateProject(b.Reason, b.Money, b.Land, a.By, a.At)))).Accepts<TerminateBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("End an approved project before its acceptance, with what becomes of money and land");
    }

    private static Task<IResult> Design(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.DesignProjectBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await Foreign(db, territory, http, clock, "select division from plans where id = $1", body.PlanId)) is { } refusal)
            {
                return refusal;
            }

            var command = new DesignProject(body.Id, body.PlanId, body.ProgrammeId, body.Counties ?? [], body.Definition, http.By(), clock.At(body.At));
            var tree = await territory.Tree([.. command.Counties, .. command.Definition.Towns]);
            var stream = Project.Stream(body.Id);
            return new Command(
                s => s.Version(Project.Aggregate, stream),
                s => s.Record(Project.Aggregate, stream, ProjectDecider.Decide(
                    s.Get(Project.Aggregate, stream), command, s.Get(Plan.Aggregate, Plan.Stream(body.PlanId)), tree)),
                s => Acts.Acknowledge(s, body.Id),
                $"/v1/registry/projects/{body.Id}");
        });

    private static Task<IResult> Redesign(HttpContext http, string id) => Acts.Post(http, id, Wire.Api.DesignProjectBody, b => b.At, Acts.Anybody, (b, s, p, a) =>
    {
        var faults = new List<Fault>();
        if (b.Id != id)
        {
            faults.Add(new("#/id", "The path names another project."));
        }

        if (p.Definition is not null && b.PlanId != p.Ref.PlanId)
        {
            faults.Add(new("#/planId", $"The project belongs to {p.Ref.PlanId}."));
        }

        return faults.Count > 0
            ? Refusal.Invalid("project.invalid", faults[0].Detail, faults)
            : ProjectDecider.Decide(
                p, id, new RedesignProject(b.ProgrammeId, b.Counties ?? [], b.Definition, a.By, a.At), s.Get(Plan.Aggregate, Plan.Stream(b.PlanId)), a.Tree);
    });

    /// <summary>Refuses a client that does not act for the division the row names; what there is no row of, the decider refuses.</summary>
    internal static async Task<Refusal?> Foreign(NpgsqlDataSource db, Territory territory, HttpContext http, Clock clock, string sql, string id)
    {
        await using var command = db.CreateCommand(sql);
        return await command.Add(id).ExecuteScalarAsync(http.RequestAborted) is string division
            ? await territory.Refuses(http.Client(), division, clock.Today())
            : null;
    }
}

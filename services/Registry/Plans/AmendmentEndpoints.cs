using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Plans;

/// <summary>What an amendment says. What it leaves out stays as it is.</summary>
/// <param name="DocumentNumber">Of the document that amends; needed once the plan is adopted.</param>
/// <param name="Date">Of that document.</param>
/// <param name="Projects">Projects of the plan, with what is completed or changed in them.</param>
/// <param name="Added">Projects that come into the plan; approved with it where it is adopted.</param>
/// <param name="Dropped">Approved projects that are taken out of it before their acceptance; they are terminated.</param>
public sealed record AmendPlanBody(
    string Id, string Reason, string? DocumentNumber = null, DateOnly? Date = null, PlanChangeBody? Plan = null, IReadOnlyList<ProjectChange>? Projects = null,
    IReadOnlyList<DesignProjectBody>? Added = null, IReadOnlyList<DroppedProject>? Dropped = null, DateTimeOffset? At = null);

/// <param name="Programmes">Those that are new or said anew, by their ids; <paramref name="KeyWorks"/> alike.</param>
public sealed record PlanChangeBody(
    string? Name = null, string? NameEn = null, int? From = null, int? To = null, IReadOnlyList<int>? TargetYears = null, string? ParentPlanId = null,
    Money? PrintedTotal = null, IReadOnlyList<PlanPartBody>? Programmes = null, IReadOnlyList<PlanPartBody>? KeyWorks = null, IReadOnlyList<string>? Notes = null,
    bool? ZonesCover = null);

public static class AmendmentEndpoints
{
    public static void MapAmendments(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/plans").WithTags("plans").RefusingUnknownParameters()
        .MapPost("{id}/amend", Amend).Accepts<AmendPlanBody>("application/json").Produces<Acknowledged>()
        .RequireRoles(Roles.Planner).WithSummary("Amend a plan and projects in it, in one act")
        .WithDescription("Requires Restoration-Actor. Each project that changes says so itself, with the amendment as its cause.");

    private static Task<IResult> Amend(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.AmendPlanBody, async body =>
        {
            var by = http.By();
            if (by.Actor is null)
            {
                return Refusal.Malformed("actor.missing", "Name the person with Restoration-Actor: <staff number>.");
            }

            if ((clock.Refuses(body.At) ?? await PlanEndpoints.Foreign(db, territory, http, clock, id)) is { } refusal)
            {
                return refusal;
            }

            var command = new AmendPlan(Said(body), by, clock.At(body.At));
            var (stream, tree) = (Plan.Stream(id), await territory.Tree(Divisions(command.Amendment)));
            return new Command(
                s => s.Version(Plan.Aggregate, stream),
                s =>
                {
                    var amended = AmendmentDecider.Decide(
                        s.Get(Plan.Aggregate, stream), id, command, p => s.Get(Project.Aggregate, Project.Stream(p)), Acts.Progress(s), tree);
                    return s.Record(Plan.Aggregate, stream, amended.Plan)
                        ?? amended.Projects.Select(p => s.Record(Project.Aggregate, Project.Stream(p.ProjectId), p.Facts)).FirstOrDefault(r => r is not null);
                },
                s => PlanEndpoints.Acknowledge(s, id));
        });

    private static Amendment Said(AmendPlanBody b) => new(
        b.Id, b.DocumentNumber, b.Date, b.Reason,
        b.Plan is not { } p ? null : new PlanChange(
            p.Name, p.NameEn, p.From, p.To, p.TargetYears, p.ParentPlanId, p.PrintedTotal, p.Programmes is null ? null : PlanEndpoints.Parts(p.Programmes),
            p.KeyWorks is null ? null : PlanEndpoints.Parts(p.KeyWorks), p.Notes, p.ZonesCover),
        b.Projects ?? [], [.. (b.Added ?? []).Select(d => new AddedProject(d.Id, d.PlanId, d.ProgrammeId, d.Counties ?? [], d.Definition))], b.Dropped ?? []);

    private static IEnumerable<string?> Divisions(Amendment a) =>
    [
        .. a.Projects.SelectMany(p => (p.Counties ?? []).Concat(p.Towns ?? []).Concat((p.Measures ?? []).Select(m => m.Division!))),
        .. a.Added.SelectMany(p => p.Counties.Concat(p.Definition.Towns)),
    ];
}

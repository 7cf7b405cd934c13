using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Assignments;

/// <param name="Reason">Needed where more is assigned than remains of a measure.</param>
public sealed record AssignYearBody(IReadOnlyList<AssignedMeasureBody> Measures, string? Reason = null, DateTimeOffset? At = null);

/// <param name="Target">Of the year, in all counties together.</param>
/// <param name="Counties">What each county is to do of it.</param>
public sealed record AssignedMeasureBody(string MeasureId, Quantity Target, IReadOnlyList<CountyQuantity> Counties);

/// <param name="Division">The county that confirms: the client's own.</param>
public sealed record ConfirmYearBody(string Division, string? Note = null, DateTimeOffset? At = null);

public static class AssignmentEndpoints
{
    internal const string Owner = "select division from projects where id = $1";

    public static void MapAssignments(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects/{id}/assignments").WithTags("assignments").RefusingUnknownParameters();
        group.MapPut("{year}", Assign).Accepts<AssignYearBody>("application/json").Produces<Acknowledged>().Produces<Acknowledged>(201).ProducesProblem(428)
            .RequireRoles(Roles.Planner).WithSummary("Assign a year's quantities to counties, in place of what was assigned for it")
            .WithDescription("If-None-Match: * to assign a year first, If-Match afterwards; 428 without. warnings says where the counties do not meet the year's target.");
        group.MapPost("{year}/confirm", Confirm).Accepts<ConfirmYearBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("A county confirms what it is assigned; it is its target from now on");
    }

    private static async Task<IResult> Assign(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id, int year)
    {
        var first = http.Request.Headers.IfNoneMatch == "*";
        if (!first && http.Request.Headers.IfMatch.Count == 0 && Preconditions.Key(http, out _, out _) is null)
        {
            return await ProjectEndpoints.Foreign(db, territory, http, clock, Owner, id) is { } foreign
                ? Problems.Of(foreign)
                : Problems.Of(StatusCodes.Status428PreconditionRequired, "precondition.required", "Send If-Match with the ETag that was read, or If-None-Match: * where nothing is assigned for the year.");
        }

        return await Commands.Post(http, Wire.Api.AssignYearBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await ProjectEndpoints.Foreign(db, territory, http, clock, Owner, id)) is { } refusal)
            {
                return refusal;
            }

            var command = new AssignYear(
                year, [.. body.Measures.Select(m => new AssignedQuantity(m.MeasureId, m.Target, m.Counties))], body.Reason, http.By(), clock.At(body.At));
            var tree = await territory.Tree();
            return Command(
                id, year, (s, assignments) => first && assignments.Of(year).Version is > 0 and var version
                    ? Refusal.Moved($"The resource is at version {version} now.")
                    : AssignmentDecider.Decide(assignments, id, command, s.Get(Project.Aggregate, Project.Stream(id)), tree),
                first ? $"/v1/registry/projects/{id}/assignments/{year}" : null);
        });
    }

    private static Task<IResult> Confirm(HttpContext http, Territory territory, Clock clock, string id, int year) =>
        Commands.Post(http, Wire.Api.ConfirmYearBody, async body =>
            (Actors.Missing(http) ?? clock.Refuses(body.At) ?? await territory.Refuses(http.Client(), body.Division, clock.Today())) is { } refusal
                ? refusal
                : Command(id, year, (_, assignments) => AssignmentDecider.Decide(
                    assignments, new ConfirmYear(year, body.Division, http.Client().Division, body.Note, http.By(), clock.At(body.At)))));

    private static Translated Command(string id, int year, Func<Streams, ProjectAssignments, Decision<AssignmentEvent>> decide, string? location = null)
    {
        var stream = ProjectAssignments.Stream(id);
        YearOfWork Year(Streams s) => s.Get(ProjectAssignments.Aggregate, stream).Of(year);
        return new Command(
            s => Year(s).Version,
            s => s.Record(ProjectAssignments.Aggregate, stream, decide(s, s.Get(ProjectAssignments.Aggregate, stream))),
            s => new Acknowledged(
                ProjectAssignments.Id(id, year), Kebab.Of(Year(s).State), Year(s).Version,
                AssignmentDecider.Warnings(Year(s).Made!.Measures).ToList() is { Count: > 0 } warnings ? warnings : null),
            location);
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Plans;

/// <param name="Division">Whose document it is: the plan's where absent, or one in it.</param>
/// <param name="Year">The year that it is about; of key points always.</param>
/// <param name="Sha256">Of the document at <paramref name="Uri"/>.</param>
/// <param name="Tasks">What is to be done, and the unit that answers for it.</param>
public sealed record RegisterPlanDocumentBody(
    string Id, PlanDocumentKind Kind, string Title, string? Division = null, int? Year = null, string? DocumentNumber = null, Period? Date = null,
    string? Uri = null, string? Sha256 = null, IReadOnlyList<PlanTask>? Tasks = null, string? Note = null, DateTimeOffset? At = null);

public static class PlanDocumentEndpoints
{
    public static void MapPlanDocuments(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/plans").WithTags("plans").RefusingUnknownParameters()
        .MapPost("{id}/documents", Register).Accepts<RegisterPlanDocumentBody>("application/json").Produces<Acknowledged>(201)
        .RequireRoles(Roles.Planner).WithSummary("Enter what carries a plan out: yearly key points, a county's implementation scheme, …");

    private static Task<IResult> Register(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.RegisterPlanDocumentBody, async body =>
        {
            var whose = body.Division ?? await PlanEndpoints.DivisionOf(db, id, http.RequestAborted);
            if ((clock.Refuses(body.At) ?? (whose is null ? null : await territory.Refuses(http.Client(), whose, clock.Today()))) is { } refusal)
            {
                return refusal;
            }

            var document = new PlanDocument(
                body.Id, body.Kind, body.Title, whose ?? "", body.Year, body.DocumentNumber, body.Date, body.Uri, body.Sha256, body.Tasks ?? [], body.Note);
            var command = new RegisterPlanDocument(document, http.By(), clock.At(body.At));
            var (stream, tree) = (Plan.Stream(id), await territory.Tree(body.Division));
            return new Command(
                s => s.Version(Plan.Aggregate, stream),
                s => s.Record(Plan.Aggregate, stream, PlanDocumentDecider.Decide(s.Get(Plan.Aggregate, stream), id, command, tree)),
                s => new Acknowledged(body.Id, "registered", s.Version(Plan.Aggregate, stream)),
                $"/v1/registry/plans/{id}/documents");
        });
}

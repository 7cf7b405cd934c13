using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Projects;

/// <summary>Data of <c>restoration.milestone.reached.v1</c>; <c>subject</c> is the project.</summary>
/// <param name="Division">The county that reports it.</param>
/// <param name="On">The day it was reached.</param>
public sealed record MilestoneReachedData(
    string ProjectId, string MilestoneId, string Division, DateOnly On, IReadOnlyList<Evidence>? Evidence = null, string? Note = null);

/// <param name="Uri">An http address, or where it is kept here: <c>/v1/registry/evidence/{sha256}</c>.</param>
public sealed record AddDocumentBody(string Name, string Uri, string Sha256, DocumentKind Kind = DocumentKind.Other, DateTimeOffset? At = null);

public static class ParticularsEndpoints
{
    public static Intake TakeMilestones(this Intake intake, Territory territory) => intake
        .Take("restoration.milestone.reached.v1", (posted, http) => Reached(posted, http, territory));

    public static void MapParticulars(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects").WithTags("projects").RefusingUnknownParameters();
        group.MapPost("{id}/documents", AddDocument).Accepts<AddDocumentBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner, Roles.Reviewer).WithSummary("Add a document to a project");
        group.MapPost("{id}/milestones/{milestone}/withdraw", (HttpContext http, string id, string milestone) => Acts.Post(
                http, id, Wire.Api.ReasonBody, b => b.At, Acts.NamedCounty,
                (b, _, p, a) => ParticularsDecider.Decide(p, id, new WithdrawMilestone(milestone, a.Division, b.Reason, a.By, a.At), a.Tree)))
            .Accepts<ReasonBody>("application/json").Produces<Acknowledged>().RequireRoles(Roles.Reviewer)
            .WithSummary("Take back that a milestone was reached").WithDescription("While work goes on, by the bureau of the county that reported it or above; it can then be reported anew. Needs Restoration-Actor.");
    }

    private static async ValueTask<Handled> Reached(CloudEvent posted, HttpContext http, Territory territory)
    {
        var faults = new List<Fault>();
        if (Body.Read(posted.Data, Wire.Api.MilestoneReachedData, "#/data", faults) is not { } data)
        {
            return Refusal.Malformed("event.data-malformed", "The data does not have the form of its type.", faults);
        }

        if (posted.Subject is { } subject && subject != data.ProjectId)
        {
            return Refusal.Invalid("event.subject-differs", "The subject of a milestone is its project.", new Fault("#/subject", "This is another id than data.projectId."));
        }

        if (!http.Client().Has(Roles.Reporter))
        {
            return Refusal.Forbidden("role.missing", "Milestones are posted by a reporter.");
        }

        if (await territory.Refuses(http.Client(), data.Division, data.On) is { } refusal)
        {
            return refusal;
        }

        var command = new ReachMilestone(
            data.MilestoneId, data.Division, data.On, data.Evidence ?? [], data.Note, new Sender(posted.Source, posted.Id), http.By(), posted.Time);
        var (stream, tree) = (Project.Stream(data.ProjectId), await territory.Tree());
        return (Func<Streams, Refusal?>)(s => s.Record(
            Project.Aggregate, stream, ParticularsDecider.Decide(s.Get(Project.Aggregate, stream), data.ProjectId, command, tree)));
    }

    private static Task<IResult> AddDocument(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.AddDocumentBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await ProjectEndpoints.Foreign(db, territory, http, clock, "select division from projects where id = $1", id)) is { } refusal)
            {
                return refusal;
            }

            var (stream, command) = (Project.Stream(id), new AddDocument(new(body.Name, body.Uri, body.Sha256, body.Kind), http.By(), clock.At(body.At)));
            return new Command(
                s => s.Version(Project.Aggregate, stream),
                s => s.Record(Project.Aggregate, stream, ParticularsDecider.Decide(s.Get(Project.Aggregate, stream), id, command)),
                s => new Acknowledged(id, Kebab.Of(s.Get(Project.Aggregate, stream).State), s.Version(Project.Aggregate, stream)));
        });
}

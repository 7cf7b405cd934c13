using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Projects;

/// <summary>What shall be otherwise; what is not named stays. Each list that is named is the whole list from then on.</summary>
/// <param name="Id">Of the request, one within its project.</param>
/// <param name="Measures">All measures, those that stay as they are too.</param>
public sealed record RequestChangeBody(
    string Id, string Reason, IReadOnlyList<string>? Counties = null, IReadOnlyList<string>? Towns = null, IReadOnlyList<Years>? Schedule = null,
    Money? Estimate = null, string? LeadUnit = null, IReadOnlyList<FundingShare>? FundingPlan = null, IReadOnlyList<MeasureBody>? Measures = null,
    DateTimeOffset? At = null);

public static class ChangeEndpoints
{
    public static void MapChanges(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects/{id}/changes").WithTags("changes").RefusingUnknownParameters();
        group.MapPost("", Request).Accepts<RequestChangeBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Planner).WithSummary("Ask for an approved project to be otherwise").WithDescription(
                "By the plan's division or a county of the project. The service says what would change, and whether anything goes beyond ±10 % of what was approved: "
                + "then the approving division decides, else the plan's. One request of a project is open at a time.");
        group.MapPost("{change}/approve", (HttpContext http, string id, string change) => Decide(http, id, change, Wire.Api.NoteBody, b => b.At, Acts.Named, (b, s, p, a) =>
                ChangeDecider.Decide(p, id, new ApproveChange(change, a.Division, b.Note, a.By, a.At), a.Tree, Acts.Progress(s))))
            .Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("Approve a change; the project is so from now on").WithDescription(
                "By another person than who asked for it. Needs Restoration-Actor.");
        group.MapPost("{change}/refuse", (HttpContext http, string id, string change) => Decide(http, id, change, Wire.Api.ReasonBody, b => b.At, Acts.County, (b, _, p, a) =>
                ChangeDecider.Decide(p, id, new RefuseChange(change, a.Division, b.Reason, a.By, a.At), a.Tree)))
            .Accepts<ReasonBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer, Roles.Planner).WithSummary("Refuse a change, or withdraw it; the project stays as it is");
    }

    private static Task<IResult> Request(HttpContext http, Territory territory, string id) => Commands.Post(http, Wire.Api.RequestChangeBody, async body =>
    {
        if (await Acts.Refuses(http, id, body.At, Acts.County) is { } refusal)
        {
            return refusal;
        }

        var act = await Acts.Act(http, body.At);
        var tree = await territory.Tree([.. body.Counties ?? [], .. body.Towns ?? []]);
        var command = new RequestChange(
            body.Id, new Alteration(
                body.Counties, body.Towns, body.Schedule, body.Estimate, body.LeadUnit, body.FundingPlan, body.Measures is { } all ? [.. all.Select(m => m.Measure)] : null),
            body.Reason, act.By, act.At);
        return Command(
            id, body.Id,
            (s, p) => ChangeDecider.Decide(p, id, command, s.Get(Plan.Aggregate, Plan.Stream(p.Ref.PlanId)), tree, Acts.Progress(s)),
            $"/v1/registry/projects/{id}/changes/{body.Id}");
    });

    private static Task<IResult> Decide<TBody>(
        HttpContext http, string id, string change, JsonTypeInfo<TBody> type, Func<TBody, DateTimeOffset?> at, Acts.Rule rule,
        Func<TBody, Streams, Project, Act, Decision<ProjectEvent>> decide) where TBody : class => Commands.Post(http, type, async body =>
        {
            if (await Acts.Refuses(http, id, at(body), rule) is { } refusal)
            {
                return refusal;
            }

            var act = await Acts.Act(http, at(body));
            return Command(id, change, (s, p) => decide(body, s, p, act));
        });

    private static Translated Command(string id, string change, Func<Streams, Project, Decision<ProjectEvent>> decide, string? location = null)
    {
        var stream = Project.Stream(id);
        Project Of(Streams s) => s.Get(Project.Aggregate, stream);
        return new Command(
            s => Of(s).Change(change)?.Version ?? 0,
            s => s.Record(Project.Aggregate, stream, decide(s, Of(s))),
            s => new Acknowledged(change, Kebab.Of(Of(s).Change(change)!.State), Of(s).Change(change)!.Version),
            location);
    }
}

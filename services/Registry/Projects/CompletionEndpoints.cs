using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Restoration.Http;
using Restoration.Registry.Progress;
using Restoration.Registry.Samples;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Projects;

public sealed record WaiveBody(string MeasureId, string Reason, DateTimeOffset? At = null);

public sealed record FindingsBody(string Findings, DateTimeOffset? At = null);

/// <summary>The record of acceptance.</summary>
/// <param name="Team">Names or numbers of those who were there.</param>
/// <param name="Date">The day; aftercare begins with it.</param>
public sealed record AcceptBody(IReadOnlyList<string> Team, DateOnly Date, string Findings, AcceptanceVerdict Verdict, DateTimeOffset? At = null);

public sealed record RejectAcceptanceBody(string Findings, IReadOnlyList<Wanted> Rectifications, DateTimeOffset? At = null);

/// <param name="Remedies">What was done about each of those that are open, or some of them.</param>
public sealed record RectifyBody(IReadOnlyList<Remedy> Remedies, DateTimeOffset? At = null);

/// <param name="SampleId">The sample that drew the project.</param>
/// <param name="Rectifications">What is to be rectified; exactly where it did not pass.</param>
public sealed record SpotCheckBody(
    string SampleId, bool Passed, string Findings, IReadOnlyList<Wanted>? Rectifications = null, DateTimeOffset? At = null);

/// <param name="Rectifications">What is to be rectified; exactly where it did not pass.</param>
public sealed record InspectBody(
    int Year, bool Passed, string Findings, IReadOnlyList<Evidence> Evidence, IReadOnlyList<Wanted>? Rectifications = null, DateTimeOffset? At = null);

/// <param name="Score">0 to 100.</param>
public sealed record EvaluateBody(decimal Score, EvaluationVerdict Verdict, string Findings, DateTimeOffset? At = null);

public static class CompletionEndpoints
{
    public static void MapCompletion(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/projects/{id}").WithTags("projects").RefusingUnknownParameters();
        group.MapPost("waive", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.WaiveBody, b => b.At, Acts.Named, (b, _, p, a) =>
                CompletionDecider.Decide(p, id, new WaiveMeasure(b.MeasureId, a.Division, b.Reason, a.By, a.At), a.Tree))).Accepts<WaiveBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("A measure need not be done for the project to be complete").WithDescription("Needs Restoration-Actor.");
        group.MapPost("complete", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.NoteBody, b => b.At, Acts.Anybody, (b, s, p, a) =>
                CompletionDecider.Decide(p, id, new CompleteProject(b.Note, a.By, a.At), Acts.Progress(s)))).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Work is done: every measure verified in full, or waived").WithDescription("A refusal names every measure that is missing.");
        group.MapPost("self-check", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.FindingsBody, b => b.At, Acts.NamedCounty, (b, _, p, a) =>
                CompletionDecider.Decide(p, id, new SelfCheckProject(a.Division, b.Findings, a.By, a.At), a.Tree))).Accepts<FindingsBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("A county checks the completed project itself").WithDescription(
                "Each county of the project checks for itself; the plan's division checks for all that have not. Needs Restoration-Actor.");
        group.MapPost("accept", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.AcceptBody, b => b.At, Acts.Named, (b, s, p, a) =>
                CompletionDecider.Decide(p, id, new AcceptProject(a.Division, b.Team, b.Date, b.Findings, b.Verdict, a.By, a.At), a.Tree, Acts.Progress(s))))
            .Accepts<AcceptBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The city accepts the project; aftercare begins").WithDescription(
                "By another person than who submitted, completed, checked or rectified it. Needs Restoration-Actor.");
        group.MapPost("reject-acceptance", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.RejectAcceptanceBody, b => b.At, Acts.Named, (b, _, p, a) =>
                CompletionDecider.Decide(p, id, new RejectAcceptance(a.Division, b.Findings, b.Rectifications, a.By, a.At), a.Tree)))
            .Accepts<RejectAcceptanceBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The project is not accepted; each rectification has a deadline").WithDescription("Needs Restoration-Actor.");
        group.MapPost("rectify", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.RectifyBody, b => b.At, Acts.County, (b, _, p, a) =>
                CompletionDecider.Decide(p, id, new RectifyProject(b.Remedies, a.By, a.At)))).Accepts<RectifyBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer, Roles.Reporter).WithSummary("The county says what was done").WithDescription(
                "With the last one the project is checked and accepted anew; after an inspection of aftercare, that year is inspected again.");
        group.MapPost("spot-check", SpotCheck).Accepts<SpotCheckBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer, Roles.Inspector).WithSummary("The province looks at an accepted project that a sample drew").WithDescription(
                "What fails is rectified, checked and accepted anew. The first result is the sample's as well. Needs Restoration-Actor.");
        group.MapPost("inspect-aftercare", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.InspectBody, b => b.At, Acts.NamedCounty, (b, _, p, a) =>
                AftercareDecider.Decide(p, id, new InspectAftercare(b.Year, b.Passed, b.Findings, b.Evidence, b.Rectifications ?? [], a.By, a.At))))
            .Accepts<InspectBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer, Roles.Inspector).WithSummary("A year of aftercare is inspected").WithDescription("From the first day of that year on, in the order of years. Needs Restoration-Actor.");
        group.MapPost("evaluate", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.EvaluateBody, b => b.At, Acts.Named, (b, _, p, a) =>
                AftercareDecider.Decide(p, id, new EvaluateProject(a.Division, b.Score, b.Verdict, b.Findings, a.By, a.At), a.Tree))).Accepts<EvaluateBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer, Roles.Expert).WithSummary("Evaluate a project whose aftercare is over").WithDescription("Needs Restoration-Actor.");
        group.MapPost("close", (HttpContext http, string id) => Acts.Post(http, id, Wire.Api.NoteBody, b => b.At, Acts.Named, (b, _, p, a) =>
                AftercareDecider.Decide(p, id, new CloseProject(a.Division, b.Note, a.By, a.At), a.Tree))).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer, Roles.Planner).WithSummary("Close an evaluated project whose accounts are settled").WithDescription(
                "A refusal names everything that is missing. Needs Restoration-Actor.");
    }

    private static Task<IResult> SpotCheck(HttpContext http, string id) => Commands.Post(http, Wire.Api.SpotCheckBody, async body =>
    {
        if (await Acts.Refuses(http, id, body.At, Acts.Named) is { } refusal)
        {
            return refusal;
        }

        var (stream, lots, act) = (Project.Stream(id), Sample.Stream(body.SampleId), await Acts.Act(http, body.At));
        return new Command(
            s => s.Version(Project.Aggregate, stream),
            s =>
            {
                var sample = s.Get(Sample.Aggregate, lots);
                var drawn = sample.Drawing?.Kind == SampleKind.Projects && sample.Holds(id);
                var decision = CompletionDecider.Decide(
                    s.Get(Project.Aggregate, stream), id,
                    new SpotCheckProject(body.SampleId, drawn, act.Division, body.Passed, body.Findings, body.Rectifications ?? [], act.By, act.At), act.Tree);
                return s.Record(Project.Aggregate, stream, ProjectDecider.InOrder(s.Get(Project.Aggregate, stream), act.At, decision))
                    ?? (!drawn || sample.Results.ContainsKey(id) ? null
                        : s.Record(Sample.Aggregate, lots, SampleDecider.Decide(sample, new ExamineDrawn(id, body.Passed, body.Passed ? null : body.Findings, body.Findings, act.By, act.At))));
            },
            s => Acts.Acknowledge(s, id));
    });
}

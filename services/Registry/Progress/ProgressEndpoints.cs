using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Progress;

/// <summary>Data of <c>restoration.progress.reported.v1</c>; <c>subject</c> is the project.</summary>
/// <param name="Quantity">How much, as <paramref name="Mode"/> says: done in the period, since January, or since the start.</param>
/// <param name="InvestmentCompleted">完成投资 of the project in this division and period.</param>
public sealed record ProgressReportedData(
    string ProjectId, string MeasureId, string Division, Period Period, ReportMode Mode, Quantity Quantity, Money? InvestmentCompleted = null,
    IReadOnlyList<Evidence>? Evidence = null, string? Reason = null, string? Note = null);

/// <summary>Data of <c>restoration.progress.corrected.v1</c>: a quantity of zero withdraws the report.</summary>
public sealed record ProgressCorrectedData(Sender Corrects, Quantity Quantity, string Reason);

public sealed record NoteBody(string? Note = null, DateTimeOffset? At = null);

public sealed record ReasonBody(string Reason, DateTimeOffset? At = null);

/// <param name="Quantity">What the whole figure is from now on.</param>
public sealed record CorrectBody(Quantity Quantity, string Reason, DateTimeOffset? At = null);

public static class ProgressEndpoints
{
    public static Intake TakeProgress(this Intake intake, Territory territory, NpgsqlDataSource db) => intake
        .Take("restoration.progress.reported.v1", (posted, http) => Reported(posted, http, territory))
        .Take("restoration.progress.corrected.v1", (posted, http) => Corrected(posted, http, territory, db));

    public static void MapProgress(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/progress").WithTags("progress").RefusingUnknownParameters();
        group.MapPost("{id}/check", Check).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The county bureau checks a figure");
        group.MapPost("{id}/verify", Verify).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The city verifies a figure; it counts from now on");
        group.MapPost("{id}/dispute", Dispute).Accepts<ReasonBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("A figure goes back to the county");
        group.MapPost("{id}/correct", Correct).Accepts<CorrectBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reporter).WithSummary("The county corrects a figure, also after verification");
    }

    private static async ValueTask<Handled> Reported(CloudEvent posted, HttpContext http, Territory territory)
    {
        var faults = new List<Fault>();
        if (Body.Read(posted.Data, Wire.Api.ProgressReportedData, "#/data", faults) is not { } data)
        {
            return Refusal.Malformed("event.data-malformed", "The data does not have the form of its type.", faults);
        }

        if (posted.Subject is { } subject && subject != data.ProjectId)
        {
            return Refusal.Invalid("event.subject-differs", "The subject of a report is its project.", new Fault("#/subject", "This is another id than data.projectId."));
        }

        if (!http.Client().Has(Roles.Reporter))
        {
            return Refusal.Forbidden("role.missing", "Progress is posted by a reporter.");
        }

        if (await territory.Refuses(http.Client(), data.Division, data.Period.From) is { } refusal)
        {
            return refusal;
        }

        var tree = await territory.Tree();
        var command = new ReportProgress(
            data.ProjectId, data.MeasureId, data.Division, data.Period, data.Mode, data.Quantity, data.InvestmentCompleted, data.Evidence ?? [],
            data.Reason, data.Note, new Sender(posted.Source, posted.Id), http.By(), posted.Time);
        var (stream, project) = (MeasureProgress.Stream(data.MeasureId), Project.Stream(data.ProjectId));
        return (Func<Streams, Refusal?>)(s => s.Record(
            MeasureProgress.Aggregate, stream,
            ProgressDecider.Decide(s.Get(MeasureProgress.Aggregate, stream), command, s.Get(Project.Aggregate, project), tree)));
    }

    private static async ValueTask<Handled> Corrected(CloudEvent posted, HttpContext http, Territory territory, NpgsqlDataSource db)
    {
        var faults = new List<Fault>();
        if (Body.Read(posted.Data, Wire.Api.ProgressCorrectedData, "#/data", faults) is not { } data)
        {
            return Refusal.Malformed("event.data-malformed", "The data does not have the form of its type.", faults);
        }

        await using var find = db.CreateCommand("""
            select e.data->'figure'->>'measureId', e.data->'figure'->>'division', e.data->'figure'->>'period'
            from edge.inbox i join events.mt_events e on e.stream_id = i.stream and e.version = i.version
            where i.source = $1 and i.id = $2 and e.type = 'progress-reported.v1'
            """);
        var found = (await find.Add(data.Corrects.Source).Add(data.Corrects.Id)
            .List(r => (Measure: r.GetString(0), Division: r.GetString(1), Period: r.GetString(2)), http.RequestAborted)).FirstOrDefault();
        if (found.Measure is null || !Period.TryParse(found.Period, out var period))
        {
            return Refusal.NotFound("report.unknown", "There is no report with this source and id.");
        }

        if (!http.Client().Has(Roles.Reporter))
        {
            return Refusal.Forbidden("role.missing", "Progress is corrected by a reporter.");
        }

        if (await territory.Refuses(http.Client(), found.Division, period.From) is { } refusal)
        {
            return refusal;
        }

        var command = new CorrectProgress(data.Corrects, data.Quantity, data.Reason, new Sender(posted.Source, posted.Id), http.By(), posted.Time);
        var stream = MeasureProgress.Stream(found.Measure);
        return (Func<Streams, Refusal?>)(s => s.Record(
            MeasureProgress.Aggregate, stream,
            ProgressDecider.Decide(s.Get(MeasureProgress.Aggregate, stream), s.Get(MeasureProgress.Aggregate, stream).Find(found.Division, period), command)));
    }

    private static Task<IResult> Check(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.NoteBody, body => Command(http, territory, clock, id, body.At, named: true,
            (_, figure, by, at) => ProgressDecider.Decide(figure, new CheckProgress(body.Note, by, at))));

    private static Task<IResult> Verify(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.NoteBody, body => Command(http, territory, clock, id, body.At, named: true,
            (s, figure, by, at) => ProgressDecider.Decide(
                figure, new VerifyProgress(http.Client().Division, body.Note, by, at),
                figure is null ? Project.Unknown : s.Get(Project.Aggregate, Project.Stream(figure.Ref.ProjectId)))));

    private static Task<IResult> Dispute(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.ReasonBody, body => Command(http, territory, clock, id, body.At, named: false,
            (_, figure, by, at) => ProgressDecider.Decide(figure, new DisputeProgress(body.Reason, by, at))));

    private static Task<IResult> Correct(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.CorrectBody, body => Command(http, territory, clock, id, body.At, named: false,
            (s, figure, by, at) => ProgressDecider.Decide(
                figure is null ? MeasureProgress.None : s.Get(MeasureProgress.Aggregate, MeasureProgress.Stream(figure.Ref.MeasureId)), figure,
                new CorrectProgress(null, body.Quantity, body.Reason, null, by, at))));

    /// <param name="named">Whether a person must stand behind the act.</param>
    private static async ValueTask<Translated> Command(
        HttpContext http, Territory territory, Clock clock, string id, DateTimeOffset? at, bool named,
        Func<Streams, Figure?, By, DateTimeOffset, Decision<ProgressEvent>> decide)
    {
        if (id.Split('.') is not [var measure, var division, var text] || !Period.TryParse(text, out var period))
        {
            return Refusal.NotFound("figure.unknown", "The id of a figure is {measureId}.{division}.{period}.");
        }

        var by = http.By();
        if (named && by.Actor is null)
        {
            return Refusal.Malformed("actor.missing", "Name the person with Restoration-Actor: <staff number>.");
        }

        if ((clock.Refuses(at) ?? await territory.Refuses(http.Client(), division, period.From)) is { } refusal)
        {
            return refusal;
        }

        var stream = MeasureProgress.Stream(measure);
        Figure? Find(Streams s) => s.Get(MeasureProgress.Aggregate, stream).Find(division, period);
        return new Command(
            s => Find(s)?.Version ?? 0,
            s => s.Record(MeasureProgress.Aggregate, stream, decide(s, Find(s), by, clock.At(at))),
            s => new Acknowledged(id, Kebab.Of(Find(s)!.State), Find(s)!.Version));
    }
}

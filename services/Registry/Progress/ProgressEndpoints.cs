using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Investments;
using Restoration.Registry.Plans;
using Restoration.Registry.Projects;
using Restoration.Registry.Samples;
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

/// <param name="SampleId">In which it was drawn.</param>
/// <param name="Confirmed">It is as it was verified; else <paramref name="Reason"/> says what was found, and it is disputed.</param>
public sealed record ExamineBody(string SampleId, bool Confirmed, string? Reason = null, string? Note = null, DateTimeOffset? At = null);

/// <summary>Settings of progress, section <c>Progress</c>.</summary>
public sealed record ProgressOptions
{
    /// <summary>How many days after the end of a period a report of it is in time; one that comes later is marked late. Default 10.</summary>
    public int DaysToReport { get; init; } = 10;
}

public static class ProgressEndpoints
{
    public static Intake TakeProgress(this Intake intake, Territory territory, NpgsqlDataSource db, ProgressOptions options) => intake
        .Take("restoration.progress.reported.v1", (posted, http) => Reported(posted, http, territory, options))
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
        group.MapPost("{id}/sample", Examine).Accepts<ExamineBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("What was found on the spot of a figure that was drawn in a sample");
    }

    private static async ValueTask<Handled> Reported(CloudEvent posted, HttpContext http, Territory territory, ProgressOptions options)
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

        return await Report(data, new Sender(posted.Source, posted.Id), posted.Time, http, territory, options);
    }

    /// <summary>What a report does, however it came.</summary>
    internal static async ValueTask<Handled> Report(ProgressReportedData data, Sender sender, DateTimeOffset at, HttpContext http, Territory territory, ProgressOptions options)
    {
        if (await territory.Refuses(http.Client(), data.Division, data.Period.From) is { } refusal)
        {
            return refusal;
        }

        var tree = await territory.Tree();
        var command = new ReportProgress(
            data.ProjectId, data.MeasureId, data.Division, data.Period, data.Mode, data.Quantity, data.InvestmentCompleted, data.Evidence ?? [],
            data.Reason, data.Note, sender, http.By(), at)
        { DaysToReport = options.DaysToReport };
        return (Func<Streams, Refusal?>)(s => s.Report(command, tree));
    }

    /// <summary>The one way that a report takes, whatever it came by.</summary>
    internal static Refusal? Report(this Streams s, ReportProgress command, DivisionTree tree)
    {
        var stream = MeasureProgress.Stream(command.MeasureId);
        var project = s.Get(Project.Aggregate, Project.Stream(command.ProjectId));
        var reported = ProgressDecider.Decide(s.Get(MeasureProgress.Aggregate, stream), command, project, s.PlanOf(project), tree);
        return s.Record(MeasureProgress.Aggregate, stream, reported) ?? s.Invest(reported.Events[0]);
    }

    /// <summary>What the report says of the investment completed, which all measures of its project say together.</summary>
    private static Refusal? Invest(this Streams s, ProgressEvent fact)
    {
        if (fact is not ProgressReported { InvestmentCompleted: { } amount } reported)
        {
            return null;
        }

        var (stream, command) = (ProjectInvestments.Stream(fact.Figure.ProjectId), new SayInvestment(fact.Figure, amount, reported.Sender, fact.By, fact.At));
        return s.Record(ProjectInvestments.Aggregate, stream, InvestmentDecider.Decide(s.Get(ProjectInvestments.Aggregate, stream), command));
    }

    private static Refusal? CorrectFigure(this Streams s, string measure, string division, Period period, CorrectProgress command, DivisionTree tree)
    {
        var stream = MeasureProgress.Stream(measure);
        var progress = s.Get(MeasureProgress.Aggregate, stream);
        var figure = progress.Find(division, period);
        var project = s.ProjectOf(figure);
        return s.Record(MeasureProgress.Aggregate, stream, ProgressDecider.Decide(progress, figure, command, project, s.PlanOf(project), tree));
    }

    private static Plan PlanOf(this Streams s, Project project) =>
        project.State == ProjectState.Unknown ? Plan.Unknown : s.Get(Plan.Aggregate, Plan.Stream(project.Ref.PlanId));

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
        var tree = await territory.Tree();
        return (Func<Streams, Refusal?>)(s => s.CorrectFigure(found.Measure, found.Division, period, command, tree));
    }

    private static Task<IResult> Check(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.NoteBody, body => Passed(http, territory, clock, id, body.At,
            (s, figure, by, at) => VerificationDecider.Decide(figure, new CheckProgress(body.Note, by, at), s.ProjectOf(figure))));

    private static Task<IResult> Verify(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.NoteBody, async body =>
        {
            var tree = await territory.Tree();
            return await Passed(http, territory, clock, id, body.At,
                (s, figure, by, at) => VerificationDecider.Decide(figure, new VerifyProgress(http.Client().Division, body.Note, by, at), s.ProjectOf(figure), tree));
        });

    private static Task<IResult> Dispute(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.ReasonBody, body => Command(http, territory, clock, id, body.At, (s, f, by, at) => s.Record(
            MeasureProgress.Aggregate, f.Stream, VerificationDecider.Decide(f.Figure(s), new DisputeProgress(body.Reason, by, at), s.ProjectOf(f.Figure(s))))));

    private static Project ProjectOf(this Streams s, Figure? figure) => figure is null ? Project.Unknown : s.Get(Project.Aggregate, Project.Stream(figure.Ref.ProjectId));

    private static Task<IResult> Correct(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.CorrectBody, async body =>
        {
            var tree = await territory.Tree();
            return await Command(http, territory, clock, id, body.At, (s, f, by, at) => s.CorrectFigure(
                f.Measure, f.Division, f.Period, new CorrectProgress(null, body.Quantity, body.Reason, null, by, at), tree));
        });

    /// <summary>The result stands with the figure and with the sample, in one commit.</summary>
    private static Task<IResult> Examine(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.ExamineBody, async body =>
        {
            var (tree, sample) = (await territory.Tree(), Sample.Stream(body.SampleId));
            return Actors.Missing(http) ?? await Command(http, territory, clock, id, body.At, (s, f, by, at) => s.Record(
                MeasureProgress.Aggregate, f.Stream,
                VerificationDecider.Decide(
                    f.Figure(s), new ExamineProgress(http.Client().Division, body.Confirmed, body.Reason, body.Note, by, at), s.Get(Sample.Aggregate, sample), tree))
                ?? s.Record(
                    Sample.Aggregate, sample,
                    SampleDecider.Decide(s.Get(Sample.Aggregate, sample), new ExamineDrawn(id, body.Confirmed, body.Reason, body.Note, by, at))));
        });

    /// <summary>An act by which a figure goes up the line: a person stands behind it.</summary>
    private static async ValueTask<Translated> Passed(
        HttpContext http, Territory territory, Clock clock, string id, DateTimeOffset? at, Func<Streams, Figure?, By, DateTimeOffset, Decision<ProgressEvent>> decide) =>
        Actors.Missing(http) ?? await Command(
            http, territory, clock, id, at, (s, f, by, on) => s.Record(MeasureProgress.Aggregate, f.Stream, decide(s, f.Figure(s), by, on)));

    /// <summary>Where a figure is, from its id.</summary>
    private sealed record Place(string Measure, string Division, Period Period)
    {
        public string Stream => MeasureProgress.Stream(Measure);

        public Figure? Figure(Streams s) => s.Get(MeasureProgress.Aggregate, Stream).Find(Division, Period);
    }

    private static async ValueTask<Translated> Command(
        HttpContext http, Territory territory, Clock clock, string id, DateTimeOffset? at, Func<Streams, Place, By, DateTimeOffset, Refusal?> decide)
    {
        if (id.Split('.') is not [var measure, var division, var text] || !Period.TryParse(text, out var period))
        {
            return Refusal.NotFound("figure.unknown", "The id of a figure is {measureId}.{division}.{period}.");
        }

        if ((clock.Refuses(at) ?? await territory.Refuses(http.Client(), division, period.From)) is { } refusal)
        {
            return refusal;
        }

        var (place, by) = (new Place(measure, division, period), http.By());
        return new Command(
            s => place.Figure(s)?.Version ?? 0,
            s => decide(s, place, by, clock.At(at)),
            s => new Acknowledged(id, Kebab.Of(place.Figure(s)!.State), place.Figure(s)!.Version));
    }
}

using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Mines.Sites;

/// <summary>A survey, as data of <c>restoration.site.surveyed.v1</c> (<c>subject</c> is the site) and as the body of a POST alike.</summary>
/// <param name="Division">The county or function zone.</param>
/// <param name="Lon">Degrees, with <paramref name="Lat"/>; WGS 84 / CGCS2000.</param>
/// <param name="Method">Of mining.</param>
/// <param name="Demonstration">No such site exists; it is shown.</param>
/// <param name="At">When it was surveyed, where it is entered later; an event says that by its time.</param>
public sealed record SurveyBody(
    string Id, string Name, string Division, decimal Lon, decimal Lat, Quantity Area, SiteKind Kind, SiteType Type, string? Town = null, string? Mineral = null,
    string? Method = null, Damage? Damage = null, IReadOnlyList<string>? Hazards = null, ResponsibleParty? Responsible = null, Surroundings? Near = null,
    string? Note = null, bool Demonstration = false, DateTimeOffset? At = null);

/// <summary>Data of <c>restoration.site.works-reported.v1</c>; <c>subject</c> is the site.</summary>
/// <param name="Treated">The area treated since the works began.</param>
/// <param name="Reason">Why it fell, or is more than 110 % of what was surveyed.</param>
public sealed record WorksReportedData(
    string SiteId, Quantity Treated, IReadOnlyList<Evidence>? Evidence = null, string? Reason = null, string? Note = null);

public sealed record NoteBody(string? Note = null, DateTimeOffset? At = null);

public sealed record ReasonBody(string Reason, DateTimeOffset? At = null);

public sealed record LinkBody(string ProjectId, DateTimeOffset? At = null);

/// <param name="Team">Names or numbers of those who were there.</param>
/// <param name="Parts">The site by the uses it was restored to.</param>
public sealed record AcceptBody(IReadOnlyList<string> Team, IReadOnlyList<PartMeasured> Parts, string? Findings = null, DateTimeOffset? At = null);

/// <param name="Deadline">The day by which the works are rectified.</param>
public sealed record RejectBody(string Findings, DateOnly Deadline, DateTimeOffset? At = null);

public static class SiteEndpoints
{
    public static Intake TakeSites(this Intake intake, Territory territory, NpgsqlDataSource db) => intake
        .Take("restoration.site.surveyed.v1", (posted, http) => Surveyed(posted, http, territory))
        .Take("restoration.site.works-reported.v1", (posted, http) => Worked(posted, http, territory, db));

    public static void MapSites(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/mines/sites").WithTags("sites").RefusingUnknownParameters();
        group.MapPost("", Survey).Accepts<SurveyBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Reporter).WithSummary("Survey a site, for the first time or again before it is verified");
        group.MapPost("{id}/verify", Verify).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The city verifies that the site is as surveyed");
        group.MapPost("{id}/strike-off", StrikeOff).Accepts<ReasonBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The site does not belong on the list");
        group.MapPost("{id}/link", Link).Accepts<LinkBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner, Roles.Reviewer).WithSummary("The site belongs to a project; its acceptance feeds the project's measures");
        group.MapPost("{id}/self-check", SelfCheck).Accepts<NoteBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The county checks the finished works itself");
        group.MapPost("{id}/accept", Accept).Accepts<AcceptBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The city accepts the works, with every criterion measured; the site counts from now on")
            .WithDescription($"What each use requires, by the service's defaults: {AcceptanceCriteria.InWords}.");
        group.MapPost("{id}/reject-acceptance", Reject).Accepts<RejectBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("The works are not accepted; they are rectified by a day");
        group.MapPost("{id}/reopen", Reopen).Accepts<ReasonBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("An accepted site failed; it counts no more and works go on");
    }

    private static async ValueTask<Handled> Surveyed(CloudEvent posted, HttpContext http, Territory territory)
    {
        var faults = new List<Fault>();
        if (Body.Read(posted.Data, Wire.Api.SurveyBody, "#/data", faults) is not { } data)
        {
            return Refusal.Malformed("event.data-malformed", "The data does not have the form of its type.", faults);
        }

        if (data.At is not null)
        {
            return Refusal.Malformed("event.data-malformed", "An event says by its time when it happened.", new Fault("#/data/at", "This is said by time."));
        }

        if ((Misaddressed(posted, data.Id, "#/data/id") ?? Unqualified(http)
            ?? await territory.Refuses(http.Client(), data.Division, DayOf(posted.Time))) is { } refusal)
        {
            return refusal;
        }

        var command = CommandOf(data, new Sender(posted.Source, posted.Id), http.By(), posted.Time);
        var tree = await territory.Tree(data.Town);
        return Record(data.Id, site => SiteDecider.Decide(site, command, tree));
    }

    private static async ValueTask<Handled> Worked(CloudEvent posted, HttpContext http, Territory territory, NpgsqlDataSource db)
    {
        var faults = new List<Fault>();
        if (Body.Read(posted.Data, Wire.Api.WorksReportedData, "#/data", faults) is not { } data)
        {
            return Refusal.Malformed("event.data-malformed", "The data does not have the form of its type.", faults);
        }

        await using var find = db.CreateCommand("select division from sites where id = $1");
        var known = await find.Add(data.SiteId).ExecuteScalarAsync(http.RequestAborted) as string;
        var (client, tree) = (http.Client(), await territory.Tree(known));
        if ((Misaddressed(posted, data.SiteId, "#/data/siteId") ?? Unqualified(http) ?? Foreign(known, client, tree)) is { } refusal)
        {
            return refusal;
        }

        var command = new ReportWorks(
            data.Treated, data.Evidence ?? [], data.Reason, data.Note, new Sender(posted.Source, posted.Id), http.By(), posted.Time);
        return Record(data.SiteId, site => Foreign(site.Ref?.Division, client, tree) is { } foreign ? foreign : SiteDecider.Decide(site, command));
    }

    private static Task<IResult> Survey(HttpContext http, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.SurveyBody, async body =>
        {
            var at = clock.At(body.At);
            if ((clock.Refuses(body.At) ?? await territory.Refuses(http.Client(), body.Division, DayOf(at))) is { } refusal)
            {
                return refusal;
            }

            var command = CommandOf(body, null, http.By(), at);
            var tree = await territory.Tree(body.Town);
            return Command(body.Id, site => SiteDecider.Decide(site, command, tree), $"/v1/mines/sites/{body.Id}");
        });

    private static Task<IResult> Verify(HttpContext http, Territory territory, Clock clock, string id) =>
        Act(http, Wire.Api.NoteBody, territory, clock, id, b => b.At, (b, site, by, at) =>
            SiteDecider.Decide(site, new VerifySite(http.Client().Division, b.Note, by, at)));

    private static Task<IResult> StrikeOff(HttpContext http, Territory territory, Clock clock, string id) =>
        Act(http, Wire.Api.ReasonBody, territory, clock, id, b => b.At, (b, site, by, at) =>
            SiteDecider.Decide(site, new StrikeOffSite(http.Client().Division, b.Reason, by, at)));

    private static Task<IResult> SelfCheck(HttpContext http, Territory territory, Clock clock, string id) =>
        Act(http, Wire.Api.NoteBody, territory, clock, id, b => b.At, (b, site, by, at) =>
            SiteDecider.Decide(site, new SelfCheckSite(b.Note, by, at)));

    private static Task<IResult> Accept(HttpContext http, Territory territory, Clock clock, string id) =>
        Act(http, Wire.Api.AcceptBody, territory, clock, id, b => b.At, (b, site, by, at) =>
            SiteDecider.Decide(site, new AcceptSite(http.Client().Division, b.Team, b.Findings, b.Parts, by, at)));

    private static Task<IResult> Reject(HttpContext http, Territory territory, Clock clock, string id) =>
        Act(http, Wire.Api.RejectBody, territory, clock, id, b => b.At, (b, site, by, at) =>
            SiteDecider.Decide(site, new RejectAcceptance(http.Client().Division, b.Findings, b.Deadline, by, at)));

    private static Task<IResult> Reopen(HttpContext http, Territory territory, Clock clock, string id) =>
        Act(http, Wire.Api.ReasonBody, territory, clock, id, b => b.At, (b, site, by, at) =>
            SiteDecider.Decide(site, new ReopenSite(http.Client().Division, b.Reason, by, at)));

    private static Task<IResult> Link(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.LinkBody, async body =>
        {
            if (clock.Refuses(body.At) is { } refusal)
            {
                return refusal;
            }

            var project = await Projects.Find(db, body.ProjectId, http.RequestAborted);
            var (client, tree) = (http.Client(), await territory.Tree());
            var command = new LinkSite(body.ProjectId, project, http.By(), clock.At(body.At));
            return Command(id, site => Foreign(site.Ref?.Division, client, tree) is { } foreign ? foreign : SiteDecider.Decide(site, command, tree));
        });

    /// <summary>An act of a reviewer, behind which a person must stand.</summary>
    private static Task<IResult> Act<TBody>(
        HttpContext http, JsonTypeInfo<TBody> type, Territory territory, Clock clock, string id,
        Func<TBody, DateTimeOffset?> named, Func<TBody, Site, By, DateTimeOffset, Decision<SiteEvent>> decide) where TBody : class =>
        Commands.Post(http, type, async body =>
        {
            var by = http.By();
            if (by.Actor is null)
            {
                return Refusal.Malformed("actor.missing", "Name the person with Restoration-Actor: <staff number>.");
            }

            if (clock.Refuses(named(body)) is { } refusal)
            {
                return refusal;
            }

            var (client, tree, at) = (http.Client(), await territory.Tree(), clock.At(named(body)));
            return Command(id, site => Foreign(site.Ref?.Division, client, tree) is { } foreign ? foreign : decide(body, site, by, at));
        });

    private static Translated Command(string id, Func<Site, Decision<SiteEvent>> decide, string? location = null)
    {
        var stream = Site.Stream(id);
        return new Command(
            s => s.Version(Site.Aggregate, stream),
            s => s.Record(Site.Aggregate, stream, decide(s.Get(Site.Aggregate, stream))),
            s => new Acknowledged(id, Kebab.Of(s.Get(Site.Aggregate, stream).State), s.Version(Site.Aggregate, stream)),
            location);
    }

    private static Handled Record(string id, Func<Site, Decision<SiteEvent>> decide)
    {
        var stream = Site.Stream(id);
        return (Func<Streams, Refusal?>)(s => s.Record(Site.Aggregate, stream, decide(s.Get(Site.Aggregate, stream))));
    }

    private static SurveySite CommandOf(SurveyBody b, Sender? sender, By by, DateTimeOffset at) => new(
        new SiteRef(b.Id, b.Name, b.Division, b.Kind, b.Mineral, b.Area, b.Lon, b.Lat, Project: null),
        new Survey(b.Town, b.Method, b.Type, b.Damage ?? new(), b.Hazards ?? [], b.Responsible, b.Near ?? new(), b.Note, b.Demonstration), sender, by, at);

    private static Refusal? Misaddressed(CloudEvent posted, string id, string pointer) => posted.Subject is { } subject && subject != id
        ? Refusal.Invalid("event.subject-differs", "The subject of a fact about a site is the site.", new Fault("#/subject", $"This is another id than {pointer}."))
        : null;

    private static Refusal? Unqualified(HttpContext http) =>
        http.Client().Has(Roles.Reporter) ? null : Refusal.Forbidden("role.missing", "Surveys and works are posted by a reporter.");

    /// <summary>
    /// Whose a site is, is asked where the site is decided about, of its state; so no row is looked up that is out of date by then. A
    /// report looks before as well: one about another's site is refused before it takes the source that its sender names.
    /// </summary>
    private static Refusal? Foreign(string? division, Client client, DivisionTree tree) =>
        division is null || client.Division == Client.Everywhere || tree.Contains(client.Division, division)
            ? null
            : Refusal.Forbidden("division.forbidden", $"{division} is not in the division of this client.");

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(TimeSpan.FromHours(8)).DateTime);
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Mines.Sites;
using Restoration.ServiceDefaults;

namespace Restoration.Mines.Views;

/// <summary>A site in a list; areas in hectares unless <c>?unit=</c> asks otherwise.</summary>
/// <param name="Treated">Since the works began; absent before.</param>
/// <param name="Accepted">The area that counts; absent where the site is not accepted.</param>
public sealed record SiteItem(
    string Id, long Version, string State, string Name, string Division, string Kind, string Type, string? Mineral, decimal Lon, decimal Lat, Quantity Area,
    Quantity? Treated, Quantity? Accepted, DateOnly? AcceptedOn, string? ProjectId, string? PlanId);

/// <summary>A site with all that is known of it.</summary>
/// <param name="Revision">How many surveys it took.</param>
/// <param name="Rectification">Open while the works are to be rectified.</param>
/// <param name="Reason">Why it was struck off or reopened last.</param>
public sealed record SitePage(
    string Id, long Version, string State, string Name, string Division, string Kind, string Type, string? Mineral, decimal Lon, decimal Lat, Quantity Area,
    Quantity? Treated, Quantity? Accepted, DateOnly? AcceptedOn, SiteProject? Project, string? Town, string? Method, Damage Damage,
    IReadOnlyList<string> Hazards, ResponsibleParty? Responsible, Surroundings Near, string? Note, bool Demonstration, int Revision,
    IReadOnlyList<Evidence> Evidence, Acceptance? Acceptance, Rectification? Rectification, string? Reason);

/// <summary>What was found at the acceptance that stands.</summary>
public sealed record Acceptance(DateOnly AcceptedOn, IReadOnlyList<AcceptedPart> Parts, IReadOnlyList<string> Team, string? Findings);

/// <param name="Overdue">Whether it was recorded that the deadline has passed.</param>
public sealed record Rectification(string Findings, DateOnly Deadline, bool Overdue);

public static class SiteViews
{
    private const string Columns = "id, version, state, type, project_id, plan_id, treated, accepted, accepted_on, site";

    private const string Seen = "($1::text[] is null or division = any($1))";

    public static void MapSiteViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/mines/sites").WithTags("sites").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<SiteItem>>().WithSummary("Sites of the client's division and below, by name")
            .WithDescription("division includes what lies below it.");
        group.MapGet("{id}", One).Produces<SitePage>().WithSummary("One site").WithDescription(Moments.Said);
        group.MapGet("{id}/history", OfSite).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? division, string? state, string? planId, string? projectId, string? kind,
        string? mineral, string? unit, string? cursor, int? limit)
    {
        string[]? after = null;
        if ((AreaUnit(unit, out var asked) ?? Lists.Begin(http, cursor, limit, keys: 2, out after)) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        var (under, _) = await territory.Asked(division);
        await using var command = db.CreateCommand(
            $"""
            select {Columns} from sites
            where {Seen} and ($2::text[] is null or division = any($2)) and ($3::text is null or state = $3) and ($4::text is null or plan_id = $4)
              and ($5::text is null or project_id = $5) and ($6::text is null or kind = $6) and ($7::text is null or mineral = $7)
              and ($8::text is null or (name collate "zh-x-icu", id) > ($8 collate "zh-x-icu", $9))
            order by name collate "zh-x-icu", id limit $10
            """);
        command.Add(seen?.Under).Add(under).Add(state).Add(planId).Add(projectId).Add(kind)
            .Add(mineral).Add(after?[0]).Add(after?[1]);
        return await Lists.Of(http, command, limit, r => Item(r, asked), s => [s.Name, s.Id], Wire.Api.PageSiteItem);
    }

    private static async Task<IResult> One(HttpContext http, Territory territory, string id, string? unit, Moment? asOf, Moment? recordedAsOf)
    {
        if (AreaUnit(unit, out var asked) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        await using var past = await http.At(asOf, recordedAsOf, All.Sites, Site.Stream(id));
        await using var command = past.Command($"select {Columns}, detail from sites where {Seen} and id = $2");
        var page = (await command.Add(seen?.Under).Add(id).List(r => Page(r, asked), http.RequestAborted)).SingleOrDefault();
        return page is null ? await Lists.Absent(http, past.Command, "sites", id) : Lists.Resource(http, page, page.Version, Wire.Api.SitePage);
    }

    private static async Task<IResult> OfSite(
        HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = db.CreateCommand($"select exists (select from sites where {Seen} and id = $2)");
        return await command.Add(seen?.Under).Add(id).ExecuteScalarAsync(http.RequestAborted) is true
            ? await History.Of(http, db, types, Site.Stream(id), cursor, limit)
            : await Lists.Absent(http, db.CreateCommand, "sites", id);
    }

    /// <summary>The unit that <c>?unit=</c> asks for, hectares where it asks for none.</summary>
    internal static Refusal? AreaUnit(string? text, out Unit unit)
    {
        unit = Unit.Ha;
        if (text is null || (Unit.TryParse(text, out var known) && known.Dimension == Dimension.Area && (unit = known) is not null))
        {
            return null;
        }

        return Refusal.Malformed("parameter.malformed", "A unit of area is expected, such as km2.", new Fault("?unit", "This is no unit of area."));
    }

    private static SiteItem Item(NpgsqlDataReader r, Unit unit)
    {
        var site = r.Json(9, DetailJson.Default.SiteRef)!;
        return new SiteItem(
            site.Id, r.GetInt64(1), r.GetString(2), site.Name, site.Division, Kebab.Of(site.Kind), r.GetString(3), site.Mineral, site.Lon, site.Lat,
            site.Area.Answered(unit), Area(6), Area(7), r.Day(8), r.Text(4), r.Text(5));

        Quantity? Area(int column) => r.IsDBNull(column) ? null : Quantity.FromCanonical(r.GetDecimal(column), unit);
    }

    private static SitePage Page(NpgsqlDataReader r, Unit unit)
    {
        var (i, detail) = (Item(r, unit), r.Json(10, DetailJson.Default.SiteDetail)!);
        var s = detail.Survey;
        return new SitePage(
            i.Id, i.Version, i.State, i.Name, i.Division, i.Kind, i.Type, i.Mineral, i.Lon, i.Lat, i.Area, i.Treated, i.Accepted, i.AcceptedOn,
            r.Json(9, DetailJson.Default.SiteRef)!.Project, s.Town, s.Method, s.Damage, s.Hazards, s.Responsible, s.Near, s.Note, s.Demonstration, detail.Revision,
            detail.Evidence, detail.Acceptance is { } a ? new(a.AcceptedOn, a.Parts, a.Team, a.Findings) : null,
            detail.Rejection is { } n ? new(n.Findings, n.Deadline, detail.Overdue) : null, detail.Reason);
    }
}

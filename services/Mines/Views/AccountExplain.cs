using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Mines.Views;

/// <summary>One thing that an account adds up, and the event that said it last.</summary>
/// <param name="Kind"><c>site</c>; of the projects, <c>sites-target</c>, <c>area-target</c> or <c>money</c>.</param>
/// <param name="Id">Of the site, the measure or the project.</param>
/// <param name="State">Of a site: whether it counts as known, verified, in works or accepted.</param>
/// <param name="Area">Exact, in mu, as <paramref name="Accepted"/> is.</param>
/// <param name="Service">In whose log <paramref name="Stream"/> and <paramref name="Version"/> are; <paramref name="Fact"/> is where they can be read.</param>
/// <param name="Position">In this service's log; of others the version is known here.</param>
public sealed record AccountSource(
    string Kind, string Id, string Division, string? State, Quantity? Area, Quantity? Accepted, decimal? Target, Money? Issued, Money? Paid, string Service, string Stream,
    long? Version, long? Position, string Fact);

public static class AccountExplains
{
    /// <summary>$1 and $2 as the accounts have them. What they add up stands here one by one.</summary>
    private const string Sql =
        """
        with owned as (
            select *, case when cardinality(counties) = 1 then counties[1] end county from projects where ($2::text is null or plan_id = $2)
        ), told as (
            select p.*, m.id measure, m."fedBy" fed_by, m.amount, coalesce(m.division, p.county, p.division) place
            from owned p cross join lateral jsonb_to_recordset(p.measures) m(id text, "fedBy" text, division text, amount numeric)
            where m.amount is not null and p.state <> 'designed'
        ), lines as (
            select 'site' kind, s.id, s.division, s.state, s.area, s.accepted, null::numeric target, null::numeric issued, null::numeric paid, 'mines' service,
                'site-' || s.id stream, s.version, e.seq_id
            from sites s left join events.mt_events e on e.stream_id = 'site-' || s.id and e.version = s.version
            where ($1::text[] is null or s.division = any($1)) and ($2::text is null or s.plan_id = $2)
            union all
            select case fed_by when 'site-count' then 'sites-target' else 'area-target' end, measure, place, null, case fed_by when 'site-area' then amount end, null,
                case fed_by when 'site-count' then amount end, null, null, 'registry', 'project-' || id, (select r.version from edge.received r where r.source = 'registry' and r.stream = 'project-' || t.id), null
            from told t where $1::text[] is null or place = any($1)
            union all
            select 'money', p.id, coalesce(p.county, p.division), null, null, null, null, m.issued, m.paid, 'funding', 'account-' || p.id,
                (select r.version from edge.received r where r.source = 'funding' and r.stream = 'account-' || p.id), null
            from owned p join project_money m on m.project_id = p.id
            where p.state <> 'designed' and ($1::text[] is null or coalesce(p.county, p.division) = any($1)) and exists (select from sites s where s.project_id = p.id)
        )
        select * from lines where $3::text is null or (kind, id) > ($3, $4) order by kind, id limit $5
        """;

    public static void MapAccountExplains(this RouteGroupBuilder group) => group.MapGet("accounts/explain", Of).Produces<Page<AccountSource>>()
        .WithSummary("The sites, targets and money an account adds up").WithDescription("As accounts; with the division of a county, what its line adds up. " + Moments.Said);

    private static async Task<IResult> Of(
        HttpContext http, Territory territory, Clock clock, string? division, string? planId, string? cursor, int? limit, Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        var client = http.Client();
        string[]? after = null;
        if ((Lists.Begin(http, cursor, limit, keys: 2, out after) ?? (division is null ? null : await territory.Refuses(client, division, clock.Today()))) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, null, minPosition, "registry", "funding") is { } behind)
        {
            return behind;
        }

        var of = division ?? (client.Division == Client.Everywhere ? null : client.Division);
        await using var past = await http.At(asOf, recordedAsOf);
        await past.Hold(All.Sites, null, http.RequestAborted);
        var most = Lists.Most(http, limit);
        await using var command = past.Command(Sql);
        command.Add((await territory.Asked(of, asOf?.Day)).Under).Add(planId).Add(after?[0]).Add(after?[1]).Add(most + 1);
        var items = await command.List(Item, http.RequestAborted);
        var next = Lists.Next(http, items, most, i => [i.Kind, i.Id]);
        return await Lists.Of(http, new Page<AccountSource>(items, next), Wire.Api.PageAccountSource, items, Wire.Api.AccountSource);
    }

    private static AccountSource Item(NpgsqlDataReader r)
    {
        var (service, stream, version) = (r.GetString(9), r.GetString(10), r.IsDBNull(11) ? (long?)null : r.GetInt64(11));
        var id = stream.Split('-', 2)[1];
        var resource = service switch { "mines" => $"/v1/mines/sites/{id}", "registry" => $"/v1/registry/projects/{id}", _ => $"/v1/funding/projects/{id}/account" };
        return new AccountSource(
            r.GetString(0), r.GetString(1), r.GetString(2), r.Text(3), Area(4), Area(5), Number(6), Yuan(7), Yuan(8), service, stream, version,
            r.IsDBNull(12) ? null : r.GetInt64(12), $"{resource}/history{(version is { } v ? $"?cursor={v - 1}&limit=1" : "")}");

        decimal? Number(int column) => r.IsDBNull(column) ? null : r.GetDecimal(column);
        Money? Yuan(int column) => Number(column) is { } yuan ? Money.Of(yuan) : null;
        Quantity? Area(int column) => Number(column) is { } canonical ? Quantity.FromCanonical(canonical, Unit.Mu, decimals: 28) : null;
    }
}

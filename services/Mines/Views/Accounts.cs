using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Mines.Views;

/// <summary>How many sites, and their area: as surveyed, or as accepted for accepted ones.</summary>
public sealed record Tally(long Sites, Quantity Area);

/// <summary>Accepted sites against what the plans' projects are to reach; only sites that are linked to those projects count.</summary>
/// <param name="Share">Attained over target, 0 to 1 and beyond, four decimals.</param>
public sealed record SitesAttained(decimal Target, decimal Attained, decimal? Share);

/// <inheritdoc cref="SitesAttained"/>
public sealed record AreaAttained(Quantity Target, Quantity Attained, decimal? Share);

/// <summary>The account of a county, or of the whole.</summary>
/// <param name="Division">Absent for the whole.</param>
/// <param name="Known">All sites but those struck off.</param>
/// <param name="Verified">Of them, those verified, whatever came after.</param>
/// <param name="InWorks">Of them, those worked on, checked or to be rectified.</param>
/// <param name="Accepted">Of them, those accepted, with the area accepted.</param>
/// <param name="Share">Accepted sites over known ones.</param>
/// <param name="AreaShare">Accepted area over the known area.</param>
/// <param name="SitesTarget">Absent where no measure counts sites here.</param>
/// <param name="Issued">Money issued 下达 to the projects that its sites are linked to.</param>
/// <param name="Explain">The sites, targets and money it is made of, each with its event.</param>
public sealed record Account(
    string? Division, string? Name, Tally Known, Tally Verified, Tally InWorks, Tally Accepted, decimal? Share, decimal? AreaShare, SitesAttained? SitesTarget,
    AreaAttained? AreaTarget, Money Issued, Money Paid, string Explain);

/// <summary>The accounts of mine sites by county. A target or money of a project that lies in several counties stands in the whole alone.</summary>
public sealed record Accounts(string? Division, string? PlanId, Account Whole, IReadOnlyList<Account> Counties);

public static class AccountViews
{
    /// <summary>
    /// $1: the divisions, all where null; $2: the plan, any where null. The whole is the county ''. A measure's county is the one it
    /// names, or its project's only one; a sum too fine for a decimal is rounded far below a square metre.
    /// </summary>
    private const string Sql =
        """
        with tallies as (
            select coalesce(division, '') county,
                count(*) filter (where state <> 'struck-off') known,
                coalesce(sum(area) filter (where state <> 'struck-off'), 0) known_area,
                count(*) filter (where state not in ('reported', 'struck-off')) verified,
                coalesce(sum(area) filter (where state not in ('reported', 'struck-off')), 0) verified_area,
                count(*) filter (where state in ('works', 'self-checked', 'rectification')) works,
                coalesce(sum(area) filter (where state in ('works', 'self-checked', 'rectification')), 0) works_area,
                count(*) filter (where state = 'accepted') accepted,
                coalesce(sum(accepted), 0) accepted_area
            from sites
            where ($1::text[] is null or division = any($1)) and ($2::text is null or plan_id = $2)
            group by rollup (division)
        ), projects as (
            select *, case when cardinality(counties) = 1 then counties[1] end county
            from projects
            where ($2::text is null or plan_id = $2) and state <> 'designed'
        ), measures as (
            select coalesce(m.division, p.county) county, m."fedBy" fed_by, m.amount, (
                    select coalesce(sum(case m."fedBy" when 'site-count' then 1 else s.accepted end), 0)
                    from sites s where s.project_id = p.id and m.id = any(s.feeds) and s.state = 'accepted') attained
            from projects p cross join lateral jsonb_to_recordset(p.measures) m(id text, "fedBy" text, division text, amount numeric)
            where m.amount is not null and ($1::text[] is null or coalesce(m.division, p.county, p.division) = any($1))
        ), targets as (
            select coalesce(county, '') county,
                sum(amount) filter (where fed_by = 'site-count') sites, sum(attained) filter (where fed_by = 'site-count') sites_attained,
                sum(amount) filter (where fed_by = 'site-area') area, sum(attained) filter (where fed_by = 'site-area') area_attained
            from measures group by rollup (county) having grouping(county) = 1 or county is not null
        ), money as (
            select coalesce(p.county, '') county, sum(m.issued) issued, sum(m.paid) paid
            from projects p join project_money m on m.project_id = p.id
            where ($1::text[] is null or coalesce(p.county, p.division) = any($1)) and exists (select from sites s where s.project_id = p.id)
            group by rollup (p.county) having grouping(p.county) = 1 or p.county is not null
        )
        select county, d.name, coalesce(known, 0), round(coalesce(known_area, 0), 6), coalesce(verified, 0), round(coalesce(verified_area, 0), 6),
            coalesce(works, 0), round(coalesce(works_area, 0), 6), coalesce(accepted, 0), round(coalesce(accepted_area, 0), 6),
            round(sites, 6), sites_attained, round(area, 6), round(area_attained, 6), coalesce(issued, 0), coalesce(paid, 0)
        from tallies full join targets using (county) full join money using (county) left join copies.divisions d on d.id = county
        order by county <> '', d.name collate "zh-x-icu", county
        """;

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/mines").WithTags("accounts").RefusingUnknownParameters();
        group.MapAccountExplains();
        group.MapGet("accounts", Of).Produces<Accounts>().WithMetadata(new Tabular()).WithSummary("Count and area of sites by county, against the targets and the money of their projects")
        .WithDescription("As CSV the first row is the whole. division (by default the client's own) includes what lies below it; planId narrows to sites linked to the plan's projects. "
            + "asOf: sites as they stood then; recordedAsOf: as they were known then; a time, or a day, which means its end in China. Targets and money stay those of today, which the registry and funding tell.");
    }

    private static async Task<IResult> Of(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string? division, string? planId, string? unit,
        Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        var client = http.Client();
        if ((SiteViews.AreaUnit(unit, out var asked)
            ?? (division is null ? null : await territory.Refuses(client, division, clock.Today()))) is { } refusal)
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
        await using var command = past.Command(Sql);
        command.Add((await territory.Asked(of, asOf?.Day)).Under).Add(planId);
        var rows = await command.List(r => Row(http, r, asked, of, planId), http.RequestAborted);
        return await Lists.Of(http, new Accounts(of, planId, rows[0], rows[1..]), Wire.Api.Accounts, rows, Wire.Api.Account);
    }

    private static Account Row(HttpContext http, NpgsqlDataReader r, Unit unit, string? division, string? planId)
    {
        var county = r.GetString(0) is { Length: > 0 } id ? id : null;
        return new Account(
            county, r.Text(1), Of(2), Of(4), Of(6), Of(8), Share(r.GetInt64(8), r.GetInt64(2)), Share(r.GetDecimal(9), r.GetDecimal(3)),
            r.IsDBNull(10) ? null : new(r.GetDecimal(10), r.GetDecimal(11), Share(r.GetDecimal(11), r.GetDecimal(10))),
            r.IsDBNull(12) ? null : new(Area(12), Area(13), Share(r.GetDecimal(13), r.GetDecimal(12))),
            Money.Of(r.GetDecimal(14)), Money.Of(r.GetDecimal(15)), http.Explained("/v1/mines/accounts/explain", ("division", county ?? division), ("planId", planId)));

        Tally Of(int column) => new(r.GetInt64(column), Area(column + 1));
        Quantity Area(int column) => Quantity.FromCanonical(r.GetDecimal(column), unit);
    }

    private static decimal? Share(decimal part, decimal whole) => whole == 0 ? null : decimal.Round(part / whole, 4, MidpointRounding.ToEven);
}

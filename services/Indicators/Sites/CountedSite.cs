using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Indicators.Sites;

/// <summary>A mine site as the indicators see it: what it counts now, if it does.</summary>
public sealed record CountedSite(SiteContributed? Counts)
{
    public static readonly CountedSite None = new((SiteContributed?)null);

    public static readonly Aggregate<CountedSite, SiteEvent> Aggregate = new("counted-site", None, Evolve, Rows);

    public static string Stream(string siteId) => $"counted-site-{siteId}";

    private static CountedSite Evolve(CountedSite state, SiteEvent fact) => new(fact as SiteContributed);

    private static readonly RowTable s_table = new(
        "counted sites",
        """
        insert into indicators.counted_sites as s (site_id, accepted_on, withdrawn_on, name, division, kind, area, caused_by, caused_at)
        select * from jsonb_to_recordset($1) as r(site_id text, accepted_on date, withdrawn_on date, name text, division text, kind text, area jsonb,
            caused_by uuid, caused_at bigint)
        on conflict (site_id, accepted_on) do update set (withdrawn_on, name, division, kind, area, caused_by, caused_at)
            = (excluded.withdrawn_on, excluded.name, excluded.division, excluded.kind, excluded.area, excluded.caused_by, excluded.caused_at)
        """);

    private static readonly RowTable s_withdrawn = new(
        "counted sites withdrawn",
        """
        update indicators.counted_sites s set withdrawn_on = r.withdrawn_on
        from jsonb_to_recordset($1) as r(site_id text, accepted_on date, withdrawn_on date) where s.site_id = r.site_id and s.accepted_on = r.accepted_on
        """);

    private static IEnumerable<Row> Rows(long version, CountedSite state, IReadOnlyList<Event> recorded) => recorded.Select(fact => fact switch
    {
        SiteContributed e => new Row(s_table, $"{e.SiteId} {e.AcceptedOn:O}", Json(new CountedSiteRow(
            e.SiteId, e.AcceptedOn, null, e.Name, e.Division, e.Kind, e.Area, e.CausedBy, e.CausedAt))),
        SiteWithdrawn e => new Row(s_withdrawn, $"{e.SiteId} {e.AcceptedOn:O}", Json(new CountedSiteRow(
            e.SiteId, e.AcceptedOn, e.WithdrawnOn, null, null, null, null, null, null))),
        _ => throw new InvalidOperationException($"{fact.GetType().Name} is no fact about a counted site."),
    });

    private static JsonElement Json(CountedSiteRow row) => JsonSerializer.SerializeToElement(row, RowJson.Default.CountedSiteRow);
}

/// <summary>A site from one acceptance to its withdrawal; a withdrawal carries the keys and the day alone.</summary>
internal sealed record CountedSiteRow(
    string SiteId, DateOnly AcceptedOn, DateOnly? WithdrawnOn, string? Name, string? Division, string? Kind, Quantity? Area, Guid? CausedBy, long? CausedAt);

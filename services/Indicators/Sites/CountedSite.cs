using System.Collections.Immutable;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Indicators.Sites;

/// <summary>A mine site as the indicators see it.</summary>
/// <param name="Counts">What it counts now, if it does.</param>
/// <param name="Times">From each acceptance to its withdrawal, if there was one.</param>
public sealed record CountedSite(SiteContributed? Counts, ImmutableDictionary<DateOnly, (SiteContributed Counted, DateOnly? WithdrawnOn)> Times)
{
    public static readonly CountedSite None = new(null, ImmutableDictionary<DateOnly, (SiteContributed, DateOnly?)>.Empty);

    public static readonly Aggregate<CountedSite, SiteEvent> Aggregate = new("counted-site", None, Evolve, Rows);

    public static string Stream(string siteId) => $"counted-site-{siteId}";

    private static CountedSite Evolve(CountedSite state, SiteEvent fact) => fact switch
    {
        SiteContributed e => new(e, state.Times.SetItem(e.AcceptedOn, (e, null))),
        SiteWithdrawn e when state.Times.TryGetValue(e.AcceptedOn, out var time) => new(null, state.Times.SetItem(e.AcceptedOn, time with { WithdrawnOn = e.WithdrawnOn })),
        _ => state,
    };

    private static readonly RowTable<CountedSiteRow> s_table = new("counted_sites", RowJson.Default.CountedSiteRow, "site_id", "accepted_on");

    private static IEnumerable<Row> Rows(long version, CountedSite state, IReadOnlyList<Event> recorded) =>
        from day in recorded.Select(fact => fact is SiteWithdrawn gone ? gone.AcceptedOn : ((SiteContributed)fact).AcceptedOn).Distinct()
        where state.Times.ContainsKey(day)
        let time = state.Times[day]
        let e = time.Counted
        select s_table.Row(
            $"{e.SiteId} {day:O}", new CountedSiteRow(e.SiteId, day, time.WithdrawnOn, e.Name, e.Division, e.Kind, e.Area, e.CausedBy, e.CausedAt));
}

/// <summary>A site from one acceptance to its withdrawal; named as its columns.</summary>
internal sealed record CountedSiteRow(
    string SiteId, DateOnly AcceptedOn, DateOnly? WithdrawnOn, string Name, string Division, string Kind, Quantity Area, Guid CausedBy, long CausedAt);

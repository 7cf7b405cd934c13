using Restoration.Domain;

namespace Restoration.Indicators.Sites;

/// <summary>Count an accepted site.</summary>
public sealed record CountSite(
    string SiteId, string Name, string Division, string Kind, Quantity Area, DateOnly AcceptedOn, Guid CausedBy, long CausedAt, By By, DateTimeOffset At);

/// <summary>Count it no more from a day on.</summary>
public sealed record WithdrawSite(string SiteId, DateOnly On, Guid CausedBy, long CausedAt, By By, DateTimeOffset At);

/// <summary>A site counts once.</summary>
public static class SiteDecider
{
    public static Decision<SiteEvent> Decide(CountedSite site, CountSite c)
    {
        var counted = new SiteContributed(c.SiteId, c.Name, c.Division, c.Kind, c.Area, c.AcceptedOn, c.CausedBy, c.CausedAt, c.By, c.At);
        return site.Counts switch
        {
            { CausedBy: var by } when by == c.CausedBy => [],
            { } before => [Withdrawn(before, c.AcceptedOn, c.CausedBy, c.CausedAt, c.By, c.At), counted],
            null => [counted],
        };
    }

    public static Decision<SiteEvent> Decide(CountedSite site, WithdrawSite c) => site.Counts is { } counted
        ? [Withdrawn(counted, c.On, c.CausedBy, c.CausedAt, c.By, c.At)]
        : [];

    private static SiteWithdrawn Withdrawn(SiteContributed counted, DateOnly on, Guid causedBy, long causedAt, By by, DateTimeOffset at) =>
        new(counted.SiteId, counted.Division, counted.AcceptedOn, on, causedBy, causedAt, by, at);
}

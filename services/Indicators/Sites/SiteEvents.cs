using Restoration.Domain;

namespace Restoration.Indicators.Sites;

/// <summary>A fact about what a mine site counts. Recorded from the fact of Mines whose event and position it names.</summary>
/// <param name="CausedAt">Position in the log of Mines.</param>
public abstract record SiteEvent(string SiteId, Guid CausedBy, long CausedAt, By By, DateTimeOffset At) : Event(By, At);

/// <summary>
/// An accepted site counts, from the day of its acceptance: one, and its area, in every mine indicator of a plan whose division it lies in.
/// Which those are is asked when a value is read, so that a plan entered later counts it too.
/// </summary>
/// <param name="Kind"><c>legacy</c> 历史遗留 or <c>licensed</c> 持证; the plans count the abandoned ones.</param>
[StoredAs("site-contributed.v1")]
public sealed record SiteContributed(
    string SiteId, string Name, string Division, string Kind, Quantity Area, DateOnly AcceptedOn, Guid CausedBy, long CausedAt, By By, DateTimeOffset At)
    : SiteEvent(SiteId, CausedBy, CausedAt, By, At);

/// <summary>A site that counted was reopened: from that day it counts no more.</summary>
/// <param name="AcceptedOn">Since when it had counted.</param>
[StoredAs("site-withdrawn.v1")]
public sealed record SiteWithdrawn(string SiteId, string Division, DateOnly AcceptedOn, DateOnly WithdrawnOn, Guid CausedBy, long CausedAt, By By, DateTimeOffset At)
    : SiteEvent(SiteId, CausedBy, CausedAt, By, At);

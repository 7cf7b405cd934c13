using Restoration.Messaging;

namespace Restoration.Updates.Feed;

/// <summary>Settings of the feed, section <c>Feed</c>. The defaults suit a province on one machine.</summary>
public sealed record FeedOptions
{
    /// <summary>Queue the sources' relays publish to.</summary>
    public string Queue { get; init; } = FeedWire.Queue;

    /// <summary>Messages taken into one transaction at most; also the broker's prefetch, which bounds the memory of the intake.</summary>
    public ushort Prefetch { get; init; } = 16;

    /// <summary>Bytes of messages after which a transaction takes no more.</summary>
    public int GroupBytes { get; init; } = 4 << 20;

    /// <summary>
    /// A subscription on which nothing arrives for this long is made anew; heartbeats alone should come far more often. A broker that
    /// loses a subscription does not always say so (a quorum queue that was deleted and declared again at once).
    /// </summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a replay is waited for before it is asked for again; doubles up to twelve times this.</summary>
    public TimeSpan ReplayPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Entries the live ring holds at most. A subscriber that falls further behind than this is lagging.</summary>
    public int RingEntries { get; init; } = 8192;

    /// <summary>Bytes the live ring holds at most.</summary>
    public int RingBytes { get; init; } = 32 << 20;

    /// <summary>
    /// A thousand subscribers are woken at most once in this time, which is what coalesces their flushes; fewer of them sooner, since each
    /// flush costs the same two processes and a wire, and a few cost nothing worth waiting for.
    /// </summary>
    public TimeSpan Coalesce { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a silent stream carries a comment.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A subscriber whose connection takes nothing for this long is cut off.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long entries are kept; for ever where nothing is said. The latest of each subject and type stays.</summary>
    public TimeSpan? Keep { get; init; }

    /// <summary>How long a ticket for a stream is good.</summary>
    public TimeSpan Ticket { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>All that is wrong with these settings.</summary>
    public IEnumerable<string> Faults()
    {
        if (string.IsNullOrWhiteSpace(Queue)) yield return "Feed:Queue must name a queue.";
        if (Prefetch == 0) yield return "Feed:Prefetch must be at least 1.";
        if (GroupBytes <= 0) yield return "Feed:GroupBytes must be positive.";
        if (RingEntries <= 0 || RingBytes <= 0) yield return "Feed:RingEntries and Feed:RingBytes must be positive.";
        if (ReplayPause <= TimeSpan.Zero || Silence <= TimeSpan.Zero || Heartbeat <= TimeSpan.Zero || Stall <= TimeSpan.Zero)
            yield return "Feed:ReplayPause, Feed:Silence, Feed:Heartbeat and Feed:Stall must be positive.";
        if (Keep <= TimeSpan.Zero || Ticket <= TimeSpan.Zero) yield return "Feed:Keep and Feed:Ticket must be positive.";
        if (Coalesce < TimeSpan.Zero) yield return "Feed:Coalesce must not be negative.";
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Restoration.Updates.Feed;

/// <summary>The feed's end of a trace that began with somebody's post, and its figures. Costs nothing while nobody listens.</summary>
public static class FeedTelemetry
{
    private static readonly ActivitySource Source = new("Restoration.Updates");
    private static readonly Meter Meter = new("Restoration.Updates");
    private static readonly Counter<long> Entries = Meter.CreateCounter<long>("restoration.feed.entries", description: "Entries appended");

    public static readonly UpDownCounter<long> Subscribers =
        Meter.CreateUpDownCounter<long>("restoration.feed.subscribers", description: "Open event streams");

    public static void Appended(IReadOnlyList<NewEntry> entries, DateTimeOffset began)
    {
        Entries.Add(entries.Count);
        if (!Source.HasListeners()) return;
        foreach (var entry in entries)
        {
            if (!ActivityContext.TryParse(entry.Event.TraceParent, null, isRemote: true, out var parent)) continue;
            if ((parent.TraceFlags & ActivityTraceFlags.Recorded) == 0) continue;
            using var span = Source.StartActivity("feed append", ActivityKind.Consumer, parent, startTime: began);
            span?.SetTag("messaging.system", "rabbitmq").SetTag("cloudevents.event_id", entry.Event.Id)
                .SetTag("cloudevents.event_type", entry.Event.Type).SetTag("restoration.sequence", entry.Sequence.ToString());
        }
    }
}

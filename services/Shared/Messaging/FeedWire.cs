using RabbitMQ.Client;

namespace Restoration.Messaging;

/// <summary>
/// The wire between a source's relay and the feed. One message is one batch: a JSON array of CloudEvents (possibly empty), whose headers
/// say which part of the source's log it stands for. Both ends declare the same queues, so neither has to be there first.
/// </summary>
public static class FeedWire
{
    public const string Queue = "updates.feed";
    public const string BatchType = "application/cloudevents-batch+json";

    /// <summary>Short name of the service whose log this is, <c>registry</c>.</summary>
    public const string SourceHeader = "source";

    /// <summary>Epoch of the source's log: raised when it was restored from a backup.</summary>
    public const string EpochHeader = "epoch";

    /// <summary>With <see cref="ThroughHeader"/>: the message carries everything that leaves of the positions in (after, through].</summary>
    public const string AfterHeader = "after";

    /// <summary>Equal to <see cref="AfterHeader"/> in a heartbeat, which carries nothing but how far the relay has come.</summary>
    public const string ThroughHeader = "through";

    public static string DeadLettersOf(string queue) => $"{queue}-dlq";

    /// <summary>The queue a source's relay reads replay requests from.</summary>
    public static string RequestsOf(string source) => $"{source}.requests";

    /// <summary>
    /// Declares the feed's queue and its dead letters. The delivery limit is high because it also counts messages that were only
    /// prefetched when a consumer died; what cannot be read is rejected at once, without using it up.
    /// </summary>
    public static async Task DeclareAsync(IChannel channel, string queue = Queue)
    {
        await Quorum(channel, DeadLettersOf(queue));
        await Quorum(channel, queue, new()
        {
            ["x-single-active-consumer"] = true,
            ["x-overflow"] = "reject-publish",
            ["x-delivery-limit"] = 1000,
            ["x-dead-letter-strategy"] = "at-least-once",
            ["x-dead-letter-exchange"] = "",
            ["x-dead-letter-routing-key"] = DeadLettersOf(queue),
        });
    }

    public static Task DeclareRequestsAsync(IChannel channel, string source) => Quorum(channel, RequestsOf(source));

    private static async Task Quorum(IChannel channel, string queue, Dictionary<string, object?>? more = null) =>
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false,
            arguments: new Dictionary<string, object?>(more ?? []) { ["x-queue-type"] = "quorum" });
}

/// <summary>Asks a source to send again what follows a position of its log.</summary>
/// <param name="Receiver">Who asks: <c>updates</c>, or a consuming service.</param>
/// <param name="After">Last position the receiver has.</param>
/// <param name="Epoch">Epoch of the log this position belongs to.</param>
public sealed record ReplayRequest(string Receiver, long After, long Epoch);

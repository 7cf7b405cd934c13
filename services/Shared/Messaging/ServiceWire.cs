using RabbitMQ.Client;

namespace Restoration.Messaging;

/// <summary>
/// A consuming service has one queue, named as the service. Sender and receiver declare it alike, so neither has to be there first.
/// The delivery limit also counts messages that were only prefetched when a consumer died; hence consumers prefetch little.
/// </summary>
public static class ServiceWire
{
    public const int DeliveryLimit = 20;

    public static Dictionary<string, object?> Arguments(string service) => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-single-active-consumer"] = true,
        ["x-overflow"] = "reject-publish",
        ["x-delivery-limit"] = DeliveryLimit,
        ["x-dead-letter-strategy"] = "at-least-once",
        ["x-dead-letter-exchange"] = $"{service}-dlx",
    };

    public static async Task DeclareAsync(IChannel channel, string service)
    {
        await channel.ExchangeDeclareAsync($"{service}-dlx", ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync($"{service}-dlq", durable: true, exclusive: false, autoDelete: false,
            arguments: new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.QueueBindAsync($"{service}-dlq", $"{service}-dlx", "");
        await channel.QueueDeclareAsync(service, durable: true, exclusive: false, autoDelete: false, arguments: Arguments(service));
    }
}

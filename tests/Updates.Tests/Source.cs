using System.Text.Json;
using System.Text.Json.Nodes;
using RabbitMQ.Client;
using Restoration.Messaging;

namespace Restoration.Updates.Tests;

/// <summary>Speaks for a source's relay: publishes parts of a log with mandatory routing and confirms, and reads replay requests.</summary>
public sealed class Source : IAsyncDisposable
{
    public const string Reported = "restoration.registry.progress-reported.v1";
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly FeedSystem _system;
    private readonly List<JsonObject> _log = [];

    private Source(FeedSystem system, string name, string kind, IConnection connection, IChannel channel) =>
        (_system, Kind, Name, _connection, _channel) = (system, kind, $"{name}-{system.Queue}", connection, channel);

    /// <summary>The word in its event types and its CloudEvents source.</summary>
    public string Kind { get; }

    /// <summary>Its name on the wire; unique, because its request queue is.</summary>
    public string Name { get; }

    public long Epoch { get; set; } = 1;

    public long Head => _log.Count;

    public static async Task<Source> ConnectAsync(FeedSystem system, string name, string? kind = null)
    {
        var factory = new ConnectionFactory { Uri = new(TestServers.Broker), AutomaticRecoveryEnabled = false };
        var connection = await factory.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync(new(true, true));
        await FeedWire.DeclareAsync(channel, system.Queue);
        return new(system, name, kind ?? name, connection, channel);
    }

    /// <summary>Writes to the log; nothing is published yet.</summary>
    public long Record(
        string subject = "p1", string? type = null, string division = "360731", string? divisions = null, JsonNode? data = null,
        string? traceparent = null)
    {
        var position = Head + 1;
        _log.Add(new()
        {
            ["specversion"] = "1.0",
            ["id"] = Guid.NewGuid().ToString(),
            ["source"] = $"/{Kind}",
            ["type"] = type ?? $"restoration.{Kind}.progress-reported.v1",
            ["subject"] = subject,
            ["time"] = "2023-06-30T00:00:00Z",
            ["datacontenttype"] = "application/json",
            ["position"] = position.ToString(null as IFormatProvider),
            ["stream"] = $"progress-{subject}",
            ["streamversion"] = position,
            ["division"] = division,
            ["divisions"] = divisions ?? division,
            ["traceparent"] = traceparent ?? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            ["data"] = data ?? new JsonObject { ["note"] = "第一行\n第二行" },
        });
        return position;
    }

    public long Define(string id, string? parent) => Record(
        $"division-{id}", "restoration.registry.division-defined.v1", id,
        data: new JsonObject { ["id"] = id, ["name"] = id, ["parentId"] = parent });

    /// <summary>Publishes everything recorded in (after, through], as one message.</summary>
    public Task PublishAsync(long after, long through) => PublishAsync(after, through,
        JsonSerializer.SerializeToUtf8Bytes(_log.Skip((int)after).Take((int)(through - after))));

    /// <summary>Publishes what was recorded after a position, in messages of a size.</summary>
    public async Task RelayAsync(long after = 0, int size = 100)
    {
        for (; after < Head; after += size) await PublishAsync(after, Math.Min(after + size, Head));
    }

    public Task HeartbeatAsync() => PublishAsync(Head, Head);

    public async Task PublishAsync(long after, long through, byte[] body)
    {
        var properties = new BasicProperties
        {
            ContentType = FeedWire.BatchType,
            DeliveryMode = DeliveryModes.Persistent,
            Headers = new Dictionary<string, object?>
            {
                [FeedWire.SourceHeader] = Name,
                [FeedWire.EpochHeader] = Epoch,
                [FeedWire.AfterHeader] = after,
                [FeedWire.ThroughHeader] = through,
            },
        };
        await _channel.BasicPublishAsync("", _system.Queue, mandatory: true, properties, body);
    }

    /// <summary>The next request for a replay, taken from the queue.</summary>
    public async Task<ReplayRequest> RequestAsync(double seconds = 15)
    {
        await FeedWire.DeclareRequestsAsync(_channel, Name);
        var got = await Eventually.Get(
            () => _channel.BasicGetAsync(FeedWire.RequestsOf(Name), autoAck: true), m => m is not null, "a replay request", seconds);
        return JsonSerializer.Deserialize<ReplayRequest>(got!.Body.Span, JsonSerializerOptions.Web)!;
    }

    public async Task<uint> RequestsWaitingAsync()
    {
        await FeedWire.DeclareRequestsAsync(_channel, Name);
        return await _channel.MessageCountAsync(FeedWire.RequestsOf(Name));
    }

    public Task<uint> MessagesAsync(string queue) => _channel.MessageCountAsync(queue);

    /// <summary>Also of what a consumer that died has taken and not acknowledged, which would come again.</summary>
    public async Task EmptyFeedQueueAsync()
    {
        await DeleteFeedQueueAsync();
        await FeedWire.DeclareAsync(_channel, _system.Queue);
    }

    public Task<uint> DeleteFeedQueueAsync() => _channel.QueueDeleteAsync(_system.Queue);

    public async Task DeleteQueuesAsync()
    {
        await _channel.QueueDeleteAsync(_system.Queue);
        await _channel.QueueDeleteAsync(FeedWire.DeadLettersOf(_system.Queue));
        foreach (var kind in new[] { "registry", "mines" }) await _channel.QueueDeleteAsync(FeedWire.RequestsOf($"{kind}-{_system.Queue}"));
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}

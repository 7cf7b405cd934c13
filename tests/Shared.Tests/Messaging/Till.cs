using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Restoration.Messaging;
using Restoration.Shared.Tests.EventStore;
using Restoration.Support;

namespace Restoration.Shared.Tests.Messaging;

public sealed record AccountFact(string Account, decimal? Amount = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccountFact))]
internal sealed partial class FactJson : JsonSerializerContext;

/// <summary>A batch as it lies in the feed's queue.</summary>
public sealed record Batch(string Source, long Epoch, long After, long Through, IReadOnlyList<JsonElement> Events)
{
    public IEnumerable<long> Positions => Events.Select(e => long.Parse(e.GetProperty("position").GetString()!, CultureInfo.InvariantCulture));
}

/// <summary>A fact as it lies in a service's queue.</summary>
public sealed record Message(IReadOnlyDictionary<string, object?> Headers, string Body)
{
    public string? this[string header] => Headers.TryGetValue(header, out var value)
        ? value is byte[] text ? Encoding.UTF8.GetString(text) : Convert.ToString(value, CultureInfo.InvariantCulture)
        : null;

    public bool IsFact => Headers.ContainsKey("cloudEvents_position");

    public long Position => (long)Headers["cloudEvents_position"]!;
}

/// <summary>The system's time, run ahead at will.</summary>
public sealed class AheadClock : TimeProvider
{
    private long _ahead;

    public void Skip(TimeSpan time) => Interlocked.Add(ref _ahead, (long)(time.TotalSeconds * TimestampFrequency));

    public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _ahead);
}

/// <summary>A service whose facts go to the feed and to two others, with names of its own on the broker.</summary>
public sealed class Till : IAsyncDisposable
{
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];
    private readonly List<Batch> _feed = [];
    private readonly Dictionary<string, Consumer> _consumers = [];
    private IConnection? _connection;
    private IChannel? _channel;

    private Till(Store store) => Store = store;

    public Store Store { get; }
    public string Name => $"till-{_id}";
    public string Ledger => $"ledger-{_id}";
    public string Audit => $"audit-{_id}";
    public string FeedQueue => $"feed-{_id}";
    public AheadClock Clock { get; } = new();

    public static async Task<Till> Create() => new(await Store.Create());

    public Task<Replica> Start() => Store.Start(
        builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock));
            builder.AddRelay(Map());
        },
        null, ("ConnectionStrings:broker", TestServers.Broker), ("Feed:Queue", FeedQueue));

    private PublishingMap Map() => new PublishingMap(Name, FactJson.Default)
        .Fact<Opened, AccountFact>("account-opened.v1", (f, s) => new(f.Id, "360731", ["360731", "360000"], new(f.Id)), Ledger, Audit)
        .Fact<PaidIn, AccountFact>("money-paid-in.v1", (f, s) => new(s.Stream, "360731", ["360731"], new(s.Stream, f.Amount)), Ledger)
        .Fact<PaidOut, AccountFact>("money-paid-out.v1", (f, s) => f.Amount == 13
            ? throw new FormatException("a defect in the map")
            : new(s.Stream, "360731", ["360731"], new(s.Stream, f.Amount)))
        .Internal<Noted>();

    /// <summary>On a connection of the test's own, made anew after the broker was away.</summary>
    public async Task<T> OnBroker<T>(Func<IChannel, Task<T>> act)
    {
        if (_connection is not { IsOpen: true })
        {
            _connection = await new ConnectionFactory { Uri = new(TestServers.Broker), AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
        }

        if (_channel is not { IsOpen: true })
        {
            _channel = await _connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
        }

        return await act(_channel);
    }

    /// <summary>What the relay told services about how far it is, taken with their facts.</summary>
    public List<Message> Beats { get; } = [];

    /// <summary>Waits until the feed was told of everything through a position. Answers all batches since the till was made.</summary>
    public Task<List<Batch>> Fed(long through) => Eventually.Get(
        Feed, b => b.Any(x => x.Through >= through), $"the feed hears of {through}", 60);

    /// <summary>All batches so far.</summary>
    public async Task<List<Batch>> Feed()
    {
        foreach (var message in await Take(FeedQueue))
        {
            _feed.Add(new Batch(
                message["source"]!, (long)message.Headers["epoch"]!, (long)message.Headers["after"]!, (long)message.Headers["through"]!,
                [.. JsonSerializer.Deserialize<JsonElement>(message.Body).EnumerateArray()]));
        }

        return _feed.ToList();
    }

    /// <summary>Takes what lies in a queue; nothing where it is not there yet. The queues have one active consumer: this.</summary>
    public async Task<List<Message>> Take(string queue)
    {
        var consumer = _consumers.GetValueOrDefault(queue);
        if (consumer is not { IsRunning: true })
        {
            try
            {
                consumer = _consumers[queue] = await OnBroker(async channel =>
                {
                    var made = new Consumer(channel, consumer?.Received ?? []);
                    await channel.BasicConsumeAsync(queue, autoAck: false, made);
                    return made;
                });
                await Eventually.Get(() => OnBroker(c => c.MessageCountAsync(queue)), n => n == 0, $"{queue} is handed over");
            }
            catch (Exception e) when (e is RabbitMQClientException or IOException)
            {
                return [];
            }
        }

        var messages = new List<Message>();
        while (consumer.Received.TryDequeue(out var message))
        {
            (message.IsFact || queue == FeedQueue ? messages : Beats).Add(message);
        }

        return messages;
    }

    private sealed class Consumer(IChannel channel, ConcurrentQueue<Message> received) : AsyncDefaultBasicConsumer(channel)
    {
        public ConcurrentQueue<Message> Received => received;

        public override async Task HandleBasicDeliverAsync(
            string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties,
            ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            received.Enqueue(new Message(new Dictionary<string, object?>(properties.Headers!), Encoding.UTF8.GetString(body.Span)));
            await Channel.BasicAckAsync(deliveryTag, multiple: false, CancellationToken.None);
        }
    }

    /// <summary>Waits for so many different facts; those that came twice are twice in the answer.</summary>
    public async Task<List<Message>> Take(string queue, int count)
    {
        var all = new List<Message>();
        return await Eventually.Get(
            async () =>
            {
                all.AddRange(await Take(queue));
                return all;
            },
            a => a.Select(m => m.Position).Distinct().Count() >= count, $"{count} messages in {queue}");
    }

    public Task Ask(string request) => OnBroker(async channel =>
    {
        await FeedWire.DeclareRequestsAsync(channel, Name);
        await channel.BasicPublishAsync("", FeedWire.RequestsOf(Name), mandatory: true, new BasicProperties { Persistent = true }, Encoding.UTF8.GetBytes(request));
        return 0;
    });

    /// <summary>Asks for a replay, and waits until the relay has taken the request: it answers before it relays anything newer.</summary>
    public async Task Replay(string receiver, long after, long epoch = 1)
    {
        await Ask(JsonSerializer.Serialize(new ReplayRequest(receiver, after, epoch), JsonSerializerOptions.Web));
        await Taken();
    }

    public Task Taken() => Eventually.Get(
        () => OnBroker(async c => (await c.QueueDeclarePassiveAsync(FeedWire.RequestsOf(Name))).MessageCount), n => n == 0, "the request is taken");

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        string[] queues = [FeedQueue, FeedWire.DeadLettersOf(FeedQueue), FeedWire.RequestsOf(Name), Ledger, $"{Ledger}-dlq", Audit, $"{Audit}-dlq"];
        foreach (var queue in queues)
        {
            await OnBroker(c => c.QueueDeleteAsync(queue));
        }

        foreach (var exchange in (string[])["account-opened.v1", "money-paid-in.v1"])
        {
            await OnBroker(async c =>
            {
                await c.ExchangeDeleteAsync($"restoration.{Name}.{exchange}");
                return 0;
            });
        }

        await _connection!.DisposeAsync();
    }
}

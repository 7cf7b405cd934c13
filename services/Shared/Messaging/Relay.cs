using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>
/// From the log to RabbitMQ: in order, confirmed, mandatory, at least once. The log is the outbox; only this publishes. The checkpoint
/// moves when everything of a page is confirmed, so a crash repeats at most that page, and receivers know what they have.
/// </summary>
public sealed partial class Relay(Tail tail, TimeProvider clock, PublishingMap publishing, Broker broker, ILogger<Relay> logger)
    : Follower(tail, clock, "relay", logger)
{
    private const string PositionType = "urn:message:Restoration.Messaging:RelayPosition";
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_tells = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_confirm = TimeSpan.FromSeconds(30);
    private readonly EventTypes _types = tail.Types;
    private readonly Previous _previous = new(tail.Database, publishing.TypesByReceiver(tail.Types));
    private readonly TimeProvider _clock = clock;
    private readonly Dictionary<string, string[]> _typesByReceiver = publishing.TypesByReceiver(tail.Types);
    private readonly Dictionary<string, long> _meant = [];
    private long _epoch;
    private long _beat;
    private long _told;
    private long _toldAt;
    private long _asked;
    private CloudEventBatch? _batch;

    protected override int PageSize => 2_000;

    /// <summary>Each page is a message, a commit here and one in the feed.</summary>
    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(25);

    protected override Task Take(EventReader.Page page, long after, CancellationToken stop) => OnChannel(async channel =>
    {
        await Relayed(channel, page.Events, after, page.Through, null, stop);
        await using (var connection = await Database.OpenConnectionAsync(stop))
        {
            await Advance(connection, after, page.Through, stop);
        }

        await Answer(channel, page.Through, stop);
        if (_clock.GetElapsedTime(_beat) >= s_heartbeat)
            await Beat(channel, page.Through);
        else if (_clock.GetElapsedTime(_told) >= s_tells)
            await Tell(channel, page.Through);
    }, stop);

    protected override Task Begin(long at, CancellationToken stop) => OnChannel(async channel =>
    {
        _epoch = await Epoch(stop);
        foreach (var (receiver, names) in _typesByReceiver)
        {
            await using var command = Database.CreateCommand(
                "select seq_id from events.mt_events where seq_id <= $1 and type = any($2) order by seq_id desc limit 1").With(at).With(names);
            _meant[receiver] = await command.ExecuteScalarAsync(stop) as long? ?? 0;
        }

        await Beat(channel, at);
    }, stop);

    /// <summary>Every ten seconds the receivers hear how far the log is: knowing less, they ask for a replay.</summary>
    protected override Task Idle(long at, CancellationToken stop) => OnChannel(async channel =>
    {
        if (_clock.GetElapsedTime(_beat) >= s_heartbeat)
        {
            _epoch = await Epoch(stop);
            await Beat(channel, at);
        }
        else if (at > _toldAt)
        {
            await Tell(channel, at);
        }

        await Answer(channel, at, stop);
    }, stop);

    /// <summary>After a fault the channel is thrown away: what it published to may be gone, and is declared again with the next one.</summary>
    private async Task OnChannel(Func<IChannel, Task> send, CancellationToken stop)
    {
        try
        {
            await send(await broker.Channel(DeclareAll, stop));
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    private async Task Beat(IChannel channel, long at)
    {
        await Batch(channel, "[]"u8.ToArray(), at, at);
        await Tell(channel, at);
        _beat = _clock.GetTimestamp();
    }

    /// <summary>Tells the receivers how far the log is relayed.</summary>
    private async Task Tell(IChannel channel, long at)
    {
        foreach (var (receiver, through) in _meant)
        {
            var properties = new BasicProperties
            {
                Persistent = true,
                ContentType = "application/json",
                Headers = new Dictionary<string, object?> { ["MT-MessageType"] = PositionType },
            };
            await Publish(channel, "", receiver, properties, JsonSerializer.SerializeToUtf8Bytes(
                new RelayPosition(publishing.Service, _epoch, through, at), LetterJson.Default.RelayPosition));
        }

        (_told, _toldAt) = (_clock.GetTimestamp(), at);
    }

    /// <summary>
    /// Sends a page to the feed and then to the services that use its facts; or, for a replay, to one receiver alone. The feed first: what a
    /// service makes of a new division comes into it after the division, by which it knows whose it is.
    /// </summary>
    private async Task Relayed(IChannel channel, IReadOnlyList<StoredEvent> events, long after, long through, string? only, CancellationToken stop)
    {
        var prior = only is null ? _meant : new Dictionary<string, long> { [only] = after };
        var batch = Interlocked.Exchange(ref _batch, null) ?? new CloudEventBatch(publishing.Service);
        batch.Begin();
        var begun = after;
        var direct = new List<(StoredEvent Stored, PublishingMap.Route Route, string Subject, byte[] Data, string? Traceparent)>();
        var previous = await _previous.Of(events, stop);
        // All are written before the first is sent: one that cannot be must not send its forerunners again with every try.
        var leaving = events.Select(e => (Stored: e, Route: publishing[e.Fact])).Where(l => l.Route.Write is not null)
            .Select(l => (l.Stored, l.Route, Fact: l.Route.Write!(l.Stored))).ToList();
        foreach (var (stored, route, (subject, division, divisions, data)) in leaving)
        {
            var parent = ActivityContext.TryParse(stored.Headers.Traceparent, null, isRemote: true, out var context) ? context : default;
            using var activity = Broker.Source.StartActivity("relay", ActivityKind.Producer, parent);
            var traceparent = activity?.Id ?? stored.Headers.Traceparent;
            if (route.Receivers.Count > 0)
                direct.Add((stored, route, subject, data, traceparent));
            if ((only is null or "updates") && !route.IsSecret(stored.Fact))
            {
                batch.Add(stored, route.Type, subject, division, divisions, traceparent, data);
                if (batch.IsFull)
                {
                    await Batch(channel, batch.Close(), begun, stored.Position);
                    begun = stored.Position;
                    batch.Begin(); // confirmed, so nobody reads its memory any more
                }
            }
        }

        if (only is null or "updates")
        {
            await Batch(channel, batch.Close(), begun, through); // one batch in flight: the feed's order is the log's
            _batch = batch; // after a fault the client may still read it, so a new one is made
        }

        var sent = new List<Task>();
        foreach (var (stored, route, subject, data, traceparent) in direct)
        {
            foreach (var receiver in route.Receivers.Where(r => only is null || only == r))
            {
                // A replay goes past the exchange to the one queue that asked.
                var (exchange, key) = only is null ? (route.Type, "") : ("", receiver);
                sent.Add(Publish(channel, exchange, key, Direct(stored, route, subject, traceparent, previous[stored.Id], prior), data));
                if (only is null)
                {
                    break; // the exchange hands it to all of its receivers
                }
            }

            foreach (var receiver in route.Receivers.Where(prior.ContainsKey))
                prior[receiver] = stored.Position;
        }

        await Task.WhenAll(sent);
    }

    private Task Batch(IChannel channel, ReadOnlyMemory<byte> body, long after, long through) => Publish(
        channel, "", broker.FeedQueue,
        new BasicProperties
        {
            Persistent = true,
            ContentType = FeedWire.BatchType,
            Headers = new Dictionary<string, object?>
            {
                [FeedWire.SourceHeader] = publishing.Service,
                [FeedWire.EpochHeader] = _epoch,
                [FeedWire.AfterHeader] = after,
                [FeedWire.ThroughHeader] = through,
            },
        },
        body);

    private BasicProperties Direct(StoredEvent stored, PublishingMap.Route route, string subject, string? traceparent, string previous, Dictionary<string, long> prior) => new()
    {
        Persistent = true,
        ContentType = "application/json",
        MessageId = stored.Id.ToString(),
        Headers = new Dictionary<string, object?>(prior.Where(p => route.Receivers.Contains(p.Key))
            .Select(p => KeyValuePair.Create($"{Letter.PriorHeader}-{p.Key}", (object?)p.Value)))
        {
            ["MT-MessageType"] = route.MessageType,
            ["cloudEvents_specversion"] = "1.0",
            ["cloudEvents_id"] = stored.Id.ToString(),
            ["cloudEvents_source"] = $"/{publishing.Service}",
            ["cloudEvents_type"] = route.Type,
            ["cloudEvents_subject"] = subject,
            ["cloudEvents_time"] = stored.Fact.At.UtcDateTime.ToString("O"),
            ["cloudEvents_stream"] = stored.Stream,
            ["cloudEvents_streamversion"] = stored.Version,
            ["cloudEvents_position"] = stored.Position,
            ["epoch"] = _epoch,
            [Letter.PreviousHeader] = previous,
            ["traceparent"] = traceparent,
        },
    };

    // No token goes into a publish (the client's confirm bookkeeping breaks); a time limit stands around it.
    private static Task Publish(IChannel channel, string exchange, string key, BasicProperties properties, ReadOnlyMemory<byte> body) =>
        channel.BasicPublishAsync(exchange, key, mandatory: true, properties, body).AsTask().WaitAsync(s_confirm);

    /// <summary>Replays what a receiver asks for, before anything newer goes out, so that its order holds.</summary>
    private async Task Answer(IChannel channel, long at, CancellationToken stop)
    {
        if (_clock.GetElapsedTime(_asked) < TimeSpan.FromSeconds(1))
            return;
        _asked = _clock.GetTimestamp();
        while (await channel.BasicGetAsync(FeedWire.RequestsOf(publishing.Service), autoAck: false, stop) is { } message)
        {
            var request = Read(message.Body);
            if (request is { Receiver: not null } && request.Epoch <= _epoch)
            {
                Log.Replays(logger, request.Receiver, request.After);
                for (var from = request.Epoch == _epoch ? request.After : 0; from < at;)
                {
                    var page = await StoredEvents.Settled(Database, _types, from, at, PageSize, stop);
                    await Relayed(channel, page.Events, from, page.Through, request.Receiver, stop);
                    from = page.Through;
                }
            }

            await channel.BasicAckAsync(message.DeliveryTag, multiple: false, stop);
        }
    }

    private ReplayRequest? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Span, WireJson.Default.ReplayRequest);
        }
        catch (JsonException e)
        {
            Log.Unreadable(logger, e);
            return null;
        }
    }

    private async Task<long> Epoch(CancellationToken stop)
    {
        await using var command = Database.CreateCommand("select epoch from edge.epoch");
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }

    private async Task DeclareAll(IChannel channel)
    {
        await FeedWire.DeclareAsync(channel, broker.FeedQueue);
        await FeedWire.DeclareRequestsAsync(channel, publishing.Service);
        foreach (var receiver in publishing.Routes.SelectMany(r => r.Receivers).Distinct())
            await ServiceWire.DeclareAsync(channel, receiver);
        foreach (var route in publishing.Routes.Where(r => r.Receivers.Count > 0))
        {
            await channel.ExchangeDeclareAsync(route.Type, ExchangeType.Fanout, durable: true);
            foreach (var receiver in route.Receivers)
                await channel.QueueBindAsync(receiver, route.Type, "");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Information, "Replays to {Receiver} what follows position {After}")]
        public static partial void Replays(ILogger logger, string receiver, long after);

        [LoggerMessage(12, LogLevel.Warning, "A replay request could not be read and is dropped")]
        public static partial void Unreadable(ILogger logger, Exception e);
    }
}

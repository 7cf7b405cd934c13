using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using RabbitMQ.Client;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>
/// Notices what was lost: keeps how far each source is known, and when a relay says that it has sent more than arrived, asks for a
/// replay from there. A deleted queue, a lost tail, a restored database, a new service are all the same to it, and so is a fact that the
/// broker keeps aside: it is sent once more, and where it is given up once more it becomes a dead letter here, which nobody asks for again.
/// </summary>
public sealed partial class Gaps(Receiver receiver, Broker broker, Aside aside, NpgsqlDataSource db, TimeProvider clock, ILogger<Gaps> logger) : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, (RelayPosition Position, long Heard)> _said = new();
    private readonly Dictionary<string, (long Known, long Since, int Times)> _asked = [];

    /// <summary>Per source: the position up to which all that is meant for this service was dealt with, as this process knows it.</summary>
    public IReadOnlyDictionary<string, long> Reached => receiver.Trackers.ToDictionary(t => t.Key, t =>
        _said.TryGetValue(t.Key, out var said) && said.Position.Epoch == t.Value.Epoch && t.Value.Known is var known && known >= said.Position.Through
            ? Math.Max(known, said.Position.At)
            : t.Value.Known);

    /// <summary>When a relay spoke last, as the clock counts; 0 before any did.</summary>
    internal long Heard { get; private set; }

    /// <summary>A relay says how far it is.</summary>
    internal async Task Hear(RelayPosition said, CancellationToken stop)
    {
        Heard = clock.GetTimestamp();
        await receiver.TrackerOf(said.Source, said.Epoch, stop);
        _said[said.Source] = (said, clock.GetTimestamp());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(s_look, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await Keep(stoppingToken);
                await receiver.Sweep(stoppingToken);

                // Relays speak every ten seconds: what was heard long ago was said to a queue that another replica consumes by now.
                foreach (var said in _said.Values.Where(s => clock.GetElapsedTime(s.Heard) < s_fresh))
                    await Compare(said.Position, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Interrupted(logger, e.Message); // the database or the broker is away; looked at again in a second
            }
        }
    }

    private async Task Compare(RelayPosition said, CancellationToken stop)
    {
        var tracker = await receiver.TrackerOf(said.Source, said.Epoch, stop);
        var known = tracker.Known;
        if (tracker.Epoch != said.Epoch || known >= said.Through)
        {
            _asked.Remove(said.Source);
            return;
        }

        // What is on its way needs no replay: asked only when nothing came for a while, and again later each time.
        var now = clock.GetTimestamp();
        if (!_asked.TryGetValue(said.Source, out var last) || known > last.Known)
        {
            _asked[said.Source] = (known, now, last.Times);
            return;
        }

        if (clock.GetElapsedTime(last.Since) < s_patience * Math.Min(last.Times + 1, 12))
            return;
        if (await aside.Settle(stop) > 0)
        {
            return; // looked at again in a second, with these dealt with
        }

        Log.Asks(logger, said.Source, known, said.Through);
        var channel = await broker.Channel(c => FeedWire.DeclareRequestsAsync(c, said.Source), stop);
        await channel.BasicPublishAsync(
            "", FeedWire.RequestsOf(said.Source), mandatory: true, new BasicProperties { Persistent = true, ContentType = "application/json" },
            JsonSerializer.SerializeToUtf8Bytes(new ReplayRequest(receiver.Service, known, tracker.Epoch), WireJson.Default.ReplayRequest), CancellationToken.None)
            .AsTask().WaitAsync(TimeSpan.FromSeconds(10), stop);
        _asked[said.Source] = (known, now, last.Times + 1);
    }

    /// <summary>Kept late on purpose: knowing less than is true costs a longer replay, knowing more would lose facts.</summary>
    private async Task Keep(CancellationToken stop)
    {
        var reached = Reached;
        foreach (var (source, tracker) in receiver.Trackers)
        {
            await using var command = db.CreateCommand(
                """
                update edge.known set position = greatest(position, $3), reached = greatest(reached, $4)
                where source = $1 and epoch = $2 and (position < $3 or reached < $4)
                """).With(source).With(tracker.Epoch).With(tracker.Known).With(reached.GetValueOrDefault(source));
            await command.ExecuteNonQueryAsync(stop);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(31, LogLevel.Warning, "{Source} has sent through {Through}, known here is {Known}: asks for a replay")]
        public static partial void Asks(ILogger logger, string source, long known, long through);

        [LoggerMessage(32, LogLevel.Warning, "Looking for gaps was interrupted: {Reason}")]
        public static partial void Interrupted(ILogger logger, string reason);
    }
}

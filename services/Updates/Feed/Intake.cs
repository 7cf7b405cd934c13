using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using RabbitMQ.Client;
using Restoration.Messaging;

namespace Restoration.Updates.Feed;

/// <summary>
/// Takes the sources' batches from the broker into the feed. A message is acknowledged after the commit that took it in, so a death
/// anywhere means that it comes again and is known already. Outages of broker and database are waited out.
/// </summary>
public sealed partial class Intake(
    FeedLog log, FeedOptions options, IConfiguration configuration, TimeProvider clock, ILogger<Intake> logger)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly ReplayRequests _requests = new(options.ReplayPause, clock);
    private volatile bool _connected;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_connected ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("Not connected to the broker."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var pause = TimeSpan.FromSeconds(1); !stoppingToken.IsCancellationRequested; pause = Longer(pause))
        {
            try
            {
                await ConsumeAsync(() => pause = TimeSpan.FromSeconds(1), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.BrokerLost(logger, pause.TotalSeconds, e);
                await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            finally
            {
                _connected = false;
            }
        }
    }

    private async Task ConsumeAsync(Action connected, CancellationToken stop)
    {
        var factory = new ConnectionFactory
        {
            Uri = new(configuration.Required("broker")),
            ClientProvidedName = "updates",
            // What was prefetched when a connection broke must be forgotten, which the client's own recovery would not do.
            AutomaticRecoveryEnabled = false,
            // One queue has one consumer: until the broker takes a frozen one for dead, which it does after two of these, no other takes in.
            RequestedHeartbeat = TimeSpan.FromSeconds(2),
        };
        await using var connection = await factory.CreateConnectionAsync(stop);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: stop);
        await using var asking = await connection.CreateChannelAsync(new(true, true), stop);
        await FeedWire.DeclareAsync(channel, options.Queue);
        await channel.BasicQosAsync(0, options.Prefetch, false, stop);
        var messages = new Messages(channel);
        await channel.BasicConsumeAsync(options.Queue, autoAck: false, messages, stop);
        _connected = true;
        connected();
        Log.Consuming(logger, options.Queue);

        try
        {
            while (await messages.Arrived.WaitToReadAsync(stop).AsTask().WaitAsync(options.Silence, clock, stop))
                await TakeAsync(messages.NextGroup(options), channel, asking, stop);
        }
        catch (TimeoutException) when (channel.IsOpen)
        {
            return;
        }
        throw new IOException("The broker ended the subscription.");
    }

    private async Task TakeAsync(List<Message> group, IChannel channel, IChannel asking, CancellationToken stop)
    {
        var began = clock.GetUtcNow();
        var readable = new List<(ulong Tag, SourceBatch Batch)>(group.Count);
        foreach (var message in group)
        {
            try
            {
                readable.Add((message.Tag, SourceBatch.Read(message.Headers, message.Body)));
            }
            catch (FormatException e)
            {
                Log.Unreadable(logger, FeedWire.DeadLettersOf(options.Queue), e);
                await channel.BasicRejectAsync(message.Tag, requeue: false, CancellationToken.None);
            }
        }
        if (readable.Count == 0) return;

        var taken = await TakePatientlyAsync([.. readable.Select(r => r.Batch)], channel, stop);
        foreach (var source in taken.Moved) _requests.Progressed(source);
        foreach (var source in taken.Gaps)
        {
            if (!_requests.MayAsk(source)) continue;
            Log.Gap(logger, source, taken.Known[source].Position);
            await ReplayRequests.AskAsync(asking, source, taken.Known[source]);
        }
        FeedTelemetry.Appended(taken.Entries, began);
        await channel.BasicAckAsync(readable[^1].Tag, multiple: true, CancellationToken.None);
    }

    /// <summary>
    /// The database may be away for longer than the broker would forgive in redeliveries, so a group is tried again in place.
    /// </summary>
    private async Task<Taken> TakePatientlyAsync(IReadOnlyList<SourceBatch> batches, IChannel channel, CancellationToken stop)
    {
        for (var pause = TimeSpan.FromMilliseconds(200); ; pause = Longer(pause))
        {
            try
            {
                return await log.TakeAsync(batches, stop);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException && channel.IsOpen)
            {
                Log.DatabaseLost(logger, pause.TotalSeconds, e);
                await Task.Delay(pause, clock, stop);
            }
        }
    }

    private static TimeSpan Longer(TimeSpan pause) => pause * 2 < LongestPause ? pause * 2 : LongestPause;

    private sealed record Message(ulong Tag, IDictionary<string, object?>? Headers, byte[] Body);

    /// <summary>Hands arriving messages over, as many as the prefetch allows, and ends when the subscription does.</summary>
    private sealed class Messages(IChannel channel) : AsyncDefaultBasicConsumer(channel)
    {
        private readonly Channel<Message> _arrived = System.Threading.Channels.Channel.CreateUnbounded<Message>();

        public ChannelReader<Message> Arrived => _arrived.Reader;

        public List<Message> NextGroup(FeedOptions options)
        {
            var group = new List<Message>();
            var bytes = 0;
            while (group.Count < options.Prefetch && bytes < options.GroupBytes && Arrived.TryRead(out var message))
            {
                group.Add(message);
                bytes += message.Body.Length;
            }
            return group;
        }

        public override Task HandleBasicDeliverAsync(
            string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey,
            IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default) =>
            _arrived.Writer.WriteAsync(new(deliveryTag, properties.Headers, body.ToArray()), cancellationToken).AsTask();

        protected override Task OnCancelAsync(string[] consumerTags, CancellationToken cancellationToken = default)
        {
            _arrived.Writer.TryComplete();
            return base.OnCancelAsync(consumerTags, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Taking in from {Queue}.")]
        public static partial void Consuming(ILogger logger, string queue);

        [LoggerMessage(2, LogLevel.Warning, "The broker is not there; trying again in {Seconds} s.")]
        public static partial void BrokerLost(ILogger logger, double seconds, Exception exception);

        [LoggerMessage(3, LogLevel.Warning, "The database is not there; trying again in {Seconds} s.")]
        public static partial void DatabaseLost(ILogger logger, double seconds, Exception exception);

        [LoggerMessage(4, LogLevel.Error, "A message cannot be read and went to {DeadLetters}; its source waits at the gap.")]
        public static partial void Unreadable(ILogger logger, string deadLetters, Exception exception);

        [LoggerMessage(5, LogLevel.Warning, "Something of {Source} after position {Position} is missing; a replay is asked for.")]
        public static partial void Gap(ILogger logger, string source, long position);
    }
}

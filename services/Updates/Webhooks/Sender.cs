using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Webhooks;

/// <summary>
/// Sends what is due. Lanes are taken with a lease, at most a few of each subscription, so that a thousand targets share the attempts under
/// way and those that hang get one each; what came of an attempt is recorded in groups (<see cref="Recorder"/>). What a process took and
/// did not record, because it died, comes up again when its lease is over: at least once, with the same id.
/// </summary>
public sealed partial class Sender(
    Recorder recorder, Claims claims, Caller caller, Seal seal, WebhookOptions options, TimeProvider clock, ILogger<Sender> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(20), s_farewell = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _abandoned = new();
    private readonly ConcurrentDictionary<string, Pace> _paces = new();
    private volatile TaskCompletionSource _work = New();
    private int _inFlight, _troubled;

    /// <summary>There may be something to send.</summary>
    public void Wake() => Interlocked.Exchange(ref _work, New()).TrySetResult();

    /// <summary>A target that was in trouble is taken at its word again.</summary>
    public void Forgive(string subscription)
    {
        if (_paces.TryGetValue(subscription, out var pace)) pace.InTrouble = false;
        Wake();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var work = _work.Task;
            var more = false;
            try
            {
                more = await Take(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                Log.Lost(logger, e);
                work = Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken);
            }
            if (more) continue;
            await Task.WhenAny(work, Task.Delay(options.Poll, clock, stoppingToken));
            // Every end of an attempt wakes: what ends together is followed by one look.
            await Task.Delay(s_rest, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        // What is under way is recorded if it ends soon, so that nobody has to wait for its lease.
        var end = clock.GetTimestamp();
        while (Volatile.Read(ref _inFlight) > 0 && clock.GetElapsedTime(end) < s_farewell) await Task.Delay(s_rest, clock, CancellationToken.None);
        await _abandoned.CancelAsync();
    }

    /// <summary>Takes as many as there is room for.</summary>
    /// <returns>Whether all that was asked for was there, so that there may be more.</returns>
    private async Task<bool> Take(CancellationToken stop)
    {
        var free = options.InFlight - Volatile.Read(ref _inFlight);
        if (free <= 0) return false;
        // Those that hang must not fill the house: together they get half of it.
        var crowded = Volatile.Read(ref _troubled) >= options.InFlight / 2;
        var rooms = _paces.Where(p => p.Value.InTrouble || p.Value.InFlight > 0).ToDictionary(
            p => p.Key, p => p.Value.InTrouble ? (crowded ? 0 : Math.Max(0, 1 - p.Value.InFlight)) : Math.Max(0, options.PerSubscription - p.Value.InFlight));
        var taken = await claims.Take(rooms, Math.Min(free, Claims.Most), stop);
        foreach (var claim in taken)
        {
            Interlocked.Increment(ref _inFlight);
            _ = Deliver(claim, _paces.GetOrAdd(claim.Subscription, _ => new()), _abandoned.Token);
        }
        return taken.Count == Math.Min(free, Claims.Most);
    }

    private async Task Deliver(Claim claim, Pace pace, CancellationToken stop)
    {
        var troubled = pace.InTrouble;
        pace.Enter();
        if (troubled) Interlocked.Increment(ref _troubled);
        try
        {
            var attempt = claim.Body is null ? null : await Attempt(claim, claim.EventId.ToString(), claim.Body, stop);
            await recorder.Record(new(claim, attempt), stop);
            pace.InTrouble = attempt is { Delivered: false };
        }
        catch (OperationCanceledException)
        {
            // The process is going; the lease says when another goes on.
        }
        catch (Exception e)
        {
            Log.Failed(logger, claim.Subscription, e);
        }
        finally
        {
            if (troubled) Interlocked.Decrement(ref _troubled);
            pace.Leave();
            Interlocked.Decrement(ref _inFlight);
            Wake();
        }
    }

    private async Task<Attempt> Attempt(Claim claim, string id, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        var secrets = new List<string> { await seal.OpenText(claim.Secret) };
        if (claim.OldSecret is { } old) secrets.Add(await seal.OpenText(old));
        return await caller.Send(new(claim.Target), id, secrets, body, stop);
    }

    /// <summary>A test event, now; nothing of it is kept.</summary>
    public async Task<PingResult> Ping(NpgsqlConnection connection, string subscription, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString();
        var claim = await Claims.Of(connection, subscription, stop);
        var body = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = id,
            ["source"] = $"/{SubscriptionFacts.Source}",
            ["type"] = SubscriptionFacts.PingType,
            ["subject"] = subscription,
            ["time"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["datacontenttype"] = "application/json",
            ["data"] = JsonSerializer.SerializeToNode(new Contracts.Updates.Ping(subscription), ContractJson.Default.Ping),
        }, WireJson.Options);
        var attempt = await Attempt(claim, id, body, stop);
        return new(id, attempt.At, attempt.Duration, attempt.Outcome, attempt.Status, DeliveryEndpoints.Text(attempt.Response));
    }

    public override void Dispose()
    {
        _abandoned.Dispose();
        base.Dispose();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How one subscription is doing in this process.</summary>
    private sealed class Pace
    {
        private int _inFlight;

        public volatile bool InTrouble;

        public int InFlight => Volatile.Read(ref _inFlight);

        public void Enter() => Interlocked.Increment(ref _inFlight);

        public void Leave() => Interlocked.Decrement(ref _inFlight);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Nothing can be taken to be sent just now.")]
        public static partial void Lost(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "A delivery of {Subscription} broke; it comes again when its lease is over.")]
        public static partial void Failed(ILogger logger, string subscription, Exception exception);
    }
}

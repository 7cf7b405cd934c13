using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace Restoration.Updates.Webhooks;

/// <summary>What came of a claim: an attempt, or none where there was nothing to send.</summary>
public sealed record Result(Claim Claim, Attempt? Attempt);

/// <summary>
/// Writes what came of attempts, many in one transaction: the log, what is delivered, when a lane is tried again, and that a subscription
/// is failing or disabled, with the feed's entry about it. While the database is away results wait here.
/// </summary>
public sealed partial class Recorder(WebhookDatabase database, WebhookOptions options, TimeProvider clock, ILogger<Recorder> logger) : BackgroundService
{
    private const int Group = 200;
    private readonly Channel<(Result Result, TaskCompletionSource Done)> _results = Channel.CreateUnbounded<(Result, TaskCompletionSource)>();
    private readonly TimeSpan[] _waits = options.Waits;

    /// <summary>Completes when it is stored.</summary>
    public async Task Record(Result result, CancellationToken stop)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _results.Writer.WriteAsync((result, done), stop);
        await done.Task.WaitAsync(stop);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var group = new List<(Result Result, TaskCompletionSource Done)>();
        while (!stoppingToken.IsCancellationRequested)
        {
            if (group.Count == 0) await ((Task)_results.Reader.WaitToReadAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (group.Count < Group && _results.Reader.TryRead(out var one)) group.Add(one);
            if (group.Count == 0) continue;
            try
            {
                await Write([.. group.Select(g => g.Result)]);
                foreach (var (_, done) in group) done.SetResult();
                group.Clear();
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                Log.Lost(logger, group.Count, e);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Subscriptions first, then lanes, then deliveries: everybody locks in this order.</summary>
    private async Task Write(Result[] results)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var fallen in results.Where(Falls).GroupBy(r => r.Claim.Subscription).OrderBy(g => g.Key, StringComparer.Ordinal))
            await Fall(connection, fallen.Key, fallen.First().Attempt!);

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Of("select from webhooks.lanes where (subscription, lane) in (select * from unnest($1, $2)) order by subscription, lane for update",
                    results.Select(r => r.Claim.Subscription).ToArray(), results.Select(r => r.Claim.Lane).ToArray()),
                Of(
                    """
                    update webhooks.deliveries d set state = r.state, tries = case r.state when 'pending' then d.tries + 1 else d.tries end,
                        finished = case r.state when 'pending' then null else now() end
                    from unnest($1, $2) r(id, state) where d.id = r.id and d.state = 'pending'
                    """, results.Select(r => r.Claim.Delivery).ToArray(), results.Select(StateOf).ToArray()),
                Attempts([.. results.Where(r => r.Attempt is not null)]),
                // A later statement sees what the dispatcher put into a lane before it was locked here.
                Of(
                    """
                    with held as (
                        select l.subscription, l.lane, r.wait, exists (select from webhooks.deliveries d
                            where d.subscription = l.subscription and d.lane = l.lane and d.state = 'pending') waiting
                        from webhooks.lanes l join unnest($1, $2, $3, $4) r(subscription, lane, token, wait)
                            on l.subscription = r.subscription and l.lane = r.lane and l.token = r.token),
                    empty as (delete from webhooks.lanes l using held h where not h.waiting and l.subscription = h.subscription and l.lane = h.lane)
                    update webhooks.lanes l set due = now() + h.wait from held h
                    where h.waiting and l.subscription = h.subscription and l.lane = h.lane
                    """,
                    results.Select(r => r.Claim.Subscription).ToArray(), results.Select(r => r.Claim.Lane).ToArray(),
                    results.Select(r => r.Claim.Token).ToArray(), results.Select(Wait).ToArray()),
            },
        };
        await batch.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
    }

    /// <summary>The target is gone, or the schedule is at its end.</summary>
    private bool Falls(Result result) => result.Attempt is { Gone: true } || (result.Attempt is { Delivered: false } && result.Claim.Tries >= _waits.Length);

    private async Task Fall(NpgsqlConnection connection, string id, Attempt attempt)
    {
        if (await Subscriptions.Find(connection, id, " for update", CancellationToken.None) is not { State: SubscriptionState.Active }) return;
        var fallen = await Subscriptions.Stop(
            connection, id, attempt.Gone ? SubscriptionState.Disabled : SubscriptionState.Failing,
            attempt.Gone ? "The target answered 410." : $"Every attempt of the schedule failed; the last: {attempt.Outcome}{(attempt.Status is { } status ? $" {status}" : "")}.",
            CancellationToken.None);
        await SubscriptionFacts.Tell(connection, fallen, attempt.Gone ? SubscriptionFacts.Disabled : SubscriptionFacts.Failing, clock, CancellationToken.None);
        Log.Fell(logger, id, fallen.Reason!);
    }

    private static string StateOf(Result result) => result.Attempt switch { null => "expired", { Delivered: true } => "delivered", _ => "pending" };

    /// <summary>Until the lane is tried again: at once where its first is done; else as the schedule says, or the target within its next step but one.</summary>
    private TimeSpan Wait(Result result)
    {
        if (result.Attempt is not { Delivered: false } attempt) return TimeSpan.Zero;
        var step = Math.Min(result.Claim.Tries, _waits.Length - 1);
        var wait = _waits[step] * (0.9 + 0.2 * Random.Shared.NextDouble());
        var longest = _waits[Math.Min(step + 1, _waits.Length - 1)];
        return attempt.RetryAfter is not { } asked ? wait : asked > longest ? longest > wait ? longest : wait : asked > wait ? asked : wait;
    }

    private static NpgsqlBatchCommand Attempts(Result[] results)
    {
        var command = Of("insert into webhooks.attempts select * from unnest($1, $2, $3, $4, $5, $6)",
            results.Select(r => r.Claim.Delivery).ToArray(), results.Select(r => r.Attempt!.At.UtcDateTime).ToArray(), results.Select(r => r.Attempt!.Duration).ToArray());
        command.Parameters.Add(new() { Value = results.Select(r => r.Attempt!.Status).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        command.Parameters.Add(new() { Value = results.Select(r => r.Attempt!.Outcome).ToArray() });
        command.Parameters.Add(new() { Value = results.Select(r => r.Attempt!.Response).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        return command;
    }

    private static NpgsqlBatchCommand Of(string text, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Count} results of attempts cannot be stored just now.")]
        public static partial void Lost(ILogger logger, int count, Exception exception);

        [LoggerMessage(2, LogLevel.Warning, "{Subscription} gets nothing more until it is resumed: {Reason}")]
        public static partial void Fell(ILogger logger, string subscription, string reason);
    }
}

using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>Settings of the log, section <c>EventStore</c>.</summary>
public sealed record EventLogOptions
{
    /// <summary>Calls that may wait for a commit; one more is answered 503. Default 4,096.</summary>
    public int QueueLength { get; init; } = 4_096;

    /// <summary>Bytes that calls which wait may have been read from; one more is answered 503. Default 64 MiB.</summary>
    public long QueueBytes { get; init; } = 64 << 20;

    /// <summary>Units in one commit. Default 1,024.</summary>
    public int CommitUnits { get; init; } = 1_024;

    /// <summary>Bytes that the units of one commit may have been read from; a larger call has a commit to itself. Default 8 MiB.</summary>
    public long CommitBytes { get; init; } = 8 << 20;

    /// <summary>Events whose folded streams are kept in memory, counted by stream. Default 500,000.</summary>
    public long CachedEvents { get; init; } = 500_000;
}

/// <summary>
/// The only writer of the log: group commit. Calls that arrive while a commit is in flight share the next one. The fast path decides on
/// cached states and writes everything in one round trip that is guarded by the streams' versions; when the guard says that another
/// replica was there first, the same units are decided again under the streams' locks.
/// </summary>
public sealed partial class EventLog : BackgroundService
{
    public const string Telemetry = "Restoration.EventStore";
    private static readonly ActivitySource s_source = new(Telemetry);
    private static readonly Meter s_meter = new(Telemetry);
    private static readonly Counter<long> s_appended = s_meter.CreateCounter<long>("restoration.log.appended", "{event}");
    private static readonly Histogram<int> s_units = s_meter.CreateHistogram<int>("restoration.log.commit.units", "{unit}");
    private static readonly Counter<long> s_locking = s_meter.CreateCounter<long>("restoration.log.locking", "{commit}");

    private readonly EventLogOptions _options;
    private readonly ILogger<EventLog> _logger;
    private readonly NpgsqlDataSource _db;
    private readonly Channel<Call> _queue;
    private readonly Committer _committer;
    private readonly Lock _room = new();
    private int _calls;
    private long _bytes;
    private Task<bool>? _more;

    /// <param name="db">The writer's own pool; disposed with it.</param>
    public EventLog(NpgsqlDataSource db, EventTypes types, TimeProvider clock, EventLogOptions options, ILogger<EventLog> logger)
    {
        (_db, _options, _logger) = (db, options, logger);
        _committer = new Committer(db, types, clock, new StreamCache(options.CachedEvents));
        _queue = Channel.CreateUnbounded<Call>(new UnboundedChannelOptions { SingleReader = true }); // bounded by what Waits lets in
    }

    internal sealed class Call(IReadOnlyList<Work> units, Together together)
    {
        public IReadOnlyList<Work> Units => units;
        public Together Together => together;
        public long Bytes { get; } = units.Sum(unit => 1_024 + unit.Bytes);
        public TaskCompletionSource<Outcome[]> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public async Task<Outcome> Write(Work unit) => (await Write([unit]))[0];

    /// <summary>
    /// Writes units in order; answers when they are durable. An outcome is given for each; an exception means that the fate of the whole
    /// call is unknown or that nothing of it was written: with a claim or a key it can be sent again safely.
    /// </summary>
    /// <exception cref="UnavailableException">The queue is full, the service is stopping, or the database is out of reach.</exception>
    public async Task<Outcome[]> Write(IReadOnlyList<Work> units, Together together = Together.No)
    {
        using var activity = s_source.StartActivity("append");
        activity?.SetTag("restoration.units", units.Count);
        var call = new Call(units, together);
        if (!Waits(call))
        {
            throw new UnavailableException("Too many writes are waiting.", TimeSpan.FromSeconds(1));
        }

        return await call.Done.Task;
    }

    /// <summary>False where the queue is full. A call that finds it empty always waits, however large it is.</summary>
    private bool Waits(Call call)
    {
        lock (_room)
        {
            if (_calls >= _options.QueueLength || (_calls > 0 && _bytes + call.Bytes > _options.QueueBytes) || !_queue.Writer.TryWrite(call))
            {
                return false;
            }

            (_calls, _bytes) = (_calls + 1, _bytes + call.Bytes);
            return true;
        }
    }

    /// <summary>They wait until they are on their way: what is being decided still takes room.</summary>
    private void Leave(Draft draft)
    {
        lock (_room)
        {
            (_calls, _bytes) = (_calls - draft.Calls.Count, _bytes - draft.Bytes);
        }
    }

    /// <summary>While one commit is on its way the next is gathered and decided: the process and the database work at the same time.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stop = stoppingToken.Register(() => _queue.Writer.TryComplete());
        try
        {
            await Work();
        }
        finally
        {
            // Whatever ends it, nobody waits for an answer that does not come.
            _queue.Writer.TryComplete();
            while (_queue.Reader.TryRead(out var call))
            {
                call.Done.TrySetException(new UnavailableException("The writer of the log has stopped.", TimeSpan.FromSeconds(2)));
            }
        }
    }

    private async Task Work()
    {
        var (sent, flight) = (default(Draft), Task.FromResult<long[]?>(null));
        while (true)
        {
            var draft = _committer.Draft(sent);
            if (sent is null)
            {
                if (!await More())
                {
                    return;
                }
            }
            else
            {
                await Gather(draft, flight);
                draft = await Arrives(sent, flight) ? draft : Again(draft);
                sent = null;
            }

            Take(draft);
            await draft.Settle();
            if (draft.Calls.Count == 0)
            {
                continue;
            }

            s_units.Record(draft.Units);
            Leave(draft);
            if (draft.Holds)
            {
                (sent, flight) = (draft, draft.Send());
            }
            else
            {
                await Commit(draft.Calls, moved: false);
            }
        }
    }

    private async Task Gather(Draft draft, Task flight)
    {
        while (!flight.IsCompleted && Take(draft))
        {
            var more = _more ??= _queue.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
            if (await Task.WhenAny(more, flight) == more && !await More())
            {
                return;
            }
        }
    }

    /// <summary>Waits for a call; false where none will come any more.</summary>
    private async Task<bool> More()
    {
        var more = _more ?? _queue.Reader.WaitToReadAsync(CancellationToken.None).AsTask();
        _more = null;
        return await more;
    }

    /// <summary>Takes what waits; false where there is no room for more of it.</summary>
    private bool Take(Draft draft)
    {
        while (_queue.Reader.TryPeek(out var next))
        {
            if (draft.Units >= _options.CommitUnits || (draft.Calls.Count > 0 && draft.Bytes + next.Bytes > _options.CommitBytes))
            {
                return false;
            }

            _queue.Reader.TryRead(out next);
            draft.Add(next!);
        }

        return true;
    }

    private Draft Again(Draft draft)
    {
        var again = _committer.Draft(null);
        draft.Calls.ForEach(again.Add);
        return again;
    }

    /// <summary>False where it did not go through as it was decided; its calls are answered all the same.</summary>
    private async Task<bool> Arrives(Draft sent, Task<long[]?> flight)
    {
        long[]? positions;
        try
        {
            positions = await flight;
        }
        catch (NpgsqlException e) when (e.IsTransient)
        {
            Fail(sent.Calls, new UnavailableException("The database is out of reach.", TimeSpan.FromSeconds(2), e));
            return false;
        }
        catch (Exception)
        {
            await Commit(sent.Calls, moved: false); // something in it breaks: it is found by trying again
            return false;
        }

        if (positions is null)
        {
            await Commit(sent.Calls, moved: true);
            return false;
        }

        s_appended.Add(sent.Finish(_committer, positions));
        return true;
    }

    public override void Dispose()
    {
        base.Dispose();
        _db.Dispose();
    }

    /// <summary>What breaks is divided by halves until it stands alone: a few commits more, however many neighbours it has.</summary>
    /// <param name="moved">The fast path said no already.</param>
    private async Task Commit(List<Call> all, bool moved)
    {
        var parts = new Stack<List<Call>>([all]);
        while (parts.TryPop(out var calls))
        {
            try
            {
                var written = moved ? null : await _committer.Fast(calls);
                moved = false;
                if (written is null)
                {
                    s_locking.Add(1);
                    written = await _committer.Locking(calls);
                }

                s_appended.Add(written.Value);
            }
            catch (NpgsqlException e) when (e.IsTransient)
            {
                Fail([.. calls, .. parts.SelectMany(part => part)], new UnavailableException("The database is out of reach.", TimeSpan.FromSeconds(2), e));
                return;
            }
            catch (Exception e) when (calls.Count > 1 || calls is [{ Units.Count: > 1, Together: Together.No }])
            {
                if (parts.Count == 0 && calls.Count == all.Count)
                {
                    Log.Divided(_logger, calls.Count, e);
                }

                var smaller = calls.Count > 1 ? calls : Alone(calls[0]);
                parts.Push(smaller[(smaller.Count / 2)..]);
                parts.Push(smaller[..(smaller.Count / 2)]);
            }
            catch (Exception e)
            {
                Fail(calls, e);
            }
        }
    }

    private void Fail(List<Call> calls, Exception e)
    {
        Log.Failed(_logger, calls.Count, e);
        calls.ForEach(call => call.Done.TrySetException(e));
    }

    /// <summary>The units of a call as calls: one that cannot be stored is cut out, its neighbours go on.</summary>
    private static List<Call> Alone(Call call)
    {
        var units = call.Units.Select(unit => new Call([unit], Together.No)).ToList();
        _ = Gather();
        return units;

        async Task Gather()
        {
            await Task.WhenAll(units.Select(Task (unit) => unit.Done.Task)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var failures = units.Select(unit => unit.Done.Task.Exception?.InnerException).ToList();
            if (failures.OfType<UnavailableException>().FirstOrDefault() is { } unavailable)
            {
                call.Done.TrySetException(unavailable); // the sender repeats the whole; what is recorded answers "duplicate"
            }
            else
            {
                call.Done.TrySetResult([.. units.Select((unit, u) => failures[u] is null
                    ? unit.Done.Task.Result
                    : [Outcome.Refuse(failures[u] is UnknownEventTypeException unknown
                        ? Refusal.Conflict("stored-event.unknown", unknown.Message)
                        : Refusal.Invalid("event.unstorable", "This event cannot be stored."))]).SelectMany(outcome => outcome)]);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A commit of {Calls} calls broke; it is divided until what breaks stands alone")]
        public static partial void Divided(ILogger logger, int calls, Exception e);

        [LoggerMessage(2, LogLevel.Error, "A commit of {Calls} calls failed")]
        public static partial void Failed(ILogger logger, int calls, Exception e);
    }
}

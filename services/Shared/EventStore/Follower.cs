using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>
/// Follows the log in order from a checkpoint, which stands under its name in <c>mt_event_progression</c>; never one of Marten's own
/// names. Appends wake it by LISTEN; polling is the fallback.
/// </summary>
public abstract class Follower(Tail tail, TimeProvider clock, string name, ILogger logger) : Leader(tail.Database, clock, name, logger)
{
    /// <summary>The data source that followers share, by this key.</summary>
    public const string Pool = "followers";

    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_blocked = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// Between two pages that are not full. What comes after a silence is taken at once; under many small commits a page for each of them
    /// would cost more than the commits.
    /// </summary>
    protected virtual TimeSpan Pace => TimeSpan.FromMilliseconds(10);

    /// <summary>Events a step may take at most.</summary>
    protected virtual int PageSize => 1_000;

    /// <summary>Takes a page and moves the checkpoint from <paramref name="after"/> to the page's end, with <see cref="Advance"/>.</summary>
    protected abstract Task Take(EventReader.Page page, long after, CancellationToken stop);

    /// <summary>Called when this process became the one that follows.</summary>
    protected virtual Task Begin(long at, CancellationToken stop) => Task.CompletedTask;

    /// <summary>Called about every second while there is nothing to take.</summary>
    protected virtual Task Idle(long at, CancellationToken stop) => Task.CompletedTask;

    protected override async Task Lead(NpgsqlConnection held, CancellationToken stop)
    {
        await using (var listen = new NpgsqlCommand($"listen {Append.Channel}", held))
        {
            await listen.ExecuteNonQueryAsync(stop);
        }

        await tail.Forget(stop); // the database may be another than before
        var own = new EventReader(Database, tail.Types);
        var at = await Checkpoint(stop);
        await Begin(at, stop);
        while (true)
        {
            await Speak(held, stop);
            var began = Clock.GetTimestamp();
            var page = Known(await tail.Read(at, PageSize, stop) ?? await own.Read(at, PageSize, stop));
            if (page.Through > at)
            {
                await Take(page, at, stop);
                at = page.Through;
                Goes();
                if (page.Events.Count < PageSize / 2 && Pace - Clock.GetElapsedTime(began) is var rest && rest > TimeSpan.Zero)
                    await Task.Delay(rest, stop);
            }
            else if (!await held.WaitAsync(page.Blocked ? s_blocked : s_poll, stop) && !page.Blocked)
            {
                await Idle(at, stop);
                Goes();
            }
        }
    }

    /// <summary>Ends a page before a type that this code does not know, and stops when that one is next.</summary>
    private EventReader.Page Known(EventReader.Page page)
    {
        var known = page.Events.TakeWhile(e => tail.Types.Knows(e.Type)).ToList();
        return known.Count == page.Events.Count
            ? page
            : known.Count > 0
                ? new EventReader.Page(known, known[^1].Position, false)
                : throw new UnknownEventTypeException(page.Events[0].Type, page.Events[0].Position);
    }

    private async Task<long> Checkpoint(CancellationToken stop)
    {
        await using var command = Database.CreateCommand(
            """
            with made as (insert into events.mt_event_progression (name, last_seq_id) values ($1, 0) on conflict do nothing)
            select coalesce((select last_seq_id from events.mt_event_progression where name = $1), 0)
            """).With(Name);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }

    /// <summary>Moves the checkpoint, only from where this follower read it: one that lost its lock unnoticed cannot move it.</summary>
    protected async Task Advance(NpgsqlConnection connection, long from, long to, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "update events.mt_event_progression set last_seq_id = $3, last_updated = now() where name = $1 and last_seq_id = $2", connection)
            .With(Name).With(from).With(to);
        await command.PrepareAsync(stop);
        if (await command.ExecuteNonQueryAsync(stop) != 1)
            throw new InvalidOperationException($"The checkpoint of '{Name}' was moved by another process.");
    }
}

/// <summary>
/// The end of the log as the followers of a process read it. A page that one of them reads is kept for the others: what is settled for one is
/// settled for all, and each event is fetched and understood once. Who is further behind than what is kept reads for itself.
/// </summary>
public sealed class Tail(NpgsqlDataSource db, EventTypes types) : IDisposable
{
    private const int Most = 4_000, MostBytes = 16 << 20;
    private readonly SemaphoreSlim _one = new(1);
    private EventReader _reader = new(db, types);
    private readonly List<StoredEvent> _kept = []; // all there are at positions in (_from, _through]
    private long _from, _through, _bytes;

    public NpgsqlDataSource Database => db;

    public EventTypes Types => types;

    /// <summary>What follows a position; null where that is no longer kept.</summary>
    public async Task<EventReader.Page?> Read(long after, int limit, CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            if (after >= _through)
                return Keep(after, await _reader.Read(after, limit, stop));
            if (after < _from)
                return null;
            var next = _kept.FindIndex(e => e.Position > after);
            var events = _kept.GetRange(next, Math.Min(limit, _kept.Count - next));
            return new(events, events[^1].Position, false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    public async Task Forget(CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        (_reader, _from, _through, _bytes) = (new(db, types), 0, 0, 0);
        _kept.Clear();
        _one.Release();
    }

    private EventReader.Page Keep(long after, EventReader.Page page)
    {
        if (page.Events.Count == 0)
            return page;
        if (after != _through)
        {
            (_from, _bytes) = (after, 0);
            _kept.Clear();
        }

        _kept.AddRange(page.Events);
        _through = page.Through;
        _bytes += page.Events.Sum(e => (long)e.Data.Length);
        var gone = 0;
        for (; _kept.Count - gone > Most || (_bytes > MostBytes && gone < _kept.Count); gone++)
            (_from, _bytes) = (_kept[gone].Position, _bytes - _kept[gone].Data.Length);
        _kept.RemoveRange(0, gone);
        return page;
    }
}

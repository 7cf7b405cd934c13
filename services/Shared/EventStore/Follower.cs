using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>
/// Follows the log in order from a checkpoint, which stands under its name in <c>mt_event_progression</c>; never one of Marten's own
/// names. Appends wake it by LISTEN; polling is the fallback.
/// </summary>
public abstract class Follower(NpgsqlDataSource db, EventTypes types, TimeProvider clock, string name, ILogger logger) : Leader(db, clock, name, logger)
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

        var reader = new EventReader(Database, types);
        var at = await Checkpoint(stop);
        await Begin(at, stop);
        while (true)
        {
            await Speak(held, stop);
            var began = Clock.GetTimestamp();
            var page = Known(await reader.Read(at, PageSize, stop));
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
        var known = page.Events.TakeWhile(e => types.Knows(e.Type)).ToList();
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

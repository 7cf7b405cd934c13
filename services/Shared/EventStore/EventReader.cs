using Npgsql;

namespace Restoration.EventStore;

/// <summary>
/// The only reader of the log by position. Positions come from a sequence, so 7 can be seen before 6 is committed, and a rolled-back
/// append leaves 6 empty for ever. This hands out the contiguous prefix only, and closes a gap by the sequence's locks: whoever draws a
/// position holds <c>RowExclusiveLock</c> on the sequence from before the draw to the end of its transaction, and a commit becomes
/// visible before its locks go. So when all that held the lock at the gap are gone, a later statement shows what there is; what is then
/// still missing stays missing. No timer decides, and long transactions elsewhere do not matter.
/// One instance follows one checkpoint; not thread-safe.
/// </summary>
public sealed class EventReader(NpgsqlDataSource db, EventTypes types)
{
    private HashSet<string>? _holders;
    private long _ceiling;

    /// <param name="Through">Everything up to here was looked at; positions without an event are empty for good.</param>
    /// <param name="Blocked">True when something beyond is visible, but an append before it may still be under way: ask again soon.</param>
    public sealed record Page(IReadOnlyList<StoredEvent> Events, long Through, bool Blocked);

    public async Task<Page> Read(long after, int limit, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        if (_holders is not null && after < _ceiling && await IsHeld(connection, after, stop))
            return new Page([], after, true);
        var rows = await Rows(connection, after, limit, stop);
        var prefix = Contiguous(after, rows);
        if (prefix == rows.Count)
            return new Page(rows, prefix == 0 ? after : rows[^1].Position, false);
        // A gap. One note covers every position missing below the highest that was visible when it was taken.
        if (_holders is null || rows[prefix].Position > _ceiling)
        {
            _ceiling = rows[^1].Position;
            _holders = await Holders(connection, stop);
        }
        else
        {
            _holders.IntersectWith(await Holders(connection, stop));
        }

        if (_holders.Count > 0)
            return new Page(rows[..prefix], prefix == 0 ? after : rows[prefix - 1].Position, true);
        rows = await Rows(connection, after, limit, stop); // a later statement than the one that saw the holders gone
        var closed = rows.TakeWhile(r => r.Position <= _ceiling).Count();
        var taken = closed + Contiguous(closed == 0 ? after : rows[closed - 1].Position, rows[closed..]);
        _holders = null;
        return new Page(rows[..taken], taken == 0 ? after : rows[taken - 1].Position, taken < rows.Count);
    }

    /// <summary>
    /// The highest position there is, once all before it is settled: by the same rule, without reading what lies between. Waits for appends
    /// under way.
    /// </summary>
    public static async Task<long> Settled(NpgsqlDataSource db, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var command = new NpgsqlCommand("select coalesce(max(seq_id), 0) from events.mt_events", connection);
        var head = (long)(await command.ExecuteScalarAsync(stop))!;
        for (var holders = await Holders(connection, stop); holders.Count > 0; holders.IntersectWith(await Holders(connection, stop)))
            await Task.Delay(TimeSpan.FromMilliseconds(5), stop);
        return head;
    }

    private static int Contiguous(long after, List<StoredEvent> rows)
    {
        var count = 0;
        while (count < rows.Count && rows[count].Position == after + count + 1)
            count++;
        return count;
    }

    private async Task<List<StoredEvent>> Rows(NpgsqlConnection connection, long after, int limit, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            $"select {StoredEvents.Columns} from events.mt_events where seq_id > $1 order by seq_id limit $2", connection).With(after).With(limit);
        await command.PrepareAsync(stop);
        return (await StoredEvents.Some(command, types, limit, stop)).Events;
    }

    /// <summary>While somebody holds the next position open there is no need to fetch a page again, however often one asks.</summary>
    private async Task<bool> IsHeld(NpgsqlConnection connection, long after, CancellationToken stop)
    {
        _holders!.IntersectWith(await Holders(connection, stop));
        await using var next = new NpgsqlCommand("select exists (select from events.mt_events where seq_id = $1)", connection).With(after + 1);
        return _holders.Count > 0 && await next.ExecuteScalarAsync(stop) is false;
    }

    /// <summary>Who may be appending.</summary>
    public const string HoldersSql =
        """
        select virtualtransaction from pg_locks
        where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
          and relation = 'events.mt_events_sequence'::regclass and mode = 'RowExclusiveLock'
        """;

    private static async Task<HashSet<string>> Holders(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(HoldersSql, connection);
        var holders = new HashSet<string>();
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
            holders.Add(reader.GetString(0));
        return holders;
    }
}

/// <summary>Reads stored events from any query that selects <see cref="Columns"/>.</summary>
public static class StoredEvents
{
    public const string Columns = "seq_id, id, stream_id, version, type, data, timestamp, headers";

    /// <summary>What one part may weigh. It ends with the event that reaches it, however many were asked for, so that memory is bounded by bytes too.</summary>
    public const int MostBytes = 8 << 20;

    /// <param name="More">There may be more after these.</param>
    public readonly record struct Part(List<StoredEvent> Events, bool More);

    /// <summary>All that a query selects, which is known to be little.</summary>
    public static async Task<List<StoredEvent>> Read(NpgsqlCommand command, EventTypes types, CancellationToken stop) =>
        (await Some(command, types, int.MaxValue, stop, long.MaxValue)).Events;

    /// <summary>The first of what a query with that limit selects in order.</summary>
    public static async Task<Part> Some(NpgsqlCommand command, EventTypes types, int limit, CancellationToken stop, long mostBytes = MostBytes)
    {
        var events = new List<StoredEvent>();
        var bytes = 0L;
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (bytes < mostBytes && await reader.ReadAsync(stop))
        {
            var data = reader.GetFieldValue<byte[]>(5);
            events.Add(new StoredEvent(
                types, reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4),
                data, reader.GetFieldValue<DateTimeOffset>(6), reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7)));
            bytes += data.Length;
        }

        return new(events, events.Count == limit || bytes >= mostBytes);
    }

    /// <summary>Events at positions in (after, through], where all is known to be settled: a reader has handed out what lies beyond.</summary>
    public static async Task<EventReader.Page> Settled(
        NpgsqlDataSource db, EventTypes types, long after, long through, int limit, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            $"select {Columns} from events.mt_events where seq_id > $1 and seq_id <= $2 order by seq_id limit $3")
                .With(after).With(through).With(limit);
        var (events, more) = await Some(command, types, limit, stop);
        return new(events, more ? events[^1].Position : through, false);
    }

    /// <summary>A stream's events in order, from a version on.</summary>
    public static async Task<Part> OfStream(
        NpgsqlDataSource db, EventTypes types, string stream, long after, int limit, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            $"select {Columns} from events.mt_events where stream_id = $1 and version > $2 order by version limit $3")
                .With(stream).With(after).With(limit);
        return await Some(command, types, limit, stop);
    }
}

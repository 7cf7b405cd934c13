using System.Data;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>
/// The views as they are, or as they were: asked about the past, it folds the streams in question from the log as far as the time says,
/// and keeps their rows in temporary tables that stand before those in use. So whatever is asked of a view can be asked of its past, by
/// the same SQL. Only what was <c>Held</c> is there then.
/// </summary>
public sealed class Past : IAsyncDisposable
{
    private const int PageStreams = 500, PageEvents = 10_000;

    /// <summary>Each folds and sorts for a while: more at once would take the machine from those who ask about today.</summary>
    private static readonly SemaphoreSlim s_room = new(4);

    /// <summary>Whoever holds a connection may need another one for a moment: never all of the pool.</summary>
    private static readonly SemaphoreSlim s_together = new(32);
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(5);

    private readonly NpgsqlDataSource _db;
    private readonly EventTypes _types;
    private readonly NpgsqlConnection? _connection;
    private readonly SemaphoreSlim? _room;
    private readonly HashSet<string> _tables = [];

    private Past(NpgsqlDataSource db, EventTypes types, When when, NpgsqlConnection? connection = null, SemaphoreSlim? room = null) =>
        (_db, _types, When, _connection, _room) = (db, types, when, connection, room);

    public When When { get; }

    /// <param name="together">Views that are asked as of one moment where that is now; their tables are not swapped meanwhile.</param>
    /// <exception cref="UnavailableException">Too many ask about the past.</exception>
    public static async Task<Past> Open(NpgsqlDataSource db, EventTypes types, When when, IReadOnlyList<Derived> together, CancellationToken stop)
    {
        if (when.IsNow && together.Count == 0)
            return new Past(db, types, when);
        var room = when.IsNow ? s_together : s_room;
        if (!await room.WaitAsync(s_wait, stop))
            throw new UnavailableException("Too many such questions are being answered.", s_wait);
        var connection = default(NpgsqlConnection);
        try
        {
            connection = await db.OpenConnectionAsync(stop);
            // Ends with the connection, and the temporary tables with it. What is past does not change: it needs no snapshot.
            await connection.BeginTransactionAsync(when.IsNow ? IsolationLevel.RepeatableRead : IsolationLevel.ReadCommitted, stop);
            if (when.IsNow)
            {
                // Before the snapshot: in tables that are swapped after it, it would see nothing.
                await using var hold = new NpgsqlCommand($"lock table {string.Join(", ", together.SelectMany(v => v.Tables))} in access share mode", connection);
                await hold.ExecuteNonQueryAsync(stop);
            }

            return new Past(db, types, when, connection, room);
        }
        catch
        {
            room.Release();
            if (connection is not null)
                await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A question to the views as they are or were.</summary>
    public NpgsqlCommand Command(string sql) => _connection is null ? _db.CreateCommand(sql) : new NpgsqlCommand(sql, _connection);

    /// <summary>Gets the rows of some streams; of all where none are named.</summary>
    /// <param name="only">Of its tables those that are asked; all where null.</param>
    public async Task Hold(RowView view, IEnumerable<string>? streams, CancellationToken stop, params IReadOnlyList<string> only)
    {
        if (_connection is null || When.IsNow)
            return;
        view = only.Count == 0 ? view : view with { Tables = only };
        await Make(view);
        var kinds = view.Aggregates.ToDictionary(a => a.Type);
        await using var find = new NpgsqlCommand(
            "select id, type from events.mt_streams where type = any($1) and ($2::text[] is null or id = any($2)) order by id", _connection)
            .With<string[]>([.. kinds.Keys]).With(streams?.ToArray());
        var all = new List<KeyValuePair<string, Aggregate>>();
        await using (var reader = await find.ExecuteReaderAsync(stop))
        {
            while (await reader.ReadAsync(stop))
                all.Add(new(reader.GetString(0), kinds[reader.GetString(1)]));
        }

        foreach (var page in all.Chunk(PageStreams))
        {
            var rows = new List<Row>();
            await foreach (var folded in Folding.Of(_connection, _types, new Dictionary<string, Aggregate>(page), When, stop))
                rows.AddRange(folded.Rows(view));
            foreach (var some in rows.Chunk(PageEvents))
                await Folding.Write(_connection, some, stop);
        }
    }

    /// <summary>Gets a roll-up over some streams.</summary>
    /// <param name="happened">Whether a fact counts at a business time; by its own time where it is not said.</param>
    public async Task Hold(ViewDefinition view, IEnumerable<string> streams, Func<Event, DateTimeOffset, bool>? happened, CancellationToken stop)
    {
        if (_connection is null || When.IsNow)
            return;
        await Make(view);
        string[] of = [.. streams];
        for (var after = 0L; ;)
        {
            await using var read = new NpgsqlCommand(
                $"""
                select {StoredEvents.Columns} from events.mt_events
                where stream_id = any($1) and seq_id > $2 and ($3::timestamptz is null or timestamp <= $3) order by seq_id limit {PageEvents}
                """,
                _connection).With(of).With(after).WithTime(When.RecordedAsOf);
            var (page, more) = await StoredEvents.Some(read, _types, PageEvents, stop);
            await view.Apply(
                _connection, When.AsOf is not { } at ? page : [.. page.Where(e => happened?.Invoke(e.Fact, at) ?? e.Fact.At <= at)], stop);
            if (!more)
                return;
            after = page[^1].Position;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is null)
            return;
        _room!.Release();
        await _connection.DisposeAsync();
    }

    /// <summary>Without constraints: what was entered late may leave a past that never stood like that, such as a payment before its issue.</summary>
    private async Task Make(Derived view)
    {
        foreach (var table in view.Tables.Where(_tables.Add))
        {
            await using var make = new NpgsqlCommand($"create temp table {table} (like {table} including defaults including indexes) on commit drop", _connection);
            await make.ExecuteNonQueryAsync();
        }
    }
}

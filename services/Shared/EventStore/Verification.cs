using System.Data;
using System.Text;
using Npgsql;

namespace Restoration.EventStore;

/// <summary>Something in the log that is not as it was recorded.</summary>
/// <param name="Kind">
/// <c>hash-differs</c> (the event, or the one before it), <c>hash-missing</c>, <c>version-missing</c>, <c>version-repeated</c>, <c>position-differs</c>,
/// <c>stream-differs</c>, <c>event-without-stream</c>; <c>checkpoint-missing</c>, <c>checkpoint-forged</c>, <c>checkpoint-chain-differs</c>,
/// <c>checkpoint-differs</c>; and against what a checkpoint sealed, <c>sealed-missing</c>, <c>sealed-added</c>, <c>sealed-differs</c>, <c>envelope-differs</c>.
/// </param>
/// <param name="Version">Of the event; of a stream's last one, where only the stream can be told.</param>
public sealed record Finding(string Kind, string Detail, string? Stream = null, long? Version = null, long? Position = null, long? Checkpoint = null);

/// <summary>What a verification has looked at and found so far.</summary>
public sealed class LogFindings
{
    /// <summary>Findings that are kept; more are counted.</summary>
    private const int Most = 1_000;
    private readonly List<Finding> _findings = [];

    public long Events { get; internal set; }

    public long Streams { get; internal set; }

    public long Checkpoints { get; internal set; }

    /// <summary>Events up to here are sealed; beyond it only the chains of hashes speak.</summary>
    public long SealedThrough { get; internal set; }

    /// <summary>The highest position when it began.</summary>
    public long Through { get; internal set; }

    public long Found { get; private set; }

    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_findings)
                return [.. _findings];
        }
    }

    internal void Add(Finding finding)
    {
        lock (_findings)
        {
            Found++;
            if (_findings.Count < Most)
                _findings.Add(finding);
        }
    }
}

/// <summary>
/// Verifies the log from what is read back, in one snapshot: each stream's chain of hashes, and what the checkpoints sealed. Streams pass in
/// order, so that one of them is in memory at a time.
/// </summary>
/// <param name="keys">Without any, signatures stay unchecked.</param>
public sealed class Verification(NpgsqlDataSource db, SigningKeys keys, string service)
{
    private const int PageSize = 2_000;

    /// <summary>The whole log.</summary>
    public async Task Whole(LogFindings verified, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var snapshot = await Snapshot(connection, verified, stop);
        await Chains(connection, null, verified, stop);
        await Strays(connection, verified, stop);
        var checkpoints = await Checkpoints.All(connection, stop);
        Chained(checkpoints, verified);
        if (Checkpoints.Lost(keys, number => checkpoints.Find(c => c.Number == number)?.Root) is { } lost)
            verified.Add(new Finding("checkpoint-missing", lost, Checkpoint: keys.Last!.Value.Number));
        foreach (var checkpoint in checkpoints)
        {
            await using var lines = new NpgsqlCommand($"{Checkpoints.Lines} order by stream", connection).With(checkpoint.After).With(checkpoint.Position);
            await Sealed(connection, checkpoint, lines, null, verified, stop);
        }
    }

    /// <summary>One stream, against its chain and the checkpoints that sealed it. Answers whether anything ever stood there.</summary>
    public async Task<bool> Stream(string stream, LogFindings verified, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var snapshot = await Snapshot(connection, verified, stop);
        await Chains(connection, stream, verified, stop);
        await using var asked = new NpgsqlCommand(
            """
            select array(select number from edge.checkpoints c where exists (select from edge.checkpoint_streams s where s.checkpoint = c.number and s.stream = $1)
                    or exists (select from events.mt_events e where e.stream_id = $1 and e.seq_id > c.after and e.seq_id <= c.position)),
                (select version from events.mt_streams where id = $1)
            """,
            connection).With(stream);
        long[] numbers;
        long? version;
        await using (var reader = await asked.ExecuteReaderAsync(stop))
        {
            await reader.ReadAsync(stop);
            (numbers, version) = (reader.GetFieldValue<long[]>(0), reader.IsDBNull(1) ? null : reader.GetInt64(1));
        }

        if (verified.Events == 0 && version > 0)
            verified.Add(Emptied(stream, version.Value));
        foreach (var checkpoint in (await Checkpoints.All(connection, stop)).Where(c => numbers.Contains(c.Number)))
        {
            await using var lines = Checkpoints.KeptLines(connection, checkpoint.Number);
            await Sealed(connection, checkpoint, lines, stream, verified, stop);
        }

        return verified.Events > 0 || version is not null || numbers.Length > 0;
    }

    private static async Task<NpgsqlTransaction> Snapshot(NpgsqlConnection connection, LogFindings verified, CancellationToken stop)
    {
        var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stop);
        verified.Through = await Value(connection, "select coalesce(max(seq_id), 0) from events.mt_events", stop);
        return snapshot;
    }

    private static async Task Chains(NpgsqlConnection connection, string? stream, LogFindings verified, CancellationToken stop)
    {
        using var walk = new ChainWalk(verified);
        var reading = Page(connection, stream, new StoredRow { Stream = "", Version = long.MinValue, Position = long.MinValue }, stop);
        while (await reading is { Count: > 0 } page)
        {
            reading = Page(connection, stream, page[^1], stop);
            page.ForEach(walk.Take); // while the next page is on its way
        }

        walk.End();
    }

    /// <summary>By pages rather than one query: each is a walk along the index, whatever the planner thinks of the whole.</summary>
    private static async Task<List<StoredRow>> Page(NpgsqlConnection connection, string? stream, StoredRow after, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            $"""
            select e.stream_id, e.version, e.seq_id, e.id, e.type, e.data, e.headers, s.version
            from (select * from events.mt_events where version is not null and {(stream is null ? "(stream_id, version, seq_id) > ($1, $2, $3)" : "stream_id = $1 and (version, seq_id) > ($2, $3)")}
                order by stream_id, version, seq_id limit {PageSize}) e
            left join events.mt_streams s on s.id = e.stream_id
            order by e.stream_id, e.version, e.seq_id
            """,
            connection).With(stream ?? after.Stream).With(after.Version).With(after.Position);
        command.CommandTimeout = 0;
        var rows = new List<StoredRow>(PageSize);
        await using var r = await command.ExecuteReaderAsync(stop);
        for (var bytes = 0L; bytes < StoredEvents.MostBytes && await r.ReadAsync(stop); bytes += rows[^1].Data.Length)
        {
            rows.Add(new StoredRow(
                r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetGuid(3), r.GetString(4), r.GetFieldValue<byte[]>(5),
                r.IsDBNull(6) ? null : r.GetFieldValue<byte[]>(6), r.IsDBNull(7) ? null : r.GetInt64(7)));
        }

        return rows;
    }

    /// <summary>What no walk along the streams meets.</summary>
    private static async Task Strays(NpgsqlConnection connection, LogFindings verified, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            """
            select null, seq_id from events.mt_events where stream_id is null or version is null
            union all
            select id, version from events.mt_streams s where version > 0 and not exists (select from events.mt_events e where e.stream_id = s.id)
            """,
            connection);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            verified.Add(reader.IsDBNull(0)
                ? new Finding("event-without-stream", "The event names no stream, or no version in it.", Position: reader.GetInt64(1))
                : Emptied(reader.GetString(0), reader.GetInt64(1)));
        }
    }

    private static Finding Emptied(string stream, long version) => new("stream-differs", $"The stream says version {version} and has no event.", stream, version);

    private static void Chained(List<Checkpoint> checkpoints, LogFindings verified)
    {
        var before = default(Checkpoint);
        foreach (var checkpoint in checkpoints)
        {
            var next = (before?.Number ?? 0) + 1;
            if (checkpoint.Number > next)
            {
                var gone = checkpoint.Number == next + 1 ? $"Checkpoint {next} is" : $"The checkpoints {next} to {checkpoint.Number - 1} are";
                verified.Add(new Finding("checkpoint-missing", $"{gone} missing.", Checkpoint: next));
            }
            else if (checkpoint.Number != next || checkpoint.Previous != before?.Root || checkpoint.After != (before?.Position ?? 0))
            {
                verified.Add(new Finding("checkpoint-chain-differs", "It does not go on from the checkpoint before it.", Checkpoint: checkpoint.Number));
            }

            before = checkpoint;
        }
    }

    /// <summary>The signature, the root of the given lines, and, where either is wrong or one stream is asked for, what differs from the lines kept.</summary>
    private async Task Sealed(
        NpgsqlConnection connection, Checkpoint checkpoint, NpgsqlCommand lines, string? stream, LogFindings verified, CancellationToken stop)
    {
        verified.Checkpoints++;
        verified.SealedThrough = Math.Max(verified.SealedThrough, checkpoint.Position);
        var number = checkpoint.Number;
        var forged = keys.KeyId is not null && !keys.Verifies(checkpoint.KeyId, Encoding.UTF8.GetBytes(checkpoint.Signed(service)), checkpoint.Signature);
        if (forged)
        {
            verified.Add(new Finding("checkpoint-forged", $"What it says was not signed by the key {checkpoint.KeyId}, or that key is not trusted here.", Checkpoint: number));
        }

        var root = await Checkpoints.RootOf(lines, stop);
        if (root != checkpoint.Root)
        {
            verified.Add(new Finding(
                "checkpoint-differs", $"The {(stream is null ? "log gives" : "lines kept give")} the root {root}; signed is {checkpoint.Root}.", Checkpoint: number));
        }
        else if (!forged && stream is null)
        {
            return;
        }

        await using var differing = new NpgsqlCommand(
            $"""
            select coalesce(k.stream, n.stream), k.version, n.version, k.hash = n.hash
            from (select * from edge.checkpoint_streams where checkpoint = $3 and ($4::text is null or stream = $4)) k
            full join (select * from ({Checkpoints.Lines.Replace("where seq_id", "where ($4::text is null or stream_id = $4) and seq_id", StringComparison.Ordinal)}) l) n
                on k.stream = n.stream
            where (k.version, k.hash, k.envelope) is distinct from (n.version, n.hash, n.envelope) order by 1 limit 100
            """,
            connection);
        differing.CommandTimeout = 0;
        differing.With(checkpoint.After).With(checkpoint.Position).With(number).With(stream);
        await using var r = await differing.ExecuteReaderAsync(stop);
        while (await r.ReadAsync(stop))
        {
            var (kept, now) = (r.IsDBNull(1) ? default(long?) : r.GetInt64(1), r.IsDBNull(2) ? default(long?) : r.GetInt64(2));
            var (kind, detail) = (kept, now) switch
            {
                (_, null) => ("sealed-missing", "Events were sealed here and are gone."),
                (null, _) => ("sealed-added", "Events stand here now where none were sealed."),
                _ when kept != now || !r.GetBoolean(3) => ("sealed-differs", "Another last event was sealed here than the one that stands."),
                _ => ("envelope-differs", "An event's position, id, recorded time, .NET type, correlation, causation, tenant or archive mark was changed."),
            };
            verified.Add(new Finding(kind, detail, r.GetString(0), kept ?? now, Checkpoint: number));
        }
    }

    private static async Task<long> Value(NpgsqlConnection connection, string sql, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }
}

using Npgsql;

namespace Restoration.Updates.Feed;

/// <summary>
/// The only writer of the feed. Several batches become entries in one transaction, which holds the lock of the head row from before the
/// first number is given until the commit: a reader that has seen a number has seen all below it.
/// </summary>
public sealed class FeedLog(NpgsqlDataSource db)
{
    private ScopeTree _tree = ScopeTree.Unread;

    /// <summary>Takes in what is new. Nothing is taken twice, however often it is sent and by whomever.</summary>
    public async Task<Taken> TakeAsync(IReadOnlyList<SourceBatch> batches, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        var head = await LookAsync(connection, batches, stop);
        if (_tree.Version != head.Tree) _tree = await ScopeTree.ReadAsync(connection, head.Tree, stop);

        var judged = new Dictionary<string, Known>(head.Known);
        var (news, gaps) = Judge(batches, judged, head.Present);
        var divisions = news.Select(n => n.Event.Division).OfType<Division>().ToList();
        var tree = divisions.Aggregate(_tree, (at, division) => at.With(division));
        var taken = new Taken(
            [.. news.Select((n, i) => Number(n, new(head.Epoch, head.Last + 1 + i), tree))],
            judged, [.. judged.Where(s => s.Value != head.Known.GetValueOrDefault(s.Key)).Select(s => s.Key)], gaps);

        if (taken.Moved.Count > 0)
        {
            await WriteAsync(connection, taken, divisions, tree, stop);
            await transaction.CommitAsync(stop);
            _tree = tree;
        }
        return taken;
    }

    private static NewEntry Number((string Source, SourceEvent Event) news, Sequence sequence, ScopeTree tree) =>
        new(news.Source, news.Event, sequence, tree.ScopeOf(news.Event.Touched));

    private static (List<(string Source, SourceEvent Event)> News, IReadOnlyCollection<string> Gaps) Judge(
        IEnumerable<SourceBatch> batches, Dictionary<string, Known> judged, HashSet<Guid> present)
    {
        var news = new List<(string, SourceEvent)>();
        var gaps = new HashSet<string>();
        foreach (var batch in batches)
        {
            var known = judged.GetValueOrDefault(batch.Source);
            (var verdict, judged[batch.Source]) = known.Judge(batch);
            if (verdict is Verdict.Gap) gaps.Add(batch.Source);
            if (verdict is not Verdict.News) continue;
            gaps.Remove(batch.Source);
            var from = batch.Epoch > known.Epoch ? 0 : known.Position;
            news.AddRange(batch.Events.Where(e => e.Position > from && present.Add(e.Id)).Select(e => (batch.Source, e)));
        }
        return (news, gaps);
    }

    private static async Task<Head> LookAsync(NpgsqlConnection connection, IReadOnlyList<SourceBatch> batches, CancellationToken stop)
    {
        await using var look = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select epoch, last, tree from feed.head for update"),
                new("select source, epoch, position from feed.sources where source = any($1)")
                {
                    Parameters = { new() { Value = batches.Select(b => b.Source).Distinct().ToArray() } },
                },
                new("select event_id from feed.entries where event_id = any($1) union all select event_id from feed.forgotten where event_id = any($1)")
                {
                    Parameters = { new() { Value = batches.SelectMany(b => b.Events).Select(e => e.Id).ToArray() } },
                },
            },
        };
        await using var rows = await look.ExecuteReaderAsync(stop);
        await rows.ReadAsync(stop);
        var head = new Head(rows.GetInt32(0), rows.GetInt64(1), rows.GetInt64(2), [], []);
        await rows.NextResultAsync(stop);
        while (await rows.ReadAsync(stop)) head.Known[rows.GetString(0)] = new(rows.GetInt64(1), rows.GetInt64(2));
        await rows.NextResultAsync(stop);
        while (await rows.ReadAsync(stop)) head.Present.Add(rows.GetGuid(0));
        return head;
    }

    private static async Task WriteAsync(
        NpgsqlConnection connection, Taken taken, List<Division> divisions, ScopeTree tree, CancellationToken stop)
    {
        var entries = taken.Entries;
        await using var write = new NpgsqlBatch(connection);
        foreach (var division in divisions)
        {
            write.BatchCommands.Add(Command(
                "insert into feed.divisions values ($1, nullif($2, '')) on conflict (id) do update set parent = excluded.parent",
                division.Id, division.Parent ?? ""));
            // What came before its division was known is found under the divisions above it from now on.
            write.BatchCommands.Add(Command(
                "update feed.entries set scope = array(select distinct unnest(scope || $2)) where scope @> array[$1] and not scope @> $2",
                division.Id, tree.ScopeOf([division.Id])));
        }
        if (entries.Count > 0) write.BatchCommands.Add(Insert(entries));
        foreach (var source in taken.Moved)
        {
            write.BatchCommands.Add(Command(
                """
                insert into feed.sources values ($1, $2, $3)
                on conflict (source) do update set epoch = excluded.epoch, position = excluded.position
                """,
                source, taken.Known[source].Epoch, taken.Known[source].Position));
        }
        write.BatchCommands.Add(Command("update feed.head set last = last + $1, tree = $2", (long)entries.Count, tree.Version));
        if (entries.Count > 0) write.BatchCommands.Add(new("notify feed"));
        await write.PrepareAsync(stop);
        await write.ExecuteNonQueryAsync(stop);
    }

    /// <summary>One entry of our own, in the caller's transaction, which holds the head row from here to its commit.</summary>
    /// <param name="scope">Who sees it: what <see cref="FeedFilter"/> looks for.</param>
    public static async Task AppendAsync(
        NpgsqlConnection connection, string source, Func<long, SourceEvent> of, string[] scope, CancellationToken stop)
    {
        await using var next = new NpgsqlCommand("update feed.head set last = last + 1 returning epoch, last", connection);
        var sequence = default(Sequence);
        await using (var rows = await next.ExecuteReaderAsync(stop))
        {
            await rows.ReadAsync(stop);
            sequence = new(rows.GetInt32(0), rows.GetInt64(1));
        }
        await using var write = new NpgsqlBatch(connection)
        {
            BatchCommands = { Insert([new(source, of(sequence.Number), sequence, scope)]), new("notify feed") },
        };
        await write.ExecuteNonQueryAsync(stop);
    }

    // A nested array would have to be rectangular, so a scope travels as one string; ids hold no comma.
    private static NpgsqlBatchCommand Insert(IReadOnlyList<NewEntry> entries) => Command(
        """
        insert into feed.entries (number, event_id, source, type, subject, position, scope, body)
        select number, id, source, type, subject, position, string_to_array(scope, ','), body
        from unnest($1, $2, $3, $4, $5, $6, $7, $8) as e(number, id, source, type, subject, position, scope, body)
        """,
        entries.Select(e => e.Sequence.Number).ToArray(), entries.Select(e => e.Event.Id).ToArray(),
        entries.Select(e => e.Source).ToArray(), entries.Select(e => e.Event.Type).ToArray(),
        entries.Select(e => e.Event.Subject).ToArray(), entries.Select(e => e.Event.Position).ToArray(),
        entries.Select(e => string.Join(',', e.Scope)).ToArray(), entries.Select(e => e.Event.At(e.Sequence)).ToArray());

    private static NpgsqlBatchCommand Command(string text, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private sealed record Head(int Epoch, long Last, long Tree, Dictionary<string, Known> Known, HashSet<Guid> Present);
}

/// <summary>An event that was given its place.</summary>
public sealed record NewEntry(string Source, SourceEvent Event, Sequence Sequence, string[] Scope);

/// <summary>What became of a group of batches.</summary>
/// <param name="Entries">What is new in the feed.</param>
/// <param name="Known">How far each of their sources is known now.</param>
/// <param name="Moved">The sources of which something new is known.</param>
/// <param name="Gaps">The sources of which something is missing.</param>
public sealed record Taken(
    IReadOnlyList<NewEntry> Entries,
    IReadOnlyDictionary<string, Known> Known,
    IReadOnlyList<string> Moved,
    IReadOnlyCollection<string> Gaps);

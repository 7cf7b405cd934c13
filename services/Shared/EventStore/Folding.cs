using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>The time that is asked about; <c>default</c> is now.</summary>
/// <param name="AsOf">Business time: facts that had happened by then.</param>
/// <param name="RecordedAsOf">What was known then: facts that were recorded by then.</param>
public readonly record struct When(DateTimeOffset? AsOf, DateTimeOffset? RecordedAsOf)
{
    public bool IsNow => AsOf is null && RecordedAsOf is null;
}

/// <summary>A stream as it was left by the facts that were taken.</summary>
/// <param name="Facts">Those taken, in order.</param>
internal sealed record Folded(string Stream, Aggregate Aggregate, long Version, object State, IReadOnlyList<Event> Facts)
{
    /// <summary>The rows of it in the tables of a view.</summary>
    /// <param name="after">What was known up to this version is not said again.</param>
    public IEnumerable<Row> Rows(RowView view, long after = 0) => Aggregate
        .Rows(Stream, Version, State, after == 0 ? Facts : [.. Facts.Skip((int)after)]).Where(r => view.Tables.Contains(r.Table.Name));
}

/// <summary>Folds whole streams from the log, one after the other.</summary>
internal static class Folding
{
    /// <summary>
    /// What has not happened by then is left out, and so is a stream that its first fact opens, where that has not: a fact entered late
    /// counts from when it happened, whatever was entered before it.
    /// </summary>
    public static async IAsyncEnumerable<Folded> Of(
        NpgsqlConnection connection, EventTypes types, IReadOnlyDictionary<string, Aggregate> streams, When when, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            """
            select stream_id, version, seq_id, type, data from events.mt_events
            where stream_id = any($1) and ($2::timestamptz is null or timestamp <= $2) order by stream_id, version
            """,
            connection).With<string[]>([.. streams.Keys]).WithTime(when.RecordedAsOf);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var (stream, aggregate, read, at, state, facts) = ("", default(Aggregate), 0L, 0L, default(object), new List<Event>());
        while (await reader.ReadAsync(stop))
        {
            if (reader.GetString(0) is var next && next != stream)
            {
                if (at > 0)
                    yield return new Folded(stream, aggregate!, at, state!, facts);
                (stream, aggregate, read) = (next, streams[next], 0);
                (at, state, facts) = (0, aggregate.Initial, []);
            }

            var version = reader.GetInt64(1);
            if (version != ++read)
            {
                read = -1; // one before it bears a later time of recording, as clocks may have it: what was known ends here
                continue;
            }

            var fact = types.Read(reader.GetString(3), reader.GetInt64(2), reader.GetFieldValue<byte[]>(4));
            if ((when.AsOf is null || fact.At <= when.AsOf) && (version == 1 || at > 0 || !aggregate!.Opens))
            {
                facts.Add(fact);
                (at, state) = (version, aggregate!.Evolve(state!, fact));
            }
        }

        if (at > 0)
            yield return new Folded(stream, aggregate!, at, state!, facts);
    }

    /// <summary>Writes rows to the tables that the connection's search path means.</summary>
    public static async Task Write(NpgsqlConnection connection, IEnumerable<Row> rows, CancellationToken stop)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var table in rows.GroupBy(r => r.Table).OrderBy(t => t.Key.Name, StringComparer.Ordinal))
        {
            var latest = table.GroupBy(r => r.Key).Select(r => r.Last());
            batch.BatchCommands.Add(new NpgsqlBatchCommand(table.Key.Sql)
            {
                Parameters = { new NpgsqlParameter<byte[]> { TypedValue = Row.Array(latest), NpgsqlDbType = NpgsqlDbType.Jsonb } },
            });
        }

        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(stop);
    }
}

using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>
/// The statements of one commit, as one batch: guard and lock the streams, claims, replies, rows, and the events last, so that positions
/// are held open for the shortest time. Sent outside a transaction it is one of its own.
/// </summary>
internal sealed class Append
{
    public const string Channel = "events_appended";
    private readonly Attempt _attempt;
    private readonly EventTypes _types;
    private readonly DateTimeOffset _now;
    private readonly List<NewEvent> _events = [];
    private bool _complete;
    private readonly Dictionary<string, List<Event>> _recorded = [];
    private readonly Dictionary<Attempt.Judged, int> _first = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, StreamState> _written = [];
    private readonly Dictionary<(RowTable, string), Row> _rows = [];

    private sealed record NewEvent(Guid Id, string Stream, long Version, StoredType Type, byte[] Data, byte[] Headers, Work Work);

    public Append(Attempt attempt, EventTypes types, TimeProvider clock)
    {
        (_attempt, _types, _now) = (attempt, types, clock.GetUtcNow());
        Take(attempt.Judgements);
    }

    /// <summary>Writes down what further units of the attempt record.</summary>
    public void Take(IEnumerable<Attempt.Judged> units)
    {
        foreach (var judged in units.Where(j => j.Facts.Count > 0))
        {
            _first[judged] = _events.Count;
            var headers = new HeaderJson(judged.Work.Headers); // once for all that a unit records
            foreach (var (stream, fact) in judged.Facts)
            {
                var before = _written.TryGetValue(stream, out var state) ? state : _attempt.Before[stream];
                var type = _types.Of(fact);
                var id = Guid.CreateVersion7(_now);
                var data = JsonSerializer.SerializeToUtf8Bytes(fact, type.Json);
                var hash = Canonical.Hash(id, stream, before.Version + 1, type.Name, data, headers, before.Hash);
                _events.Add(new NewEvent(id, stream, before.Version + 1, type, data, headers.With(hash), judged.Work));
                _written[stream] = before with { Version = before.Version + 1, Hash = hash };
                if (!_recorded.TryGetValue(stream, out var facts))
                {
                    _recorded[stream] = facts = [];
                }

                facts.Add(fact);
            }
        }

    }

    /// <summary>Nothing is taken any more: the states that it leaves, and the rows they show.</summary>
    public void Complete()
    {
        if (_complete)
        {
            return;
        }

        _complete = true;
        foreach (var row in _attempt.Judgements.Where(j => j.Kind == OutcomeKind.Recorded && j.Stores).SelectMany(j => j.Work.Rows))
        {
            _rows[(row.Table, row.Key)] = row;
        }

        foreach (var (stream, facts) in _recorded)
        {
            var state = _written[stream] = _written[stream] with { State = _attempt.Now(stream).State };
            foreach (var row in state.Aggregate.Rows(stream, state.Version, state.State, facts))
            {
                _rows[(row.Table, row.Key)] = row;
            }
        }
    }

    public IEnumerable<StreamState> Written => _written.Values;

    public IReadOnlyCollection<string> Touched => _written.Keys;

    /// <summary>A stream as this leaves it, once it is on its way; null where it does not touch it.</summary>
    public StreamState? Find(string stream) => _written.GetValueOrDefault(stream);

    /// <summary>The locks that keep absent what was found absent.</summary>
    public Absence Absence => field ??= Absence.Of(_attempt, _written.Keys);

    /// <summary>The fact that stands for a unit: for a claim the first, which is what the sender said; for a command the last.</summary>
    public (string Stream, long Version, int Index)? FactOf(Attempt.Judged judged)
    {
        if (!_first.TryGetValue(judged, out var index))
        {
            return null;
        }

        index += judged.Work.Claim is null ? judged.Facts.Count - 1 : 0;
        return (_events[index].Stream, _events[index].Version, index);
    }

    /// <summary>Answers the positions of the events, in order.</summary>
    public async Task<long[]> Execute(NpgsqlConnection connection)
    {
        Complete();
        await using var batch = new NpgsqlBatch(connection);
        Guard(batch);
        Claims(batch);
        Replies(batch);
        Rows(batch);
        if (_events.Count == 0)
        {
            if (batch.BatchCommands.Count > 0)
            {
                await batch.PrepareAsync();
                await batch.ExecuteNonQueryAsync();
            }

            return [];
        }

        Events(batch);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"notify {Channel}"));
        // A round trip only for what this session has not prepared yet. The driver's automatic preparation is off: a batch that fails while
        // it prepares would leave a session on which the next commit breaks or answers nonsense (Npgsql issue 6391).
        await batch.PrepareAsync();
        await using var reader = await batch.ExecuteReaderAsync();
        while (reader.GetName(0) != "seq_id")
        {
            await reader.NextResultAsync();
        }

        var positions = new long[_events.Count];
        for (var i = 0; await reader.ReadAsync(); i++)
        {
            positions[i] = reader.GetInt64(0);
        }

        while (await reader.NextResultAsync())
        {
            // The end of the batch is where an error of its commit would show.
        }

        return positions;
    }

    private void Guard(NpgsqlBatch batch)
    {
        if (!Absence.IsEmpty)
        {
            batch.BatchCommands.Add(Absence.Take());
        }

        var known = _attempt.Before.Values.Where(s => s.Version > 0).ToList();
        if (known.Any(s => !_written.ContainsKey(s.Id)))
        {
            // What is only looked at has to be held too, all of it in one order. Where everything grows, growing holds it.
            Add(
                batch,
                """
                select events.must(count(*) = cardinality($1)) from (
                    select 1 from events.mt_streams m join unnest($1, $2) s(id, version) on m.id = s.id and m.version = s.version
                    order by m.id collate "C" for no key update of m) held
                """,
                Texts(known, s => s.Id), Numbers(known, s => s.Version));
        }

        var absent = _attempt.Before.Values.Where(s => s.Version == 0 && !_written.ContainsKey(s.Id)).ToList();
        if (absent.Count > 0)
        {
            Add(batch, "select events.must(not exists (select from events.mt_streams where id = any($1)))", Texts(absent, s => s.Id));
        }

        var created = _written.Values.Where(s => _attempt.Before[s.Id].Version == 0).ToList();
        if (created.Count > 0)
        {
            Add(
                batch,
                """
                with made as (
                    insert into events.mt_streams (id, type, version)
                    select id, type, version from unnest($1, $2, $3) s(id, type, version) order by id collate "C"
                    on conflict do nothing returning 1)
                select events.must((select count(*) from made) = cardinality($1))
                """,
                Texts(created, s => s.Id), Texts(created, s => s.Aggregate.Type), Numbers(created, s => s.Version));
        }

        var grown = _written.Values.Where(s => _attempt.Before[s.Id].Version > 0).OrderBy(s => s.Id, StringComparer.Ordinal).ToList();
        if (grown.Count > 0)
        {
            Add(
                batch,
                """
                with grown as (
                    update events.mt_streams m set version = s.version, timestamp = now()
                    from unnest($1, $2, $3) s(id, before, version) where m.id = s.id and m.version = s.before returning 1)
                select events.must((select count(*) from grown) = cardinality($1))
                """,
                Texts(grown, s => s.Id), Numbers(grown, s => _attempt.Before[s.Id].Version), Numbers(grown, s => s.Version));
        }
    }

    private void Claims(NpgsqlBatch batch)
    {
        var used = _attempt.Judgements.Where(j => j.Stores && j.Refusal is null && j.Work.Claim is not null)
            .OrderBy(j => j.Work.Claim!.Source, StringComparer.Ordinal).ThenBy(j => j.Work.Claim!.Id, StringComparer.Ordinal).ToList();
        if (used.Count > 0)
        {
            Add(
                batch,
                "insert into edge.inbox (source, id, hash, stream, version) select * from unnest($1, $2, $3, $4, $5)",
                Texts(used, j => j.Work.Claim!.Source), Texts(used, j => j.Work.Claim!.Id), Bytes(used, j => j.Work.Claim!.Hash),
                Texts(used, j => FactOf(j)?.Stream), Versions(used));
        }
    }

    private void Replies(NpgsqlBatch batch)
    {
        var stored = _attempt.Judgements.Where(j => j.Stores && j.Work.Key is not null && j.Reply is not null)
            .OrderBy(j => j.Work.Key!.Scope, StringComparer.Ordinal).ThenBy(j => j.Work.Key!.Key, StringComparer.Ordinal).ToList();
        if (stored.Count > 0)
        {
            Add(
                batch,
                """
                insert into edge.replies (scope, key, payload, status, content_type, body, etag, location, stream, version, language)
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                """,
                Texts(stored, j => j.Work.Key!.Scope), Texts(stored, j => j.Work.Key!.Key), Bytes(stored, j => j.Work.Key!.Payload),
                new NpgsqlParameter<int[]> { TypedValue = [.. stored.Select(j => j.Reply!.Status)] },
                Texts(stored, j => j.Reply!.ContentType), Bytes(stored, j => j.Reply!.Body),
                Texts(stored, j => j.Reply!.ETag), Texts(stored, j => j.Reply!.Location),
                Texts(stored, j => FactOf(j)?.Stream), Versions(stored), Texts(stored, j => j.Reply!.Language));
        }
    }

    private void Rows(NpgsqlBatch batch)
    {
        foreach (var table in _rows.Values.GroupBy(r => r.Table).OrderBy(t => t.Key.Name, StringComparer.Ordinal))
        {
            Add(batch, table.Key.Sql, new NpgsqlParameter<byte[]> { TypedValue = Row.Array(table), NpgsqlDbType = NpgsqlDbType.Jsonb });
        }
    }

    private void Events(NpgsqlBatch batch)
    {
        Add(
            batch,
            """
            insert into events.mt_events (seq_id, id, stream_id, version, type, mt_dotnet_type, data, headers, correlation_id, causation_id)
            select nextval('events.mt_events_sequence'), e.* from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) e
            returning seq_id
            """,
            new NpgsqlParameter<Guid[]> { TypedValue = [.. _events.Select(e => e.Id)] },
            Texts(_events, e => e.Stream), Numbers(_events, e => e.Version), Texts(_events, e => e.Type.Name), Texts(_events, e => e.Type.DotNetName),
            Json(_events, e => e.Data), Json(_events, e => e.Headers), Texts(_events, e => e.Work.Correlation), Texts(_events, e => e.Work.Causation));
    }

    private static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
    }

    private NpgsqlParameter<long?[]> Versions(List<Attempt.Judged> units) => new() { TypedValue = [.. units.Select(j => FactOf(j)?.Version)] };

    private static NpgsqlParameter<string?[]> Texts<T>(List<T> items, Func<T, string?> text) =>
        new() { TypedValue = [.. items.Select(text)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    private static NpgsqlParameter<long[]> Numbers<T>(List<T> items, Func<T, long> number) => new() { TypedValue = [.. items.Select(number)] };

    private static NpgsqlParameter<byte[][]> Bytes<T>(List<T> items, Func<T, byte[]> bytes) =>
        new() { TypedValue = [.. items.Select(bytes)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };

    private static NpgsqlParameter<byte[][]> Json<T>(List<T> items, Func<T, byte[]> json) =>
        new() { TypedValue = [.. items.Select(json)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb };
}

using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>Carries an <see cref="Attempt"/> to the database, by the fast path or by the locking path. Used by the writer loop alone.</summary>
internal sealed class Committer(NpgsqlDataSource db, EventTypes types, TimeProvider clock, StreamCache cache)
{
    private const string Moved = "RST01";
    private const int Tries = 6;
    private static readonly Dictionary<(string, string), Used> s_nothing = [];

    /// <summary>The next commit, to be decided while the one before it is on its way.</summary>
    public Draft Draft(Draft? before) => new(this, db, types, clock, cache, before);

    /// <summary>Streams as the log has them, on a connection beside the one of the commit under way.</summary>
    public async Task<List<StreamState>> Fetch(List<StreamState> from)
    {
        await using var connection = await db.OpenConnectionAsync();
        return [.. await Load(connection, from)];
    }

    /// <summary>Decides on cached states and writes in one round trip. Answers how many events, or null when the guard said no.</summary>
    public async Task<int?> Fast(IReadOnlyList<EventLog.Call> calls)
    {
        var states = new Dictionary<string, StreamState>(); // held here: one commit may touch more than the cache keeps
        var (claims, keys, looked) = (s_nothing, s_nothing, false);
        var attempt = new Attempt(calls, Known, claims, keys);
        while (attempt.Missing.Count > 0 || (!looked && MayRepeat(attempt)))
        {
            await using var reading = await db.OpenConnectionAsync();
            foreach (var state in await Load(reading, attempt.Missing.Select(m => StreamState.None(m.Key, m.Value))))
            {
                states[state.Id] = state;
            }

            if (attempt.Missing.Count == 0)
            {
                (claims, keys, looked) = (await UsedClaims(reading, calls), await UsedKeys(reading, calls), true);
            }

            attempt = new Attempt(calls, Known, claims, keys);
        }

        await using var connection = await db.OpenConnectionAsync();
        try
        {
            var append = new Append(attempt, types, clock);
            return Finish(attempt, append, await append.Execute(connection));
        }
        catch (PostgresException e) when (MeansMoved(e))
        {
            return null;
        }

        StreamState? Known(string id)
        {
            if (!states.TryGetValue(id, out var state) && (state = cache.Find(id)) is not null)
            {
                states[id] = state;
            }

            return state;
        }
    }

    /// <summary>
    /// Writing finds out that an identity or a key was used before. What writes nothing would not: the repeat of something recorded is
    /// often refused by the state that it made itself, and must be known for a repeat before that refusal is believed.
    /// </summary>
    internal static bool MayRepeat(Attempt attempt) =>
        attempt.Calls.Any(c => c.Call.Together == Together.DryRun)
        || attempt.Judgements.Any(j => j.Kind == OutcomeKind.Refused && (j.Work.Claim is not null || (j.Work.Key is not null && j.Reply is null)));

    /// <summary>Locks the streams in the order of their ids, folds what is new, looks up what was used before, decides again, writes.</summary>
    public async Task<int> Locking(IReadOnlyList<EventLog.Call> calls)
    {
        var streams = new SortedDictionary<string, Aggregate>(StringComparer.Ordinal);
        var absence = Absence.None;
        for (var tries = 1; ; tries++)
        {
            await using var connection = await db.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            try
            {
                await Hold(connection, absence);
                var states = await Lock(connection, streams);
                var attempt = new Attempt(calls, states.GetValueOrDefault, await UsedClaims(connection, calls), await UsedKeys(connection, calls));
                if (attempt.Missing.Count > 0)
                {
                    foreach (var (id, aggregate) in attempt.Missing)
                    {
                        streams[id] = aggregate;
                    }

                    tries--; // learning which streams are needed is not a failure
                    continue;
                }

                var append = new Append(attempt, types, clock);
                if (!append.Absence.IsWithin(absence))
                {
                    (absence, tries) = (absence.With(append.Absence), tries - 1); // these come before the rows' locks
                    continue;
                }

                var positions = await append.Execute(connection);
                await transaction.CommitAsync();
                return Finish(attempt, append, positions);
            }
            catch (PostgresException e) when (MeansMoved(e) && tries < Tries)
            {
                // A stream was created, or an identity used, between looking and writing: look again.
            }
            catch (PostgresException e) when (MeansMoved(e))
            {
                throw new UnavailableException("These streams are too busy just now.", TimeSpan.FromSeconds(1), e);
            }
        }
    }

    /// <summary>A key of the log's own tables taken by another replica; a broken constraint of a service's row would break again.</summary>
    internal static bool MeansMoved(PostgresException e) =>
        e.SqlState is Moved or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure
        || e is { SqlState: PostgresErrorCodes.UniqueViolation, SchemaName: "events" or "edge" };

    public int Finish(Attempt attempt, Append append, long[] positions)
    {
        foreach (var state in append.Written)
        {
            cache.Keep(state);
        }

        foreach (var state in attempt.Before.Values.Where(s => !append.Touched.Contains(s.Id)))
        {
            cache.Keep(state);
        }

        foreach (var (call, units) in attempt.Calls)
        {
            call.Done.TrySetResult([.. units.Select(Outcome)]);
        }

        return positions.Length;

        Outcome Outcome(Attempt.Judged judged)
        {
            var (stream, version, position) = judged switch
            {
                { Before: { } before } => (before.Stream, before.Version, before.Position),
                { Twin: { } twin } when Outcome(twin) is var first => (first.Stream, first.Version, first.Position),
                _ when append.FactOf(judged) is { } last => (last.Stream, last.Version, positions[last.Index]),
                _ => (null, 0, 0),
            };
            return new Outcome(judged.Kind, judged.Refusal, stream, version, position, judged.Reply);
        }
    }

    private static async Task Hold(NpgsqlConnection connection, Absence absence)
    {
        if (!absence.IsEmpty)
        {
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { absence.Take() } };
            await batch.ExecuteNonQueryAsync();
        }
    }

    private async Task<Dictionary<string, StreamState>> Lock(NpgsqlConnection connection, SortedDictionary<string, Aggregate> streams)
    {
        var states = streams.ToDictionary(s => s.Key, s => cache.Find(s.Key) ?? StreamState.None(s.Key, s.Value));
        if (states.Count == 0)
        {
            return states;
        }

        await using var command = new NpgsqlCommand(
            "select id, version from events.mt_streams where id = any($1) order by id collate \"C\" for no key update", connection)
            .With<string[]>([.. streams.Keys]);
        var moved = new List<StreamState>();
        var present = new HashSet<string>();
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                var state = states[reader.GetString(0)];
                present.Add(state.Id);
                if (state.Version > reader.GetInt64(1))
                {
                    state = StreamState.None(state.Id, state.Aggregate); // the database was restored to an earlier day
                }

                if (state.Version != reader.GetInt64(1))
                {
                    moved.Add(state);
                }
            }
        }

        foreach (var gone in states.Values.Where(s => s.Version > 0 && !present.Contains(s.Id)).ToList())
        {
            states[gone.Id] = StreamState.None(gone.Id, gone.Aggregate);
        }

        foreach (var state in await Load(connection, moved))
        {
            states[state.Id] = state;
        }

        return states;
    }

    /// <summary>Folds what the log has beyond the given states.</summary>
    private async Task<IEnumerable<StreamState>> Load(NpgsqlConnection connection, IEnumerable<StreamState> from)
    {
        var states = from.ToDictionary(s => s.Id);
        if (states.Count == 0)
        {
            return [];
        }

        await using var command = new NpgsqlCommand(
            """
            select e.stream_id, e.version, e.seq_id, e.type, e.data, e.headers->>'hash'
            from unnest($1::text[], $2::bigint[]) s(id, after)
            join events.mt_events e on e.stream_id = s.id and e.version > s.after
            order by e.stream_id, e.version
            """,
            connection).With<string[]>([.. states.Keys]).With<long[]>([.. states.Values.Select(s => s.Version)]);
        await command.PrepareAsync();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var state = states[reader.GetString(0)];
            var fact = types.Read(reader.GetString(3), reader.GetInt64(2), reader.GetFieldValue<byte[]>(4));
            states[state.Id] = state with
            {
                Version = reader.GetInt64(1),
                Hash = reader.IsDBNull(5) ? null : reader.GetString(5),
                State = state.Aggregate.Evolve(state.State, fact),
            };
        }

        return states.Values;
    }

    private static async Task<Dictionary<(string, string), Used>> UsedClaims(NpgsqlConnection connection, IReadOnlyList<EventLog.Call> calls)
    {
        var claims = calls.SelectMany(c => c.Units).Select(u => u.Claim).OfType<Claim>().ToList();
        return await Used(
            connection,
            """
            select i.source, i.id, i.hash, i.stream, coalesce(i.version, 0), coalesce(e.seq_id, 0)
            from unnest($1::text[], $2::text[]) c(source, id)
            join edge.inbox i on i.source = c.source and i.id = c.id
            left join events.mt_events e on e.stream_id = i.stream and e.version = i.version
            """,
            [.. claims.Select(c => c.Source)],
            [.. claims.Select(c => c.Id)],
            _ => null);
    }

    private static async Task<Dictionary<(string, string), Used>> UsedKeys(NpgsqlConnection connection, IReadOnlyList<EventLog.Call> calls)
    {
        var keys = calls.SelectMany(c => c.Units).Select(u => u.Key).OfType<ReplyKey>().ToList();
        return await Replies(connection, keys);
    }

    /// <summary>Stored answers; also asked before a command is even read, since a replay comes before every other check.</summary>
    public static Task<Dictionary<(string, string), Used>> Replies(NpgsqlConnection connection, IReadOnlyList<ReplyKey> keys) => Used(
        connection,
        """
        select r.scope, r.key, r.payload, r.stream, coalesce(r.version, 0), coalesce(e.seq_id, 0), r.status, r.content_type, r.body, r.etag, r.location, r.language
        from unnest($1::text[], $2::text[]) k(scope, key)
        join edge.replies r on r.scope = k.scope and r.key = k.key
        left join events.mt_events e on e.stream_id = r.stream and e.version = r.version
        """,
        [.. keys.Select(k => k.Scope)],
        [.. keys.Select(k => k.Key)],
        r => new Reply(
            r.GetInt32(6), r.IsDBNull(7) ? null : r.GetString(7), r.GetFieldValue<byte[]>(8),
            r.IsDBNull(9) ? null : r.GetString(9), r.IsDBNull(10) ? null : r.GetString(10), r.IsDBNull(11) ? null : r.GetString(11)));

    private static async Task<Dictionary<(string, string), Used>> Used(
        NpgsqlConnection connection, string sql, string[] first, string[] second, Func<NpgsqlDataReader, Reply?> reply)
    {
        var used = new Dictionary<(string, string), Used>();
        if (first.Length == 0)
        {
            return used;
        }

        await using var command = new NpgsqlCommand(sql, connection).With(first).With(second);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            used[(reader.GetString(0), reader.GetString(1))] = new Used(
                reader.GetFieldValue<byte[]>(2), reader.IsDBNull(3) ? null : reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5), reply(reader));
        }

        return used;
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.EventStore;
using EventLog = Restoration.EventStore.EventLog;

namespace Restoration.Messaging;

/// <summary>What a service does with a fact of another: the decision to take, and rows beside it (a copy of what it must know).</summary>
public sealed record Handling(Func<Streams, Refusal?>? Decide = null, IReadOnlyList<Row>? Rows = null);

/// <summary>A service's handlers, by the type on the wire.</summary>
public sealed class Handlers
{
    private readonly Dictionary<string, Func<Letter, IServiceProvider, ValueTask<Handling>>> _byType = [];

    internal IEnumerable<string> Types => _byType.Keys;

    internal Func<Letter, IServiceProvider, ValueTask<Handling>>? Find(string type) => _byType.GetValueOrDefault(type);

    internal void Add(string type, Func<Letter, IServiceProvider, ValueTask<Handling>> handler) => _byType.Add(type, handler);
}

/// <summary>
/// Takes facts of other services: each once, in the order of its stream. What it records, the claim on the fact's id and the stream's
/// received version are one transaction. A fact whose predecessor is missing is parked; one that cannot be taken becomes a dead letter
/// with the reason. An outage is waited out; nothing is given up for it.
/// </summary>
public sealed partial class Receiver(
    string service, Handlers handlers, EventLog log, NpgsqlDataSource db, IServiceProvider services, TimeProvider clock, ILogger<Receiver> logger)
{
    private const int Tries = 3;
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_outage = TimeSpan.FromSeconds(2);
    private static readonly RowTable s_received = new(
        "received",
        """
        insert into edge.received as r (source, stream, version)
        select * from jsonb_to_recordset($1) as n(source text, stream text, version bigint)
        on conflict (source, stream) do update set version = greatest(r.version, excluded.version)
        """);

    /// <summary>Parked facts whose turn has come; one that was given up as well waits for somebody.</summary>
    private const string Ready =
        """
        from edge.parked p left join edge.received r on r.source = p.source and r.stream = p.stream
        where p.previous <= coalesce(r.version, 0) and not exists (select from edge.dead_letters d where d.id = p.id)
        """;

    private readonly ConcurrentDictionary<string, Tracker> _trackers = new();

    public string Service => service;

    internal IReadOnlyDictionary<string, Tracker> Trackers => _trackers;

    /// <summary>Deals with a fact as it arrives; when this returns the message may be acknowledged.</summary>
    public async Task Take(Letter letter, CancellationToken stop)
    {
        var parent = ActivityContext.TryParse(letter.Traceparent, null, isRemote: true, out var context) ? context : default;
        using var activity = Broker.Source.StartActivity("consume", ActivityKind.Consumer, parent);
        while (true)
        {
            try
            {
                var tracker = await TrackerOf(letter.Source, letter.Epoch, stop);
                await Settle(letter, stop);
                if (tracker.Epoch == letter.Epoch)
                    tracker.Done(letter.Prior, letter.Position);
                return;
            }
            catch (Exception e) when (e is UnavailableException or NpgsqlException { IsTransient: true })
            {
                Log.Waits(logger, letter.Type, letter.Id, e.Message);
                await Task.Delay(s_outage, clock, stop);
            }
        }
    }

    /// <summary>Takes a dead letter again; where that fails it stays, with the new reason.</summary>
    public async Task Retry(Letter letter, CancellationToken stop)
    {
        var received = await Received(letter, stop);
        if (letter.Previous > received)
        {
            await Park(letter, stop); // its turn comes after the one before it, which is a dead letter too
            await Forget("dead_letters", letter.Id, stop);
        }
        else if (letter.Version <= received || await Apply(letter, stop))
        {
            await Forget("dead_letters", letter.Id, stop);
            await Unpark(letter.Source, letter.Stream, stop);
        }
    }

    /// <summary>
    /// Gives a dead letter up: its id is claimed and its stream goes on without it. Where facts before it are still missing, the stream
    /// stays where it is, or they would count as taken.
    /// </summary>
    public async Task Discard(Letter letter, CancellationToken stop)
    {
        await log.Write(Work(letter, new Handling(), moves: letter.Previous <= await Received(letter, stop)));
        await Forget("dead_letters", letter.Id, stop);
        await Unpark(letter.Source, letter.Stream, stop);
    }

    /// <summary>
    /// Takes up parked facts whose turn has come and that nobody took up: whoever took the fact before them was interrupted after its
    /// commit, or parked them in the same instant.
    /// </summary>
    internal async Task Sweep(CancellationToken stop)
    {
        await using var command = db.CreateCommand($"select distinct p.source, p.stream {Ready}");
        var ready = new List<(string Source, string Stream)>();
        await using (var reader = await command.ExecuteReaderAsync(stop))
        {
            while (await reader.ReadAsync(stop))
                ready.Add((reader.GetString(0), reader.GetString(1)));
        }

        foreach (var (source, stream) in ready)
            await Unpark(source, stream, stop);
    }

    /// <summary>Makes a dead letter of what came and could not be taken; nothing where it was taken since.</summary>
    internal async Task Bury(Letter letter, string reason, CancellationToken stop)
    {
        if (letter.Version > await Received(letter, stop))
            await Die(letter, reason, stop);
        var tracker = await TrackerOf(letter.Source, letter.Epoch, stop);
        if (tracker.Epoch == letter.Epoch)
            tracker.Done(letter.Prior, letter.Position);
    }

    internal async Task<Tracker> TrackerOf(string source, long epoch, CancellationToken stop)
    {
        if (_trackers.TryGetValue(source, out var tracker) && tracker.Epoch >= epoch)
            return tracker;
        // A higher epoch: the source's log was restored, and versions may mean other facts now. Ids still say which were taken.
        await using var command = db.CreateCommand(
            """
            with reset as (delete from edge.received where source = $1 and exists (select from edge.known where source = $1 and epoch < $2))
            insert into edge.known as k (source, epoch, position) values ($1, $2, 0)
            on conflict (source) do update set
                position = case when k.epoch < excluded.epoch then 0 else k.position end,
                reached = case when k.epoch < excluded.epoch then 0 else k.reached end, epoch = greatest(k.epoch, excluded.epoch)
            returning epoch, position
            """).With(source).With(epoch);
        await using var reader = await command.ExecuteReaderAsync(stop);
        await reader.ReadAsync(stop);
        var read = new Tracker(reader.GetInt64(0), reader.GetInt64(1));
        return _trackers.AddOrUpdate(source, read, (_, known) => known.Epoch >= read.Epoch ? known : read); // another letter may have been first
    }

    private async Task Settle(Letter letter, CancellationToken stop)
    {
        var (received, dead) = await Standing(letter, stop);
        if (letter.Version <= received || dead)
            return; // taken before; or given up before, and taken again by hand alone: it may have killed the process
        if (letter.Previous > received)
        {
            await Park(letter, stop);
            return;
        }

        if (await Apply(letter, stop))
            await Unpark(letter.Source, letter.Stream, stop);
    }

    /// <summary>False where it became a dead letter: its followers wait.</summary>
    private async Task<bool> Apply(Letter letter, CancellationToken stop)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var handling = handlers.Find(letter.Type) is { } handler ? await handler(letter, services) : new Handling();
                var outcome = await log.Write(Work(letter, handling));
                if (outcome is { Kind: OutcomeKind.Refused, Refusal: { } refusal })
                {
                    await Die(letter, $"{refusal.Code}: {refusal.Detail}", stop);
                    return false;
                }

                if (outcome.Kind == OutcomeKind.Duplicate)
                    await Remember(letter, stop);
                return true;
            }
            catch (Exception e) when (e is not (UnavailableException or NpgsqlException { IsTransient: true } or OperationCanceledException))
            {
                if (tries == Tries)
                {
                    Log.Died(logger, letter.Type, letter.Id, e);
                    await Die(letter, $"{e.GetType().Name}: {e.Message}", stop);
                    return false;
                }

                await Task.Delay(s_again * tries, clock, stop);
            }
        }
    }

    private static Work Work(Letter letter, Handling handling, bool moves = true) => new()
    {
        Decide = handling.Decide ?? (_ => null),
        Claim = new Claim($"/{letter.Source}", letter.Id.ToString(), SHA256.HashData(letter.Id.ToByteArray())),
        Headers = new EventHeaders($"/{letter.Source}", letter.Id.ToString(), Activity.Current?.Id ?? letter.Traceparent),
        Correlation = Activity.Current?.TraceId.ToHexString(),
        Causation = letter.Id.ToString(),
        Bytes = JsonMarshal.GetRawUtf8Value(letter.Data).Length,
        Rows = moves ? [.. handling.Rows ?? [], ReceivedRow(letter)] : [],
    };

    private static Row ReceivedRow(Letter letter) => new(
        s_received, $"{letter.Source} {letter.Stream}",
        JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["source"] = letter.Source, ["stream"] = letter.Stream, ["version"] = letter.Version }));

    /// <summary>Takes up what waits in a stream, as far as its turn has come.</summary>
    private async Task Unpark(string source, string stream, CancellationToken stop)
    {
        while (true)
        {
            await using var command = db.CreateCommand(
                $"select p.letter, coalesce(r.version, 0) {Ready} and p.source = $1 and p.stream = $2 order by p.version limit 1").With(source).With(stream);
            Letter next;
            long received;
            await using (var reader = await command.ExecuteReaderAsync(stop))
            {
                if (!await reader.ReadAsync(stop))
                    return;
                (next, received) = (JsonSerializer.Deserialize(reader.GetString(0), LetterJson.Default.Letter)!, reader.GetInt64(1));
            }

            // Where it cannot be taken it waits among the dead letters now, and what follows goes on waiting.
            var taken = next.Version <= received || await Apply(next, stop);
            await Forget("parked", next.Id, stop);
            if (!taken)
                return;
        }
    }

    private async Task<long> Received(Letter letter, CancellationToken stop) => (await Standing(letter, stop)).Received;

    private async Task<(long Received, bool Dead)> Standing(Letter letter, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            "select coalesce((select version from edge.received where source = $1 and stream = $2), 0), exists (select from edge.dead_letters where id = $3)")
            .With(letter.Source).With(letter.Stream).With(letter.Id);
        await using var reader = await command.ExecuteReaderAsync(stop);
        await reader.ReadAsync(stop);
        return (reader.GetInt64(0), reader.GetBoolean(1));
    }

    private async Task Remember(Letter letter, CancellationToken stop)
    {
        await using var command = db.CreateCommand(s_received.Sql);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = Row.Array([ReceivedRow(letter)]), NpgsqlDbType = NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync(stop);
    }

    private async Task Park(Letter letter, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            "insert into edge.parked (source, stream, id, letter, version, previous) values ($1, $2, $3, $4, $5, $6) on conflict do nothing");
        Keep(command, letter).With(letter.Previous);
        await command.ExecuteNonQueryAsync(stop);
    }

    private async Task Die(Letter letter, string reason, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            """
            insert into edge.dead_letters (source, stream, id, letter, version, type, reason) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (id) do update set reason = excluded.reason, died = now()
            """);
        Keep(command, letter).With(letter.Type).With(reason);
        await command.ExecuteNonQueryAsync(stop);
    }

    internal async Task Forget(string table, Guid id, CancellationToken stop)
    {
        await using var command = db.CreateCommand($"delete from edge.{table} where id = $1").With(id);
        await command.ExecuteNonQueryAsync(stop);
    }

    private static NpgsqlCommand Keep(NpgsqlCommand command, Letter letter)
    {
        command.With(letter.Source).With(letter.Stream).With(letter.Id);
        command.Parameters.Add(new NpgsqlParameter { Value = JsonSerializer.Serialize(letter, LetterJson.Default.Letter), NpgsqlDbType = NpgsqlDbType.Jsonb });
        return command.With(letter.Version);
    }

    private static partial class Log
    {
        [LoggerMessage(21, LogLevel.Warning, "{Type} {Id} waits: {Reason}")]
        public static partial void Waits(ILogger logger, string type, Guid id, string reason);

        [LoggerMessage(22, LogLevel.Error, "{Type} {Id} could not be taken and is a dead letter now")]
        public static partial void Died(ILogger logger, string type, Guid id, Exception e);
    }
}

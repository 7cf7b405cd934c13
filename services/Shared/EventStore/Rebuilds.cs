using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>A view, as its operator sees it.</summary>
/// <param name="Position">Through which it has applied the log.</param>
/// <param name="Lag">Positions of the log behind it.</param>
public sealed record ViewStatus(string Name, IReadOnlyList<string> Tables, long Position, long Lag, RebuildStatus? Rebuild);

/// <param name="Attempt">Counts how often it was begun: one that was interrupted is begun anew.</param>
/// <param name="Events">Events read so far.</param>
/// <param name="Finished">When the new tables took the place of the old ones.</param>
/// <param name="Failure">Why it was given up; the old tables stand.</param>
public sealed record RebuildStatus(DateTimeOffset Asked, int Attempt, DateTimeOffset? Started, long Events, DateTimeOffset? Finished, string? Failure);

/// <summary>
/// Makes the tables of a view anew while the service runs: copies fill beside them in short transactions, from the log alone; only the
/// last step, which takes what came meanwhile and swaps, holds writers of the view back, for milliseconds. One process does it at a time;
/// one that dies leaves the old tables in place, and the next begins anew.
/// </summary>
/// <param name="copies">Whose search path has the copies before the tables in use.</param>
public sealed partial class Rebuilds(
    NpgsqlDataSource db, NpgsqlDataSource copies, EventTypes types, TimeProvider clock, IReadOnlyList<Derived> views, ILogger<Rebuilds> logger)
    : Leader(db, clock, "rebuilds", logger), IDisposable
{
    private const string Channel = "rebuild_asked";
    private const int MostTries = 5, MostRounds = 50, PageEvents = 10_000, PageStreams = 2_000;
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2), s_again = TimeSpan.FromSeconds(1);

    /// <summary>Sooner than a deadlock is looked for: readers and writers go before the swap, and never wait long behind it.</summary>
    private const string Briefly = "set local lock_timeout = '200ms'";
    private readonly ILogger _logger = logger;

    /// <summary>Asks for a rebuild; whichever replica leads takes it up. One that was asked for and is not done is not asked for twice.</summary>
    public async Task<Refusal?> Ask(string view, CancellationToken stop)
    {
        if (views.All(v => v.Name != view))
            return Refusal.NotFound("view.unknown", $"There is no view '{view}'.");
        await using var command = Database.CreateCommand(
            $"""
            insert into edge.rebuilds as r (view, asked) values ($1, $2)
            on conflict (view) do update set asked = excluded.asked, tries = 0, started = null, events = 0, finished = null, failure = null
            where r.finished is not null or r.failure is not null;
            """).With(view).With(Clock.GetUtcNow());
        await command.ExecuteNonQueryAsync(stop);
        await using var wake = Database.CreateCommand($"notify {Channel}");
        await wake.ExecuteNonQueryAsync(stop);
        return null;
    }

    public async Task<IReadOnlyList<ViewStatus>> Status(CancellationToken stop)
    {
        await using var command = Database.CreateCommand(
            """
            select v.name, h.head, coalesce(p.last_seq_id, h.head), r.asked, r.tries, r.started, r.events, r.finished, r.failure
            from unnest($1) with ordinality v(name, place) cross join (select coalesce(max(seq_id), 0) head from events.mt_events) h
            left join events.mt_event_progression p on p.name = 'view:' || v.name left join edge.rebuilds r on r.view = v.name order by v.place
            """).With<string[]>([.. views.Select(v => v.Name)]);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var all = new List<ViewStatus>();
        while (await reader.ReadAsync(stop))
        {
            all.Add(new ViewStatus(
                reader.GetString(0), views[all.Count].Tables, reader.GetInt64(2), Math.Max(0, reader.GetInt64(1) - reader.GetInt64(2)),
                reader.IsDBNull(3) ? null : new RebuildStatus(
                    reader.GetFieldValue<DateTimeOffset>(3), reader.GetInt32(4), Time(5), reader.GetInt64(6), Time(7), reader.IsDBNull(8) ? null : reader.GetString(8))));
        }

        return all;

        DateTimeOffset? Time(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
    }

    protected override async Task Lead(NpgsqlConnection held, CancellationToken stop)
    {
        await Execute(held, $"listen {Channel}", stop);
        while (true)
        {
            await using (var asked = new NpgsqlCommand(
                """
                update edge.rebuilds set attempt = attempt + 1, tries = tries + 1, started = $1, events = 0
                where view = (select view from edge.rebuilds where finished is null and failure is null order by asked limit 1)
                    and finished is null and failure is null
                returning view, attempt, tries
                """,
                held).With(Clock.GetUtcNow()))
            {
                await using var reader = await asked.ExecuteReaderAsync(stop);
                if (await reader.ReadAsync(stop))
                {
                    var (name, attempt, tries) = (reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2));
                    await reader.DisposeAsync();
                    await Run(new Job(held, views.FirstOrDefault(v => v.Name == name), name, attempt, tries, stop));
                    continue;
                }
            }

            await held.WaitAsync(s_poll, stop);
            await Speak(held, stop);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        copies.Dispose();
    }

    /// <param name="Attempt">Never the same again: what an earlier one still does is undone.</param>
    private sealed record Job(NpgsqlConnection Held, Derived? View, string Name, int Attempt, int Tries, CancellationToken Stop);

    private async Task Run(Job job)
    {
        try
        {
            if (job.Tries > MostTries)
                throw new GivenUpException($"It was interrupted {MostTries} times.");
            Log.Begun(_logger, job.Name, job.Tries);
            switch (job.View)
            {
                case RowView rows:
                    await Rows(job, rows);
                    break;
                case ViewDefinition rollUp:
                    await RollUp(job, rollUp);
                    break;
                default:
                    throw new GivenUpException("This version of the service has no such view.");
            }

            Log.Done(_logger, job.Name);
        }
        catch (Exception e) when (!Interrupts(e))
        {
            Log.GivenUp(_logger, job.Name, e);
            // A message may name a host or hold SQL; what is told outside is what we wrote ourselves.
            var reason = e is GivenUpException or UnknownEventTypeException ? e.Message : $"{e.GetType().Name}; the log of the process says more.";
            if (job.View is not null)
                await Step(job, c => Execute(c, "select edge.drop_copies($1)", job.Stop, [.. job.View.Tables]));
            await using var command = Database.CreateCommand("update edge.rebuilds set failure = $3 where view = $1 and attempt = $2")
                .With(job.Name).With(job.Attempt).With(reason);
            await command.ExecuteNonQueryAsync(job.Stop);
        }
    }

    /// <summary>The connection or the process ended, or another attempt was begun; not the rebuild itself.</summary>
    private static bool Interrupts(Exception e) =>
        e is OperationCanceledException or SupersededException or NpgsqlException { IsTransient: true }
            or PostgresException { SqlState: ['5', '7', ..] or "25P03" };

    private sealed class GivenUpException(string reason) : Exception(reason);

    private sealed class SupersededException(string view) : Exception($"The rebuild of '{view}' was taken up by another process.");

    /// <summary>Stream by stream, in rounds: those that went on meanwhile once more, and the last ones with writers held back.</summary>
    private async Task Rows(Job job, RowView view)
    {
        var kinds = view.Aggregates.ToDictionary(a => a.Type);
        await Step(job, c => Execute(c, "select edge.copy_tables($1)", job.Stop, [.. view.Tables]));
        for (var round = 1; ; round++)
        {
            var read = 0;
            for (var after = ""; ;)
            {
                var (last, events) = await Page(after);
                read += events;
                if (last is null)
                    break;
                after = last;
            }

            if (read > PageEvents)
            {
                if (round == MostRounds)
                    throw new GivenUpException("More is written than can be read meanwhile.");
                continue;
            }

            await Step(job, c => Execute(c, "select edge.analyze_copies($1)", job.Stop, [.. view.Tables]));
            try
            {
                await Step(job, async c =>
                {
                    await Execute(c, $"{Briefly}; lock table events.mt_streams in exclusive mode", job.Stop);
                    for (var after = ""; await Fold(c, after) is ({ } last, _);)
                        after = last;
                    await Execute(c, "select edge.swap_tables($1)", job.Stop, [.. view.Tables]);
                }, finish: true);
                return;
            }
            catch (PostgresException e) when (IsBusy(e) && round < MostRounds)
            {
                await Wait(job, e);
            }
        }

        async Task<(string? Last, int Events)> Page(string after)
        {
            var done = default((string? Last, int Events));
            await Step(job, async c => done = await Fold(c, after), events: () => done.Events);
            return done;
        }

        async Task<(string? Last, int Events)> Fold(NpgsqlConnection connection, string after)
        {
            var streams = new Dictionary<string, Aggregate>();
            var known = new Dictionary<string, long>();
            var last = default(string);
            var weight = 0L;
            await using (var command = new NpgsqlCommand(
                """
                select s.id, s.type, s.version, coalesce(f.version, 0) from events.mt_streams s left join rebuild.folded f on f.stream = s.id
                where s.type = any($1) and s.version > coalesce(f.version, 0) and s.id > $2 order by s.id limit $3
                """,
                connection).With<string[]>([.. kinds.Keys]).With(after).With(PageStreams))
            await using (var reader = await command.ExecuteReaderAsync(job.Stop))
            {
                while (weight < PageEvents && await reader.ReadAsync(job.Stop))
                {
                    last = reader.GetString(0);
                    streams[last] = kinds[reader.GetString(1)];
                    known[last] = reader.GetInt64(3);
                    weight += reader.GetInt64(2);
                }
            }

            if (last is null)
                return (null, 0);
            var (rows, folded, events) = (new List<Row>(), new Dictionary<string, long>(), 0);
            await foreach (var stream in Folding.Of(connection, types, streams, default, job.Stop))
            {
                rows.AddRange(stream.Rows(view, known[stream.Stream]));
                folded[stream.Stream] = stream.Version;
                events += stream.Facts.Count;
            }

            await Folding.Write(connection, rows, job.Stop);
            await using var kept = new NpgsqlCommand(
                "insert into rebuild.folded select * from unnest($1, $2) on conflict (stream) do update set version = excluded.version", connection)
                .With<string[]>([.. folded.Keys]).With<long[]>([.. folded.Values]);
            await kept.ExecuteNonQueryAsync(job.Stop);
            return (last, events);
        }
    }

    /// <summary>From the first event to where the live view is, which waits at its checkpoint while the last of them are taken.</summary>
    private async Task RollUp(Job job, ViewDefinition view)
    {
        await Step(job, c => Execute(c, "select edge.copy_tables($1)", job.Stop, [.. view.Tables]));
        await Execute(job.Held, $"insert into events.mt_event_progression (name, last_seq_id) values ('view:{view.Name}', 0) on conflict do nothing", job.Stop);
        for (var (at, round) = (0L, 1); ; round++)
        {
            var live = await ViewPositions.Of(Database, view.Name, job.Stop);
            while (at < live)
            {
                var page = await StoredEvents.Settled(Database, types, at, live, PageEvents, job.Stop);
                await Step(job, c => view.Apply(c, page.Events, job.Stop), events: () => page.Events.Count);
                at = page.Through;
            }

            await Step(job, c => Execute(c, "select edge.analyze_copies($1)", job.Stop, [.. view.Tables]));
            var (swapped, before) = (false, at);
            try
            {
                await Step(job, Swap, finish: () => swapped);
            }
            catch (PostgresException e) when (IsBusy(e) && round < MostRounds)
            {
                (at, swapped) = (before, false); // what the step applied is undone
                await Wait(job, e);
            }

            if (swapped)
                return;

            async Task Swap(NpgsqlConnection c)
            {
                await Execute(c, Briefly, job.Stop);
                await using var hold = new NpgsqlCommand("select last_seq_id from events.mt_event_progression where name = $1 for update", c).With($"view:{view.Name}");
                var through = (long)(await hold.ExecuteScalarAsync(job.Stop))!;
                var rest = await StoredEvents.Settled(Database, types, at, through, PageEvents, job.Stop);
                await view.Apply(c, rest.Events, job.Stop);
                at = rest.Through;
                if (at < through)
                    return; // too much came: once more, without holding it back
                await Execute(c, "select edge.swap_tables($1)", job.Stop, [.. view.Tables]);
                swapped = true;
            }
        }
    }

    private static bool IsBusy(PostgresException e) => e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected;

    private async Task Wait(Job job, Exception e)
    {
        Log.Waits(_logger, job.Name, e);
        await Task.Delay(s_again, Clock, job.Stop);
        await Speak(job.Held, job.Stop);
    }

    private Task Step(Job job, Func<NpgsqlConnection, Task> work, bool finish) => Step(job, work, finish: () => finish);

    /// <summary>A short transaction among the copies, which holds only while this attempt is the last one.</summary>
    private async Task Step(Job job, Func<NpgsqlConnection, Task> work, Func<int>? events = null, Func<bool>? finish = null)
    {
        await Speak(job.Held, job.Stop);
        await using var connection = await copies.OpenConnectionAsync(job.Stop);
        await using var transaction = await connection.BeginTransactionAsync(job.Stop);
        await work(connection);
        await using var fence = new NpgsqlCommand(
            "update edge.rebuilds set events = events + $3, finished = case when $4 then $5 end where view = $1 and attempt = $2 and finished is null", connection)
            .With(job.Name).With(job.Attempt).With((long)(events?.Invoke() ?? 0)).With(finish?.Invoke() ?? false).With(Clock.GetUtcNow());
        if (await fence.ExecuteNonQueryAsync(job.Stop) != 1)
            throw new SupersededException(job.Name);
        await transaction.CommitAsync(job.Stop);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken stop, string[]? names = null)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        if (names is not null)
            command.With(names);
        await command.ExecuteNonQueryAsync(stop);
    }

    private static partial class Log
    {
        [LoggerMessage(21, LogLevel.Information, "The view {Name} is rebuilt, attempt {Attempt}")]
        public static partial void Begun(ILogger logger, string name, int attempt);

        [LoggerMessage(22, LogLevel.Information, "The view {Name} was rebuilt")]
        public static partial void Done(ILogger logger, string name);

        [LoggerMessage(23, LogLevel.Information, "The rebuild of {Name} lets those pass who use its tables, and tries again")]
        public static partial void Waits(ILogger logger, string name, Exception e);

        [LoggerMessage(24, LogLevel.Error, "The rebuild of {Name} was given up; the old tables stand")]
        public static partial void GivenUp(ILogger logger, string name, Exception e);
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Support;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>The system's time, with another day.</summary>
public sealed class Calendar : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    public void Skip(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}

/// <summary>Loans that are dunned when nobody pays them back in time: first a reminder, a week later a complaint.</summary>
public sealed class TimePassing : IAsyncLifetime
{
    private const string Remind = "remind", Complain = "complain", Break = "break";
    private readonly Calendar _calendar = new();
    private Store _store = null!;

    private sealed record Loan(string Id, DateTimeOffset? Until, int Dunned, string Command = Remind);

    private static readonly Aggregate<Loan, AccountEvent> s_loan = new(
        "loan", new Loan("", null, 0),
        (loan, fact) => fact switch
        {
            Opened opened => loan with { Id = opened.Id },
            Noted { Text: "paid" } => loan with { Until = null },
            Noted { Text: Remind } noted => loan with { Dunned = loan.Dunned + 1, Until = noted.At.AddDays(7), Command = Complain },
            Noted { Text: Complain } => loan with { Dunned = loan.Dunned + 1, Until = null },
            Noted noted => loan with { Until = DateTimeOffset.Parse(noted.Text.Split(' ')[1], null), Command = noted.Text.Split(' ')[0] },
            _ => loan,
        },
        (_, loan, _) => [loan.Until is { } until ? Due.At($"loan-{loan.Id}", loan.Id, loan.Command, until) : Due.Never(loan.Id)]);

    public async ValueTask InitializeAsync() => _store = await Store.Create();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task What_is_due_is_done_once_at_its_time_in_the_order_of_times()
    {
        var replica = await Start();
        var start = _calendar.GetUtcNow();
        await Lend(replica, "a", start.AddDays(10));
        await Lend(replica, "b", start.AddDays(20));
        await Lend(replica, "early", start.AddSeconds(-1));
        await Dunned("early", 1);
        Assert.Equal(2, await _store.Count("edge.due where id in ('a', 'b')"));

        _calendar.Skip(TimeSpan.FromDays(30));
        await Dunned("b", 2);
        await Dunned("a", 2);

        // What the reminder of the first leads to is due before the second.
        Assert.Equal(
            ["a remind", "a complain", "b remind", "b complain"],
            await _store.Rows(
                "select substr(stream_id, 6) || ' ' || (data->>'text') from events.mt_events where stream_id in ('loan-a', 'loan-b') and data->>'text' in ('remind', 'complain') order by seq_id",
                r => r.GetString(0)));
        var facts = (await StoredEvents.OfStream(_store.Limited, Store.Types, "loan-a", 2, 10, CancellationToken.None)).Events;
        Assert.Equal([Micro(start.AddDays(10)), Micro(start.AddDays(10)).AddDays(7)], facts.Select(f => f.Fact.At));
        Assert.All(facts, f => Assert.Equal(("/due", "a", "/due"), (f.Headers.Source, f.Headers.Id, f.Fact.By.Client)));
        Assert.Equal(0, await _store.Count("edge.due where id in ('a', 'b')"));
    }

    [Fact]
    public async Task What_was_over_long_before_it_was_entered_waits_for_what_settled_it()
    {
        var replica = await Start();
        await Lend(replica, "late", DateTimeOffset.UtcNow.AddYears(-3));
        Assert.Equal(1, await _store.Count("edge.due where id = 'late' and at < now() - interval '2 years' and next between now() + interval '50 minutes' and now() + interval '1 hour'"));
        _calendar.Skip(TimeSpan.FromHours(1));
        await Dunned("late", 2);
    }

    [Fact]
    public async Task Of_two_workers_one_works_and_when_it_dies_the_other_goes_on_and_everything_is_done_once()
    {
        var replicas = new[] { await Start(), await Start() };
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Lend(replicas[i % 2], $"c{i}", _calendar.GetUtcNow().AddDays(1 + (i % 50)))));
        for (var week = 0; week < 9; week++)
        {
            _calendar.Skip(TimeSpan.FromDays(7));
            await _store.Count("(select pg_terminate_backend(pid, 5000) from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and granted and datname = current_database()) cut");
            await Eventually.Get(() => _store.Count($"edge.due where at < '{_calendar.GetUtcNow():O}'"), n => n == 0, "all is done");
        }

        Assert.Equal(200, await _store.Count("events.mt_events where data->>'text' in ('remind', 'complain')"));
        Assert.Equal(100, await _store.Count("(select from events.mt_events where data->>'text' = 'remind' group by stream_id having count(*) = 1) once"));
    }

    [Fact]
    public async Task A_worker_that_dies_while_it_applies_leaves_nothing_half_done()
    {
        var replica = await Start();
        await Lend(replica, "d", _calendar.GetUtcNow().AddDays(1));
        await using var other = await _store.Owner.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (var held = await other.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var hold = new NpgsqlCommand("select from events.mt_streams where id = 'loan-d' for update", other);
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            _calendar.Skip(TimeSpan.FromDays(2));
            var waiting = "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%mt_streams%'";
            await Eventually.Get(() => _store.Count(waiting), n => n > 0, "the worker is at it");
            await _store.Count($"(select pg_terminate_backend(pid, 5000) from {waiting}) cut");
            await Eventually.Get(() => _store.Count(waiting), n => n > 0, "it is at it again");
            Assert.Equal(0, await _store.Count("edge.inbox where source = '/due'"));
            Assert.Equal(1, await _store.Count("edge.due where id = 'd' and tries = 0"));
        }

        await Dunned("d", 1);
        Assert.Equal(1, await _store.Count("edge.inbox where source = '/due'"));
        Assert.Equal(1, await _store.Count("edge.due where id = 'd' and command = 'complain'"));
    }

    [Fact]
    public async Task What_is_withdrawn_is_not_done_also_when_it_is_withdrawn_while_it_is_being_applied()
    {
        var replica = await Start();
        await Lend(replica, "e", _calendar.GetUtcNow().AddDays(1));
        await Lend(replica, "f", _calendar.GetUtcNow().AddDays(1));
        await Note(replica, "e", "paid");
        Assert.Equal(0, await _store.Count("edge.due where id = 'e'"));

        // The row is read by the worker, but its loan is paid back by the time it is decided on: another replica's commit that the worker's cache does not know.
        await using var other = await _store.Owner.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (var paying = await other.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using var pay = new NpgsqlCommand(
                """
                update events.mt_streams set version = 3 where id = 'loan-f';
                delete from edge.due where id = 'f';
                insert into events.mt_events (seq_id, id, stream_id, version, type, data)
                values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'loan-f', 3, 'account-noted.v1', '{"by":{"client":"bank"},"at":"2024-06-15T08:00:00Z","text":"paid"}')
                """, other);
            await pay.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            _calendar.Skip(TimeSpan.FromDays(2));
            await Eventually.Get(
                () => _store.Count("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"), n => n > 0, "the worker is at it");
            await paying.CommitAsync(TestContext.Current.CancellationToken);
        }

        await Eventually.Get(() => _store.Count("edge.inbox where source = '/due'"), n => n == 1, "it was decided");
        Assert.Equal(0, await _store.Count("events.mt_events where data->>'text' = 'remind'"));
        Assert.Equal(0, await _store.Count("edge.due"));
    }

    [Fact]
    public async Task An_id_has_one_time_and_what_was_done_at_a_time_is_not_done_for_it_again()
    {
        var replica = await Start();
        var first = Micro(_calendar.GetUtcNow().AddDays(1));
        await Lend(replica, "g", first);
        await Note(replica, "g", $"{Remind} {first.AddDays(5):O}");
        Assert.Equal(1, await _store.Count($"edge.due where id = 'g' and at = '{first.AddDays(5):O}'"));
        await Note(replica, "g", $"{Remind} {first:O}");
        _calendar.Skip(TimeSpan.FromDays(2));
        await Dunned("g", 1);

        await Note(replica, "g", $"{Remind} {first:O}"); // expected again for a time at which it was done
        Assert.Equal(0, await _store.Count("edge.due where id = 'g'"));
        await Note(replica, "g", $"{Remind} {first.AddHours(1):O}");
        await Dunned("g", 2);
    }

    [Fact]
    public async Task What_is_refused_or_fails_is_kept_with_its_reason_and_tried_again_while_others_go_on()
    {
        var replica = await Start();
        var at = _calendar.GetUtcNow().AddDays(1);
        await Lend(replica, "bad", at, Break);
        await Lend(replica, "strange", at, "levitate");
        await Lend(replica, "good", at);
        await Lend(replica, "later", at.AddHours(1));
        _breaks = true;
        _calendar.Skip(TimeSpan.FromDays(2));
        await Dunned("good", 1);
        await Dunned("later", 1);
        var kept = await Eventually.Get(
            () => _store.Rows("select id || ' ' || tries || ' ' || reason from edge.due where tries > 0 order by id", r => r.GetString(0)), r => r.Count == 2, "both are kept");
        Assert.Equal(["bad 1 InvalidOperationException: a defect of the rule", "strange 1 command.unknown: Nothing here knows what to do at 'levitate'."], kept);
        Assert.Contains(replica.Messages, m => m.Contains("levitate strange is due and was not done", StringComparison.Ordinal));
        Assert.Contains(replica.Messages, m => m.Contains("break bad is due and was not done", StringComparison.Ordinal));

        _calendar.Skip(TimeSpan.FromSeconds(6)); // of five
        await Eventually.Get(() => _store.Count("edge.due where id = 'bad' and tries = 2"), n => n == 1, "it is tried again");
        Assert.Equal(1, await _store.Count($"edge.due where id = 'bad' and next between '{_calendar.GetUtcNow():O}' and '{_calendar.GetUtcNow().AddSeconds(10):O}'"));
        _breaks = false;
        _calendar.Skip(TimeSpan.FromSeconds(11));
        await Dunned("bad", 1);
        Assert.Equal(1, await _store.Count("edge.due where tries > 0"));
    }

    [Fact]
    public async Task A_clock_that_is_put_forwards_brings_it_about_in_another_replica_and_moves_no_timer()
    {
        var settable = ("Clock:Mode", "settable");
        var worker = await _store.Start(builder => builder.AddDue(new DueCommands().On(Remind, Dun).On(Complain, Dun)), null, settable);
        await Eventually.Get(() => _store.Count("pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database()) and (classid::bigint << 32 | objid::bigint) = hashtextextended('due', 0)"), n => n == 1, "it leads");
        var other = await _store.Start(null, null, settable);
        var clock = other.Host.Services.GetRequiredService<SettableClock>();
        await Lend(other, "h", clock.GetUtcNow().AddDays(10));
        var stamp = clock.GetTimestamp();
        Assert.Null(await clock.Set(clock.GetUtcNow().AddDays(11), CancellationToken.None));
        await Dunned("h", 1);

        Assert.InRange(clock.GetElapsedTime(stamp), TimeSpan.Zero, TimeSpan.FromHours(1));
        Assert.Equal("clock.backwards", (await clock.Set(clock.GetUtcNow().AddSeconds(-1), CancellationToken.None))?.Code);
        Assert.Contains(worker.Messages, m => m.StartsWith("Warning: The clock of this service can be set", StringComparison.Ordinal));
        var restarted = await _store.Start(null, null, settable);
        Assert.True(restarted.Host.Services.GetRequiredService<TimeProvider>().GetUtcNow() > DateTimeOffset.UtcNow.AddDays(10));
    }

    private bool _breaks;

    private Task<Replica> Start() => _store.Start(builder =>
    {
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(_calendar));
        builder.AddDue(new DueCommands().On(Remind, Dun).On(Complain, Dun).On(Break, (entry, streams) =>
            _breaks ? throw new InvalidOperationException("a defect of the rule") : Dun(entry with { Command = Remind }, streams)));
    });

    private static Refusal? Dun(DueEntry entry, Streams streams)
    {
        var loan = streams.Get(s_loan, entry.Stream);
        Decision<AccountEvent> decision = loan.Until <= entry.At ? [new Noted(Due.By, entry.At, entry.Command)] : [];
        return streams.Record(s_loan, entry.Stream, decision);
    }

    private static Task Lend(Replica replica, string id, DateTimeOffset until, string command = Remind) => Record(
        replica, id, new Opened(Accounts.Someone, Accounts.Then, id), new Noted(Accounts.Someone, Accounts.Then, $"{command} {until:O}"));

    private static Task Note(Replica replica, string id, string text) => Record(replica, id, new Noted(Accounts.Someone, Accounts.Then, text));

    private static Task Record(Replica replica, string id, params AccountEvent[] facts) =>
        replica.Log.Write(new Work { Decide = streams => streams.Record(s_loan, $"loan-{id}", [.. facts]) });

    private Task Dunned(string id, int times) => Eventually.Get(
        () => _store.Count($"events.mt_events where stream_id = 'loan-{id}' and data->>'text' in ('{Remind}', '{Complain}')"), n => n == times, $"{id} is dunned {times} times");

    /// <summary>As the database keeps it: the next whole microsecond.</summary>
    private static DateTimeOffset Micro(DateTimeOffset at) => at.AddTicks((10 - (at.Ticks % 10)) % 10);
}

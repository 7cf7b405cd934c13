using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>What views were: what had happened by a time, and what was known at one.</summary>
public sealed class Remembering : IAsyncLifetime
{
    private const string Tables = """
        create schema accounts;
        create table accounts.holders (id text primary key, version bigint not null, balance numeric not null check (balance >= 0), bearer text);
        create table accounts.sums (amount numeric primary key, times bigint not null);
        grant usage on schema accounts to {role};
        grant select, insert, update on all tables in schema accounts to {role};
        """;

    private static readonly RowTable<HolderRow> s_holders = new("holders", HolderJson.Default.HolderRow, "id");

    private static readonly Aggregate<Account, AccountEvent> s_kind = new(
        "account", new Account("", false, 0), (a, e) => Kind.Fold(a, e),
        (version, account, _) => [s_holders.Row(account.Id, new HolderRow(account.Id, version, account.Balance, null))]);

    private static readonly RowView s_view = new("holders", ["holders"], s_kind);
    private static readonly ViewDefinition s_sums = new("sums", Sum, "sums");

    private Store _store = null!;
    private EventLog _log = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await Store.Create(Tables);
        _log = (await _store.Start(null, [s_view, s_sums])).Log;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "1 0")]
    [InlineData(10, "2 5")]
    [InlineData(20, "4 12")] // what was entered late counts from when it happened
    [InlineData(30, "4 9")]
    public async Task By_business_time(int day, string? expected)
    {
        await Write("a", (1, 0), (10, 5), (30, -3), (20, 7));

        Assert.Equal(expected, await Holder("a", asOf: Day(day)));
        Assert.Equal("4 9", await Holder("a"));
    }

    [Fact]
    public async Task By_what_was_known()
    {
        var known = new List<(DateTimeOffset, string?)> { (await Now(), null) };
        await Write("k", (1, 0), (2, 5));
        known.Add((await Now(), "2 5"));
        await Write("k", (3, 1));
        known.Add((await Now(), "3 6"));
        await Write("k", (1, 100));

        foreach (var (at, expected) in known)
        {
            Assert.Equal(expected, await Holder("k", recordedAsOf: at));
        }

        Assert.Equal("2 5", await Holder("k", asOf: Day(2), recordedAsOf: known[2].Item1)); // the hundred was not known then
        Assert.Equal("4 105", await Holder("k", asOf: Day(2)));
    }

    [Fact]
    public async Task A_stream_that_had_not_begun_is_not_there_and_the_tables_in_use_are_untouched()
    {
        await Write("early", (1, 0), (2, 5));
        await Write("late", (5, 0), (3, 9)); // paid in before it was opened, as entered
        var before = await _store.Rows("select id, version, balance from accounts.holders order by id", r => (r.GetString(0), r.GetInt64(1), r.GetDecimal(2)));

        await using var past = await Past.Open(_store.Limited, Store.Types, new When(Day(4), null), [], CancellationToken.None);
        await past.Hold(s_view, null, CancellationToken.None);
        Assert.Equal(["early"], await Ids(past));
        Assert.Equal(before, await _store.Rows("select id, version, balance from accounts.holders order by id", r => (r.GetString(0), r.GetInt64(1), r.GetDecimal(2))));

        // A past that never stood like that: paid out before it was paid in.
        await Write("odd", (1, 0), (8, 5), (6, -5));
        Assert.Equal("3 -5", await Holder("odd", asOf: Day(7)));
    }

    [Fact]
    public async Task Where_clocks_went_back_what_was_known_ends_before_the_later_time_and_no_stream_runs_into_another()
    {
        await Write("m", (1, 0), (2, 5));
        await Write("n", (1, 0), (2, 7), (3, 1));
        var then = await Now();
        await _store.Database.Execute("update events.mt_events set timestamp = timestamp + interval '1 hour' where stream_id = 'account-n' and version = 1");
        Assert.Equal(("2 5", (string?)null), (await Holder("m", recordedAsOf: then), await Holder("n", recordedAsOf: then)));

        await _store.Database.Execute("update events.mt_events set timestamp = timestamp + interval '1 hour' where stream_id = 'account-m' and version = 2");
        await using var past = await Past.Open(_store.Limited, Store.Types, new When(null, then), [], CancellationToken.None);
        await past.Hold(s_view, null, CancellationToken.None);
        Assert.Equal(["m"], await Ids(past));
        Assert.Equal("1 0", await Holder("m", recordedAsOf: then));
    }

    [Fact]
    public async Task In_a_stream_of_several_subjects_none_waits_for_the_first_fact_of_another()
    {
        var shared = new Aggregate<Account, AccountEvent>(
            "several", new Account("", true, 0), (a, e) => Kind.Fold(a, e) with { Id = "several" },
            (version, account, _) => [s_holders.Row(account.Id, new HolderRow(account.Id, version, account.Balance, null))], opens: false);
        foreach (var (day, amount) in new[] { (10, 3m), (5, 4m) })
        {
            await _log.Write(new Work { Decide = s => s.Record(shared, "several-1", [new PaidIn(Someone, Day(day), amount)]) });
        }

        await using var past = await Past.Open(_store.Limited, Store.Types, new When(Day(7), null), [], CancellationToken.None);
        await past.Hold(new RowView("several", ["holders"], shared), null, CancellationToken.None);
        await using var command = past.Command("select balance from holders where id = 'several'");
        Assert.Equal(4m, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_roll_up_over_the_facts_that_count()
    {
        await Write("r", (1, 0), (2, 5), (3, 5), (4, 7));
        await Write("s", (1, 0), (2, 5));

        Assert.Equal([(5m, 2L)], await Sums(new When(Day(2), null), null));
        Assert.Equal([(5m, 1L), (7m, 1L)], await Sums(new When(Day(9), null), (fact, _) => fact.At != Day(3), "r"));
        Assert.Equal([(5m, 3L), (7m, 1L)], await Sums(new When(null, await Now()), null));
    }

    [Fact]
    public async Task Now_is_asked_of_the_tables_in_use()
    {
        await Write("now", (1, 0));
        await _store.Database.Execute("update accounts.holders set balance = 77");
        Assert.Equal("1 77", await Holder("now"));
        await using var past = await Past.Open(_store.Limited, Store.Types, default, [s_view], CancellationToken.None);
        await past.Hold(s_view, null, CancellationToken.None);
        Assert.Equal(["now"], await Ids(past));
    }

    [Fact]
    public async Task More_questions_than_there_is_room_for_wait_their_turn()
    {
        await Write("busy", (1, 0), (2, 5));
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Holder("busy", asOf: Day(1))));
        Assert.All(answers, a => Assert.Equal("1 0", a));
    }

    private static DateTimeOffset Day(int day) => Then.AddDays(day);

    private Task<DateTimeOffset> Now() => _store.Database.Value<DateTime>("select clock_timestamp()").ContinueWith(t => new DateTimeOffset(t.Result), TaskScheduler.Default);

    /// <summary>Opens it where it is not, and pays in or out on days.</summary>
    private async Task Write(string id, params (int Day, decimal Amount)[] facts)
    {
        foreach (var (day, amount) in facts)
        {
            AccountEvent fact = amount == 0 ? new Opened(Someone, Day(day), id)
                : amount > 0 ? new PaidIn(Someone, Day(day), amount) : new PaidOut(Someone, Day(day), -amount);
            await _log.Write(new Work { Decide = s => s.Record(s_kind, Stream(id), [fact]) });
        }
    }

    private async Task<string?> Holder(string id, DateTimeOffset? asOf = null, DateTimeOffset? recordedAsOf = null)
    {
        await using var past = await Past.Open(_store.Limited, Store.Types, new When(asOf, recordedAsOf), [], CancellationToken.None);
        await past.Hold(s_view, [Stream(id)], CancellationToken.None);
        await using var command = past.Command("select version || ' ' || trim_scale(balance) from holders where id = $1").With(id);
        return (string?)await command.ExecuteScalarAsync();
    }

    private static async Task<List<string>> Ids(Past past)
    {
        await using var command = past.Command("select id from holders order by id");
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<string>();
        while (await reader.ReadAsync())
        {
            ids.Add(reader.GetString(0));
        }

        return ids;
    }

    private async Task<List<(decimal, long)>> Sums(When when, Func<Event, DateTimeOffset, bool>? happened, params string[] accounts)
    {
        await using var past = await Past.Open(_store.Limited, Store.Types, when, [], CancellationToken.None);
        await past.Hold(s_sums, (accounts.Length == 0 ? ["r", "s"] : accounts).Select(Stream), happened, CancellationToken.None);
        await using var command = past.Command("select amount, times from sums order by amount");
        await using var reader = await command.ExecuteReaderAsync();
        var sums = new List<(decimal, long)>();
        while (await reader.ReadAsync())
        {
            sums.Add((reader.GetDecimal(0), reader.GetInt64(1)));
        }

        return sums;
    }

    private static async Task Sum(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "insert into sums as s select a, count(*) from unnest($1) a group by a order by a on conflict (amount) do update set times = s.times + excluded.times", connection);
        command.Parameters.Add(new NpgsqlParameter<decimal[]>
        {
            TypedValue = [.. events.Select(e => e.Fact).OfType<PaidIn>().Select(p => p.Amount)],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric,
        });
        await command.ExecuteNonQueryAsync(stop);
    }
}

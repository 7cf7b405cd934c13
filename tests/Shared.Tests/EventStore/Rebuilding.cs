using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Views made anew beside those in use: rows written in the append, and a roll-up behind the log.</summary>
public sealed class Rebuilding : IAsyncLifetime
{
    private const string Tables = """
        create schema accounts;
        create table accounts.holders (id text primary key, version bigint not null, balance numeric not null, bearer text, constraint one_bearer unique (bearer));
        create index holders_balance on accounts.holders (balance, id);
        create table accounts.movements (id text not null, version bigint not null, amount numeric not null, primary key (id, version));
        create table accounts.sums (amount numeric primary key, times bigint not null);
        grant usage on schema accounts to {role};
        grant select, insert, update on accounts.holders, accounts.sums to {role};
        grant select, insert on accounts.movements to {role};
        insert into edge.view_tables values ('holders'), ('movements'), ('sums');
        """;

    private static readonly RowTable<HolderRow> s_holders = new("holders", HolderJson.Default.HolderRow, "id");
    private static readonly RowTable<MovementRow> s_movements = new("movements", HolderJson.Default.MovementRow);

    /// <summary>Accounts again, with rows that replace and rows that are only added.</summary>
    private static readonly Aggregate<Account, AccountEvent> s_kind = new(
        "account", new Account("", false, 0), (a, e) => Kind.Fold(a, e),
        (version, account, recorded) =>
        [
            s_holders.Row(account.Id, new HolderRow(account.Id, version, account.Balance, null)),
            .. recorded.Select((fact, i) => (Amount: fact is PaidIn paid ? paid.Amount : 0, Version: version - recorded.Count + 1 + i))
                .Where(m => m.Amount != 0).Select(m => s_movements.Row($"{account.Id} {m.Version}", new MovementRow(account.Id, m.Version, m.Amount))),
        ]);

    private static readonly Derived[] s_views =
    [
        new RowView("holders", ["holders", "movements"], s_kind),
        new ViewDefinition("sums", Sum, "sums"),
        new ViewDefinition("broken", (_, events, _) => events.Count > 0 ? throw new InvalidOperationException("it cannot be applied") : Task.CompletedTask),
    ];

    private readonly TaskCompletionSource _goOn = new();
    private Store _store = null!;

    public async ValueTask InitializeAsync() => _store = await Store.Create(Tables);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_rebuild_gives_the_same_rows_and_keeps_indexes_constraints_and_grants()
    {
        var replica = await _store.Start(null, s_views);
        await replica.Log.Write([.. Enumerable.Range(0, 200).SelectMany(i => new[] { Open($"h{i}"), PayIn($"h{i}", i), PayIn($"h{i}", 1) })]);
        await Caught();
        await _store.Database.Execute("delete from accounts.movements where id = 'h7'; update accounts.holders set balance = -1 where id = 'h8'; delete from accounts.sums where amount = 1");
        var shape = await Shape();

        await Rebuild(replica, "holders");
        await Rebuild(replica, "sums");

        Assert.Equal(200, await _store.Count("accounts.holders"));
        Assert.Equal(399, await _store.Count("accounts.movements")); // the one of nothing is none
        Assert.Equal(9, await _store.Database.Value<decimal>("select balance from accounts.holders where id = 'h8'"));
        Assert.Equal(201, await _store.Database.Value<long>("select times from accounts.sums where amount = 1"));
        Assert.Equal(shape, await Shape());
        Assert.Equal(0, await _store.Count("pg_tables where schemaname = 'rebuild'"));
        await replica.Log.Write([PayIn("h7", 5), Open("after")]);
        await Caught();
        Assert.Equal(13, await _store.Database.Value<decimal>("select balance from accounts.holders where id = 'h7'"));
        Assert.Equal(2, await _store.Database.Value<long>("select times from accounts.sums where amount = 5"));
    }

    [Fact]
    public async Task A_rebuild_under_load_by_two_replicas_ends_equal_to_the_log_and_refuses_no_reader()
    {
        Replica[] replicas = [await _store.Start(null, s_views), await _store.Start(null, s_views)];
        await replicas[0].Log.Write([.. Enumerable.Range(0, 40).Select(i => Open($"l{i}"))]);
        using var stop = new CancellationTokenSource();
        var written = Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            var (random, times) = (new Random(w), 0);
            for (; !stop.IsCancellationRequested; times++)
            {
                await replicas[w % 2].Log.Write(times % 20 == 0 ? Open($"n{w}-{times}") : PayIn($"l{random.Next(40)}", 1 + random.Next(9)));
            }

            return times;
        })));
        var reading = Task.Run(async () =>
        {
            for (var least = 0L; !stop.IsCancellationRequested;)
            {
                // Nothing that was seen goes away while tables are swapped.
                var now = await Sums();
                Assert.InRange(now, least, long.MaxValue);
                least = now;
            }
        });
        for (var round = 0; round < 5; round++)
        {
            await Rebuild(replicas[0], "holders");
            await Rebuild(replicas[1], "sums");
        }

        await stop.CancelAsync();
        Assert.All(await written, times => Assert.True(times > 50, $"Only {times} writes of one writer went through."));
        await reading;
        await Caught();

        const string log = "select (data->>'amount')::numeric as amount, stream_id, version from events.mt_events where type = 'money-paid-in.v1'";
        Assert.Equal(0, await _store.Count($"({log}) l full join accounts.movements m on l.stream_id = 'account-' || m.id and l.version = m.version where l.amount is distinct from m.amount"));
        Assert.Equal(0, await _store.Count("accounts.holders h full join events.mt_streams s on s.id = 'account-' || h.id where h.version is distinct from s.version"));
        Assert.Equal(0, await _store.Count($"(select amount, count(*) times from ({log}) l group by amount) l full join accounts.sums s using (amount, times) where l.amount is null or s.amount is null"));

        async Task<long> Sums()
        {
            await using var command = _store.Limited.CreateCommand("select count(*) from accounts.movements");
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }

    [Fact]
    public async Task Questions_of_one_moment_keep_the_tables_they_began_with()
    {
        var replica = await _store.Start(null, s_views[..2]);
        await replica.Log.Write([.. Enumerable.Range(0, 50).SelectMany(i => new[] { Open($"q{i}"), PayIn($"q{i}", 2) })]);
        await Caught();
        await using (var moment = await Past.Open(_store.Limited, Store.Types, default, s_views[..2], CancellationToken.None))
        {
            Assert.Equal(50L, await Count(moment, "holders"));
            await replica.Host.Services.GetRequiredService<Rebuilds>().Ask("holders", CancellationToken.None);
            await replica.Log.Write(PayIn("q1", 2));
            await Eventually.Get(() => Task.FromResult(replica.Messages.Any(m => m.Contains("lets those pass", StringComparison.Ordinal))), waits => waits, "the swap waits");
            Assert.Equal(50L, await Count(moment, "movements")); // of that moment, not of an empty copy
            Assert.Equal(OutcomeKind.Recorded, (await replica.Log.Write(PayIn("q2", 2))).Kind); // nobody is held back for long
        }

        await Eventually.Get(() => Status(replica, "holders"), r => r is { Finished: not null }, "then it swaps");
        Assert.Equal(52, await _store.Count("accounts.movements"));

        static async Task<object?> Count(Past moment, string table)
        {
            await using var command = moment.Command($"select count(*) from {table}");
            return await command.ExecuteScalarAsync();
        }
    }

    [Fact]
    public async Task One_that_is_interrupted_leaves_the_old_rows_in_place_and_is_begun_anew_by_another_replica()
    {
        var slow = new ViewDefinition("sums", async (connection, events, stop) =>
        {
            await Sum(connection, events, stop);
            if (connection.ConnectionString.Contains("rebuild", StringComparison.Ordinal))
            {
                await _goOn.Task.WaitAsync(stop);
            }
        }, "sums");
        var first = await _store.Start(null, [slow]);
        await first.Log.Write([Open("i"), PayIn("i", 1), PayIn("i", 2)]);
        await Eventually.Get(() => _store.Count("accounts.sums"), n => n == 2, "the view is there");
        Assert.Null(await first.Host.Services.GetRequiredService<Rebuilds>().Ask("sums", CancellationToken.None));
        await Eventually.Get(() => Status(first, "sums"), r => r is { Attempt: 1 }, "it begins");

        await first.Log.Write(PayIn("i", 3));
        await Eventually.Get(() => _store.Count("accounts.sums"), n => n == 3, "the old view goes on meanwhile");
        await first.Stop();
        Assert.Equal(3, await _store.Count("accounts.sums"));

        var second = await _store.Start(null, s_views);
        var done = await Eventually.Get(() => Status(second, "sums"), r => r is { Finished: not null }, "another takes it up");
        Assert.Equal((2, null), (done!.Attempt, done.Failure));
        await Caught();
        Assert.Equal(3, await _store.Count("accounts.sums"));
    }

    [Fact]
    public async Task One_that_fails_says_why_and_the_old_rows_stand()
    {
        var replica = await _store.Start(null, s_views[..2]);
        await replica.Log.Write([Open("f"), PayIn("f", 1)]);
        await _store.Database.Execute("""
            insert into events.mt_events (seq_id, id, stream_id, version, type, data)
            values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'account-f', 3, 'account-teleported.v1', '{}');
            update events.mt_streams set version = 3 where id = 'account-f'
            """);
        var rebuilds = replica.Host.Services.GetRequiredService<Rebuilds>();
        await rebuilds.Ask("holders", CancellationToken.None);
        var failed = await Eventually.Get(() => Status(replica, "holders"), r => r is { Failure: not null }, "it fails");

        Assert.Contains("account-teleported.v1", failed!.Failure, StringComparison.Ordinal);
        Assert.Equal(1, await _store.Count("accounts.movements"));
        Assert.Equal("view.unknown", (await rebuilds.Ask("nothing", CancellationToken.None))?.Code);
    }

    [Fact]
    public async Task Only_tables_of_views_are_copied_and_swapped()
    {
        await _store.Database.Execute("create table accounts.secrets (id text)");
        foreach (var function in new[] { "copy_tables", "swap_tables", "analyze_copies", "drop_copies" })
        {
            await using var limited = NpgsqlDataSource.Create(_store.Database.Limited);
            await using var command = limited.CreateCommand($"select edge.{function}(array['holders', 'secrets'])");
            Assert.Equal("P0001", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
        }

        Assert.Equal(0, await _store.Database.Value<long>("select count(*) from pg_tables where schemaname = 'rebuild'"));
    }

    private static Work Open(string id) => Of(id, a => Accounts.Open(a, id));

    private static Work PayIn(string id, decimal amount) => Of(id, a => Accounts.PayIn(a, amount));

    private static Work Of(string id, Func<Account, Decision<AccountEvent>> decide) => new()
    {
        Decide = streams => streams.Record(s_kind, Stream(id), decide(streams.Get(s_kind, Stream(id)))),
    };

    private static async Task Sum(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into sums as s select a, count(*) from unnest($1) a group by a order by a
            on conflict (amount) do update set times = s.times + excluded.times
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<decimal[]>
        {
            TypedValue = [.. events.Select(e => e.Fact).OfType<PaidIn>().Select(p => p.Amount)],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric,
        });
        await command.ExecuteNonQueryAsync(stop);
    }

    private static async Task<RebuildStatus?> Status(Replica replica, string view) =>
        (await replica.Host.Services.GetRequiredService<Rebuilds>().Status(CancellationToken.None)).Single(v => v.Name == view).Rebuild;

    private static async Task Rebuild(Replica replica, string view)
    {
        var asked = DateTimeOffset.UtcNow.AddTicks(-10);
        Assert.Null(await replica.Host.Services.GetRequiredService<Rebuilds>().Ask(view, CancellationToken.None));
        var done = await Eventually.Get(() => Status(replica, view), r => r is { Finished: not null } or { Failure: not null }, $"{view} is rebuilt");
        Assert.Null(done!.Failure);
        Assert.InRange(done.Asked, asked, done.Finished!.Value);
    }

    private async Task Caught()
    {
        var head = await _store.Database.Value<long>("select max(seq_id) from events.mt_events");
        await Eventually.Get(() => ViewPositions.Of(_store.Limited, "sums", CancellationToken.None), at => at >= head, "the roll-up is there");
    }

    /// <summary>What the tables are beside their rows: columns, indexes by name, constraints, grants.</summary>
    private Task<List<string>> Shape() => _store.Rows("""
        select 'column ' || table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable s from information_schema.columns where table_schema = 'accounts'
        union all select 'index ' || indexdef from pg_indexes where schemaname = 'accounts'
        union all select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'accounts'::regnamespace
        union all select 'grant ' || table_name || ' ' || grantee || ' ' || privilege_type from information_schema.role_table_grants where table_schema = 'accounts'
        order by s
        """, r => r.GetString(0));
}

internal sealed record HolderRow(string Id, long Version, decimal Balance, string? Bearer);

internal sealed record MovementRow(string Id, long Version, decimal Amount);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HolderRow))]
[JsonSerializable(typeof(MovementRow))]
internal sealed partial class HolderJson : JsonSerializerContext;

using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>A roll-up behind the log, run by one of several replicas.</summary>
public sealed class Following : IAsyncLifetime
{
    internal const string Leader = """
        select pid from pg_locks join pg_stat_activity using (pid)
        where locktype = 'advisory' and granted and datname = current_database() and objsubid = 1
            and (classid::bigint << 32 | objid::bigint) = hashtextextended('view:seen', 0)
        """;

    private Store _store = null!;

    public async ValueTask InitializeAsync() => _store = await Store.Create();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task One_replica_follows_and_another_takes_over_when_its_connection_dies()
    {
        var first = await _store.Start(null, [Seen("first")]);
        await Eventually.Get(() => _store.Count($"({Leader}) l"), n => n == 1, "the first leads");
        await _store.Start(null, [Seen("second")]);
        await first.Log.Write([Opening("a"), .. Enumerable.Range(0, 50).Select(_ => PayingIn("a", 1))]);
        await Caught(51);
        Assert.Equal(["first"], await By());

        // The first is held back from taking the lock again, as a process that died would be.
        var stopping = first.Stop();
        await _store.Count($"(select pg_terminate_backend(pid, 5000) from ({Leader}) l) cut");
        await stopping;
        var third = await _store.Start();
        await third.Log.Write([.. Enumerable.Range(0, 50).Select(_ => PayingIn("a", 1))]);
        await Caught(101);

        Assert.Equal(["first", "second"], await By());
        Assert.Equal(101, await _store.Count("shop.seen"));
    }

    [Fact]
    public async Task A_leader_under_steady_load_or_held_up_by_a_long_append_keeps_its_lead()
    {
        var replica = await _store.Start(null, [Seen("steady")]);
        await replica.Log.Write(Opening("s"));
        var leader = await Eventually.Get(() => _store.Rows(Leader, r => r.GetInt32(0)), l => l.Count == 1, "it leads");
        var written = 1;
        for (var end = DateTime.UtcNow.AddSeconds(7); DateTime.UtcNow < end; written++)
        {
            await replica.Log.Write(PayingIn("s", 1)); // longer than a session may be silent, with a notification every few milliseconds
        }

        await Caught(written);
        await using (await RawDraw(_store))
        {
            await replica.Log.Write(PayingIn("s", 1));
            for (var end = DateTime.UtcNow.AddSeconds(7); DateTime.UtcNow < end;)
            {
                Assert.Equal(leader, await _store.Rows(Leader, r => r.GetInt32(0)));
                await Task.Delay(100);
            }
        }

        Assert.Equal(leader, await _store.Rows(Leader, r => r.GetInt32(0)));
        Assert.DoesNotContain(replica.Messages, m => m.Contains("interrupted", StringComparison.Ordinal));

        static async Task<RawWriter> RawDraw(Store store)
        {
            var writer = await RawWriter.Begin(store.Owner);
            await writer.Draw();
            return writer;
        }
    }

    [Fact]
    public async Task Leaders_that_are_cut_again_and_again_apply_everything_once()
    {
        var writer = await _store.Start(null, [Seen("first")]);
        await _store.Start(null, [Seen("second")]);
        await writer.Log.Write(Opening("b"));
        for (var round = 0; round < 5; round++)
        {
            await Eventually.Get(() => _store.Count($"({Leader}) l"), n => n == 1, "somebody leads");
            await writer.Log.Write([.. Enumerable.Range(0, 200).Select(_ => PayingIn("b", 1))]);
            await _store.Count($"(select pg_terminate_backend(pid, 5000) from ({Leader}) l) cut");
        }

        await Caught(1001);
        Assert.Equal(1001, await _store.Count("shop.seen"));
    }

    [Fact]
    public async Task Rows_and_checkpoint_are_one_transaction()
    {
        var tries = 0;
        var view = new ViewDefinition("seen", async (connection, events, stop) =>
        {
            await Seen("torn").Apply(connection, events, stop);
            if (Interlocked.Increment(ref tries) == 1)
            {
                throw new InvalidOperationException("a crash after its rows");
            }
        });
        var replica = await _store.Start(null, [view]);
        await replica.Log.Write([Opening("c"), PayingIn("c", 1)]);
        await Caught(2);

        Assert.Equal(2, await _store.Count("shop.seen"));
        Assert.True(tries >= 2);
    }

    [Fact]
    public async Task A_type_it_does_not_know_stops_it_loudly_and_is_never_skipped()
    {
        var replica = await _store.Start(null, [Seen("stopped")]);
        await replica.Log.Write(Opening("d"));
        await Caught(1);
        await _store.Database.Execute("""
            insert into events.mt_events (seq_id, id, stream_id, version, type, data)
            values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'account-d', 2, 'account-teleported.v1', '{}');
            update events.mt_streams set version = 2 where id = 'account-d'
            """);
        await replica.Log.Write(Opening("e"));
        await Eventually.Get(
            () => Task.FromResult(replica.Messages.Where(m => m.Contains("account-teleported.v1", StringComparison.Ordinal)).ToList()), m => m.Count > 1, "it says so");

        Assert.Equal(1, await ViewPositions.Of(_store.Limited, "seen", CancellationToken.None));
        Assert.Equal(1, await _store.Count("shop.seen"));
        await Assert.ThrowsAsync<UnknownEventTypeException>(() => replica.Log.Write(PayingIn("d", 1)));
        Assert.Equal(OutcomeKind.Recorded, (await replica.Log.Write(PayingIn("e", 1))).Kind);
    }

    [Fact]
    public async Task A_follower_that_lost_its_lock_unnoticed_cannot_move_the_checkpoint()
    {
        var replica = await _store.Start(null, [Seen("stale")]);
        await replica.Log.Write(Opening("f"));
        await Caught(1);
        await _store.Database.Execute("update events.mt_event_progression set last_seq_id = 5 where name = 'view:seen'");
        await replica.Log.Write([.. Enumerable.Range(0, 6).Select(_ => PayingIn("f", 1))]);
        await Caught(7);

        Assert.Equal([1L, 6, 7], await _store.Rows("select position from shop.seen order by position", r => r.GetInt64(0)));
    }

    /// <summary>Writes each position with the replica that applied it; a position applied twice breaks the key.</summary>
    internal static ViewDefinition Seen(string replica) => new("seen", async (connection, events, stop) =>
    {
        foreach (var e in events.Where(e => e.Fact is AccountEvent))
        {
            await using var command = new NpgsqlCommand("insert into shop.seen values ($1, $2)", connection);
            command.Parameters.Add(new() { Value = e.Position });
            command.Parameters.Add(new() { Value = replica });
            await command.ExecuteNonQueryAsync(stop);
        }
    });

    private Task Caught(long position) => Caught(_store, position);

    /// <summary>The view has taken everything.</summary>
    internal static Task Caught(Store store, long position) => Eventually.Get(
        () => ViewPositions.Of(store.Limited, "seen", CancellationToken.None), at => at == position, $"the view reaches {position}");

    private Task<List<string>> By() => _store.Rows("select distinct by from shop.seen order by by", r => r.GetString(0));
}

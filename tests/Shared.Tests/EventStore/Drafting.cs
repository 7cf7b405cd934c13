using Npgsql;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>What is decided while the commit before it is on its way: on what that one will leave, and anew where it does not go through.</summary>
public sealed class Drafting : IAsyncLifetime
{
    private Store _store = null!;
    private Replica _replica = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await Store.Create();
        _replica = await _store.Start();
        await _replica.Log.Write([Opening("a"), PayingIn("a", 10), Opening("b")]);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task It_sees_what_the_one_on_its_way_records()
    {
        Task<Outcome> first, second, third;
        await using (await _store.Hold("a"))
        {
            first = _replica.Log.Write(PayingIn("a", 1));
            await _store.Blocked(1);
            (second, third) = (_replica.Log.Write(PayingOut("a", 11)), _replica.Log.Write(PayingOut("a", 1)));
        }

        Assert.Equal((3L, 4L), ((await first).Version, (await second).Version));
        Assert.Equal("balance.short", (await third).Refusal?.Code);
        await Verifies("a");
    }

    [Fact]
    public async Task A_repeat_of_what_is_on_its_way_is_a_repeat_also_where_the_rules_would_refuse_it_now()
    {
        Task<Outcome> first, again, other;
        await using (await _store.Hold("a"))
        {
            first = _replica.Log.Write(PayingOutClaimed("c"));
            await _store.Blocked(1);
            (again, other) = (_replica.Log.Write(PayingOutClaimed("c")), _replica.Log.Write(PayingIn("b", 1, Claimed("c", "other"))));
        }

        Assert.Equal((OutcomeKind.Recorded, OutcomeKind.Duplicate), ((await first).Kind, (await again).Kind));
        Assert.Equal((await first).Position, (await again).Position);
        Assert.Equal("event.differs", (await other).Refusal?.Code);

        static Work PayingOutClaimed(string claim) => On("a", a => PayOut(a, 10), Claimed(claim));
    }

    [Fact]
    public async Task Where_another_replica_was_first_both_are_decided_again_on_what_it_left()
    {
        Task<Outcome> first, second, third;
        await using (var connection = await _store.Owner.OpenConnectionAsync())
        {
            await Execute(connection, "begin; select from events.mt_streams where id = 'account-a' for update");
            first = _replica.Log.Write(PayingOut("a", 6));
            await _store.Blocked(1);
            (second, third) = (_replica.Log.Write(PayingOut("a", 3)), _replica.Log.Write(PayingIn("b", 5)));
            // Somebody else pays out five, as another replica would have.
            await Execute(connection, """
                insert into events.mt_events (seq_id, id, stream_id, version, type, data)
                values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'account-a', 3, 'money-paid-out.v1',
                    '{"by": {"client": "other"}, "at": "2024-06-15T08:00:00+00:00", "amount": 5}');
                update events.mt_streams set version = 3 where id = 'account-a';
                commit
                """);
        }

        Assert.Equal("balance.short", (await first).Refusal?.Code);
        Assert.Equal((OutcomeKind.Recorded, 4L), ((await second).Kind, (await second).Version)); // after six it would have been short too
        Assert.Equal((OutcomeKind.Recorded, 2L), ((await third).Kind, (await third).Version));
    }

    [Fact]
    public async Task Where_the_one_on_its_way_cannot_be_stored_what_was_decided_on_it_is_decided_again()
    {
        await _replica.Log.Write(Opening("taken@bearer"));
        Task<Outcome> broken, after;
        await using (await _store.Hold("a"))
        {
            broken = _replica.Log.Write(new Work
            {
                Decide = s => s.Record(Kind, Stream("a"), PayIn(s.Get(Kind, Stream("a")), 100))
                    ?? s.Record(Kind, Stream("other@bearer"), Open(s.Get(Kind, Stream("other@bearer")), "other@bearer")),
            });
            await _store.Blocked(1);
            after = _replica.Log.Write(PayingOut("a", 50));
        }

        await Assert.ThrowsAsync<PostgresException>(() => broken);
        Assert.Equal("balance.short", (await after).Refusal?.Code);
        Assert.Equal(2, (await _store.Events("a")).Count);
        Assert.Equal(OutcomeKind.Recorded, (await _replica.Log.Write(PayingOut("a", 10))).Kind);
    }

    [Fact]
    public async Task One_whose_rows_cannot_be_made_fails_alone_and_the_writer_goes_on()
    {
        var unlucky = new Aggregate<Account, AccountEvent>(
            "account", new Account("", false, 0), (a, e) => Kind.Fold(a, e), (_, account, _) => account.Balance == 13 ? throw new InvalidOperationException("thirteen") : []);
        await _replica.Log.Write(new Work { Decide = s => s.Record(unlucky, Stream("u"), Open(s.Get(unlucky, Stream("u")), "u")) });
        Work Paying(decimal amount) => new() { Decide = s => s.Record(unlucky, Stream("u"), PayIn(s.Get(unlucky, Stream("u")), amount)) };

        for (var round = 0; round < 2; round++)
        {
            var calls = new[] { _replica.Log.Write(PayingIn("a", 1)), _replica.Log.Write(Paying(13)), _replica.Log.Write(PayingIn("a", 1)) };
            Assert.Equal("thirteen", (await Assert.ThrowsAsync<InvalidOperationException>(() => calls[1])).Message);
            Assert.All(new[] { await calls[0], await calls[2] }, o => Assert.Equal(OutcomeKind.Recorded, o.Kind));
        }

        Assert.Equal(OutcomeKind.Recorded, (await _replica.Log.Write(Paying(12))).Kind);
    }

    [Fact]
    public async Task Where_the_connection_dies_under_it_what_was_decided_on_it_is_decided_again()
    {
        Task<Outcome> cut, after;
        await using (await _store.Hold("a"))
        {
            cut = _replica.Log.Write(PayingIn("a", 100));
            await _store.Blocked(1);
            after = _replica.Log.Write(PayingOut("a", 50));
            await _store.Cut("wait_event_type = 'Lock'");
        }

        await Assert.ThrowsAsync<Restoration.Domain.UnavailableException>(() => cut);
        Assert.Equal("balance.short", (await after).Refusal?.Code);
        Assert.Equal(2, (await _store.Events("a")).Count);
    }

    private async Task Verifies(string account)
    {
        var previous = default(string);
        foreach (var e in await _store.Events(account))
        {
            Assert.Equal(Canonical.Hash(e.Id, e.Stream, e.Version, e.Type, e.Data.Span, e.Headers, previous), e.Headers.Hash);
            previous = e.Headers.Hash;
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

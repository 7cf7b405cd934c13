using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Two replicas that each open an account because the other's is not there: one of them must see that it is.</summary>
public sealed class Absences : IAsyncLifetime
{
    private Store _store = null!;

    public async ValueTask InitializeAsync() => _store = await Store.Create();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    /// <summary>Each is stopped at its resource's row, which comes after its guards, so that both have looked before either commits.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)] // what they believe of a third stream is old, so that both decide under locks
    public async Task Of_two_that_rest_on_each_others_absence_one_is_recorded(bool locking)
    {
        EventLog[] logs = [(await _store.Start()).Log, (await _store.Start()).Log];
        for (var l = 0; l < 2; l++)
        {
            await logs[l].Write(Opening($"known{l}"));
            await logs[1 - l].Write(PayingIn($"known{l}", 1)); // the first believes it to be as it left it
        }

        Task<Outcome> a, b;
        await using (var row = await _store.Owner.OpenConnectionAsync())
        {
            await using var hold = new NpgsqlCommand("begin; insert into shop.accounts values ('a', 0, 0), ('b', 0, 0)", row);
            await hold.ExecuteNonQueryAsync();
            a = logs[0].Write(OpeningUnless("b", "a", locking ? "known0" : null));
            await _store.Blocked(1);
            b = logs[1].Write(OpeningUnless("a", "b", locking ? "known1" : null));
            await _store.Blocked(2);
            await using var release = new NpgsqlCommand("rollback", row);
            await release.ExecuteNonQueryAsync();
        }

        Outcome[] outcomes = [await a, await b];
        Assert.Equal([null, "other.there"], outcomes.Select(o => o.Refusal?.Code));
        Assert.Equal(1, await _store.Count("events.mt_streams where id in ('account-a', 'account-b')"));
    }

    [Fact]
    public async Task Of_many_pairs_never_both_are_there_and_nobody_waits_for_a_deadlock()
    {
        EventLog[] logs = [(await _store.Start()).Log, (await _store.Start()).Log];
        const int Pairs = 600, Side = 20;
        var recorded = 0;
        for (var pair = 0; pair < Pairs; pair += Side)
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(pair, Side).SelectMany(p => new[]
            {
                logs[0].Write(OpeningUnless($"{p}-right", $"{p}-left")), logs[1].Write(OpeningUnless($"{p}-left", $"{p}-right")),
            }));
            recorded += outcomes.Count(o => o.Kind == OutcomeKind.Recorded);
        }

        Assert.Equal(Pairs, recorded);
        Assert.Equal(Pairs, await _store.Count("events.mt_streams"));
        Assert.Equal(0, await _store.Database.Value<long>("select deadlocks from pg_stat_database where datname = current_database()"));
    }

    private static Work OpeningUnless(string other, string id, string? look = null) => new()
    {
        Decide = streams =>
        {
            _ = look is null ? 0 : streams.Version(Kind, Stream(look));
            return streams.Get(Kind, Stream(other)).IsOpen
                ? Refusal.Conflict("other.there", "The other one is there.")
                : streams.Record(Kind, Stream(id), Open(streams.Get(Kind, Stream(id)), id));
        },
    };
}

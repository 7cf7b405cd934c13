using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Shared.Tests.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.Messaging;

/// <summary>Tests that take a server away from everybody, and so run by themselves.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class ServerOutages : IAsyncLifetime
{
    private Till _till = null!;

    public async ValueTask InitializeAsync() => _till = await Till.Create();

    public ValueTask DisposeAsync() => _till.DisposeAsync();

    [Fact]
    public async Task A_broker_that_is_killed_costs_no_fact_and_holds_up_no_writer()
    {
        var replica = await _till.Start();
        await replica.Log.Write(Opening("a"));
        await _till.Fed(1);
        // Killed within a second of its declaration, a quorum queue was seen to stay without a leader (RabbitMQ 3.10); real ones are older.
        await Task.Delay(TimeSpan.FromSeconds(3));
        var restart = Restart("broker", seconds: 2);
        var written = 1;
        do
        {
            await replica.Log.Write([.. Enumerable.Range(0, 20).Select(_ => PayingIn("a", 1))]);
            written += 20;
            await Task.Delay(20);
        }
        while (!restart.IsCompleted);
        await restart;
        var batches = await _till.Fed(written);

        Relaying.Covers(batches, written);
        Assert.Equal(Enumerable.Range(1, written).Select(p => (long)p), batches.SelectMany(b => b.Positions).Distinct());
        var ledger = await _till.Take(_till.Ledger, written);
        Assert.Equal(Enumerable.Range(1, written).Select(p => (long)p), ledger.Select(m => m.Position).Distinct());
    }

    [Fact]
    public async Task A_database_that_is_killed_is_said_and_used_again_without_a_restart()
    {
        var replica = await _till.Start();
        await replica.Log.Write(Opening("a"));
        var restart = Restart("postgres", seconds: 1);
        var (recorded, refused) = (0, 0);
        for (var i = 0; !restart.IsCompleted || i == 0; i++)
        {
            try
            {
                await replica.Log.Write(PayingIn("a", 1, Claimed($"{i}")));
                recorded++;
            }
            catch (UnavailableException)
            {
                refused++;
                await Task.Delay(50);
            }
        }

        await restart;
        _till.Store.Limited.Clear();
        _till.Store.Owner.Clear();
        await Eventually.Get(() => Recorded(replica), done => done, "it records again");
        var last = (await _till.Store.Events("a"))[^1].Position;
        var batches = await _till.Fed(last);

        Assert.True(refused > 0);
        var facts = await _till.Store.Events("a");
        Assert.InRange(facts.Count, recorded + 2, recorded + refused + 2);
        Assert.Equal(Enumerable.Range(1, facts.Count).Select(v => (long)v), facts.Select(e => e.Version));
        Relaying.Covers(batches, last);
        Assert.Equal(facts.Select(e => e.Position), batches.SelectMany(b => b.Positions).Distinct());
    }

    private static async Task<bool> Recorded(Replica replica)
    {
        try
        {
            return (await replica.Log.Write(PayingIn("a", 1, Claimed("last")))).Kind is OutcomeKind.Recorded or OutcomeKind.Duplicate;
        }
        catch (UnavailableException)
        {
            return false;
        }
    }

    private static Task Restart(string server, int seconds) => TestServers.Run($"restart-{server}", $"{seconds}");
}

using Restoration.Messaging;
using Restoration.Shared.Tests.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.Messaging;

/// <summary>A receiver that knows less than it should asks for what follows a position.</summary>
public sealed class Replaying : IAsyncLifetime
{
    private Till _till = null!;
    private Replica _replica = null!;
    private long _last;

    /// <summary>Positions 1 to 7: 3 is internal, 4 and 5 are empty.</summary>
    public async ValueTask InitializeAsync()
    {
        _till = await Till.Create();
        _replica = await _till.Start();
        await _replica.Log.Write([Opening("a"), PayingIn("a", 1), On("a", _ => [new Noted(Someone, Then, "inside")])]);
        await using (var lost = await RawWriter.Begin(_till.Store.Owner))
        {
            await lost.Append();
            await lost.Append();
        }

        await _replica.Log.Write([PayingIn("a", 2), Opening("b")]);
        await _till.Fed(_last = 7);
    }

    public ValueTask DisposeAsync() => _till.DisposeAsync();

    [Fact]
    public async Task A_service_gets_what_it_lacks_as_it_was_sent_the_first_time_and_nobody_else_gets_anything()
    {
        var (first, audit) = (await _till.Take(_till.Ledger, 4), await _till.Take(_till.Audit, 2));
        await _till.Replay(_till.Ledger, 1);
        var replayed = await _till.Take(_till.Ledger, 3);
        var fed = await Sentinel();

        Assert.Equal([2L, 6, 7], replayed.Select(m => m.Position));
        Assert.Equal(first.Skip(1).Select(m => (m["cloudEvents_id"], Relaying.Said(m), m.Body)), replayed.Select(m => (m["cloudEvents_id"], Relaying.Said(m), m.Body)));
        Assert.Equal([1L, 2, 6, 7, 8], fed.SelectMany(b => b.Positions));
        Assert.Equal([8L], (await _till.Take(_till.Audit, 1)).Select(m => m.Position));
        Assert.Equal(2, audit.Count);
    }

    [Fact]
    public async Task The_feed_gets_what_it_lacks_and_the_services_get_nothing()
    {
        var before = (await _till.Feed()).Count;
        await _till.Take(_till.Ledger, 4);
        await _till.Replay("updates", 1);
        var batches = (await Sentinel()).Skip(before).Where(b => b.After < b.Through).ToList();

        Assert.Equal([2L, 6, 7, 8], batches.SelectMany(b => b.Positions));
        Assert.Equal((1, 7), (batches[0].After, batches[^2].Through));
        Assert.Equal([8L], (await _till.Take(_till.Ledger, 1)).Select(m => m.Position));
    }

    [Fact]
    public async Task A_replay_across_empty_positions_is_whole_while_an_append_is_under_way()
    {
        await _till.Take(_till.Ledger, 4);
        var before = (await _till.Feed()).Count;
        await using var underWay = await RawWriter.Begin(_till.Store.Owner);
        await underWay.Append();
        await _till.Replay(_till.Ledger, 0);
        await _till.Replay("updates", 0);
        var replayed = await Eventually.Get(_till.Feed, b => b.Skip(before).Any(x => x.After < x.Through && x.Through == 7), "the feed is replayed to");

        Assert.Equal([1L, 2, 6, 7], replayed.Skip(before).SelectMany(b => b.Positions));
        Assert.Equal([1L, 2, 6, 7], (await _till.Take(_till.Ledger, 4)).Select(m => m.Position));
    }

    [Fact]
    public async Task A_receiver_that_knows_an_older_epoch_gets_everything_and_one_of_a_later_epoch_nothing()
    {
        await _till.Take(_till.Ledger, 4);
        await _till.Replay(_till.Ledger, 6, epoch: 2);
        await _till.Replay(_till.Ledger, 6, epoch: 0);
        await Sentinel();

        Assert.Equal([1L, 2, 6, 7, 8], (await _till.Take(_till.Ledger, 5)).Select(m => m.Position));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("not json")]
    [InlineData("""{"after": 0, "epoch": 0}""")]
    [InlineData("""{"receiver": "nobody", "after": 0, "epoch": 1}""")]
    public async Task A_request_that_names_no_receiver_sends_nothing_again(string request)
    {
        await _till.Take(_till.Ledger, 4);
        await _till.Ask(request);
        await _till.Taken();
        var fed = await Sentinel();

        Assert.Equal([1L, 2, 6, 7, 8], fed.SelectMany(b => b.Positions));
        Assert.Equal([8L], (await _till.Take(_till.Ledger, 1)).Select(m => m.Position));
    }

    [Fact]
    public async Task A_deleted_queue_is_filled_again_by_a_replay()
    {
        await _till.OnBroker(c => c.QueueDeleteAsync(_till.Ledger, false, false));
        await _till.OnBroker(async c =>
        {
            await ServiceWire.DeclareAsync(c, _till.Ledger);
            return 0;
        });
        await _till.Replay(_till.Ledger, 0);

        Assert.Equal([1L, 2, 6, 7], (await _till.Take(_till.Ledger, 4)).Select(m => m.Position));
    }

    /// <summary>One more fact; when the feed has it, every request before it has been answered.</summary>
    private async Task<List<Batch>> Sentinel()
    {
        await _replica.Log.Write(Opening($"sentinel{++_last}"));
        return await _till.Fed(_last);
    }
}

using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>When the writer cannot keep up, is told to stop, or loses its database.</summary>
public sealed class Outages : IAsyncLifetime
{
    private Store _store = null!;

    public async ValueTask InitializeAsync() => _store = await Store.Create();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_full_queue_is_said_at_once_and_what_waited_is_written()
    {
        var log = (await _store.Start(null, null, ("EventStore:QueueLength", "3"))).Log;
        await log.Write(Opening("held"));
        List<Task<Outcome>> waiting;
        await using (await _store.Hold("held"))
        {
            var inFlight = log.Write(PayingIn("held", 1));
            await _store.Blocked(1);
            waiting = [inFlight, .. Enumerable.Range(0, 3).Select(_ => log.Write(PayingIn("held", 1)))];
            var refused = await Assert.ThrowsAsync<UnavailableException>(() => log.Write(PayingIn("held", 1)));
            Assert.True(refused.RetryAfter > TimeSpan.Zero);
            Assert.DoesNotContain(waiting, w => w.IsCompleted);
        }

        Assert.Equal([2L, 3, 4, 5], (await Task.WhenAll(waiting)).Select(o => o.Version));
    }

    [Fact]
    public async Task A_stopping_service_writes_what_it_took_and_takes_no_more()
    {
        var replica = await _store.Start();
        await replica.Log.Write(Opening("held"));
        List<Task<Outcome>> waiting;
        Task stopping;
        await using (await _store.Hold("held"))
        {
            waiting = [.. Enumerable.Range(0, 5).Select(_ => replica.Log.Write(PayingIn("held", 1)))];
            await _store.Blocked(1);
            stopping = replica.Stop();
            Assert.False(stopping.IsCompleted);
            var refused = await Eventually.Get(
                () =>
                {
                    var more = replica.Log.Write(PayingIn("held", 1));
                    if (!more.IsFaulted)
                    {
                        waiting.Add(more); // other parts are stopped first
                    }

                    return Task.FromResult(more);
                },
                more => more.IsFaulted, "it takes no more");
            Assert.IsType<UnavailableException>(refused.Exception!.InnerException);
        }

        await stopping;
        Assert.All(await Task.WhenAll(waiting), o => Assert.Equal(OutcomeKind.Recorded, o.Kind));
        Assert.Equal(1 + waiting.Count, (await _store.Events("held")).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public async Task A_commit_whose_connection_is_cut_is_answered_as_unavailable_and_never_tried_again_by_itself(int calls)
    {
        var log = (await _store.Start()).Log;
        await log.Write(Opening("cut"));
        List<Task<Outcome>> waiting;
        await using (await _store.Hold("cut"))
        {
            var first = log.Write(PayingIn("cut", 1));
            await _store.Blocked(1);
            await _store.Cut("wait_event_type = 'Lock'");
            await Assert.ThrowsAsync<UnavailableException>(() => first);
            waiting = [.. Enumerable.Range(0, calls).Select(_ => log.Write(PayingIn("cut", 1)))];
            await _store.Blocked(1);
            await _store.Cut("wait_event_type = 'Lock'");
            await Assert.ThrowsAsync<UnavailableException>(() => waiting[0]);
        }

        var failed = (await Task.WhenAll(waiting.Select(Failed))).Count(f => f);
        Assert.Equal(1 + calls - failed, (await _store.Events("cut")).Count);
        Assert.Equal(OutcomeKind.Recorded, (await log.Write(PayingIn("cut", 1))).Kind);
    }

    [Fact]
    public async Task A_database_that_cuts_all_connections_now_and_then_costs_no_recorded_fact_and_no_restart()
    {
        var log = (await _store.Start()).Log;
        await log.Write(Opening("shaken"));
        using var end = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            var (recorded, refused) = (new List<int>(), 0);
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                try
                {
                    Assert.Equal(OutcomeKind.Recorded, (await log.Write(PayingIn("shaken", 1, Claimed($"{w}-{i}")))).Kind);
                    recorded.Add(i);
                }
                catch (UnavailableException)
                {
                    refused++;
                    var again = await Eventually.Get(() => Again(log, w, i), o => o is not null, "the write that was cut", 10);
                    Assert.Contains(again!.Kind, new[] { OutcomeKind.Recorded, OutcomeKind.Duplicate });
                    recorded.Add(i);
                }
            }

            return (recorded, refused);
        })).ToList();
        for (var i = 0; i < 10; i++)
        {
            var before = await _store.Count("events.mt_events");
            await Eventually.Get(() => _store.Count("events.mt_events"), n => n > before + 20, "writing goes on");
            await _store.Cut("application_name = 'accounts'");
        }

        await end.CancelAsync();
        var done = await Task.WhenAll(writers);
        Assert.Contains(done, d => d.refused > 0);
        Assert.Equal(1 + done.Sum(d => d.recorded.Count), (await _store.Events("shaken")).Count);
    }

    private static async Task<Outcome?> Again(EventLog log, int writer, int i)
    {
        try
        {
            return await log.Write(PayingIn("shaken", 1, Claimed($"{writer}-{i}")));
        }
        catch (UnavailableException)
        {
            return null;
        }
    }

    private static async Task<bool> Failed(Task<Outcome> write)
    {
        try
        {
            await write;
            return false;
        }
        catch (UnavailableException)
        {
            return true;
        }
    }
}

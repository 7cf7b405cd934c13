using Restoration.Domain;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>The queue and a commit are bounded by bytes, and by how many are in them.</summary>
public sealed class Bounds : IAsyncLifetime
{
    private const int KiB = 1_024, MiB = KiB * KiB;
    private Store _store = null!;

    public async ValueTask InitializeAsync() => _store = await Store.Create();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_queue_that_is_full_of_bytes_takes_no_more_until_it_is_emptied()
    {
        var log = (await _store.Start(null, null, ("EventStore:QueueBytes", $"{10 * KiB}"))).Log;
        await log.Write(Opening("held"));
        List<Task<Outcome>> waiting;
        await using (await _store.Hold("held"))
        {
            waiting = [log.Write(Sized("held", 1))];
            await _store.Blocked(1);
            waiting.AddRange(Enumerable.Range(0, 4).Select(_ => log.Write(Sized("held", 2))));
            var refused = await Assert.ThrowsAsync<UnavailableException>(() => log.Write(Sized("held", 3)));
            Assert.True(refused.RetryAfter > TimeSpan.Zero);
            waiting.Add(log.Write(Sized("held", 2)));
            await Assert.ThrowsAsync<UnavailableException>(() => log.Write(Sized("held", 1)));
            Assert.DoesNotContain(waiting, w => w.IsCompleted);
        }

        Assert.Equal(Enumerable.Range(2, 6).Select(v => (long)v), (await Task.WhenAll(waiting)).Select(o => o.Version));
        Assert.Equal(8, (await log.Write(Sized("held", 10))).Version);
    }

    [Fact]
    public async Task A_call_larger_than_any_bound_is_taken_alone()
    {
        var log = (await _store.Start(null, null, ("EventStore:QueueBytes", $"{4 * KiB}"), ("EventStore:CommitBytes", $"{4 * KiB}"))).Log;
        await log.Write(Opening("large"));
        List<Task<Outcome[]>> waiting;
        await using (await _store.Hold("large"))
        {
            var first = log.Write([Sized("large", 1)]);
            await _store.Blocked(1);
            waiting = [first, log.Write([.. Enumerable.Range(0, 100).Select(_ => Sized("large", 50))])];
            await Assert.ThrowsAsync<UnavailableException>(() => log.Write(Sized("large", 1)));
        }

        Assert.All((await Task.WhenAll(waiting)).SelectMany(o => o), o => Assert.Equal(OutcomeKind.Recorded, o.Kind));
    }

    [Fact]
    public async Task A_commit_takes_as_many_as_fit_and_never_fewer_than_one()
    {
        var log = (await _store.Start(null, null, ("EventStore:CommitBytes", $"{16 * KiB}"))).Log;
        await log.Write(Opening("parts"));
        int[] sizes = [4, 4, 4, 4, 4, 40, 1, 15, 1];
        List<Task<Outcome>> waiting;
        await using (await _store.Hold("parts"))
        {
            waiting = [log.Write(Sized("parts", 1))];
            await _store.Blocked(1);
            waiting.AddRange(sizes.Select(size => log.Write(Sized("parts", size))));
        }

        await Task.WhenAll(waiting);
        Assert.Equal([1, 1, 4, 1, 1, 2, 1], await Commits("parts"));
    }

    [Fact]
    public async Task Whatever_is_refused_and_tried_again_the_room_is_not_lost()
    {
        var log = (await _store.Start(null, null, ("EventStore:QueueBytes", $"{20 * KiB}"), ("EventStore:QueueLength", "6"), ("EventStore:CommitBytes", $"{9 * KiB}"))).Log;
        var refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 24).Select(w => Task.Run(async () =>
        {
            var random = new Random(w);
            for (var i = 0; i < 40;)
            {
                try
                {
                    await log.Write(On($"room{w}-{i}", a => Open(a, $"room{w}-{i}"), bytes: random.Next(25) * KiB));
                    i++;
                }
                catch (UnavailableException)
                {
                    Interlocked.Increment(ref refused);
                    await Task.Yield();
                }
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(refused > 0);
        Assert.Equal(24 * 40, await _store.Count("events.mt_streams"));
        Assert.Equal(OutcomeKind.Recorded, (await log.Write(On("last", a => Open(a, "last"), bytes: 19 * KiB))).Kind);
    }

    /// <summary>What breaks stands among a thousand callers of one commit: found in a few commits more, not in one for each.</summary>
    [Fact]
    public async Task A_large_commit_in_which_some_break_is_written_in_few_commits()
    {
        var log = (await _store.Start()).Log;
        await log.Write([Opening("many"), Opening("taken@bearer")]);
        const int Many = 1_000;
        List<Task<Outcome>> waiting;
        await using (await _store.Hold("many"))
        {
            var first = log.Write(PayingIn("many", 1));
            await _store.Blocked(1);
            waiting = [first, .. Enumerable.Range(1, Many).Select(i => log.Write(i switch
            {
                100 => On("many", _ => throw new FormatException("a defect")),
                500 => On("many", a => PayIn(a, 1, "nul\0")),
                501 => Opening("other@bearer"),
                _ => i % 2 == 0 ? PayingIn("many", 1) : Opening($"many-{i}"),
            }))];
        }

        await Task.WhenAll(waiting).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal([100, 500, 501], Enumerable.Range(0, Many + 1).Where(i => waiting[i].IsFaulted));
        Assert.Equal(
            [typeof(FormatException), typeof(Npgsql.PostgresException), typeof(Npgsql.PostgresException)],
            waiting.Where(w => w.IsFaulted).Select(w => w.Exception!.InnerException!.GetType()));
        Assert.All(waiting.Where(w => !w.IsFaulted), w => Assert.Equal(OutcomeKind.Recorded, w.Result.Kind));
        Assert.Equal(500, (await _store.Events("many")).Count);
        Assert.Equal(499, await _store.Count("events.mt_streams where id like 'account-many-%'"));
        Assert.InRange(await _store.Count("(select distinct xmin::text from events.mt_events) commits"), 3, 40);
    }

    /// <summary>However many events one asks for, a part of the log weighs little more than the bound, and nothing is missing at its end.</summary>
    [Fact]
    public async Task What_is_read_of_the_log_ends_with_what_makes_it_heavy()
    {
        var log = (await _store.Start()).Log;
        await log.Write(Opening("heavy"));
        for (var i = 0; i < 6; i++)
            await log.Write(On("heavy", a => PayIn(a, 1, new string('重', MiB))));
        var stop = TestContext.Current.CancellationToken;

        var reader = new EventReader(_store.Limited, Store.Types);
        List<IReadOnlyList<long>> pages = [];
        for (var at = 0L; await reader.Read(at, 1_000, stop) is { Events.Count: > 0 } page; at = page.Through)
        {
            Assert.False(page.Blocked);
            pages.Add([.. page.Events.Select(e => e.Position)]);
        }

        Assert.Equal([[1, 2, 3, 4], [5, 6, 7]], pages);
        var settled = await StoredEvents.Settled(_store.Limited, Store.Types, 0, 6, 1_000, stop);
        Assert.Equal((4, 4), (settled.Events.Count, settled.Through));
        Assert.Equal(6, (await StoredEvents.Settled(_store.Limited, Store.Types, 4, 6, 1_000, stop)).Through);
        var stream = await StoredEvents.OfStream(_store.Limited, Store.Types, Stream("heavy"), 0, 1_000, stop);
        Assert.Equal((4, true), (stream.Events.Count, stream.More));
        stream = await StoredEvents.OfStream(_store.Limited, Store.Types, Stream("heavy"), 4, 1_000, stop);
        Assert.Equal((3, true), (stream.Events.Count, stream.More));
        stream = await StoredEvents.OfStream(_store.Limited, Store.Types, Stream("heavy"), 7, 1_000, stop);
        Assert.Equal((0, false), (stream.Events.Count, stream.More));
    }

    private static Work Sized(string account, int kibibytes) => On(account, a => PayIn(a, 1), bytes: (kibibytes - 1) * KiB);

    /// <summary>How many facts each commit wrote.</summary>
    private Task<List<int>> Commits(string account) => _store.Rows(
        $"select count(*)::int from events.mt_events where stream_id = 'account-{account}' group by xmin::text order by min(seq_id)", r => r.GetInt32(0));
}

using System.Collections.Concurrent;
using Npgsql;
using Restoration.EventStore;
using Restoration.Support;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>
/// Writers that draw, pause, write, roll back to savepoints, roll back or commit at random, against readers that are restarted from their
/// checkpoint. What a writer was told is committed, or its fate is unknown to it; the table says in the end which.
/// </summary>
internal sealed class RandomLog(Store store, int seed, long from, bool isDisturbed = false)
{
    private readonly ConcurrentBag<long> _committed = [], _unknown = [];
    private Task _writing = Task.CompletedTask;

    public int Unknown => _unknown.Count;

    /// <summary>Somebody else committed this.</summary>
    public void Committed(long position) => _committed.Add(position);

    /// <summary>Writers that run until they are told to stop; then all that they left under way is over.</summary>
    public Task Write(int writers, CancellationToken end) => _writing = Writing(writers, end);

    private async Task Writing(int writers, CancellationToken end)
    {
        await Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() => Write(new Random(seed + w), end), CancellationToken.None)));
        await Eventually.Get(
            () => Undisturbed(() => store.Count("pg_locks where mode = 'RowExclusiveLock' and relation = 'events.mt_events_sequence'::regclass"), 1),
            n => n == 0, "no writer is left");
    }

    private async Task Write(Random random, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            var drawn = new List<long>();
            var isSent = false;
            try
            {
                await using var writer = await RawWriter.Begin(store.Owner);
                for (var i = random.Next(1, 4); i > 0; i--)
                {
                    var position = await writer.Draw();
                    await Pause(random);
                    if (random.Next(6) == 0)
                    {
                        await writer.Execute("savepoint before");
                        await writer.Write(position);
                        await Pause(random);
                        await writer.Execute("rollback to savepoint before");
                    }
                    else
                    {
                        await writer.Write(position);
                        drawn.Add(position);
                    }

                    await Pause(random);
                }

                if (random.Next(5) == 0)
                {
                    await writer.Rollback();
                }
                else
                {
                    isSent = true;
                    await writer.Commit();
                    drawn.ForEach(_committed.Add);
                }
            }
            catch (NpgsqlException) when (isDisturbed)
            {
                (isSent ? drawn : []).ForEach(_unknown.Add);
                await Task.Delay(10, CancellationToken.None);
            }
        }
    }

    /// <summary>Readers of one process, which share the end of the log, beside two that read for themselves.</summary>
    public async Task<(List<long> Seen, int Restarts)[]> ReadAll()
    {
        using var tail = new Tail(store.Limited, Store.Types);
        return await Task.WhenAll(Read(1), Read(2), Read(3, tail), Read(4, tail), Read(5, tail));
    }

    /// <summary>Reads until the writers have ended and nothing is left. Answers what was taken, page by page with its checkpoint.</summary>
    private async Task<(List<long> Seen, int Restarts)> Read(int number, Tail? tail = null)
    {
        var random = new Random(seed - number);
        var (seen, at, restarts) = (new List<long>(), from, 0);
        var reader = new EventReader(store.Limited, Store.Types);
        while (true)
        {
            var done = _writing.IsCompleted;
            var limit = random.Next(1, 60);
            var page = await Undisturbed<EventReader.Page?>(
                async () => (tail is null ? null : await tail.Read(at, limit, CancellationToken.None)) ?? await reader.Read(at, limit, CancellationToken.None), null);
            if (done && page is { Events.Count: 0, Blocked: false })
            {
                return (seen, restarts);
            }

            if (page is null || random.Next(10) == 0)
            {
                (reader, restarts) = (new EventReader(store.Limited, Store.Types), restarts + 1);
                if (tail is not null)
                {
                    await tail.Forget(CancellationToken.None); // as every follower does that begins
                }

                if (page is null || random.Next(2) == 0)
                {
                    continue; // died before its checkpoint moved: the page comes again
                }
            }

            seen.AddRange(page.Events.Select(e => e.Position));
            at = page.Through;
            await Task.Delay(random.Next(number == 5 ? 12 : 4)); // the last one falls behind
        }
    }

    /// <summary>What is in the table is what was committed, and what of the unknown was; each reader had all of it once, in order.</summary>
    public async Task<List<long>> Verify(params IEnumerable<List<long>> readers)
    {
        await _writing;
        var there = await store.Rows($"select seq_id from events.mt_events where seq_id > {from} order by seq_id", r => r.GetInt64(0));
        Assert.True(there.Count > 100, $"Only {there.Count} events were committed (seed {seed}).");
        Assert.Empty(_committed.Except(there));
        Assert.Empty(there.Except(_committed).Except(_unknown));
        Assert.All(readers, seen => Assert.True(
            there.SequenceEqual(seen),
            $"Seed {seed}: lost {string.Join(", ", there.Except(seen).Take(10))}; twice {seen.Count - seen.Distinct().Count()}; not there {seen.Except(there).Count()}"));
        return there;
    }

    private async Task<T> Undisturbed<T>(Func<Task<T>> look, T otherwise)
    {
        try
        {
            return await look();
        }
        catch (NpgsqlException) when (isDisturbed)
        {
            await Task.Delay(10);
            return otherwise;
        }
    }

    private static Task Pause(Random random) => random.Next(3) == 0 ? Task.Delay(random.Next(30)) : Task.CompletedTask;
}

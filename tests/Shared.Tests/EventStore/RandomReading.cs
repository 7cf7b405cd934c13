using System.Collections.Concurrent;
using Restoration.EventStore;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>
/// Random writers against readers that are restarted from their checkpoint: every committed event once, in order, none skipped. Few
/// writers find faults that many would mask, so it runs with both.
/// </summary>
public sealed class RandomReading(Store store, ITestOutputHelper output) : IClassFixture<Store>
{
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(6);

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public async Task Every_committed_event_is_read_once_and_in_order(int writers)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var from = await store.Database.Value<long>("select coalesce(max(seq_id), 0) from events.mt_events");
        var committed = new ConcurrentBag<long>();
        var end = DateTime.UtcNow + s_duration;
        var writing = Task.WhenAll(Enumerable.Range(0, writers).Select(w => Task.Run(() => Write(new Random(seed + w), end, committed))));
        var readers = await Task.WhenAll(Enumerable.Range(1, 2).Select(r => Task.Run(() => Read(new Random(seed - r), from, writing))));
        await writing;

        var expected = committed.Order().ToList();
        Assert.True(expected.Count > 100, $"Only {expected.Count} events were committed (seed {seed}).");
        Assert.All(readers, r => Assert.True(expected.SequenceEqual(r.Seen), $"Seed {seed}: lost {string.Join(", ", expected.Except(r.Seen).Take(10))}"));
        Assert.All(readers, r => Assert.True(r.Restarts > 5, $"Seed {seed}: {r.Restarts} restarts"));
        output.WriteLine($"{writers} writers: {expected.Count} events, {expected[^1] - from - expected.Count} empty positions, {readers[0].Restarts} restarts");
    }

    private async Task Write(Random random, DateTime end, ConcurrentBag<long> committed)
    {
        while (DateTime.UtcNow < end)
        {
            await using var writer = await RawWriter.Begin(store.Owner);
            var drawn = new List<long>();
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
                await writer.Commit();
                drawn.ForEach(committed.Add);
            }
        }
    }

    private static Task Pause(Random random) => random.Next(3) == 0 ? Task.Delay(random.Next(30)) : Task.CompletedTask;

    private async Task<(List<long> Seen, int Restarts)> Read(Random random, long at, Task writing)
    {
        var (seen, restarts) = (new List<long>(), 0);
        var reader = new EventReader(store.Limited, Store.Types);
        while (true)
        {
            var done = writing.IsCompleted;
            var page = await reader.Read(at, random.Next(1, 60), CancellationToken.None);
            if (done && page is { Events.Count: 0, Blocked: false })
            {
                return (seen, restarts);
            }

            if (random.Next(10) == 0)
            {
                (reader, restarts) = (new EventReader(store.Limited, Store.Types), restarts + 1);
                if (random.Next(2) == 0)
                {
                    continue; // died before its checkpoint moved: the page comes again
                }
            }

            seen.AddRange(page.Events.Select(e => e.Position));
            at = page.Through;
            await Task.Delay(random.Next(4));
        }
    }
}

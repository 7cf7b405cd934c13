using Restoration.EventStore;

namespace Restoration.Benchmarks;

/// <summary>Reading the log from its beginning, and what a long stream costs.</summary>
internal static class ReadBenchmark
{
    private const long Stored = 500_000;
    private const long Long = 9_000_000;

    public static async Task Run(Report report, Options options)
    {
        await using var store = await Store.Create();
        await Fill.To(store, 0, Stored);
        var (pages, facts) = (new List<Turn>(), new List<Turn>());
        await Read(store, false);
        for (var round = 0; round < options.Rounds; round++)
        {
            pages.Add(await Read(store, false));
            facts.Add(await Read(store, true));
        }

        report.Figures("read", "events/s", [Figure.Of("pages of 1,000, as stored", pages), Figure.Of("pages of 1,000, as facts", facts)]);

        for (var i = 0; i < 100; i++)
            await store.Log.Write(Measuring.Command(Long, 100));
        await store.Execute("vacuum analyze events.mt_events");
        List<Turn> warm = [], cold = [], history = [];
        for (var round = 0; round < options.Rounds; round++)
        {
            warm.Add(await Turn.Of(1, options.Turn, async _ => { await store.Log.Write(Measuring.Command(Long)); return 1; }));
            await store.Restart();
            await store.Log.Write(Measuring.Command(1)); // connected
            cold.Add(await Turn.Once(async () => { await store.Log.Write(Measuring.Command(Long)); return 1; }));
            history.Add(await Turn.Of(1, options.Turn, async _ =>
                (await StoredEvents.OfStream(store.Db, Measuring.Types, Measuring.Stream(Long), Random.Shared.Next(9_000), 100, CancellationToken.None)).Events.Count));
        }

        var length = await store.Value<long>($"select version from events.mt_streams where id = '{Measuring.Stream(Long)}'");
        report.Figures($"read", "events/s", [
            Figure.Of($"append to a stream of 10,000 to {length:#,##0} events, cached", warm),
            Figure.Of("the same, folded from the log", cold),
            Figure.Of("a page of 100 of its history", history),
        ]);
    }

    private static async Task<Turn> Read(Store store, bool facts)
    {
        var (reader, after) = (new EventReader(store.Db, Measuring.Types), 0L);
        return await Turn.Once(async () =>
        {
            for (var events = 0; ;)
            {
                var page = await reader.Read(after, 1_000, CancellationToken.None);
                if (page.Events.Count == 0)
                    return events;
                (after, events) = (page.Through, events + page.Events.Count(e => !facts || e.Fact is not null));
            }
        });
    }
}

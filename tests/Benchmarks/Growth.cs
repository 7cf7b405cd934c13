using Restoration.EventStore;

namespace Restoration.Benchmarks;

/// <summary>
/// What a log of millions of events costs. Each size is measured in turns with a fresh small log on the same server, so that a busy
/// machine slows both; the bar is on the ratio between the two.
/// </summary>
internal static class GrowthBenchmark
{
    private const long Small = 10_000;
    private const int Active = 1_000;

    /// <summary>Not more than 25 % slower.</summary>
    private const double Bar = 0.8;

    private static readonly (string Name, Func<Store, long, TimeSpan, Task<Turn>> Take)[] s_measures =
    [
        ("append, 32 writers", Append),
        ("page of 1,000 at the end", (store, size, time) => Page(store, size - 1_000, time)),
        ("page of 1,000 in the middle", (store, size, time) => Page(store, size / 2, time)),
        ("history of a stream", History),
    ];

    public static async Task Run(Report report, Options options)
    {
        await using var large = await Store.Create();
        var figures = new List<Figure>();
        var stored = 0L;
        foreach (var size in new[] { Small, 100_000, 1_000_000, 5_000_000 }.Where(size => size <= options.To))
        {
            await Fill.To(large, stored, size);
            stored = size;
            await using var small = await Store.Create();
            await Fill.To(small, 0, Small);
            foreach (var (name, take) in s_measures)
            {
                await take(small, Small, TimeSpan.FromSeconds(2));
                await take(large, size, TimeSpan.FromSeconds(2));
                var (here, beside) = (new List<Turn>(), new List<Turn>());
                for (var round = 0; round < options.Rounds; round++)
                {
                    beside.Add(await take(small, Small, options.Turn));
                    here.Add(await take(large, size, options.Turn));
                }

                figures.Add(Figure.Of($"{size:#,##0} events: {name}", here, beside, size == Small ? null : Bar));
            }
        }

        report.Figures("growth", "events/s", figures);
    }

    /// <summary>To streams all over the log, as many in every size, at hand as in a service that runs.</summary>
    private static Task<Turn> Append(Store store, long size, TimeSpan time) => Turn.Of(32, time, async _ =>
    {
        var stream = Random.Shared.Next(Active) * Fill.StreamsFor(size) / Active;
        await store.Log.Write(Measuring.Command(stream));
        return 1;
    });

    private static Task<Turn> Page(Store store, long after, TimeSpan time)
    {
        var reader = new EventReader(store.Db, Measuring.Types);
        return Turn.Of(1, time, async _ => (await reader.Read(after, 1_000, CancellationToken.None)).Events.Count);
    }

    private static Task<Turn> History(Store store, long size, TimeSpan time) => Turn.Of(1, time, async _ =>
    {
        var stream = Measuring.Stream(Random.Shared.NextInt64(Fill.StreamsFor(size)));
        return (await StoredEvents.OfStream(store.Db, Measuring.Types, stream, 0, Fill.Each, CancellationToken.None)).Events.Count;
    });
}

/// <summary>A log that was written to for years, made by one statement.</summary>
internal static class Fill
{
    /// <summary>Events of a stream; a thousand streams at a time grow beside each other.</summary>
    public const int Each = 10;

    public static long StreamsFor(long events) => events / Each;

    public static async Task To(Store store, long stored, long events)
    {
        var (from, to) = (StreamsFor(stored), StreamsFor(events) - 1);
        await store.Execute($$"""
            set session_replication_role = replica; -- every stream is there: no need to look for each
            insert into events.mt_streams (id, type, version)
            select 'series-' || lpad(s::text, 7, '0'), 'series', {{Each}} from generate_series({{from}}, {{to}}) s;
            insert into events.mt_events (seq_id, id, stream_id, version, type, mt_dotnet_type, data, headers, correlation_id)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), 'series-' || lpad(s::text, 7, '0'), v,
                'quantity-measured.v1', 'Restoration.Benchmarks.Measured, Restoration.Benchmarks',
                format('{"by": {"client": "reporter-360703", "actor": "1001"}, "at": "2025-12-31T08:00:00+00:00", "point": "point-%s", "division": "360703", "value": %s, "unit": "万m³"}', lpad(s::text, 7, '0'), v::numeric / 100)::jsonb,
                format('{"source": "/v1/registry/points", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "hash": "%s%s"}', md5(s::text), md5(v::text))::jsonb,
                '0af7651916cd43dd8448eb211c80319c'
            from (select b, v, s from generate_series({{from}} / 1000, {{to}} / 1000) b, generate_series(1, {{Each}}) v,
                generate_series(greatest({{from}}, b * 1000), least({{to}}, b * 1000 + 999)) s order by b, v, s) each;
            reset session_replication_role;
            """);
        await store.Execute("vacuum analyze events.mt_streams");
        await store.Execute("vacuum analyze events.mt_events");
        await store.Execute("checkpoint");
    }
}

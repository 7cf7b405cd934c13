using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Restoration.Benchmarks;

/// <summary>
/// Counties post through the gateway at a steady rate, whatever is answered; dashboards follow the feed through the same gateway. What
/// counts is the time from an accepted post to each dashboard that has seen it.
/// </summary>
internal static class FanoutBenchmark
{
    private const int Projects = 60;
    private const int Few = 5;
    private const double Slowest = 500;
    private static readonly TimeSpan s_warm = TimeSpan.FromSeconds(5);

    public static Task Run(Report report, Options options) => Measure(report, options, "fanout", options.Subscribers, 200);

    public static Task Latency(Report report, Options options) => Measure(report, options, "latency", Few, 50, 200, 500);

    /// <summary>Together more than the feed keeps in memory.</summary>
    private const int Filling = 500;
    private static readonly TimeSpan s_filling = TimeSpan.FromSeconds(20);

    private static async Task Measure(Report report, Options options, string benchmark, int count, params int[] rates)
    {
        await using var house = await House.Start();
        var province = await Province.Enter(house, Projects);
        string[] parts = ["updates", "gateway"];
        var token = (await house.Operator()).Token;
        var subscribers = new List<Subscriber>();
        await Open(Few);
        // Long enough that the collectors' youngest generation has its size and the ring that all share is full: what comes then is the subscribers'.
        await Post(province, Filling, s_filling, 0);
        var before = parts.ToDictionary(p => p, house.Resident);
        await Open(count);
        await Post(province, rates[0], s_warm, (int)province.Posted);

        var figures = new List<Figure>();
        foreach (var rate in rates)
        {
            await Seen(house, subscribers, TimeSpan.FromSeconds(30));
            var times = house.Processors();
            var began = Stopwatch.GetTimestamp();
            var accepted = await Post(province, rate, options.Load, (int)province.Posted);
            var posting = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var missing = await Seen(house, subscribers, TimeSpan.FromSeconds(60));
            var spent = house.Processors().ToDictionary(p => p.Key, p => p.Value - times[p.Key]);
            var took = await Took(house, subscribers, accepted);
            var name = string.Create(CultureInfo.InvariantCulture, $"{count:#,##0} subscribers, {rate} events/s");
            figures.Add(new(name, accepted.Count / posting, Slowest / At(took, 0.99), 1, At(took, 0.5), At(took, 0.99)));
            report.Note(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {accepted.Count:#,##0} events seen {took.Count:#,##0} times, {missing} missing, {subscribers.Sum(s => s.Astray)} out of order or twice, {subscribers.Count(s => s.Ended.IsCompleted)} cut off; slowest {took[^1]:0} ms; load average {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"));
            report.Note("  processors: " + string.Join(", ", spent.OrderByDescending(p => p.Value).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key} {p.Value / posting:0.00}"))));
        }

        report.Figures(benchmark, "events/s", figures);
        foreach (var part in parts.Where(_ => count > Few))
        {
            report.Note(string.Create(CultureInfo.InvariantCulture,
                $"{part}: {before[part]:0} MB with {Few} subscribers, {house.Resident(part):0} MB with {count:#,##0}: {(house.Resident(part) - before[part]) * 1024 / Math.Max(1, count - Few):0} kB each; most {house.Memory()[part]:0} MB"));
        }

        subscribers.ForEach(s => s.Dispose());

        async Task Open(int upTo)
        {
            foreach (var group in Enumerable.Range(0, upTo - subscribers.Count).Chunk(50))
                subscribers.AddRange(await Task.WhenAll(group.Select(_ => Subscriber.Open(house.Http.BaseAddress!, token))));
        }
    }

    /// <summary>Posts at a rate, and says when each event, by its position, was accepted.</summary>
    private static async Task<Dictionary<long, int>> Post(Province province, int rate, TimeSpan time, int from)
    {
        var accepted = new ConcurrentDictionary<long, int>();
        var posts = new List<Task>();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < rate * time.TotalSeconds; i++)
        {
            var caller = from + i;
            var wait = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(began);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait);
            posts.Add(Task.Run(async () =>
            {
                var position = await province.OnePosition(caller);
                accepted[position] = Subscriber.Now;
            }));
        }

        await Task.WhenAll(posts);
        return new(accepted);
    }

    /// <summary>Waits until all have seen all; answers how many did not.</summary>
    private static async Task<int> Seen(House house, List<Subscriber> subscribers, TimeSpan most)
    {
        await Task.Delay(500);
        var last = await house.Value<long>("updates", "select last from feed.head");
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < most; await Task.Delay(50))
        {
            if (subscribers.All(s => s.Last >= last))
                return 0;
        }

        return subscribers.Count(s => s.Last < last);
    }

    private static async Task<List<double>> Took(House house, List<Subscriber> subscribers, Dictionary<long, int> accepted)
    {
        var at = new Dictionary<long, int>();
        var first = accepted.Keys.Min();
        await foreach (var (number, position) in house.Rows("updates", $"select number, position from feed.entries where source = 'registry' and position >= {first}", r => (r.GetInt64(0), r.GetInt64(1))))
        {
            if (accepted.TryGetValue(position, out var when))
                at[number] = when;
        }

        // Now and then the stream is quicker than the answer to the post.
        var took = new List<double>(at.Count * subscribers.Count);
        foreach (var (number, seen) in subscribers.SelectMany(s => s.Seen))
        {
            if (at.TryGetValue(number, out var when))
                took.Add(Math.Max(0, (seen - when) / 1000.0));
        }

        took.Sort();
        return took;
    }

    private static double At(List<double> sorted, double part) => sorted[(int)((sorted.Count - 1) * part)];
}

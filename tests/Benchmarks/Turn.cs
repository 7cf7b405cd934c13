using System.Diagnostics;

namespace Restoration.Benchmarks;

/// <summary>What some writers did in a turn.</summary>
/// <param name="P50">Milliseconds of one call.</param>
internal sealed record Turn(double PerSecond, double P50, double P99)
{
    public static async Task<Turn> Once(Func<Task<int>> act)
    {
        var began = Stopwatch.GetTimestamp();
        var events = await act();
        var took = Stopwatch.GetElapsedTime(began);
        return new Turn(events / took.TotalSeconds, took.TotalMilliseconds, took.TotalMilliseconds);
    }

    /// <summary>Each writer calls again as soon as it is answered.</summary>
    /// <param name="act">One call of a writer; answers how many events it was.</param>
    public static async Task<Turn> Of(int writers, TimeSpan time, Func<int, Task<int>> act)
    {
        var began = Stopwatch.GetTimestamp();
        var all = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var (events, took) = (0L, new List<double>());
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < time; start = Stopwatch.GetTimestamp())
            {
                events += await act(writer);
                took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            return (Events: events, Took: took);
        })));
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var sorted = all.SelectMany(a => a.Took).Order().ToList();
        return new Turn(all.Sum(a => a.Events) / elapsed, sorted[sorted.Count / 2], sorted[(int)(sorted.Count * 0.99)]);
    }
}

internal static class Statistics
{
    public static double Median(this IEnumerable<double> values) => values.Order().ToList() is var sorted && sorted.Count % 2 == 1
        ? sorted[sorted.Count / 2]
        : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
}

using System.Diagnostics;
using System.Globalization;

namespace Restoration.Benchmarks;

/// <summary>
/// Counties post their progress through the gateway while everything else runs: one event a request, then batches of a hundred as a county's
/// monthly report of a hundred measures. Beside them an endpoint behind the same gateway that does nothing.
/// </summary>
internal static class IngestBenchmark
{
    private const int Projects = 300;
    private const int Callers = 32;
    private const int BatchCallers = 16;

    public static async Task Run(Report report, Options options)
    {
        await using var house = await House.Start();
        var province = await Province.Enter(house, Projects);
        report.Note($"{Projects} projects under way, {Projects * Province.MeasuresPerProject:#,##0} measures, {Province.CountyCount} counties");

        List<Turn> nothing = [], singles = [];
        await Nothing(house, province, TimeSpan.FromSeconds(1));
        await Singles(house, province, TimeSpan.FromSeconds(10)); // until what is hot is compiled well
        var single = new Dictionary<string, double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            nothing.Add(await Nothing(house, province, options.Turn));
            var (posted, at) = (province.Posted, house.Processors());
            singles.Add(await Singles(house, province, options.Turn));
            foreach (var (name, seconds) in Difference(house.Processors(), at))
                single[name] = single.GetValueOrDefault(name) + seconds / (province.Posted - posted) / options.Rounds;
        }

        var lag = await CaughtUp(house, province);
        report.Figures("ingest", "requests/s", [
            Figure.Of($"do nothing, {Callers} callers", nothing), Figure.Of($"post one event, {Callers} callers", singles, nothing, bar: 0.2)]);
        report.Note($"All of them in the feed {lag.TotalSeconds:0.0} s after the last was accepted (bar 30 s).");

        var before = house.Processors();
        var (start, first) = (Stopwatch.GetTimestamp(), province.Posted);
        var batches = await Turn.Of(BatchCallers, options.Load, caller => province.Batch(caller, 100));
        var took = Stopwatch.GetElapsedTime(start);
        var posting = Difference(house.Processors(), before);
        lag = await CaughtUp(house, province);
        var all = Difference(house.Processors(), before);
        var count = province.Posted - first;
        report.Figures("ingest", "events/s", [new Figure(
            $"batches of 100, {BatchCallers} callers, {took.TotalSeconds:0} s", batches.PerSecond, batches.PerSecond / 10_000, 1, batches.P50, batches.P99)]);
        report.Note($"{count:#,##0} events; all of them in the feed {lag.TotalSeconds:0.0} s after the last was accepted (bar 120 s).");
        report.Note("Processor time, µs an event: posted alone; in batches, while posting and until all was in the feed; most memory held");
        var memory = house.Memory();
        foreach (var (name, seconds) in all.OrderByDescending(p => p.Value))
        {
            report.Note(string.Create(CultureInfo.InvariantCulture,
                $"  {name,-14} {single[name] * 1e6,6:0} {posting[name] * 1e6 / count,6:0.0} {seconds * 1e6 / count,6:0.0}   {(memory.TryGetValue(name, out var mb) ? $"{mb:0} MB" : "")}"));
        }
    }

    private static Dictionary<string, double> Difference(Dictionary<string, double> after, Dictionary<string, double> before) =>
        after.ToDictionary(p => p.Key, p => p.Value - before[p.Key]);

    private static Task<Turn> Nothing(House house, Province province, TimeSpan time) => Turn.Of(Callers, time, async caller =>
    {
        using var answer = await province.Counties[caller % Province.CountyCount].Client.Send("/v1/nothing", province.Body(caller), "application/cloudevents+json");
        answer.EnsureSuccessStatusCode();
        return 1;
    });

    private static Task<Turn> Singles(House house, Province province, TimeSpan time) => Turn.Of(Callers, time, caller => province.One(caller));

    /// <summary>How long after now the feed has taken all that was posted.</summary>
    private static async Task<TimeSpan> CaughtUp(House house, Province province)
    {
        var began = Stopwatch.GetTimestamp();
        while (await house.Value<long>("updates", "select coalesce(max(position), 0) from feed.sources where source = 'registry'") < province.LastPosition)
        {
            if (Stopwatch.GetElapsedTime(began).TotalMinutes > 10)
                throw new TimeoutException("The feed has not caught up in ten minutes.");
            await Task.Delay(50);
        }

        return Stopwatch.GetElapsedTime(began);
    }
}

namespace Restoration.Benchmarks;

/// <summary>Appends, each way of writing beside the bare figure of the same round.</summary>
internal static class AppendBenchmark
{
    private const int Streams = 10_000;

    private sealed record Kind(string Name, string? Beside, double? Bar, Func<TimeSpan, Task<Turn>> Take);

    public static async Task Run(Report report, Options options)
    {
        await using var store = await Store.Create();
        await using var bare = await Bare.Over(store);
        var log = store.Log;
        Kind[] all =
        [
            new("bare: four statements, 32 connections", null, null, bare.FourStatements),
            .. new[] { 1, 8, 32, 128 }.Select(writers => new Kind(
                $"1 event, {writers} writers", "bare: four statements, 32 connections", writers == 128 ? 2.5 : null,
                time => Turn.Of(writers, time, _ => Written(Measuring.Command(Random.Shared.Next(Streams)), 1)))),
            new("1 event with claim and row, 128 writers", "bare: four statements, 32 connections", null,
                time => Turn.Of(128, time, _ => Written(Measuring.Claimed(Streams + Random.Shared.Next(Streams)), 1))),
            .. new[] { 1, 8, 32 }.SelectMany(writers => new[]
            {
                new Kind($"bare: insert of 100, {writers} connections", null, null, time => bare.Insert(writers, 100, time)),
                new Kind($"100 events, {writers} writers", $"bare: insert of 100, {writers} connections", 0.7,
                    time => Turn.Of(writers, time, _ => Written(Measuring.Command((2 * Streams) + Random.Shared.Next(1_000), 100), 100))),
            }),
        ];
        var chosen = all.Where(kind => kind.Name.Contains(options.Only, StringComparison.Ordinal)).ToList();
        chosen = [.. all.Where(kind => chosen.Contains(kind) || chosen.Any(c => c.Beside == kind.Name))];
        var turns = chosen.ToDictionary(kind => kind.Name, _ => new List<Turn>());
        foreach (var kind in chosen)
            await kind.Take(TimeSpan.FromSeconds(Math.Min(2, options.Turn.TotalSeconds))); // compiled, planned, cached
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var kind in chosen)
                turns[kind.Name].Add(await kind.Take(options.Turn));
        }

        report.Figures("append", "events/s", [.. chosen.Select(kind => Figure.Of(kind.Name, turns[kind.Name], kind.Beside is { } beside ? turns[beside] : null, kind.Bar))]);

        async Task<int> Written(EventStore.Work unit, int events) =>
            (await log.Write(unit)) is { Kind: EventStore.OutcomeKind.Recorded } ? events : throw new InvalidOperationException("Not recorded.");
    }
}

using System.Diagnostics;

namespace Restoration.Benchmarks;

/// <summary>What a dashboard asks first, at the registry itself, with a million progress events stored: the overview of the province, of a city and of a county.</summary>
internal static class OverviewBenchmark
{
    private const int Projects = 250;
    private const int Callers = Province.CountyCount; // each county has so many months to report
    private const int Beside = 20;
    private const double Bar = 20;

    public static async Task Run(Report report, Options options)
    {
        await using var house = await House.Start();
        var province = await Province.Enter(house, Projects);
        var began = Stopwatch.GetTimestamp();
        while (province.Posted < options.Events)
            await Turn.Of(Callers, TimeSpan.FromSeconds(2), caller => province.Batch(caller, 100));
        var posting = Stopwatch.GetElapsedTime(began);
        while (await house.Value<long>("registry", "select last_seq_id from events.mt_event_progression where name = 'view:progress'") < province.LastPosition)
        {
            if (Stopwatch.GetElapsedTime(began).TotalMinutes > 60)
                throw new TimeoutException("The roll-up has not caught up in an hour.");
            await Task.Delay(100);
        }

        var behind = Stopwatch.GetElapsedTime(began) - posting;
        report.Note($"{province.Posted:#,##0} progress events of {Projects} projects and {Projects * Province.MeasuresPerProject:#,##0} measures in {posting.TotalSeconds:0} s; rolled up {behind.TotalSeconds:0.0} s later");
        await house.Vacuum("registry");

        var by = await house.Operator();
        var registry = house.Address("registry");
        List<Figure> figures = [];
        foreach (var (what, division) in new[] { ("province", "360000"), ("city", "360700"), ("county", province.Counties[0].Division) })
        {
            var reader = await house.Client(by, $"reads-{what}", division, "reader");
            foreach (var callers in new[] { 1, 4 })
            {
                await Turn.Of(callers, TimeSpan.FromSeconds(2), _ => Ask(reader)); // until it is compiled well
                List<Turn> turns = [];
                for (var round = 0; round < options.Rounds; round++)
                    turns.Add(await Turn.Of(callers, options.Turn, _ => Ask(reader)));
                var figure = Figure.Of($"overview of the {what}, {callers} at once", turns);
                figures.Add(callers == 1 ? figure with { Ratio = Bar / figure.P99, Bar = 1 } : figure);
            }
        }

        // What stood is added up anew whenever the log has moved: with counties that report all the time nearly every answer is.
        using (var enough = new CancellationTokenSource())
        {
            var reporting = Reporting(enough.Token);
            var reader = await house.Client(by, "reads-beside", "360000", "reader");
            List<Turn> turns = [];
            for (var round = 0; round < options.Rounds; round++)
                turns.Add(await Turn.Of(1, options.Turn, _ => Ask(reader)));
            figures.Add(Figure.Of($"overview of the province, 1 at once, {Beside} events/s beside", turns));
            await enough.CancelAsync();
            await reporting;
        }

        report.Figures("overview", "answers/s", figures);
        report.Note($"Bar: p99 at the service within {Bar} ms, one at a time.");

        async Task Reporting(CancellationToken enough)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Beside));
            try
            {
                for (var caller = 0; await timer.WaitForNextTickAsync(enough); caller++)
                    await province.One(caller % Callers);
            }
            catch (OperationCanceledException)
            {
                // The measuring is done.
            }
        }

        async Task<int> Ask(Client reader)
        {
            using var answer = await reader.Get(new Uri(registry, "/v1/registry/overview"));
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync();
            return 1;
        }
    }
}

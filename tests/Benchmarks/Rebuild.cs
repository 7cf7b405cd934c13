using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Registry;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Views;
using Restoration.Support;

namespace Restoration.Benchmarks;

/// <summary>The registry's views made anew, with the facts of a province's progress stored: each figure reported, checked and verified.</summary>
internal static class RebuildBenchmark
{
    private const double Bar = 30_000;
    private const int Measures = 300, Counties = 18, Months = 24, Page = 500;
    private static readonly By s_county = new("reporter-360731", "1001"), s_bureau = new("reviewer-360731", "2001"), s_city = new("reviewer-360700", "3001");
    private static readonly DateTimeOffset s_at = new(2025, 12, 31, 8, 0, 0, TimeSpan.Zero);

    public static async Task Run(Report report, Options options)
    {
        var registry = typeof(MeasureProgress).Assembly;
        await using var database = await TestDatabase.Create("registry", EventStoreSetup.Schema, EventStoreSetup.Script(registry, "Restoration.Registry.Schema.sql"), EventStoreSetup.ViewTables(All.Views));
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:registry"] = database.Limited;
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddEventStore("registry", new EventTypes(registry, StoredJson.Default), All.Views);
        using var host = builder.Build();
        await host.StartAsync();
        await Fill(host.Services.GetRequiredService<EventLog>());
        await using var db = NpgsqlDataSource.Create(database.Superuser);
        var head = await database.Value<long>("select max(seq_id) from events.mt_events");
        await Eventually.Get(() => ViewPositions.Of(db, ProgressTotals.Name, CancellationToken.None), at => at == head, "the roll-up is there", 600);
        await database.Execute("analyze events.mt_events; analyze events.mt_streams");

        var rebuilds = host.Services.GetRequiredService<Rebuilds>();
        var figures = new List<Figure>();
        foreach (var (view, name, kind) in new[]
        {
            (All.Figures.Name, "figures, rows written in the append", "progress-%"), (ProgressTotals.Name, "programme summary, a roll-up", "%"),
            (All.Projects.Name, "project list, rows written in the append", "project-%"),
        })
        {
            var events = await database.Value<long>($"select count(*) from events.mt_events where stream_id like '{kind}'");
            var turns = new List<Turn>();
            for (var round = 0; round < options.Rounds; round++)
                turns.Add(await Turn.Once(async () =>
                {
                    await rebuilds.Ask(view, CancellationToken.None);
                    var done = await Eventually.Get(
                        async () => (await rebuilds.Status(CancellationToken.None)).Single(v => v.Name == view).Rebuild!, r => r.Finished is not null || r.Failure is not null, view, 600);
                    return done.Failure is null ? (int)events : throw new InvalidOperationException(done.Failure);
                }));
            // The ratio is to the bar itself: it is stated in events a second.
            var figure = Figure.Of($"{name} ({events:#,##0} events)", turns);
            figures.Add(figure with { Ratio = figure.PerSecond / Bar, Bar = 1 });
        }

        report.Figures("rebuild", "events/s", figures);
        report.Note($"The ratio is to the bar of {Bar:#,##0} events a second. With the wait for the rebuild to be noticed.");
        await host.StopAsync();
    }

    private static async Task Fill(EventLog log)
    {
        var figures =
            from measure in Enumerable.Range(0, Measures)
            from county in Enumerable.Range(0, Counties)
            from month in Enumerable.Range(0, Months)
            select Figured(measure, $"3607{county + 21}", Month(month), 1 + ((measure + county + month) % 90));
        var projects = Enumerable.Range(0, 20_000).Select(Designed);
        await Parallel.ForEachAsync(
            figures.Chunk(Page).Concat(projects.Chunk(Page)), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (page, _) =>
        {
            foreach (var outcome in await log.Write(page))
                if (outcome.Kind != OutcomeKind.Recorded)
                    throw new InvalidOperationException($"{outcome.Refusal?.Detail}");
        });
    }

    private static Work Figured(int measure, string county, Period period, int amount)
    {
        var id = $"p{measure / 4}-m{measure % 4}";
        var figure = new FigureRef($"p{measure / 4}", "ganzhou", "basin", id, "gz-soil", county, period);
        var quantity = new Quantity(amount, Unit.Ha);
        var evidence = new Evidence("https://example.org/1.jpg", new string('a', 64), EvidenceKind.Photo, null, null, null);
        return new()
        {
            Decide = s => s.Record(MeasureProgress.Aggregate, MeasureProgress.Stream(id), Decision.Of<ProgressEvent>([
                new ProgressReported(
                    figure, ReportMode.Increment, quantity, quantity, Money.Of(amount * 1_000), [evidence], false, false, null, null,
                    new Sender("/county", $"{id}-{county}-{period}"), s_county, s_at),
                new ProgressChecked(figure, quantity, null, s_bureau, s_at), new ProgressVerified(figure, quantity, null, null, s_city, s_at)])),
            Headers = new EventHeaders("/county", $"{id}-{county}-{period}", null),
        };
    }

    private static Period Month(int month) => Period.TryParse($"{2021 + (month / 12)}-{(month % 12) + 1:d2}", out var period) ? period : throw new InvalidOperationException();

    private static Work Designed(int number)
    {
        var id = $"list-{number:d5}";
        var project = new ProjectRef(id, "ganzhou", "basin", "360700", ["360731", "360732"]);
        var measure = new Measure($"{id}-m1", "历史遗留矿山生态修复面积", null, new Quantity(12.62m, Unit.Ha), null, null, null, null, MeasureRole.Part, null, null);
        var definition = new ProjectDefinition(
            $"赣州市历史遗留矿山生态修复项目{number}", null, ProjectKind.Mine, number, null, [], "市自然资源局", [new Years(2021, 2025)], Money.Of(70_600_000), [],
            [measure], true, null, [], null);
        return new()
        {
            Decide = s => s.Record(Project.Aggregate, Project.Stream(id), Decision.Of<ProjectEvent>([
                new ProjectDesigned(project, definition, s_city, s_at), new ProjectApproved(project, true, s_city, s_at), new ProjectStarted(project, s_city, s_at)])),
        };
    }
}

using Spectre.Console;

namespace Restoration.Loader;

/// <summary>
/// Five years of the plans as counties and cities live them: quarterly reports are posted, checked and verified, some late, some corrected;
/// mine sites are restored and accepted; money moves. A dashboard of the province sees it happen, the last month one by one. A repeat finds
/// everything done and records nothing.
/// </summary>
internal sealed class Demo(Clients clients, Documents documents)
{
    private const string Province = "360000";
    private const int MostInBatch = 500;
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);
    private static readonly DateOnly s_live = new(Report.LastYear, 12, 1);
    private readonly Api _reader = clients[$"reader-{Province}"];
    private readonly Journal _journal = new(clients);

    /// <summary>True when nothing was rejected, every service and the stream knew all in time, and what is told at the end is proven.</summary>
    public async Task<bool> Run()
    {
        var since = TimeProvider.System.GetTimestamp();
        var reports = await new Draw(_reader).Reports();
        if (reports.Count == 0) throw new InvalidOperationException("No project in work has a measure to report on; load comes first.");

        var cast = new Cast(reports);
        var review = new Review(_journal, _reader, reports.ToDictionary(r => r.FigureId));
        List<Step> steps = [.. await new Sites(_journal, _reader, documents).Steps(), .. await new Money(_journal, _reader, documents).Steps()];
        AnsiConsole.MarkupLineInterpolated($"[bold]{Report.FirstYear}–{Report.LastYear}: {reports.Count} quarterly reports of {reports.Select(r => r.Division).Distinct().Count()} counties and function zones on {reports.Select(r => r.MeasureId).Distinct().Count()} measures; {documents.DemonstrationSites.Count} mine sites, all made up[/]");
        await using var follow = await Follow.Start(_reader, Province);
        await Years(reports, cast, review, steps, follow);
        var seen = await Seen(follow);
        AnsiConsole.MarkupLineInterpolated($"Without the last quarter: {string.Join(", ", cast.Behind)}. Corrected: {cast.Corrected.Count} figures. Disputed: {cast.Disputed.FigureId}. Not verified yet: {cast.Waiting.Count}");
        AnsiConsole.MarkupLine("[bold]The last month, as the province sees it[/]");
        // What others make of the years before would be shown among it.
        await _journal.CatchUp.Behind();
        var late = await Task.WhenAll(cast.Live.Select(async r => (Report: r, Done: await review.Find(r) is { State: "verified" })));
        seen &= await new Live(follow).Play(
            [.. steps.Where(s => s.On >= s_live).OrderBy(s => s.On), .. late.Where(l => !l.Done).SelectMany(l => LastReport(l.Report, review))]);
        var behind = await _journal.CatchUp.Behind();
        await new Closing(_reader, clients[Acts.Operator]).Show();
        var problems = await new Proofs(_reader, documents).Missing();
        foreach (var problem in _journal.Rejected.Concat(behind).Concat(problems)) Screen.Problem(problem);
        AnsiConsole.MarkupLineInterpolated($"Played in {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s");
        return seen && _journal.Rejected.Count == 0 && behind.Count == 0 && problems.Count == 0;
    }

    private Task Years(List<Report> reports, Cast cast, Review review, List<Step> steps, Follow follow) => Screen.Progress().StartAsync(async progress =>
    {
        var years = Enumerable.Range(Report.FirstYear, Report.LastYear - Report.FirstYear + 1)
            .ToDictionary(y => y, y => progress.AddTask($"{y}", autoStart: false));
        var seen = progress.AddTask("Seen on the stream", autoStart: false);
        foreach (var (year, bar) in years)
        {
            var (bulk, acts) = (reports.Where(r => r.Year == year && cast.InBulk(r)).ToList(), steps.Where(s => s.On.Year == year && s.On < s_live).ToList());
            bar.MaxValue = bulk.Count + acts.Count + 1;
            bar.StartTask();
            await Post(bulk, Done);
            await Pass(8);
            await Step.Play(acts, () => Done(1));

            // After verification: what was verified stands until the corrected figure has gone up the line again.
            foreach (var report in cast.Corrected.Where(r => r.Year == year))
            {
                await Post(report.Division, [report.Correction(decimal.Round(report.Quantity * 0.96m, 4))]);
            }

            await Pass(22);
            Done(1);
            bar.StopTask();

            async Task Pass(int days)
            {
                await review.Check(days, Expect, () => Done(1));
                await review.Dispute(cast.Disputed);
                await review.Verify(days + 7, cast.MayBeVerified, Expect, () => Done(1));
            }

            void Expect(int more) => bar.MaxValue += more;

            void Done(int count)
            {
                bar.Increment(count);
                seen.Description = $"Seen on the stream: {follow.Count}";
            }
        }

        seen.Value = seen.MaxValue;
    });

    /// <summary>Each county posts its reports in the order of their quarters.</summary>
    private Task Post(IEnumerable<Report> reports, Action<int> done) =>
        Parallel.ForEachAsync(reports.GroupBy(r => r.Division), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (county, _) =>
        {
            foreach (var batch in county.OrderBy(r => r.Quarter).ThenBy(r => r.FigureId, StringComparer.Ordinal).Chunk(MostInBatch))
            {
                await Post(county.Key, [.. batch.Select(r => r.Event())]);
                done(batch.Length);
            }
        });

    private Task<long> Post(string county, IReadOnlyList<object> events) => _journal.Post("registry", $"reporter-{county}", $"{county}-01", events);

    private async Task<bool> Seen(Follow follow)
    {
        var all = true;
        foreach (var (service, (recorded, position)) in _journal.Recorded)
        {
            if (await follow.Reach(service, position, recorded, s_most)) continue;
            all = false;
            Screen.Problem($"Not all of {service} was seen on the stream within {s_most.TotalSeconds} s.");
        }

        var results = string.Join(", ", _journal.Results.OrderBy(r => r.Key).Select(r => $"{r.Value} {r.Key}"));
        var recordedBy = string.Join(", ", _journal.Recorded.OrderBy(r => r.Key).Select(r => $"{r.Value.Recorded} by {r.Key}"));
        AnsiConsole.MarkupLineInterpolated($"Events posted: {results}. Recorded with what was done about them: {(recordedBy.Length > 0 ? recordedBy : "nothing")}; seen on the stream: {follow.Count}");
        return all;
    }

    /// <summary>A report and its way up the line.</summary>
    private IEnumerable<Step> LastReport(Report report, Review review)
    {
        var on = new DateOnly(report.Year + 1, 1, 5);
        yield return Of($"{report.Division} reports {report.Measure}", () => Post(report.Division, [report.Event()]));
        yield return Of($"{report.Division} checks it", () => Act("reported", version => review.Check(report, version, 8)));
        yield return Of($"{report.City} verifies it", () => Act("checked", version => review.Verify(report, version, 15)));

        Step Of(string what, Func<Task<long>> act) => new(report.FigureId, on, "registry", what, act);

        async Task<long> Act(string state, Func<long, Task<long>> act) =>
            await review.Find(report) is { } figure && figure.State == state ? await act(figure.Version) : 0;
    }
}

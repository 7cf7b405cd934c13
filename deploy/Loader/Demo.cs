using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>
/// A year of the plans as the counties live it: they report by quarter, their bureaus check, the cities verify, some are behind, some
/// correct themselves; and a dashboard of the province sees it happen. A repeat finds everything done and records nothing.
/// </summary>
internal sealed class Demo(Clients clients)
{
    private const string Province = "360000";
    private const int MostInBatch = 100;
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);
    private readonly Api _reader = clients[$"reader-{Province}"];
    private readonly List<string> _rejected = [];
    private readonly Dictionary<string, int> _results = [];
    private long _position;

    /// <summary>True when nothing was rejected, and the stream and the indicators showed all.</summary>
    public async Task<bool> Run()
    {
        var reports = await new Draw(_reader).Year();
        if (reports.Count == 0) throw new InvalidOperationException("No project in work has a measure to report on; load comes first.");

        var cast = new Cast(reports);
        var review = new Review(clients, _reader, reports.ToDictionary(r => r.FigureId));
        AnsiConsole.MarkupLineInterpolated($"[bold]{Report.Year}: {reports.Count} quarterly reports of {reports.Select(r => r.Division).Distinct().Count()} counties and function zones on {reports.Select(r => r.MeasureId).Distinct().Count()} measures[/]");
        await using var follow = await Follow.Start(_reader, Province);
        await Bulk(reports, cast, review, follow);
        var seen = await Seen(cast, review, follow);
        await Live(cast, review, follow);
        await new Closing(_reader).Show(Math.Max(_position, review.Position));
        var followed = await CatchUp.Of("indicators", clients[Acts.Operator], review.Verified);
        if (!followed) Screen.Problem($"The indicators service is behind by more than {CatchUp.Most.TotalSeconds} s; its values are not the last.");
        await new IndicatorTables(_reader).Show();
        foreach (var rejected in _rejected) Screen.Problem(rejected);
        return seen && followed && _rejected.Count == 0;
    }

    private Task Bulk(List<Report> reports, Cast cast, Review review, Follow follow) => Screen.Progress().StartAsync(async progress =>
    {
        var bulk = reports.Where(cast.InBulk).ToList();
        var posting = progress.AddTask("Counties report", maxValue: bulk.Count);
        var checking = progress.AddTask("Bureaus check", autoStart: false);
        var verifying = progress.AddTask("Cities verify", autoStart: false);
        var correcting = progress.AddTask("Counties correct", autoStart: false, maxValue: cast.Corrected.Count);
        var seen = progress.AddTask("Seen on the stream");
        await Parallel.ForEachAsync(bulk.GroupBy(r => r.Division), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (county, _) =>
        {
            foreach (var batch in county.OrderBy(r => r.Quarter).ThenBy(r => r.FigureId, StringComparer.Ordinal).Chunk(MostInBatch))
            {
                await Post(county.Key, [.. batch.Select(r => r.Event())]);
                Step(posting, batch.Length);
            }
        });
        await Pass(8, checking, verifying);

        // After verification: what was verified stands until the corrected figure has gone up the line again.
        foreach (var report in cast.Corrected)
        {
            await Post(report.Division, [report.Correction(decimal.Round(report.Quantity * 0.96m, 4))]);
            Step(correcting);
        }

        await Pass(22, checking, verifying);
        seen.Value = seen.MaxValue;

        async Task Pass(int days, ProgressTask check, ProgressTask verify)
        {
            await review.Check(days, count => check.MaxValue = Math.Max(check.Value + count, 1), () => Step(check));
            await review.Dispute(cast.Disputed);
            await review.Verify(days + 7, cast.MayBeVerified, count => verify.MaxValue = Math.Max(verify.Value + count, 1), () => Step(verify));
        }

        void Step(ProgressTask task, int by = 1)
        {
            if (!task.IsStarted) task.StartTask();
            task.Increment(by);
            seen.Description = $"Seen on the stream: {follow.Count}";
        }
    });

    private async Task<bool> Seen(Cast cast, Review review, Follow follow)
    {
        var recorded = _results.GetValueOrDefault("recorded") + review.Recorded;
        // Without anything new the stream has nothing to show. What others record meanwhile is seen as well.
        var all = recorded == 0 || (await follow.Reach(Math.Max(_position, review.Position), s_most) && follow.Count >= recorded);
        AnsiConsole.MarkupLineInterpolated($"Posted: {string.Join(", ", _results.OrderBy(r => r.Key).Select(r => $"{r.Value} {r.Key}"))}; {review.Recorded} acts of review. In all {recorded} recorded, {follow.Count} seen on the stream");
        if (!all) Screen.Problem("Not all of it was seen on the stream.");
        AnsiConsole.MarkupLineInterpolated($"Without the last quarter: {string.Join(", ", cast.Behind)}. Corrected: {cast.Corrected.Count} figures. Disputed: {cast.Disputed.FigureId}. Not verified yet: {cast.Waiting.Count}");
        return all;
    }

    /// <summary>The last reports come one by one, each followed up the line; every event is shown as the stream brings it.</summary>
    private async Task Live(Cast cast, Review review, Follow follow)
    {
        AnsiConsole.MarkupLine("[bold]As the province sees it, live[/]");
        foreach (var report in cast.Live)
        {
            if (await review.Find(report) is { State: "verified" })
            {
                AnsiConsole.MarkupLineInterpolated($"[grey]{report.FigureId} was reported and verified before[/]");
                continue;
            }

            await Show(follow, report, async () => await Post(report.Division, [report.Event()]));
            foreach (var act in new[] { review.Check, (Func<Report, long, int, Task<Answer>>)review.Verify })
            {
                if (await review.Find(report) is { } figure) await Show(follow, report, async () => (await act(report, figure.Version, 10)).Position);
            }
        }
    }

    private static async Task Show(Follow follow, Report report, Func<Task<long>> act)
    {
        var since = TimeProvider.System.GetTimestamp();
        var position = await act();
        if (position == 0) return;
        var @event = await follow.Event(position, s_most);
        var took = TimeProvider.System.GetElapsedTime(since);
        var figure = @event.GetProperty("data").GetProperty("figure");
        AnsiConsole.MarkupLineInterpolated($"{@event.Text("type").Split('.')[^2],-18} {figure.Text("figureId"),-27} {Screen.Quantity(figure.Find("verified") ?? figure.Find("reported")),14}  seen {took.TotalMilliseconds,4:0} ms after it was sent  {report.Measure}");
        await Task.Delay(TimeSpan.FromMilliseconds(150));
    }

    /// <summary>Posts events of one county; answers the last position that was recorded, 0 where nothing was.</summary>
    private async Task<long> Post(string division, List<object> events)
    {
        var answer = await clients[$"reporter-{division}"].PostEvents(events, $"{division}-01");
        var results = answer.Body.Items("results").ToList();
        var recorded = results.Where(r => r.Text("status") == "recorded").Select(r => r.Find("position")?.GetInt64() ?? 0).DefaultIfEmpty().Max();
        lock (_results)
        {
            foreach (var (status, count) in results.CountBy(r => r.Text("status"))) _results[status] = _results.GetValueOrDefault(status) + count;
            _rejected.AddRange(results.Where(r => r.Text("status") == "rejected").Select(Why));
            _position = Math.Max(_position, recorded);
        }

        return recorded;
    }

    private static string Why(JsonElement result)
    {
        var problem = result.GetProperty("problem");
        return $"{result.MaybeText("source")} {result.MaybeText("id")}: {problem.MaybeText("code")}, {problem.MaybeText("detail")}";
    }
}

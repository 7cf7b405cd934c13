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
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);
    private static readonly DateOnly s_lastMonth = new(Report.LastYear, 12, 1);
    private readonly Api _reader = clients[$"reader-{Province}"];
    private readonly Journal _journal = new(clients);

    /// <summary>True when nothing was rejected, every service and the stream knew all in time, and the values at the end can be traced.</summary>
    public async Task<bool> Run()
    {
        var since = TimeProvider.System.GetTimestamp();
        var draw = new Draw(_reader);
        var reports = await draw.Reports();
        if (reports.Count == 0) throw new InvalidOperationException("No project in work has a measure to report on; load comes first.");

        var cast = new Cast(reports);
        var review = new Review(_journal, _reader, reports.ToDictionary(r => r.FigureId));
        var reporting = new Reporting(_journal, review, documents);
        var steps = (await new Sites(_journal, _reader, documents).Steps()).Concat(await new Money(_journal, _reader, documents).Steps()).ToLookup(s => s.On < s_lastMonth);
        AnsiConsole.MarkupLineInterpolated($"[bold]{Report.FirstYear}–{Report.LastYear}, made up: {reports.Count} reports of {Count(r => r.Division)} counties on {Count(r => r.MeasureId)} measures, {documents.DemonstrationSites.Count} mine sites, {documents.DemonstrationMoney("funds").Count()} funds[/]");
        await using var follow = await Follow.Start(_reader, Province);
        await new Years(reports, cast, new Assigning(_journal, draw.Assignments, cast.Behind), reporting, review, [.. steps[true]]).Play(() => follow.Count);
        var seen = await Seen(follow);
        AnsiConsole.MarkupLineInterpolated($"Without the last quarter: {string.Join(", ", cast.Behind.Select(documents.NameOf))}; not verified yet: {cast.Waiting.Count} figures");
        AnsiConsole.MarkupLineInterpolated($"Corrected after verification: {cast.Corrected.Count} figures; disputed: {cast.Disputed.FigureId}");

        // What others make of the years before would be shown among what they make of the last month.
        await _journal.CatchUp.Behind();
        AnsiConsole.MarkupLine("[bold]The last month, as the province sees it[/]");
        var open = await Task.WhenAll(cast.Live.Select(async r => (Report: r, Done: await review.Find(r) is { State: "verified" })));
        seen &= await new Live(follow).Play([.. steps[false].OrderBy(s => s.On), .. open.Where(o => !o.Done).SelectMany(o => reporting.OneByOne(o.Report))]);

        var behind = await _journal.CatchUp.Behind();
        await new Closing(_reader, clients[Acts.Operator], documents).Show();
        var untraced = await new Proofs(_reader, documents).Missing();
        List<string> problems = [.. _journal.Rejected, .. behind, .. untraced];
        foreach (var problem in problems) Screen.Problem(problem);
        AnsiConsole.MarkupLineInterpolated($"Played in {TimeProvider.System.GetElapsedTime(since).TotalSeconds:0} s");
        return seen && problems.Count == 0;

        int Count(Func<Report, string> what) => reports.Select(what).Distinct().Count();
    }

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
        AnsiConsole.MarkupLineInterpolated($"Events posted: {results}; seen on the stream with all that followed: {follow.Count}");
        AnsiConsole.MarkupLineInterpolated($"Recorded: {(recordedBy.Length > 0 ? recordedBy : "nothing new")}");
        return all;
    }
}

namespace Restoration.Loader;

/// <summary>Counties report what they did, each its own.</summary>
internal sealed class Reporting(Journal journal, Review review, Documents documents)
{
    private const int MostInBatch = 500;
    private const int AtOnce = 8;

    /// <param name="done">Told how many were answered.</param>
    public Task Post(IEnumerable<Report> reports, Action<int> done) =>
        Parallel.ForEachAsync(reports.GroupBy(r => r.Division), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (county, _) =>
        {
            foreach (var batch in county.OrderBy(r => r.Quarter).ThenBy(r => r.FigureId, StringComparer.Ordinal).Chunk(MostInBatch))
            {
                await Post(county.Key, [.. batch.Select(r => r.Event())]);
                done(batch.Length);
            }
        });

    public Task Correct(Report report) => Post(report.Division, [report.Correction(decimal.Round(report.Quantity * 0.96m, 4))]);

    /// <summary>A report and its way up the line, act by act.</summary>
    public IEnumerable<Step> OneByOne(Report report)
    {
        var on = new DateOnly(report.Year + 1, 1, 5);
        yield return Of($"{documents.NameOf(report.Division)} reports {report.Measure}", () => Post(report.Division, [report.Event()]));
        yield return Of($"{documents.NameOf(report.Division)} checks it", () => Act("reported", version => review.Check(report, version, 8)));
        yield return Of($"{documents.NameOf(report.City)} verifies it", () => Act("checked", version => review.Verify(report, version, 15)));

        Step Of(string what, Func<Task<long>> act) => new(report.FigureId, on, "registry", what, act);

        async Task<long> Act(string state, Func<long, Task<long>> act) =>
            await review.Find(report) is { } figure && figure.State == state ? await act(figure.Version) : 0;
    }

    private Task<long> Post(string county, IReadOnlyList<object> events) => journal.Post("registry", $"reporter-{county}", $"{county}-01", events);
}

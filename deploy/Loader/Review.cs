using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// County bureaus and the city at work: they ask which figures wait, and pass on those of the demonstration. What others reported is theirs
/// to decide about.
/// </summary>
internal sealed class Review(Journal journal, Api reader, IReadOnlyDictionary<string, Report> reports)
{
    private const int AtOnce = 16;

    /// <param name="waiting">Told how many there are.</param>
    /// <param name="done">Told of each.</param>
    public Task Check(int days, Action<int> waiting, Action done) => Each("reported", _ => true, (r, version) => Check(r, version, days), waiting, done);

    public Task Verify(int days, Func<Report, bool> which, Action<int> waiting, Action done) =>
        Each("checked", which, (r, version) => Verify(r, version, days), waiting, done);

    public Task<long> Check(Report report, long version, int days) =>
        Act($"reviewer-{report.Division}", $"{report.Division}-02", report, "check", version, new { at = report.DaysAfter(days) });

    public Task<long> Verify(Report report, long version, int days) =>
        Act($"reviewer-{report.City}", $"{report.City}-11", report, "verify", version, new { at = report.DaysAfter(days) }, "indicators");

    public async Task Dispute(Report report)
    {
        foreach (var (_, version) in await Waiting("checked", r => r == report))
        {
            var body = new { reason = $"与现场照片不符，请补充证据（{Cloud.Mark}）", at = report.DaysAfter(15) };
            await Act($"reviewer-{report.City}", $"{report.City}-12", report, "dispute", version, body);
        }
    }

    /// <summary>A figure as the register has it; null before it is reported.</summary>
    public async Task<(string State, long Version)?> Find(Report report) =>
        await reader.Find($"/v1/registry/progress/{report.FigureId}") is { } figure ? (figure.Text("state"), figure.GetProperty("version").GetInt64()) : null;

    private Task<long> Act(string client, string actor, Report report, string verb, long version, object body, params string[] meantFor) =>
        journal.Command(client, actor, $"/v1/registry/progress/{report.FigureId}/{verb}", $"{report.FigureId}-{verb}-{version}", body, meantFor);

    private async Task Each(string state, Func<Report, bool> which, Func<Report, long, Task> act, Action<int> waiting, Action done)
    {
        var figures = await Waiting(state, which);
        waiting(figures.Count);
        await Parallel.ForEachAsync(figures, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (figure, _) =>
        {
            await act(figure.Report, figure.Version);
            done();
        });
    }

    private async Task<List<(Report Report, long Version)>> Waiting(string state, Func<Report, bool> which) =>
    [
        .. from figure in await reader.All($"/v1/registry/progress?state={state}")
           where Own(figure) && reports.TryGetValue(figure.Text("id"), out var report) && which(report)
           select (reports[figure.Text("id")], figure.GetProperty("version").GetInt64()),
    ];

    private static bool Own(JsonElement figure) =>
        figure.Items("reports").All(r => r.Find("sender")?.Text("source") == Cloud.SourceOf(figure.Text("division")));
}

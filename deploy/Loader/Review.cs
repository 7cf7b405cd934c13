using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// County bureaus and the city at work: they ask which figures wait, and pass on those of the demonstration. What others reported is theirs
/// to decide about.
/// </summary>
internal sealed class Review(Clients clients, Api reader, IReadOnlyDictionary<string, Report> reports)
{
    private const int AtOnce = 8;
    private long _position;
    private long _verified;
    private int _recorded;

    /// <summary>How many of these acts recorded something.</summary>
    public int Recorded => Volatile.Read(ref _recorded);

    /// <summary>The last place in the registry's log that these acts answered.</summary>
    public long Position => Interlocked.Read(ref _position);

    /// <summary>Of these, the last that verified a figure.</summary>
    public long Verified => Interlocked.Read(ref _verified);

    /// <param name="done">Told of each figure.</param>
    public async Task Check(int days, Action<int> waiting, Action done)
    {
        var figures = await Waiting("reported", _ => true);
        waiting(figures.Count);
        await Each(figures, async figure =>
        {
            await Check(figure.Report, figure.Version, days);
            done();
        });
    }

    public async Task Verify(int days, Func<Report, bool> which, Action<int> waiting, Action done)
    {
        var figures = await Waiting("checked", which);
        waiting(figures.Count);
        await Each(figures, async figure =>
        {
            await Verify(figure.Report, figure.Version, days);
            done();
        });
    }

    public Task<Answer> Check(Report report, long version, int days) => Act(
        $"reviewer-{report.Division}", $"{report.Division}-02", report, "check", version, new { at = Report.DaysAfter(report.Quarter, days) });

    public async Task<Answer> Verify(Report report, long version, int days)
    {
        var answer = await Act($"reviewer-{report.City}", $"{report.City}-11", report, "verify", version, new { at = Report.DaysAfter(report.Quarter, days) });
        Raise(ref _verified, answer.Position);
        return answer;
    }

    public async Task Dispute(Report report)
    {
        foreach (var figure in await Waiting("checked", r => r == report))
        {
            var body = new { reason = "与现场照片不符，请补充证据（演示数据）", at = Report.DaysAfter(report.Quarter, 15) };
            await Act($"reviewer-{report.City}", $"{report.City}-12", report, "dispute", figure.Version, body);
        }
    }

    /// <summary>A figure as the register has it; null before it is reported.</summary>
    public async Task<(string State, long Version)?> Find(Report report)
    {
        try
        {
            var figure = await reader.Get($"/v1/registry/progress/{report.FigureId}");
            return (figure.Text("state"), figure.GetProperty("version").GetInt64());
        }
        catch (RefusedException refused) when (refused.Code == "resource.unknown")
        {
            return null;
        }
    }

    private async Task<Answer> Act(string client, string actor, Report report, string verb, long version, object body)
    {
        var answer = await clients[client].Post($"/v1/registry/progress/{report.FigureId}/{verb}", $"{report.FigureId}-{verb}-{version}", body, actor);
        Raise(ref _position, answer.Position);
        if (answer.Recorded) Interlocked.Increment(ref _recorded);
        return answer;
    }

    private async Task<List<(Report Report, long Version)>> Waiting(string state, Func<Report, bool> which) =>
    [
        .. from figure in await reader.All($"/v1/registry/progress?state={state}")
           where Own(figure) && reports.TryGetValue(figure.Text("id"), out var report) && which(report)
           select (reports[figure.Text("id")], figure.GetProperty("version").GetInt64()),
    ];

    private static bool Own(JsonElement figure) =>
        figure.Items("reports").All(r => r.Find("sender")?.Text("source") == Report.SourceOf(figure.Text("division")));

    private static void Raise(ref long highest, long position)
    {
        for (var known = Interlocked.Read(ref highest); position > known; known = Interlocked.Read(ref highest))
        {
            Interlocked.CompareExchange(ref highest, position, known);
        }
    }

    private static Task Each<T>(IEnumerable<T> items, Func<T, Task> act) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (item, _) => await act(item));
}

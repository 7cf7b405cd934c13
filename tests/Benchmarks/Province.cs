using System.Globalization;
using System.Text;

namespace Restoration.Benchmarks;

internal sealed record County(string Division, Client Client, string[] Measures, string[] Projects)
{
    public long Next { get; set; }
}

/// <summary>Counties with their measures; each posts a measure once a month, month by month.</summary>
internal sealed class Province(IReadOnlyList<County> counties)
{
    public const int CountyCount = 30;
    public const int MeasuresPerProject = 20;
    private const int CountiesPerProject = 5;
    private long _last;
    private long _posted;

    public IReadOnlyList<County> Counties => counties;

    public long Posted => Volatile.Read(ref _posted);

    public long LastPosition => Volatile.Read(ref _last);

    public static async Task<Province> Enter(House house, int projects)
    {
        var by = await house.Operator();
        await by.Post("/v1/registry/divisions", new { id = "360000", name = "江西省", level = "province" });
        await by.Post("/v1/registry/divisions", new { id = "360700", name = "赣州市", level = "city", parentId = "360000" });
        var planner = await house.Client(by, "planner", "360700", "planner");
        string[] divisions = [.. Enumerable.Range(0, CountyCount).Select(i => $"3607{i + 21}")];
        foreach (var division in divisions)
            await by.Post("/v1/registry/divisions", new { id = division, name = $"第{division}县", level = "county", parentId = "360700" });
        await planner.Post("/v1/registry/plans", new
        {
            id = "load", division = "360700", name = "国土空间生态修复规划（2021—2035年）", from = 2021, to = 2035,
            programmes = new[] { new { id = "basin", name = "流域生态保护和修复重大工程" } },
        });
        var measures = divisions.ToDictionary(d => d, _ => new List<(string Measure, string Project)>());
        for (var p = 0; p < projects; p++)
        {
            var own = Enumerable.Range(0, CountiesPerProject).Select(i => divisions[(p * 7 + i * 3) % divisions.Length]).ToArray();
            var ids = Enumerable.Range(1, MeasuresPerProject).Select(m => $"load-p{p}-m{m}").ToArray();
            await planner.Post("/v1/registry/projects", new
            {
                id = $"load-p{p}", planId = "load", programmeId = "basin", name = $"水土流失综合治理（{p}）", kind = "water",
                schedule = new[] { new { from = 2021, to = 2025 } }, counties = own, leadUnit = "市自然资源局",
                measures = ids.Select(id => new { id, name = "治理面积", quantity = new { value = 1_000_000, unit = "公顷" } }),
            });
            foreach (var county in own)
                measures[county].AddRange(ids.Select(id => (id, $"load-p{p}")));
        }

        await planner.Post("/v1/registry/plans/load/adopt", new { documentNumber = "府字〔2023〕8号" });
        for (var p = 0; p < projects; p++)
            await planner.Post($"/v1/registry/projects/load-p{p}/start", new { });
        var counties = new List<County>();
        foreach (var division in divisions)
        {
            counties.Add(new(
                division, await house.Client(by, $"county-{division}", division, "reporter"),
                [.. measures[division].Select(m => m.Measure)], [.. measures[division].Select(m => m.Project)]));
        }

        return new(counties);
    }

    /// <summary>Some event, to be sent where nothing is done with it.</summary>
    public byte[] Body(int caller) => Encoding.UTF8.GetBytes(Report(counties[caller % counties.Count], 0));

    public async Task<int> One(int caller)
    {
        await OnePosition(caller);
        return 1;
    }

    /// <summary>Posts one event and answers its position in the log.</summary>
    public async Task<long> OnePosition(int caller)
    {
        var county = counties[caller % counties.Count];
        long number;
        lock (county)
            number = county.Next++;
        using var answer = await county.Client.Send("/v1/registry/events", Encoding.UTF8.GetBytes(Report(county, number)), "application/cloudevents+json");
        if ((int)answer.StatusCode != 201)
            throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return Took(answer, 1);
    }

    public async Task<int> Batch(int caller, int size)
    {
        var county = counties[caller % counties.Count];
        long number;
        lock (county)
            (number, county.Next) = (county.Next, county.Next + size);
        var text = new StringBuilder("[", size * 800);
        for (var i = 0; i < size; i++)
            text.Append(i == 0 ? "" : ",").Append(Report(county, number + i));
        using var answer = await county.Client.Send("/v1/registry/events", Encoding.UTF8.GetBytes(text.Append(']').ToString()), "application/cloudevents-batch+json");
        var said = await answer.Content.ReadAsStringAsync();
        if ((int)answer.StatusCode != 200 || said.Contains("\"rejected\"", StringComparison.Ordinal))
            throw new InvalidOperationException($"{(int)answer.StatusCode} {said}");
        Took(answer, size);
        return size;
    }

    private long Took(HttpResponseMessage answer, int events)
    {
        Interlocked.Add(ref _posted, events);
        var position = long.Parse(answer.Headers.GetValues("X-Position").Single().Split(':')[1], CultureInfo.InvariantCulture);
        for (var last = Volatile.Read(ref _last); position > last; last = Volatile.Read(ref _last))
            Interlocked.CompareExchange(ref _last, position, last);
        return position;
    }

    private static string Report(County county, long number)
    {
        var (month, measure) = Math.DivRem(number, county.Measures.Length);
        if (month >= 60)
            throw new InvalidOperationException("Every month of the plan is reported; a shorter load, please.");
        var period = $"{2021 + month / 12}-{1 + month % 12:d2}";
        return $$$"""
            {"specversion":"1.0","id":"{{{number}}}","source":"/county/{{{county.Division}}}","type":"restoration.progress.reported.v1","subject":"{{{county.Projects[measure]}}}","time":"2025-12-31T09:00:00+08:00","data":{"projectId":"{{{county.Projects[measure]}}}","measureId":"{{{county.Measures[measure]}}}","division":"{{{county.Division}}}","period":"{{{period}}}","mode":"increment","quantity":{"value":{{{10 + number % 7}}}.25,"unit":"公顷"},"evidence":[{"uri":"https://photos.example/{{{county.Division}}}/{{{number}}}.jpg","kind":"photo","sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}],"note":"坡面复绿，见附图①"} }
            """;
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Restoration.Benchmarks;

/// <summary>
/// Counties post their progress through the gateway while everything else runs: one event a request, then batches of a hundred as a county's
/// monthly report of a hundred measures. Beside them an endpoint behind the same gateway that does nothing.
/// </summary>
internal static class IngestBenchmark
{
    private const int Counties = 30;
    private const int Projects = 300;
    private const int MeasuresPerProject = 20;
    private const int CountiesPerProject = 5;
    private const int Callers = 32;
    private const int BatchCallers = 16;

    public static async Task Run(Report report, Options options)
    {
        await using var house = await House.Start();
        var province = await Province.Enter(house);
        report.Note($"{Projects} projects under way, {Projects * MeasuresPerProject:#,##0} measures, {Counties} counties");

        List<Turn> nothing = [], singles = [];
        await Nothing(house, province, TimeSpan.FromSeconds(1));
        await Singles(house, province, TimeSpan.FromSeconds(10)); // until what is hot is compiled well
        var single = new Dictionary<string, double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            nothing.Add(await Nothing(house, province, options.Turn));
            var (posted, at) = (province.Posted, house.Processors());
            singles.Add(await Singles(house, province, options.Turn));
            foreach (var (name, seconds) in Difference(house.Processors(), at))
                single[name] = single.GetValueOrDefault(name) + seconds / (province.Posted - posted) / options.Rounds;
        }

        var lag = await CaughtUp(house, province);
        report.Figures("ingest", "requests/s", [
            Figure.Of($"do nothing, {Callers} callers", nothing), Figure.Of($"post one event, {Callers} callers", singles, nothing, bar: 0.2)]);
        report.Note($"All of them in the feed {lag.TotalSeconds:0.0} s after the last was accepted (bar 30 s).");

        var before = house.Processors();
        var (start, first) = (Stopwatch.GetTimestamp(), province.Posted);
        var batches = await Turn.Of(BatchCallers, options.Load, caller => province.Batch(caller, 100));
        var took = Stopwatch.GetElapsedTime(start);
        var posting = Difference(house.Processors(), before);
        lag = await CaughtUp(house, province);
        var all = Difference(house.Processors(), before);
        var count = province.Posted - first;
        report.Figures("ingest", "events/s", [new Figure(
            $"batches of 100, {BatchCallers} callers, {took.TotalSeconds:0} s", batches.PerSecond, batches.PerSecond / 10_000, 1, batches.P50, batches.P99)]);
        report.Note($"{count:#,##0} events; all of them in the feed {lag.TotalSeconds:0.0} s after the last was accepted (bar 120 s).");
        report.Note("Processor time, µs an event: posted alone; in batches, while posting and until all was in the feed; most memory held");
        var memory = house.Memory();
        foreach (var (name, seconds) in all.OrderByDescending(p => p.Value))
        {
            report.Note(string.Create(CultureInfo.InvariantCulture,
                $"  {name,-14} {single[name] * 1e6,6:0} {posting[name] * 1e6 / count,6:0.0} {seconds * 1e6 / count,6:0.0}   {(memory.TryGetValue(name, out var mb) ? $"{mb:0} MB" : "")}"));
        }
    }

    private static Dictionary<string, double> Difference(Dictionary<string, double> after, Dictionary<string, double> before) =>
        after.ToDictionary(p => p.Key, p => p.Value - before[p.Key]);

    private static Task<Turn> Nothing(House house, Province province, TimeSpan time) => Turn.Of(Callers, time, async caller =>
    {
        using var answer = await province.Counties[caller % Counties].Client.Send("/v1/nothing", province.Body(caller), "application/cloudevents+json");
        answer.EnsureSuccessStatusCode();
        return 1;
    });

    private static Task<Turn> Singles(House house, Province province, TimeSpan time) => Turn.Of(Callers, time, caller => province.One(caller));

    /// <summary>How long after now the feed has taken all that was posted.</summary>
    private static async Task<TimeSpan> CaughtUp(House house, Province province)
    {
        var began = Stopwatch.GetTimestamp();
        while (await house.Value<long>("updates", "select coalesce(max(position), 0) from feed.sources where source = 'registry'") < province.LastPosition)
        {
            if (Stopwatch.GetElapsedTime(began).TotalMinutes > 10)
                throw new TimeoutException("The feed has not caught up in ten minutes.");
            await Task.Delay(50);
        }

        return Stopwatch.GetElapsedTime(began);
    }

    private sealed record County(string Division, Client Client, string[] Measures, string[] Projects)
    {
        public long Next { get; set; }
    }

    /// <summary>Counties with their measures; each posts a measure once a month, month by month.</summary>
    private sealed class Province(IReadOnlyList<County> counties)
    {
        private long _last;
        private long _posted;

        public IReadOnlyList<County> Counties => counties;

        public long Posted => Volatile.Read(ref _posted);

        public long LastPosition => Volatile.Read(ref _last);

        public static async Task<Province> Enter(House house)
        {
            var by = await house.Operator();
            await by.Post("/v1/registry/divisions", new { id = "360000", name = "江西省", level = "province" });
            await by.Post("/v1/registry/divisions", new { id = "360700", name = "赣州市", level = "city", parentId = "360000" });
            var planner = await house.Client(by, "planner", "360700", "planner");
            string[] divisions = [.. Enumerable.Range(0, IngestBenchmark.Counties).Select(i => $"3607{i + 21}")];
            foreach (var division in divisions)
                await by.Post("/v1/registry/divisions", new { id = division, name = $"第{division}县", level = "county", parentId = "360700" });
            await planner.Post("/v1/registry/plans", new
            {
                id = "load", division = "360700", name = "国土空间生态修复规划（2021—2035年）", from = 2021, to = 2035,
                programmes = new[] { new { id = "basin", name = "流域生态保护和修复重大工程" } },
            });
            var measures = divisions.ToDictionary(d => d, _ => new List<(string Measure, string Project)>());
            for (var p = 0; p < Projects; p++)
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
            for (var p = 0; p < Projects; p++)
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
            var county = counties[caller % counties.Count];
            long number;
            lock (county)
                number = county.Next++;
            using var answer = await county.Client.Send("/v1/registry/events", Encoding.UTF8.GetBytes(Report(county, number)), "application/cloudevents+json");
            if ((int)answer.StatusCode != 201)
                throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            Took(answer, 1);
            return 1;
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

        private void Took(HttpResponseMessage answer, int events)
        {
            Interlocked.Add(ref _posted, events);
            var position = long.Parse(answer.Headers.GetValues("X-Position").Single().Split(':')[1], CultureInfo.InvariantCulture);
            for (var last = Volatile.Read(ref _last); position > last; last = Volatile.Read(ref _last))
                Interlocked.CompareExchange(ref _last, position, last);
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
}

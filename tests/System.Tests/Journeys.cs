using System.Diagnostics;
using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>The whole way of the work through the gateway: divisions, plan, project, reports, verification, and everybody who follows.</summary>
public sealed class Journeys(TheSystem system)
{
    private const string Source = "/德兴市/生态修复系统";
    private static readonly Place s_city = new("361100", "上饶市", "city", "360000");
    private static readonly Place s_county = new("361181", "德兴市", "county", "361100");

    [Fact]
    public async Task From_a_plan_to_verified_progress_with_a_dashboard_that_sees_every_fact()
    {
        var dashboard = await system.Client("province", "360000", "reader");
        await using var stream = await Follower.Open(dashboard, "?divisions=361100");
        var ground = await Ground.Open(system, s_city, s_county);
        await ground.DefineDivisions();
        await ground.RegisterPlan();
        await ground.DesignProject();
        var key = ("Idempotency-Key", $"\"adopt-{ground.PlanId}\"");
        var adopted = await ground.AdoptPlan(key);
        var again = await ground.AdoptPlan(key);
        Assert.Equal((adopted.Text, "true"), (again.Text, again.Header("Idempotency-Replayed")));
        await ground.StartWork();

        var county = await system.Client("county", s_county.Id, "reporter");
        await PostInThreeModes(county, ground);
        var bureau = await system.Client("bureau", s_county.Id, "reviewer");
        var city = await system.Client("city", s_city.Id, "reviewer");
        var figure = $"/v1/registry/progress/{ground.MeasureId}.{s_county.Id}.2023-06";
        (await city.Post($"{figure}/verify", new { }, ("Restoration-Actor", "C-7"))).Is(409, "figure.not-checked");
        (await bureau.Post($"{figure}/check", new { note = "已现场核查" }, ("Restoration-Actor", "B-1"))).Is(200);
        var verified = (await city.Post($"{figure}/verify", new { note = "同意" }, ("Restoration-Actor", "C-7"))).Is(200);
        var answered = Stopwatch.GetTimestamp();

        var last = await stream.Sees("restoration.registry.progress-verified.v1");
        Assert.InRange(Stopwatch.GetElapsedTime(answered, last.At).TotalSeconds, double.MinValue, 1);
        Assert.Equal($"registry:{last.Json.GetProperty("position").GetString()}", verified.Header("X-Position"));
        // How the project stands against its schedule is judged a moment later, when it is.
        var registry = stream.Seen.Where(e => e.Type.StartsWith("restoration.registry.", StringComparison.Ordinal) && !e.Type.Contains("schedule-state", StringComparison.Ordinal)).ToList();
        Assert.Equal(
            [
                "division-defined", "division-defined", "plan-registered", "project-designed", "plan-adopted", "project-approved", "project-started",
                "progress-reported", "progress-reported", "progress-reported", "progress-reported", "progress-checked", "progress-verified",
            ],
            registry.Select(e => e.Type["restoration.registry.".Length..^".v1".Length]));
        await stream.Sees("restoration.funding.account-opened.v1");
        await ChineseIsIntact(ground, registry, dashboard, figure);
        await SummaryIsFresh(ground, city, verified.Header("X-Position")!);
    }

    /// <summary>Structured, binary, batched; each is recorded once however often it is sent.</summary>
    private static async Task PostInThreeModes(Caller county, Ground ground)
    {
        var structured = ground.Report(Source, "report-1", s_county.Id, "2023-06");
        var first = (await county.PostEvent(structured)).Is(201);
        var repeated = (await county.PostEvent(structured)).Is(200);
        Assert.Equal(("recorded", "duplicate"), (Status(first.Json), Status(repeated.Json)));
        Assert.Equal(first.Json.GetProperty("position").GetInt64(), repeated.Json.GetProperty("position").GetInt64());
        (await county.PostEvent(ground.Report(Source, "report-1", s_county.Id, "2023-05"))).Is(409, "event.differs");

        var binary = ground.Report(Source, "report-2", s_county.Id, "2023-07");
        var headers = binary.Where(a => a.Key != "data").Select(a => ($"ce-{a.Key}", Uri.EscapeDataString((string)a.Value))).ToArray();
        (await county.Send(HttpMethod.Post, "/v1/registry/events", Caller.Json(binary["data"], "application/json"), headers)).Is(201);

        var batch = (await county.PostEvents(
        [
            ground.Report(Source, "report-3", s_county.Id, "2023-08"), ground.Report(Source, "report-4", "360731", "2023-08"),
            ground.Report(Source, "report-2", s_county.Id, "2023-07"), ground.Report(Source, "report-5", s_county.Id, "2023-09"),
        ])).Is(200);
        var results = batch.Json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(["recorded", "rejected", "duplicate", "recorded"], results.Select(Status));
        Assert.Equal(batch.Header("X-Position"), $"registry:{results[3].GetProperty("position").GetInt64()}");

        static string? Status(JsonElement result) => result.GetProperty("status").GetString();
    }

    private static async Task ChineseIsIntact(Ground ground, IReadOnlyList<Entry> seen, Caller dashboard, string figure)
    {
        foreach (var report in seen.Where(e => e.Type.Contains("reported", StringComparison.Ordinal)).Select(e => e.Json.GetProperty("data")))
        {
            Assert.Equal(Ground.Note, report.GetProperty("note").GetString());
            Assert.Equal(Source, report.GetProperty("sender").GetProperty("source").GetString());
        }
        Assert.Contains("废弃矿山“复绿”与水土流失综合治理", seen[3].Body, StringComparison.Ordinal);
        var project = (await dashboard.Get($"/v1/registry/projects/{ground.ProjectId}")).Is(200);
        Assert.Equal("废弃矿山“复绿”与水土流失综合治理", project.Json.GetProperty("name").GetString());
        var evidence = (await dashboard.Get(figure)).Is(200).Json.GetProperty("evidence")[0];
        Assert.Equal("https://photos.example/于都/前后对比.jpg", evidence.GetProperty("uri").GetString());
        var divisions = (await dashboard.Get("/v1/registry/divisions?parentId=361100")).Is(200);
        Assert.Equal(["德兴市"], divisions.Json.GetProperty("items").EnumerateArray().Select(d => d.GetProperty("name").GetString()));
    }

    private static async Task SummaryIsFresh(Ground ground, Caller city, string position)
    {
        var path = $"/v1/registry/plans/{ground.PlanId}/summary?unit=wan-mu&minPosition=";
        var summary = await Eventually.Get(() => city.Get(path + position), s => s.Status != 503, "the summary to have come that far", show: s => s.Text);
        summary.Is(200);
        Assert.True(Number(summary.Header("X-View-Position")!) >= Number(position));
        var measure = summary.Json.GetProperty("programmes")[0].GetProperty("projects")[0].GetProperty("measures")[0];
        Assert.Equal(4.8m, measure.GetProperty("reported").GetProperty("value").GetDecimal());
        Assert.Equal(1.2m, measure.GetProperty("verified").GetProperty("value").GetDecimal());
        Assert.Equal(0.012m, measure.GetProperty("share").GetDecimal());
        var early = (await city.Get($"{path}registry:{Number(position) + 1_000_000}")).Is(503, "view.behind");
        Assert.NotNull(early.Header("Retry-After"));

        static long Number(string position) => long.Parse(position.Split(',')[0].AsSpan("registry:".Length), null); // the registry itself is named first
    }

    [Fact]
    public async Task A_follower_that_comes_back_misses_nothing_sees_nothing_twice_and_pages_say_the_same()
    {
        var ground = await Ground.UnderWay(system);
        var county = await system.Client("county", "360731", "reporter");
        var reader = await system.Client("reader", "360700", "reader");
        var query = $"?subjects={string.Join(',', Enumerable.Range(1, 12).Select(month => $"{ground.MeasureId}.360731.2022-{month:00}"))}";

        Entry[] before;
        await using (var stream = await Follower.Open(reader, query))
        {
            await Post(1, 2, 3, 4);
            before = [.. (await stream.Sees(4)).Take(3)]; // as if the connection broke before the fourth was read
        }
        await Post(5, 6, 7, 8);
        await using var resumed = await Follower.Open(reader, query, before[^1].Sequence);
        await Post(9, 10, 11, 12);
        await resumed.Sees(9);

        var streamed = before.Concat(resumed.Seen).ToList();
        Assert.Equal(12, streamed.Count);
        Assert.Equal(streamed.Select(e => e.Sequence).Order(StringComparer.Ordinal).Distinct(), streamed.Select(e => e.Sequence));
        Assert.Equal(streamed.Select(e => e.Body), (await Pages(reader, query)).Select(e => e.GetRawText()));

        async Task Post(params int[] months)
        {
            foreach (var month in months)
                (await county.PostEvent(ground.Report($"/{county.Id}", $"m{month}", "360731", $"2022-{month:00}"))).Is(201);
        }
    }

    private static async Task<List<JsonElement>> Pages(Caller reader, string query)
    {
        var items = new List<JsonElement>();
        for (var after = $"{1:D4}{0:D16}"; ;)
        {
            var page = (await reader.Get($"/v1/updates{query}&limit=5&after={after}")).Is(200).Json;
            items.AddRange(page.GetProperty("items").EnumerateArray());
            var next = page.GetProperty("next").GetString()!;
            if (next == after) return items;
            after = next;
        }
    }

    [Fact]
    public async Task A_client_of_another_division_sees_and_does_nothing_there()
    {
        var ground = await Ground.UnderWay(system);
        var (otherCity, otherCounty) = (new Place("360200", "景德镇市", "city", "360000"), new Place("360281", "乐平市", "county", "360200"));
        foreach (var place in new[] { otherCity, otherCounty }) (await system.Operator.Post("/v1/registry/divisions", place)).Is(201);
        var elsewhere = await system.Client("elsewhere", otherCity.Id, "reader", "reporter", "reviewer", "planner");
        await using var foreign = await Follower.Open(elsewhere);
        await using var own = await Follower.Open(await system.Client("reader", "360731", "reader"), $"?divisions=360731");
        var county = await system.Client("county", "360731", "reporter");
        (await county.PostEvent(ground.Report($"/{county.Id}", "1", "360731", "2024-01"))).Is(201);
        (await county.PostEvent(ground.Report($"/{county.Id}", "2", "360781", "2024-01"))).Is(403, "division.forbidden");
        var seen = await own.Sees("restoration.registry.progress-reported.v1");

        var figure = $"{ground.MeasureId}.360731.2024-01";
        Assert.Equal(figure, seen.Json.GetProperty("subject").GetString());
        foreach (var path in new[] { $"plans/{ground.PlanId}", $"plans/{ground.PlanId}/summary", $"projects/{ground.ProjectId}", $"progress/{figure}" })
        {
            var answer = await elsewhere.Get($"/v1/registry/{path}");
            answer.Is(403, "division.forbidden");
        }
        foreach (var path in new[] { "plans", "projects", "progress" })
            Assert.DoesNotContain(ground.PlanId, (await elsewhere.Get($"/v1/registry/{path}?limit=500")).Is(200).Text, StringComparison.Ordinal);
        (await elsewhere.PostEvent(ground.Report($"/{elsewhere.Id}", "1", "360731", "2024-02"))).Is(403, "division.forbidden");
        (await elsewhere.Post($"/v1/registry/progress/{figure}/verify", new { }, ("Restoration-Actor", "X-1"))).Is(403, "division.forbidden");
        (await elsewhere.Post($"/v1/registry/plans/{ground.PlanId}/adopt", new { })).Is(403, "division.forbidden");
        (await elsewhere.PostEvent(ground.Report($"/{county.Id}", "3", otherCounty.Id, "2024-02"))).Is(403, "source.foreign");

        // An entry of its own behind it shows that the stream is past what it must not show.
        var town = new Place($"town-of-{ground.PlanId}", "众埠镇", "township", otherCounty.Id);
        (await system.Operator.Post("/v1/registry/divisions", town)).Is(201);
        await foreign.Sees(e => e.Body.Contains(town.Id, StringComparison.Ordinal), "the town");
        Assert.All(foreign.Seen, e => Assert.StartsWith("restoration.registry.division-", e.Type, StringComparison.Ordinal));
        Assert.All(
            await Pages(elsewhere, "?divisions=360700"),
            e => Assert.StartsWith("restoration.registry.division-", e.GetProperty("type").GetString(), StringComparison.Ordinal));
    }
}

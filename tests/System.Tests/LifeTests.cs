namespace Restoration.System.Tests;

/// <summary>
/// A project modelled on the tenth of Ganzhou's plan (水土保持重点工程: 237 万亩 in seventeen counties, 78,500 万元) from its design to closed, by
/// the people who do each step, year after year under clocks that are put forwards.
/// </summary>
public sealed class LifeTests(TheSystem system) : IAsyncLifetime
{
    private const int Years = 5;
    private static readonly string[] s_services = ["registry", "funding", "indicators", "mines"];
    private static readonly Place[] s_counties =
    [
        .. new[]
        {
            ("360702", "章贡区"), ("360703", "南康区"), ("360704", "赣县区"), ("360783", "龙南市"), ("360781", "瑞金市"), ("360735", "石城县"),
            ("360728", "定南县"), ("360729", "全南县"), ("360725", "崇义县"), ("360724", "上犹县"), ("360734", "寻乌县"), ("360723", "大余县"),
            ("360722", "信丰县"), ("360730", "宁都县"), ("360732", "兴国县"), ("360731", "于都县"), ("360733", "会昌县"),
        }.Select(c => new Place(c.Item1, c.Item2, "county", Ground.City360700.Id)),
    ];

    private readonly Dictionary<string, (Caller Reporter, Caller Bureau)> _people = [];
    private Ground _ground = null!;
    private Clocks _clocks = null!;
    private Caller _city = null!;
    private Caller _province = null!;
    private Caller _finance = null!;
    private int _first;

    private string Id => _ground.ProjectId;

    private string Path => $"/v1/registry/projects/{Id}";

    private string MeasureId => $"{Id}-m1";

    public async ValueTask InitializeAsync()
    {
        _clocks = await Clocks.Settable(system, s_services);
        _ground = await Ground.Open(system, Ground.City360700, s_counties);
        await _ground.DefineDivisions();
        await _ground.RegisterPlan();
        await _ground.AdoptPlan();
        (_city, _province) = (await system.Client("city", _ground.City.Id, "reviewer"), await system.Client("province", "360000", "reviewer"));
        _finance = await system.Client("finance", _ground.City.Id, "finance");
        foreach (var county in s_counties)
            _people[county.Id] = (await system.Client("county", county.Id, "reporter"), await system.Client("bureau", county.Id, "reviewer"));
        _first = (await _clocks.Now()).Year + 1;
    }

    public ValueTask DisposeAsync() => _clocks.DisposeAsync();

    [Fact]
    public async Task From_design_to_closed()
    {
        await using var dashboard = await Follower.Open(await system.Client("dashboard", "360000", "reader"), $"?subjects={Id}");
        await Design();
        await Approve();
        await _clocks.To(_first, 1, 5);
        (await Report(s_counties[0], $"{_first}-H1", 1.35m)).Is(409, "project.not-in-progress");
        (await _ground.Planner.Post($"{Path}/start", new { })).Is(200);
        await Money();
        for (var year = _first; year < _first + Years; year++) await Work(year, last: year == _first + Years - 1);
        await Complete();
        await Accept(dashboard);
        await Aftercare();
        await Close();
        await Told(dashboard);
    }

    /// <summary>What is missing is said all at once; what was found wrong comes back, and is designed anew.</summary>
    private async Task Design()
    {
        (await _ground.Planner.Post("/v1/registry/projects", Designed(complete: false))).Is(201);
        var refused = (await _ground.Planner.Post($"{Path}/submit", new { }, Actor("P-1"))).Is(422, "project.incomplete");
        Assert.Equal(
            ["#/counties", "#/estimate", "#/measures/0/quantity"],
            refused.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()).Order(StringComparer.Ordinal));
        (await _ground.Planner.Post($"{Path}/design", Designed(complete: true))).Is(200);
        (await _ground.Planner.Post($"{Path}/submit", new { }, Actor("P-1"))).Is(200);
        (await _province.Post($"{Path}/return", new { findings = new[] { "补充管护方案" } }, Actor("S-1"))).Is(200);
        Assert.Equal("补充管护方案", (await _city.Get(Path)).Is(200).Text.Contains("补充管护方案", StringComparison.Ordinal) ? "补充管护方案" : "not shown");
        (await _ground.Planner.Post($"{Path}/submit", new { note = "已补充" }, Actor("P-1"))).Is(200);
    }

    /// <summary>Central money makes it the province's to approve; who submitted does not.</summary>
    private async Task Approve()
    {
        (await _city.Post($"{Path}/approve", new { }, Actor("C-1"))).Is(403, "division.forbidden");
        (await _province.Post($"{Path}/approve", new { })).Is(400, "actor.missing");
        (await _province.Post($"{Path}/approve", new { }, Actor("P-1"))).Is(403, "duties.not-separate");
        (await _province.Post($"{Path}/approve", new { }, Actor("S-1"))).Is(200);
        await StateIs("approved");
    }

    private async Task Money()
    {
        var fund = $"{Id}-fund";
        (await _finance.Post("/v1/funding/funds", new { id = fund, name = "中央财政水土保持补助资金", channel = "central-award", division = _ground.City.Id, from = 2021, to = 2199 })).Is(201);
        (await _finance.Post($"/v1/funding/funds/{fund}/appropriate", new { amount = Wan(78_500) }, Actor("F-1"))).Is(200);
        await Eventually.Get(async () => (await _finance.Get($"/v1/funding/projects/{Id}/account")).Status, status => status == 200, "the account to be opened", 30);
        (await _finance.Post("/v1/funding/allocations", new { id = $"{Id}-all", fundId = fund, items = new[] { new { projectId = Id, amount = Wan(78_500) } } }, Actor("F-1"))).Is(201);
        (await _finance.Post($"/v1/funding/allocations/{Id}-all/issue", new { }, Actor("F-2"))).Is(200);
    }

    /// <summary>A year: assigned and confirmed, reported in halves, checked by each bureau, verified by the city, paid.</summary>
    private async Task Work(int year, bool last)
    {
        await Assign(year, last);
        if (year == _first + 1) await Suspend(year);
        if (year == _first + 2) await Change();
        foreach (var (half, month) in new[] { ("H1", 7), ("H2", 12) })
        {
            await _clocks.To(year, month, 28);
            foreach (var county in s_counties)
            {
                (await Report(county, $"{year}-{half}", Of(county, last) / 2)).Is(201);
                var figure = $"/v1/registry/progress/{MeasureId}.{county.Id}.{year}-{half}";
                (await _people[county.Id].Bureau.Post($"{figure}/check", new { }, Actor("B-1"))).Is(200);
                if (!last || half == "H1" || county != s_counties[^1]) (await _city.Post($"{figure}/verify", new { }, Actor("C-1"))).Is(200);
            }
        }

        await Pay(year, 78_500m / Years);
    }

    private async Task Assign(int year, bool last)
    {
        var path = $"{Path}/assignments/{year}";
        if (year == _first)
        {
            (await _ground.Planner.Send(HttpMethod.Put, path, Assigned(2.7m, 4.2m), Key())).Is(428);
            (await _ground.Planner.Send(HttpMethod.Put, path, Assigned(20, 20), Key(), ("If-None-Match", "*"), Actor("P-2"))).Is(422, "assignment.over-remainder");
        }

        (await _ground.Planner.Send(HttpMethod.Put, path, Assigned(Of(s_counties[0], last), Of(s_counties[^1], last)), Key(), ("If-None-Match", "*"), Actor("P-2"))).Is(201);
        foreach (var county in s_counties) (await _people[county.Id].Bureau.Post($"{path}/confirm", new { division = county.Id }, Actor("B-2"))).Is(200);
        Assert.Equal("confirmed", (await _city.Get(path)).Is(200).Json.GetProperty("state").GetString());
    }

    private async Task Suspend(int year)
    {
        (await _ground.Planner.Post($"{Path}/suspend", new { reason = "汛期停工" })).Is(200);
        (await Report(s_counties[0], $"{year}-H1", 1)).Is(409, "project.not-in-progress");
        await Eventually.Get(
            async () => (await _finance.Get($"/v1/funding/projects/{Id}/account")).Is(200).Json.GetProperty("state").GetString(), state => state == "frozen", "the account to be frozen", 30);
        (await Paid(year, 1)).Is(409, "account.frozen");
        (await _ground.Planner.Post($"{Path}/resume", new { note = "复工" })).Is(200);
    }

    /// <summary>Three more 万亩 are within ten percent and the city's to approve; a fifth more money is the province's.</summary>
    private async Task Change()
    {
        (await _ground.Planner.Post($"{Path}/changes", new { id = "more-area", reason = "新增崩岗治理任务", measures = Measures(240) }, Actor("P-1"))).Is(201);
        (await _city.Post($"{Path}/changes/more-area/approve", new { }, Actor("P-1"))).Is(403, "duties.not-separate");
        (await _city.Post($"{Path}/changes/more-area/approve", new { }, Actor("C-3"))).Is(200);
        (await _ground.Planner.Post($"{Path}/changes", new { id = "more-money", reason = "材料涨价", estimate = Wan(95_000) }, Actor("P-1"))).Is(201);
        (await _city.Post($"{Path}/changes/more-money/approve", new { }, Actor("C-3"))).Is(403, "division.forbidden");
        (await _province.Post($"{Path}/changes/more-money/refuse", new { reason = "资金不足" }, Actor("S-2"))).Is(200);
    }

    private async Task Complete()
    {
        var unfinished = (await _ground.Planner.Post($"{Path}/complete", new { }, Actor("P-1"))).Is(409, "project.unfinished");
        Assert.Equal($"#/measures/{MeasureId}", unfinished.Json.GetProperty("errors")[0].GetProperty("pointer").GetString());
        (await _city.Post($"/v1/registry/progress/{MeasureId}.{s_counties[^1].Id}.{_first + Years - 1}-H2/verify", new { }, Actor("C-1"))).Is(200);
        (await _ground.Planner.Post($"{Path}/complete", new { }, Actor("P-1"))).Is(200);
        (await Report(s_counties[0], $"{_first + Years - 1}-H2", 1)).Is(409, "project.not-in-progress");
    }

    /// <summary>Every county checks; the city sends it back once, the county is late to mend it; then it is accepted, and drawn by the province.</summary>
    private async Task Accept(Follower dashboard)
    {
        var (year, done) = (_first + Years, new[] { "3001", "3002" });
        await _clocks.To(year, 1, 10);
        (await _city.Post($"{Path}/accept", new { team = done, date = $"{year}-01-10", findings = "合格", verdict = "passed" }, Actor("C-5"))).Is(409, "project.not-self-checked");
        foreach (var county in s_counties) (await _people[county.Id].Bureau.Post($"{Path}/self-check", new { findings = "自查合格" }, Actor("B-3"))).Is(200);
        (await _city.Post($"{Path}/reject-acceptance", new { findings = "两处谷坊损毁", rectifications = new[] { new { what = "修复谷坊", deadline = $"{year}-02-10" } } }, Actor("C-5"))).Is(200);
        await StateIs("rectification");
        await _clocks.To(year, 2, 15);
        var overdue = await dashboard.Sees("restoration.registry.rectification-overdue.v1");
        Assert.Equal($"{year}-02-10", overdue.Json.GetProperty("data").GetProperty("deadline").GetString());
        (await _people[s_counties[3].Id].Bureau.Post($"{Path}/rectify", new { remedies = new[] { new { id = "r1", done = "谷坊已重建" } } }, Actor("B-3"))).Is(200);
        foreach (var county in s_counties) (await _people[county.Id].Bureau.Post($"{Path}/self-check", new { findings = "复查合格" }, Actor("B-3"))).Is(200);
        (await _city.Post($"{Path}/accept", new { team = done, date = $"{year}-02-15", findings = "合格", verdict = "passed" }, Actor("C-5"))).Is(200);

        var drawn = (await _province.Post("/v1/registry/projects/sample", new { id = $"{Id}-draw", division = "360000", planId = _ground.PlanId, share = 0.5, seed = "2031年第1号" }, Actor("S-3"))).Is(201);
        var sample = (await _province.Get(drawn.Header("Location")!)).Is(200);
        Assert.Contains(Id, sample.Text, StringComparison.Ordinal);
        (await _province.Post($"{Path}/spot-check", new { sampleId = $"{Id}-draw", passed = true, findings = "抽查合格" }, Actor("S-4"))).Is(200);
    }

    private async Task Aftercare()
    {
        var year = _first + Years;
        await _clocks.To(year, 9, 1);
        (await _city.Post($"{Path}/evaluate", new { score = 92, verdict = "good", findings = "效益明显" }, Actor("C-6"))).Is(409, "aftercare.not-over");
        (await _people[s_counties[3].Id].Bureau.Post($"{Path}/inspect-aftercare", new
        {
            year = 1, passed = true, findings = "林草成活率 91%", evidence = new[] { new { uri = "https://photos.example/管护.jpg", sha256 = new string('c', 64), kind = "drone" } },
        }, Actor("B-4"))).Is(200);
        await _clocks.To(year + 1, 2, 20);
        (await _city.Post($"{Path}/evaluate", new { score = 92, verdict = "good", findings = "效益明显" }, Actor("C-6"))).Is(200);
    }

    /// <summary>Nothing is closed while money is open.</summary>
    private async Task Close()
    {
        (await _city.Post($"{Path}/close", new { }, Actor("C-6"))).Is(409, "project.not-closable");
        (await _finance.Post($"/v1/funding/projects/{Id}/account/settle", new { }, Actor("F-2"))).Is(200);
        await Eventually.Get(async () => (await _city.Post($"{Path}/close", new { }, Actor("C-6"))).Status, status => status == 200, "the registry to know of the settlement", 30);
        await StateIs("closed");
    }

    /// <summary>The whole life is on the stream, once and in order; sums agree on every level; the past is as it was.</summary>
    private async Task Told(Follower dashboard)
    {
        await dashboard.Sees("restoration.registry.project-closed.v1");
        string[] life =
        [
            "project-submitted", "project-returned", "project-approved", "project-started", "project-suspended", "project-resumed", "project-completed",
            "acceptance-rejected", "rectification-overdue", "project-rectified", "project-accepted", "project-spot-checked", "aftercare-inspected", "project-evaluated", "project-closed",
        ];
        var told = dashboard.Seen.Where(e => e.Type.StartsWith("restoration.registry.", StringComparison.Ordinal)).Select(e => e.Type["restoration.registry.".Length..^".v1".Length]).ToList();
        Assert.Equal(life, told.Where(life.Contains).Distinct());

        var summary = (await _city.Get($"/v1/registry/plans/{_ground.PlanId}/summary?minPosition={(await _city.Get(Path)).Header("X-Position") ?? "registry:0"}")).Is(200);
        var project = summary.Json.GetProperty("programmes")[0].GetProperty("projects")[0];
        Assert.Equal(1m, project.GetProperty("share").GetDecimal());
        Assert.Equal(785_000_000m, project.GetProperty("investmentCompleted").GetProperty("amount").GetDecimal());
        Assert.Equal("in-progress", (await _city.Get($"{Path}?asOf={_first + 1}-06-30")).Is(200).Json.GetProperty("state").GetString());
        var money = (await _city.Get(Path)).Is(200).Json.GetProperty("money");
        Assert.Equal(785_000_000m, money.GetProperty("paid").GetProperty("amount").GetDecimal());
    }

    private async Task StateIs(string state) => Assert.Equal(state, (await _city.Get(Path)).Is(200).Json.GetProperty("state").GetString());

    /// <summary>Of the 237 万亩, and the three more that the last year takes.</summary>
    private static decimal Of(Place county, bool last) => county != s_counties[^1] ? 2.7m : last ? 7.2m : 4.2m;

    private async Task<Answer> Report(Place county, string period, decimal area)
    {
        var report = _ground.Report($"/{county.Name}/水保系统", $"{Id}-{county.Id}-{period}-{area}", county.Id, period, new { value = area, unit = "万亩" }, MeasureId);
        report["time"] = $"{await _clocks.Now():O}";
        report["data"] = new
        {
            projectId = Id, measureId = MeasureId, division = county.Id, period, mode = "increment", quantity = new { value = area, unit = "万亩" },
            investmentCompleted = county == s_counties[0] ? Wan(78_500m / Years / 2) : null,
            evidence = new[] { new { uri = "https://photos.example/梯田.jpg", sha256 = new string('a', 64), kind = "photo" } },
        };
        return await _people[county.Id].Reporter.PostEvent(report);
    }

    private async Task Pay(int year, decimal wan) =>
        await Eventually.Get(async () => (await Paid(year, wan)).Status, status => status is 200 or 201, "the account to be thawed", 30);

    private async Task<Answer> Paid(int year, decimal wan) => await _finance.Send(HttpMethod.Post, "/v1/funding/events", Caller.Json(new Dictionary<string, object>
    {
        ["specversion"] = "1.0", ["id"] = $"{Id}-{year}-{wan}", ["source"] = $"/{_finance.Id}", ["type"] = "restoration.payment.executed.v1", ["subject"] = Id, ["time"] = $"{await _clocks.Now():O}",
        ["data"] = new { paymentId = $"{Id}-{year}-{wan}", projectId = Id, fundId = $"{Id}-fund", amount = Wan(wan), requestedBy = "F-3", approvedBy = "F-4", payee = "赣州市水土保持工程公司" },
    }, "application/cloudevents+json"));

    private object Designed(bool complete) => new
    {
        id = Id, planId = _ground.PlanId, programmeId = "basin", name = "赣州市国家水土保持重点工程项目", kind = "soil-and-water", leadUnit = "市水土保持中心",
        schedule = new[] { new { from = _first, to = _first + Years - 1 } },
        counties = complete ? s_counties.Select(c => c.Id) : [],
        estimate = complete ? Wan(78_500) : null,
        fundingPlan = complete ? new[] { new { channel = "central-award", amount = Wan(78_500) } } : [],
        measures = Measures(complete ? 237 : null),
    };

    private object[] Measures(decimal? area) =>
    [
        new { id = MeasureId, name = "水土流失治理面积", quantity = area is null ? null : new { value = area, unit = "万亩" } },
        new { id = $"{Id}-m2", name = "水土保持率", quantity = new { value = 83.5, unit = "%" }, qualifier = ">=", role = "outcome" },
    ];

    private ByteArrayContent Assigned(decimal each, decimal last) => Caller.Json(new
    {
        measures = new[]
        {
            new
            {
                measureId = MeasureId, target = new { value = (each * (s_counties.Length - 1)) + last, unit = "万亩" },
                counties = s_counties.Select(c => new { division = c.Id, quantity = new { value = c == s_counties[^1] ? last : each, unit = "万亩" } }),
            },
        },
    }, "application/json");

    private static object Wan(decimal amount) => new { amount, unit = "万元" };

    private static (string, string) Actor(string person) => ("Restoration-Actor", person);

    private static (string, string) Key() => ("Idempotency-Key", Guid.NewGuid().ToString());
}

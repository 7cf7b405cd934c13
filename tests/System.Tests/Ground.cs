namespace Restoration.System.Tests;

/// <summary>A division: code, name, level and the division it lies in.</summary>
public sealed record Place(string Id, string Name, string Level, string? ParentId);

/// <summary>
/// A city with a plan and a project under way in its counties, made through the API step by step as an operator and the city's planner
/// would. Ids are its own; divisions may be shared, since defining one again changes nothing.
/// </summary>
public sealed class Ground
{
    private static readonly Place s_province = new("360000", "江西省", "province", null);
    private readonly TheSystem _system;

    private Ground(TheSystem system, Place city, Place[] counties, string id) =>
        (_system, City, Counties, PlanId, ProjectId) = (system, city, counties, id, $"{id}-p1");

    public Place City { get; }

    public IReadOnlyList<Place> Counties { get; }

    public string PlanId { get; }

    public string ProjectId { get; }

    public string MeasureId => $"{ProjectId}-m1";

    /// <summary>The second measure counts, so that many small reports add up to a number that is easily known.</summary>
    public string CountedMeasureId => $"{ProjectId}-m2";

    /// <summary>What the verified figures of the counted measure feed.</summary>
    public string IndicatorId => $"{PlanId}-i1";

    /// <summary>The measures that accepted mine sites feed.</summary>
    public string SiteCountId => $"{ProjectId}-sites";

    public string SiteAreaId => $"{ProjectId}-bare";

    public Caller Planner { get; private set; } = null!;

    public static Place City360700 { get; } = new("360700", "赣州市", "city", "360000");

    public static Place[] CountiesOf360700 { get; } =
    [
        new("360731", "于都县", "county", "360700"), new("360781", "瑞金市", "county", "360700"),
        new("360735", "石城县", "county", "360700"), new("360703", "南康区", "county", "360700"),
    ];

    /// <summary>Nothing is entered yet but who will enter it.</summary>
    public static async Task<Ground> Open(TheSystem system, Place city, params Place[] counties) =>
        new(system, city, counties, $"plan-{Guid.NewGuid().ToString("N")[..8]}")
        {
            Planner = await system.Client("planner", city.Id, "planner"),
        };

    public static async Task<Ground> UnderWay(TheSystem system)
    {
        var ground = await Open(system, City360700, CountiesOf360700);
        await ground.DefineDivisions();
        await ground.RegisterPlan();
        await ground.DesignProject();
        await ground.AdoptPlan();
        await ground.StartWork();
        await ground.AssignWork();
        return ground;
    }

    public async Task DefineDivisions()
    {
        foreach (var place in new[] { s_province, City }.Concat(Counties))
            (await _system.Operator.Post("/v1/registry/divisions", place)).Is(201);
    }

    public async Task RegisterPlan() => (await Planner.Post("/v1/registry/plans", new
    {
        id = PlanId,
        division = City.Id,
        name = $"{City.Name}国土空间生态修复规划（2021—2035年）",
        from = 2021,
        to = 2035,
        programmes = new[] { new { id = "basin", name = "流域生态保护和修复重大工程" } },
    })).Is(201);

    public async Task DesignProject() => (await Planner.Post("/v1/registry/projects", new
    {
        id = ProjectId,
        planId = PlanId,
        programmeId = "basin",
        name = "废弃矿山“复绿”与水土流失综合治理",
        kind = "mine",
        schedule = new[] { new { from = 2021, to = 2025 } },
        counties = Counties.Select(c => c.Id),
        leadUnit = "市自然资源局",
        estimate = new { amount = 70600, unit = "万元" },
        milestones = new[] { new { id = "m1", name = "初步设计批复", due = "2023-12-31" } },
        measures = new object[]
        {
            new { id = MeasureId, name = "水土流失治理面积", quantity = new { value = 100, unit = "万亩" } },
            new { id = CountedMeasureId, name = "治理矿山处数", quantity = new { value = 1_000_000, unit = "处" }, indicatorId = IndicatorId },
            new { id = SiteCountId, name = "治理座数", quantity = new { value = 535, unit = "座" }, fedBy = "site-count" },
            new { id = SiteAreaId, name = "矿山恢复治理面积", quantity = new { value = 12.62, unit = "平方公里" }, fedBy = "site-area" },
        },
    })).Is(201);

    public async Task<Answer> AdoptPlan(params (string, string)[] headers) =>
        (await Planner.Post($"/v1/registry/plans/{PlanId}/adopt", new { documentNumber = "府字〔2023〕8号" }, headers)).Is(200);

    public async Task StartWork() => (await Planner.Post($"/v1/registry/projects/{ProjectId}/start", new { })).Is(200);

    /// <summary>What each county is to do in 2024.</summary>
    public async Task AssignWork() => (await Planner.Send(HttpMethod.Put, $"/v1/registry/projects/{ProjectId}/assignments/2024", Caller.Json(new
    {
        measures = new[]
        {
            new
            {
                measureId = CountedMeasureId, target = new { value = 100 * Counties.Count, unit = "处" },
                counties = Counties.Select(c => new { division = c.Id, quantity = new { value = 100, unit = "处" } }),
            },
        },
    }, "application/json"), ("Idempotency-Key", Guid.NewGuid().ToString()), ("If-None-Match", "*"))).Is(201);

    /// <summary>A change request that is not decided yet.</summary>
    public string ChangeId => $"{PlanId}-c";

    public async Task AskForChange() => (await Planner.Post($"/v1/registry/projects/{ProjectId}/changes", new { id = ChangeId, reason = "机构改革", leadUnit = "市林业局" })).Is(201);

    /// <summary>A report of one county as a CloudEvent, with evidence.</summary>
    public Dictionary<string, object> Report(string source, string id, string county, string period, object? quantity = null, string? measure = null) => new()
    {
        ["specversion"] = "1.0",
        ["id"] = id,
        ["source"] = source,
        ["type"] = "restoration.progress.reported.v1",
        ["subject"] = ProjectId,
        ["time"] = "2025-12-31T09:00:00+08:00",
        ["data"] = new
        {
            projectId = ProjectId,
            measureId = measure ?? MeasureId,
            division = county,
            period,
            mode = "increment",
            quantity = quantity ?? new { value = 1.2, unit = "wan-mu" },
            evidence = new[] { new { uri = "https://photos.example/于都/前后对比.jpg", sha256 = new string('a', 64), kind = "photo" } },
            note = Note,
        },
    };

    /// <summary>What must come out everywhere as it went in.</summary>
    public const string Note = "坡面复绿，见附图①——“前后对比”\n第二行 🌱 <b>&amp;";
}

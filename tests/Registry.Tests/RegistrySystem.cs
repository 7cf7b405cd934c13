using System.Text.Json;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Support;

namespace Restoration.Registry.Tests;

/// <summary>
/// A registry with a database of its own, and the clients that use it. <see cref="Start"/> enters divisions, a plan with two projects,
/// adopts and starts: what most scenarios begin with.
/// </summary>
public sealed class RegistrySystem : IAsyncLifetime
{
    public const string Province = "360000", City = "360700", Yudu = "360731", Ningdu = "360730", Zone = "gz-jkq", Nankang = "360782", NewNankang = "360703";

    private TestDatabase _database = null!;
    private KeyRing _keys = null!;
    private VirtualHost _broker = null!;

    public ServiceHost<Program> Host { get; private set; } = null!;
    public TestDatabase Database => _database;
    public string BrokerAddress => _broker.Address;

    public Caller Operator => Host.As("operator", Client.Everywhere, Roles.Operator);
    public Caller Planner => Host.As("planner", City, Roles.Planner);
    public Caller Reporter => Host.As("yudu-reports", Yudu, Roles.Reporter);
    public Caller Bureau => Host.As("yudu-bureau", Yudu, Roles.Reviewer);
    public Caller CityBureau => Host.As("city-bureau", City, Roles.Reviewer);
    public Caller Reader(string division) => Host.As($"reads-{division}", division, Roles.Reader);

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.Create(
            "registry", EventStoreSetup.Schema, ConsumersSetup.Schema, EventStoreSetup.Script(typeof(StoredJson).Assembly, "Restoration.Registry.Schema.sql"));
        _broker = await VirtualHost.Create();
        _keys = await KeyRing.In(_database, "registry");
        Host = Another();
        await Start();
    }

    /// <summary>Another process over the same database.</summary>
    public ServiceHost<Program> Another(params (string Key, string Value)[] settings) => new(
        "registry", _database, _keys, [("Feed:Queue", $"test.{Guid.NewGuid():N}"), ("ConnectionStrings:broker", _broker.Address), .. settings]);

    public async Task Restart(params (string Key, string Value)[] settings)
    {
        await Host.DisposeAsync();
        Host = Another(settings);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await _database.DisposeAsync();
        await _broker.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private async Task Start()
    {
        (string Id, string Name, string Level, string? Parent, string? LandIn)[] divisions =
        [
            (Province, "江西省", "province", null, null), (City, "赣州市", "city", Province, null), ("360200", "景德镇市", "city", Province, null),
            (Yudu, "于都县", "county", City, null), (Ningdu, "宁都县", "county", City, null), (NewNankang, "南康区", "county", City, null),
            (Nankang, "南康市", "county", City, null), (Zone, "赣州经开区", "function-zone", City, NewNankang), ("yudu-town", "贡江镇", "township", Yudu, null),
            ("360222", "浮梁县", "county", "360200", null),
        ];
        foreach (var d in divisions)
            (await Operator.Post("/v1/registry/divisions", new { d.Id, d.Name, d.Level, parentId = d.Parent, d.LandIn })).Is(201);
        (await Operator.Post($"/v1/registry/divisions/{Nankang}/replace", new { replacedBy = NewNankang, lastDay = "2013-10-31" })).Is(200);
        (await Planner.Post("/v1/registry/plans", Plan("gz"))).Is(201);
        (await Planner.Post("/v1/registry/projects", Project("p1", "gz", counties: [Yudu, Ningdu]))).Is(201);
        (await Planner.Post("/v1/registry/projects", Project("p2", "gz", counties: [Ningdu], number: 2))).Is(201);
        (await Planner.Post("/v1/registry/projects", Project("p3", "gz", counties: [], number: 3))).Is(201);
        (await Planner.Post("/v1/registry/plans/gz/adopt", new { documentNumber = "2022-1" })).Is(200);
        foreach (var id in new[] { "p1", "p2", "p3" })
            (await Planner.Post($"/v1/registry/projects/{id}/start", new { })).Is(200);
    }

    public static object Plan(string id, string division = City, bool countyCheck = true) => new
    {
        id,
        division,
        name = "赣州市国土空间生态修复规划",
        from = 2021,
        to = 2035,
        targetYears = new[] { 2025, 2035 },
        countyCheck,
        printedTotal = new { amount = 120, unit = "wan-yuan" },
        programmes = new[] { new { id = "prog-a", name = "东江流域", printedEstimate = new { amount = 100, unit = "万元" } } },
        keyWorks = new[] { new { id = "work-a", name = "矿山" } },
        notes = new[] { "Table 3 is misprinted." },
    };

    public static object Project(string id, string planId, string[] counties, int number = 1, string programmeId = "prog-a") => new
    {
        id,
        planId,
        programmeId,
        name = $"崩岗治理{number}",
        kind = "soil-and-water",
        number,
        counties,
        leadUnit = number == 1 ? "市水利局" : null,
        schedule = new[] { new { from = 2021, to = 2025 } },
        estimate = number == 3 ? null : new { amount = 50, unit = "wan-yuan" },
        measures = new object[]
        {
            new { id = $"{id}-area", name = "治理面积", quantity = new { value = 100, unit = "ha" }, indicatorId = "gz-i1" },
            new { id = $"{id}-total", name = "总面积", quantity = new { value = 120, unit = "公顷" }, role = "total" },
            new { id = $"{id}-later", name = "监测" },
        },
    };

    /// <summary>Data of a report; evidence is a made one.</summary>
    public static object Data(
        decimal value, string period = "2024-06", string mode = "increment", string division = Yudu, string measure = "p1-area", string? reason = null,
        string unit = "ha", object? investment = null) => new
        {
            projectId = measure[..2],
            measureId = measure,
            division,
            period,
            mode,
            quantity = new { value, unit },
            investmentCompleted = investment,
            evidence = new[] { new { uri = "https://evidence.example/1.jpg", sha256 = new string('a', 64), kind = "photo" } },
            reason,
        };

    /// <summary>A CloudEvent of a report; a new id unless one is given.</summary>
    public static Dictionary<string, object> Event(object data, string? id = null, string source = "/yudu", string type = "restoration.progress.reported.v1") => new()
    {
        ["specversion"] = "1.0",
        ["id"] = id ?? Guid.NewGuid().ToString("N"),
        ["source"] = source,
        ["type"] = type,
        ["time"] = "2024-07-02T08:00:00+08:00",
        ["data"] = data,
    };

    public static string Json(object value) => JsonSerializer.Serialize(value, WireJson.Options);
}

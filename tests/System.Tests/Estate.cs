using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Restoration.System.Tests;

/// <summary>
/// One of everything that routes are about, in a county of a city, so that each path of the documents can be filled. Every id begins with
/// that of the plan: where an answer holds it, the answer tells of this ground.
/// </summary>
public sealed class Estate
{
    public static readonly Place Sibling = new("360735", "石城县", "county", "360700");
    public static readonly Place OtherCity = new("360200", "景德镇市", "city", "360000");
    public static readonly Place Foreign = new("360281", "乐平市", "county", "360200");

    private static readonly string[] s_roles = ["reporter", "reviewer", "planner", "finance", "source", "inspector", "expert", "reader", "auditor", "operator"];
    private readonly TheSystem _system;
    private readonly Dictionary<string, Caller> _callers = [];
    private readonly Dictionary<string, string> _views = [];

    private Estate(TheSystem system, Ground ground) => (_system, Ground) = (system, ground);

    public Ground Ground { get; }

    public Place County => Ground.Counties[0];

    /// <summary>What every id of this ground begins with.</summary>
    public string Mark => Ground.PlanId;

    /// <summary>Who sent what was recorded and what was refused.</summary>
    public Caller Sender { get; private set; } = null!;

    public Caller City { get; private set; } = null!;

    /// <summary>A client that nobody misses.</summary>
    private string Client => $"{Mark}-client";

    /// <summary>A division, and so everybody's: its id tells nothing of the ground.</summary>
    private string Town => $"town{Mark["plan".Length..]}";

    private string Indicator => $"{Mark}-i2";

    /// <summary>A file of evidence that no other ground has.</summary>
    private byte[] Photo => Encoding.UTF8.GetBytes(Mark);

    private string Hash => Convert.ToHexStringLower(SHA256.HashData(Photo));
    private string Zone => $"{Mark}-z1";

    private string Source => $"/{Sender.Id}";

    private string Event => $"{Mark}-1";

    public static async Task<Estate> In(TheSystem system)
    {
        var counties = Ground.CountiesOf360700[..2];
        var estate = new Estate(system, await Ground.Open(system, Ground.City360700, counties));
        var ground = estate.Ground;
        await ground.DefineDivisions();
        foreach (var place in new[] { Sibling, OtherCity, Foreign, new Place(estate.Town, "贡江镇", "township", estate.County.Id) })
            (await system.Operator.Post("/v1/registry/divisions", place)).Is(201);
        await ground.RegisterPlan();
        (await ground.Planner.Post("/v1/registry/zones", new
        {
            id = estate.Zone, planId = estate.Mark, kind = "restoration-zone", name = "水土保持生态修复区", parts = counties.Select(c => new { division = c.Id }),
        })).Is(201);
        await ground.DesignProject();
        await ground.AdoptPlan();
        await ground.StartWork();
        await ground.AskForChange();
        await ground.AssignWork();
        estate.Sender = await system.Client("county", estate.County.Id, "reporter");
        estate.City = await estate.With(ground.City.Id, s_roles[..^1]);
        (await system.Operator.Post("/v1/clients", new { clientId = estate.Client, name = "过客", division = estate.County.Id, roles = new[] { "reader" } })).Is(201);
        await estate.Report();
        await Eventually.Get(() => estate.City.Get($"/v1/registry/projects/{ground.ProjectId}/schedule"), a => a.Status == 200, "the project to be held against its schedule", 40, a => a.Text);
        await estate.Observe();
        await estate.Survey();
        await using var restoring = await Tasks.Restoring(system, ground);
        await using var paying = await Tasks.Paying(system, ground);
        await Worker.GoOn([restoring, paying], 2);
        await Worker.StopAll([restoring, paying]);
        foreach (var service in TheSystem.Services)
            estate._views[service] = (await system.Operator.Get($"/v1/{service}/ops/views")).Is(200).Json.GetProperty("items")[0].GetProperty("name").GetString()!;
        return estate;
    }

    /// <summary>A client of a division with these roles.</summary>
    public async Task<Caller> With(string division, params IEnumerable<string> roles)
    {
        var key = $"{division} {string.Join(' ', roles)}";
        return _callers.TryGetValue(key, out var known) ? known : _callers[key] = await _system.Client("walker", division, [.. roles]);
    }

    /// <summary>With all roles but these.</summary>
    public Task<Caller> Without(string division, params IReadOnlyList<string> roles) => With(division, s_roles.Except(roles));

    /// <summary>The path with its parameters filled and those of the query that it requires; a path that this ground has nothing for fails the test.</summary>
    public string PathOf(Operation operation)
    {
        var path = Regex.Replace(operation.Path, @"\{\w+\}", parameter =>
        {
            Assert.True(
                Ids.TryGetValue(operation.Path[..(parameter.Index + parameter.Length)], out var id),
                $"{operation} has a parameter that nothing is known for: add it to {nameof(Estate)}.{nameof(Ids)}.");
            return id;
        });
        var asked = operation.Parameters.Where(p => p.GetProperty("in").GetString() == "query" && p.TryGetProperty("required", out var required) && required.GetBoolean())
            .Select(p => p.GetProperty("name").GetString()!).Select(name => $"{name}={Uri.EscapeDataString(Known.GetValueOrDefault($"{name}:query") ?? Known[name])}").ToList();
        return asked.Count == 0 ? path : $"{path}?{string.Join('&', asked)}";
    }

    /// <summary>Values by the name of a member or of a parameter.</summary>
    public Dictionary<string, string> Known => field ??= new()
    {
        ["division"] = County.Id, ["divisions"] = County.Id, ["counties"] = County.Id, ["parentId"] = County.Id, ["landIn"] = County.Id, ["replacedBy"] = County.Id,
        ["towns"] = Town, ["planId"] = Ground.PlanId, ["parentPlanId"] = Ground.PlanId, ["projectId"] = Ground.ProjectId, ["programmeId"] = "basin",
        ["fundId"] = $"{Mark}-f", ["indicatorId"] = Indicator, ["measureId"] = Ground.MeasureId, ["siteId"] = $"{Mark}-s0", ["source"] = Source, ["id:query"] = Event,
        ["period"] = "2023-06", ["concept"] = "forest-coverage", ["target"] = "https://hooks.example/1", ["unit"] = "km2",
        ["grant_type"] = "client_credentials", ["client_id"] = Client, ["client_secret"] = "wrong",
    };

    private Dictionary<string, string> Ids => field ??= new(TheSystem.Services.SelectMany(service => new KeyValuePair<string, string>[]
    {
        new($"/v1/{service}/ops/views/{{name}}", _views[service]), new($"/v1/{service}/ops/dead-letters/{{id}}", $"{Guid.Empty}"), new($"/v1/{service}/ops/checkpoints/{{number}}", "1"),
    }))
    {
        ["/v1/registry/divisions/{id}"] = Town,
        ["/v1/registry/plans/{id}"] = Ground.PlanId,
        ["/v1/registry/plans/{id}/programmes/{programmeId}"] = "basin",
        ["/v1/registry/zones/{id}"] = Zone,
        ["/v1/registry/projects/{id}"] = Ground.ProjectId,
        ["/v1/registry/progress/imports/{id}"] = $"{Sender.Id}.{Mark}",
        ["/v1/registry/projects/imports/{id}"] = $"{City.Id}.{Mark}",
        ["/v1/registry/assignments/imports/{id}"] = $"{City.Id}.{Mark}",
        ["/v1/registry/projects/{id}/changes/{change}"] = Ground.ChangeId,
        ["/v1/registry/projects/{id}/milestones/{milestone}"] = "m1",
        ["/v1/registry/progress/{id}"] = $"{Ground.MeasureId}.{County.Id}.2023-06",
        ["/v1/registry/projects/{id}/assignments/{year}"] = "2024",
        ["/v1/registry/evidence/{sha256}"] = Hash,
        ["/v1/registry/samples/{id}"] = $"{Mark}-sample",
        ["/v1/indicators/indicators/{id}"] = Indicator,
        ["/v1/indicators/observations/{id}"] = $"{Indicator}.{County.Id}.2023",
        ["/v1/indicators/plans/{id}"] = Ground.PlanId,
        ["/v1/mines/sites/{id}"] = $"{Mark}-s0",
        ["/v1/funding/funds/{id}"] = $"{Mark}-f",
        ["/v1/funding/allocations/{id}"] = $"{Mark}-a0",
        ["/v1/funding/projects/{id}"] = Ground.ProjectId,
        ["/v1/clients/{clientId}"] = Client,
        ["/problems/{code}"] = "role.missing",
        ["/v1/updates/ops/dead-letters/{id}"] = "0",
        ["/v1/updates/subscriptions/{id}"] = "sub-of-somebody-else",
        ["/v1/updates/subscriptions/{id}/deliveries/{delivery}"] = "1",
    };

    /// <summary>An event of each type that is taken, as <see cref="Sender"/>'s county would post it, by the type.</summary>
    public Dictionary<string, object> Events => field ??= new()
    {
        ["restoration.progress.reported.v1"] = Ground.Report("", "", County.Id, "2023-07")["data"],
        ["restoration.milestone.reached.v1"] = new { projectId = Ground.ProjectId, milestoneId = "m1", division = County.Id, on = "2023-11-30" },
        ["restoration.progress.corrected.v1"] = new { corrects = new { source = Source, id = Event }, quantity = new { value = 1, unit = "wan-mu" }, reason = "笔误" },
        ["restoration.indicator.observed.v1"] = new { indicatorId = Indicator, division = County.Id, period = "2023", value = new { value = 71, unit = "percent" } },
        ["restoration.site.surveyed.v1"] = new
        {
            id = $"{Mark}-own", name = "盘古山采场", division = County.Id, lon = 115.4, lat = 25.5, area = new { value = 3, unit = "ha" }, kind = "legacy", type = "dump",
        },
        ["restoration.site.works-reported.v1"] = new { siteId = $"{Mark}-s0", treated = new { value = 3, unit = "ha" } },
        ["restoration.payment.executed.v1"] = new
        {
            paymentId = $"{Mark}-pay", projectId = Ground.ProjectId, fundId = $"{Mark}-f", amount = new { amount = 1, unit = "yuan" }, requestedBy = "F-3", approvedBy = "F-4",
        },
    };

    public static Dictionary<string, object> CloudEvent(string type, string source, string id, object data) => new()
    {
        ["specversion"] = "1.0", ["id"] = id, ["source"] = source, ["type"] = type, ["time"] = "2025-12-31T09:00:00+08:00", ["data"] = data,
    };

    private async Task Report()
    {
        (await Sender.Send(HttpMethod.Put, $"/v1/registry/evidence/{Hash}", Caller.Bytes(Photo, "image/jpeg"))).Is(201);
        (await Sender.PostEvent(Ground.Report(Source, Event, County.Id, "2023-06"))).Is(201);
        (await Sender.PostEvent(Ground.Report(Source, $"{Event}-refused", County.Id, "2031-06"))).Is(422);
        await Import(Sender, "progress", $"projectId,measureId,division,period,mode,quantity,unit\n{Ground.ProjectId},{Ground.MeasureId},{County.Id},2023-05,increment,1,万亩\n");
        await Import(City, "projects", $"projectId,planId,programmeId,name,kind,from,to,measureId,measureName\n{Mark}-imported,{Ground.PlanId},basin,甲,mine,2021,2025,{Mark}-imported-m1,乙\n");
        await Import(City, "assignments", $"projectId,year,measureId,division,quantity,unit,reason\n{Ground.ProjectId},2025,{Ground.MeasureId},{County.Id},1,万亩,补充\n");
        var bureau = await With(County.Id, "reviewer");
        var counted = $"/v1/registry/progress/{Ground.CountedMeasureId}.{County.Id}.2023-06";
        (await Sender.PostEvent(Ground.Report(Source, $"{Event}-counted", County.Id, "2023-06", new { value = 3, unit = "count" }, Ground.CountedMeasureId))).Is(201);
        (await bureau.Post($"{counted}/check", new { }, ("Restoration-Actor", "B-1"))).Is(200);
        (await City.Post($"{counted}/verify", new { }, ("Restoration-Actor", "C-7"))).Is(200);
        (await City.Post("/v1/registry/progress/sample", new { id = $"{Mark}-sample", division = Ground.City.Id, planId = Mark, count = 1 }, ("Restoration-Actor", "C-8"))).Is(201);
    }

    private async Task Import(Caller caller, string kind, string sheet)
    {
        var answer = await caller.Send(HttpMethod.Post, $"/v1/registry/{kind}/imports?id={Mark}", Caller.Bytes(Encoding.UTF8.GetBytes(sheet), "text/csv"), ("Idempotency-Key", Guid.NewGuid().ToString()));
        Assert.True(answer.Is(200).Json.GetProperty("import").GetProperty("rejected").GetInt32() == 0, answer.Text);
    }

    private async Task Observe()
    {
        var counted = new { id = Ground.IndicatorId, planId = Mark, division = Ground.City.Id, concept = "mines", name = "矿山处数", direction = "higher", method = "progress", unit = "count", targets = Array.Empty<object>() };
        var observed = new { id = Indicator, planId = Mark, division = Ground.City.Id, concept = "forest-coverage", name = "森林覆盖率", direction = "higher", method = "reported", unit = "percent", targets = Array.Empty<object>() };
        foreach (object body in new object[] { counted, observed })
            await Eventually.Get(() => Ground.Planner.Post("/v1/indicators/indicators", body), a => a.Code != "division.unknown", "indicators to know the city", 40, a => a.Text);
        (await Sender.Send(HttpMethod.Post, "/v1/indicators/events", Caller.Json(
            CloudEvent("restoration.indicator.observed.v1", Source, Event, Events["restoration.indicator.observed.v1"]), "application/cloudevents+json"))).Is(201);
    }

    private async Task Survey() => await Eventually.Get(
        () => Sender.Send(HttpMethod.Post, "/v1/mines/events", Caller.Json(
            CloudEvent("restoration.site.surveyed.v1", Source, Event, Events["restoration.site.surveyed.v1"]), "application/cloudevents+json")),
        a => a.Status == 201, "mines to know the county", 40, a => a.Text);
}

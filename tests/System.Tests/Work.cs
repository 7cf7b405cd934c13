namespace Restoration.System.Tests;

/// <summary>All the workers of a ground.</summary>
public sealed class Work : IAsyncDisposable
{
    private readonly List<Worker> _workers;

    private Work(List<Worker> workers) => _workers = workers;

    public static async Task<Work> Begin(TheSystem system, Ground ground) => new(
        [await Tasks.Verifying(system, ground), await Tasks.Restoring(system, ground), await Tasks.Paying(system, ground)]);

    /// <summary>Waits until each did some more.</summary>
    public Task GoOn(int turns) => Worker.GoOn(_workers, turns);

    public Task Stop() => Worker.StopAll(_workers);

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await worker.DisposeAsync();
    }
}

/// <summary>What bureaus, mines and finance do all day, each piece as its people do it, through the gateway.</summary>
public static class Tasks
{
    /// <summary>A city verifies what its counties reported, after their own check; what was reported on in between is left for the next round.</summary>
    public static async Task<Worker> Verifying(TheSystem system, Ground ground)
    {
        var city = await system.Client("city", ground.City.Id, "reviewer");
        var bureaus = new List<Caller>();
        foreach (var county in ground.Counties) bureaus.Add(await system.Client("bureau", county.Id, "reviewer"));
        var next = 0;
        return new("verification", async (worker, _) =>
        {
            while (!worker.Stopped)
            {
                var (at, n) = (next % bureaus.Count, next++ / bureaus.Count);
                var day = new DateOnly(2023, 1, 1).AddDays(n % 60);
                var figure = $"/v1/registry/progress/{ground.CountedMeasureId}.{ground.Counties[at].Id}.{day:yyyy-MM-dd}";
                var check = await worker.Command(bureaus[at], $"{figure}/check", new { }, "B-1");
                if (check.Status == 404) continue; // nothing was reported yet
                check.Is(200);
                var verified = await worker.Command(city, $"{figure}/verify", new { }, "C-7");
                if (verified.Code == "figure.not-checked") continue;
                verified.Is(200);
                return;
            }
        });
    }

    /// <summary>A mine site from its survey to its acceptance; every third fails afterwards, and every second of those is accepted again.</summary>
    public static async Task<Worker> Restoring(TheSystem system, Ground ground)
    {
        await Known(system, "mines", $"select count(*) from mines.projects where id = '{ground.ProjectId}' and state = 'in-progress'");
        var city = await system.Client("city", ground.City.Id, "reviewer");
        var people = new List<(Place County, Caller Reporter, Caller Bureau)>();
        foreach (var county in ground.Counties)
            people.Add((county, await system.Client("county", county.Id, "reporter"), await system.Client("bureau", county.Id, "reviewer")));
        return new("restoration", async (worker, n) =>
        {
            var (county, reporter, bureau) = people[n % people.Count];
            var site = $"{ground.PlanId}-s{n}";
            (await worker.Event(reporter, "mines", Event("surveyed", site, reporter, 0, new
            {
                id = site, name = $"{county.Name}废弃稀土矿{n}号", division = county.Id, lon = 115.41, lat = 25.52, area = new { value = 10, unit = "ha" }, kind = "legacy", type = "open-pit",
            }))).IsDone();
            (await worker.Command(city, $"/v1/mines/sites/{site}/verify", new { }, "C-1")).IsDone();
            (await worker.Command(city, $"/v1/mines/sites/{site}/link", new { projectId = ground.ProjectId }, "C-1")).IsDone();
            await Accepted(1);
            if (n % 3 != 0) return;
            (await worker.Command(city, $"/v1/mines/sites/{site}/reopen", new { reason = "复绿失败" }, "C-3")).IsDone();
            if (n % 2 == 0) await Accepted(2);

            async Task Accepted(int time)
            {
                var works = new
                {
                    siteId = site, treated = new { value = 9.5m, unit = "ha" },
                    evidence = new[] { new { uri = "https://photos.example/1.jpg", sha256 = new string('b', 64), kind = "drone" } },
                };
                (await worker.Event(reporter, "mines", Event("works-reported", site, reporter, time, works))).IsDone();
                (await worker.Command(bureau, $"/v1/mines/sites/{site}/self-check", new { }, "B-1")).IsDone();
                (await worker.Command(city, $"/v1/mines/sites/{site}/accept", new
                {
                    team = new[] { "3001" },
                    parts = new[]
                    {
                        new { use = "industry", area = new { value = 9.5m, unit = "ha" }, measured = new[] { new { criterion = "slope-stability", value = 1.3m }, new { criterion = "drainage", value = 1m } } },
                    },
                }, "C-2")).IsDone();
            }
        });

        static Dictionary<string, object> Event(string type, string site, Caller by, int number, object data) => new()
        {
            ["specversion"] = "1.0", ["id"] = $"{site}-{number}", ["source"] = $"/{by.Id}/mines", ["type"] = $"restoration.site.{type}.v1", ["subject"] = site,
            ["time"] = "2024-05-20T09:00:00+08:00", ["data"] = data,
        };
    }

    /// <summary>Money is allocated, issued by another person, paid in parts, and what is left goes back.</summary>
    public static async Task<Worker> Paying(TheSystem system, Ground ground)
    {
        await Known(system, "funding", $"select count(*) from funding.accounts where project_id = '{ground.ProjectId}' and state = 'open'");
        var finance = await system.Client("finance", ground.City.Id, "finance");
        var fund = $"{ground.PlanId}-f";
        (await finance.Post("/v1/funding/funds", new { id = fund, name = "生态保护修复专项资金", channel = "central-award", division = ground.City.Id, from = 2021, to = 2035 })).IsDone();
        (await finance.Post($"/v1/funding/funds/{fund}/appropriate", new { amount = new { amount = 100_000, unit = "万元" } }, ("Restoration-Actor", "F-1"))).IsDone();
        return new("payment", async (worker, n) =>
        {
            var allocation = $"{ground.PlanId}-a{n}";
            (await worker.Command(finance, "/v1/funding/allocations", new
            {
                id = allocation, fundId = fund, items = new[] { new { projectId = ground.ProjectId, amount = new { amount = 1_000, unit = "yuan" } } },
            }, "F-1")).IsDone();
            (await worker.Command(finance, $"/v1/funding/allocations/{allocation}/issue", new { }, "F-2")).IsDone();
            for (var part = 0; part < 3; part++)
            {
                (await worker.Event(finance, "funding", new Dictionary<string, object>
                {
                    ["specversion"] = "1.0", ["id"] = $"{allocation}-{part}", ["source"] = $"/{finance.Id}", ["type"] = "restoration.payment.executed.v1",
                    ["subject"] = ground.ProjectId, ["time"] = "2024-05-20T09:00:00+08:00",
                    ["data"] = new
                    {
                        paymentId = $"{allocation}-{part}", projectId = ground.ProjectId, fundId = fund, amount = new { amount = 300, unit = "yuan" },
                        requestedBy = "F-3", approvedBy = "F-4", payee = "赣州市生态修复工程有限公司",
                    },
                })).IsDone();
            }

            (await worker.Command(finance, $"/v1/funding/projects/{ground.ProjectId}/account/return", new { fundId = fund, amount = new { amount = 100, unit = "yuan" }, reason = "结余" }, "F-1")).IsDone();
        });
    }

    private static Task Known(TheSystem system, string service, string count) =>
        Eventually.Get(async () => (await system.Read(service, count, r => r.GetInt64(0)))[0], n => n == 1, $"{service} to know the project", 40);
}

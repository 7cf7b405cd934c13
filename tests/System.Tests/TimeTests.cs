using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>What time brings about by itself, with the clocks of the services put forwards.</summary>
public sealed class TimeTests(TheSystem system)
{
    private static (string, string) By(string person) => ("Restoration-Actor", person);

    [Fact]
    public async Task A_rectification_becomes_overdue_and_issued_money_idle()
    {
        await using var clocks = await Clocks.Settable(system, "mines", "funding");
        var ground = await Ground.UnderWay(system);
        await using var dashboard = await Follower.Open(system.Operator);
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground); // the services know the project now, and others go on meanwhile
        var county = ground.Counties[0];
        var (reporter, bureau) = (await system.Client("county", county.Id, "reporter"), await system.Client("bureau", county.Id, "reviewer"));
        var (city, finance) = (await system.Client("city", ground.City.Id, "reviewer"), await system.Client("finance", ground.City.Id, "finance"));

        var site = $"{ground.PlanId}-late";
        (await reporter.Post("/v1/mines/sites", new { id = site, name = "盘古山采场", division = county.Id, lon = 115.4, lat = 25.5, area = new { value = 3, unit = "ha" }, kind = "legacy", type = "dump" })).Is(201);
        (await city.Post($"/v1/mines/sites/{site}/verify", new { }, By("C-1"))).Is(200);
        (await reporter.Send(HttpMethod.Post, "/v1/mines/events", Caller.Json(new Dictionary<string, object>
        {
            ["specversion"] = "1.0", ["id"] = site, ["source"] = $"/{reporter.Id}", ["type"] = "restoration.site.works-reported.v1", ["subject"] = site, ["time"] = "2024-05-20T09:00:00+08:00",
            ["data"] = new { siteId = site, treated = new { value = 3, unit = "ha" } },
        }, "application/cloudevents+json"))).Is(201);
        (await bureau.Post($"/v1/mines/sites/{site}/self-check", new { }, By("B-1"))).Is(200);
        var deadline = DateOnly.FromDateTime((await clocks.Of("mines")).ToOffset(TimeSpan.FromHours(8)).DateTime).AddDays(10);
        (await city.Post($"/v1/mines/sites/{site}/reject-acceptance", new { findings = "边坡不稳", deadline = $"{deadline:yyyy-MM-dd}" }, By("C-2"))).Is(200);

        var (fund, allocation) = ($"{ground.PlanId}-idle", $"{ground.PlanId}-idle-1");
        (await finance.Post("/v1/funding/funds", new { id = fund, name = "地方配套", channel = "local-match", division = ground.City.Id, from = 2021, to = 2035 })).Is(201);
        (await finance.Post($"/v1/funding/funds/{fund}/appropriate", new { amount = new { amount = 9, unit = "万元" } }, By("F-1"))).Is(200);
        (await finance.Post("/v1/funding/allocations", new { id = allocation, fundId = fund, items = new[] { new { projectId = ground.ProjectId, amount = new { amount = 9, unit = "万元" } } } }, By("F-1"))).Is(201);
        (await finance.Post($"/v1/funding/allocations/{allocation}/issue", new { }, By("F-2"))).Is(200);

        await clocks.Forwards("mines", TimeSpan.FromDays(12));
        await clocks.Forwards("funding", TimeSpan.FromDays(380));
        var overdue = await dashboard.Sees(e => e.Type == "restoration.mines.rectification-overdue.v1" && Data(e).GetProperty("site").GetProperty("siteId").GetString() == site, "overdue");
        Assert.Equal($"{deadline:yyyy-MM-dd}", Data(overdue).GetProperty("deadline").GetString());
        // Its time is when it became so: the end of the last day in China.
        Assert.Equal(new DateTimeOffset(deadline.AddDays(1), TimeOnly.MinValue, TimeSpan.FromHours(8)), overdue.Json.GetProperty("time").GetDateTimeOffset());
        var idle = await dashboard.Sees(e => e.Type == "restoration.funding.money-idle.v1" && Data(e).GetProperty("allocationId").GetString() == allocation, "idle");
        Assert.Equal(90_000m, Data(idle).GetProperty("amount").GetDecimal());
        await work.GoOn(1);
        await CountySystem.StopAll(counties);
        await work.Stop();
        await Convergence.Holds(system);
        Assert.Equal(1, dashboard.Seen.Count(e => e.Type == "restoration.mines.rectification-overdue.v1" && Data(e).GetProperty("site").GetProperty("siteId").GetString() == site));

        static JsonElement Data(Entry entry) => entry.Json.GetProperty("data");
    }
}

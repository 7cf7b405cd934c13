using Restoration.Contracts.Funding;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>A new project from its design to its closing over HTTP, entered after the fact; and what its people are told on the way.</summary>
public sealed class LifeApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private const string Path = "/v1/registry/projects";

    private Caller CountyOf(string division) => registry.Host.As($"bureau-{division}", division, Roles.Reviewer);

    private Caller ProvinceBureau => registry.Host.As("province-bureau", Province, Roles.Reviewer);

    private static (string, string) Person(string number) => ("Restoration-Actor", number);

    private static object Design(string id, string channel = "local-match", decimal covered = 50, decimal? area = 1, params string[] counties) => new
    {
        id, planId = "gz", programmeId = "prog-a", name = "崩岗治理", kind = "soil-and-water", counties = counties.Length == 0 ? [Yudu, Ningdu] : counties,
        schedule = new[] { new { from = 2021, to = 2023 } }, estimate = new { amount = 50, unit = "wan-yuan" },
        fundingPlan = new[] { new { channel, amount = new { amount = covered, unit = "wan-yuan" } } },
        measures = new object[]
        {
            new { id = $"{id}-area", name = "治理面积", quantity = area is { } ha ? new { value = ha, unit = "ha" } : null }, new { id = $"{id}-road", name = "道路", quantity = new { value = 5, unit = "km" } },
        },
        at = "2021-01-05T08:00:00+08:00",
    };

    private static async Task<Answer> Act(Caller caller, string id, string verb, object? body = null, string? person = null) =>
        await caller.Post($"{Path}/{id}/{verb}", body ?? new { }, person is null ? [] : [Person(person)]);

    private async Task<System.Text.Json.JsonElement> Page(string id, string query = "") => (await registry.Planner.Get($"{Path}/{id}{query}")).Is(200).Json;

    private async Task<string[]> Waits(string id) => [.. (await Page(id)).GetProperty("life").GetProperty("waitsFor").EnumerateArray().Select(w =>
        $"{w.GetProperty("act").GetString()} {string.Join(',', w.GetProperty("divisions").EnumerateArray().Select(d => d.GetString()))}")];

    private async Task UnderWay(string id, params string[] counties)
    {
        (await registry.Planner.Post(Path, Design(id, counties: counties))).Is(201);
        (await Act(registry.Planner, id, "submit", new { at = "2021-01-10T08:00:00+08:00" }, "p-1")).Is(200);
        (await Act(registry.CityBureau, id, "approve", new { at = "2021-01-20T08:00:00+08:00" }, "v-1")).Is(200);
        (await Act(registry.Planner, id, "start", new { at = "2021-02-01T08:00:00+08:00" })).Is(200);
    }

    [Fact]
    public async Task From_design_to_closing()
    {
        const string id = "whole";
        (await registry.Planner.Post(Path, Design(id, covered: 40, area: null))).Is(201);
        Assert.Equal(["submit 360700"], await Waits(id));
        (await Act(registry.Planner, id, "submit")).Is(400, "actor.missing");
        var incomplete = (await Act(registry.Planner, id, "submit", person: "p-1")).Is(422, "project.incomplete").Json.GetProperty("errors");
        Assert.Equal(["#/measures/0/quantity", "#/fundingPlan"], incomplete.EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
        (await Act(registry.Planner, id, "design", Design("other"))).Is(422, "project.invalid");
        (await registry.Planner.Post("/v1/registry/projects", new
        {
            id = "endless", planId = "gz", programmeId = "prog-a", name = "无期", kind = "water", counties = new[] { Yudu }, schedule = new[] { new { from = 2021, to = 2_000_000_000 } },
            estimate = new { amount = -1, unit = "yuan" }, measures = new object[] { new { id = "endless-m", name = "乙" } },
        })).Is(422, "project.invalid");
        (await Act(registry.Planner, id, "design", Design(id))).Is(200);
        (await Act(registry.Planner, id, "submit", new { at = "2021-01-10T08:00:00+08:00" }, "p-1")).Is(200);
        (await Act(registry.CityBureau, id, "return", new { findings = new[] { "图纸不全" } })).Is(200);
        Assert.Equal("图纸不全", (await Page(id)).GetProperty("life").GetProperty("halt").GetProperty("findings")[0].GetString());
        (await Act(registry.Planner, id, "submit", new { at = "2021-01-12T08:00:00+08:00" }, "p-1")).Is(200);
        Assert.Equal(["approve 360700"], await Waits(id));
        (await Act(registry.CityBureau, id, "approve", person: "p-1")).Is(403, "duties.not-separate");
        (await Act(registry.Bureau, id, "approve", person: "y-1")).Is(403, "division.forbidden");
        (await Act(registry.CityBureau, id, "approve", new { at = "2021-01-20T08:00:00+08:00" }, "v-1")).Is(200);
        (await Act(registry.Planner, id, "start", new { at = "2021-02-01T08:00:00+08:00" })).Is(200);
        (await Act(registry.Planner, id, "suspend", new { reason = "汛期", from = "2021-06-01", at = "2021-06-02T08:00:00+08:00" })).Is(200);
        (await Act(registry.Planner, id, "resume", new { at = "2021-08-01T08:00:00+08:00" })).Is(200);
        (await Act(registry.Planner, id, "suspend", new { reason = "汛期", at = "2021-03-01T08:00:00+08:00" })).Is(422, "time.before-last");
        (await registry.Planner.Put($"{Path}/{id}/assignments/10000", new
        {
            measures = new[] { new { measureId = $"{id}-area", target = new { value = 1, unit = "ha" }, counties = new[] { new { division = Yudu, quantity = new { value = 1, unit = "ha" } } } } },
        }, ("If-None-Match", "*"))).Is(422, "year.outside-schedule");

        var unfinished = (await Act(registry.Planner, id, "complete")).Is(409, "project.unfinished").Json.GetProperty("errors");
        Assert.Equal([$"#/measures/{id}-area", $"#/measures/{id}-road"], unfinished.EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
        (await registry.Reporter.PostEvent(Event(new
        {
            projectId = id, measureId = $"{id}-area", division = Yudu, period = "2022-06", mode = "increment", quantity = new { value = 1, unit = "ha" },
            evidence = new[] { new { uri = "https://evidence.example/1.jpg", sha256 = new string('a', 64), kind = "photo" } },
        }))).Is(201);
        var figure = $"/v1/registry/progress/{id}-area.{Yudu}.2022-06";
        (await registry.Bureau.Post($"{figure}/check", new { }, Person("y-1"))).Is(200);
        (await registry.CityBureau.Post($"{figure}/verify", new { }, Person("v-1"))).Is(200);
        (await Act(registry.CityBureau, id, "waive", new { measureId = $"{id}-road", reason = "改线" }, "v-1")).Is(200);
        (await Act(registry.Planner, id, "complete", new { at = "2023-05-01T08:00:00+08:00" })).Is(200);
        Assert.Equal([$"self-check {Yudu},{Ningdu}"], await Waits(id));

        (await Act(CountyOf(NewNankang), id, "self-check", new { findings = "合格" }, "z-1")).Is(403, "division.forbidden");
        (await Act(registry.Bureau, id, "self-check", new { findings = "合格", at = "2023-05-10T08:00:00+08:00" }, "y-1")).Is(200);
        Assert.Equal([$"self-check {Ningdu}"], await Waits(id));
        (await Act(registry.CityBureau, id, "accept", Acceptance, "v-2")).Is(409, "project.not-self-checked");
        (await Act(CountyOf(Ningdu), id, "self-check", new { findings = "合格", at = "2023-05-11T08:00:00+08:00" }, "n-1")).Is(200);
        (await Act(registry.CityBureau, id, "reject-acceptance", new
        {
            findings = "排水不畅", rectifications = new[] { new { what = "疏通", deadline = "2023-07-01" } }, at = "2023-05-20T08:00:00+08:00",
        }, "v-1")).Is(200);
        Assert.Equal([$"rectify {Yudu},{Ningdu}"], await Waits(id));
        (await Act(registry.Bureau, id, "rectify", new { remedies = new[] { new { id = "r1", done = "已疏通" } }, at = "2023-06-01T08:00:00+08:00" })).Is(200);
        (await Act(registry.CityBureau, id, "self-check", new { findings = "合格", at = "2023-06-02T08:00:00+08:00" }, "v-1")).Is(200);
        (await Act(registry.CityBureau, id, "accept", Acceptance, "v-1")).Is(403, "duties.not-separate"); // who checked it
        (await Act(registry.CityBureau, id, "accept", Acceptance, "v-2")).Is(200);
        Assert.Equal([$"inspect-aftercare {Yudu},{Ningdu}"], await Waits(id));

        var closing = (await Act(registry.CityBureau, id, "close", person: "v-1")).Is(409, "project.not-closable").Json.GetProperty("errors");
        Assert.Equal(["#/aftercare/1", "#/evaluation", "#/money/settled"], closing.EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
        (await Act(registry.Bureau, id, "inspect-aftercare", new
        {
            year = 1, passed = true, findings = "完好", at = "2024-03-01T08:00:00+08:00",
            evidence = new[] { new { uri = "https://evidence.example/2.jpg", sha256 = new string('b', 64), kind = "drone" } },
        }, "y-1")).Is(200);
        (await Act(registry.CityBureau, id, "evaluate", new { score = 92.5, verdict = "good", findings = "良好", at = "2024-06-01T08:00:00+08:00" }, "v-1")).Is(409, "aftercare.not-over");
        (await Act(registry.CityBureau, id, "evaluate", new { score = 92.5, verdict = "good", findings = "良好", at = "2024-07-01T08:00:00+08:00" }, "v-1")).Is(200);
        Assert.Equal([$"settle {City}"], await Waits(id));
        await new Neighbour(registry.Host.Services, "funding").Tell(
            "account-settled.v1", $"account-{id}", new AccountSettled(new Account(id, "gz", "prog-a", City, [Yudu]), new(0, 60, 60), new("finance", "1")));
        (await Act(registry.CityBureau, id, "close", person: "v-1")).Is(200);
        Assert.Equal(("closed", 0), ((await Page(id)).GetProperty("state").GetString(), (await Waits(id)).Length));
        (await Act(registry.Planner, id, "terminate", new { reason = "x", money = "y", land = "z" })).Is(409, "project.accepted");

        // Of every time the page tells what was so then.
        foreach (var (day, state) in new[]
        {
            ("2021-01-11", "submitted"), ("2021-01-31", "approved"), ("2021-07-01", "suspended"), ("2022-01-01", "in-progress"), ("2023-05-10", "completed"), ("2023-05-12", "self-checked"),
            ("2023-05-21", "rectification"), ("2023-06-01", "completed"), ("2023-06-20", "accepted"), ("2024-03-02", "aftercare"), ("2024-07-02", "evaluated"),
        })
            Assert.Equal((day, state), (day, (await Page(id, $"?asOf={day}")).GetProperty("state").GetString()));
        var life = (await Page(id)).GetProperty("life");
        Assert.Equal(("passed", "r1", true, 1, 92.5m), (
            life.GetProperty("acceptance").GetProperty("verdict").GetString(), life.GetProperty("rectifications")[0].GetProperty("id").GetString(), life.GetProperty("cityBureauLeads").GetBoolean(),
            life.GetProperty("aftercare").GetProperty("inspections").GetArrayLength(), life.GetProperty("evaluation").GetProperty("score").GetDecimal()));
        Assert.Equal("project-closed.v1", (await registry.Planner.Get($"{Path}/{id}/history")).Is(200).Json.GetProperty("items").EnumerateArray().Last().GetProperty("type").GetString());
    }

    private static object Acceptance => new { team = new[] { "2001", "2002" }, date = "2023-06-15", findings = "符合设计", verdict = "passed", at = "2023-06-15T18:00:00+08:00" };

    [Fact]
    public async Task With_central_money_the_province_decides()
    {
        (await registry.Planner.Post(Path, Design("central", "central-award"))).Is(201);
        (await Act(registry.Planner, "central", "submit", person: "p-1")).Is(200);
        Assert.Equal([$"approve {Province}"], await Waits("central"));
        (await Act(registry.CityBureau, "central", "approve", person: "v-1")).Is(403, "division.forbidden");
        (await Act(ProvinceBureau, "central", "reject", new { reason = "重复" })).Is(200);
        (await Act(ProvinceBureau, "central", "approve", person: "x-1")).Is(409, "project.not-submitted");
    }

    [Fact]
    public async Task A_change_is_asked_for_and_decided()
    {
        const string id = "changing", changes = $"{Path}/{id}/changes";
        await UnderWay(id, Yudu);
        var county = registry.Host.As("yudu-plans", Yudu, Roles.Planner);
        (await registry.Host.As("nankang-plans", NewNankang, Roles.Planner).Post(changes, new { id = "c-1", reason = "涨价", estimate = new { amount = 55, unit = "wan-yuan" } })).Is(403, "division.forbidden");
        var asked = (await county.Post(changes, new { id = "c-1", reason = "涨价", estimate = new { amount = 55, unit = "wan-yuan" } })).Is(201);
        Assert.Equal(($"{changes}/c-1", "requested", "\"1\""), (asked.Header("Location"), asked.Json.GetProperty("state").GetString(), asked.Header("ETag")));
        (await county.Post(changes, new { id = "c-2", reason = "x", leadUnit = "市林业局" })).Is(409, "change.open");
        (await registry.CityBureau.Post($"{changes}/c-1/approve", new { }, Person("v-1"), ("If-Match", "\"7\""))).Is(412);
        (await registry.CityBureau.Post($"{changes}/c-1/approve", new { note = "同意" }, Person("v-1"), ("If-Match", "\"1\""))).Is(200);
        Assert.Equal(550_000m, (await Page(id)).GetProperty("estimate").GetProperty("amount").GetDecimal());

        (await county.Post(changes, new { id = "c-2", reason = "扩面", counties = new[] { Yudu, Ningdu }, schedule = new[] { new { from = 2021, to = 2024 } } })).Is(201);
        Assert.Contains("approve 360700", await Waits(id));
        var item = (await registry.Reader(Yudu).Get($"{changes}/c-2")).Is(200).Json;
        Assert.Equal((true, "counties", "schedule"), (
            item.GetProperty("beyond").GetBoolean(), item.GetProperty("differences")[0].GetProperty("member").GetString(), item.GetProperty("differences")[1].GetProperty("member").GetString()));
        (await CountyOf(Ningdu).Post($"{changes}/c-2/refuse", new { reason = "不必" })).Is(403, "division.forbidden");
        (await county.Post($"{changes}/c-2/refuse", new { reason = "撤回" })).Is(200);
        (await registry.CityBureau.Post($"{changes}/c-2/approve", new { }, Person("v-1"))).Is(409, "change.decided");
        (await registry.CityBureau.Post($"{changes}/c-9/approve", new { }, Person("v-1"))).Is(404, "change.unknown");

        Assert.Equal(["c-1", "c-2"], (await registry.Planner.Get(changes)).Is(200).Json.GetProperty("items").EnumerateArray().Select(c => c.GetProperty("id").GetString()));
        Assert.Equal(["c-2"], (await registry.Planner.Get($"{changes}?beyond=true&state=refused")).Is(200).Json.GetProperty("items").EnumerateArray().Select(c => c.GetProperty("id").GetString()));
        (await registry.Reader(NewNankang).Get($"{changes}/c-1")).Is(403, "division.forbidden");
        (await registry.Planner.Get($"{changes}/c-9")).Is(404);
        Assert.Equal(["change-requested.v1", "change-approved.v1"], (await registry.Planner.Get($"{changes}/c-1/history")).Is(200).Json.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("type").GetString()));
        (await registry.Planner.Get($"{changes}/c-1?recordedAsOf=2020-01-01")).Is(404);
    }

    [Fact]
    public async Task What_is_terminated_says_what_becomes_of_money_and_land()
    {
        await UnderWay("ended");
        (await Act(registry.Planner, "ended", "terminate", new { reason = "规划调整", land = "复垦" })).Is(400, "body.malformed");
        (await Act(registry.Planner, "ended", "terminate", new { reason = "规划调整", money = "退回", land = "复垦" })).Is(200);
        var halt = (await Page("ended")).GetProperty("life").GetProperty("halt");
        Assert.Equal(("退回", "复垦"), (halt.GetProperty("money").GetString(), halt.GetProperty("land").GetString()));
        (await registry.Reporter.PostEvent(Event(new { projectId = "ended", measureId = "ended-area", division = Yudu, period = "2022-06", mode = "increment", quantity = new { value = 1, unit = "ha" } })))
            .Is(409, "project.not-in-progress");
    }

    [Fact]
    public async Task A_deadline_that_passed_long_ago_is_expected_of_time()
    {
        await UnderWay("late", Yudu);
        foreach (var measure in new[] { "late-area", "late-road" })
            (await Act(registry.CityBureau, "late", "waive", new { measureId = measure, reason = "r" }, "v-1")).Is(200);
        (await Act(registry.Planner, "late", "complete", new { at = "2023-05-01T08:00:00+08:00" })).Is(200);
        (await Act(registry.Bureau, "late", "self-check", new { findings = "合格", at = "2023-05-10T08:00:00+08:00" }, "y-1")).Is(200);
        (await Act(registry.CityBureau, "late", "reject-acceptance", new
        {
            findings = "排水不畅", rectifications = new[] { new { what = "疏通", deadline = "2023-07-01" } }, at = "2023-05-20T08:00:00+08:00",
        }, "v-1")).Is(200);
        Assert.Equal("2023-07-01T16:00:00Z", await Due("project-late rectification r1"));
        (await Act(registry.Bureau, "late", "rectify", new { remedies = new[] { new { id = "r1", done = "已疏通" } }, at = "2023-06-05T08:00:00+08:00" })).Is(200);
        Assert.Equal("never", await Due("project-late rectification r1"));
        (await Act(registry.Bureau, "late", "self-check", new { findings = "合格", at = "2023-06-10T08:00:00+08:00" }, "y-1")).Is(200);
        (await Act(registry.CityBureau, "late", "accept", Acceptance, "v-1")).Is(200);
        Assert.Equal("2024-06-15T16:00:00Z", await Due("project-late aftercare"));

        // The province draws it, and looks at it.
        var check = new { sampleId = "s-late", passed = true, findings = "属实" };
        (await Act(ProvinceBureau, "late", "spot-check", check, "x-1")).Is(409, "sample.not-drawn");
        (await ProvinceBureau.Post($"{Path}/sample", new { id = "s-late", division = City, planId = "gz", count = 1 }, Person("x-1"))).Is(201);
        (await Act(registry.CityBureau, "late", "spot-check", check, "v-2")).Is(403, "division.forbidden");
        (await Act(ProvinceBureau, "late", "spot-check", check, "x-1")).Is(200);
        Assert.Equal(("spot-checked", "s-late"), ((await Page("late")).GetProperty("state").GetString(), (await Page("late")).GetProperty("life").GetProperty("spotCheck").GetProperty("sampleId").GetString()));

        Task<string> Due(string due) => registry.Database.Value<string>(
            $"select coalesce((select to_char(at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') from edge.due where id = '{due}'), 'never')");
    }
}

using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>What the services tell each other, each fact with the effect it has at its receivers, over the real broker and through the gateway.</summary>
public sealed class Flows(TheSystem system)
{
    private static readonly Place s_city = new("360800", "吉安市", "city", "360000");
    private static readonly Place s_county = new("360830", "永新县", "county", "360800");

    private Ground _ground = null!;
    private Caller _city = null!, _finance = null!, _reader = null!;

    private async Task Open()
    {
        _ground = await Ground.Open(system, s_city, s_county);
        await _ground.DefineDivisions();
        await _ground.RegisterPlan();
        await _ground.DesignProject();
        _city = await system.Client("city", s_city.Id, "reviewer", "planner");
        _finance = await system.Client("finance", s_city.Id, "finance");
        _reader = await system.Client("reader", s_city.Id, "reader");
    }

    private static (string, string) By(string person) => ("Restoration-Actor", person);

    private static decimal Number(JsonElement json, params string[] path) => path.Aggregate(json, (j, name) => j.GetProperty(name)).GetDecimal();

    /// <summary>A resource as soon as it is like that; before, it may not be known or be another division's.</summary>
    private Task<Answer> Read(string path, Func<JsonElement, bool> until, string what) =>
        Eventually.Get(() => _reader.Get(path), a => a.Status == 200 && until(a.Json), what, show: a => a.Text);

    [Fact]
    public async Task Divisions_and_plans_are_known_everywhere_and_a_replaced_code_is_refused_by_all_with_its_successor()
    {
        await Open();
        var old = new Place("360834", "宁冈县", "county", s_city.Id);
        (await system.Operator.Post("/v1/registry/divisions", old)).Is(201);
        (await system.Operator.Post($"/v1/registry/divisions/{old.Id}/replace", new { replacedBy = s_county.Id, lastDay = "2019-12-31" })).Is(200);
        var reporter = await system.Client("county", s_city.Id, "reporter");
        foreach (var service in TheSystem.Services.Skip(1))
        {
            await Eventually.Get(
                async () => (await system.Read(service, $"select coalesce(replaced_by, '') from copies.divisions where id = '{old.Id}'", r => r.GetString(0))).SingleOrDefault(),
                by => by == s_county.Id, $"{service} to know the replacement");
            await Eventually.Get(
                async () => (await system.Read(service, $"select count(*) from copies.plans where id = '{_ground.PlanId}' and division = '{s_city.Id}'", r => r.GetInt64(0)))[0],
                n => n == 1, $"{service} to know the plan");
        }

        var site = new { id = $"{_ground.PlanId}-x", name = "旧采场", division = old.Id, lon = 114.2, lat = 26.9, area = new { value = 1, unit = "ha" }, kind = "legacy", type = "dump" };
        await Eventually.Get(
            () => reporter.Post("/v1/mines/sites", site), a => a.Code == "division.replaced" && a.Text.Contains(s_county.Id, StringComparison.Ordinal), "the refusal", show: a => a.Text);
    }

    [Fact]
    public async Task What_a_division_was_called_and_reported_to_and_what_a_plan_says_since_its_amendment_is_known_everywhere()
    {
        await Open();
        var (county, next) = (new Place("360835", "甲县", "county", s_city.Id), Ground.City360700);
        foreach (var place in new[] { county, next })
            (await system.Operator.Post("/v1/registry/divisions", place)).Is(201);
        (await system.Operator.Post($"/v1/registry/divisions/{county.Id}/rename", new { name = "甲市", from = "2023-01-01" })).Is(200);
        (await system.Operator.Post($"/v1/registry/divisions/{county.Id}/move", new { parentId = next.Id, from = "2024-01-01" })).Is(200);
        (await _ground.Planner.Post($"/v1/registry/plans/{_ground.PlanId}/amend", new { id = "a-1", reason = "更名", plan = new { name = "修订后的规划" } }, By("P-1"))).Is(200);
        foreach (var service in TheSystem.Services.Skip(1))
        {
            await Eventually.Get(
                async () => (await system.Read(
                    service,
                    $"""
                    select concat_ws(' ', name, parent_id, former_names->0->>'name', former_names->0->>'last_day', former_parents->0->>'parent_id', former_parents->0->>'last_day')
                    from copies.divisions where id = '{county.Id}'
                    """,
                    r => r.GetString(0))).SingleOrDefault(),
                said => said == $"甲市 {next.Id} 甲县 2022-12-31 {s_city.Id} 2023-12-31", $"{service} to know how the county changed", show: said => said ?? "nothing");
            await Eventually.Get(
                async () => (await system.Read(service, $"select name from copies.plans where id = '{_ground.PlanId}'", r => r.GetString(0))).SingleOrDefault(),
                name => name == "修订后的规划", $"{service} to know the amended plan", show: name => name ?? "nothing");
        }
    }

    [Fact]
    public async Task An_approved_project_has_an_account_with_its_estimate_and_its_money_stands_in_registry_and_mines_until_it_is_settled()
    {
        await Open();
        var account = $"/v1/funding/projects/{_ground.ProjectId}/account";
        await Read(account, a => a.GetProperty("state").GetString() == "entered", "the estimate");
        await _ground.AdoptPlan();
        var opened = await Read(account, a => a.GetProperty("state").GetString() == "open", "the account");
        Assert.Equal(706_000_000m, Number(opened.Json, "estimate", "amount"));

        var (fund, allocation) = ($"{_ground.PlanId}-f", $"{_ground.PlanId}-a");
        (await _finance.Post("/v1/funding/funds", new { id = fund, name = "省级生态修复补助", channel = "provincial-subsidy", division = s_city.Id, from = 2021, to = 2035 })).Is(201);
        (await _finance.Post($"/v1/funding/funds/{fund}/appropriate", new { amount = new { amount = 500, unit = "万元" } }, By("F-1"))).Is(200);
        (await _finance.Post("/v1/funding/allocations", new { id = allocation, fundId = fund, items = new[] { new { projectId = _ground.ProjectId, amount = new { amount = 300, unit = "万元" } } } }, By("F-1"))).Is(201);
        (await _finance.Post($"/v1/funding/allocations/{allocation}/issue", new { }, By("F-1"))).Is(403, "duties.not-separate");
        (await _finance.Post($"/v1/funding/allocations/{allocation}/issue", new { }, By("F-2"))).Is(200);
        await Read($"/v1/registry/projects/{_ground.ProjectId}", p => Number(p, "money", "issued", "amount") == 3_000_000m, "the issue in the project");
        await Eventually.Get(
            async () => (await system.Read("mines", $"select issued from mines.project_money where project_id = '{_ground.ProjectId}'", r => r.GetDecimal(0))).SingleOrDefault(),
            issued => issued == 3_000_000m, "the issue in mines");

        (await _finance.Send(HttpMethod.Post, "/v1/funding/events", Caller.Json(new Dictionary<string, object>
        {
            ["specversion"] = "1.0", ["id"] = allocation, ["source"] = $"/{_finance.Id}", ["type"] = "restoration.payment.executed.v1", ["subject"] = _ground.ProjectId,
            ["time"] = "2025-05-20T09:00:00+08:00",
            ["data"] = new { paymentId = "p-1", projectId = _ground.ProjectId, fundId = fund, amount = new { amount = 250, unit = "万元" }, requestedBy = "F-3", approvedBy = "F-4" },
        }, "application/cloudevents+json"))).Is(201);
        (await _finance.Post($"{account}/settle", new { }, By("F-1"))).Is(409, "account.open");
        (await _finance.Post($"{account}/return", new { fundId = fund, amount = new { amount = 50, unit = "万元" }, reason = "结余" }, By("F-1"))).Is(200);
        (await _finance.Post($"{account}/settle", new { }, By("F-1"))).Is(200);
        var settled = await Read($"/v1/registry/projects/{_ground.ProjectId}", p => p.GetProperty("money").GetProperty("settled").GetBoolean(), "the settlement in the project");
        Assert.Equal((2_500_000m, 2_500_000m), (Number(settled.Json, "money", "issued", "amount"), Number(settled.Json, "money", "paid", "amount")));
    }

    [Fact]
    public async Task An_accepted_mine_site_is_verified_progress_of_its_project_and_the_value_of_the_mine_indicators_until_it_is_reopened()
    {
        await Open();
        await _ground.AdoptPlan();
        await _ground.StartWork();
        foreach (var (method, unit, target) in new[] { ("mine-count", "座", 535m), ("mine-area", "km2", 12.62m) })
        {
            (await _city.Post("/v1/indicators/indicators", new
            {
                id = $"{_ground.PlanId}-{method}", planId = _ground.PlanId, division = s_city.Id, concept = method, name = "废弃矿山治理", unit, kind = "flow", method,
                direction = "higher", start = 2021, targets = new[] { new { year = 2025, @operator = "equal", value = target, raw = "" } },
            })).Is(201);
        }

        var site = $"{_ground.PlanId}-s1";
        var reporter = await system.Client("county", s_county.Id, "reporter");
        var bureau = await system.Client("bureau", s_county.Id, "reviewer");
        await Eventually.Get(
            () => reporter.Post("/v1/mines/sites", new
            {
                id = site, name = "龙源口废弃采石场", division = s_county.Id, lon = 114.2, lat = 26.9, area = new { value = 150, unit = "亩" }, kind = "legacy", type = "open-pit",
            }),
            a => a.Status == 201, "the survey", show: a => a.Text);
        (await _city.Post($"/v1/mines/sites/{site}/verify", new { }, By("C-1"))).Is(200);
        await Eventually.Get(
            () => _city.Post($"/v1/mines/sites/{site}/link", new { projectId = _ground.ProjectId }, By("C-1")), a => a.Status == 200, "the link", show: a => a.Text);
        (await reporter.Send(HttpMethod.Post, "/v1/mines/events", Caller.Json(new Dictionary<string, object>
        {
            ["specversion"] = "1.0", ["id"] = site, ["source"] = $"/{reporter.Id}", ["type"] = "restoration.site.works-reported.v1", ["subject"] = site, ["time"] = "2024-05-20T09:00:00+08:00",
            ["data"] = new { siteId = site, treated = new { value = 150, unit = "亩" }, evidence = new[] { new { uri = "https://photos.example/1.jpg", sha256 = new string('c', 64), kind = "photo" } } },
        }, "application/cloudevents+json"))).Is(201);
        (await bureau.Post($"/v1/mines/sites/{site}/self-check", new { at = "2024-06-01T09:00:00+08:00" }, By("B-1"))).Is(200);
        (await _city.Post($"/v1/mines/sites/{site}/accept", new
        {
            at = "2024-06-15T09:00:00+08:00", team = new[] { "3001" },
            parts = new[] { new { use = "industry", area = new { value = 150, unit = "亩" }, measured = new[] { new { criterion = "slope-stability", value = 1.3m }, new { criterion = "drainage", value = 1m } } } },
        }, By("C-2"))).Is(200);

        await Read($"/v1/registry/progress/{_ground.SiteCountId}.{s_county.Id}.2024-06", f => f.GetProperty("state").GetString() == "verified" && Number(f, "verified", "value") == 1, "the count");
        await Read($"/v1/registry/progress/{_ground.SiteAreaId}.{s_county.Id}.2024-06", f => f.GetProperty("state").GetString() == "verified", "the area");
        var explained = await Read($"/v1/indicators/indicators/{_ground.PlanId}-mine-area/explain", e => e.TryGetProperty("value", out var v) && v.GetDecimal() == 0.1m, "the area of the indicator");
        Assert.Equal(site, explained.Json.GetProperty("items")[0].GetProperty("resourceId").GetString());
        (await _reader.Get(explained.Json.GetProperty("items")[0].GetProperty("link").GetString()!)).Is(200);
        await Read($"/v1/indicators/indicators/{_ground.PlanId}-mine-count/explain", e => e.TryGetProperty("value", out var v) && v.GetDecimal() == 1, "the count of the indicator");

        (await _city.Post($"/v1/mines/sites/{site}/reopen", new { reason = "塌陷" }, By("C-3"))).Is(200);
        await Read($"/v1/registry/progress/{_ground.SiteCountId}.{s_county.Id}.2024-06", f => Number(f, "verified", "value") == 0, "the count gone");
        await Read($"/v1/indicators/indicators/{_ground.PlanId}-mine-count/explain", e => !e.TryGetProperty("value", out _), "the indicator without it");
    }

    [Fact]
    public async Task Verified_progress_is_the_value_of_its_indicator_and_what_a_county_confirms_its_target()
    {
        await Open();
        await _ground.AdoptPlan();
        await _ground.StartWork();
        await _ground.AssignWork();
        (await _city.Post("/v1/indicators/indicators", new
        {
            id = _ground.IndicatorId, planId = _ground.PlanId, division = s_city.Id, concept = "sites", name = "治理矿山处数", unit = "处", kind = "flow", method = "progress",
            direction = "higher", start = 2021, targets = new[] { new { year = 2025, @operator = "equal", value = 10, raw = "10" } },
        })).Is(201);
        var county = await system.Client("county", s_county.Id, "reporter");
        var bureau = await system.Client("bureau", s_county.Id, "reviewer");
        (await bureau.Post($"/v1/registry/projects/{_ground.ProjectId}/assignments/2024/confirm", new { division = s_county.Id }, By("B-1"))).Is(200);
        var target = await Read($"/v1/indicators/indicators/{_ground.IndicatorId}/targets?year=2024", t => t.GetProperty("items").GetArrayLength() == 1, "the county's target");
        Assert.Equal(100, Number(target.Json.GetProperty("items")[0], "quantity", "value"));
        (await county.PostEvent(_ground.Report($"/{county.Id}", "1", s_county.Id, "2024-Q1", new { value = 4, unit = "处" }, _ground.CountedMeasureId))).Is(201);
        var figure = $"/v1/registry/progress/{_ground.CountedMeasureId}.{s_county.Id}.2024-Q1";
        (await bureau.Post($"{figure}/check", new { }, By("B-1"))).Is(200);
        (await _city.Post($"{figure}/verify", new { }, By("C-1"))).Is(200);
        var table = await Read($"/v1/indicators/plans/{_ground.PlanId}/table", t => t.GetProperty("rows")[0].TryGetProperty("value", out var v) && v.GetDecimal() == 4, "the value");
        var explained = (await _reader.Get(table.Json.GetProperty("rows")[0].GetProperty("explain").GetString()!)).Is(200).Json;
        Assert.Equal(figure, explained.GetProperty("items")[0].GetProperty("link").GetString());
    }
}

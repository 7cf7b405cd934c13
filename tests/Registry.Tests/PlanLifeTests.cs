using System.Text.Json;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Plans after their adoption: amended, superseded, carried out by documents; each as its clients command and read it.</summary>
public sealed class PlanLifeTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static string[] Codes(Answer answer) => [.. answer.Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("code").GetString()!)];

    private async Task Enter(string plan, string project)
    {
        (await registry.Planner.Post("/v1/registry/plans", Plan(plan))).Is(201);
        (await registry.Planner.Post("/v1/registry/projects", Project(project, plan, counties: [], number: 3))).Is(201);
        (await registry.Planner.Post($"/v1/registry/plans/{plan}/adopt", new { })).Is(200);
        (await registry.Planner.Post($"/v1/registry/projects/{project}/start", new { })).Is(200);
    }

    [Fact]
    public async Task A_new_plan_takes_the_place_of_the_old_one_and_both_say_so()
    {
        await Enter("old", "o1");
        (await registry.Planner.Post("/v1/registry/plans", Plan("new"))).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/new/adopt", new { supersedes = "none" })).Is(422, "plan.unknown");
        (await registry.Planner.Post("/v1/registry/plans/new/adopt", new { documentNumber = "2026-1", supersedes = "old" })).Is(200);
        (await registry.Planner.Post("/v1/registry/plans/new/adopt", new { documentNumber = "2026-1", supersedes = "old" })).Is(200);
        var (old, next) = ((await registry.Planner.Get("/v1/registry/plans/old")).Is(200).Json, (await registry.Planner.Get("/v1/registry/plans/new")).Is(200).Json);
        Assert.Equal(("superseded", "new", "adopted", "old"), (
            old.GetProperty("state").GetString(), old.GetProperty("supersededBy").GetString(), next.GetProperty("state").GetString(), next.GetProperty("supersedes").GetString()));
        (await registry.Planner.Post("/v1/registry/plans/old/adopt", new { })).Is(409, "plan.superseded");
        (await registry.Planner.Post("/v1/registry/plans", Plan("third"))).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/third/adopt", new { supersedes = "old" })).Is(409, "plan.superseded");
        Assert.Contains("old", (await registry.Planner.Get("/v1/registry/plans?state=superseded")).Is(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Documents_carry_a_plan_out_the_citys_and_its_counties()
    {
        var county = registry.Host.As("yudu-planner", Yudu, Roles.Planner);
        var scheme = new { id = "yudu", kind = "implementation-scheme", title = "于都县实施方案", division = Yudu, tasks = new[] { new { name = "崩岗治理", unit = "县水利局" } } };
        (await county.Post("/v1/registry/plans/gz/documents", scheme)).Is(201);
        (await county.Post("/v1/registry/plans/gz/documents", scheme)).Is(201);
        (await county.Post("/v1/registry/plans/gz/documents", new { id = "city", kind = "work-scheme", title = "工作方案" })).Is(403, "division.forbidden");
        (await registry.Planner.Post("/v1/registry/plans/gz/documents", new { id = "2024", kind = "yearly-key-points", title = "2024年工作要点", year = 2024, tasks = new[] { new { name = "崩岗治理" } } })).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/gz/documents", new { id = "2025", kind = "yearly-key-points", title = "工作要点" })).Is(422, "plan-document.invalid");
        (await registry.Planner.Post("/v1/registry/plans/none/documents", new { id = "2025", kind = "other", title = "x" })).Is(404, "plan.unknown");

        Assert.Equal(["yudu", "2024"], await Ids(""));
        Assert.Equal(["yudu"], await Ids($"?division={Yudu}"));
        Assert.Equal(["2024"], await Ids("?kind=yearly-key-points&year=2024"));
        (await registry.Reader("360200").Get("/v1/registry/plans/gz/documents")).Is(403, "division.forbidden");

        async Task<string[]> Ids(string query) =>
            [.. (await registry.Reporter.Get($"/v1/registry/plans/gz/documents{query}")).Is(200).Json.GetProperty("items").EnumerateArray().Select(d => d.GetProperty("id").GetString()!)];
    }

    [Fact]
    public async Task Programmes_and_key_works_with_what_belongs_to_none_add_up_to_the_plan()
    {
        (await registry.Planner.Post("/v1/registry/plans", new
        {
            id = "kw", division = City, name = "规划", from = 2021, to = 2025, programmes = new[] { new { id = "kw-a", name = "甲" }, new { id = "kw-b", name = "乙" } },
            keyWorks = new object[] { new { id = "kw-x", name = "矿山", printedEstimate = new { amount = 100, unit = "万元" }, printedShare = 40.5m, targetYears = new[] { 2025 } }, new { id = "kw-y", name = "森林" } },
        })).Is(201);
        var random = new Random(7);
        for (var i = 0; i < 20; i++)
        {
            var work = ((string?[])["kw-x", "kw-y", null])[random.Next(3)];
            var design = JsonSerializer.SerializeToNode(Project($"kw{i}", "kw", counties: [Yudu], programmeId: random.Next(2) == 0 ? "kw-a" : "kw-b"), WireJson.Options)!.AsObject();
            design["estimate"] = random.Next(5) == 0 ? null : JsonSerializer.SerializeToNode(new { amount = random.Next(1, 10_000) / 100m, unit = "wan-yuan" });
            design["keyWorkId"] = work;
            (await registry.Planner.Post("/v1/registry/projects", design)).Is(201);
        }

        var summary = (await registry.Planner.Get("/v1/registry/plans/kw/summary")).Is(200).Json;
        var works = (await registry.Planner.Get("/v1/registry/plans/kw/key-works")).Is(200).Json;
        var all = Yuan(summary);
        Assert.True(all > 0);
        Assert.Equal(all, summary.GetProperty("programmes").EnumerateArray().Sum(Yuan));
        Assert.Equal(all, works.GetProperty("items").EnumerateArray().Sum(Yuan) + Yuan(works.GetProperty("withoutKeyWork")));
        Assert.Equal(all, Yuan(works));
        Assert.Equal(20, works.GetProperty("items").EnumerateArray().Sum(w => w.GetProperty("projects").GetArrayLength()) + works.GetProperty("withoutKeyWork").GetProperty("projects").GetArrayLength());
        Assert.Equal((1_000_000m, 40.5m), (works.GetProperty("items")[0].GetProperty("printedEstimate").GetProperty("amount").GetDecimal(), works.GetProperty("items")[0].GetProperty("printedShare").GetDecimal()));
        Assert.Equal(20, summary.GetProperty("states").EnumerateArray().Single(s => s.GetProperty("state").GetString() == "designed").GetProperty("projects").GetInt32());

        static decimal Yuan(JsonElement of) => of.GetProperty("estimate").GetProperty("amount").GetDecimal();
    }

    [Fact]
    public async Task Findings_are_a_list_like_others()
    {
        var all = Codes(await registry.Planner.Get("/v1/registry/plans/gz/findings?limit=500"));
        var found = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = (await registry.Planner.Get($"/v1/registry/plans/gz/findings?limit=3{cursor}")).Is(200);
            found.AddRange(Codes(page));
            cursor = page.Json.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : null;
        }

        Assert.Equal(all, found);
        Assert.All(Codes(await registry.Planner.Get("/v1/registry/plans/gz/findings?code=measure.without-quantity")), c => Assert.Equal("measure.without-quantity", c));
        var csv = (await registry.Planner.Get("/v1/registry/plans/gz/findings", ("Accept", "text/csv"), ("Accept-Language", "zh"))).Is(200).Text;
        Assert.Contains("问题代码,项目编号,任务编号,说明", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_names_the_one_above_it()
    {
        (await registry.Host.As("province", Province, Roles.Planner).Post("/v1/registry/plans", Plan("above", Province))).Is(201);
        var below = JsonSerializer.SerializeToNode(Plan("below"), WireJson.Options)!.AsObject();
        below["parentPlanId"] = "later";
        (await registry.Planner.Post("/v1/registry/plans", below)).Is(201);
        Assert.Contains("plan.parent-unknown", Codes(await registry.Planner.Get("/v1/registry/plans/below/findings")));
        Assert.Contains("below", (await registry.Planner.Get("/v1/registry/plans?parentPlanId=later")).Is(200).Text, StringComparison.Ordinal);
        below["id"] = "beside";
        below["parentPlanId"] = "gz";
        (await registry.Planner.Post("/v1/registry/plans", below)).Is(422, "plan.invalid");
    }
}

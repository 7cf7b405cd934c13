using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Plans are amended over HTTP, in one act with their projects.</summary>
public sealed class AmendmentApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static readonly (string, string) s_actor = ("Restoration-Actor", "p-9");

    private static string[] Codes(Answer answer) => [.. answer.Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("code").GetString()!)];

    private static object Amendment(string id, params object[] projects) => new { id, reason = "补充完善", documentNumber = "赣市府发〔2024〕5号", date = "2024-06-28", projects };

    private async Task Enter(string plan, string project)
    {
        (await registry.Planner.Post("/v1/registry/plans", Plan(plan))).Is(201);
        (await registry.Planner.Post("/v1/registry/projects", Project(project, plan, counties: [], number: 3))).Is(201);
        (await registry.Planner.Post($"/v1/registry/plans/{plan}/adopt", new { })).Is(200);
        (await registry.Planner.Post($"/v1/registry/projects/{project}/start", new { })).Is(200);
    }

    [Fact]
    public async Task An_amendment_completes_what_the_findings_say_is_missing_in_the_plan_and_its_projects_at_once()
    {
        await Enter("am", "q1");
        var before = Codes(await registry.Planner.Get("/v1/registry/plans/am/findings?projectId=q1"));
        Assert.Equal(["project.without-counties", "project.without-estimate", "project.without-lead-unit", "measure.without-quantity", "measure.total-differs"], before);

        var amend = Amendment("a-1", new
        {
            projectId = "q1", leadUnit = "市水利局", estimate = new { amount = 30, unit = "wan-yuan" }, counties = new[] { Yudu },
            measures = new object[] { new { id = "q1-later", quantity = new { value = 4, unit = "count" } }, new { id = "q1-more", name = "新增治理", quantity = new { value = 20, unit = "公顷" } } },
        });
        (await registry.Planner.Post("/v1/registry/plans/am/amend", amend)).Is(400, "actor.missing");
        (await registry.Planner.Post("/v1/registry/plans/am/amend", amend, s_actor, ("If-Match", "\"1\""))).Is(412, "resource.moved");
        Assert.Equal("\"3\"", (await registry.Planner.Post("/v1/registry/plans/am/amend", amend, s_actor, ("If-Match", "\"2\""))).Is(200).Header("ETag"));
        (await registry.Planner.Post("/v1/registry/plans/am/amend", amend, s_actor)).Is(200); // again, alike
        (await registry.Planner.Post("/v1/registry/plans/am/amend", Amendment("a-1"), s_actor)).Is(409, "amendment.exists");

        Assert.Equal(["measure.total"], Codes(await registry.Planner.Get("/v1/registry/plans/am/findings?projectId=q1"))); // the new measure makes the total right
        var project = (await registry.Planner.Get("/v1/registry/projects/q1")).Is(200).Json;
        Assert.Equal(("in-progress", "市水利局", 300_000m, Yudu), (
            project.GetProperty("state").GetString(), project.GetProperty("leadUnit").GetString(), project.GetProperty("estimate").GetProperty("amount").GetDecimal(),
            project.GetProperty("counties")[0].GetString()));
        var facts = (await registry.Planner.Get("/v1/registry/projects/q1/history")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["project-designed.v1", "project-approved.v1", "project-started.v1", "project-changed.v1"], facts.Select(f => f.GetProperty("type").GetString()));
        Assert.Equal("a-1", facts[3].GetProperty("data").GetProperty("cause").GetString());

        var amendments = (await registry.Planner.Get("/v1/registry/plans/am/amendments")).Is(200).Json.GetProperty("items");
        var item = Assert.Single(amendments.EnumerateArray());
        Assert.Equal(("a-1", "p-9", "q1"), (item.GetProperty("id").GetString(), item.GetProperty("actor").GetString(), item.GetProperty("changed")[0].GetString()));
        var told = (await registry.Planner.Get(item.GetProperty("fact").GetString()!)).Is(200).Json.GetProperty("items")[0];
        Assert.Equal("plan-amended.v1", told.GetProperty("type").GetString());
        Assert.Single((await registry.Planner.Get("/v1/registry/plans/am/amendments?projectId=q1")).Is(200).Json.GetProperty("items").EnumerateArray());
        Assert.Empty((await registry.Planner.Get("/v1/registry/plans/am/amendments?projectId=q2")).Is(200).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(1, (await registry.Planner.Get("/v1/registry/plans/am")).Is(200).Json.GetProperty("amendments").GetInt32());

        // Plan and project entered again as they were are still the ones that are there.
        (await registry.Planner.Post("/v1/registry/plans", Plan("am"))).Is(201);
        (await registry.Planner.Post("/v1/registry/projects", Project("q1", "am", counties: [], number: 3))).Is(201);
    }

    [Fact]
    public async Task An_amendment_brings_a_project_in_or_refuses_as_a_whole()
    {
        await Enter("am2", "r1");
        var wrong = new
        {
            id = "a-1", reason = "r", documentNumber = "n", projects = new object[] { new { projectId = "r1", leadUnit = "市林业局" } },
            added = new[] { Project("r2", "am2", counties: ["360222"]) },
        };
        var refused = (await registry.Planner.Post("/v1/registry/plans/am2/amend", wrong, s_actor)).Is(422, "amendment.invalid").Json;
        Assert.Equal("#/added/0/counties/0", refused.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal("\"3\"", (await registry.Planner.Get("/v1/registry/projects/r1")).Is(200).Header("ETag")); // nothing of it happened

        (await registry.Planner.Post("/v1/registry/plans/am2/amend", new { id = "a-1", reason = "r", documentNumber = "n", added = new[] { Project("r2", "am2", counties: [Yudu]) } }, s_actor)).Is(200);
        Assert.Equal("approved", (await registry.Planner.Get("/v1/registry/projects/r2")).Is(200).Json.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_project_that_an_amendment_takes_out_is_terminated()
    {
        await Enter("am6", "u1");
        var amend = new { id = "a-1", reason = "并入其他工程", documentNumber = "n", dropped = new[] { new { projectId = "u1", money = "收回", land = "移交" } } };
        (await registry.Planner.Post("/v1/registry/plans/am6/amend", amend, s_actor)).Is(200);
        Assert.Equal("terminated", (await registry.Planner.Get("/v1/registry/projects/u1")).Is(200).Json.GetProperty("state").GetString());
        Assert.Single((await registry.Planner.Get("/v1/registry/plans/am6/amendments?projectId=u1")).Is(200).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Only_the_plans_planner_amends_it()
    {
        (await registry.Bureau.Post("/v1/registry/plans/gz/amend", Amendment("x"), s_actor)).Is(403, "role.missing");
        (await registry.Host.As("other", "360200", Roles.Planner).Post("/v1/registry/plans/gz/amend", Amendment("x"), s_actor)).Is(403, "division.forbidden");
        (await registry.Planner.Post("/v1/registry/plans/none/amend", Amendment("x"), s_actor)).Is(404, "plan.unknown");
        (await registry.Planner.Post("/v1/registry/plans/gz/amend", new { id = "x", reason = "r", colour = "green" }, s_actor)).Is(400, "body.malformed");
    }

    [Fact]
    public async Task What_an_amendment_says_of_the_plan_itself_is_what_it_says_from_then_on()
    {
        await Enter("am3", "s1");
        var amend = new { id = "a-1", reason = "r", documentNumber = "n", plan = new { name = "规划（修订）", programmes = new[] { new { id = "prog-b", name = "北江流域" } } } };
        (await registry.Planner.Post("/v1/registry/plans/am3/amend", amend, s_actor)).Is(200);
        var plan = (await registry.Planner.Get("/v1/registry/plans/am3")).Is(200).Json;
        Assert.Equal(("规划（修订）", 2), (plan.GetProperty("definition").GetProperty("name").GetString(), plan.GetProperty("definition").GetProperty("programmes").GetArrayLength()));
        var before = (await registry.Planner.Get("/v1/registry/plans/am3/history?limit=2")).Is(200).Json.GetProperty("items")[1].GetProperty("recordedAt").GetString()!;
        var then = (await registry.Planner.Get($"/v1/registry/plans/am3?recordedAsOf={Uri.EscapeDataString(before)}")).Is(200).Json;
        Assert.Equal("赣州市国土空间生态修复规划", then.GetProperty("definition").GetProperty("name").GetString());
        (await registry.Planner.Post("/v1/registry/projects", Project("s2", "am3", counties: [], number: 4, programmeId: "prog-b"))).Is(201);
    }

    [Fact]
    public async Task A_superseded_plan_is_amended_no_more()
    {
        await Enter("am4", "t1");
        (await registry.Planner.Post("/v1/registry/plans", Plan("am5"))).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/am5/adopt", new { supersedes = "am4" })).Is(200);
        (await registry.Planner.Post("/v1/registry/plans/am4/amend", Amendment("a"), s_actor)).Is(409, "plan.superseded");
        (await registry.Planner.Post("/v1/registry/projects", Project("t2", "am4", counties: []))).Is(409, "plan.superseded");
    }
}

using Restoration.Contracts.Funding;
using static Restoration.Mines.Tests.MinesSystem;
using static Restoration.Mines.Tests.Sample;
using In = Restoration.Contracts.Registry;

namespace Restoration.Mines.Tests;

/// <summary>What the registry and funding tell becomes this service's own copy, once and in order.</summary>
public sealed class NeighbourTests(MinesSystem system) : IClassFixture<MinesSystem>
{
    private Task<string> Projects(string id) => system.Database.Value<string>(
        $"select coalesce(string_agg(concat_ws(' ', plan_id, state, kind, counties::text, measures::text), ';'), 'none') from mines.projects where id = '{id}'");

    private Task<string> Money(string id) => system.Database.Value<string>(
        $"select coalesce(string_agg(concat_ws(' ', issued, paid), ';'), 'none') from mines.project_money where project_id = '{id}'");

    [Fact]
    public async Task A_project_is_known_with_the_measures_that_sites_feed()
    {
        await system.Design(
            "n-p1", "n", counties: [Yudu], measures:
            [
                SitesFor("n-p1-m1", 3), LandFor("n-p1-m2", 0.5m, Yudu), new("n-p1-m3", "河道防护", new(62, "mu"), null, null, "part", null),
                new("n-p1-m4", "治理面积", new(7, "km"), null, null, "part", "site-area"), new("n-p1-m5", "治理数量", null, null, null, "part", "site-count"),
            ]);
        var measures = string.Join(
            ", ", """{"id": "n-p1-m1", "fedBy": "site-count", "amount": 3}""",
            """{"id": "n-p1-m2", "fedBy": "site-area", "amount": 1500000.0, "division": "360731"}""",
            """{"id": "n-p1-m4", "fedBy": "site-area"}""", """{"id": "n-p1-m5", "fedBy": "site-count"}""");
        Assert.Equal($"n designed mine {{360731}} [{measures}]", await Projects("n-p1"));
        var designed = system.Registry.Last!;
        await system.Start("n-p1");
        Assert.Equal($"n in-progress mine {{360731}} [{measures}]", await Projects("n-p1"));
        await system.Registry.Again(designed);
        Assert.Equal($"n in-progress mine {{360731}} [{measures}]", await Projects("n-p1"));
    }

    [Fact]
    public async Task A_changed_project_is_known_as_it_is_now_and_goes_on()
    {
        await system.Design("n-p4", measures: SitesFor("n-p4-m1", 3));
        await system.Start("n-p4");
        await system.Registry.Tell("project-changed.v1", "project-n-p4", new In.ProjectChanged(
            "n-p4", "gz", "prog", null, "废弃矿山", "mine", City, [Yudu], null, [new(2021, 2026)], null, [SitesFor("n-p4-m1", 5)], [], "c-1", new("city", "p-1")));
        Assert.Equal("""gz in-progress mine {360731} [{"id": "n-p4-m1", "fedBy": "site-count", "amount": 5}]""", await Projects("n-p4"));
    }

    [Fact]
    public async Task Nothing_is_linked_to_a_project_that_does_not_go_on()
    {
        await system.Design("n-p5", measures: SitesFor("n-p5-m1", 3));
        await system.Start("n-p5");
        await system.To("reported", "n-halted");
        var by = new In.Actor("city", "p-1");
        await system.Registry.Tell("project-suspended.v1", "project-n-p5", new In.ProjectSuspended("n-p5", "gz", "prog", "汛期", new(2024, 6, 1), by));
        (await Act(system.CityBureau, "n-halted", "link", new { projectId = "n-p5" })).Is(409, "project.not-approved");
        await system.Registry.Tell("project-resumed.v1", "project-n-p5", new In.ProjectResumed("n-p5", "gz", "prog", null, by));
        (await Act(system.CityBureau, "n-halted", "link", new { projectId = "n-p5" })).Is(200);
        await system.Registry.Tell("project-completed.v1", "project-n-p5", new In.ProjectCompleted("n-p5", "gz", "prog", [], null, by));
        Assert.StartsWith("gz completed mine", await Projects("n-p5"), StringComparison.Ordinal);
        await system.Registry.Tell("project-closed.v1", "project-n-p5", new In.ProjectClosed("n-p5", "gz", "prog", null, by));
        Assert.StartsWith("gz closed mine", await Projects("n-p5"), StringComparison.Ordinal);
        await system.Registry.Tell("project-terminated.v1", "project-gz-p01x", new In.ProjectTerminated("gz-p01x", "gz", "prog", "r", "m", "l", by)); // of a project not heard of
    }

    [Fact]
    public async Task Sites_are_linked_to_what_the_registry_told()
    {
        await system.Design("n-p2", measures: SitesFor("n-p2-m1", 3));
        await system.Design("n-p3", kind: "forest", measures: SitesFor("n-p3-m1", 3));
        await system.Start("n-p3");
        await system.To("reported", "n-site");
        (await Act(system.CityBureau, "n-site", "link", new { projectId = "n-p9" })).Is(422, "project.unknown");
        (await Act(system.CityBureau, "n-site", "link", new { projectId = "n-p3" })).Is(422, "project.not-mine");
        (await Act(system.CityBureau, "n-site", "link", new { projectId = "n-p2" })).Is(409, "project.not-approved");
        await system.Start("n-p2");
        (await system.Planner.Post("/v1/mines/sites/n-site/link", new { projectId = "n-p2" })).Is(200);
        Assert.Equal(2, (await Act(system.County, "n-site", "link", new { projectId = "n-p2" })).Is(200).Json.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task The_last_balance_of_an_account_stands_and_the_same_letter_changes_nothing()
    {
        await system.Issue("n-m", 500_000.00m, 0);
        var first = system.Funding.Last!;
        Assert.Equal("500000.00 0", await Money("n-m"));
        var account = new Account("n-m", "gz", "prog", City, []);
        await system.Funding.Tell("payment-executed.v1", "account-n-m", new PaymentExecuted(
            account, "p-1", "f-1", 200_000.5m, null, null, new(0, 500_000, 200_000.5m), null, new("finance", "3001")));
        await system.Funding.Tell("money-returned.v1", "account-n-m", new MoneyReturned(account, "f-1", 100_000, "结余", new(0, 400_000, 200_000.5m), new("finance", "3001")));
        await system.Funding.Again(first);
        await system.Funding.Again(system.Funding.Last!);
        Assert.Equal("400000 200000.5", await Money("n-m"));
    }

    /// <summary>Over the real relay and broker, as the services that count will find it.</summary>
    [Theory]
    [InlineData("registry")]
    [InlineData("indicators")]
    public async Task An_acceptance_and_its_reopening_reach_who_counts_in_order(string queue)
    {
        var site = $"n-out-{queue}";
        await system.To("accepted", site, project: "gz-p01");
        (await Act(system.CityBureau, site, "reopen", new { reason = "复绿失败" })).Is(200);
        var heard = await system.Hear(queue, site, 2);
        Assert.Equal(["restoration.mines.site-accepted.v1", "restoration.mines.site-reopened.v1"], heard.Select(h => h.Type));
        Assert.Equal("gz-p01-m1", heard[0].Data.GetProperty("site").GetProperty("project").GetProperty("feeds")[0].GetProperty("measureId").GetString());
        Assert.Equal((10m, "works"), (heard[0].Data.GetProperty("area").GetProperty("value").GetDecimal(), heard[1].Data.GetProperty("site").GetProperty("state").GetString()));
    }

    [Fact]
    public async Task A_measure_that_cannot_be_read_is_kept_aside_with_the_reason()
    {
        await system.Design("n-bad", measures: new In.Measure("n-bad-m1", "治理面积", new(7, "parsec"), null, null, "part", "site-area"));
        Assert.Equal("none", await Projects("n-bad"));
        Assert.Contains("n-bad-m1", await system.Database.Value<string>("select reason from edge.dead_letters where stream = 'project-n-bad'"), StringComparison.Ordinal);
    }
}

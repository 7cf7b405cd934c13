using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>What funding and mines do when the registry says that a project halts, goes on, changes and ends.</summary>
public sealed class ProjectFlows(TheSystem system)
{
    private static readonly Place s_city = new("360900", "宜春市", "city", "360000");
    private static readonly Place s_county = new("360926", "铜鼓县", "county", "360900");

    private static (string, string) By(string person) => ("Restoration-Actor", person);

    [Fact]
    public async Task An_account_is_frozen_changed_and_ended_with_its_project_and_mines_know()
    {
        var ground = await Ground.Open(system, s_city, s_county);
        await ground.DefineDivisions();
        await ground.RegisterPlan();
        await ground.DesignProject();
        await ground.AdoptPlan();
        await ground.StartWork();
        var reviewer = await system.Client("city", s_city.Id, "reviewer");
        var finance = await system.Client("finance", s_city.Id, "finance");
        var (project, account) = ($"/v1/registry/projects/{ground.ProjectId}", $"/v1/funding/projects/{ground.ProjectId}/account");

        (await ground.Planner.Post($"{project}/suspend", new { reason = "汛期" })).Is(200);
        await State("frozen", "suspended");
        (await finance.Post($"{account}/settle", new { }, By("F-1"))).Is(409, "account.frozen");
        (await ground.Planner.Post($"{project}/resume", new { })).Is(200);
        await State("open", "in-progress");

        await ground.AskForChange();
        (await ground.Planner.Post($"{project}/changes/{ground.ChangeId}/refuse", new { reason = "撤回" })).Is(200);
        (await ground.Planner.Post($"{project}/changes", new { id = "more", reason = "材料涨价", estimate = new { amount = 77_000, unit = "万元" } })).Is(201);
        (await reviewer.Post($"{project}/changes/more/approve", new { }, By("C-1"))).Is(200);
        await Account(a => a.GetProperty("estimate").GetProperty("amount").GetDecimal() == 770_000_000m, "the estimate after the change");

        (await ground.Planner.Post($"{project}/terminate", new { reason = "规划调整", money = "退回", land = "复垦" })).Is(200);
        await State("terminated", "terminated");
        (await finance.Post($"{account}/settle", new { }, By("F-1"))).Is(200); // a project that never had money
        await Eventually.Get(
            () => ground.Planner.Get(project), p => p.Status == 200 && p.Json.GetProperty("money").GetProperty("settled").GetBoolean(), "the settlement in the project", show: p => p.Text);
        (await reviewer.Post($"{project}/close", new { }, By("C-1"))).Is(409, "project.not-closable");

        async Task State(string ofAccount, string inMines)
        {
            await Account(a => a.GetProperty("state").GetString() == ofAccount, ofAccount);
            await Eventually.Get(
                async () => (await system.Read("mines", $"select state from mines.projects where id = '{ground.ProjectId}'", r => r.GetString(0))).SingleOrDefault(), s => s == inMines, $"mines to know that it is {inMines}");
        }

        Task<Answer> Account(Func<JsonElement, bool> until, string what) => Eventually.Get(() => finance.Get(account), a => a.Status == 200 && until(a.Json), what, show: a => a.Text);
    }
}

using Restoration.Contracts.Funding;
using Restoration.Contracts.Mines;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>What Mines and Funding say arrives in projects and figures, once.</summary>
public sealed class NeighbourTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private async Task<Caller> Project(string id)
    {
        (await registry.Planner.Post("/v1/registry/plans", Plan($"{id}-plan"))).Is(201);
        (await registry.Planner.Post("/v1/registry/projects", new
        {
            id, planId = $"{id}-plan", programmeId = "prog-a", name = "废弃露天矿山治理", kind = "mine", counties = new[] { Yudu }, schedule = new[] { new { from = 2021, to = 2025 } },
            measures = new object[]
            {
                new { id = $"{id}-count", name = "治理数量", quantity = new { value = 535, unit = "座" }, fedBy = "site-count" },
                new { id = $"{id}-bare", name = "治理面积", quantity = new { value = 12.62, unit = "平方公里" }, fedBy = "site-area" },
            },
        })).Is(201);
        (await registry.Planner.Post($"/v1/registry/plans/{id}-plan/adopt", new { documentNumber = "1" })).Is(200);
        return registry.Reader(Yudu);
    }

    private static Site Site(string id, string project) => new(
        id, "石排稀土矿", Yudu, "legacy", "稀土", new(13.5m, "ha"), 115.4m, 25.9m,
        new(project, $"{project}-plan", "prog-a", [new($"{project}-count", "site-count"), new($"{project}-bare", "site-area")]), "accepted");

    private static SiteAccepted Accepted(string id, string project, decimal hectares, string day) =>
        new(Site(id, project), new(hectares, "ha"), DateOnly.Parse(day, null), [], ["3001"], null, new("city", "2001"));

    [Fact]
    public async Task An_accepted_site_is_verified_progress_until_it_is_reopened()
    {
        var reader = await Project("m1");
        var mines = new Neighbour(registry.Host.Services, "mines");
        await mines.Tell("site-accepted.v1", "site-a", Accepted("a", "m1", 13.5m, "2023-06-15"));
        await mines.Again(mines.Last!);
        await mines.Tell("site-accepted.v1", "site-b", Accepted("b", "m1", 2, "2023-06-20"));
        Assert.Equal((2m, 15.5m), await Verified("2023-06"));
        var history = (await reader.Get($"/v1/registry/progress/m1-bare.{Yudu}.2023-06/history")).Is(200).Json.GetProperty("items");
        Assert.Equal(["site-counted.v1", "site-counted.v1"], history.EnumerateArray().Select(i => i.GetProperty("type").GetString()));

        await mines.Tell("site-reopened.v1", "site-a", new SiteReopened(Site("a", "m1"), "塌陷", new("city", "2001")));
        Assert.Equal((1m, 2m), await Verified("2023-06"));
        await mines.Tell("site-accepted.v1", "site-a", Accepted("a", "m1", 13, "2024-09-30"));
        Assert.Equal((1m, 13m), await Verified("2024-09"));
        await Eventually.Get(
            async () => (await reader.Get("/v1/registry/plans/m1-plan/summary")).Is(200).Text, t => t.Contains("""{"value":15.00,"unit":"ha"},"share":0.0119""", StringComparison.Ordinal), "the summary");

        async Task<(decimal Count, decimal Area)> Verified(string month) => (await Of("count", month), await Of("bare", month));
        async Task<decimal> Of(string measure, string month) => (await reader.Get($"/v1/registry/progress/m1-{measure}.{Yudu}.{month}")).Is(200).Json
            .GetProperty("verified").GetProperty("value").GetDecimal();
    }

    [Fact]
    public async Task Its_money_and_the_settled_account_stand_in_the_project()
    {
        var reader = await Project("m2");
        var funding = new Neighbour(registry.Host.Services, "funding");
        var account = new Account("m2", "m2-plan", "prog-a", City, [Yudu]);
        await funding.Tell("allocation-issued.v1", "account-m2", new AllocationIssued(account, "al-1", "f-1", "central-award", 100, new(0, 100, 0), null, new("finance", "1")));
        var version = (await Page()).Header("ETag");
        await funding.Tell("payment-executed.v1", "account-m2", new PaymentExecuted(account, "pay-1", "f-1", 60.5m, null, null, new(0, 100, 60.5m), null, new("finance", "1")));
        await funding.Tell("money-returned.v1", "account-m2", new MoneyReturned(account, "f-1", 39.5m, "结余", new(0, 60.5m, 60.5m), new("finance", "1")));
        await funding.Tell("account-settled.v1", "account-m2", new AccountSettled(account, new(0, 60.5m, 60.5m), new("finance", "1")));
        await funding.Again(funding.Last!);
        var page = await Page();
        Assert.NotEqual(version, page.Header("ETag"));
        var money = page.Json.GetProperty("money");
        Assert.Equal((60.5m, 60.5m, true), (
            money.GetProperty("issued").GetProperty("amount").GetDecimal(), money.GetProperty("paid").GetProperty("amount").GetDecimal(), money.GetProperty("settled").GetBoolean()));
        Assert.Equal(
            ["project-designed.v1", "project-approved.v1", "money-moved.v1", "money-moved.v1", "money-moved.v1", "accounts-settled.v1"],
            (await reader.Get("/v1/registry/projects/m2/history")).Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("type").GetString()));

        async Task<Answer> Page() => (await reader.Get("/v1/registry/projects/m2")).Is(200);
    }

    [Fact]
    public async Task A_site_of_a_project_that_is_not_known_is_kept_aside()
    {
        var mines = new Neighbour(registry.Host.Services, "mines");
        await mines.Tell("site-accepted.v1", "site-z", Accepted("z", "m9", 1, "2023-06-15"));
        var letters = (await registry.Host.As("operator", Client.Everywhere, Roles.Operator).Get("/v1/registry/ops/dead-letters")).Is(200).Json.GetProperty("items");
        Assert.Contains(letters.EnumerateArray(), l => l.GetProperty("reason").GetString()!.StartsWith("measure.not-fed-by-sites", StringComparison.Ordinal));
    }
}

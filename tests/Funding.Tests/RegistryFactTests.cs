using static Restoration.Funding.Tests.FundingSystem;

namespace Restoration.Funding.Tests;

/// <summary>What the registry tells: the opening entries, once, and the accounts they open.</summary>
public sealed class RegistryFactTests(FundingSystem system) : IClassFixture<FundingSystem>
{
    private const string Projects = "/v1/funding/projects";

    private async Task<string[]> Facts(string project) => [.. (await system.Auditor.Get($"{Projects}/{project}/account/history")).Is(200).Json
        .GetProperty("items").EnumerateArray().Select(i => i.GetProperty("type").GetString()!)];

    [Fact]
    public async Task A_designed_project_has_an_estimate_and_an_approved_one_an_account()
    {
        await system.Designed(Design("born", estimate: null));
        var account = (await system.Auditor.Get($"{Projects}/born/account")).Is(200).Json;
        Assert.Equal("entered", account.GetProperty("state").GetString());
        Assert.False(account.TryGetProperty("estimate", out _));
        Assert.False(account.GetProperty("fundingPlan")[0].TryGetProperty("part", out _));
        await system.Approved(Design("born", estimate: 30_000));
        account = (await system.Auditor.Get($"{Projects}/born/account")).Is(200).Json;
        Assert.Equal("open", account.GetProperty("state").GetString());
        Assert.Equal(30_000, account.GetProperty("estimate").GetProperty("amount").GetDecimal());
        Assert.Equal(["estimate-entered.v1", "estimate-entered.v1", "account-opened.v1"], await Facts("born"));
        Assert.Equal(0, (await system.Auditor.Get($"{Projects}/born/entries")).Is(200).Json.GetProperty("items").GetArrayLength()); // expected is not received
    }

    [Fact]
    public async Task The_same_fact_again_records_nothing()
    {
        await system.Approved(Design("again"));
        await system.Registry.Again(system.Registry.Last!); // delivered twice
        await system.Approved(Design("again")); // and told anew, with other ids
        Assert.Equal(["estimate-entered.v1", "account-opened.v1"], await Facts("again"));
    }

    [Fact]
    public async Task An_estimate_that_changes_after_approval_is_kept_aside_for_a_person()
    {
        await system.Approved(Design("late"));
        await system.Designed(Design("late", estimate: 1));
        Assert.Equal(20_000, await system.Amount($"{Projects}/late/account", "estimate"));
        Assert.Equal(1L, await system.Database.Value<long>("select count(*) from edge.dead_letters where stream = 'project-late'"));
    }

    [Fact]
    public async Task A_changed_project_changes_what_its_account_is_expected_to_receive()
    {
        await system.Issued("changed", 700);
        await system.Registry.Tell("project-changed.v1", "project-changed", new Contracts.Registry.ProjectChanged(
            "changed", "gz", "prog", null, "改名", "mine", City, [Yudu, Ningdu], null, [new(2021, 2026)], 21_000, [], [new("bonds", 21_000)], "c-1", new("city", "p-1")));
        var account = (await system.Auditor.Get($"{Projects}/changed/account")).Is(200).Json;
        Assert.Equal(("改名", 21_000m, 700m, "bonds", 1m), (
            account.GetProperty("name").GetString(), account.GetProperty("estimate").GetProperty("amount").GetDecimal(),
            account.GetProperty("issued").GetProperty("amount").GetDecimal(), account.GetProperty("fundingPlan")[0].GetProperty("channel").GetString(),
            account.GetProperty("fundingPlan")[0].GetProperty("part").GetDecimal()));
        (await system.Reader(Ningdu).Get($"{Projects}/changed/account")).Is(200); // it lies there too from now on
        Assert.Equal("estimate-changed.v1", (await Facts("changed"))[^1]);
    }

    [Fact]
    public async Task Suspended_projects_get_and_pay_nothing_and_terminated_ones_give_back()
    {
        await system.Issued("halted", 700);
        await system.Registry.Tell("project-suspended.v1", "project-halted", new Contracts.Registry.ProjectSuspended("halted", "gz", "prog", "汛期", new(2024, 6, 1), new("city", "p-1")));
        Assert.Equal("frozen", (await system.Auditor.Get($"{Projects}/halted/account")).Is(200).Json.GetProperty("state").GetString());
        await system.Funded("more", 100);
        (await system.Allocate("more", "more", ("halted", 100))).Is(409, "account.frozen");
        (await system.Treasury.PostEvent(Payment("halted", 200, "o-1"), service: "funding")).Is(201); // in May, before the suspension
        await system.Registry.Tell("project-resumed.v1", "project-halted", new Contracts.Registry.ProjectResumed("halted", "gz", "prog", null, new("city", "p-1")));
        (await system.Allocate("more", "more", ("halted", 100))).Is(201);
        await system.Registry.Tell("project-terminated.v1", "project-halted", new Contracts.Registry.ProjectTerminated(
            "halted", "gz", "prog", "规划调整", "退回", "复垦", new("city", "p-1")), new DateTimeOffset(2024, 4, 1, 0, 0, 0, TimeSpan.Zero));
        (await system.Treasury.PostEvent(Payment("halted", 200, "o-2"), service: "funding")).Is(409, "account.terminated");
        (await system.Finance.Post($"{Projects}/halted/account/settle", new { }, Person("f-1"))).Is(409, "account.open");
        (await system.Finance.Post("/v1/funding/allocations/more/withdraw", new { reason = "终止" }, Person("f-1"))).Is(200);
        (await system.Finance.Post($"{Projects}/halted/account/return", new { fundId = "halted", amount = Yuan(500), reason = "终止" }, Person("f-1"))).Is(200);
        (await system.Finance.Post($"{Projects}/halted/account/settle", new { }, Person("f-1"))).Is(200);
        Assert.Equal(
            ["account-frozen.v1", "payment-executed.v1", "account-released.v1", "money-allocated.v1", "account-terminated.v1", "allocation-cancelled.v1", "money-returned.v1", "account-settled.v1"],
            (await Facts("halted"))[^8..]);
        await system.AssertBalanced();
    }

    [Fact]
    public async Task The_overview_adds_up_by_plan()
    {
        await system.Issued("sum-1", 700);
        await system.Approved(Design("sum-2", "jdz", OtherCity, 3_000.50m));
        await system.Approved(Design("sum-3", "jdz", OtherCity, null));
        await system.Funded("sum-jdz", 100);
        (await system.Allocate("sum-jdz", "sum-jdz", ("sum-2", 40))).Is(201);
        (await system.Finance.Post($"{Projects}/sum-3/account/settle", new { }, Person("f-1"))).Is(200);
        (await system.Treasury.PostEvent(Payment("sum-1", 200, "o-1"), service: "funding")).Is(201);

        var overview = (await system.Auditor.Get($"/v1/funding/overview?division={OtherCity}")).Is(200).Json;
        var plan = Assert.Single(overview.GetProperty("plans").EnumerateArray());
        Assert.Equal(("jdz", "景德镇市国土空间生态修复规划", 2, 1, 1), (
            plan.GetProperty("planId").GetString(), plan.GetProperty("name").GetString(), plan.GetProperty("projects").GetInt32(),
            plan.GetProperty("projectsWithoutEstimate").GetInt32(), plan.GetProperty("settled").GetInt32()));
        Assert.Equal([3_000.50m, 40m, 0m, 0m], new[] { "estimate", "allocated", "issued", "paid" }.Select(m => plan.GetProperty(m).GetProperty("amount").GetDecimal()));
        overview = (await system.Auditor.Get("/v1/funding/overview")).Is(200).Json;
        foreach (var member in new[] { "estimate", "allocated", "issued", "paid" })
        {
            Assert.Equal(
                overview.GetProperty("plans").EnumerateArray().Sum(p => p.GetProperty(member).GetProperty("amount").GetDecimal()),
                overview.GetProperty("total").GetProperty(member).GetProperty("amount").GetDecimal());
        }

        Assert.Superset(new HashSet<string?> { "gz", "jdz" }, overview.GetProperty("plans").EnumerateArray().Select(p => p.GetProperty("planId").GetString()).ToHashSet());
        Assert.Equal(["jdz"], (await system.Reader(OtherCity).Get("/v1/funding/overview")).Is(200).Json.GetProperty("plans").EnumerateArray().Select(p => p.GetProperty("planId").GetString()));
    }

    [Fact]
    public async Task Accounts_are_listed_by_pinyin()
    {
        foreach (var (id, name) in new[] { ("name-1", "赣江治理"), ("name-2", "安远矿山"), ("name-3", "崇义造林") })
        {
            await system.Approved(Design(id, "names", City, 1, name, Ningdu));
        }

        var first = (await system.Auditor.Get($"{Projects}?planId=names&limit=2")).Is(200).Json;
        var second = (await system.Auditor.Get($"{Projects}?planId=names&limit=2&cursor={first.GetProperty("next").GetString()}")).Is(200).Json;
        Assert.Equal(["安远矿山", "崇义造林", "赣江治理"], first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).Select(a => a.GetProperty("name").GetString()));
        Assert.Equal(3, (await system.Auditor.Get($"{Projects}?planId=names&division={Ningdu}&state=open")).Is(200).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await system.Auditor.Get($"{Projects}?planId=names&division={Yudu}")).Is(200).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await system.Auditor.Get($"{Projects}?planId=names&state=settled")).Is(200).Json.GetProperty("items").GetArrayLength());
    }
}

using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Funding.Tests.FundingSystem;

namespace Restoration.Funding.Tests;

public sealed class FundingApiTests(FundingSystem system) : IClassFixture<FundingSystem>
{
    private const string Funds = "/v1/funding/funds", Allocations = "/v1/funding/allocations", Projects = "/v1/funding/projects";

    [Fact]
    public Task The_document_is_the_committed_one() => OpenApiDocument.IsAsCommitted(system.Host.Http, "funding");

    [Fact]
    public async Task Money_goes_from_the_fund_to_the_project_and_is_paid()
    {
        await system.Approved(Design("way", counties: [Yudu, Ningdu]));
        await system.Funded("way", 1_000);
        Assert.Equal("\"1\"", (await system.Allocate("way", "way", ("way", 800))).Is(201).Header("ETag"));
        Assert.Equal(200, await system.Amount($"{Funds}/way", "available"));
        Assert.Equal(800, await system.Amount($"{Projects}/way/account", "allocated"));
        (await system.Treasury.PostEvent(Payment("way", 100, "w-1", "too-early"), service: "funding")).Is(409, "balance.insufficient");
        Assert.Equal("\"2\"", (await system.Issue("way")).Is(200).Header("ETag"));
        (await system.Treasury.PostEvent(Payment("way", 250.05m, "w-1"), service: "funding")).Is(201);

        var account = (await system.Auditor.Get($"{Projects}/way/account")).Is(200);
        Assert.Equal("\"5\"", account.Header("ETag")); // entered, opened, allocated, issued, paid
        Assert.Equal(304, (await system.Auditor.Get($"{Projects}/way/account", ("If-None-Match", "\"5\""))).Status);
        Assert.Equal("open", account.Json.GetProperty("state").GetString());
        var fund = account.Json.GetProperty("funds")[0];
        Assert.Equal(("中央奖补资金", "central-award"), (fund.GetProperty("name").GetString(), fund.GetProperty("channel").GetString()));
        Assert.Equal(
            [0m, 800m, 549.95m, 250.05m],
            new[] { "allocated", "issued", "unpaid", "paid" }.Select(m => fund.GetProperty(m).GetProperty("amount").GetDecimal()));
        Assert.Equal([0.75m, 0.25m], account.Json.GetProperty("fundingPlan").EnumerateArray().Select(s => s.GetProperty("part").GetDecimal()));
        var entries = (await system.Auditor.Get(fund.GetProperty("explain").GetString()!)).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(
            ["project:way:received:way -800", "project:way:allocated:way 800", "project:way:allocated:way -800", "project:way:issued:way 800", "project:way:issued:way -250.05", "project:way:paid:way 250.05"],
            entries.Select(e => FormattableString.Invariant($"{e.GetProperty("ledgerAccount").GetString()} {e.GetProperty("amount").GetProperty("amount").GetDecimal():0.##}")));
        var fact = (await system.Auditor.Get(entries[^1].GetProperty("fact").GetString()!)).Is(200).Json.GetProperty("items")[0];
        Assert.Equal(("payment-executed.v1", 5), (fact.GetProperty("type").GetString(), fact.GetProperty("version").GetInt32()));
        await system.AssertBalanced();
    }

    [Fact]
    public async Task Two_persons_issue_and_each_act_names_its_person()
    {
        await system.Approved(Design("two"));
        (await system.Finance.Post(Funds, Fund("two"))).Is(201);
        (await system.Finance.Post($"{Funds}/two/appropriate", new { amount = Yuan(100) })).Is(400, "actor.missing");
        (await system.Finance.Post($"{Funds}/two/appropriate", new { amount = Yuan(100) }, Person("f-1"))).Is(200);
        var allocation = new { id = "two", fundId = "two", items = new[] { new { projectId = "two", amount = Yuan(60) } } };
        (await system.Finance.Post(Allocations, allocation)).Is(400, "actor.missing");
        (await system.Finance.Post(Allocations, allocation, Person("f-1"))).Is(201);
        (await system.Finance.Post($"{Allocations}/two/issue", new { })).Is(400, "actor.missing");
        (await system.Finance.Post($"{Allocations}/two/issue", new { }, Person("f-1"))).Is(403, "duties.not-separate");
        (await system.Finance.Post($"{Allocations}/two/issue", new { }, Person("f-2"), ("If-Match", "\"7\""))).Is(412, "resource.moved");
        (await system.Finance.Post($"{Allocations}/two/issue", new { }, Person("f-2"), ("If-Match", "\"1\""))).Is(200);
        (await system.Finance.Post($"{Allocations}/two/withdraw", new { reason = "r" }, Person("f-2"))).Is(409, "allocation.issued");
        (await system.Finance.Post($"{Allocations}/none/issue", new { }, Person("f-2"))).Is(404, "allocation.unknown");
        var page = (await system.Auditor.Get($"{Allocations}/two")).Is(200);
        Assert.Equal(("\"2\"", "issued", "f-1", "f-2"), (
            page.Header("ETag"), page.Json.GetProperty("state").GetString(), page.Json.GetProperty("madeBy").GetString(), page.Json.GetProperty("issuedBy").GetString()));
        Assert.Equal(
            ["allocation-made.v1", "allocation-issued.v1"],
            (await system.Auditor.Get($"{Allocations}/two/history")).Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task A_withdrawn_allocation_leaves_no_trace_in_the_balances()
    {
        await system.Approved(Design("back"));
        await system.Funded("back", 100);
        (await system.Allocate("back", "back", ("back", 100))).Is(201);
        (await system.Allocate("back-2", "back", ("back", 1))).Is(409, "balance.insufficient");
        (await system.Finance.Post($"{Allocations}/back/withdraw", new { reason = "重复" }, Person("f-1"))).Is(200);
        Assert.Equal(100, await system.Amount($"{Funds}/back", "available"));
        Assert.Equal(0, await system.Amount($"{Projects}/back/account", "allocated"));
        (await system.Issue("back")).Is(409, "allocation.withdrawn");
        (await system.Allocate("back-2", "back", ("back", 100))).Is(201);
        await system.AssertBalanced();
    }

    [Fact]
    public async Task What_is_not_needed_goes_back_and_the_account_is_settled()
    {
        await system.Issued("settle", 500);
        const string Account = $"{Projects}/settle/account";
        (await system.Treasury.PostEvent(Payment("settle", 450, "s-1"), service: "funding")).Is(201);
        var open = (await system.CityFinance.Post($"{Account}/settle", new { }, Person("c-1"))).Is(409, "account.open");
        Assert.Contains("50.00 yuan of settle issued and not paid", open.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        (await system.CityFinance.Post($"{Account}/return", new { fundId = "settle", amount = Yuan(50.01m), reason = "结余" }, Person("c-1"))).Is(409, "balance.insufficient");
        (await system.CityFinance.Post($"{Account}/return", new { fundId = "settle", amount = Yuan(50), reason = "结余" })).Is(400, "actor.missing");
        (await system.CityFinance.Post($"{Account}/return", new { fundId = "settle", amount = Yuan(50), reason = "结余" }, Person("c-1"))).Is(200);
        Assert.Equal(50, await system.Amount($"{Funds}/settle", "available"));
        Assert.Equal(450, await system.Amount(Account, "issued"));
        Assert.Equal("settled", (await system.CityFinance.Post($"{Account}/settle", new { }, Person("c-1"))).Is(200).Json.GetProperty("state").GetString());
        (await system.Treasury.PostEvent(Payment("settle", 1, "s-2"), service: "funding")).Is(409, "account.settled");
        (await system.Allocate("settle-2", "settle", ("settle", 1))).Is(409, "account.settled");
        Assert.Equal("duplicate", (await system.Treasury.PostEvent(Payment("settle", 450, "s-1"), service: "funding")).Is(200).Json.GetProperty("status").GetString());
        await system.AssertBalanced();
    }

    [Fact]
    public async Task A_command_is_carried_out_once_whatever_is_sent_again()
    {
        await system.Approved(Design("once"));
        var (key, other) = (("Idempotency-Key", "once-1"), ("Idempotency-Key", "once-2"));
        (await system.Finance.Post(Funds, Fund("once"), ("Idempotency-Key", "once-0"))).Is(201);
        (await system.Finance.Post(Funds, Fund("once"))).Is(201); // the same fund under another key
        (await system.Finance.Post(Funds, Fund("once", name: "别的"))).Is(409, "fund.exists");
        (await system.Finance.Post($"{Funds}/once/appropriate", new { amount = Yuan(100) }, key, Person("f-1"))).Is(200);
        Assert.Equal("true", (await system.Finance.Post($"{Funds}/once/appropriate", new { amount = Yuan(100) }, key, Person("f-1"))).Is(200).Header("Idempotency-Replayed"));
        (await system.Finance.Post($"{Funds}/once/appropriate", new { amount = Yuan(200) }, key, Person("f-1"))).Is(422, "idempotency-key.reused");
        Assert.Equal(100, await system.Amount($"{Funds}/once", "available"));
        (await system.Finance.Post($"{Funds}/once/appropriate", new { amount = Yuan(100) }, other, Person("f-1"), ("If-Match", "\"1\""))).Is(412, "resource.moved");
        (await system.Allocate("once", "once", ("once", 70))).Is(201);
        (await system.Allocate("once", "once", ("once", 70))).Is(201);
        (await system.Allocate("once", "once", ("once", 71))).Is(409, "allocation.exists");
        Assert.Equal(30, await system.Amount($"{Funds}/once", "available"));
        (await system.Issue("once")).Is(200);
        (await system.Issue("once")).Is(200);
        (await system.Allocate("once", "once", ("once", 70))).Is(201);
        Assert.Equal(70, await system.Amount($"{Projects}/once/account", "issued"));
    }

    [Fact]
    public async Task An_id_of_an_allocation_is_one_over_all_funds()
    {
        await system.Approved(Design("ids"));
        await system.Funded("ids-a", 100);
        await system.Funded("ids-b", 100);
        (await system.Allocate("ids", "ids-a", ("ids", 1))).Is(201);
        (await system.Allocate("ids", "ids-b", ("ids", 1))).Is(409, "allocation.exists");
        await using var replica = system.Another();
        for (var i = 0; i < 10; i++)
        {
            var answers = await Task.WhenAll(new[] { ("ids-a", system.Host), ("ids-b", replica) }.Select(f => f.Item2.As("province-finance", Province, Roles.Finance).Post(
                Allocations, new { id = $"ids-{i}", fundId = f.Item1, items = new[] { new { projectId = "ids", amount = Yuan(1) } } }, Person("f-1"))));
            Assert.Equal([201, 409], answers.Select(a => a.Status).Order());
        }

        await system.AssertBalanced();
    }

    [Fact]
    public async Task Money_keeps_to_its_division_its_plan_and_open_accounts()
    {
        await system.Designed(Design("rules-designed"));
        await system.Approved(Design("rules-gz"));
        await system.Approved(Design("rules-jdz", "jdz", OtherCity));
        await system.Funded("rules-city", 100, City);
        Assert.Equal("#/items/0/projectId", Pointer((await system.Allocate("rules-1", "rules-city", ("rules-jdz", 1))).Is(422, "project.outside-division")));
        Assert.Equal("#/items/1/projectId", Pointer((await system.Allocate("rules-1", "rules-city", ("rules-gz", 1), ("nobody", 1))).Is(422, "project.unknown")));
        (await system.Allocate("rules-1", "rules-city", ("rules-designed", 1))).Is(409, "account.not-open");
        (await system.Finance.Post(Funds, Fund("rules-plan", planId: "none"))).Is(422, "plan.unknown");
        (await system.Finance.Post(Funds, Fund("rules-plan", planId: "gz"))).Is(201);
        (await system.Allocate("rules-1", "rules-plan", ("rules-jdz", 1))).Is(422, "project.outside-plan");
        (await system.Finance.Post(Funds, new { id = "Bad Id", name = "", channel = "central-award", division = Province, from = 2025, to = 2021 })).Is(422, "fund.invalid");
        (await system.Finance.Post(Funds, new { id = "x", name = "x", channel = "lottery", division = Province, from = 2021, to = 2025 })).Is(400, "body.malformed");

        static string? Pointer(Answer answer) => answer.Json.GetProperty("errors")[0].GetProperty("pointer").GetString();
    }

    [Fact]
    public async Task Nobody_reaches_what_is_not_theirs()
    {
        await system.Issued("mine", 100);
        (await system.Host.Nobody.Get(Funds)).Is(401, "token.missing");
        (await system.Reader(Province).Post(Funds, Fund("x"))).Is(403, "role.missing");
        (await system.CityFinance.Post(Funds, Fund("x"))).Is(403, "division.forbidden");
        (await system.CityFinance.Post($"{Funds}/mine/appropriate", new { amount = Yuan(1) }, Person("f-1"))).Is(403, "division.forbidden");
        (await system.CityFinance.Post($"{Allocations}/mine/withdraw", new { reason = "r" }, Person("f-1"))).Is(403, "division.forbidden");
        var stranger = system.Host.As("jdz-finance", OtherCity, Roles.Finance);
        (await stranger.Post($"{Projects}/mine/account/settle", new { }, Person("j-1"))).Is(403, "division.forbidden");
        (await stranger.PostEvent(Payment("mine", 1, "m-1", "strange"), service: "funding")).Is(403, "division.forbidden");
        (await system.Host.As("county", Yudu, Roles.Reporter).PostEvent(Payment("mine", 1, "m-1", "reporter"), service: "funding")).Is(403, "role.missing");
        (await stranger.Get($"{Projects}/mine/account")).Is(403, "division.forbidden");
        (await stranger.Get($"{Projects}/mine/entries")).Is(403, "division.forbidden");
        (await stranger.Get($"{Projects}/none/account")).Is(404, "resource.unknown");
        Assert.DoesNotContain("\"mine\"", (await stranger.Get($"{Projects}?limit=500")).Is(200).Text, StringComparison.Ordinal);
        Assert.Contains("\"mine\"", (await system.Reader(Yudu).Get($"{Projects}?limit=500")).Is(200).Text, StringComparison.Ordinal); // it lies in the county
        (await system.Reader(Ningdu).Get($"{Projects}/mine/account")).Is(403, "division.forbidden");
        (await system.Host.As("plans", City, Roles.Planner).Get("/v1/funding/ledger/trial-balance")).Is(403, "role.missing");
        Assert.Equal(0, (await system.Reader(Ningdu).Get("/v1/funding/ledger/entries")).Is(200).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await system.Host.As("jdz", OtherCity, Roles.Auditor).Get("/v1/funding/ledger/entries?projectId=mine")).Is(200).Json.GetProperty("items").GetArrayLength());
        var city = (await system.CityFinance.Get("/v1/funding/ledger/trial-balance")).Is(200).Json; // its projects without the province's funds: still zero
        Assert.Equal(0, city.GetProperty("total").GetProperty("amount").GetDecimal());
        Assert.Equal(0, city.GetProperty("reconciliation").GetProperty("differing").GetArrayLength());
        Assert.True(city.GetProperty("reconciliation").GetProperty("allocatedTo").GetProperty("amount").GetDecimal() >= 100);
    }

    [Fact]
    public async Task A_project_of_the_province_is_seen_by_the_cities_it_lies_in()
    {
        await system.Approved(Design("across", division: Province, counties: [Yudu]));
        await system.Approved(Design("whole", division: City));
        (await system.Reader(City).Get($"{Projects}/across/account")).Is(200);
        (await system.Reader(Yudu).Get($"{Projects}/across/account")).Is(200);
        (await system.Reader(OtherCity).Get($"{Projects}/across/account")).Is(403, "division.forbidden");
        (await system.Reader(Yudu).Get($"{Projects}/whole/account")).Is(200); // the whole area of the city's plan
        (await system.Reader(OtherCity).Get($"{Projects}/whole/account")).Is(403, "division.forbidden");
    }

    [Fact]
    public async Task Entries_are_paged_without_loss()
    {
        await system.Issued("pages", 300);
        for (var i = 0; i < 5; i++)
        {
            (await system.Treasury.PostEvent(Payment("pages", 10, $"g-{i}"), service: "funding")).Is(201);
        }

        var (seen, path) = (new List<string>(), "/v1/funding/ledger/entries?fundId=pages&limit=3");
        for (var cursor = ""; ;)
        {
            var page = (await system.Auditor.Get(path + cursor)).Is(200).Json;
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => $"{e.GetProperty("stream")} {e.GetProperty("version")} {e.GetProperty("leg")}"));
            if (!page.TryGetProperty("next", out var next))
            {
                break;
            }

            cursor = $"&cursor={next.GetString()}";
        }

        // Appropriated and allocated on the fund's side; allocated, issued and five payments on the project's: two legs each.
        Assert.Equal((18, 18), (seen.Count, seen.Distinct().Count()));
        (await system.Auditor.Get("/v1/funding/ledger/entries?fundId=other&limit=3&cursor=x")).Is(400, "cursor.foreign");
    }
}

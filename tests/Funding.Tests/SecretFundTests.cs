using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.ServiceDefaults;
using static Restoration.Funding.Tests.FundingSystem;

namespace Restoration.Funding.Tests;

/// <summary>A fund marked secret: finance and auditors of its division work with it as with any other; for all others there is none.</summary>
public sealed class SecretFundTests(FundingSystem system) : IClassFixture<FundingSystem>
{
    private const string Name = "国防配套修复专项";

    [Fact]
    public async Task It_is_seen_by_finance_and_auditors_of_its_division_and_by_nobody_else()
    {
        var (id, allocation) = await Planted("kept");
        var cityAuditor = system.Host.As("city-auditor", City, Roles.Auditor);
        foreach (var initiated in new[] { system.CityFinance, cityAuditor, system.Finance, system.Auditor })
        {
            var fund = (await initiated.Get($"/v1/funding/funds/{id}")).Is(200).Json;
            Assert.Equal("依法不予公开", fund.GetProperty("secretReason").GetString());
            Assert.Contains(id, (await initiated.Get("/v1/funding/funds?limit=500")).Is(200).Text, StringComparison.Ordinal);
            Assert.Contains(allocation, (await initiated.Get("/v1/funding/allocations?limit=500")).Is(200).Text, StringComparison.Ordinal);
            (await initiated.Get($"/v1/funding/allocations/{allocation}")).Is(200);
            var account = (await initiated.Get("/v1/funding/projects/kept/account")).Is(200).Json;
            Assert.Equal((true, 654_321.09m), (account.GetProperty("funds")[0].GetProperty("secret").GetBoolean(), account.GetProperty("funds")[0].GetProperty("paid").GetProperty("amount").GetDecimal()));
            Assert.Equal(0, account.GetProperty("paid").GetProperty("amount").GetDecimal());
            Assert.Contains("payment-executed.v1", (await initiated.Get("/v1/funding/projects/kept/account/history")).Is(200).Text, StringComparison.Ordinal);
            Assert.NotEqual(0, (await initiated.Get($"/v1/funding/ledger/entries?fundId={id}")).Is(200).Json.GetProperty("items").GetArrayLength());
        }

        var strangers = new[]
        {
            system.Reader(City), system.Reader(Province), system.Reader(Yudu), system.Host.As("yudu-finance", Yudu, Roles.Finance), system.Host.As("other-finance", OtherCity, Roles.Finance),
            system.Host.As("city-planner", City, Roles.Planner, Roles.Reviewer), system.Host.As("desk", Client.Everywhere, Roles.Operator),
        };
        foreach (var stranger in strangers)
        {
            foreach (var path in new[] { $"funds/{id}", $"funds/{id}/history", $"funds/{id}?asOf=2200-01-01", $"allocations/{allocation}", $"allocations/{allocation}/history" })
                (await stranger.Get($"/v1/funding/{path}")).Is(404, "resource.unknown");
            foreach (var path in new[]
            {
                "funds?limit=500", "allocations?limit=500", "allocations?projectId=kept", "projects?limit=500", "projects/kept/account", "projects/kept/account?recordedAsOf=2200-01-01",
                "projects/kept/account/history", "projects/kept/entries", "overview", "overview/explain", "ledger/entries?limit=500", $"ledger/entries?fundId={id}", "ledger/trial-balance",
            })
            {
                var text = (await stranger.Get($"/v1/funding/{path}")).Text;
                foreach (var mark in new[] { id, allocation, Name, "7654321.09", "1654321.09", "654321.09", "1000000" }) Assert.DoesNotContain(mark, text, StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, (await system.Reader(City).Get("/v1/funding/ledger/trial-balance")).Is(200).Json.GetProperty("total").GetProperty("amount").GetDecimal());
        await system.AssertBalanced();
    }

    [Fact]
    public async Task Who_may_not_see_it_cannot_touch_it_either_and_is_told_nothing()
    {
        var (id, allocation) = await Planted("shut");
        var other = system.Host.As("other-finance", OtherCity, Roles.Finance);
        (await other.Post($"/v1/funding/funds/{id}/appropriate", new { amount = Yuan(1) }, Person("o-1"))).Is(404, "fund.unknown");
        (await other.Post("/v1/funding/allocations", new { id = "shut-x", fundId = id, items = new[] { new { projectId = "shut", amount = Yuan(1) } } }, Person("o-1"))).Is(404, "fund.unknown");
        (await other.Post($"/v1/funding/allocations/{allocation}/issue", new { }, Person("o-1"))).Is(404, "allocation.unknown");

        // A project's own finance is told of another division's secret fund what it would be told of one that is not there.
        (await system.Finance.Post("/v1/funding/funds", Secret("above", Province))).Is(201);
        (await system.Finance.Post("/v1/funding/funds/above/appropriate", new { amount = Yuan(900) }, Person("f-1"))).Is(200);
        (await system.Finance.Post("/v1/funding/allocations", new { id = "above-a", fundId = "above", items = new[] { new { projectId = "shut", amount = Yuan(900) } } }, Person("f-1"))).Is(201);
        (await system.Finance.Post("/v1/funding/allocations/above-a/issue", new { }, Person("f-2"))).Is(200);
        foreach (var fund in new[] { "above", "nowhere" })
        {
            var paid = (await system.Treasury.PostEvent(Payment("shut", 5, $"{fund}-p", fund: fund), service: "funding")).Is(409, "balance.insufficient");
            Assert.Contains($"Of the fund {fund} the project has 0", paid.Text, StringComparison.Ordinal);
            (await system.Treasury.Post("/v1/funding/projects/shut/account/return", new { fundId = fund, amount = Yuan(5), reason = "结余" }, Person("t-1"))).Is(409, "balance.insufficient");
        }

        var settled = (await system.Treasury.Post("/v1/funding/projects/shut/account/settle", new { }, Person("t-1"))).Is(409, "account.open");
        Assert.DoesNotContain("above", settled.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("900", settled.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(id, settled.Text, StringComparison.Ordinal);
        var payment = new Dictionary<string, object>((Dictionary<string, object>)Payment("shut", 900, "above-p", fund: "above")) { ["source"] = "/treasury/360000" };
        (await system.Finance.PostEvent(payment, service: "funding")).Is(201);
        await system.AssertBalanced();
    }

    [Fact]
    public async Task A_reason_is_a_reason_and_open_funds_have_none()
    {
        (await system.Finance.Post("/v1/funding/funds", new { id = "blank", name = "专项", channel = "bonds", division = Province, from = 2021, to = 2025, secretReason = " " })).Is(422, "fund.invalid");
        (await system.Finance.Post("/v1/funding/funds", Fund("plain"))).Is(201);
        Assert.False((await system.Auditor.Get("/v1/funding/funds/plain")).Is(200).Json.TryGetProperty("secretReason", out _));
    }

    private static object Secret(string id, string division = City) => new
    {
        id, name = Name, channel = "superior-fiscal", division, from = 2021, to = 2200, secretReason = "依法不予公开",
    };

    /// <summary>A secret fund of the city that has given a project money, part of which was paid.</summary>
    private async Task<(string Fund, string Allocation)> Planted(string project)
    {
        var (id, allocation) = ($"{project}-secret", $"{project}-secret-allocation");
        await system.Approved(Design(project, counties: Yudu));
        (await system.CityFinance.Post("/v1/funding/funds", Secret(id))).Is(201);
        (await system.CityFinance.Post($"/v1/funding/funds/{id}/appropriate", new { amount = Yuan(7_654_321.09m) }, Person("c-1"))).Is(200);
        (await system.CityFinance.Post("/v1/funding/allocations", new { id = allocation, fundId = id, items = new[] { new { projectId = project, amount = Yuan(1_654_321.09m) } } }, Person("c-1"))).Is(201);
        (await system.CityFinance.Post($"/v1/funding/allocations/{allocation}/issue", new { }, Person("c-2"))).Is(200);
        (await system.Treasury.PostEvent(Payment(project, 654_321.09m, $"{project}-secret-payment", fund: id), service: "funding")).Is(201);
        return (id, allocation);
    }
}

public sealed class SecretSpecs
{
    private static readonly FundRef s_secret = Sample.Award with { SecretReason = "依法不予公开" };

    [Fact]
    public void Its_money_moves_in_an_account_and_leaves_the_balance_as_it_is()
    {
        Account account = Sample.Folded(Sample.Entered(), Sample.Open(), Sample.Allocated(100, "o", Sample.Total(100, 0, 0)));
        var before = account.Total;
        foreach (var step in new Func<Account, Decision<AccountEvent>>[]
        {
            a => AccountDecider.Decide(a, "p1", new AllocateMoney("s", "hidden", Funding.Ledger.Channel.Bonds, Money.Of(500), Sample.Maker, Sample.At, Secret: true)),
            a => AccountDecider.Decide(a, "p1", new IssueMoney("s", null, Sample.Issuer, Sample.At)),
            a => AccountDecider.Decide(a, "p1", Sample.Pay(200, fund: "hidden")),
            a => AccountDecider.Decide(a, "p1", new ReturnMoney("hidden", Money.Of(100), "结余", Sample.Maker, Sample.At)),
            a => AccountDecider.Decide(a, new MarkIdle("s", Sample.Maker, Sample.At.AddMonths(12))),
        })
        {
            var fact = Assert.Single(step(account).Events);
            Assert.True(fact is MoneyEvent { Secret: true } m ? m.Balance == before : fact is MoneyFoundIdle { Secret: true });
            Assert.True(Publishing.Map[fact].IsSecret(fact));
            account = Account.Aggregate.Fold(account, [fact]);
        }

        Assert.Equal((before, Money.Of(200)), (account.Total, account.Unpaid("hidden")));
        var open = Assert.Single(AccountDecider.Decide(account, "p1", new IssueMoney("o", null, Sample.Issuer, Sample.At)).Events);
        Assert.Equal(Sample.Total(0, 100, 0), Assert.IsType<MoneyIssued>(open).Balance);
        Assert.False(Publishing.Map[open].IsSecret(open));
    }

    [Fact]
    public void Every_fact_of_a_secret_fund_stays_out_of_the_feed() => Assert.All(
        new FundEvent[]
        {
            Sample.Opened(s_secret), Sample.Appropriated() with { Fund = s_secret }, Sample.Made() with { Fund = s_secret }, Sample.Issued() with { Fund = s_secret },
            Sample.Withdrawn() with { Fund = s_secret }, new MoneyTakenBack(s_secret, "p1", Money.Of(1), Money.Of(1), "结余", Sample.Maker, Sample.At),
        },
        fact => Assert.True(Publishing.Map[fact].IsSecret(fact)));

    [Fact]
    public void Opening_it_alike_without_a_reason_is_other_content() => Sample.GivenFund(Sample.Opened(s_secret))
        .When(f => FundDecider.Decide(f, new OpenFund(Sample.Award, 2021, 2025, Money.Of(5_000_000), null, "赣财资环〔2021〕1号", "中央财政", Sample.Maker, Sample.At)))
        .IsRefused(RefusalKind.Conflict, "fund.exists");
}

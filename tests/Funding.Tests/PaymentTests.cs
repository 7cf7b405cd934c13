using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Funding.Tests.FundingSystem;

namespace Restoration.Funding.Tests;

/// <summary>Payments as the treasury's system posts them: each once, and never more than there is, whoever is faster.</summary>
public sealed class PaymentTests(FundingSystem system) : IClassFixture<FundingSystem>
{
    private const string Projects = "/v1/funding/projects";

    [Fact]
    public async Task A_payment_posted_twice_is_paid_once()
    {
        await system.Issued("twice", 300);
        (await system.Treasury.PostEvent(Payment("twice", 100, "t-1", "t-e1"), service: "funding")).Is(201);
        Assert.Equal("duplicate", (await system.Treasury.PostEvent(Payment("twice", 100, "t-1", "t-e1"), service: "funding")).Is(200).Json.GetProperty("status").GetString());
        (await system.Treasury.PostEvent(Payment("twice", 101, "t-1", "t-e1"), service: "funding")).Is(409, "event.differs");
        Assert.True((await system.Treasury.PostEvent(Payment("twice", 100, "t-1", "t-e2"), service: "funding")).Status is 200 or 201); // the same payment in another event
        (await system.Treasury.PostEvent(Payment("twice", 101, "t-1", "t-e3"), service: "funding")).Is(409, "payment.differs");
        Assert.Equal(100, await system.Amount($"{Projects}/twice/account", "paid"));
        await system.AssertBalanced();
    }

    [Fact]
    public async Task What_is_wrong_with_a_payment_is_said()
    {
        await system.Issued("wrong", 300);
        (await system.Treasury.PostEvent(Payment("wrong", 1, "x-1", approvedBy: "r-1"), service: "funding")).Is(403, "duties.not-separate");
        (await system.Treasury.PostEvent(Payment("wrong", 0, "x-1"), service: "funding")).Is(422, "amount.not-positive");
        (await system.Treasury.PostEvent(Payment("wrong", 1.001m, "x-1"), service: "funding")).Is(400, "event.data-malformed");
        (await system.Treasury.PostEvent(Payment("wrong", 1, "x-1", subject: "other"), service: "funding")).Is(422, "event.subject-differs");
        (await system.Treasury.PostEvent(Payment("nobody", 1, "x-1"), service: "funding")).Is(404, "account.unknown");
        (await system.Treasury.PostEvent(Payment("wrong", 1, "x-1", fund: "nobody"), service: "funding")).Is(409, "balance.insufficient");
        Assert.Equal(0, await system.Amount($"{Projects}/wrong/account", "paid"));
    }

    [Fact]
    public async Task Of_a_batch_as_many_are_paid_as_there_is_money()
    {
        await system.Issued("batch", 1_000);
        var results = (await system.Treasury.PostEvents(Enumerable.Range(0, 15).Select(i => Payment("batch", 100, $"b-{i}")), service: "funding")).Is(200).Json.GetProperty("results");
        Assert.Equal(Enumerable.Repeat("recorded", 10).Concat(Enumerable.Repeat("rejected", 5)), results.EnumerateArray().Select(r => r.GetProperty("status").GetString()));
        await AssertPaid("batch", 10, 1_000);
    }

    [Fact]
    public async Task Sixty_at_once_pay_what_there_is_and_not_a_fen_more()
    {
        await system.Issued("rush", 3_000);
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => system.Treasury.PostEvent(Payment("rush", 100, $"r-{i}"), service: "funding")));
        AssertThirty(answers);
        await AssertPaid("rush", 30, 3_000);
    }

    [Fact]
    public async Task Sixty_at_once_through_two_replicas_pay_what_there_is_and_not_a_fen_more()
    {
        await system.Issued("rush2", 3_000);
        await using var replica = system.Another();
        var treasuries = new[] { system.Treasury, replica.As("treasury", City, Roles.Finance) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => treasuries[i % 2].PostEvent(Payment("rush2", 100, $"r-{i}"), service: "funding")));
        AssertThirty(answers);
        await AssertPaid("rush2", 30, 3_000);
    }

    [Fact]
    public async Task Allocations_of_two_replicas_share_one_fund()
    {
        string[] projects = ["share-0", "share-1", "share-2"];
        foreach (var p in projects)
        {
            await system.Approved(Design(p));
        }

        await system.Funded("share", 1_000);
        await using var replica = system.Another();
        var finance = new[] { system.Finance, replica.As("province-finance", Province, Roles.Finance) };
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => finance[i % 2].Post(
            "/v1/funding/allocations",
            new { id = $"share-{i}", fundId = "share", items = projects.Skip(i % 2).Select(p => new { projectId = p, amount = Yuan(i % 2 == 0 ? 100m / 4 : 50) }) },
            Person("f-1"))));
        Assert.All(answers, a => Assert.True(a.Status is 201 || (a.Status is 409 && a.Code == "balance.insufficient"), a.Text));
        var even = answers.Where((_, i) => i % 2 == 0).Count(a => a.Status == 201);
        var odd = answers.Where((_, i) => i % 2 == 1).Count(a => a.Status == 201);
        var left = await system.Amount("/v1/funding/funds/share", "available");
        Assert.Equal(1_000 - (even * 75) - (odd * 100), left);
        Assert.True(left < 100, $"{even} and {odd} leave {left}");
        await system.AssertBalanced();
    }

    private static void AssertThirty(Answer[] answers)
    {
        Assert.All(answers, a => Assert.True(a.Status is 201 || (a.Status is 409 && a.Code == "balance.insufficient"), a.Text));
        Assert.Equal(30, answers.Count(a => a.Status == 201));
    }

    private async Task AssertPaid(string project, int payments, decimal paid)
    {
        var fund = (await system.Auditor.Get($"{Projects}/{project}/account")).Is(200).Json.GetProperty("funds")[0];
        Assert.Equal((paid, 0m), (fund.GetProperty("paid").GetProperty("amount").GetDecimal(), fund.GetProperty("unpaid").GetProperty("amount").GetDecimal()));
        Assert.Equal(payments, (await system.Auditor.Get($"{Projects}/{project}/account/history?limit=500")).Is(200).Json
            .GetProperty("items").EnumerateArray().Count(i => i.GetProperty("type").GetString() == "payment-executed.v1"));
        await system.AssertBalanced();
    }
}

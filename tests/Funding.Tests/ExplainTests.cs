using System.Text.Json;
using Restoration.Support;
using static Restoration.Funding.Tests.FundingSystem;

namespace Restoration.Funding.Tests;

/// <summary>Every sum of money can be computed again from what it names.</summary>
public sealed class ExplainTests(FundingSystem system) : IClassFixture<FundingSystem>
{
    private static decimal Yuan(JsonElement item, string member) => item.TryGetProperty(member, out var money) ? money.GetProperty("amount").GetDecimal() : 0;

    private static async Task<List<JsonElement>> All(Caller caller, string path)
    {
        var items = new List<JsonElement>();
        for (var next = $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=3"; next is not null;)
        {
            var page = (await caller.Get(next)).Is(200);
            items.AddRange(page.Json.GetProperty("items").EnumerateArray());
            next = page.Header("Link")?.Split('>')[0][1..];
        }

        return items;
    }

    private async Task Move()
    {
        foreach (var id in new[] { "ex-1", "ex-2" })
        {
            await system.Issued(id, 500);
            (await system.Treasury.PostEvent(Payment(id, 120.50m, "p-1"), service: "funding")).Is(201);
        }
    }

    [Fact]
    public async Task Overview_accounts_and_trial_balance_add_up_what_they_name()
    {
        await Move();
        var overview = (await system.Auditor.Get("/v1/funding/overview")).Is(200).Json;
        foreach (var sum in overview.GetProperty("plans").EnumerateArray().Append(overview.GetProperty("total")))
        {
            var accounts = await All(system.Auditor, sum.GetProperty("explain").GetString()!);
            Assert.Equal(sum.GetProperty("projects").GetInt32(), accounts.Count);
            foreach (var member in new[] { "estimate", "allocated", "issued", "paid" })
                Assert.Equal(Yuan(sum, member), accounts.Sum(a => Yuan(a, member)));
            foreach (var account in accounts)
            {
                var fact = (await system.Auditor.Get(account.GetProperty("fact").GetString()!)).Is(200).Json.GetProperty("items")[0];
                Assert.Equal(account.GetProperty("position").GetInt64(), fact.GetProperty("position").GetInt64());
                var entries = await All(system.Auditor, account.GetProperty("explain").GetString()!);
                Assert.Equal(Yuan(account, "paid"), Of(entries, "paid"));
                Assert.Equal(Yuan(account, "issued"), Of(entries, "paid") + Of(entries, "issued"));
                Assert.Equal(Yuan(account, "allocated"), Of(entries, "allocated"));
                foreach (var entry in entries)
                {
                    var posted = (await system.Auditor.Get(entry.GetProperty("fact").GetString()!)).Is(200).Json.GetProperty("items")[0];
                    Assert.Equal(entry.GetProperty("position").GetInt64(), posted.GetProperty("position").GetInt64());
                }
            }
        }

        var trial = (await system.Auditor.Get("/v1/funding/ledger/trial-balance")).Is(200).Json;
        Assert.True(trial.GetProperty("classes").GetArrayLength() >= 5);
        foreach (var of in trial.GetProperty("classes").EnumerateArray())
            Assert.Equal(Yuan(of, "amount"), (await All(system.Auditor, of.GetProperty("explain").GetString()!)).Sum(e => Yuan(e, "amount")));

        static decimal Of(List<JsonElement> entries, string kind) => entries.Where(e => e.GetProperty("class").GetString() == kind).Sum(e => Yuan(e, "amount"));
    }

    [Fact]
    public async Task A_county_is_explained_what_it_sees()
    {
        await system.Issued("ex-here", 10);
        await system.Approved(Design("ex-there", counties: Ningdu));
        var accounts = await All(system.Reader(Yudu), "/v1/funding/overview/explain");
        Assert.Contains(accounts, a => a.GetProperty("projectId").GetString() == "ex-here");
        Assert.DoesNotContain(accounts, a => a.GetProperty("projectId").GetString() == "ex-there");
    }
}

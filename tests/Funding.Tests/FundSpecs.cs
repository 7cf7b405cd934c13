using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using static Restoration.Funding.Tests.Sample;

namespace Restoration.Funding.Tests;

public sealed class FundSpecs
{
    private static readonly Dictionary<string, Account> s_accounts = new()
    {
        ["p1"] = Folded(Entered(), Open()),
        ["p2"] = Folded(Entered("p2"), Open("p2")),
        ["designed"] = Folded(Entered("designed")),
        ["settled"] = Folded(Entered("settled"), Open("settled"), Settled() with { Account = Ref("settled") }),
        ["elsewhere"] = Folded(Entered("elsewhere", division: "440000"), Open("elsewhere", "440000")),
        ["other-plan"] = Folded(Entered("other-plan", planId: "jdz"), Open("other-plan", planId: "jdz")),
    };

    private static OpenFund OpenIt(string id = "award", string name = "中央奖补资金", int from = 2021, int to = 2025, decimal? total = 5_000_000) => new(
        Award with { Id = id, Name = name }, from, to, total is { } t ? Yuan(t) : null, null, "赣财资环〔2021〕1号", "中央财政", Maker, At);

    private static MakeAllocation Make(string id = "a-1", params AllocationItem[] items) =>
        new(id, items.Length == 0 ? [new("p1", Yuan(300))] : items, "2024-2", Maker, At);

    private static Decision<FundEvent> Allocate(Fund fund, MakeAllocation command) =>
        FundDecider.Decide(fund, "award", command, p => s_accounts.GetValueOrDefault(p, Account.Unknown), Tree);

    [Fact]
    public void A_fund_is_opened() => GivenFund().When(f => FundDecider.Decide(f, OpenIt())).Records(Opened());

    [Fact]
    public void Opening_it_alike_changes_nothing() => GivenFund(Opened()).When(f => FundDecider.Decide(f, OpenIt() with { By = Issuer })).RecordsNothing();

    [Fact]
    public void Opening_it_otherwise_is_refused() => GivenFund(Opened())
        .When(f => FundDecider.Decide(f, OpenIt(name: "别的"))).IsRefused(RefusalKind.Conflict, "fund.exists");

    [Fact]
    public void All_that_is_wrong_with_a_fund_is_said_at_once() => GivenFund()
        .When(f => FundDecider.Decide(f, OpenIt("Not A Slug", " ", 2025, 2021, 0))).IsRefused(RefusalKind.Invalid, "fund.invalid", "#/id", "#/name", "#/to", "#/total");

    [Fact]
    public void Appropriated_money_is_available() => GivenFund(Opened(), Appropriated())
        .When(f => FundDecider.Decide(f, "award", new AppropriateFund(Yuan(500), "2024-1", null, Maker, At))).Records(Appropriated(500, 1_500));

    [Fact]
    public void Nothing_is_appropriated_to_no_fund() => GivenFund()
        .When(f => FundDecider.Decide(f, "none", new AppropriateFund(Yuan(5), null, null, Maker, At))).IsRefused(RefusalKind.NotFound, "fund.unknown");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void An_appropriation_is_more_than_nothing(decimal amount) => GivenFund(Opened())
        .When(f => FundDecider.Decide(f, "award", new AppropriateFund(Yuan(amount), null, null, Maker, At)))
        .IsRefused(RefusalKind.Invalid, "amount.not-positive", "#/amount");

    [Fact]
    public void A_fund_stays_below_what_sums_can_hold() => GivenFund(Opened(), Appropriated())
        .When(f => FundDecider.Decide(f, "award", new AppropriateFund(FundDecider.MostAppropriated, null, null, Maker, At)))
        .IsRefused(RefusalKind.Invalid, "amount.too-large", "#/amount");

    [Fact]
    public void An_allocation_is_made() => GivenFund(Opened(), Appropriated()).When(f => Allocate(f, Make())).Records(Made());

    [Fact]
    public void An_allocation_may_take_all_that_is_available() => GivenFund(Opened(), Appropriated(600))
        .When(f => Allocate(f, Make("a-1", new("p1", Yuan(300)), new("p2", Yuan(300)))))
        .Records(Made("a-1", 0, new("p1", Yuan(300)), new("p2", Yuan(300))));

    [Fact]
    public void An_allocation_of_more_than_is_available_is_refused() => GivenFund(Opened(), Appropriated(599.99m))
        .When(f => Allocate(f, Make("a-1", new("p1", Yuan(300)), new("p2", Yuan(300))))).IsRefused(RefusalKind.Conflict, "balance.insufficient");

    [Fact]
    public void What_is_allocated_is_not_available_again() => GivenFund(Opened(), Appropriated(500), Made(available: 200))
        .When(f => Allocate(f, Make("a-2"))).IsRefused(RefusalKind.Conflict, "balance.insufficient");

    [Fact]
    public void The_same_allocation_again_changes_nothing() => GivenFund(Opened(), Appropriated(300), Made(available: 0), Issued())
        .When(f => Allocate(f, Make())).RecordsNothing();

    [Fact]
    public void Another_allocation_of_that_id_is_refused() => GivenFund(Opened(), Appropriated(), Made())
        .When(f => Allocate(f, Make("a-1", new AllocationItem("p1", Yuan(301))))).IsRefused(RefusalKind.Conflict, "allocation.exists");

    [Fact]
    public void Nothing_is_allocated_from_no_fund() => GivenFund().When(f => Allocate(f, Make())).IsRefused(RefusalKind.NotFound, "fund.unknown");

    [Fact]
    public void All_that_is_wrong_with_an_allocation_is_said_at_once() => GivenFund(Opened(planId: "gz"), Appropriated())
        .When(f => Allocate(f, new MakeAllocation(
            "Bad.Id", [new("p1", Yuan(0)), new("p1", Yuan(1)), new("nobody", Yuan(1)), new("elsewhere", Yuan(1)), new("other-plan", Yuan(1))], null, Maker,
            At.AddYears(2))))
        .IsRefused(
            RefusalKind.Invalid, "allocation.invalid", "#/id", "#/at", "#/items/0/amount", "#/items/1/projectId", "#/items/2/projectId", "#/items/3/projectId",
            "#/items/4/projectId");

    [Theory]
    [InlineData(0)]
    [InlineData(FundDecider.MostItems + 1)]
    public void An_allocation_has_items_and_not_too_many(int items) => GivenFund(Opened(), Appropriated())
        .When(f => Allocate(f, new MakeAllocation("a-1", [.. Enumerable.Range(0, items).Select(i => new AllocationItem($"p{i}", Yuan(1)))], null, Maker, At)))
        .IsRefused(RefusalKind.Invalid, "allocation.invalid", "#/items");

    [Theory]
    [InlineData("2020-12-31T15:59:59Z", false)]
    [InlineData("2020-12-31T16:00:00Z", true)]
    [InlineData("2025-12-31T15:59:59Z", true)]
    [InlineData("2025-12-31T16:00:00Z", false)]
    public void A_fund_allocates_within_its_years_in_China(string at, bool allowed)
    {
        var decision = GivenFund(Opened(), Appropriated())
            .When(f => Allocate(f, Make() with { At = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture) }));
        if (allowed)
        {
            decision.Records(Made() with { At = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture) });
        }
        else
        {
            decision.IsRefused(RefusalKind.Invalid, "fund.outside-period", "#/at");
        }
    }

    [Theory]
    [InlineData("designed", "account.not-open")]
    [InlineData("settled", "account.settled")]
    public void Money_goes_to_open_accounts_only(string project, string code) => GivenFund(Opened(), Appropriated())
        .When(f => Allocate(f, Make("a-1", new("p1", Yuan(1)), new(project, Yuan(1))))).IsRefused(RefusalKind.Conflict, code);

    [Fact]
    public void Another_person_issues_it() => GivenFund(Opened(), Appropriated(), Made())
        .When(f => FundDecider.Decide(f, new IssueAllocation("a-1", "2024-3", Issuer, At))).Records(Issued());

    [Fact]
    public void Without_a_document_of_its_own_the_issue_names_that_of_the_allocation() => GivenFund(Opened(), Appropriated(), Made())
        .When(f => FundDecider.Decide(f, new IssueAllocation("a-1", null, Issuer, At))).Records(Issued() with { DocumentNumber = "2024-2" });

    [Fact]
    public void Who_made_it_does_not_issue_it() => GivenFund(Opened(), Appropriated(), Made())
        .When(f => FundDecider.Decide(f, new IssueAllocation("a-1", null, Maker with { Client = "another" }, At))).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void Issuing_twice_changes_nothing() => GivenFund(Opened(), Appropriated(), Made(), Issued())
        .When(f => FundDecider.Decide(f, new IssueAllocation("a-1", "2024-3", Issuer, At))).RecordsNothing();

    [Fact]
    public void What_was_withdrawn_is_not_issued() => GivenFund(Opened(), Appropriated(), Made(), Withdrawn())
        .When(f => FundDecider.Decide(f, new IssueAllocation("a-1", null, Issuer, At))).IsRefused(RefusalKind.Conflict, "allocation.withdrawn");

    [Fact]
    public void Nothing_unknown_is_issued_or_withdrawn()
    {
        GivenFund(Opened()).When(f => FundDecider.Decide(f, new IssueAllocation("a-1", null, Issuer, At))).IsRefused(RefusalKind.NotFound, "allocation.unknown");
        GivenFund(Opened()).When(f => FundDecider.Decide(f, new WithdrawAllocation("a-1", "重复", Maker, At))).IsRefused(RefusalKind.NotFound, "allocation.unknown");
    }

    [Fact]
    public void A_withdrawn_allocation_is_available_again() => GivenFund(Opened(), Appropriated(), Made())
        .When(f => FundDecider.Decide(f, new WithdrawAllocation("a-1", "重复", Maker, At))).Records(Withdrawn());

    [Fact]
    public void Withdrawing_twice_changes_nothing() => GivenFund(Opened(), Appropriated(), Made(), Withdrawn())
        .When(f => FundDecider.Decide(f, new WithdrawAllocation("a-1", "重复", Maker, At))).RecordsNothing();

    [Fact]
    public void What_was_issued_is_not_withdrawn() => GivenFund(Opened(), Appropriated(), Made(), Issued())
        .When(f => FundDecider.Decide(f, new WithdrawAllocation("a-1", "重复", Maker, At))).IsRefused(RefusalKind.Conflict, "allocation.issued");

    [Fact]
    public void What_a_project_returns_is_available_again() => GivenFund(Opened(), Appropriated(), Made(), Issued())
        .When(f => FundDecider.Decide(f, "award", new TakeMoneyBack("p1", Yuan(50), "结余", Maker, At)))
        .Records(new MoneyTakenBack(Award, "p1", Yuan(50), Yuan(750), "结余", Maker, At));

    [Fact]
    public void No_more_comes_back_than_went_out()
    {
        GivenFund(Opened(), Appropriated(), Made(), Issued())
            .When(f => FundDecider.Decide(f, "award", new TakeMoneyBack("p1", Yuan(300.01m), "结余", Maker, At))).IsRefused(RefusalKind.Conflict, "balance.insufficient");
        GivenFund().When(f => FundDecider.Decide(f, "none", new TakeMoneyBack("p1", Yuan(1), "结余", Maker, At))).IsRefused(RefusalKind.NotFound, "fund.unknown");
    }
}

using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.Funding.Ledger;
using Restoration.Support;

namespace Restoration.Funding.Tests;

/// <summary>What the specs speak of: a provincial fund, two projects of Ganzhou's plan, one of another city.</summary>
internal static class Sample
{
    public const string Province = "360000", City = "360700", Yudu = "360731", OtherCity = "360200";
    public static readonly DateTimeOffset At = new(2024, 3, 1, 1, 0, 0, TimeSpan.Zero);
    public static readonly By Maker = new("province-finance", "f-1"), Issuer = new("province-finance", "f-2"), Treasury = new("treasury"), Registry = new("registry");

    public static readonly DivisionTree Tree = DivisionTree.Of(
    [
        new(Province, "江西省", "province"), new(City, "赣州市", "city", Province), new(Yudu, "于都县", "county", City), new(OtherCity, "景德镇市", "city", Province),
    ]);

    public static readonly FundRef Award = new("award", "中央奖补资金", Channel.CentralAward, Province);

    public static Money Yuan(decimal amount) => Money.Of(amount);

    public static FundOpened Opened(FundRef? fund = null, string? planId = null) =>
        new(fund ?? Award, 2021, 2025, Yuan(5_000_000), planId, "赣财资环〔2021〕1号", "中央财政", Maker, At);

    public static FundAppropriated Appropriated(decimal amount = 1_000, decimal? available = null) =>
        new(Award, Yuan(amount), Yuan(available ?? amount), "2024-1", null, Maker, At);

    public static AllocationMade Made(string id = "a-1", decimal available = 700, params AllocationItem[] items) =>
        new(Award, id, items.Length == 0 ? [new("p1", Yuan(300))] : items, Yuan(available), "2024-2", Maker, At);

    public static AllocationIssued Issued(string id = "a-1") => new(Award, id, [new("p1", Yuan(300))], "2024-3", Issuer, At);

    public static AllocationWithdrawn Withdrawn(string id = "a-1", decimal available = 1_000) => new(Award, id, [new("p1", Yuan(300))], Yuan(available), "重复", Maker, At);

    public static AccountRef Ref(string id = "p1", string division = City, string planId = "gz") => new(id, planId, "prog", division, division == City ? [Yudu] : []);

    public static EstimateEntered Entered(string id = "p1", decimal? estimate = 2_000, string division = City, string planId = "gz") => new(
        Ref(id, division, planId), "废弃矿山治理", estimate is { } e ? Yuan(e) : null, [new("central-award", Yuan(1_500)), new("local-match", Yuan(500))], Registry, At);

    public static AccountOpened Open(string id = "p1", string division = City, string planId = "gz") => new(
        Ref(id, division, planId), "废弃矿山治理", Yuan(2_000), [new("central-award", Yuan(1_500)), new("local-match", Yuan(500))], Registry, At);

    public static EstimateChanged Changed(decimal? estimate) => new(
        Ref(), "废弃矿山治理", estimate is { } e ? Yuan(e) : null, [new("central-award", Yuan(1_500)), new("local-match", Yuan(1_000))], "c-1", Maker, At);

    public static readonly DateOnly Day = new(2024, 3, 1);

    public static AccountFrozen Frozen() => new(Ref(), "汛期", Day, Maker, At);

    public static AccountReleased Released() => new(Ref(), Maker, At);

    public static AccountTerminated Terminated() => new(Ref(), "规划调整", "退回", Day, Maker, At);

    public static Balance Total(decimal allocated, decimal issued, decimal paid) => new(Yuan(allocated), Yuan(issued), Yuan(paid));

    public static MoneyAllocated Allocated(decimal amount = 300, string id = "a-1", Balance? after = null, string fund = "award") =>
        new(Ref(), id, fund, Channel.CentralAward, Yuan(amount), after ?? Total(amount, 0, 0), Maker, At);

    public static MoneyIssued IssuedTo(decimal amount = 300, string id = "a-1", Balance? after = null, DateTimeOffset? at = null, string fund = "award") =>
        new(Ref(), id, fund, Channel.CentralAward, Yuan(amount), after ?? Total(0, amount, 0), "2024-3", Issuer, at ?? At);

    public static AllocationCancelled Cancelled() => new(Ref(), "a-1", "award", Yuan(300), Total(0, 0, 0), "重复", Maker, At);

    public static PaymentExecuted Paid(decimal amount = 100, Balance? after = null, string id = "pay-1") => new(
        Ref(), id, "award", Yuan(amount), after ?? Total(0, 300, amount), "r-1", "r-2", "赣州建工", "土方", "第一期", new Sender("/treasury", "e-1"), Treasury, At);

    public static ExecutePayment Pay(decimal amount = 100, string id = "pay-1", string by = "r-1", string approved = "r-2", string fund = "award") => new(
        id, fund, Yuan(amount), by, approved, "赣州建工", "土方", "第一期", new Sender("/treasury", "e-1"), Treasury, At);

    public static MoneyReturned Returned(decimal amount = 50, Balance? after = null) =>
        new(Ref(), "award", Yuan(amount), after ?? Total(0, 250, 0), "结余", Maker, At);

    public static AccountSettled Settled(Balance? after = null) => new(Ref(), after ?? Total(0, 0, 0), Maker, At);

    public static Account Folded(params AccountEvent[] facts) => Account.Aggregate.Fold(Account.Unknown, facts);

    public static Spec<Fund, FundEvent> GivenFund(params ReadOnlySpan<FundEvent> facts) =>
        new Spec<Fund, FundEvent>(Fund.Unknown, (s, e) => Fund.Aggregate.Fold(s, e)).After(facts);

    public static Spec<Account, AccountEvent> GivenAccount(params ReadOnlySpan<AccountEvent> facts) =>
        new Spec<Account, AccountEvent>(Account.Unknown, (s, e) => Account.Aggregate.Fold(s, e)).After(facts);
}

using Restoration.Domain;
using Restoration.Funding.Ledger;

namespace Restoration.Funding.Accounts;

/// <summary>Enter what a designed project is expected to cost, and who is expected to pay.</summary>
public sealed record EnterEstimate(AccountRef Account, string Name, Money? Estimate, IReadOnlyList<Share> FundingPlan, By By, DateTimeOffset At);

public sealed record OpenAccount(By By, DateTimeOffset At);

public sealed record AllocateMoney(string AllocationId, string FundId, Channel Channel, Money Amount, By By, DateTimeOffset At);

public sealed record IssueMoney(string AllocationId, string? DocumentNumber, By By, DateTimeOffset At);

public sealed record CancelAllocation(string AllocationId, string Reason, By By, DateTimeOffset At);

public sealed record ExecutePayment(
    string PaymentId, string FundId, Money Amount, string RequestedBy, string ApprovedBy, string? Payee, string? Purpose, string? Note, Sender? Sender, By By,
    DateTimeOffset At);

public sealed record ReturnMoney(string FundId, Money Amount, string Reason, By By, DateTimeOffset At);

public sealed record SettleAccount(By By, DateTimeOffset At);

/// <summary>Twelve months have passed since an allocation was issued: is any of it unpaid?</summary>
public sealed record MarkIdle(string AllocationId, By By, DateTimeOffset At);

/// <summary>The rules of accounts (domain §6): no balance below zero, two persons, nothing after the settlement.</summary>
public static class AccountDecider
{
    public const int IdleMonths = 12;
    private const int LongestPaymentId = 100;

    public static Decision<AccountEvent> Decide(Account account, EnterEstimate c)
    {
        var entered = new EstimateEntered(c.Account, c.Name, c.Estimate, c.FundingPlan, c.By, c.At);
        return account switch
        {
            { State: AccountState.Unknown } => [entered],
            { Entered: { } known } when CanonicalJson.Same(known with { By = c.By, At = c.At }, entered, StoredJson.Default.EstimateEntered) => [],
            { State: AccountState.Entered } => [entered],
            _ => Refusal.Conflict("account.opened", $"The estimate of {c.Account.ProjectId} was approved; it changes by a change request."),
        };
    }

    public static Decision<AccountEvent> Decide(Account account, string projectId, OpenAccount c) => account switch
    {
        { State: AccountState.Unknown } => Refusal.NotFound("account.unknown", $"The design of {projectId} has not come yet."),
        { State: AccountState.Entered, Entered: { } e } => [new AccountOpened(e.Account, e.Name, e.Estimate, e.FundingPlan, c.By, c.At)],
        _ => [],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, AllocateMoney c) => account switch
    {
        _ when account.Parts.ContainsKey(c.AllocationId) => [],
        _ when account.RefusesPosting(projectId) is { } refusal => refusal,
        { Total: var t } => [new MoneyAllocated(
            account.Ref, c.AllocationId, c.FundId, c.Channel, c.Amount, t with { Allocated = t.Allocated + c.Amount }, c.By, c.At)],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, IssueMoney c) => account.Parts.GetValueOrDefault(c.AllocationId) switch
    {
        { State: PartState.Issued } => [],
        _ when account.RefusesPosting(projectId) is { } refusal => refusal,
        { State: PartState.Allocated } part when account.Total is var t => [new MoneyIssued(
            account.Ref, c.AllocationId, part.FundId, part.Channel, part.Amount,
            t with { Allocated = t.Allocated - part.Amount, Issued = t.Issued + part.Amount }, c.DocumentNumber, c.By, c.At)],
        _ => NotAllocated(c.AllocationId),
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, CancelAllocation c) => account.Parts.GetValueOrDefault(c.AllocationId) switch
    {
        { State: PartState.Cancelled } => [],
        _ when account.RefusesPosting(projectId) is { } refusal => refusal,
        { State: PartState.Allocated } part when account.Total is var t => [new AllocationCancelled(
            account.Ref, c.AllocationId, part.FundId, part.Amount, t with { Allocated = t.Allocated - part.Amount }, c.Reason, c.By, c.At)],
        _ => NotAllocated(c.AllocationId),
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, ExecutePayment c)
    {
        if (account.Payments.TryGetValue(c.PaymentId, out var known))
        {
            return Same(known, c) ? [] : Refusal.Conflict("payment.differs", $"The payment {c.PaymentId} was executed with other content.");
        }

        if (account.RefusesPosting(projectId) is { } refusal)
        {
            return refusal;
        }

        var faults = Faults(c).ToList();
        if (faults.Count > 0)
        {
            return Refusal.Invalid(c.Amount <= Money.Zero ? "amount.not-positive" : "payment.invalid", faults[0].Detail, faults);
        }

        var t = account.Total;
        return c.RequestedBy == c.ApprovedBy ? Refusal.Forbidden("duties.not-separate", "Who requested a payment does not approve it.")
            : c.Amount > account.Unpaid(c.FundId) ? Insufficient(account, c.FundId)
            : [new PaymentExecuted(
                account.Ref, c.PaymentId, c.FundId, c.Amount, t with { Paid = t.Paid + c.Amount }, c.RequestedBy, c.ApprovedBy, c.Payee, c.Purpose, c.Note,
                c.Sender, c.By, c.At)];
    }

    public static Decision<AccountEvent> Decide(Account account, string projectId, ReturnMoney c) => account switch
    {
        _ when account.RefusesPosting(projectId) is { } refusal => refusal,
        _ when c.Amount <= Money.Zero => Refusal.Invalid("amount.not-positive", "An amount is more than nothing.", new Fault("#/amount", "More than 0 is expected.")),
        _ when c.Amount > account.Unpaid(c.FundId) => Insufficient(account, c.FundId),
        { Total: var t } => [new MoneyReturned(account.Ref, c.FundId, c.Amount, t with { Issued = t.Issued - c.Amount }, c.Reason, c.By, c.At)],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, SettleAccount c) => account switch
    {
        { State: AccountState.Settled } => [],
        _ when account.RefusesPosting(projectId) is { } refusal => refusal,
        _ when Open(account) is { Count: > 0 } open => Refusal.Conflict("account.open", $"Still open: {string.Join("; ", open)}."),
        _ => [new AccountSettled(account.Ref, account.Total, c.By, c.At)],
    };

    public static Decision<AccountEvent> Decide(Account account, MarkIdle c) => account.Parts.GetValueOrDefault(c.AllocationId) switch
    {
        { IssuedAt: { } since, FoundIdle: false } part when c.At >= since.AddMonths(IdleMonths) && account.UnpaidOf(c.AllocationId) is var idle && idle > Money.Zero =>
            [new MoneyFoundIdle(account.Ref, c.AllocationId, part.FundId, idle, since, c.By, c.At)],
        _ => [],
    };

    private static Refusal NotAllocated(string id) => Refusal.Conflict("allocation.not-open", $"The account has no open part of the allocation {id}.");

    private static Refusal Insufficient(Account account, string fund) => Refusal.Conflict(
        "balance.insufficient", $"Of the fund {fund} the project has {account.Unpaid(fund)} that is issued and not paid.");

    /// <summary>What keeps it from being settled, fund by fund.</summary>
    private static List<string> Open(Account account) => [.. account.Balances.Amounts
        .Where(b => b.Key.Class is LedgerClass.Allocated or LedgerClass.Issued && b.Value > Money.Zero)
        .OrderBy(b => b.Key.FundId, StringComparer.Ordinal).ThenBy(b => b.Key.Class)
        .Select(b => $"{b.Value} of {b.Key.FundId} {(b.Key.Class == LedgerClass.Allocated ? "allocated and not issued" : "issued and not paid")}")];

    private static bool Same(PaymentExecuted known, ExecutePayment c) =>
        (known.FundId, known.Amount, known.RequestedBy, known.ApprovedBy, known.Payee, known.Purpose, known.Note)
        == (c.FundId, c.Amount, c.RequestedBy, c.ApprovedBy, c.Payee, c.Purpose, c.Note);

    private static IEnumerable<Fault> Faults(ExecutePayment c)
    {
        if (c.Amount <= Money.Zero)
        {
            yield return new Fault("#/data/amount", "More than 0 is expected.");
        }

        if (c.PaymentId.Length is 0 or > LongestPaymentId || string.IsNullOrWhiteSpace(c.PaymentId))
        {
            yield return new Fault("#/data/paymentId", $"1 to {LongestPaymentId} characters are expected.");
        }

        foreach (var (name, person) in new[] { ("requestedBy", c.RequestedBy), ("approvedBy", c.ApprovedBy) })
        {
            if (person.Length is 0 or > 64 || !person.All(l => char.IsAsciiLetterOrDigit(l) || l is '.' or '_' or '-'))
            {
                yield return new Fault($"#/data/{name}", "A staff number of 1 to 64 letters, digits, dots, underscores or hyphens is expected.");
            }
        }
    }
}

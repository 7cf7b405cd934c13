using Restoration.Domain;
using Restoration.Funding.Ledger;

namespace Restoration.Funding.Accounts;

/// <summary>Enter what a designed project is expected to cost, and who is expected to pay.</summary>
public sealed record EnterEstimate(AccountRef Account, string Name, Money? Estimate, IReadOnlyList<Share> FundingPlan, By By, DateTimeOffset At);

/// <summary>Take over what an approved project is expected to cost after a change.</summary>
public sealed record ChangeEstimate(AccountRef Account, string Name, Money? Estimate, IReadOnlyList<Share> FundingPlan, string Cause, By By, DateTimeOffset At);

/// <summary>The project is suspended.</summary>
public sealed record FreezeAccount(string Reason, DateOnly From, By By, DateTimeOffset At);

/// <summary>The project goes on.</summary>
public sealed record ReleaseAccount(By By, DateTimeOffset At);

/// <summary>The project was terminated.</summary>
public sealed record TerminateAccount(string Reason, string Money, By By, DateTimeOffset At);

public sealed record OpenAccount(By By, DateTimeOffset At);

public sealed record AllocateMoney(string AllocationId, string FundId, Channel Channel, Money Amount, By By, DateTimeOffset At, bool Secret = false);

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

    public static Decision<AccountEvent> Decide(Account account, ChangeEstimate c) => account.Entered switch
    {
        null => Refusal.NotFound("account.unknown", $"The design of {c.Account.ProjectId} has not come yet."),
        { } known when CanonicalJson.Same(
            known, known with { Account = c.Account, Name = c.Name, Estimate = c.Estimate, FundingPlan = c.FundingPlan }, StoredJson.Default.EstimateEntered) => [],
        _ => [new EstimateChanged(c.Account, c.Name, c.Estimate, c.FundingPlan, c.Cause, c.By, c.At)],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, OpenAccount c) => account switch
    {
        { State: AccountState.Unknown } => Refusal.NotFound("account.unknown", $"The design of {projectId} has not come yet."),
        { State: AccountState.Entered, Entered: { } e } => [new AccountOpened(e.Account, e.Name, e.Estimate, e.FundingPlan, c.By, c.At)],
        _ => [],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, FreezeAccount c) => account.State switch
    {
        AccountState.Open => [new AccountFrozen(account.Ref, c.Reason, c.From, c.By, c.At)],
        _ => account.State == AccountState.Unknown ? account.RefusesPosting(projectId)! : [],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, ReleaseAccount c) => account.State switch
    {
        AccountState.Frozen => [new AccountReleased(account.Ref, c.By, c.At)],
        _ => account.State == AccountState.Unknown ? account.RefusesPosting(projectId)! : [],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, TerminateAccount c) => account.State switch
    {
        AccountState.Open or AccountState.Frozen => [new AccountTerminated(account.Ref, c.Reason, c.Money, Account.DayOf(c.At), c.By, c.At)],
        _ => account.State == AccountState.Unknown ? account.RefusesPosting(projectId)! : [],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, AllocateMoney c) => account switch
    {
        _ when account.Parts.ContainsKey(c.AllocationId) => [],
        _ when account.RefusesSpending(projectId, c.At) is { } refusal => refusal,
        { Total: var t } => [new MoneyAllocated(
            account.Ref, c.AllocationId, c.FundId, c.Channel, c.Amount, c.Secret ? t : t with { Allocated = t.Allocated + c.Amount }, c.By, c.At) { Secret = c.Secret }],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, IssueMoney c) => account.Parts.GetValueOrDefault(c.AllocationId) switch
    {
        { State: PartState.Issued } => [],
        _ when account.RefusesSpending(projectId, c.At) is { } refusal => refusal,
        { State: PartState.Allocated } part when account.Total is var t => [new MoneyIssued(
            account.Ref, c.AllocationId, part.FundId, part.Channel, part.Amount,
            part.Secret ? t : t with { Allocated = t.Allocated - part.Amount, Issued = t.Issued + part.Amount }, c.DocumentNumber, c.By, c.At) { Secret = part.Secret }],
        _ => NotAllocated(c.AllocationId),
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, CancelAllocation c) => account.Parts.GetValueOrDefault(c.AllocationId) switch
    {
        { State: PartState.Cancelled } => [],
        _ when account.RefusesPosting(projectId) is { } refusal => refusal,
        { State: PartState.Allocated } part when account.Total is var t => [new AllocationCancelled(
            account.Ref, c.AllocationId, part.FundId, part.Amount, part.Secret ? t : t with { Allocated = t.Allocated - part.Amount }, c.Reason, c.By, c.At) { Secret = part.Secret }],
        _ => NotAllocated(c.AllocationId),
    };

    /// <param name="hidden">The fund is kept from who says so, and has nothing for it.</param>
    public static Decision<AccountEvent> Decide(Account account, string projectId, ExecutePayment c, bool hidden = false)
    {
        if (account.Payments.TryGetValue(c.PaymentId, out var known) && !(hidden && known.Secret))
        {
            return Same(known, c) ? [] : Refusal.Conflict("payment.differs", $"The payment {c.PaymentId} was executed with other content.");
        }

        if (account.RefusesSpending(projectId, c.At) is { } refusal)
        {
            return refusal;
        }

        var faults = Faults(c).ToList();
        if (faults.Count > 0)
        {
            return Refusal.Invalid(c.Amount <= Money.Zero ? "amount.not-positive" : "payment.invalid", faults[0].Detail, faults);
        }

        var (t, secret) = (account.Total, account.IsSecret(c.FundId));
        return c.RequestedBy == c.ApprovedBy ? Refusal.Forbidden("duties.not-separate", "Who requested a payment does not approve it.")
            : Insufficient(account, c.FundId, c.Amount, hidden) is { } insufficient ? insufficient
            : [new PaymentExecuted(
                account.Ref, c.PaymentId, c.FundId, c.Amount, secret ? t : t with { Paid = t.Paid + c.Amount }, c.RequestedBy, c.ApprovedBy, c.Payee, c.Purpose,
                c.Note, c.Sender, c.By, c.At) { Secret = secret }];
    }

    /// <param name="hidden">The fund is kept from who says so, and has nothing for it.</param>
    public static Decision<AccountEvent> Decide(Account account, string projectId, ReturnMoney c, bool hidden = false) => account switch
    {
        _ when account.RefusesPosting(projectId) is { } refusal => refusal,
        _ when c.Amount <= Money.Zero => Refusal.Invalid("amount.not-positive", "An amount is more than nothing.", new Fault("#/amount", "More than 0 is expected.")),
        _ when Insufficient(account, c.FundId, c.Amount, hidden) is { } insufficient => insufficient,
        { Total: var t } => [new MoneyReturned(
            account.Ref, c.FundId, c.Amount, account.IsSecret(c.FundId) ? t : t with { Issued = t.Issued - c.Amount }, c.Reason, c.By, c.At)
            { Secret = account.IsSecret(c.FundId) }],
    };

    public static Decision<AccountEvent> Decide(Account account, string projectId, SettleAccount c) => account switch
    {
        { State: AccountState.Settled } => [],
        _ when account.RefusesSettling(projectId) is { } refusal => refusal,
        _ when Open(account) is { Count: > 0 } open => Refusal.Conflict("account.open", $"Still open: {string.Join("; ", open)}."),
        _ => [new AccountSettled(account.Ref, account.Total, c.By, c.At)],
    };

    public static Decision<AccountEvent> Decide(Account account, MarkIdle c) => account.Parts.GetValueOrDefault(c.AllocationId) switch
    {
        { IssuedAt: { } since, FoundIdle: false } part when c.At >= since.AddMonths(IdleMonths) && account.UnpaidOf(c.AllocationId) is var idle && idle > Money.Zero =>
            [new MoneyFoundIdle(account.Ref, c.AllocationId, part.FundId, idle, since, c.By, c.At) { Secret = part.Secret }],
        _ => [],
    };

    private static Refusal NotAllocated(string id) => Refusal.Conflict("allocation.not-open", $"The account has no open part of the allocation {id}.");

    private static Refusal? Insufficient(Account account, string fund, Money amount, bool hidden) =>
        (hidden ? Money.Zero : account.Unpaid(fund)) is var unpaid && amount <= unpaid ? null
        : Refusal.Conflict("balance.insufficient", $"Of the fund {fund} the project has {unpaid} that is issued and not paid.");

    /// <summary>What keeps it from being settled, fund by fund; of secret ones only that there is something.</summary>
    private static List<string> Open(Account account) => [.. account.Balances.Amounts
        .Where(b => b.Key.Class is LedgerClass.Allocated or LedgerClass.Issued && b.Value > Money.Zero)
        .OrderBy(b => b.Key.FundId, StringComparer.Ordinal).ThenBy(b => b.Key.Class)
        .Select(b => account.IsSecret(b.Key.FundId) ? "money of a fund that is not open"
            : $"{b.Value} of {b.Key.FundId} {(b.Key.Class == LedgerClass.Allocated ? "allocated and not issued" : "issued and not paid")}").Distinct()];

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

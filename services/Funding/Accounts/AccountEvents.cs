using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Funding.Ledger;

namespace Restoration.Funding.Accounts;

/// <summary>A fact about the account of a project.</summary>
public abstract record AccountEvent(AccountRef Account, By By, DateTimeOffset At) : Event(By, At);

/// <summary>Whose account: what the registry says of the project, so that each fact can be read alone.</summary>
/// <param name="Division">The plan's division, which approves the project.</param>
/// <param name="Counties">Counties and function zones; empty where it is the whole plan area.</param>
public sealed record AccountRef(string ProjectId, string PlanId, string ProgrammeId, string Division, IReadOnlyList<string> Counties);

/// <summary>An account over all its open funds, as a fact leaves it.</summary>
/// <param name="Allocated">Allocated and not issued.</param>
/// <param name="Issued">Issued to date, less what was returned.</param>
/// <param name="Paid">Paid to date; never more than <paramref name="Issued"/>.</param>
public sealed record Balance(Money Allocated, Money Issued, Money Paid)
{
    public static readonly Balance Zero = new(Money.Zero, Money.Zero, Money.Zero);
}

/// <summary>What a project expects from a channel, in the registry's words.</summary>
public sealed record Share(string Channel, Money Amount);

/// <summary>
/// The opening entries: estimate and funding plan as the project was designed. They are expectations and post nothing.
/// </summary>
/// <param name="Estimate">Null where the plan prints none.</param>
[StoredAs("estimate-entered.v1")]
public sealed record EstimateEntered(
    AccountRef Account, string Name, Money? Estimate, IReadOnlyList<Share> FundingPlan, By By, DateTimeOffset At) : AccountEvent(Account, By, At);

/// <summary>The project was approved: its account takes money from now on.</summary>
[StoredAs("account-opened.v1")]
public sealed record AccountOpened(
    AccountRef Account, string Name, Money? Estimate, IReadOnlyList<Share> FundingPlan, By By, DateTimeOffset At) : AccountEvent(Account, By, At);

/// <summary>The approved project changed, and with it what is expected; what was posted stands.</summary>
/// <param name="Cause">The id of the project's change request, or of its plan's amendment.</param>
[StoredAs("estimate-changed.v1")]
public sealed record EstimateChanged(
    AccountRef Account, string Name, Money? Estimate, IReadOnlyList<Share> FundingPlan, string Cause, By By, DateTimeOffset At) : AccountEvent(Account, By, At);

/// <summary>The project is suspended: no money is allocated, issued or paid until work goes on.</summary>
/// <param name="From">The first day without work; what was paid before may still be entered.</param>
[StoredAs("account-frozen.v1")]
public sealed record AccountFrozen(AccountRef Account, string Reason, DateOnly From, By By, DateTimeOffset At) : AccountEvent(Account, By, At);

[StoredAs("account-released.v1")]
public sealed record AccountReleased(AccountRef Account, By By, DateTimeOffset At) : AccountEvent(Account, By, At);

/// <summary>The project is terminated: money goes back from now on, and nothing else.</summary>
/// <param name="From">The day of the act; what was paid before may still be entered.</param>
/// <param name="Money">What the termination says becomes of the money.</param>
[StoredAs("account-terminated.v1")]
public sealed record AccountTerminated(AccountRef Account, string Reason, string Money, DateOnly From, By By, DateTimeOffset At) : AccountEvent(Account, By, At);

/// <summary>A fact that moves money of one fund in the account.</summary>
public abstract record MoneyEvent(AccountRef Account, string FundId, Money Amount, Balance Balance, By By, DateTimeOffset At)
    : AccountEvent(Account, By, At)
{
    /// <summary>Of a fund marked secret. The balance leaves such money out: who knows the rest of it could work the amount out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Secret { get; init; }
}

/// <summary>The project's part of an allocation.</summary>
[StoredAs("money-allocated.v1")]
public sealed record MoneyAllocated(
    AccountRef Account, string AllocationId, string FundId, Channel Channel, Money Amount, Balance Balance, By By, DateTimeOffset At)
    : MoneyEvent(Account, FundId, Amount, Balance, By, At);

/// <summary>下达: it may be paid from now on.</summary>
[StoredAs("money-issued.v1")]
public sealed record MoneyIssued(
    AccountRef Account, string AllocationId, string FundId, Channel Channel, Money Amount, Balance Balance, string? DocumentNumber, By By, DateTimeOffset At)
    : MoneyEvent(Account, FundId, Amount, Balance, By, At);

/// <summary>The allocation was withdrawn before it was issued.</summary>
[StoredAs("allocation-cancelled.v1")]
public sealed record AllocationCancelled(
    AccountRef Account, string AllocationId, string FundId, Money Amount, Balance Balance, string Reason, By By, DateTimeOffset At)
    : MoneyEvent(Account, FundId, Amount, Balance, By, At);

/// <summary>拨付, as the treasury's system says. <c>RequestedBy</c> and <c>ApprovedBy</c> are two persons.</summary>
[StoredAs("payment-executed.v1")]
public sealed record PaymentExecuted(
    AccountRef Account, string PaymentId, string FundId, Money Amount, Balance Balance, string RequestedBy, string ApprovedBy, string? Payee, string? Purpose,
    string? Note, Sender? Sender, By By, DateTimeOffset At) : MoneyEvent(Account, FundId, Amount, Balance, By, At);

/// <summary>The sender's own identity of an event, so that it finds it again.</summary>
public sealed record Sender(string Source, string Id);

/// <summary>Issued money that is not needed went back; the fund's side is <c>MoneyTakenBack</c>.</summary>
[StoredAs("money-returned.v1")]
public sealed record MoneyReturned(
    AccountRef Account, string FundId, Money Amount, Balance Balance, string Reason, By By, DateTimeOffset At)
    : MoneyEvent(Account, FundId, Amount, Balance, By, At);

/// <summary>Nothing is open any more; nothing is posted after this.</summary>
[StoredAs("account-settled.v1")]
public sealed record AccountSettled(AccountRef Account, Balance Balance, By By, DateTimeOffset At) : AccountEvent(Account, By, At);

/// <summary>Of what an allocation issued, this much was not paid for twelve months.</summary>
/// <param name="Since">When it was issued.</param>
[StoredAs("money-found-idle.v1")]
public sealed record MoneyFoundIdle(
    AccountRef Account, string AllocationId, string FundId, Money Amount, DateTimeOffset Since, By By, DateTimeOffset At) : AccountEvent(Account, By, At)
{
    /// <summary>Of a fund marked secret.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Secret { get; init; }
}

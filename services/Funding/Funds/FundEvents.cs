using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Funding.Ledger;

namespace Restoration.Funding.Funds;

/// <summary>A fact about a fund 专项资金.</summary>
public abstract record FundEvent(FundRef Fund, By By, DateTimeOffset At) : Event(By, At);

/// <summary>Which fund, and whose, so that each fact can be read alone.</summary>
/// <param name="SecretReason">Why nothing of it is told outside its division; absent: it is open. Said when it is opened, since what was told cannot be taken back.</param>
public sealed record FundRef(string Id, string Name, Channel Channel, string Division, string? SecretReason = null)
{
    [JsonIgnore]
    public bool IsSecret => SecretReason is not null;
}

/// <param name="From">First year in which it allocates; <paramref name="To"/> the last.</param>
/// <param name="Total">What is expected over the years, where that is known.</param>
/// <param name="PlanId">The plan it is tied to; it then pays for projects of that plan only.</param>
[StoredAs("fund-opened.v1")]
public sealed record FundOpened(
    FundRef Fund, int From, int To, Money? Total, string? PlanId, string? DocumentNumber, string? Note, By By, DateTimeOffset At) : FundEvent(Fund, By, At);

/// <param name="Available">What can be allocated now.</param>
[StoredAs("fund-appropriated.v1")]
public sealed record FundAppropriated(
    FundRef Fund, Money Amount, Money Available, string? DocumentNumber, string? Note, By By, DateTimeOffset At) : FundEvent(Fund, By, At);

/// <summary>A fact about an allocation. Allocations are the fund's: their rules are its balance and two persons.</summary>
public abstract record AllocationEvent(FundRef Fund, string AllocationId, IReadOnlyList<AllocationItem> Items, By By, DateTimeOffset At)
    : FundEvent(Fund, By, At);

/// <summary>A project's part of an allocation.</summary>
public sealed record AllocationItem(string ProjectId, Money Amount);

/// <summary>Set aside for projects; issued by another person.</summary>
[StoredAs("allocation-made.v1")]
public sealed record AllocationMade(
    FundRef Fund, string AllocationId, IReadOnlyList<AllocationItem> Items, Money Available, string? DocumentNumber, By By, DateTimeOffset At)
    : AllocationEvent(Fund, AllocationId, Items, By, At);

/// <summary>下达: the projects may pay from now on.</summary>
[StoredAs("allocation-issued.v1")]
public sealed record AllocationIssued(
    FundRef Fund, string AllocationId, IReadOnlyList<AllocationItem> Items, string? DocumentNumber, By By, DateTimeOffset At)
    : AllocationEvent(Fund, AllocationId, Items, By, At);

/// <summary>Taken back before it was issued.</summary>
[StoredAs("allocation-withdrawn.v1")]
public sealed record AllocationWithdrawn(
    FundRef Fund, string AllocationId, IReadOnlyList<AllocationItem> Items, Money Available, string Reason, By By, DateTimeOffset At)
    : AllocationEvent(Fund, AllocationId, Items, By, At);

/// <summary>What a project returned is available again; the project's side is <c>MoneyReturned</c>.</summary>
[StoredAs("money-taken-back.v1")]
public sealed record MoneyTakenBack(
    FundRef Fund, string ProjectId, Money Amount, Money Available, string Reason, By By, DateTimeOffset At) : FundEvent(Fund, By, At);

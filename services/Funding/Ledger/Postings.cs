using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;

namespace Restoration.Funding.Ledger;

/// <summary>
/// What a ledger account is for. <c>Source</c> and <c>Received</c> are the contra accounts, never above zero: where a fund's and a
/// project's money came from. All others are never below zero.
/// </summary>
[JsonConverter(typeof(Kebab<LedgerClass>))]
public enum LedgerClass
{
    /// <summary>Of a fund: what was appropriated, as a negative amount.</summary>
    Source,

    /// <summary>Of a fund: what can be allocated.</summary>
    Available,

    /// <summary>Of a fund: what a project holds of it.</summary>
    AllocatedTo,

    /// <summary>Of a project: what it holds of a fund, as a negative amount; with the fund's <c>AllocatedTo</c> it is zero.</summary>
    Received,

    /// <summary>Of a project: allocated and not issued.</summary>
    Allocated,

    /// <summary>Of a project: issued and not paid.</summary>
    Issued,

    /// <summary>Of a project: paid.</summary>
    Paid,
}

/// <summary>One account of the ledger: <c>fund:{f}:available</c>, <c>fund:{f}:allocated-to:{p}</c>, <c>project:{p}:issued:{f}</c>.</summary>
/// <param name="ProjectId">Null for <c>Source</c> and <c>Available</c>, which are of the fund alone.</param>
public readonly record struct LedgerAccount(LedgerClass Class, string FundId, string? ProjectId = null)
{
    public bool IsContra => Class is LedgerClass.Source or LedgerClass.Received;

    public override string ToString() => Class switch
    {
        LedgerClass.Source or LedgerClass.Available => $"fund:{FundId}:{Kebab.Of(Class)}",
        LedgerClass.AllocatedTo => $"fund:{FundId}:{Kebab.Of(Class)}:{ProjectId}",
        _ => $"project:{ProjectId}:{Kebab.Of(Class)}:{FundId}",
    };
}

/// <summary>One leg of a posting.</summary>
public sealed record Entry(LedgerAccount Account, Money Amount);

/// <summary>
/// What each fact posts: a pure function of the fact, and each posting adds up to zero by itself. A fact over a fund and a project is
/// two facts in one transaction, one on either side.
/// </summary>
public static class Postings
{
    public static IReadOnlyList<Entry> Of(Event fact) => fact switch
    {
        FundAppropriated e => Move(e.Amount, e.Fund.Id, LedgerClass.Source, LedgerClass.Available),
        AllocationMade e => [.. e.Items.SelectMany(i => Move(i.Amount, e.Fund.Id, LedgerClass.Available, LedgerClass.AllocatedTo, i.ProjectId))],
        AllocationWithdrawn e => [.. e.Items.SelectMany(i => Move(i.Amount, e.Fund.Id, LedgerClass.AllocatedTo, LedgerClass.Available, i.ProjectId))],
        MoneyTakenBack e => Move(e.Amount, e.Fund.Id, LedgerClass.AllocatedTo, LedgerClass.Available, e.ProjectId),
        MoneyAllocated e => Move(e.Amount, e.FundId, LedgerClass.Received, LedgerClass.Allocated, e.Account.ProjectId),
        AllocationCancelled e => Move(e.Amount, e.FundId, LedgerClass.Allocated, LedgerClass.Received, e.Account.ProjectId),
        MoneyIssued e => Move(e.Amount, e.FundId, LedgerClass.Allocated, LedgerClass.Issued, e.Account.ProjectId),
        PaymentExecuted e => Move(e.Amount, e.FundId, LedgerClass.Issued, LedgerClass.Paid, e.Account.ProjectId),
        MoneyReturned e => Move(e.Amount, e.FundId, LedgerClass.Issued, LedgerClass.Received, e.Account.ProjectId),
        _ => [],
    };

    private static Entry[] Move(Money amount, string fund, LedgerClass from, LedgerClass to, string? project = null) =>
        [new(Account(from, fund, project), -amount), new(Account(to, fund, project), amount)];

    private static LedgerAccount Account(LedgerClass c, string fund, string? project) =>
        new(c, fund, c is LedgerClass.Source or LedgerClass.Available ? null : project);
}

using Restoration.EventStore;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;

namespace Restoration.Funding.Views;

/// <summary>The views of the service: what can be made anew from the log.</summary>
public static class All
{
    /// <summary>One view, because funds and accounts write one ledger.</summary>
    public static readonly RowView Ledger = new(
        "ledger", ["funds", "allocations", "accounts", "entries", "balances"], Fund.Aggregate, Account.Aggregate);

    public static readonly IReadOnlyList<Derived> Views = [Ledger];
}

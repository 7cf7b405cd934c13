using Restoration.Contracts.Funding;
using Restoration.Messaging;

namespace Restoration.Mines;

/// <summary>
/// What this service takes from funding: how much money of a project was issued and paid. Each fact carries the account's balance, and
/// those of one account come in order, so the last one stands.
/// </summary>
public static class FromFunding
{
    public static Consumers TakeMoney(this Consumers consumers) => consumers
        .On("restoration.funding.allocation-issued.v1", FundingJson.Default.AllocationIssued, (f, _, _) => Kept(f.Account, f.Balance))
        .On("restoration.funding.payment-executed.v1", FundingJson.Default.PaymentExecuted, (f, _, _) => Kept(f.Account, f.Balance))
        .On("restoration.funding.money-returned.v1", FundingJson.Default.MoneyReturned, (f, _, _) => Kept(f.Account, f.Balance));

    private static ValueTask<Handling> Kept(Account account, Balance balance) =>
        ValueTask.FromResult(new Handling(Rows: [Projects.Money(account.ProjectId, balance.Issued, balance.Paid)]));
}

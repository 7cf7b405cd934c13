using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.Messaging;
using Out = Restoration.Contracts.Funding;

namespace Restoration.Funding;

/// <summary>
/// Everything that leaves this service: which fact becomes which contract, and who uses it beside the feed. A movement between a fund
/// and a project leaves once: an allocation as the fund says it, its issue and a return as the project's account says it. Nothing of
/// funds marked secret leaves.
/// </summary>
public static class Publishing
{
    private static readonly string[] s_money = ["registry", "mines"];

    /// <summary>Of a movement of secret money the others get that there was one, since they count them, and the balance of open money.</summary>
    private static readonly Out.Actor s_nobody = new("funding", null);

    public static PublishingMap Map { get; } = new PublishingMap("funding", ContractJson.Default)
        .Fact<FundOpened, Out.FundOpened>("fund-opened.v1", (e, _) => Of(e, e.Fund.Id, new Out.FundOpened(
            e.Fund.Id, e.Fund.Name, Kebab.Of(e.Fund.Channel), e.Fund.Division, e.From, e.To, e.Total?.Yuan)))
        .Fact<FundAppropriated, Out.FundAppropriated>("fund-appropriated.v1", (e, _) => Of(e, e.Fund.Id, new Out.FundAppropriated(
            e.Fund.Id, e.Fund.Division, e.Amount.Yuan, e.Available.Yuan, e.DocumentNumber, Of(e.By))))
        .Fact<AllocationMade, Out.AllocationMade>("allocation-made.v1", (e, _) => Of(e, e.AllocationId, new Out.AllocationMade(
            e.AllocationId, e.Fund.Id, e.Fund.Division, [.. e.Items.Select(i => new Out.AllocatedItem(i.ProjectId, i.Amount.Yuan))], e.Available.Yuan,
            e.DocumentNumber, Of(e.By))))
        .Fact<AllocationWithdrawn, Out.AllocationWithdrawn>("allocation-withdrawn.v1", (e, _) => Of(e, e.AllocationId, new Out.AllocationWithdrawn(
            e.AllocationId, e.Fund.Id, e.Fund.Division, [.. e.Items.Select(i => new Out.AllocatedItem(i.ProjectId, i.Amount.Yuan))], e.Available.Yuan,
            e.Reason, Of(e.By))))
        .Internal<AllocationIssued>()
        .Internal<MoneyTakenBack>()
        .Internal<EstimateEntered>()
        .Fact<AccountOpened, Out.AccountOpened>("account-opened.v1", (e, _) => Of(e, new Out.AccountOpened(
            Of(e.Account), e.Name, e.Estimate?.Yuan, [.. e.FundingPlan.Select(s => new Out.Share(s.Channel, s.Amount.Yuan))])))
        .Fact<EstimateChanged, Out.EstimateChanged>("estimate-changed.v1", (e, _) => Of(e, new Out.EstimateChanged(
            Of(e.Account), e.Name, e.Estimate?.Yuan, [.. e.FundingPlan.Select(s => new Out.Share(s.Channel, s.Amount.Yuan))], e.Cause, Of(e.By))))
        .Fact<AccountFrozen, Out.AccountFrozen>("account-frozen.v1", (e, _) => Of(e, new Out.AccountFrozen(Of(e.Account), e.Reason, e.From, Of(e.By))))
        .Fact<AccountReleased, Out.AccountReleased>("account-released.v1", (e, _) => Of(e, new Out.AccountReleased(Of(e.Account), Of(e.By))))
        .Fact<AccountTerminated, Out.AccountTerminated>("account-terminated.v1", (e, _) => Of(e, new Out.AccountTerminated(
            Of(e.Account), e.Reason, e.Money, e.From, Of(e.By))))
        .Internal<MoneyAllocated>()
        .Internal<AllocationCancelled>()
        .Fact<MoneyIssued, Out.AllocationIssued>("allocation-issued.v1", (e, _) => Of(e, e.Secret ? new Out.AllocationIssued(Of(e.Account), "", "", "", 0, Of(e.Balance), null, s_nobody) : new(
            Of(e.Account), e.AllocationId, e.FundId, Kebab.Of(e.Channel), e.Amount.Yuan, Of(e.Balance), e.DocumentNumber, Of(e.By))), s_money)
        .Fact<PaymentExecuted, Out.PaymentExecuted>("payment-executed.v1", (e, _) => Of(e, e.Secret ? new Out.PaymentExecuted(Of(e.Account), "", "", 0, null, null, Of(e.Balance), null, s_nobody) : new(
            Of(e.Account), e.PaymentId, e.FundId, e.Amount.Yuan, e.Payee, e.Purpose, Of(e.Balance),
            e.Sender is { } s ? new Out.Sender(s.Source, s.Id) : null, Of(e.By), e.Note)), s_money)
        .Fact<MoneyReturned, Out.MoneyReturned>("money-returned.v1", (e, _) => Of(e, e.Secret ? new Out.MoneyReturned(Of(e.Account), "", 0, "", Of(e.Balance), s_nobody) : new(
            Of(e.Account), e.FundId, e.Amount.Yuan, e.Reason, Of(e.Balance), Of(e.By))), s_money)
        .Fact<MoneyFoundIdle, Out.MoneyIdle>("money-idle.v1", (e, _) => Of(e, new Out.MoneyIdle(
            Of(e.Account), e.AllocationId, e.FundId, e.Amount.Yuan, e.Since)))
        .Fact<AccountSettled, Out.AccountSettled>("account-settled.v1", (e, _) => Of(e, new Out.AccountSettled(
            Of(e.Account), Of(e.Balance), Of(e.By))), "registry")
        .Secret<FundEvent>(e => e.Fund.IsSecret)
        .Secret<MoneyEvent>(e => e.Secret)
        .Secret<MoneyFoundIdle>(e => e.Secret);

    private static Outgoing<T> Of<T>(FundEvent e, string subject, T contract) => new(subject, e.Fund.Division, [e.Fund.Division], contract);

    private static Outgoing<T> Of<T>(AccountEvent e, T contract) =>
        new(e.Account.ProjectId, e.Account.Division, [e.Account.Division, .. e.Account.Counties], contract);

    private static Out.Account Of(AccountRef a) => new(a.ProjectId, a.PlanId, a.ProgrammeId, a.Division, a.Counties);

    private static Out.Balance Of(Balance b) => new(b.Allocated.Yuan, b.Issued.Yuan, b.Paid.Yuan);

    private static Out.Actor Of(By by) => new(by.Client, by.Actor);
}

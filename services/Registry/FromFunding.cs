using Restoration.Contracts.Funding;
using Restoration.Domain;
using Restoration.Messaging;
using Restoration.Registry.Projects;

namespace Restoration.Registry;

/// <summary>What this service takes from Funding: how a project's money stands, and that its account is settled.</summary>
public static class FromFunding
{
    public static Consumers TakeMoney(this Consumers consumers) => consumers
        .On("restoration.funding.allocation-issued.v1", FundingJson.Default.AllocationIssued, (fact, letter, _) => Moved(fact.Account, fact.Balance, fact.By, letter))
        .On("restoration.funding.payment-executed.v1", FundingJson.Default.PaymentExecuted, (fact, letter, _) => Moved(fact.Account, fact.Balance, fact.By, letter))
        .On("restoration.funding.money-returned.v1", FundingJson.Default.MoneyReturned, (fact, letter, _) => Moved(fact.Account, fact.Balance, fact.By, letter))
        .On("restoration.funding.account-settled.v1", FundingJson.Default.AccountSettled, (fact, letter, _) => Handle(
            fact.Account, (project, id) => ProjectDecider.Decide(project, id, new SettleAccounts(new By(fact.By.Client, fact.By.Person), letter.Time))));

    private static ValueTask<Handling> Moved(Account account, Balance balance, Actor by, Letter letter) => Handle(
        account, (project, id) => ProjectDecider.Decide(project, id, new MoveMoney(
            Money.Of(balance.Allocated), Money.Of(balance.Issued), Money.Of(balance.Paid), new By(by.Client, by.Person), letter.Time)));

    private static ValueTask<Handling> Handle(Account account, Func<Project, string, Decision<ProjectEvent>> decide)
    {
        var stream = Project.Stream(account.ProjectId);
        return ValueTask.FromResult(new Handling(s => s.Record(Project.Aggregate, stream, decide(s.Get(Project.Aggregate, stream), account.ProjectId))));
    }
}

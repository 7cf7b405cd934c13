using Restoration.Copies;
using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Messaging;

namespace Restoration.Funding;

/// <summary>What this service takes from the registry beside its copies: the estimates of projects, and when they may be paid for.</summary>
public static class FromRegistry
{
    /// <summary>The registry does not say who designed or approved; its own log does.</summary>
    private static readonly By s_registry = new("registry");

    public static Consumers Consumers { get; } = new Consumers().KeepRegistryCopies()
        .On("restoration.registry.project-designed.v1", RegistryJson.Default.ProjectDesigned, (p, letter, _) => Account(
            p.ProjectId, account => AccountDecider.Decide(account, new EnterEstimate(
                new AccountRef(p.ProjectId, p.PlanId, p.ProgrammeId, p.Division, p.Counties), p.Name, p.Estimate is { } yuan ? Money.Of(yuan) : null,
                [.. p.FundingPlan.Select(s => new Share(s.Channel, Money.Of(s.Amount)))], s_registry, letter.Time))))
        .On("restoration.registry.project-approved.v1", RegistryJson.Default.ProjectApproved, (p, letter, _) => Account(
            p.ProjectId, account => AccountDecider.Decide(account, p.ProjectId, new OpenAccount(s_registry, letter.Time))))
        .On("restoration.registry.project-changed.v1", RegistryJson.Default.ProjectChanged, (p, letter, _) => Account(
            p.ProjectId, account => AccountDecider.Decide(account, new ChangeEstimate(
                new AccountRef(p.ProjectId, p.PlanId, p.ProgrammeId, p.Division, p.Counties), p.Name, p.Estimate is { } yuan ? Money.Of(yuan) : null,
                [.. p.FundingPlan.Select(s => new Share(s.Channel, Money.Of(s.Amount)))], p.Cause, new By(p.By.Client, p.By.Person), letter.Time))))
        .On("restoration.registry.project-suspended.v1", RegistryJson.Default.ProjectSuspended, (p, letter, _) => Account(
            p.ProjectId, account => AccountDecider.Decide(account, p.ProjectId, new FreezeAccount(p.Reason, p.From, new By(p.By.Client, p.By.Person), letter.Time))))
        .On("restoration.registry.project-resumed.v1", RegistryJson.Default.ProjectResumed, (p, letter, _) => Account(
            p.ProjectId, account => AccountDecider.Decide(account, p.ProjectId, new ReleaseAccount(new By(p.By.Client, p.By.Person), letter.Time))))
        .On("restoration.registry.project-terminated.v1", RegistryJson.Default.ProjectTerminated, (p, letter, _) => Account(
            p.ProjectId, account => AccountDecider.Decide(account, p.ProjectId, new TerminateAccount(p.Reason, p.Money, new By(p.By.Client, p.By.Person), letter.Time))))
        // An account is open before work begins and stays so: the fact is taken for the order of its stream alone.
        .On("restoration.registry.project-started.v1", RegistryJson.Default.ProjectStarted, (_, _, _) => ValueTask.FromResult(new Handling()));

    private static ValueTask<Handling> Account(string projectId, Func<Account, Decision<AccountEvent>> decide)
    {
        var stream = Accounts.Account.Stream(projectId);
        return ValueTask.FromResult(new Handling(s => s.Record(Accounts.Account.Aggregate, stream, decide(s.Get(Accounts.Account.Aggregate, stream)))));
    }
}

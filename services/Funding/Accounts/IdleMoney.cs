using Restoration.EventStore;

namespace Restoration.Funding.Accounts;

/// <summary>What time brings about for an account: issued money is looked at when it is a year old.</summary>
public static class IdleMoney
{
    private const string Idle = "money-idle";

    public static DueCommands Commands { get; } = new DueCommands().On(Idle, (due, streams) => streams.Record(
        Account.Aggregate, due.Stream,
        AccountDecider.Decide(streams.Get(Account.Aggregate, due.Stream), new MarkIdle(due.Id[(due.Id.LastIndexOf(' ') + 1)..], Due.By, due.At))));

    internal static Row Of(MoneyIssued issued)
    {
        var stream = Account.Stream(issued.Account.ProjectId);
        return Due.At(stream, $"{stream} idle {issued.AllocationId}", Idle, issued.At.AddMonths(AccountDecider.IdleMonths));
    }
}

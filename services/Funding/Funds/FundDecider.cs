using Restoration.Domain;
using Restoration.Funding.Accounts;

namespace Restoration.Funding.Funds;

public sealed record OpenFund(
    FundRef Fund, int From, int To, Money? Total, string? PlanId, string? DocumentNumber, string? Note, By By, DateTimeOffset At);

public sealed record AppropriateFund(Money Amount, string? DocumentNumber, string? Note, By By, DateTimeOffset At);

public sealed record MakeAllocation(string AllocationId, IReadOnlyList<AllocationItem> Items, string? DocumentNumber, By By, DateTimeOffset At);

public sealed record IssueAllocation(string AllocationId, string? DocumentNumber, By By, DateTimeOffset At);

public sealed record WithdrawAllocation(string AllocationId, string Reason, By By, DateTimeOffset At);

public sealed record TakeMoneyBack(string ProjectId, Money Amount, string Reason, By By, DateTimeOffset At);

/// <summary>The rules of funds and their allocations (domain §6).</summary>
public static class FundDecider
{
    /// <summary>More than the country spends on the environment in a year: sums over many funds stay within <see cref="Money.Limit"/>.</summary>
    public static readonly Money MostAppropriated = Money.Of(1_000_000_000_000m);

    public const int MostItems = 200;

    public static Decision<FundEvent> Decide(Fund fund, OpenFund c)
    {
        var opened = new FundOpened(c.Fund, c.From, c.To, c.Total, c.PlanId, c.DocumentNumber, c.Note, c.By, c.At);
        if (fund.Opened is { } known)
        {
            return opened with { By = known.By, At = known.At } == known
                ? []
                : Refusal.Conflict("fund.exists", $"{c.Fund.Id} was opened with other content.");
        }

        var faults = Faults(c).ToList();
        return faults.Count > 0 ? Refusal.Invalid("fund.invalid", faults[0].Detail, faults) : [opened];
    }

    public static Decision<FundEvent> Decide(Fund fund, string id, AppropriateFund c) => fund switch
    {
        { Opened: null } => NoFund(id),
        _ when c.Amount <= Money.Zero => NotPositive("#/amount"),
        _ when fund.Appropriated.Yuan + c.Amount.Yuan > MostAppropriated.Yuan =>
            Refusal.Invalid("amount.too-large", $"A fund holds at most {MostAppropriated}.", new Fault("#/amount", "With this the fund would hold more.")),
        _ => [new FundAppropriated(fund.Opened.Fund, c.Amount, fund.Available + c.Amount, c.DocumentNumber, c.Note, c.By, c.At)],
    };

    /// <param name="account">The account of a project.</param>
    public static Decision<FundEvent> Decide(Fund fund, string id, MakeAllocation c, Func<string, Account> account, DivisionTree tree)
    {
        if (fund.Opened is not { } opened)
        {
            return NoFund(id);
        }

        if (fund.Allocation(c.AllocationId)?.Made is { } known)
        {
            return known.Items.SequenceEqual(c.Items) && known.DocumentNumber == c.DocumentNumber
                ? []
                : Refusal.Conflict("allocation.exists", $"{c.AllocationId} was made with other content.");
        }

        var broken = Broken(opened, c, account, tree).ToList();
        if (broken.Count > 0)
        {
            return Refusal.Invalid(broken[0].Code, broken[0].Fault.Detail, [.. broken.Select(b => b.Fault)]);
        }

        if (c.Items.Select(i => account(i.ProjectId).RefusesPosting(i.ProjectId)).FirstOrDefault(r => r is not null) is { } closed)
        {
            return closed;
        }

        var sum = c.Items.Sum(i => i.Amount.Yuan);
        return sum > fund.Available.Yuan
            ? Refusal.Conflict("balance.insufficient", $"{id} has {fund.Available} available; the items add up to {sum} yuan.")
            : [new AllocationMade(opened.Fund, c.AllocationId, c.Items, fund.Available - Money.Of(sum), c.DocumentNumber, c.By, c.At)];
    }

    public static Decision<FundEvent> Decide(Fund fund, IssueAllocation c) => fund.Allocation(c.AllocationId) switch
    {
        null => NoAllocation(c.AllocationId),
        { State: AllocationState.Issued } => [],
        { State: AllocationState.Withdrawn } => Refusal.Conflict("allocation.withdrawn", "The allocation was withdrawn."),
        var a when a.Made!.By.MayBeSameAs(c.By) => Refusal.Forbidden("duties.not-separate", "Who made an allocation does not issue it."),
        var a => [new AllocationIssued(fund.Opened!.Fund, c.AllocationId, a.Made!.Items, c.DocumentNumber ?? a.Made.DocumentNumber, c.By, c.At)],
    };

    public static Decision<FundEvent> Decide(Fund fund, WithdrawAllocation c) => fund.Allocation(c.AllocationId) switch
    {
        null => NoAllocation(c.AllocationId),
        { State: AllocationState.Withdrawn } => [],
        { State: AllocationState.Issued } => Refusal.Conflict("allocation.issued", "The allocation was issued; what a project does not need it returns."),
        var a => [new AllocationWithdrawn(
            fund.Opened!.Fund, c.AllocationId, a.Made!.Items, fund.Available + Money.Of(a.Made.Items.Sum(i => i.Amount.Yuan)), c.Reason, c.By, c.At)],
    };

    /// <summary>The fund's side of a return; the project's account has decided whether there is that much to return.</summary>
    public static Decision<FundEvent> Decide(Fund fund, string id, TakeMoneyBack c) => fund switch
    {
        { Opened: null } => NoFund(id),
        _ when c.Amount > fund.AllocatedTo(c.ProjectId) => Refusal.Conflict("balance.insufficient", $"{c.ProjectId} holds {fund.AllocatedTo(c.ProjectId)} of {id}."),
        _ => [new MoneyTakenBack(fund.Opened.Fund, c.ProjectId, c.Amount, fund.Available + c.Amount, c.Reason, c.By, c.At)],
    };

    internal static Refusal NotPositive(string pointer) =>
        Refusal.Invalid("amount.not-positive", "An amount is more than nothing.", new Fault(pointer, "More than 0 is expected."));

    internal static Refusal NoFund(string id) => Refusal.NotFound("fund.unknown", $"There is no fund {id}.");

    internal static Refusal NoAllocation(string id) => Refusal.NotFound("allocation.unknown", $"There is no allocation {id}.");

    private static IEnumerable<Fault> Faults(OpenFund c)
    {
        if (!Slug.Is(c.Fund.Id))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if (string.IsNullOrWhiteSpace(c.Fund.Name))
        {
            yield return new Fault("#/name", "A fund has a name.");
        }

        if (c.Fund.SecretReason is { } reason && string.IsNullOrWhiteSpace(reason))
        {
            yield return new Fault("#/secretReason", "A fund is open, or there is a reason why not.");
        }

        if (c.From is < 1949 or > 2200 || c.To < c.From || c.To > 2200)
        {
            yield return new Fault("#/to", "The last year is the first or a later one.");
        }

        if (c.Total <= Money.Zero || c.Total > MostAppropriated)
        {
            yield return new Fault("#/total", $"More than 0 and at most {MostAppropriated} is expected.");
        }
    }

    private static IEnumerable<(string Code, Fault Fault)> Broken(FundOpened fund, MakeAllocation c, Func<string, Account> account, DivisionTree tree)
    {
        if (!Slug.Is(c.AllocationId))
        {
            yield return ("allocation.invalid", new Fault("#/id", Slug.Form));
        }

        if (c.Items.Count is 0 or > MostItems)
        {
            yield return ("allocation.invalid", new Fault("#/items", $"1 to {MostItems} projects are expected."));
            yield break;
        }

        if (Year(c.At) < fund.From || Year(c.At) > fund.To)
        {
            yield return ("fund.outside-period", new Fault("#/at", $"The fund allocates from {fund.From} to {fund.To}."));
        }

        var named = new HashSet<string>();
        for (var i = 0; i < c.Items.Count; i++)
        {
            var (project, at) = (c.Items[i].ProjectId, $"#/items/{i}/projectId");
            if (c.Items[i].Amount <= Money.Zero)
            {
                yield return ("amount.not-positive", new Fault($"#/items/{i}/amount", "More than 0 is expected."));
            }

            if (!named.Add(project))
            {
                yield return ("project.repeated", new Fault(at, "A project stands in an allocation once."));
            }
            else if (account(project) is not { State: not AccountState.Unknown } its)
            {
                yield return ("project.unknown", new Fault(at, "There is no account of this project."));
            }
            else if (!tree.Contains(fund.Fund.Division, its.Ref.Division))
            {
                yield return ("project.outside-division", new Fault(at, "The project does not lie in the division of the fund."));
            }
            else if (fund.PlanId is { } plan && plan != its.Ref.PlanId)
            {
                yield return ("project.outside-plan", new Fault(at, $"The fund pays for projects of the plan {plan}."));
            }
        }
    }

    /// <summary>As the calendar in China has it.</summary>
    private static int Year(DateTimeOffset at) => at.ToOffset(TimeSpan.FromHours(8)).Year;
}

using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Funding.Ledger;

namespace Restoration.Funding.Accounts;

/// <summary>The account of a project as its rules see it: balances by fund, its parts of allocations, its payments.</summary>
public sealed record Account
{
    public static readonly Account Unknown = new();

    public static readonly Aggregate<Account, AccountEvent> Aggregate = new("account", Unknown, Evolve, Rows);

    public static string Stream(string projectId) => $"account-{projectId}";

    public AccountState State { get; private init; }
    public AccountRef Ref { get; private init; } = new("", "", "", "", []);
    public EstimateEntered? Entered { get; private init; }
    public Balances Balances { get; private init; } = Balances.None;

    /// <summary>The first day on which nothing is spent, of a frozen or terminated account.</summary>
    public DateOnly? HaltedFrom { get; private init; }

    /// <summary>Over all open funds.</summary>
    public Balance Total { get; private init; } = Balance.Zero;
    public ImmutableDictionary<string, Part> Parts { get; private init; } = ImmutableDictionary<string, Part>.Empty;
    public ImmutableDictionary<string, PaymentExecuted> Payments { get; private init; } = ImmutableDictionary<string, PaymentExecuted>.Empty;

    /// <summary>The project's part of an allocation.</summary>
    public sealed record Part(string FundId, Channel Channel, Money Amount, PartState State, DateTimeOffset? IssuedAt = null, bool FoundIdle = false, bool Secret = false);

    /// <summary>Whether a fund that the project has money of is marked secret.</summary>
    public bool IsSecret(string fundId) => Parts.Values.Any(p => p.Secret && p.FundId == fundId);

    /// <summary>Issued of a fund and not paid.</summary>
    public Money Unpaid(string fundId) => Balances[new(LedgerClass.Issued, fundId, Ref.ProjectId)];

    /// <summary>
    /// What of a part issued was not paid yet: payments and returns are taken to use up what was issued first, so that money issued
    /// later does not make an earlier part idle.
    /// </summary>
    public Money UnpaidOf(string allocationId)
    {
        var part = Parts[allocationId];
        var later = Parts.Where(p => p.Value.FundId == part.FundId && p.Value.IssuedAt is { } at
            && (at > part.IssuedAt || (at == part.IssuedAt && string.CompareOrdinal(p.Key, allocationId) > 0))).Sum(p => p.Value.Amount.Yuan);
        return Money.Of(Math.Clamp(Unpaid(part.FundId).Yuan - later, 0, part.Amount.Yuan));
    }

    /// <summary>Why nothing can be posted to it; null where something can.</summary>
    public Refusal? RefusesPosting(string projectId) => State switch
    {
        AccountState.Unknown => Refusal.NotFound("account.unknown", $"There is no account of the project {projectId}."),
        AccountState.Entered => Refusal.Conflict("account.not-open", $"The project {projectId} is not approved yet."),
        AccountState.Settled => Refusal.Conflict("account.settled", $"The account of {projectId} is settled."),
        _ => null,
    };

    /// <summary>Why no money can be given to it or paid from it at a time; what was done before it was halted can still be entered.</summary>
    public Refusal? RefusesSpending(string projectId, DateTimeOffset at) =>
        RefusesPosting(projectId) ?? (DayOf(at) < HaltedFrom ? null : Halted(projectId));

    /// <summary>Why it cannot be settled; work of a suspended project may go on, and need it.</summary>
    public Refusal? RefusesSettling(string projectId) => RefusesPosting(projectId) ?? (State == AccountState.Frozen ? Halted(projectId) : null);

    private Refusal? Halted(string projectId) => State switch
    {
        AccountState.Frozen => Refusal.Conflict("account.frozen", $"The project {projectId} is suspended since {HaltedFrom:yyyy-MM-dd}."),
        AccountState.Terminated => Refusal.Conflict("account.terminated", $"The project {projectId} was terminated on {HaltedFrom:yyyy-MM-dd}: money goes back, and nothing else."),
        _ => null,
    };

    /// <summary>As the calendar in China has it.</summary>
    internal static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(TimeSpan.FromHours(8)).DateTime);

    private static Account Evolve(Account account, AccountEvent fact)
    {
        var next = account with { Balances = account.Balances.Post(fact), Total = fact is MoneyEvent money ? money.Balance : account.Total };
        return fact switch
        {
            EstimateEntered e => next with { State = AccountState.Entered, Ref = e.Account, Entered = e },
            EstimateChanged e => next with
            {
                Ref = e.Account,
                Entered = account.Entered! with { Account = e.Account, Name = e.Name, Estimate = e.Estimate, FundingPlan = e.FundingPlan },
            },
            AccountOpened => next with { State = AccountState.Open },
            AccountFrozen e => next with { State = AccountState.Frozen, HaltedFrom = e.From },
            AccountReleased => next with { State = AccountState.Open, HaltedFrom = null },
            AccountTerminated e => next with { State = AccountState.Terminated, HaltedFrom = e.From },
            MoneyAllocated e => next with { Parts = account.Parts.SetItem(e.AllocationId, new Part(e.FundId, e.Channel, e.Amount, PartState.Allocated, Secret: e.Secret)) },
            MoneyIssued e => next.With(e.AllocationId, p => p with { State = PartState.Issued, IssuedAt = e.At }),
            AllocationCancelled e => next.With(e.AllocationId, p => p with { State = PartState.Cancelled }),
            PaymentExecuted e => next with { Payments = account.Payments.SetItem(e.PaymentId, e) },
            MoneyFoundIdle e => next.With(e.AllocationId, p => p with { FoundIdle = true }),
            AccountSettled => next with { State = AccountState.Settled },
            _ => next,
        };
    }

    private Account With(string allocationId, Func<Part, Part> change) => Parts.TryGetValue(allocationId, out var part)
        ? this with { Parts = Parts.SetItem(allocationId, change(part)) }
        : this; // a past in which it was issued before it was allocated, as entered

    private static readonly RowTable<AccountRow> s_table = new("accounts", RowJson.Default.AccountRow, "project_id");

    private static IEnumerable<Row> Rows(long version, Account account, IReadOnlyList<Event> recorded)
    {
        var (r, entered, total) = (account.Ref, account.Entered!, account.Total);
        yield return s_table.Row(r.ProjectId, new AccountRow(
                r.ProjectId, version, account.State, r.PlanId, r.ProgrammeId, r.Division, r.Counties, entered.Name, entered.Estimate?.Yuan,
                JsonSerializer.SerializeToElement(entered.FundingPlan, DetailJson.Default.IReadOnlyListShare), total.Allocated.Yuan, total.Issued.Yuan, total.Paid.Yuan));
        foreach (var issued in recorded.OfType<MoneyIssued>())
        {
            yield return IdleMoney.Of(issued);
        }

        foreach (var row in account.Balances.Rows(Stream(r.ProjectId), r.Division, version, recorded))
        {
            yield return row;
        }
    }
}

[JsonConverter(typeof(Kebab<AccountState>))]
public enum AccountState
{
    Unknown,

    /// <summary>The estimate is known, the project is not approved.</summary>
    Entered,
    Open,

    /// <summary>The project is suspended.</summary>
    Frozen,

    /// <summary>The project was terminated; what is left goes back.</summary>
    Terminated,
    Settled,
}

/// <summary>How far the project's part of an allocation is.</summary>
public enum PartState
{
    Allocated,
    Issued,
    Cancelled,
}

/// <summary>The row behind <c>GET projects</c>; named as its columns. Amounts are in yuan.</summary>
internal sealed record AccountRow(
    string ProjectId, long Version, AccountState State, string PlanId, string ProgrammeId, string Division, IReadOnlyList<string> Counties, string Name,
    decimal? Estimate, JsonElement FundingPlan, decimal Allocated, decimal Issued, decimal Paid);

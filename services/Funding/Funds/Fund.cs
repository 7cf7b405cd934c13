using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Funding.Ledger;

namespace Restoration.Funding.Funds;

/// <summary>A fund as its rules see it: its balances and its allocations.</summary>
public sealed record Fund
{
    public static readonly Fund Unknown = new();

    public static readonly Aggregate<Fund, FundEvent> Aggregate = new("fund", Unknown, Evolve, Rows);

    public static string Stream(string id) => $"fund-{id}";

    /// <summary>Null while there is no such fund.</summary>
    public FundOpened? Opened { get; private init; }
    public Balances Balances { get; private init; } = Balances.None;
    public ImmutableDictionary<string, Allocation> Allocations { get; private init; } = ImmutableDictionary<string, Allocation>.Empty;

    public Money Appropriated => -Balances[new(LedgerClass.Source, Opened!.Fund.Id)];
    public Money Available => Balances[new(LedgerClass.Available, Opened!.Fund.Id)];

    public Money AllocatedTo(string projectId) => Balances[new(LedgerClass.AllocatedTo, Opened!.Fund.Id, projectId)];

    public Allocation? Allocation(string id) => Allocations.GetValueOrDefault(id);

    private static Fund Evolve(Fund fund, FundEvent fact)
    {
        var next = fund with { Balances = fund.Balances.Post(fact) };
        return fact switch
        {
            FundOpened e => next with { Opened = e },
            AllocationEvent e => next with { Allocations = fund.Allocations.SetItem(e.AllocationId, (fund.Allocation(e.AllocationId) ?? new()).Evolve(e)) },
            _ => next,
        };
    }

    private static readonly RowTable<FundRow> s_funds = new("funds", RowJson.Default.FundRow, "id");

    private static readonly RowTable<AllocationRow> s_allocations = new("allocations", RowJson.Default.AllocationRow, "fund_id", "id");

    private static IEnumerable<Row> Rows(long version, Fund fund, IReadOnlyList<Event> recorded)
    {
        var (opened, r) = (fund.Opened!, fund.Opened!.Fund);
        yield return s_funds.Row(r.Id, new FundRow(
                r.Id, version, r.Name, r.Channel, r.Division, opened.From, opened.To, opened.Total?.Yuan, opened.PlanId, opened.DocumentNumber, opened.Note,
                fund.Appropriated.Yuan, fund.Available.Yuan, fund.Balances.Sum(LedgerClass.AllocatedTo).Yuan, r.SecretReason));
        foreach (var id in recorded.OfType<AllocationEvent>().Select(e => e.AllocationId).Distinct().Where(id => fund.Allocation(id)!.Made is not null))
        {
            var a = fund.Allocation(id)!;
            var made = a.Made!;
            yield return s_allocations.Row($"{r.Id} {id}", new AllocationRow(
                    id, r.Id, a.Version, a.State, r.Division, made.Items.Sum(i => i.Amount.Yuan),
                    JsonSerializer.SerializeToElement(made.Items, DetailJson.Default.IReadOnlyListAllocationItem), a.Issued?.DocumentNumber ?? made.DocumentNumber,
                    made.At, made.By.Actor, a.Issued?.At, a.Issued?.By.Actor, a.Reason));
        }

        foreach (var row in fund.Balances.Rows(Stream(r.Id), r.Division, version, recorded))
        {
            yield return row;
        }
    }
}

/// <summary>An allocation as its rules see it.</summary>
public sealed record Allocation
{
    /// <summary>The number of facts about it.</summary>
    public long Version { get; private init; }
    public AllocationState State { get; private init; }
    public AllocationMade? Made { get; private init; }
    public AllocationIssued? Issued { get; private init; }

    /// <summary>Why it was withdrawn.</summary>
    public string? Reason { get; private init; }

    internal Allocation Evolve(AllocationEvent fact)
    {
        var next = this with { Version = Version + 1 };
        return fact switch
        {
            AllocationMade e => next with { State = AllocationState.Made, Made = e },
            AllocationIssued e => next with { State = AllocationState.Issued, Issued = e },
            AllocationWithdrawn e => next with { State = AllocationState.Withdrawn, Reason = e.Reason },
            _ => next,
        };
    }
}

[JsonConverter(typeof(Kebab<AllocationState>))]
public enum AllocationState
{
    Made,
    Issued,
    Withdrawn,
}

/// <summary>The row behind <c>GET funds</c>; named as its columns. Amounts are in yuan.</summary>
internal sealed record FundRow(
    string Id, long Version, string Name, Channel Channel, string Division, int YearFrom, int YearTo, decimal? Total, string? PlanId,
    string? DocumentNumber, string? Note, decimal Appropriated, decimal Available, decimal Allocated, string? SecretReason);

/// <summary>The row behind <c>GET allocations</c>.</summary>
internal sealed record AllocationRow(
    string Id, string FundId, long Version, AllocationState State, string Division, decimal Amount, JsonElement Items, string? DocumentNumber,
    DateTimeOffset MadeAt, string? MadeBy, DateTimeOffset? IssuedAt, string? IssuedBy, string? Reason);

using System.Collections.Immutable;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Funding.Ledger;

/// <summary>The ledger accounts of one stream, as its postings add up.</summary>
public sealed record Balances(ImmutableDictionary<LedgerAccount, Money> Amounts)
{
    public static readonly Balances None = new(ImmutableDictionary<LedgerAccount, Money>.Empty);

    private static readonly RowTable<EntryRow> s_entries = new("entries", RowJson.Default.EntryRow);

    private static readonly RowTable<BalanceRow> s_balances = new("balances", RowJson.Default.BalanceRow, "ledger_account");

    public Money this[LedgerAccount account] => Amounts.GetValueOrDefault(account, Money.Zero);

    public Balances Post(Event fact) => new(Postings.Of(fact).Aggregate(Amounts, (amounts, e) => amounts.SetItem(e.Account, amounts.GetValueOrDefault(e.Account, Money.Zero) + e.Amount)));

    public Money Sum(LedgerClass of) => Amounts.Where(a => a.Key.Class == of).Aggregate(Money.Zero, (sum, a) => sum + a.Value);

    /// <summary>The entries that a commit adds for a stream, and the balances it leaves.</summary>
    /// <param name="version">Of the last fact recorded.</param>
    internal IEnumerable<Row> Rows(string stream, string division, long version, IReadOnlyList<Event> recorded)
    {
        var touched = new HashSet<LedgerAccount>();
        for (var i = 0; i < recorded.Count; i++)
        {
            var at = version - recorded.Count + 1 + i;
            foreach (var (leg, entry) in Postings.Of(recorded[i]).Index())
            {
                var a = entry.Account;
                touched.Add(a);
                yield return s_entries.Row($"{stream} {at} {leg}", new EntryRow(stream, at, leg, a.ToString(), a.Class, a.FundId, a.ProjectId, division, entry.Amount.Yuan, recorded[i].At));
            }
        }

        foreach (var a in touched)
        {
            yield return s_balances.Row(a.ToString(), new BalanceRow(a.ToString(), a.Class, a.FundId, a.ProjectId, division, this[a].Yuan));
        }
    }
}

internal sealed record EntryRow(
    string Stream, long Version, int Leg, string LedgerAccount, LedgerClass Class, string FundId, string? ProjectId, string Division, decimal Amount, DateTimeOffset At);

internal sealed record BalanceRow(string LedgerAccount, LedgerClass Class, string FundId, string? ProjectId, string Division, decimal Amount);

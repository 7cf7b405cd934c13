using FsCheck;
using FsCheck.Fluent;
using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Funding.Funds;
using Restoration.Funding.Ledger;
using static Restoration.Funding.Tests.Sample;

namespace Restoration.Funding.Tests;

/// <summary>Whatever is tried in whatever order, over several funds and projects: the books balance.</summary>
public sealed class PostingProperties
{
    private static readonly string[] s_funds = ["award", "bonds", "city"];
    private static readonly string[] s_projects = ["p1", "p2", "p3"];

    private sealed record Act(int Kind, int Fund, int Project, int Other, decimal Amount, int Id, int Person);

    private static readonly Arbitrary<Act[]> s_traffic = (
        from kind in Gen.Choose(0, 9)
        from fund in Gen.Choose(0, s_funds.Length - 1)
        from project in Gen.Choose(0, s_projects.Length - 1)
        from other in Gen.Choose(0, s_projects.Length - 1)
        from amount in Gen.Choose(-5, 400)
        from id in Gen.Choose(0, 5)
        from person in Gen.Choose(1, 2)
        select new Act(kind, fund, project, other, amount / 4m, id, person)).ArrayOf(80).ToArbitrary();

    /// <summary>Funds and accounts together; an act over both is recorded on both sides or not at all, as the log does it.</summary>
    private sealed class Books
    {
        private Dictionary<string, Fund> _funds = s_funds.ToDictionary(f => f, f => Fund.Aggregate.Fold(
            Fund.Unknown, Opened(new FundRef(f, f, Channel.Bonds, f == "city" ? City : Province)))); // every project lies in the city
        private Dictionary<string, Account> _accounts = s_projects.ToDictionary(p => p, p => Folded(Entered(p), Open(p)));

        public List<Event> Facts { get; } = [];

        public int Refused { get; private set; }

        public IEnumerable<(LedgerAccount Account, Money Amount)> Balances => _funds.Values.Select(f => f.Balances).Concat(_accounts.Values.Select(a => a.Balances))
            .SelectMany(b => b.Amounts).Select(a => (a.Key, a.Value));

        public IEnumerable<Account> Accounts => _accounts.Values;

        public void Try(Act act)
        {
            var (funds, accounts, facts) = (new Dictionary<string, Fund>(_funds), new Dictionary<string, Account>(_accounts), Facts.Count);
            if (!Carry(act))
            {
                Refused++;
                (_funds, _accounts) = (funds, accounts);
                Facts.RemoveRange(facts, Facts.Count - facts);
            }
        }

        private bool Carry(Act act)
        {
            var (f, p, amount, by) = (s_funds[act.Fund], s_projects[act.Project], Yuan(act.Amount), new By("client", $"person-{act.Person}"));
            var id = $"{f}-{act.Id}";
            AllocationItem[] items = act.Id % 2 == 0 ? [new(p, amount)] : [new(p, amount), new(s_projects[act.Other], Yuan(10))];
            return act.Kind switch
            {
                0 or 1 => On(f, s => FundDecider.Decide(s, f, new AppropriateFund(amount, null, null, by, At))),
                2 or 3 => Both(f, s => FundDecider.Decide(s, f, new MakeAllocation(id, items, null, by, At), a => _accounts.GetValueOrDefault(a, Account.Unknown), Tree)),
                4 or 5 => Both(f, s => FundDecider.Decide(s, new IssueAllocation(id, null, by, At))),
                6 => Both(f, s => FundDecider.Decide(s, new WithdrawAllocation(id, "r", by, At))),
                7 => In(p, a => AccountDecider.Decide(a, p, Pay(act.Amount, $"pay-{act.Id}-{act.Other}", approved: $"r-{act.Person}", fund: f))),
                8 => In(p, a => AccountDecider.Decide(a, p, new ReturnMoney(f, amount, "r", by, At)))
                    && On(f, s => FundDecider.Decide(s, f, new TakeMoneyBack(p, amount, "r", by, At))),
                _ => In(p, a => act.Id == 0
                    ? AccountDecider.Decide(a, p, new SettleAccount(by, At))
                    : AccountDecider.Decide(a, new MarkIdle(id, by, At.AddMonths(act.Id * 4)))),
            };
        }

        private bool Both(string fund, Func<Fund, Decision<FundEvent>> decide)
        {
            var before = Facts.Count;
            return On(fund, decide) && Facts.Skip(before).OfType<AllocationEvent>().ToList().SelectMany(e => e.Items, (e, i) => In(i.ProjectId, a => e switch
            {
                AllocationMade => AccountDecider.Decide(a, i.ProjectId, new AllocateMoney(e.AllocationId, fund, e.Fund.Channel, i.Amount, e.By, e.At)),
                AllocationIssued => AccountDecider.Decide(a, i.ProjectId, new IssueMoney(e.AllocationId, null, e.By, e.At)),
                _ => AccountDecider.Decide(a, i.ProjectId, new CancelAllocation(e.AllocationId, "r", e.By, e.At)),
            })).All(done => done);
        }

        private bool On(string fund, Func<Fund, Decision<FundEvent>> decide)
        {
            var decision = decide(_funds[fund]);
            _funds[fund] = Fund.Aggregate.Fold(_funds[fund], decision.Events);
            Facts.AddRange(decision.Events);
            return decision.Refusal is null;
        }

        private bool In(string project, Func<Account, Decision<AccountEvent>> decide)
        {
            var decision = decide(_accounts[project]);
            _accounts[project] = Account.Aggregate.Fold(_accounts[project], decision.Events);
            Facts.AddRange(decision.Events);
            return decision.Refusal is null;
        }
    }

    private static Books After(Act[] acts)
    {
        var books = new Books();
        foreach (var act in acts)
        {
            books.Try(act);
        }

        return books;
    }

    [Fact]
    public void Every_posting_balances_by_itself() => Prop.ForAll(s_traffic, acts =>
        After(acts).Facts.All(f => Postings.Of(f).Sum(e => e.Amount.Yuan) == 0)).QuickCheckThrowOnFailure();

    [Fact]
    public void No_balance_is_ever_below_zero() => Prop.ForAll(s_traffic, acts =>
    {
        var balances = new Dictionary<LedgerAccount, decimal>();
        foreach (var fact in After(acts).Facts)
        {
            foreach (var e in Postings.Of(fact))
            {
                balances[e.Account] = balances.GetValueOrDefault(e.Account) + e.Amount.Yuan;
            }

            if (balances.Any(b => b.Key.IsContra ? b.Value > 0 : b.Value < 0))
            {
                return false;
            }
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Balances_are_what_the_entries_add_up_to() => Prop.ForAll(s_traffic, acts =>
    {
        var books = After(acts);
        var entries = books.Facts.SelectMany(Postings.Of).GroupBy(e => e.Account).ToDictionary(g => g.Key, g => g.Sum(e => e.Amount.Yuan));
        return books.Balances.Count() == entries.Count && books.Balances.All(b => entries[b.Account] == b.Amount.Yuan);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_a_fund_gave_a_project_has() => Prop.ForAll(s_traffic, acts =>
    {
        var balances = After(acts).Balances.ToDictionary(b => b.Account, b => b.Amount.Yuan);
        return s_funds.All(f => s_projects.All(p =>
            balances.GetValueOrDefault(new(LedgerClass.AllocatedTo, f, p)) + balances.GetValueOrDefault(new(LedgerClass.Received, f, p)) == 0))
            && balances.Values.Sum() == 0;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_balance_that_leaves_with_a_fact_is_that_of_the_ledger() => Prop.ForAll(s_traffic, acts => After(acts).Accounts.All(a =>
        a.Total == new Balance(
            a.Balances.Sum(LedgerClass.Allocated), a.Balances.Sum(LedgerClass.Issued) + a.Balances.Sum(LedgerClass.Paid), a.Balances.Sum(LedgerClass.Paid))))
        .QuickCheckThrowOnFailure();

    /// <summary>The properties above hold for books in which nothing happens as well: enough must happen in them, of every kind.</summary>
    [Fact]
    public void The_traffic_reaches_every_kind_of_posting()
    {
        var books = Gen.Sample(s_traffic.Generator, 300).Select(After).ToList();
        Type[] kinds =
        [
            typeof(FundAppropriated), typeof(AllocationMade), typeof(AllocationIssued), typeof(AllocationWithdrawn), typeof(MoneyTakenBack), typeof(MoneyAllocated),
            typeof(MoneyIssued), typeof(AllocationCancelled), typeof(PaymentExecuted), typeof(MoneyReturned), typeof(AccountSettled), typeof(MoneyFoundIdle),
        ];
        var seen = books.SelectMany(b => b.Facts).Select(f => f.GetType()).ToHashSet();
        Assert.Empty(kinds.Where(k => !seen.Contains(k)).Select(k => k.Name));
        Assert.True(books.Sum(b => b.Refused) > 300);
    }
}

using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Funding.Ledger;
using static Restoration.Funding.Tests.Sample;

namespace Restoration.Funding.Tests;

public sealed class AccountSpecs
{
    private static EnterEstimate Enter(decimal? estimate = 2_000) => new(
        Ref(), "废弃矿山治理", estimate is { } e ? Yuan(e) : null, [new("central-award", Yuan(1_500)), new("local-match", Yuan(500))], Registry, At);

    private static AllocateMoney Allocate(string id = "a-1", decimal amount = 300) => new(id, "award", Channel.CentralAward, Yuan(amount), Maker, At);

    [Fact]
    public void A_designed_project_brings_its_estimate() => GivenAccount().When(a => AccountDecider.Decide(a, Enter())).Records(Entered());

    [Fact]
    public void A_project_without_an_estimate_has_none() => GivenAccount().When(a => AccountDecider.Decide(a, Enter(null))).Records(Entered(estimate: null));

    [Fact]
    public void The_same_estimate_is_never_entered_a_second_time()
    {
        GivenAccount(Entered()).When(a => AccountDecider.Decide(a, Enter() with { At = At.AddDays(1) })).RecordsNothing();
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, Enter())).RecordsNothing();
    }

    [Fact]
    public void Designed_anew_before_approval_it_is_entered_anew() => GivenAccount(Entered()).When(a => AccountDecider.Decide(a, Enter(2_500))).Records(Entered(estimate: 2_500));

    [Fact]
    public void An_approved_estimate_stays() => GivenAccount(Entered(), Open())
        .When(a => AccountDecider.Decide(a, Enter(2_500))).IsRefused(RefusalKind.Conflict, "account.opened");

    private static ChangeEstimate Change(decimal? estimate) => new(
        Ref(), "废弃矿山治理", estimate is { } e ? Yuan(e) : null, [new("central-award", Yuan(1_500)), new("local-match", Yuan(1_000))], "c-1", Maker, At);

    [Fact]
    public void It_changes_with_its_project_and_what_was_posted_stands()
    {
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo()).When(a => AccountDecider.Decide(a, Change(2_500))).Records(Changed(2_500));
        GivenAccount(Entered(), Open(), Changed(2_500)).When(a => AccountDecider.Decide(a, Change(2_500))).RecordsNothing();
        GivenAccount(Entered(), Open(), Changed(2_500)).When(a => AccountDecider.Decide(a, Change(null))).Records(Changed(null));
        GivenAccount().When(a => AccountDecider.Decide(a, Change(2_500))).IsRefused(RefusalKind.NotFound, "account.unknown");
    }

    [Fact]
    public void It_is_frozen_while_its_project_is_suspended()
    {
        var freeze = new FreezeAccount("汛期", Day, Maker, At);
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", freeze)).Records(Frozen());
        GivenAccount(Entered(), Open(), Frozen()).When(a => AccountDecider.Decide(a, "p1", freeze)).RecordsNothing();
        GivenAccount(Entered(), Open(), Settled()).When(a => AccountDecider.Decide(a, "p1", freeze)).RecordsNothing();
        GivenAccount().When(a => AccountDecider.Decide(a, "p1", freeze)).IsRefused(RefusalKind.NotFound, "account.unknown");
        GivenAccount(Entered(), Open(), Frozen()).When(a => AccountDecider.Decide(a, "p1", new ReleaseAccount(Maker, At))).Records(Released());
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", new ReleaseAccount(Maker, At))).RecordsNothing();
        GivenAccount(Entered(), Open(), Frozen(), Released()).When(a => AccountDecider.Decide(a, "p1", Allocate())).Records(Allocated());
    }

    [Fact]
    public void It_ends_with_its_project()
    {
        var terminate = new TerminateAccount("规划调整", "退回", Maker, At);
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", terminate)).Records(Terminated());
        GivenAccount(Entered(), Open(), Frozen()).When(a => AccountDecider.Decide(a, "p1", terminate)).Records(Terminated());
        GivenAccount(Entered(), Open(), Terminated()).When(a => AccountDecider.Decide(a, "p1", terminate)).RecordsNothing();
        GivenAccount(Entered(), Open(), Terminated()).When(a => AccountDecider.Decide(a, "p1", new ReleaseAccount(Maker, At))).RecordsNothing();
        GivenAccount().When(a => AccountDecider.Decide(a, "p1", terminate)).IsRefused(RefusalKind.NotFound, "account.unknown");
    }

    [Theory]
    [InlineData("account.frozen")]
    [InlineData("account.terminated")]
    public void Nothing_is_given_or_paid_then_but_what_was_paid_before_can_be_entered(string code)
    {
        AccountEvent halt = code == "account.frozen" ? Frozen() : Terminated();
        GivenAccount(Entered(), Open(), halt).When(a => AccountDecider.Decide(a, "p1", Allocate())).IsRefused(RefusalKind.Conflict, code);
        GivenAccount(Entered(), Open(), Allocated(), halt).When(a => AccountDecider.Decide(a, "p1", new IssueMoney("a-1", "2024-3", Issuer, At))).IsRefused(RefusalKind.Conflict, code);
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), halt).When(a => AccountDecider.Decide(a, "p1", Pay())).IsRefused(RefusalKind.Conflict, code);
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), halt).When(a => AccountDecider.Decide(a, "p1", Pay() with { At = At.AddDays(-1) })).Records(Paid() with { At = At.AddDays(-1) });
    }

    [Fact]
    public void Money_goes_back_then_and_what_ended_is_settled()
    {
        foreach (AccountEvent halt in new AccountEvent[] { Frozen(), Terminated() })
        {
            GivenAccount(Entered(), Open(), Allocated(), halt).When(a => AccountDecider.Decide(a, "p1", new CancelAllocation("a-1", "重复", Maker, At))).Records(Cancelled());
            GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), halt).When(a => AccountDecider.Decide(a, "p1", new ReturnMoney("award", Yuan(300), "结余", Maker, At)))
                .Records(new MoneyReturned(Ref(), "award", Yuan(300), Total(0, 0, 0), "结余", Maker, At));
        }

        GivenAccount(Entered(), Open(), Frozen()).When(a => AccountDecider.Decide(a, "p1", new SettleAccount(Maker, At))).IsRefused(RefusalKind.Conflict, "account.frozen");
        GivenAccount(Entered(), Open(), Terminated()).When(a => AccountDecider.Decide(a, "p1", new SettleAccount(Maker, At))).Records(new AccountSettled(Ref(), Total(0, 0, 0), Maker, At));
    }

    [Fact]
    public void An_approved_project_has_an_open_account() => GivenAccount(Entered()).When(a => AccountDecider.Decide(a, "p1", new OpenAccount(Registry, At))).Records(Open());

    [Fact]
    public void Opening_twice_changes_nothing() => GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", new OpenAccount(Registry, At))).RecordsNothing();

    [Fact]
    public void What_nobody_designed_is_not_opened() => GivenAccount()
        .When(a => AccountDecider.Decide(a, "p1", new OpenAccount(Registry, At))).IsRefused(RefusalKind.NotFound, "account.unknown");

    [Fact]
    public void Money_is_allocated_and_issued()
    {
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", Allocate())).Records(Allocated());
        GivenAccount(Entered(), Open(), Allocated()).When(a => AccountDecider.Decide(a, "p1", new IssueMoney("a-1", "2024-3", Issuer, At))).Records(IssuedTo());
    }

    [Fact]
    public void The_balance_of_a_fact_is_over_all_funds() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Allocated(200, "b-1", Total(200, 300, 0), "bonds"))
        .When(a => AccountDecider.Decide(a, "p1", new IssueMoney("b-1", "2024-3", Issuer, At))).Records(IssuedTo(200, "b-1", Total(0, 500, 0), fund: "bonds"));

    [Fact]
    public void An_allocation_is_cancelled() => GivenAccount(Entered(), Open(), Allocated())
        .When(a => AccountDecider.Decide(a, "p1", new CancelAllocation("a-1", "重复", Maker, At))).Records(Cancelled());

    [Fact]
    public void Doing_it_again_changes_nothing()
    {
        GivenAccount(Entered(), Open(), Allocated()).When(a => AccountDecider.Decide(a, "p1", Allocate())).RecordsNothing();
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo()).When(a => AccountDecider.Decide(a, "p1", new IssueMoney("a-1", null, Issuer, At))).RecordsNothing();
        GivenAccount(Entered(), Open(), Allocated(), Cancelled()).When(a => AccountDecider.Decide(a, "p1", new CancelAllocation("a-1", "重复", Maker, At))).RecordsNothing();
    }

    [Fact]
    public void What_is_not_allocated_is_neither_issued_nor_cancelled()
    {
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", new IssueMoney("a-1", null, Issuer, At))).IsRefused(RefusalKind.Conflict, "allocation.not-open");
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", new CancelAllocation("a-1", "r", Maker, At))).IsRefused(RefusalKind.Conflict, "allocation.not-open");
        GivenAccount(Entered(), Open(), Allocated(), Cancelled())
            .When(a => AccountDecider.Decide(a, "p1", new IssueMoney("a-1", null, Issuer, At))).IsRefused(RefusalKind.Conflict, "allocation.not-open");
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo())
            .When(a => AccountDecider.Decide(a, "p1", new CancelAllocation("a-1", "r", Maker, At))).IsRefused(RefusalKind.Conflict, "allocation.not-open");
    }

    [Fact]
    public void A_payment_is_executed() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo()).When(a => AccountDecider.Decide(a, "p1", Pay())).Records(Paid());

    [Fact]
    public void All_that_was_issued_can_be_paid_and_not_a_fen_more()
    {
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo()).When(a => AccountDecider.Decide(a, "p1", Pay(300))).Records(Paid(300));
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo())
            .When(a => AccountDecider.Decide(a, "p1", Pay(300.01m))).IsRefused(RefusalKind.Conflict, "balance.insufficient");
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Paid(100))
            .When(a => AccountDecider.Decide(a, "p1", Pay(200.01m, "pay-2"))).IsRefused(RefusalKind.Conflict, "balance.insufficient");
    }

    [Fact]
    public void What_is_only_allocated_is_not_paid() => GivenAccount(Entered(), Open(), Allocated())
        .When(a => AccountDecider.Decide(a, "p1", Pay())).IsRefused(RefusalKind.Conflict, "balance.insufficient");

    [Fact]
    public void Money_of_one_fund_does_not_pay_for_another() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo())
        .When(a => AccountDecider.Decide(a, "p1", Pay(fund: "bonds"))).IsRefused(RefusalKind.Conflict, "balance.insufficient");

    [Fact]
    public void The_same_payment_again_changes_nothing_even_when_the_money_is_gone() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Paid(300))
        .When(a => AccountDecider.Decide(a, "p1", Pay(300) with { Sender = new("/treasury", "e-2"), At = At.AddDays(1) })).RecordsNothing();

    [Fact]
    public void A_payment_of_that_id_and_other_content_is_refused() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Paid())
        .When(a => AccountDecider.Decide(a, "p1", Pay(101))).IsRefused(RefusalKind.Conflict, "payment.differs");

    [Fact]
    public void A_payment_has_two_persons() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo())
        .When(a => AccountDecider.Decide(a, "p1", Pay(approved: "r-1"))).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void All_that_is_wrong_with_a_payment_is_said_at_once()
    {
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo()).When(a => AccountDecider.Decide(a, "p1", Pay(0, " ", "张三", "")))
            .IsRefused(RefusalKind.Invalid, "amount.not-positive", "#/data/amount", "#/data/paymentId", "#/data/requestedBy", "#/data/approvedBy");
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo()).When(a => AccountDecider.Decide(a, "p1", Pay(by: new string('x', 65))))
            .IsRefused(RefusalKind.Invalid, "payment.invalid", "#/data/requestedBy");
    }

    [Fact]
    public void Unneeded_money_is_returned() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo())
        .When(a => AccountDecider.Decide(a, "p1", new ReturnMoney("award", Yuan(50), "结余", Maker, At))).Records(Returned());

    [Fact]
    public void What_was_paid_is_not_returned() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Paid(100))
        .When(a => AccountDecider.Decide(a, "p1", new ReturnMoney("award", Yuan(200.01m), "结余", Maker, At))).IsRefused(RefusalKind.Conflict, "balance.insufficient");

    [Fact]
    public void A_return_is_of_more_than_nothing() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo())
        .When(a => AccountDecider.Decide(a, "p1", new ReturnMoney("award", Yuan(-1), "结余", Maker, At))).IsRefused(RefusalKind.Invalid, "amount.not-positive", "#/amount");

    [Fact]
    public void An_account_in_which_nothing_is_open_is_settled()
    {
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, "p1", new SettleAccount(Maker, At))).Records(Settled());
        GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Paid(250), Returned(50, Total(0, 250, 250)))
            .When(a => AccountDecider.Decide(a, "p1", new SettleAccount(Maker, At))).Records(Settled(Total(0, 250, 250)));
        GivenAccount(Entered(), Open(), Settled()).When(a => AccountDecider.Decide(a, "p1", new SettleAccount(Maker, At))).RecordsNothing();
    }

    [Fact]
    public void An_account_in_which_something_is_open_says_what()
    {
        GivenAccount(Entered(), Open(), Allocated()).When(a => AccountDecider.Decide(a, "p1", new SettleAccount(Maker, At))).IsRefused(RefusalKind.Conflict, "account.open");
        var both = Folded(Entered(), Open(), Allocated(), IssuedTo(), Allocated(200, "b-1", Total(200, 300, 0), "bonds"));
        Assert.Equal(
            "Still open: 300.00 yuan of award issued and not paid; 200.00 yuan of bonds allocated and not issued.",
            AccountDecider.Decide(both, "p1", new SettleAccount(Maker, At)).Refusal!.Detail);
    }

    public static TheoryData<string> Acts => ["allocate", "issue", "cancel", "pay", "return", "settle"];

    private static Decision<AccountEvent> Act(Account a, string act) => act switch
    {
        "allocate" => AccountDecider.Decide(a, "p1", Allocate("a-9")),
        "issue" => AccountDecider.Decide(a, "p1", new IssueMoney("a-9", null, Issuer, At)),
        "cancel" => AccountDecider.Decide(a, "p1", new CancelAllocation("a-9", "r", Maker, At)),
        "pay" => AccountDecider.Decide(a, "p1", Pay(id: "pay-9")),
        "return" => AccountDecider.Decide(a, "p1", new ReturnMoney("award", Yuan(1), "r", Maker, At)),
        _ => AccountDecider.Decide(a, "p1", new SettleAccount(Maker, At)),
    };

    [Theory]
    [MemberData(nameof(Acts))]
    public void Nothing_is_posted_to_an_account_that_is_not_open(string act)
    {
        GivenAccount().When(a => Act(a, act)).IsRefused(RefusalKind.NotFound, "account.unknown");
        GivenAccount(Entered()).When(a => Act(a, act)).IsRefused(RefusalKind.Conflict, "account.not-open");
        if (act != "settle")
        {
            GivenAccount(Entered(), Open(), Settled()).When(a => Act(a, act)).IsRefused(RefusalKind.Conflict, "account.settled");
        }
    }
}

/// <summary>Money that was issued and not paid for twelve months.</summary>
public sealed class IdleMoneySpecs
{
    private static readonly DateTimeOffset s_due = At.AddMonths(12);

    private static MoneyFoundIdle Idle(decimal amount, string id = "a-1", DateTimeOffset? since = null) =>
        new(Ref(), id, "award", Yuan(amount), since ?? At, new By("funding"), s_due);

    private static MarkIdle Mark(string id = "a-1", DateTimeOffset? at = null) => new(id, new By("funding"), at ?? s_due);

    [Fact]
    public void What_was_not_paid_for_a_year_is_idle() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Paid(100))
        .When(a => AccountDecider.Decide(a, Mark())).Records(Idle(200));

    [Fact]
    public void A_day_before_it_is_not() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo())
        .When(a => AccountDecider.Decide(a, Mark(at: s_due.AddDays(-1)))).RecordsNothing();

    [Fact]
    public void It_is_found_once() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Idle(300)).When(a => AccountDecider.Decide(a, Mark())).RecordsNothing();

    [Fact]
    public void What_was_paid_or_returned_is_not_idle() => GivenAccount(Entered(), Open(), Allocated(), IssuedTo(), Paid(250), Returned(50, Total(0, 250, 250)))
        .When(a => AccountDecider.Decide(a, Mark())).RecordsNothing();

    [Fact]
    public void What_was_never_issued_is_not_idle()
    {
        GivenAccount(Entered(), Open(), Allocated()).When(a => AccountDecider.Decide(a, Mark())).RecordsNothing();
        GivenAccount(Entered(), Open()).When(a => AccountDecider.Decide(a, Mark())).RecordsNothing();
    }

    [Fact]
    public void Money_issued_later_does_not_make_an_earlier_part_idle()
    {
        AccountEvent[] facts =
        [
            Entered(), Open(), Allocated(), IssuedTo(), Allocated(500, "a-2", Total(500, 300, 0)), IssuedTo(500, "a-2", Total(0, 800, 0), At.AddMonths(11)),
            Paid(250, Total(0, 800, 250)),
        ];
        GivenAccount(facts).When(a => AccountDecider.Decide(a, Mark())).Records(Idle(50));
        GivenAccount(facts).When(a => AccountDecider.Decide(a, Mark("a-2"))).RecordsNothing();
        GivenAccount([.. facts, Paid(100, Total(0, 800, 350), "pay-2")]).When(a => AccountDecider.Decide(a, Mark())).RecordsNothing();
    }

    [Fact]
    public void Two_parts_issued_at_once_are_idle_by_turns()
    {
        AccountEvent[] facts =
        [
            Entered(), Open(), Allocated(), IssuedTo(), Allocated(500, "a-2", Total(500, 300, 0)), IssuedTo(500, "a-2", Total(0, 800, 0)), Paid(350, Total(0, 800, 350)),
        ];
        GivenAccount(facts).When(a => AccountDecider.Decide(a, Mark())).RecordsNothing();
        GivenAccount(facts).When(a => AccountDecider.Decide(a, Mark("a-2"))).Records(Idle(450, "a-2"));
    }
}

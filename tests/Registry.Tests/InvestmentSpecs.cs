using Restoration.Domain;
using Restoration.Registry.Investments;
using Restoration.Registry.Progress;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>完成投资: one number of a project, division and period.</summary>
public sealed class InvestmentSpecs
{
    public static InvestmentCompleted Completed(decimal yuan, decimal? before = null, string period = "2024-06", string division = Yudu, string measure = "p1-area") =>
        new(Ref(period, division, measure), Money.Of(yuan), before is { } b ? Money.Of(b) : null, new Sender("/yudu", "e-1"), Reporter, At);

    private static Spec<ProjectInvestments, InvestmentCompleted> Nothing_said => new(ProjectInvestments.None, (s, e) => ProjectInvestments.Aggregate.Fold(s, e));

    private static Decision<InvestmentCompleted> Say(ProjectInvestments s, decimal yuan, string period = "2024-06", string division = Yudu, string measure = "p1-area") =>
        InvestmentDecider.Decide(s, new SayInvestment(Ref(period, division, measure), Money.Of(yuan), new Sender("/yudu", "e-1"), Reporter, At));

    [Fact]
    public void A_report_says_it() => Nothing_said.When(s => Say(s, 100)).Records(Completed(100));

    [Fact]
    public void That_of_another_measure_says_it_anew() => Nothing_said.After(Completed(100))
        .When(s => Say(s, 120, measure: "p1-road")).Records(Completed(120, before: 100, measure: "p1-road"));

    [Fact]
    public void The_same_is_said_once() => Nothing_said.After(Completed(100)).When(s => Say(s, 100, measure: "p1-road")).RecordsNothing();

    [Theory]
    [InlineData("2024-Q2")]
    [InlineData("2024")]
    [InlineData("2024-06-15")]
    public void Periods_of_a_county_do_not_overlap_whatever_measure_they_are_of(string period) => Nothing_said.After(Completed(100))
        .When(s => Say(s, 300, period, measure: "p1-road")).IsRefused(RefusalKind.Invalid, "investment.overlaps", "#/investmentCompleted");

    [Fact]
    public void Those_of_two_counties_may() => Nothing_said.After(Completed(100)).When(s => Say(s, 300, "2024-Q2", Ningdu)).Records(Completed(300, period: "2024-Q2", division: Ningdu));

    [Fact]
    public void Nothing_less_than_nothing() => Nothing_said.When(s => Say(s, -1)).IsRefused(RefusalKind.Invalid, "investment.negative", "#/investmentCompleted/amount");
}

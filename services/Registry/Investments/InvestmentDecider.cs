using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Investments;

/// <summary>What a report says of the investment completed.</summary>
public sealed record SayInvestment(FigureRef Figure, Money Amount, Sender? Sender, By By, DateTimeOffset At);

/// <summary>The rules of investment completed (domain §3): one number of a project, division and period.</summary>
public static class InvestmentDecider
{
    public static Decision<InvestmentCompleted> Decide(ProjectInvestments investments, SayInvestment c)
    {
        var said = investments.Of(c.Figure.Division);
        if (c.Amount.Yuan < 0)
        {
            return Refusal.Invalid("investment.negative", "What was completed is not less than nothing.", new Fault("#/investmentCompleted/amount", "This is negative."));
        }

        // A month in one report and its quarter in another would count twice.
        if (said.FirstOrDefault(s => s.Key != c.Figure.Period && s.Key.Overlaps(c.Figure.Period) && s.Value.Yuan != 0).Key is var other && other != default)
        {
            return Refusal.Invalid(
                "investment.overlaps", $"It was said for {other}, which overlaps.", new Fault("#/investmentCompleted", $"Reports of this project carry it by the same periods as that of {other}."));
        }

        return said.TryGetValue(c.Figure.Period, out var before) && before == c.Amount
            ? []
            : [new InvestmentCompleted(c.Figure, c.Amount, said.TryGetValue(c.Figure.Period, out before) ? before : null, c.Sender, c.By, c.At)];
    }
}

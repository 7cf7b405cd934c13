using Restoration.Contracts.Registry;
using Restoration.Copies;
using Restoration.Domain;
using Restoration.Indicators.Observations;
using Restoration.Messaging;

namespace Restoration.Indicators;

/// <summary>What this service takes from the registry beside its copies: verified progress that feeds an indicator.</summary>
public static class FromRegistry
{
    public static Consumers TakeProgress(this Consumers consumers) => consumers.KeepRegistryCopies()
        .On("restoration.registry.progress-verified.v1", RegistryJson.Default.ProgressVerified, Verified);

    private static ValueTask<Handling> Verified(ProgressVerified fact, Letter letter, IServiceProvider services)
    {
        var f = fact.Figure;
        if (f is not { IndicatorId: { } indicatorId, Verified: { } amount })
        {
            return ValueTask.FromResult(new Handling()); // feeds no indicator
        }

        if (!Period.TryParse(f.Period, out var period) || !Unit.TryParse(amount.Unit, out var unit) || !Quantity.TryOf(amount.Value, unit, out var quantity))
        {
            throw new FormatException($"The figure {f.FigureId} has a period or an amount that cannot be read.");
        }

        var command = new ContributeProgress(
            new ObservationRef(indicatorId, f.PlanId, f.Division, period), f.FigureId, f.MeasureId, quantity, letter.Id, letter.Position,
            new By(fact.By.Client, fact.By.Person), letter.Time);
        var stream = YearOfValues.Stream(indicatorId, period.Year);
        return ValueTask.FromResult(new Handling(s => s.Record(
            YearOfValues.Aggregate, stream, ObservationDecider.Decide(s.Get(YearOfValues.Aggregate, stream), command))));
    }
}

using Restoration.Contracts.Registry;
using Restoration.Copies;
using Restoration.Domain;
using Restoration.Indicators.Observations;
using Restoration.Indicators.Targets;
using Restoration.Messaging;

namespace Restoration.Indicators;

/// <summary>What this service takes from the registry beside its copies: verified progress that feeds an indicator, and what counties are to do for it.</summary>
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

    /// <summary>What a county confirmed that it is to do in a year: its targets for the indicators that it feeds.</summary>
    public static Consumers TakeAssignments(this Consumers consumers) => consumers
        .On("restoration.registry.yearly-assignment-confirmed.v1", RegistryJson.Default.YearlyAssignmentConfirmed, Confirmed);

    private static ValueTask<Handling> Confirmed(YearlyAssignmentConfirmed fact, Letter letter, IServiceProvider services)
    {
        var targets = fact.Targets.Where(t => t.IndicatorId is not null).Select(t => new Targets.CountyTarget(t.MeasureId, t.IndicatorId!, Read(t.Quantity))).ToList();
        var command = new TakeTargets(
            fact.ProjectId, fact.PlanId, fact.Year, fact.Division, targets, letter.Id, letter.Position, new By(fact.By.Client, fact.By.Person), letter.Time);
        var stream = CountyTargets.Stream(fact.ProjectId);
        return ValueTask.FromResult(new Handling(s => s.Record(
            CountyTargets.Aggregate, stream, TargetDecider.Decide(s.Get(CountyTargets.Aggregate, stream), command))));
    }

    private static Quantity Read(Amount amount) => Unit.TryParse(amount.Unit, out var unit) && Quantity.TryOf(amount.Value, unit, out var quantity)
        ? quantity : throw new FormatException($"The amount {amount} cannot be read.");
}

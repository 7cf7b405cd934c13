using Restoration.Contracts.Indicators;
using Restoration.Domain;
using Restoration.Messaging;
using Restoration.Registry.Plans;

namespace Restoration.Registry;

/// <summary>What this service takes from Indicators: a published assessment freezes the periods it was computed from.</summary>
public static class FromIndicators
{
    public static Consumers TakeAssessments(this Consumers consumers) => consumers
        .On("restoration.indicators.assessment-published.v1", IndicatorsJson.Default.AssessmentPublished, Published);

    private static ValueTask<Handling> Published(AssessmentPublished fact, Letter letter, IServiceProvider services)
    {
        if (!Period.TryParse(fact.Period, out var period))
        {
            throw new FormatException($"The period {fact.Period} of the assessment {fact.AssessmentId} cannot be read.");
        }

        var stream = Plan.Stream(fact.PlanId);
        var command = new FreezePeriod(fact.AssessmentId, fact.Division, period, new By(fact.By.Client, fact.By.Person), letter.Time);
        return ValueTask.FromResult(new Handling(s => s.Record(
            Plan.Aggregate, stream, PlanDecider.Decide(s.Get(Plan.Aggregate, stream), fact.PlanId, command))));
    }
}

using Restoration.Domain;
using Restoration.Indicators.Definitions;
using Restoration.Indicators.Observations;
using Restoration.Indicators.Sites;
using Restoration.Indicators.Targets;
using Restoration.Messaging;
using Out = Restoration.Contracts.Indicators;

namespace Restoration.Indicators;

/// <summary>Everything that leaves this service: which fact becomes which contract, and who uses it beside the feed.</summary>
public static class Publishing
{
    public static PublishingMap Map { get; } = new PublishingMap("indicators", ContractJson.Default)
        .Fact<IndicatorDefined, Out.IndicatorDefined>("indicator-defined.v1", (e, _) => new(e.IndicatorId, e.Division, [e.Division], new(
            e.IndicatorId, e.Definition.PlanId, e.Definition.Concept, e.Definition.Name, e.Definition.Unit?.Code, Kebab.Of(e.Definition.Binding),
            Kebab.Of(e.Definition.Kind), Kebab.Of(e.Definition.Method), e.Division, e.Revision)))
        .Fact<IndicatorObserved, Out.IndicatorObserved>("indicator-observed.v1", (e, _) => Of(e, new Out.IndicatorObserved(
            e.Observation.Id, e.Observation.IndicatorId, e.Observation.PlanId, e.Observation.Division, e.Observation.Period.ToString(), Of(e.Value), e.Revision, e.Note)))
        .Fact<ObservationAccepted, Out.ObservationAccepted>("observation-accepted.v1", (e, _) => Of(e, new Out.ObservationAccepted(
            e.Observation.Id, e.Observation.IndicatorId, e.Observation.PlanId, e.Observation.Division, e.Observation.Period.ToString(), Of(e.Value), e.Revision)))
        .Fact<ObservationReturned, Out.ObservationReturned>("observation-returned.v1", (e, _) => Of(e, new Out.ObservationReturned(
            e.Observation.Id, e.Observation.IndicatorId, e.Observation.PlanId, e.Observation.Division, e.Observation.Period.ToString(), e.Reason)))
        .Fact<ProgressContributed, Out.ProgressContributed>("progress-contributed.v1", (e, _) => new(
            e.Observation.IndicatorId, e.Observation.Division, [e.Observation.Division], new(
                e.Observation.IndicatorId, e.Observation.PlanId, e.FigureId, e.MeasureId, e.Observation.Division, e.Observation.Period.ToString(), Of(e.Value))))
        .Fact<SiteContributed, Out.SiteContributed>("site-contributed.v1", (e, _) => new(e.SiteId, e.Division, [e.Division], new(
            e.SiteId, e.Name, e.Division, e.Kind, Of(e.Area), e.AcceptedOn)))
        .Fact<SiteWithdrawn, Out.SiteWithdrawn>("site-withdrawn.v1", (e, _) => new(e.SiteId, e.Division, [e.Division], new(
            e.SiteId, e.Division, e.AcceptedOn, e.WithdrawnOn)))
        .Internal<CountyTargetsTaken>(); // the registry says it itself

    private static Outgoing<T> Of<T>(ObservationEvent e, T contract) => new(e.Observation.Id, e.Observation.Division, [e.Observation.Division], contract);

    private static Out.Amount Of(Quantity quantity) => new(quantity.Value, quantity.Unit.Code);
}

using System.Collections.Immutable;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Investments;

/// <summary>The investment completed in a project: a stream of its own, because reports of all its measures carry it and its periods may not overlap.</summary>
/// <param name="Amounts">By division and period.</param>
public sealed record ProjectInvestments(ImmutableDictionary<string, ImmutableSortedDictionary<Period, Money>> Amounts)
{
    public static readonly ProjectInvestments None = new(ImmutableDictionary<string, ImmutableSortedDictionary<Period, Money>>.Empty);

    public static readonly Aggregate<ProjectInvestments, InvestmentCompleted> Aggregate = new("investments", None, Evolve, opens: false);

    public static string Stream(string projectId) => $"investments-{projectId}";

    public ImmutableSortedDictionary<Period, Money> Of(string division) => Amounts.GetValueOrDefault(division, ImmutableSortedDictionary<Period, Money>.Empty);

    private static ProjectInvestments Evolve(ProjectInvestments state, InvestmentCompleted fact) =>
        new(state.Amounts.SetItem(fact.Figure.Division, state.Of(fact.Figure.Division).SetItem(fact.Figure.Period, fact.Amount)));
}

using System.Collections.Immutable;
using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Indicators.Targets;

/// <summary>What counties are to do for a project, by year.</summary>
public sealed record CountyTargets(ImmutableDictionary<(int Year, string Division), CountyTargetsTaken> Taken)
{
    public static readonly CountyTargets None = new(ImmutableDictionary<(int, string), CountyTargetsTaken>.Empty);

    public static readonly Aggregate<CountyTargets, CountyTargetsTaken> Aggregate = new("targets", None, Evolve, Rows, opens: false);

    public static string Stream(string projectId) => $"targets-{projectId}";

    public IReadOnlyList<CountyTarget> Of(int year, string division) => Taken.TryGetValue((year, division), out var taken) ? taken.Targets : [];

    private static CountyTargets Evolve(CountyTargets state, CountyTargetsTaken fact) => new(state.Taken.SetItem((fact.Year, fact.Division), fact));

    private static readonly RowTable<CountyTargetRow> s_table = new("county_targets", RowJson.Default.CountyTargetRow, "project_id", "year", "division");

    private static IEnumerable<Row> Rows(long version, CountyTargets state, IReadOnlyList<Event> recorded) =>
        from fact in recorded.Cast<CountyTargetsTaken>()
        select s_table.Row($"{fact.ProjectId} {fact.Year} {fact.Division}", new CountyTargetRow(
            fact.ProjectId, fact.Year, fact.Division, fact.PlanId, JsonSerializer.SerializeToElement(fact.Targets, DetailJson.Default.IReadOnlyListCountyTarget),
            fact.CausedBy, fact.CausedAt));
}

/// <summary>The row behind <c>GET indicators/{id}/targets</c>: all of a project's for a county and year, so that those taken back go with it.</summary>
internal sealed record CountyTargetRow(string ProjectId, int Year, string Division, string PlanId, JsonElement Targets, Guid CausedBy, long CausedAt);

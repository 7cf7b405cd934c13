using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Indicators.Definitions;

/// <summary>An indicator as its rules see it: its latest definition.</summary>
public sealed record Indicator
{
    public static readonly Indicator Unknown = new();

    public static readonly Aggregate<Indicator, IndicatorDefined> Aggregate = new("indicator", Unknown, Evolve, Rows);

    public static string Stream(string id) => $"indicator-{id}";

    public string Id { get; private init; } = "";
    public string Division { get; private init; } = "";
    public int Revision { get; private init; }
    public IndicatorDefinition? Definition { get; private init; }

    private static Indicator Evolve(Indicator state, IndicatorDefined e) =>
        state with { Id = e.IndicatorId, Division = e.Division, Revision = e.Revision, Definition = e.Definition };

    private static readonly RowTable<IndicatorRow> s_table = new("indicators", RowJson.Default.IndicatorRow, "id");

    private static IEnumerable<Row> Rows(long version, Indicator state, IReadOnlyList<Event> recorded)
    {
        var d = state.Definition!;
        yield return s_table.Row(state.Id, new IndicatorRow(
                state.Id, version, d.PlanId, state.Division, d.Concept, d.Number, d.Name, d.Method, d.PrintedIn,
                JsonSerializer.SerializeToElement(d, StoredJson.Default.IndicatorDefinition)));
    }
}

/// <summary>The row behind <c>GET indicators</c>; named as its columns.</summary>
internal sealed record IndicatorRow(
    string Id, long Version, string PlanId, string Division, string Concept, int? Number, string Name, Method Method, PrintedIn PrintedIn, JsonElement Definition);

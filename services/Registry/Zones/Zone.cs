using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Zones;

/// <summary>A zone as its rules see it.</summary>
public sealed record Zone
{
    public static readonly Zone Unknown = new();

    public static readonly Aggregate<Zone, ZoneEvent> Aggregate = new("zone", Unknown, Evolve, Rows);

    public static string Stream(string id) => $"zone-{id}";

    public ZoneRegistered? Registered { get; private init; }

    private static Zone Evolve(Zone zone, ZoneEvent fact) => fact switch
    {
        ZoneRegistered e => zone with { Registered = e },
        _ => zone,
    };

    private static readonly RowTable<ZoneRow> s_table = new("zones", RowJson.Default.ZoneRow, "id");

    private static IEnumerable<Row> Rows(long version, Zone zone, IReadOnlyList<Event> recorded)
    {
        var (z, d) = (zone.Registered!, zone.Registered!.Definition);
        yield return s_table.Row(z.ZoneId, new ZoneRow(
            z.ZoneId, version, z.PlanId, z.Division, d.Kind, d.KeyAreaKind, d.Name, d.Number, [.. d.Parts.Select(p => p.Division)],
            JsonSerializer.SerializeToElement(d, StoredJson.Default.ZoneDefinition)));
    }
}

/// <summary>The row behind <c>GET zones</c>; named as its columns.</summary>
internal sealed record ZoneRow(
    string Id, long Version, string PlanId, string Division, ZoneKind Kind, KeyAreaKind? KeyAreaKind, string Name, int? Number, IReadOnlyList<string> Divisions,
    JsonElement Definition);

using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Registry.Plans;

namespace Restoration.Registry.Zones;

public abstract record ZoneEvent(string ZoneId, string PlanId, string Division, By By, DateTimeOffset At) : Event(By, At);

/// <summary>A plan divides its land: a restoration zone 修复分区, or a key area 重点区 in which works are placed.</summary>
/// <param name="Division">The plan's.</param>
[StoredAs("zone-registered.v1")]
public sealed record ZoneRegistered(string ZoneId, string PlanId, string Division, ZoneDefinition Definition, By By, DateTimeOffset At)
    : ZoneEvent(ZoneId, PlanId, Division, By, At);

/// <summary>What a plan says of a zone.</summary>
/// <param name="KeyAreaKind">Of a key area.</param>
/// <param name="Parts">The divisions it consists of; none where the plan prints none.</param>
/// <param name="StatedCounties">How many counties the plan says, where it says so.</param>
/// <param name="Problems">What is wrong in it; <paramref name="Directions"/> what is to be done.</param>
/// <param name="Notes">What is untidy in the document, kept as found.</param>
public sealed record ZoneDefinition(
    ZoneKind Kind, KeyAreaKind? KeyAreaKind, string Name, string? NameEn, int? Number, IReadOnlyList<ZonePart> Parts, int? StatedCounties, string? Location,
    IReadOnlyList<string> Rivers, IReadOnlyList<string> Features, IReadOnlyList<string> Problems, IReadOnlyList<string> Directions,
    IReadOnlyList<string> Prohibitions, IReadOnlyList<string> Notes, Origin? Origin);

/// <summary>A division that lies in a zone, whole or in part.</summary>
/// <param name="Share">How much of it, between 0 and 1, where the plan says so.</param>
public sealed record ZonePart(string Division, bool Whole, decimal? Share, string? Note);

[JsonConverter(typeof(Kebab<ZoneKind>))]
public enum ZoneKind
{
    RestorationZone,
    KeyArea,
}

/// <summary>The seven kinds of key area.</summary>
[JsonConverter(typeof(Kebab<KeyAreaKind>))]
public enum KeyAreaKind
{
    Water,
    Forest,
    Wetland,
    Mine,
    SoilErosion,
    ConstructionLand,
    Farmland,
}

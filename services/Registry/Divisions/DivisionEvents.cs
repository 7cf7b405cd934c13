using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Divisions;

public abstract record DivisionEvent(string Id, By By, DateTimeOffset At) : Event(By, At);

/// <summary>A division exists. Days are inclusive; open where null.</summary>
/// <param name="StatedCounties">How many counties there are in it, entered here or not.</param>
[StoredAs("division-defined.v1")]
public sealed record DivisionDefined(
    string Id, string Name, string? NameEn, DivisionLevel Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? Note, By By, DateTimeOffset At, int? StatedCounties = null) : DivisionEvent(Id, By, At);

/// <summary>A code ceased and another took its place (南康市 360782 → 南康区 360703).</summary>
[StoredAs("division-replaced.v1")]
public sealed record DivisionReplaced(string Id, string ReplacedBy, DateOnly LastDay, By By, DateTimeOffset At) : DivisionEvent(Id, By, At);

/// <summary>It bears another name from a day on, with the same code.</summary>
/// <param name="Former">All its names before, oldest first.</param>
[StoredAs("division-renamed.v1")]
public sealed record DivisionRenamed(
    string Id, string Name, string? NameEn, DateOnly From, IReadOnlyList<FormerName> Former, string? Reason, By By, DateTimeOffset At) : DivisionEvent(Id, By, At);

/// <summary>It reports to another division from a day on, with the same code: a county that changed its city.</summary>
/// <param name="Former">All it reported to before, oldest first.</param>
[StoredAs("division-moved.v1")]
public sealed record DivisionMoved(
    string Id, string ParentId, DateOnly From, IReadOnlyList<FormerParent> Former, string? Reason, By By, DateTimeOffset At) : DivisionEvent(Id, By, At);

[JsonConverter(typeof(Kebab<DivisionLevel>))]
public enum DivisionLevel
{
    Province,
    City,
    County,

    /// <summary>经开区, 新区: reports like a county, lies on county land.</summary>
    FunctionZone,
    Township,
}

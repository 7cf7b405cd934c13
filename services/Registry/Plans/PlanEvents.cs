using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Plans;

public abstract record PlanEvent(string PlanId, string Division, By By, DateTimeOffset At) : Event(By, At);

/// <summary>A plan entered the register, with its programmes and key works; it is being compiled until it is adopted.</summary>
[StoredAs("plan-registered.v1")]
public sealed record PlanRegistered(string PlanId, string Division, PlanDefinition Definition, By By, DateTimeOffset At)
    : PlanEvent(PlanId, Division, By, At);

/// <summary>A plan was adopted, and the projects in it approved with it.</summary>
[StoredAs("plan-adopted.v1")]
public sealed record PlanAdopted(
    string PlanId, string Division, string? DocumentNumber, IReadOnlyList<string> ProjectIds, By By, DateTimeOffset At)
    : PlanEvent(PlanId, Division, By, At);

/// <summary>What a plan says of itself.</summary>
/// <param name="From">First year of its period; <paramref name="To"/> is the last.</param>
/// <param name="Date">When it was issued, as exactly as printed.</param>
/// <param name="CountyCheck">Whether a county bureau checks figures before the city verifies them.</param>
/// <param name="PrintedTotal">The investment total that the plan prints; compared with its projects, never posted.</param>
/// <param name="Notes">What is untidy in the document, kept as found.</param>
public sealed record PlanDefinition(
    string Name, string? NameEn, string Kind, int From, int To, int? BaseYear, IReadOnlyList<int> TargetYears, string? ParentPlanId,
    IReadOnlyList<string> Issuers, string? DocumentNumber, Period? Date, bool CountyCheck, Money? PrintedTotal,
    IReadOnlyList<PlanPart> Programmes, IReadOnlyList<PlanPart> KeyWorks, IReadOnlyList<string> Notes, Origin? Origin);

/// <summary>A programme 重大工程 (by basin or theme), or a key work 重点工程 (by kind, across programmes).</summary>
/// <param name="PrintedEstimate">The subtotal that the plan prints.</param>
public sealed record PlanPart(string Id, string Name, string? NameEn, Money? PrintedEstimate, IReadOnlyList<string> Goals, Origin? Origin);

/// <summary>Where a document says it.</summary>
public sealed record Origin(string Document, string Section);

[JsonConverter(typeof(Kebab<PlanState>))]
public enum PlanState
{
    Unknown,
    BeingCompiled,
    Adopted,
}

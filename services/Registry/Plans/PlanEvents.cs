using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Plans;

public abstract record PlanEvent(string PlanId, string Division, By By, DateTimeOffset At) : Event(By, At);

/// <summary>A plan entered the register, with its programmes and key works; it is being compiled until it is adopted.</summary>
[StoredAs("plan-registered.v1")]
public sealed record PlanRegistered(string PlanId, string Division, PlanDefinition Definition, By By, DateTimeOffset At)
    : PlanEvent(PlanId, Division, By, At);

/// <summary>A plan was adopted, and the projects in it approved with it.</summary>
/// <param name="Supersedes">The plan whose place it takes.</param>
[StoredAs("plan-adopted.v1")]
public sealed record PlanAdopted(
    string PlanId, string Division, string? DocumentNumber, IReadOnlyList<string> ProjectIds, By By, DateTimeOffset At, string? Supersedes = null)
    : PlanEvent(PlanId, Division, By, At);

/// <summary>Another plan took its place.</summary>
[StoredAs("plan-superseded.v1")]
public sealed record PlanSuperseded(string PlanId, string Division, string SupersededBy, By By, DateTimeOffset At) : PlanEvent(PlanId, Division, By, At);

/// <summary>A plan was amended 修订: what the amendment says, and the whole of what the plan says of itself from now on.</summary>
[StoredAs("plan-amended.v1")]
public sealed record PlanAmended(string PlanId, string Division, Amendment Amendment, PlanDefinition Definition, By By, DateTimeOffset At)
    : PlanEvent(PlanId, Division, By, At);

/// <summary>A document that carries a plan out was issued: yearly key points, a county's implementation scheme, …</summary>
/// <param name="Division">Of the plan.</param>
[StoredAs("plan-document-registered.v1")]
public sealed record PlanDocumentRegistered(string PlanId, string Division, PlanDocument Document, By By, DateTimeOffset At)
    : PlanEvent(PlanId, Division, By, At);

/// <summary>
/// An assessment was published: what was reported of the plan for the period, in the assessed division and below, is changed by corrections
/// alone from now on, and they are marked late.
/// </summary>
/// <param name="Assessed">The plan's division, or one of its counties.</param>
[StoredAs("period-frozen.v1")]
public sealed record PeriodFrozen(string PlanId, string Division, string AssessmentId, string Assessed, Period Period, By By, DateTimeOffset At)
    : PlanEvent(PlanId, Division, By, At);

/// <summary>What a plan says of itself.</summary>
/// <param name="From">First year of its period; <paramref name="To"/> is the last.</param>
/// <param name="Date">When it was issued, as exactly as printed.</param>
/// <param name="CountyCheck">Whether a county bureau checks figures before the city verifies them.</param>
/// <param name="PrintedTotal">The investment total that the plan prints; compared with its projects, never posted.</param>
/// <param name="Notes">What is untidy in the document, kept as found.</param>
/// <param name="ZonesCover">The plan says that its zones cover all its land and do not overlap.</param>
public sealed record PlanDefinition(
    string Name, string? NameEn, string Kind, int From, int To, int? BaseYear, IReadOnlyList<int> TargetYears, string? ParentPlanId,
    IReadOnlyList<string> Issuers, string? DocumentNumber, Period? Date, bool CountyCheck, Money? PrintedTotal,
    IReadOnlyList<PlanPart> Programmes, IReadOnlyList<PlanPart> KeyWorks, IReadOnlyList<string> Notes, Origin? Origin, bool? ZonesCover = null);

/// <summary>A programme 重大工程 (by basin or theme), or a key work 重点工程 (by kind, across programmes).</summary>
/// <param name="PrintedEstimate">The subtotal that the plan prints.</param>
/// <param name="PrintedShare">Its share of the plan's total in percent, as the plan prints it.</param>
/// <param name="TargetYears">Years that it names for its goals.</param>
/// <param name="ZoneIds">The zones that it works in.</param>
public sealed record PlanPart(
    string Id, string Name, string? NameEn, Money? PrintedEstimate, IReadOnlyList<string> Goals, Origin? Origin, decimal? PrintedShare = null,
    IReadOnlyList<int>? TargetYears = null, IReadOnlyList<string>? ZoneIds = null);

/// <summary>Where a document says it.</summary>
public sealed record Origin(string Document, string Section);

/// <param name="Division">Whose it is: the plan's, or one below it.</param>
/// <param name="Year">The year it is about.</param>
/// <param name="Tasks">What is to be done, and by whom.</param>
public sealed record PlanDocument(
    string Id, PlanDocumentKind Kind, string Title, string Division, int? Year, string? DocumentNumber, Period? Date, string? Uri, string? Sha256,
    IReadOnlyList<PlanTask> Tasks, string? Note);

/// <summary>A task with the unit that answers for it.</summary>
public sealed record PlanTask(string Name, string? Unit = null);

[JsonConverter(typeof(Kebab<PlanDocumentKind>))]
public enum PlanDocumentKind
{
    /// <summary>年度工作要点.</summary>
    YearlyKeyPoints,

    /// <summary>实施方案, of a county or city below the plan's.</summary>
    ImplementationScheme,

    /// <summary>工作方案, how the plan is organised and supervised.</summary>
    WorkScheme,

    /// <summary>A local development plan that took up the goals.</summary>
    LocalPlan,
    Text,
    Atlas,
    Study,
    Other,
}

[JsonConverter(typeof(Kebab<PlanState>))]
public enum PlanState
{
    Unknown,
    BeingCompiled,
    Adopted,
    Superseded,
}

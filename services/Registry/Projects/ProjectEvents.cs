using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Registry.Plans;

namespace Restoration.Registry.Projects;

public abstract record ProjectEvent(ProjectRef Project, By By, DateTimeOffset At) : Event(By, At);

/// <summary>What each fact about a project says of where it belongs, so that it can be read alone.</summary>
/// <param name="Division">The plan's division, which approves.</param>
/// <param name="Counties">Counties and function zones; empty where it is the whole plan area.</param>
public sealed record ProjectRef(string Id, string PlanId, string ProgrammeId, string Division, IReadOnlyList<string> Counties);

/// <summary>Designed, for the first time or anew before its approval.</summary>
[StoredAs("project-designed.v1")]
public sealed record ProjectDesigned(ProjectRef Project, ProjectDefinition Definition, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>A complete design asks for approval.</summary>
/// <param name="ApprovingDivision">The plan's, or the province where central money is expected.</param>
/// <param name="CityBureauLeads">No lead unit is named, so it falls to the city bureau.</param>
[StoredAs("project-submitted.v1")]
public sealed record ProjectSubmitted(
    ProjectRef Project, string ApprovingDivision, bool CityBureauLeads, string? Note, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>Approved; <c>EnteredWithPlan</c> where the adoption of its plan approved it, untidy as it may be.</summary>
[StoredAs("project-approved.v1")]
public sealed record ProjectApproved(ProjectRef Project, bool EnteredWithPlan, By By, DateTimeOffset At, string? ApprovingDivision = null, string? Note = null)
    : ProjectEvent(Project, By, At);

/// <summary>Sent back to be designed better.</summary>
[StoredAs("project-returned.v1")]
public sealed record ProjectReturned(ProjectRef Project, IReadOnlyList<string> Findings, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>It will not be carried out.</summary>
[StoredAs("project-rejected.v1")]
public sealed record ProjectRejected(ProjectRef Project, string Reason, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

[StoredAs("project-started.v1")]
public sealed record ProjectStarted(ProjectRef Project, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <param name="From">The first day on which no work is done.</param>
[StoredAs("project-suspended.v1")]
public sealed record ProjectSuspended(ProjectRef Project, string Reason, DateOnly From, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

[StoredAs("project-resumed.v1")]
public sealed record ProjectResumed(ProjectRef Project, string? Note, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>It ends before it was accepted.</summary>
/// <param name="Money">What becomes of the money that was issued.</param>
/// <param name="Land">What becomes of the land that was taken into work.</param>
[StoredAs("project-terminated.v1")]
public sealed record ProjectTerminated(ProjectRef Project, string Reason, string Money, string Land, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>What the project is from now on, the whole of it: the one fact by which a project changes after its approval.</summary>
/// <param name="Project">Where it belongs from now on.</param>
/// <param name="Cause">The id of the change request, or of the plan's amendment, that was approved.</param>
[StoredAs("project-changed.v1")]
public sealed record ProjectChanged(ProjectRef Project, ProjectDefinition Definition, string Cause, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>How the project's money stands, as Funding says: over all funds.</summary>
/// <param name="Allocated">Allocated and not issued yet.</param>
/// <param name="Issued">下达, since the beginning, less what was returned.</param>
/// <param name="Paid">拨付, since the beginning.</param>
[StoredAs("money-moved.v1")]
public sealed record MoneyMoved(ProjectRef Project, Money Allocated, Money Issued, Money Paid, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>Funding says that nothing is open in the project's account; it may close.</summary>
[StoredAs("accounts-settled.v1")]
public sealed record AccountsSettled(ProjectRef Project, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>What a project is.</summary>
/// <param name="Number">Its number in the plan.</param>
/// <param name="Towns">Towns the plan names.</param>
/// <param name="LeadUnit">牵头单位; without one the project falls to the city bureau.</param>
/// <param name="CountyCheck">As its plan says: whether a county bureau checks figures before the city verifies them.</param>
/// <param name="StatedCounties">How many counties the plan says, where it says so.</param>
/// <param name="AftercareYears">管护 after acceptance, where the project says another number of years than its kind asks.</param>
/// <param name="Documents">Those it was designed with.</param>
public sealed record ProjectDefinition(
    string Name, string? NameEn, ProjectKind Kind, int? Number, string? KeyWorkId, IReadOnlyList<string> Towns, string? LeadUnit,
    IReadOnlyList<Years> Schedule, Money? Estimate, IReadOnlyList<FundingShare> FundingPlan, IReadOnlyList<Measure> Measures,
    bool CountyCheck, int? StatedCounties, IReadOnlyList<string> Notes, Origin? Origin, int? AftercareYears = null, IReadOnlyList<Milestone>? Milestones = null,
    IReadOnlyList<ProjectDocument>? Documents = null);

/// <summary>First and last year, both included.</summary>
public sealed record Years(int From, int To);

/// <summary>An amount expected from a channel (central award, province, bond, …).</summary>
public sealed record FundingShare(string Channel, Money Amount);

/// <param name="Quantity">The target; null where the plan prints none.</param>
/// <param name="Division">The one county it lies in, where the plan says so.</param>
/// <param name="IndicatorId">The indicator that its verified progress feeds.</param>
/// <param name="Counties">What each county has of it, where the design says so.</param>
public sealed record Measure(
    string Id, string Name, string? NameEn, Quantity? Quantity, string? Qualifier, string? Division, string? Town, string? IndicatorId,
    MeasureRole Role, FedBy? FedBy, string? Note, IReadOnlyList<CountyPart>? Counties = null);

[JsonConverter(typeof(Kebab<MeasureRole>))]
public enum MeasureRole
{
    /// <summary>Work that is reported and added up.</summary>
    Part,

    /// <summary>The total of its siblings: never added to them, never reported.</summary>
    Total,

    /// <summary>A width, a rate of the work: no progress is reported against it.</summary>
    Attribute,

    /// <summary>What the work shall bring about: observed, not reported.</summary>
    Outcome,
}

/// <summary>The accepted mine sites that are a measure's verified progress.</summary>
[JsonConverter(typeof(Kebab<FedBy>))]
public enum FedBy
{
    SiteCount,
    SiteArea,
}

[JsonConverter(typeof(Kebab<ProjectKind>))]
public enum ProjectKind
{
    Mine,
    Water,
    SoilAndWater,
    Forest,
    Corridor,
    Biodiversity,
    Wetland,
    Farmland,
    LandConsolidation,
}

[JsonConverter(typeof(Kebab<ProjectState>))]
public enum ProjectState
{
    Unknown,
    Designed,
    Submitted,

    /// <summary>With findings; designed anew or submitted again.</summary>
    Returned,
    Rejected,
    Approved,
    InProgress,
    Suspended,
    Completed,
    SelfChecked,

    /// <summary>An acceptance, a spot check or an inspection failed; what it asked for is still open.</summary>
    Rectification,
    Accepted,
    SpotChecked,
    Aftercare,
    Evaluated,
    Closed,
    Terminated,
}

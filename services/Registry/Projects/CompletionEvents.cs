using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Projects;

/// <summary>A measure need not be done as planned for the project to be complete.</summary>
[StoredAs("measure-waived.v1")]
public sealed record MeasureWaived(ProjectRef Project, string MeasureId, string Reason, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>Every measure is done or waived.</summary>
/// <param name="Measures">What came of each that had to be done.</param>
[StoredAs("project-completed.v1")]
public sealed record ProjectCompleted(ProjectRef Project, IReadOnlyList<MeasureOutcome> Measures, string? Note, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <param name="Verified">What stands as verified, in the unit of the target; null where the measure has none.</param>
/// <param name="Waiver">Why it was waived, where it was.</param>
public sealed record MeasureOutcome(string MeasureId, Quantity? Target, Quantity? Verified, string? Waiver);

/// <summary>A county bureau checked the finished project.</summary>
/// <param name="Divisions">The counties it checked for.</param>
/// <param name="Awaiting">The counties that have not checked yet; the project is self-checked when there are none.</param>
[StoredAs("project-self-checked.v1")]
public sealed record ProjectSelfChecked(
    ProjectRef Project, IReadOnlyList<string> Divisions, IReadOnlyList<string> Awaiting, string Findings, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>The record of acceptance; the aftercare begins with its date.</summary>
/// <param name="AftercareYears">How many years are inspected.</param>
[StoredAs("project-accepted.v1")]
public sealed record ProjectAccepted(
    ProjectRef Project, IReadOnlyList<string> Team, DateOnly Date, string Findings, AcceptanceVerdict Verdict, int AftercareYears, By By, DateTimeOffset At)
    : ProjectEvent(Project, By, At);

[StoredAs("acceptance-rejected.v1")]
public sealed record AcceptanceRejected(ProjectRef Project, string Findings, IReadOnlyList<Demand> Rectifications, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>Something to be rectified by a day; its id is one within the project.</summary>
public sealed record Demand(string Id, string What, DateOnly Deadline);

/// <summary>The county says what was done about some of what was to be rectified.</summary>
[StoredAs("project-rectified.v1")]
public sealed record ProjectRectified(ProjectRef Project, IReadOnlyList<Remedy> Remedies, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <param name="Id">Of what was to be rectified.</param>
public sealed record Remedy(string Id, string Done);

/// <summary>The deadline has passed and nothing was said of it.</summary>
[StoredAs("rectification-overdue.v1")]
public sealed record RectificationOverdue(ProjectRef Project, string RectificationId, DateOnly Deadline, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>The province looked at an accepted project that was drawn.</summary>
/// <param name="Rectifications">What it asks for; with any of them the project is accepted anew.</param>
[StoredAs("project-spot-checked.v1")]
public sealed record ProjectSpotChecked(
    ProjectRef Project, string SampleId, bool Passed, string Findings, IReadOnlyList<Demand> Rectifications, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

[JsonConverter(typeof(Kebab<AcceptanceVerdict>))]
public enum AcceptanceVerdict
{
    /// <summary>合格.</summary>
    Passed,

    /// <summary>基本合格: what remains is small and said in the findings.</summary>
    PassedWithRemarks,
}

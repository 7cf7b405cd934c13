using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <summary>A year of aftercare was inspected.</summary>
/// <param name="Year">The first begins with the date of acceptance.</param>
/// <param name="Rectifications">What a failed inspection asks for; the year is inspected again after it.</param>
[StoredAs("aftercare-inspected.v1")]
public sealed record AftercareInspected(
    ProjectRef Project, int Year, bool Passed, string Findings, IReadOnlyList<Evidence> Evidence, IReadOnlyList<Demand> Rectifications, By By, DateTimeOffset At)
    : ProjectEvent(Project, By, At);

/// <summary>A year of aftercare is over and was not inspected with success.</summary>
/// <param name="LastDay">Of the year.</param>
[StoredAs("aftercare-overdue.v1")]
public sealed record AftercareOverdue(ProjectRef Project, int Year, DateOnly LastDay, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <param name="Score">0 to 100.</param>
[StoredAs("project-evaluated.v1")]
public sealed record ProjectEvaluated(ProjectRef Project, decimal Score, EvaluationVerdict Verdict, string Findings, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>Evaluated, and its accounts are settled.</summary>
[StoredAs("project-closed.v1")]
public sealed record ProjectClosed(ProjectRef Project, string? Note, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

[JsonConverter(typeof(Kebab<EvaluationVerdict>))]
public enum EvaluationVerdict
{
    /// <summary>优.</summary>
    Excellent,

    /// <summary>良.</summary>
    Good,

    /// <summary>中.</summary>
    Fair,

    /// <summary>差.</summary>
    Poor,
}

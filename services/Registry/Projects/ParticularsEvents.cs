using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <summary>A milestone of the project was reached.</summary>
/// <param name="Division">The county that reported it.</param>
/// <param name="On">The day it was reached.</param>
[StoredAs("milestone-reached.v1")]
public sealed record MilestoneReached(
    ProjectRef Project, string MilestoneId, string Division, DateOnly On, IReadOnlyList<Evidence> Evidence, string? Note, Sender? Sender, By By,
    DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>A milestone was not reached after all, or on another day, which is then reported.</summary>
/// <param name="On">The day that was said.</param>
[StoredAs("milestone-withdrawn.v1")]
public sealed record MilestoneWithdrawn(ProjectRef Project, string MilestoneId, string Division, DateOnly On, string Reason, By By, DateTimeOffset At)
    : ProjectEvent(Project, By, At);

/// <summary>A document was added to the project.</summary>
[StoredAs("document-added.v1")]
public sealed record DocumentAdded(ProjectRef Project, ProjectDocument Document, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>What shall be reached by a day; measures without a number are followed by these.</summary>
/// <param name="MeasureId">The measure it follows, where it follows one.</param>
public sealed record Milestone(string Id, string Name, DateOnly Due, string? MeasureId = null);

/// <summary>A document of a project, wherever it lies.</summary>
/// <param name="Sha256">Of its content, 64 hex digits.</param>
public sealed record ProjectDocument(string Name, string Uri, string Sha256, DocumentKind Kind);

/// <summary>What a county has of a measure, where the design says it.</summary>
public sealed record CountyPart(string Division, Quantity Quantity);

[JsonConverter(typeof(Kebab<DocumentKind>))]
public enum DocumentKind
{
    /// <summary>可研、方案.</summary>
    Study,
    Design,

    /// <summary>批复.</summary>
    Approval,
    Contract,
    Drawing,

    /// <summary>验收.</summary>
    Acceptance,
    Photo,
    Other,
}

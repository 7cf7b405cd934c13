using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Projects;

/// <summary>A fact about one change request of a project.</summary>
public abstract record ChangeEvent(ProjectRef Project, string ChangeId, By By, DateTimeOffset At) : ProjectEvent(Project, By, At);

/// <summary>An approved project shall be otherwise.</summary>
/// <param name="Beyond">Whether anything goes beyond ±10 % of what was approved: then it is approved again.</param>
/// <param name="ApprovingDivision">Which decides: the plan's, or the province for what is beyond and expects central money.</param>
[StoredAs("change-requested.v1")]
public sealed record ChangeRequested(
    ProjectRef Project, string ChangeId, Alteration Alteration, IReadOnlyList<Difference> Differences, bool Beyond, string ApprovingDivision, string Reason, By By,
    DateTimeOffset At) : ChangeEvent(Project, ChangeId, By, At);

/// <summary>Recorded together with the <see cref="ProjectChanged"/> that it is the cause of.</summary>
/// <param name="Beyond">As it was when it was approved.</param>
[StoredAs("change-approved.v1")]
public sealed record ChangeApproved(ProjectRef Project, string ChangeId, bool Beyond, string? Note, By By, DateTimeOffset At) : ChangeEvent(Project, ChangeId, By, At);

[StoredAs("change-refused.v1")]
public sealed record ChangeRefused(ProjectRef Project, string ChangeId, string Reason, By By, DateTimeOffset At) : ChangeEvent(Project, ChangeId, By, At);

/// <summary>What a change request asks to be otherwise; what it does not name stays.</summary>
/// <param name="Measures">All of them, where any is to change.</param>
public sealed record Alteration(
    IReadOnlyList<string>? Counties = null, IReadOnlyList<string>? Towns = null, IReadOnlyList<Years>? Schedule = null, Money? Estimate = null,
    string? LeadUnit = null, IReadOnlyList<FundingShare>? FundingPlan = null, IReadOnlyList<Measure>? Measures = null);

/// <summary>One thing that a change request makes otherwise.</summary>
/// <param name="Member">Of the definition: <c>estimate</c>, <c>counties</c>, <c>measures</c>, …</param>
/// <param name="Percent">By how much it differs from what was approved, where both are amounts; two decimals.</param>
/// <param name="Beyond">More than ±10 % of what was approved, or a place or measure that comes or goes.</param>
public sealed record Difference(string Member, string? MeasureId, string? Before, string? After, decimal? Percent, bool Beyond);

[JsonConverter(typeof(Kebab<ChangeState>))]
public enum ChangeState
{
    Requested,
    Approved,
    Refused,
}

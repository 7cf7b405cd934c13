using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Progress;

/// <summary>A fact about one figure: a measure in a division and period.</summary>
public abstract record ProgressEvent(FigureRef Figure, By By, DateTimeOffset At) : Event(By, At);

/// <summary>Which figure, and where its measure belongs, so that each fact can be read alone.</summary>
public sealed record FigureRef(
    string ProjectId, string PlanId, string ProgrammeId, string MeasureId, string? IndicatorId, string Division, Period Period)
{
    /// <summary>The id on the wire, <c>{measureId}.{division}.{period}</c>.</summary>
    [JsonIgnore]
    public string Id => $"{MeasureId}.{Division}.{Period}";
}

/// <summary>A county reported. <c>Total</c> is the figure as this report leaves it.</summary>
/// <param name="Quantity">As sent; <paramref name="Mode"/> says how it is meant.</param>
/// <param name="InvestmentCompleted">完成投资 of the project in the division and period; not the money paid.</param>
/// <param name="Outlier">The figure is more than three times the median of the earlier ones.</param>
/// <param name="OverTarget">The measure is now reported beyond 110 % of its target.</param>
/// <param name="Late">It came after the days there are to report in.</param>
[StoredAs("progress-reported.v1")]
public sealed record ProgressReported(
    FigureRef Figure, ReportMode Mode, Quantity Quantity, Quantity Total, Money? InvestmentCompleted, IReadOnlyList<Evidence> Evidence,
    bool Outlier, bool OverTarget, string? Reason, string? Note, Sender? Sender, By By, DateTimeOffset At, bool? Late = null) : ProgressEvent(Figure, By, At);

/// <summary>A report (or, without one named, the whole figure) was corrected. Goes up the line again; what was verified stands until then.</summary>
/// <param name="FrozenBy">The assessment that had frozen the period: a late correction.</param>
/// <param name="Outlier">Where that is another than before, as of a report; <paramref name="OverTarget"/> alike.</param>
[StoredAs("progress-corrected.v1")]
public sealed record ProgressCorrected(
    FigureRef Figure, Sender? Corrects, Quantity Quantity, Quantity Total, string Reason, Sender? Sender, By By, DateTimeOffset At, string? FrozenBy = null,
    bool? Outlier = null, bool? OverTarget = null) : ProgressEvent(Figure, By, At);

/// <summary>
/// An earlier figure changed, so this one is another: its report said a total since January or since the start, and what earlier periods
/// have is taken off that. Goes up the line again like a report.
/// </summary>
/// <param name="CausedBy">The id of the figure that changed.</param>
/// <param name="FrozenBy">The assessment that had frozen this period, not the one of the figure that changed.</param>
[StoredAs("progress-rederived.v1")]
public sealed record ProgressRederived(FigureRef Figure, Quantity Total, Quantity Before, string CausedBy, By By, DateTimeOffset At, string? FrozenBy = null)
    : ProgressEvent(Figure, By, At);

/// <summary>The county bureau checked the figure.</summary>
[StoredAs("progress-checked.v1")]
public sealed record ProgressChecked(FigureRef Figure, Quantity Total, string? Note, By By, DateTimeOffset At) : ProgressEvent(Figure, By, At);

/// <summary>The city verified the figure; <c>Total</c> counts from now on, in place of <c>Before</c>.</summary>
[StoredAs("progress-verified.v1")]
public sealed record ProgressVerified(FigureRef Figure, Quantity Total, Quantity? Before, string? Note, By By, DateTimeOffset At)
    : ProgressEvent(Figure, By, At);

/// <summary>The figure was disputed and goes back to the county.</summary>
/// <param name="SampleId">The sample in which it was drawn, where its examination found it wrong.</param>
[StoredAs("progress-disputed.v1")]
public sealed record ProgressDisputed(FigureRef Figure, string Reason, By By, DateTimeOffset At, string? SampleId = null) : ProgressEvent(Figure, By, At);

/// <summary>A verified figure was drawn by lot and examined on the spot: it is as it was verified, and counts on.</summary>
[StoredAs("progress-sampled.v1")]
public sealed record ProgressSampled(FigureRef Figure, string SampleId, Quantity Total, string? Note, By By, DateTimeOffset At) : ProgressEvent(Figure, By, At);

/// <summary>
/// What an accepted mine site counts in a measure that sites feed: one, or its area; nothing any more once it is reopened. It replaces what
/// the site counted in this figure before. <c>Total</c> is the figure as this leaves it, verified by the acceptance itself.
/// </summary>
/// <param name="Figure">Of the month in which the site was accepted.</param>
[StoredAs("site-counted.v1")]
public sealed record SiteCounted(FigureRef Figure, string SiteId, Quantity Quantity, Quantity Total, By By, DateTimeOffset At)
    : ProgressEvent(Figure, By, At);

/// <summary>The sender's own identity of a report.</summary>
public sealed record Sender(string Source, string Id);

/// <summary>What shows that work was done.</summary>
/// <param name="Sha256">Of the content, 64 hex digits.</param>
/// <param name="Lon">Degrees, with <paramref name="Lat"/>; WGS 84 / CGCS2000.</param>
public sealed record Evidence(string Uri, string Sha256, EvidenceKind Kind, DateTimeOffset? TakenAt = null, decimal? Lon = null, decimal? Lat = null);

[JsonConverter(typeof(Kebab<EvidenceKind>))]
public enum EvidenceKind
{
    Photo,
    Drone,
    Satellite,
    Document,
}

[JsonConverter(typeof(Kebab<ReportMode>))]
public enum ReportMode
{
    /// <summary>Done in the period.</summary>
    Increment,

    /// <summary>本年累计: done since January, up to the end of the period.</summary>
    YearToDate,

    /// <summary>Done since the project began, up to the end of the period.</summary>
    ToDate,
}

[JsonConverter(typeof(Kebab<FigureState>))]
public enum FigureState
{
    Reported,
    Checked,
    Verified,
    Disputed,
    Sampled,
}

using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Mines.Sites;

/// <summary>A fact about a mine site.</summary>
public abstract record SiteEvent(SiteRef Site, By By, DateTimeOffset At) : Event(By, At);

/// <summary>What each fact says of its site, so that it can be read alone.</summary>
/// <param name="Division">The county or function zone it lies in.</param>
/// <param name="Area">As surveyed.</param>
/// <param name="Lon">Degrees, with <paramref name="Lat"/>; WGS 84 / CGCS2000.</param>
/// <param name="Project">The project whose measures it feeds; null where it belongs to none.</param>
public sealed record SiteRef(
    string Id, string Name, string Division, SiteKind Kind, string? Mineral, Quantity Area, decimal Lon, decimal Lat, SiteProject? Project);

/// <summary>The project a site is linked to, and the measures that its acceptance feeds.</summary>
public sealed record SiteProject(string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<Feed> Feeds);

/// <summary>A measure that counts accepted sites.</summary>
public sealed record Feed(string MeasureId, FedBy FedBy);

/// <summary>Surveyed; for the first time, or again before it was verified: <paramref name="Revision"/> counts.</summary>
[StoredAs("site-surveyed.v1")]
public sealed record SiteSurveyed(SiteRef Site, Survey Survey, int Revision, Sender? Sender, By By, DateTimeOffset At) : SiteEvent(Site, By, At);

/// <summary>What a survey found beside what every fact carries.</summary>
/// <param name="Method">Of mining, in the surveyor's words.</param>
/// <param name="Demonstration">Made for the demonstration; no such site exists.</param>
public sealed record Survey(
    string? Town, string? Method, SiteType Type, Damage Damage, IReadOnlyList<string> Hazards, ResponsibleParty? Responsible, Surroundings Near, string? Note,
    bool Demonstration);

/// <summary>The land that was damaged, by how; the kinds may overlap, so each is at most the whole.</summary>
public sealed record Damage(Quantity? Excavated = null, Quantity? Occupied = null, Quantity? Subsided = null, Quantity? Polluted = null);

/// <summary>Who answers for the damage (谁破坏谁治理).</summary>
/// <param name="Name"><c>government</c> for a legacy site whose operator is gone.</param>
/// <param name="Determined">How that was found out.</param>
public sealed record ResponsibleParty(string Name, string Determined);

/// <summary>What lies near.</summary>
/// <param name="RedLine">The ecological red line.</param>
public sealed record Surroundings(bool River = false, bool Road = false, bool Farmland = false, bool RedLine = false);

[StoredAs("site-verified.v1")]
public sealed record SiteVerified(SiteRef Site, string? Note, By By, DateTimeOffset At) : SiteEvent(Site, By, At);

[StoredAs("site-struck-off.v1")]
public sealed record SiteStruckOff(SiteRef Site, string Reason, By By, DateTimeOffset At) : SiteEvent(Site, By, At);

/// <summary>Linked to a project, in place of the one before; <paramref name="State"/> is where the site stands meanwhile.</summary>
[StoredAs("site-linked.v1")]
public sealed record SiteLinked(SiteRef Site, SiteState State, By By, DateTimeOffset At) : SiteEvent(Site, By, At);

/// <param name="Treated">The area treated since the works began.</param>
[StoredAs("works-reported.v1")]
public sealed record WorksReported(
    SiteRef Site, Quantity Treated, IReadOnlyList<Evidence> Evidence, string? Reason, string? Note, Sender? Sender, By By, DateTimeOffset At)
    : SiteEvent(Site, By, At);

[StoredAs("site-self-checked.v1")]
public sealed record SiteSelfChecked(SiteRef Site, string? Note, By By, DateTimeOffset At) : SiteEvent(Site, By, At);

/// <summary>Every criterion was measured and met; <paramref name="Area"/>, the sum of the parts, counts until the site is reopened.</summary>
/// <param name="AcceptedOn">The day in China.</param>
[StoredAs("site-accepted.v1")]
public sealed record SiteAccepted(
    SiteRef Site, Quantity Area, DateOnly AcceptedOn, IReadOnlyList<AcceptedPart> Parts, IReadOnlyList<string> Team, string? Findings, By By,
    DateTimeOffset At) : SiteEvent(Site, By, At);

public sealed record AcceptedPart(LandUse Use, Quantity Area, IReadOnlyList<CriterionMeasured> Measured);

public sealed record CriterionMeasured(Criterion Criterion, decimal Value, decimal Required, string Unit);

[StoredAs("acceptance-rejected.v1")]
public sealed record AcceptanceRejected(SiteRef Site, string Findings, DateOnly Deadline, By By, DateTimeOffset At) : SiteEvent(Site, By, At);

[StoredAs("rectification-overdue.v1")]
public sealed record RectificationOverdue(SiteRef Site, DateOnly Deadline, By By, DateTimeOffset At) : SiteEvent(Site, By, At);

/// <summary>What was accepted failed: from a day on it counts no more.</summary>
/// <param name="ReopenedOn">The day in China.</param>
/// <param name="AcceptedOn">Of the acceptance that this takes back, with the <paramref name="Area"/> that counted since; null in old facts, which did not say.</param>
[StoredAs("site-reopened.v2")]
public sealed record SiteReopened(SiteRef Site, string Reason, DateOnly ReopenedOn, DateOnly? AcceptedOn, Quantity? Area, By By, DateTimeOffset At)
    : SiteEvent(Site, By, At);

/// <summary>Left the day and what it took back to its readers.</summary>
[StoredAs("site-reopened.v1")]
public sealed record SiteReopenedV1(SiteRef Site, string Reason, By By, DateTimeOffset At) : Superseded<SiteReopened>(By, At)
{
    public override SiteReopened Upcast() => new(Site, Reason, SiteDecider.DayOf(At), null, null, By, At);
}

/// <summary>The sender's own identity of a report.</summary>
public sealed record Sender(string Source, string Id);

/// <summary>What shows that work was done.</summary>
/// <param name="Sha256">Of the content, 64 hex digits.</param>
/// <param name="Lon">Degrees, with <paramref name="Lat"/>; WGS 84 / CGCS2000.</param>
public sealed record Evidence(string Uri, string Sha256, EvidenceKind Kind, DateTimeOffset? TakenAt = null, decimal? Lon = null, decimal? Lat = null);

[JsonConverter(typeof(Kebab<SiteState>))]
public enum SiteState
{
    Unknown,
    Reported,
    Verified,
    StruckOff,
    Works,
    SelfChecked,
    Rectification,
    Accepted,
}

[JsonConverter(typeof(Kebab<SiteKind>))]
public enum SiteKind
{
    /// <summary>历史遗留</summary>
    Legacy,

    /// <summary>持证</summary>
    Licensed,
}

[JsonConverter(typeof(Kebab<SiteType>))]
public enum SiteType
{
    OpenPit,
    Tailings,
    Subsidence,
    Dump,
    Other,
}

/// <summary>What of an accepted site a measure counts.</summary>
[JsonConverter(typeof(Kebab<FedBy>))]
public enum FedBy
{
    SiteCount,
    SiteArea,
}

/// <summary>The uses that the plans name for restored mine land (宜耕则耕, 宜林则林, …).</summary>
[JsonConverter(typeof(Kebab<LandUse>))]
public enum LandUse
{
    Farmland,
    Forest,
    Water,
    Industry,
    Grass,
    Wetland,
    Agriculture,
    Tourism,
    Ecology,
    Fishery,
}

[JsonConverter(typeof(Kebab<Criterion>))]
public enum Criterion
{
    VegetationCover,
    SurvivalRate,
    SoilDepth,
    SlopeStability,
    Drainage,
    WaterQuality,
}

[JsonConverter(typeof(Kebab<EvidenceKind>))]
public enum EvidenceKind
{
    Photo,
    Drone,
    Satellite,
    Document,
}

namespace Restoration.Contracts.Mines;

/// <summary>An amount in a unit of the wire conventions (<c>km2</c>, <c>ha</c>, <c>mu</c>, <c>m2</c>, <c>count</c>).</summary>
public sealed record Amount(decimal Value, string Unit);

/// <summary>Who did it: the client, and the person's pseudonymous number where one stands behind it.</summary>
public sealed record Actor(string Client, string? Person);

/// <summary>The sender's own identity of a report, so that it finds its report again.</summary>
public sealed record Sender(string Source, string Id);

/// <summary>A piece of evidence: where it is, its SHA-256 in hex, and what, when and where it shows.</summary>
public sealed record Proof(string Uri, string Sha256, string Kind, DateTimeOffset? TakenAt, decimal? Lon, decimal? Lat);

/// <summary>A mine site as each fact about it leaves, so that a fact can be read alone.</summary>
/// <param name="Division">The county or function zone it lies in.</param>
/// <param name="Kind"><c>legacy</c> 历史遗留 or <c>licensed</c> 持证.</param>
/// <param name="Area">As surveyed.</param>
/// <param name="Lon">Degrees, WGS 84 / CGCS2000.</param>
/// <param name="Project">The project whose measures it feeds; absent where it belongs to none.</param>
/// <param name="State"><c>reported</c>, <c>verified</c>, <c>struck-off</c>, <c>works</c>, <c>self-checked</c>, <c>rectification</c> or <c>accepted</c>.</param>
public sealed record Site(
    string SiteId, string Name, string Division, string Kind, string? Mineral, Amount Area, decimal Lon, decimal Lat, SiteProject? Project, string State);

/// <summary>The project a site is linked to, and the measures that its acceptance feeds.</summary>
public sealed record SiteProject(string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<Feed> Feeds);

/// <summary>A measure that counts accepted sites.</summary>
/// <param name="FedBy"><c>site-count</c> or <c>site-area</c>.</param>
public sealed record Feed(string MeasureId, string FedBy);

/// <summary>A site was surveyed, for the first time or again before it was verified.</summary>
public sealed record SiteSurveyed(Site Site, string Damage, string? Note, Sender? Sender, Actor By);

/// <summary>The city verified that the site is as surveyed.</summary>
public sealed record SiteVerified(Site Site, string? Note, Actor By);

/// <summary>The site does not belong on the list, with the reason.</summary>
public sealed record SiteStruckOff(Site Site, string Reason, Actor By);

/// <summary>The site was linked to a project; its acceptance will feed the project's measures.</summary>
public sealed record SiteLinked(Site Site, Actor By);

/// <summary>Works on a site were reported.</summary>
/// <param name="Treated">The area treated since the works began.</param>
public sealed record WorksReported(Site Site, Amount Treated, IReadOnlyList<Proof> Evidence, string? Reason, string? Note, Sender? Sender, Actor By);

/// <summary>The county checked the finished works itself.</summary>
public sealed record SiteSelfChecked(Site Site, string? Note, Actor By);

/// <summary>The city accepted the site: every criterion was measured and met. From now on it counts, until it is reopened.</summary>
/// <param name="Area">The area accepted, the sum of the parts.</param>
/// <param name="AcceptedOn">The day of the acceptance, in China.</param>
public sealed record SiteAccepted(Site Site, Amount Area, DateOnly AcceptedOn, IReadOnlyList<AcceptedPart> Parts, IReadOnlyList<string> Team, string? Findings, Actor By);

/// <summary>A part of a site with the land use it was restored to.</summary>
public sealed record AcceptedPart(string Use, Amount Area, IReadOnlyList<CriterionMeasured> Measured);

/// <summary>A criterion of acceptance: what was measured and what was required.</summary>
public sealed record CriterionMeasured(string Criterion, decimal Value, decimal Required, string Unit);

/// <summary>The works were not accepted; they are rectified by a day.</summary>
public sealed record AcceptanceRejected(Site Site, string Findings, DateOnly Deadline, Actor By);

/// <summary>The day by which the works were to be rectified has passed.</summary>
public sealed record RectificationOverdue(Site Site, DateOnly Deadline);

/// <summary>A site that was accepted failed afterwards; it no longer counts.</summary>
/// <param name="ReopenedOn">From this day on, in China; absent in facts that left before it was said: the day of the fact's time.</param>
/// <param name="AcceptedOn">Of the acceptance that this takes back, with the <paramref name="Area"/> that counted since; absent where it was not recorded.</param>
public sealed record SiteReopened(
    Site Site, string Reason, Actor By, DateOnly? ReopenedOn = null, DateOnly? AcceptedOn = null, Amount? Area = null);

namespace Restoration.Contracts.Registry;

/// <summary>An amount with its unit, as it was given; units are those of the wire conventions (<c>wan-mu</c>, <c>km2</c>, <c>count</c>).</summary>
public sealed record Amount(decimal Value, string Unit);

/// <summary>Who did it: the client, and the person's pseudonymous number where one stands behind it.</summary>
public sealed record Actor(string Client, string? Person);

/// <summary>The sender's own identity of a report, so that it finds its report again.</summary>
public sealed record Sender(string Source, string Id);

/// <summary>A piece of evidence: where it is, its SHA-256 in hex, and what, when and where it shows.</summary>
public sealed record Proof(string Uri, string Sha256, string Kind, DateTimeOffset? TakenAt, decimal? Lon, decimal? Lat);

/// <summary>A division or function zone exists from a day on. Codes follow GB/T 2260; towns and function zones have slugs.</summary>
public sealed record DivisionDefined(
    string Id, string Name, string? NameEn, string Level, string? ParentId, string? LandIn, DateOnly? ValidFrom, DateOnly? ValidTo);

/// <summary>A code ceased; reports that use it for later days are refused with the code that replaced it.</summary>
public sealed record DivisionReplaced(string Id, string ReplacedBy, DateOnly LastDay);

/// <summary>A plan entered the register and is being compiled.</summary>
public sealed record PlanRegistered(string PlanId, string Name, string Kind, string Division, int From, int To, IReadOnlyList<int> TargetYears, IReadOnlyList<Programme> Programmes);

/// <summary>A major programme of a plan, with the estimate that the plan prints, in yuan.</summary>
public sealed record Programme(string Id, string Name, decimal? PrintedEstimate);

/// <summary>A plan was adopted, and its projects approved with it.</summary>
public sealed record PlanAdopted(string PlanId, string Division, string? DocumentNumber, IReadOnlyList<string> ProjectIds);

/// <summary>A measure of a project: what is done, how much, where, and the indicator that it feeds.</summary>
/// <param name="FedBy"><c>site-count</c> or <c>site-area</c>: accepted mine sites are its verified progress.</param>
/// <param name="Role"><c>part</c>; <c>total</c> of its siblings, <c>attribute</c> or <c>outcome</c> take no reports.</param>
public sealed record Measure(string Id, string Name, Amount? Quantity, string? Division, string? IndicatorId, string Role, string? FedBy);

/// <summary>A project was designed. Years are inclusive; money is in yuan.</summary>
public sealed record ProjectDesigned(
    string ProjectId, string PlanId, string ProgrammeId, string? KeyWorkId, string Name, string Kind, string Division,
    IReadOnlyList<string> Counties, string? LeadUnit, IReadOnlyList<Years> Schedule, decimal? Estimate, IReadOnlyList<Measure> Measures,
    IReadOnlyList<FundingShare> FundingPlan);

/// <summary>An amount expected from a channel (central award, province, bond, …), in yuan.</summary>
public sealed record FundingShare(string Channel, decimal Amount);

/// <summary>First and last year, both included.</summary>
public sealed record Years(int From, int To);

/// <summary>A project was approved; with its plan where the plan was adopted with it.</summary>
public sealed record ProjectApproved(string ProjectId, string PlanId, string ProgrammeId, bool EnteredWithPlan);

/// <summary>Work on a project began.</summary>
public sealed record ProjectStarted(string ProjectId, string PlanId, string ProgrammeId);

/// <summary>The figure of a measure, division and period as a fact leaves it.</summary>
/// <param name="FigureId"><c>{measureId}.{division}.{period}</c>.</param>
/// <param name="Reported">The figure: the sum of the increments not reversed, or what a cumulative report set. Absent from a dispute.</param>
/// <param name="Verified">What this fact verified; absent from other facts, which leave what stands as verified as it is.</param>
/// <param name="State"><c>reported</c>, <c>checked</c>, <c>verified</c> or <c>disputed</c>.</param>
public sealed record Figure(
    string FigureId, string ProjectId, string PlanId, string ProgrammeId, string MeasureId, string? IndicatorId, string Division, string Period,
    Amount? Reported, Amount? Verified, string State);

/// <summary>A county reported progress.</summary>
/// <param name="Mode"><c>increment</c>, <c>year-to-date</c> or <c>to-date</c>: how <paramref name="Quantity"/> is meant.</param>
/// <param name="InvestmentCompleted">Investment completed in the period, in yuan; not the money paid.</param>
/// <param name="Flags"><c>outlier</c>: more than three times the median of earlier periods; <c>over-target</c>: reported beyond 110 % with a reason.</param>
public sealed record ProgressReported(
    Figure Figure, string Mode, Amount Quantity, decimal? InvestmentCompleted, IReadOnlyList<Proof> Evidence, IReadOnlyList<string> Flags,
    string? Reason, string? Note, Sender? Sender, Actor By);

/// <summary>A report was corrected, with reason; the figure goes up the line again, what was verified stands until then.</summary>
public sealed record ProgressCorrected(Figure Figure, Sender? Corrects, Amount Quantity, string Reason, Sender? Sender, Actor By);

/// <summary>An earlier figure changed, and with it one whose report said a total since January or since the start; it goes up the line again.</summary>
/// <param name="CausedBy">The id of the figure that changed.</param>
public sealed record ProgressRederived(Figure Figure, Amount Before, string CausedBy, Actor By);

/// <summary>The county bureau checked a figure.</summary>
public sealed record ProgressChecked(Figure Figure, string? Note, Actor By);

/// <summary>The city verified a figure; from now on it counts.</summary>
public sealed record ProgressVerified(Figure Figure, Amount? VerifiedBefore, string? Note, Actor By);

/// <summary>A figure was disputed, with reason; it goes back to the county.</summary>
public sealed record ProgressDisputed(Figure Figure, string Reason, Actor By);

/// <summary>An accepted mine site counts in a measure that sites feed; or, with nothing counted, no longer does. The figure is verified by it.</summary>
/// <param name="Counted">One, or the site's area; 0 once the site was reopened.</param>
public sealed record SiteCounted(Figure Figure, string SiteId, Amount Counted, Actor By);

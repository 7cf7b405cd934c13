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
/// <param name="StatedCounties">How many counties there are in it, in the register or not.</param>
public sealed record DivisionDefined(
    string Id, string Name, string? NameEn, string Level, string? ParentId, string? LandIn, DateOnly? ValidFrom, DateOnly? ValidTo,
    int? StatedCounties = null);

/// <summary>A code ceased; reports that use it for later days are refused with the code that replaced it.</summary>
public sealed record DivisionReplaced(string Id, string ReplacedBy, DateOnly LastDay);

/// <summary>A division bears another name from a day on, with the same code.</summary>
/// <param name="Former">All its names before, oldest first.</param>
public sealed record DivisionRenamed(string Id, string Name, string? NameEn, DateOnly From, IReadOnlyList<FormerName> Former);

/// <summary>A name that a division bore through a day.</summary>
public sealed record FormerName(string Name, string? NameEn, DateOnly LastDay);

/// <summary>A division reports to another one from a day on, with the same code. A roll-up of a day before counts it where it was then.</summary>
/// <param name="Former">All it reported to before, oldest first.</param>
public sealed record DivisionMoved(string Id, string ParentId, DateOnly From, IReadOnlyList<FormerParent> Former);

/// <summary>What a division reported to through a day.</summary>
public sealed record FormerParent(string ParentId, DateOnly LastDay);

/// <summary>A plan entered the register and is being compiled.</summary>
public sealed record PlanRegistered(string PlanId, string Name, string Kind, string Division, int From, int To, IReadOnlyList<int> TargetYears, IReadOnlyList<Programme> Programmes);

/// <summary>A major programme of a plan, with the estimate that the plan prints, in yuan.</summary>
public sealed record Programme(string Id, string Name, decimal? PrintedEstimate);

/// <summary>A plan was adopted, and its projects approved with it.</summary>
/// <param name="Supersedes">The plan whose place it takes.</param>
public sealed record PlanAdopted(string PlanId, string Division, string? DocumentNumber, IReadOnlyList<string> ProjectIds, string? Supersedes = null);

/// <summary>Another plan took its place.</summary>
public sealed record PlanSuperseded(string PlanId, string Division, string SupersededBy);

/// <summary>A plan was amended; this is what it says of itself from now on. Projects that changed with it say so themselves.</summary>
/// <param name="Changed">Projects that the amendment completes or changes; <paramref name="Added"/> those that came in; <paramref name="Dropped"/> those taken out.</param>
public sealed record PlanAmended(
    string PlanId, string AmendmentId, string? DocumentNumber, string Reason, string Name, string Kind, string Division, int From, int To, IReadOnlyList<int> TargetYears,
    IReadOnlyList<Programme> Programmes, IReadOnlyList<string> Changed, IReadOnlyList<string> Added, IReadOnlyList<string> Dropped, Actor By);

/// <summary>A document that carries a plan out: <c>yearly-key-points</c>, <c>implementation-scheme</c>, <c>work-scheme</c>, …</summary>
/// <param name="Division">Whose it is.</param>
public sealed record PlanDocumentRegistered(
    string PlanId, string DocumentId, string Kind, string Title, string Division, int? Year, string? Uri, string? Sha256);

/// <summary>A plan divides its land: a restoration zone, or a key area of one of seven kinds in which works are placed.</summary>
/// <param name="Kind"><c>restoration-zone</c> or <c>key-area</c>.</param>
/// <param name="Parts">The divisions it consists of; none where the plan prints none.</param>
public sealed record ZoneRegistered(
    string ZoneId, string PlanId, string Division, string Kind, string? KeyAreaKind, string Name, IReadOnlyList<ZonePart> Parts, IReadOnlyList<string> Problems,
    IReadOnlyList<string> Directions);

/// <summary>A division that lies in a zone, whole or in part.</summary>
/// <param name="Share">How much of it, between 0 and 1, where the plan says so.</param>
public sealed record ZonePart(string Division, bool Whole, decimal? Share);

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

/// <summary>What an approved project is from now on, the whole of it; the members are those of its design.</summary>
/// <param name="Cause">The id of the change request, or of the plan's amendment, that was approved.</param>
public sealed record ProjectChanged(
    string ProjectId, string PlanId, string ProgrammeId, string? KeyWorkId, string Name, string Kind, string Division,
    IReadOnlyList<string> Counties, string? LeadUnit, IReadOnlyList<Years> Schedule, decimal? Estimate, IReadOnlyList<Measure> Measures,
    IReadOnlyList<FundingShare> FundingPlan, string Cause, Actor By);

/// <summary>A project was approved; with its plan where the plan was adopted with it.</summary>
public sealed record ProjectApproved(string ProjectId, string PlanId, string ProgrammeId, bool EnteredWithPlan, string? ApprovingDivision = null);

/// <summary>Work on a project began.</summary>
public sealed record ProjectStarted(string ProjectId, string PlanId, string ProgrammeId);

/// <summary>A complete design asks for approval.</summary>
/// <param name="ApprovingDivision">The plan's, or the province where central money is expected.</param>
/// <param name="CityBureauLeads">No lead unit is named, so it falls to the city bureau.</param>
public sealed record ProjectSubmitted(
    string ProjectId, string PlanId, string ProgrammeId, string ApprovingDivision, bool CityBureauLeads, string? Note, Actor By);

/// <summary>A submission was sent back to be designed better.</summary>
public sealed record ProjectReturned(string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<string> Findings, Actor By);

/// <summary>A submission was rejected for good.</summary>
public sealed record ProjectRejected(string ProjectId, string PlanId, string ProgrammeId, string Reason, Actor By);

/// <summary>Work halts: no progress is reported, no money issued or paid.</summary>
/// <param name="From">The first day without work.</param>
public sealed record ProjectSuspended(string ProjectId, string PlanId, string ProgrammeId, string Reason, DateOnly From, Actor By);

/// <summary>Work goes on.</summary>
public sealed record ProjectResumed(string ProjectId, string PlanId, string ProgrammeId, string? Note, Actor By);

/// <summary>A project ended before it was accepted.</summary>
/// <param name="Money">What becomes of the money that was issued.</param>
/// <param name="Land">What becomes of the land that was taken into work.</param>
public sealed record ProjectTerminated(string ProjectId, string PlanId, string ProgrammeId, string Reason, string Money, string Land, Actor By);

/// <summary>An approved project shall be otherwise.</summary>
/// <param name="Beyond">Whether anything goes beyond ±10 % of what was approved.</param>
/// <param name="ApprovingDivision">Which decides.</param>
public sealed record ChangeRequested(
    string ProjectId, string PlanId, string ProgrammeId, string ChangeId, IReadOnlyList<Difference> Differences, bool Beyond, string ApprovingDivision, string Reason,
    Actor By);

/// <summary>One thing that a change request makes otherwise, in words.</summary>
/// <param name="Percent">By how much it differs from what was approved.</param>
public sealed record Difference(string Member, string? MeasureId, string? Before, string? After, decimal? Percent, bool Beyond);

/// <summary>A change was approved; the project as it is from now on follows.</summary>
public sealed record ChangeApproved(string ProjectId, string PlanId, string ProgrammeId, string ChangeId, bool Beyond, string? Note, Actor By);

/// <summary>A change was refused or withdrawn.</summary>
public sealed record ChangeRefused(string ProjectId, string PlanId, string ProgrammeId, string ChangeId, string Reason, Actor By);

/// <summary>A measure need not be done as planned for the project to be complete.</summary>
public sealed record MeasureWaived(string ProjectId, string PlanId, string ProgrammeId, string MeasureId, string Reason, Actor By);

/// <summary>Every measure is verified in full, or waived.</summary>
public sealed record ProjectCompleted(string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<MeasureOutcome> Measures, string? Note, Actor By);

/// <summary>What came of a measure that had to be done.</summary>
/// <param name="Waiver">Why it was waived, where it was.</param>
public sealed record MeasureOutcome(string MeasureId, Amount? Target, Amount? Verified, string? Waiver);

/// <summary>A county bureau checked the finished project.</summary>
/// <param name="Awaiting">The counties that have not checked yet; the project is self-checked when there are none.</param>
public sealed record ProjectSelfChecked(
    string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<string> Divisions, IReadOnlyList<string> Awaiting, string Findings, Actor By);

/// <summary>The record of acceptance.</summary>
/// <param name="Verdict"><c>passed</c> or <c>passed-with-remarks</c>.</param>
/// <param name="AftercareYears">Inspected from <paramref name="Date"/> on.</param>
public sealed record ProjectAccepted(
    string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<string> Team, DateOnly Date, string Findings, string Verdict, int AftercareYears, Actor By);

/// <summary>A project was not accepted.</summary>
public sealed record AcceptanceRejected(
    string ProjectId, string PlanId, string ProgrammeId, string Findings, IReadOnlyList<Demand> Rectifications, Actor By);

/// <summary>Something to be rectified by a day; its id is one within the project.</summary>
public sealed record Demand(string Id, string What, DateOnly Deadline);

/// <summary>A county says what was done about what was to be rectified.</summary>
public sealed record ProjectRectified(string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<Remedy> Remedies, Actor By);

/// <summary>What was done.</summary>
/// <param name="Id">Of what was to be rectified.</param>
public sealed record Remedy(string Id, string Done);

/// <summary>The deadline of a rectification passed and nothing was said of it.</summary>
public sealed record RectificationOverdue(string ProjectId, string PlanId, string ProgrammeId, string RectificationId, DateOnly Deadline);

/// <summary>The province looked at an accepted project that was drawn in a sample.</summary>
public sealed record ProjectSpotChecked(
    string ProjectId, string PlanId, string ProgrammeId, string SampleId, bool Passed, string Findings, IReadOnlyList<Demand> Rectifications, Actor By);

/// <summary>A year of aftercare was inspected.</summary>
public sealed record AftercareInspected(
    string ProjectId, string PlanId, string ProgrammeId, int Year, bool Passed, string Findings, IReadOnlyList<Proof> Evidence, IReadOnlyList<Demand> Rectifications, Actor By);

/// <summary>A year of aftercare is over and was not inspected with success.</summary>
public sealed record AftercareOverdue(string ProjectId, string PlanId, string ProgrammeId, int Year, DateOnly LastDay);

/// <summary>A project was evaluated after its aftercare.</summary>
/// <param name="Score">0 to 100.</param>
/// <param name="Verdict"><c>excellent</c>, <c>good</c>, <c>fair</c> or <c>poor</c>.</param>
public sealed record ProjectEvaluated(string ProjectId, string PlanId, string ProgrammeId, decimal Score, string Verdict, string Findings, Actor By);

/// <summary>A project is evaluated, its accounts are settled, and it is closed.</summary>
public sealed record ProjectClosed(string ProjectId, string PlanId, string ProgrammeId, string? Note, Actor By);

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
/// <param name="Flags"><c>outlier</c>: more than three times the median of earlier periods; <c>over-target</c>: reported beyond 110 % with a reason; <c>late</c>: after the days there are to report in.</param>
public sealed record ProgressReported(
    Figure Figure, string Mode, Amount Quantity, decimal? InvestmentCompleted, IReadOnlyList<Proof> Evidence, IReadOnlyList<string> Flags,
    string? Reason, string? Note, Sender? Sender, Actor By);

/// <summary>A report was corrected, with reason; the figure goes up the line again, what was verified stands until then.</summary>
/// <param name="FrozenBy">The assessment that had frozen the period: a late correction.</param>
/// <param name="Outlier">Where the correction sets or takes away the flag <c>outlier</c>; <paramref name="OverTarget"/> alike for <c>over-target</c>.</param>
public sealed record ProgressCorrected(
    Figure Figure, Sender? Corrects, Amount Quantity, string Reason, Sender? Sender, Actor By, string? FrozenBy = null, bool? Outlier = null, bool? OverTarget = null);

/// <summary>An earlier figure changed, and with it one whose report said a total since January or since the start; it goes up the line again.</summary>
/// <param name="CausedBy">The id of the figure that changed.</param>
/// <param name="FrozenBy">The assessment that had frozen this period, where one had.</param>
public sealed record ProgressRederived(Figure Figure, Amount Before, string CausedBy, Actor By, string? FrozenBy = null);

/// <summary>The county bureau checked a figure.</summary>
public sealed record ProgressChecked(Figure Figure, string? Note, Actor By);

/// <summary>The city verified a figure; from now on it counts.</summary>
public sealed record ProgressVerified(Figure Figure, Amount? VerifiedBefore, string? Note, Actor By);

/// <summary>A figure was disputed, with reason; it goes back to the county.</summary>
/// <param name="SampleId">The sample whose examination found it wrong, where it was drawn in one.</param>
public sealed record ProgressDisputed(Figure Figure, string Reason, Actor By, string? SampleId = null);

/// <summary>A verified figure was drawn by lot, examined on the spot and found as it was verified; it counts on.</summary>
public sealed record ProgressSampled(Figure Figure, string SampleId, string? Note, Actor By);

/// <summary>A sample was drawn by lot. Its whole population stands at <c>/v1/registry/samples/{id}</c>, for anyone to draw it again.</summary>
/// <param name="Kind"><c>progress</c> (of verified figures) or <c>projects</c> (of accepted ones).</param>
/// <param name="Division">Drawn from, with all below; <paramref name="Drawer"/> is the division that drew it.</param>
/// <param name="From">Of figures: whose periods lie within these, both included.</param>
/// <param name="Population">How many there were to draw from; <paramref name="Sha256"/> is of their ids in the order of their bytes, one a line.</param>
/// <param name="Drawn">In the order of the lot.</param>
public sealed record SampleDrawn(
    string SampleId, string Kind, string Division, string Drawer, string? PlanId, string? From, string? To, string Seed, int Population, string Sha256,
    IReadOnlyList<string> Drawn, Actor By);

/// <summary>What a sample drew was examined on the spot: it is as it was passed, or the reason says what was found.</summary>
public sealed record SampleExamined(string SampleId, string DrawnId, bool Confirmed, string? Reason, string? Note, Actor By);

/// <summary>An assessment froze a period of a plan, in the assessed division and below: only late corrections change what was reported for it.</summary>
public sealed record PeriodFrozen(string PlanId, string AssessmentId, string Division, string Period);

/// <summary>The city assigned a year's quantities of a project's measures to counties; it replaces what was assigned for the year before.</summary>
/// <param name="Reason">Why more is assigned than remains of a measure.</param>
public sealed record YearlyAssignmentMade(
    string ProjectId, string PlanId, string ProgrammeId, int Year, IReadOnlyList<AssignedMeasure> Measures, string? Reason, Actor By);

/// <summary>A measure in a yearly assignment: the year's target, and what each county is to do of it.</summary>
public sealed record AssignedMeasure(string MeasureId, string? IndicatorId, string? FedBy, Amount Target, IReadOnlyList<CountyQuantity> Counties);

/// <summary>What a county is to do in a year.</summary>
public sealed record CountyQuantity(string Division, Amount Quantity);

/// <summary>A county confirmed what it was assigned for a year: all of its targets in the project for it, in place of those before.</summary>
public sealed record YearlyAssignmentConfirmed(
    string ProjectId, string PlanId, string ProgrammeId, int Year, string Division, IReadOnlyList<CountyTarget> Targets, Actor By);

/// <summary>What a county is to do of a measure in a year.</summary>
/// <param name="IndicatorId">The indicator that the measure feeds.</param>
/// <param name="FedBy"><c>site-count</c> or <c>site-area</c>, where accepted mine sites are the measure's progress.</param>
public sealed record CountyTarget(string MeasureId, string? IndicatorId, string? FedBy, Amount Quantity);

/// <summary>
/// A project, one of its measures or what a county does of it is ahead of its schedule, behind it, … and was not before: judged by the end of
/// a month, or because of what was verified, corrected or assigned since.
/// </summary>
/// <param name="Day">The last day of a month; what was planned by then is held against what is verified.</param>
/// <param name="State"><c>ahead</c>, <c>on-schedule</c>, <c>behind</c> (10 points of what is to be done or more), <c>far-behind</c> (25), <c>not-reported</c> (a quarter without report).</param>
/// <param name="Before">Of the project, before; absent where it was judged for the first time.</param>
/// <param name="Planned">A share, 0 to 1; <paramref name="Verified"/> too.</param>
/// <param name="Counties">Those that have a target of their own.</param>
public sealed record ScheduleStateChanged(
    string ProjectId, string PlanId, string ProgrammeId, DateOnly Day, string State, string? Before, decimal Planned, decimal Verified,
    IReadOnlyList<MeasureStanding> Measures, IReadOnlyList<CountyStanding> Counties);

/// <summary>How a measure stands against its schedule.</summary>
public sealed record MeasureStanding(string MeasureId, string State, decimal Planned, decimal Verified);

/// <summary>How what a county has to do of a project stands against its schedule.</summary>
public sealed record CountyStanding(string Division, string State, decimal Planned, decimal Verified);

/// <summary>An accepted mine site counts in a measure that sites feed; or, with nothing counted, no longer does. The figure is verified by it.</summary>
/// <param name="Counted">One, or the site's area; 0 once the site was reopened.</param>
public sealed record SiteCounted(Figure Figure, string SiteId, Amount Counted, Actor By);

/// <summary>A milestone of a project was reached.</summary>
/// <param name="Division">The county that reported it; <paramref name="On"/> the day it was reached.</param>
public sealed record MilestoneReached(
    string ProjectId, string PlanId, string ProgrammeId, string MilestoneId, string Division, DateOnly On, IReadOnlyList<Proof> Evidence, string? Note, Sender? Sender,
    Actor By);

/// <summary>What was said of a milestone was taken back: it was not reached, or on another day, which is then told.</summary>
/// <param name="Division">The county that had reported it; <paramref name="On"/> the day that it had said.</param>
public sealed record MilestoneWithdrawn(
    string ProjectId, string PlanId, string ProgrammeId, string MilestoneId, string Division, DateOnly On, string Reason, Actor By);

/// <summary>A document was added to a project.</summary>
/// <param name="Uri">Where it lies; <paramref name="Sha256"/> is of its content.</param>
public sealed record DocumentAdded(string ProjectId, string PlanId, string ProgrammeId, string Name, string Uri, string Sha256, string Kind, Actor By);

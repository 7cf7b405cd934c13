using Restoration.Domain;

namespace Restoration.Mines.Sites;

/// <param name="Site">Without a project: a survey links to none.</param>
public sealed record SurveySite(SiteRef Site, Survey Survey, Sender? Sender, By By, DateTimeOffset At);

/// <param name="ReviewerDivision">Of the client that verifies: it must lie above the site's.</param>
public sealed record VerifySite(string ReviewerDivision, string? Note, By By, DateTimeOffset At);

public sealed record StrikeOffSite(string ReviewerDivision, string Reason, By By, DateTimeOffset At);

/// <param name="Project">As this service knows it; null where it does not.</param>
public sealed record LinkSite(string ProjectId, Project? Project, By By, DateTimeOffset At);

public sealed record ReportWorks(Quantity Treated, IReadOnlyList<Evidence> Evidence, string? Reason, string? Note, Sender? Sender, By By, DateTimeOffset At);

public sealed record SelfCheckSite(string? Note, By By, DateTimeOffset At);

public sealed record AcceptSite(
    string ReviewerDivision, IReadOnlyList<string> Team, string? Findings, IReadOnlyList<PartMeasured> Parts, By By, DateTimeOffset At);

public sealed record RejectAcceptance(string ReviewerDivision, string Findings, DateOnly Deadline, By By, DateTimeOffset At);

/// <summary>The deadline has passed; records it where the rectification is still open and was to end then.</summary>
public sealed record MarkOverdue(DateOnly Deadline, By By, DateTimeOffset At);

public sealed record ReopenSite(string ReviewerDivision, string Reason, By By, DateTimeOffset At);

/// <summary>The rules of a site's life (domain §4): surveyed, verified, linked, worked on, accepted; and back from there.</summary>
public static class SiteDecider
{
    private const decimal Tolerance = 1.10m;
    private const int LongestRectification = 10;

    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    public static Decision<SiteEvent> Decide(Site site, SurveySite c, DivisionTree tree)
    {
        if (site.Ref is { } known)
        {
            if (known.Division != c.Site.Division)
            {
                return Refusal.Conflict("site.exists", $"There is a site {c.Site.Id} in another division.");
            }

            if (CanonicalJson.Same(known with { Project = null }, c.Site, StoredJson.Default.SiteRef)
                && CanonicalJson.Same(site.Survey!, c.Survey, StoredJson.Default.Survey))
            {
                return [];
            }

            if (site.State != SiteState.Reported)
            {
                return site.State == SiteState.StruckOff ? StruckOff : Refusal.Conflict("site.verified", "The site was verified as surveyed before.");
            }
        }

        var faults = SurveyRules.Faults(c.Site, c.Survey, tree).ToList();
        return faults.Count > 0
            ? Refusal.Invalid("site.invalid", faults[0].Detail, faults)
            : [new SiteSurveyed(c.Site with { Project = site.Ref?.Project }, c.Survey, site.Revision + 1, c.Sender, c.By, c.At)];
    }

    public static Decision<SiteEvent> Decide(Site site, VerifySite c) => site.State switch
    {
        SiteState.Unknown => NoSite,
        SiteState.StruckOff => StruckOff,
        not SiteState.Reported => [],
        _ when IsOwn(site, c.ReviewerDivision) => OwnDivision,
        _ when Did(site.Surveyors, c.By) => OwnWork,
        _ => [new SiteVerified(site.Ref!, c.Note, c.By, c.At)],
    };

    public static Decision<SiteEvent> Decide(Site site, StrikeOffSite c) => site.State switch
    {
        SiteState.Unknown => NoSite,
        SiteState.StruckOff => [],
        not (SiteState.Reported or SiteState.Verified) => Refusal.Conflict("works.begun", "Works on the site began; it is not struck off."),
        _ when IsOwn(site, c.ReviewerDivision) => OwnDivision,
        _ => [new SiteStruckOff(site.Ref!, c.Reason, c.By, c.At)],
    };

    public static Decision<SiteEvent> Decide(Site site, LinkSite c, DivisionTree tree)
    {
        if (site.Ref is not { } known)
        {
            return NoSite;
        }

        if (site.State == SiteState.StruckOff)
        {
            return StruckOff;
        }

        if (known.Project?.ProjectId == c.ProjectId)
        {
            return [];
        }

        if (known.Kind == SiteKind.Licensed)
        {
            return Refusal.Invalid("site.licensed", "The plans' projects restore legacy sites; a licensed mine is restored by its operator.");
        }

        if (site.State == SiteState.Accepted)
        {
            return Refusal.Conflict("site.accepted", "What the site feeds was counted when it was accepted; it is reopened before it is linked anew.");
        }

        if (c.Project is not { } project)
        {
            return Refusal.Invalid("project.unknown", $"There is no project {c.ProjectId}.", new Fault("#/projectId", "There is no such project."));
        }

        var feeds = project.FeedsOf(tree, known.Division);
        return Unfit(project, feeds, tree, known.Division) is { } unfit
            ? unfit
            : [new SiteLinked(known with { Project = new(project.Id, project.PlanId, project.ProgrammeId, feeds) }, site.State, c.By, c.At)];
    }

    /// <summary>A report of self-checked works goes up the line again, as one of works to be rectified does.</summary>
    public static Decision<SiteEvent> Decide(Site site, ReportWorks c)
    {
        switch (site.State)
        {
            case SiteState.Unknown: return NoSite;
            case SiteState.StruckOff: return StruckOff;
            case SiteState.Reported: return Refusal.Conflict("site.not-verified", "A site is verified before works are reported.");
            case SiteState.Accepted: return Refusal.Conflict("site.accepted", "The site was accepted; it is reopened before works go on.");
        }

        var broken = Broken(site, c).ToList();
        return broken.Count > 0
            ? Refusal.Invalid(broken[0].Code, broken[0].Fault.Detail, [.. broken.Select(b => b.Fault)])
            : [new WorksReported(site.Ref!, c.Treated, c.Evidence, c.Reason, c.Note, c.Sender, c.By, c.At)];
    }

    public static Decision<SiteEvent> Decide(Site site, SelfCheckSite c) => site.State switch
    {
        SiteState.Unknown => NoSite,
        SiteState.SelfChecked => [],
        not SiteState.Works => Refusal.Conflict("site.not-in-works", $"The site is {Kebab.Of(site.State)}; works are checked when they were reported."),
        _ when Did(site.Workers, c.By) => OwnWork,
        _ => [new SiteSelfChecked(site.Ref!, c.Note, c.By, c.At)],
    };

    public static Decision<SiteEvent> Decide(Site site, AcceptSite c)
    {
        if (site.Acceptance is { } accepted)
        {
            return AcceptanceCriteria.Sum(c.Parts) is { } again && !AcceptanceCriteria.Broken(c.Parts, site.Ref!.Area, again).Any()
                && CanonicalJson.Same(
                    accepted, accepted with { Parts = AcceptanceCriteria.Judged(c.Parts), Team = c.Team, Findings = c.Findings }, StoredJson.Default.SiteAccepted)
                ? []
                : Refusal.Conflict("site.accepted", "The site was accepted with other content.");
        }

        if (Unjudgeable(site, c.ReviewerDivision, c.By) is { } refusal)
        {
            return refusal;
        }

        if (DayOf(c.At) < site.ReopenedOn)
        {
            return Refusal.Invalid("acceptance.before-reopening", $"The site was reopened on {site.ReopenedOn:yyyy-MM-dd}.", new Fault("#/at", "This is before the site was reopened."));
        }

        if (site.Evidence.Count == 0)
        {
            return Refusal.Invalid("evidence.missing", "Works without evidence cannot be accepted.");
        }

        var sum = AcceptanceCriteria.Sum(c.Parts);
        var broken = AcceptanceCriteria.Broken(c.Parts, site.Ref!.Area, sum).ToList();
        if (c.Team.Count == 0 || c.Team.Any(string.IsNullOrWhiteSpace))
        {
            broken.Insert(0, ("team.missing", new Fault("#/team", "Name those who were there, one at least.")));
        }

        return broken.Count > 0
            ? Refusal.Invalid(broken[0].Code, broken[0].Fault.Detail, [.. broken.Select(b => b.Fault)])
            : [new SiteAccepted(site.Ref!, sum!.Value, DayOf(c.At), AcceptanceCriteria.Judged(c.Parts), c.Team, c.Findings, c.By, c.At)];
    }

    public static Decision<SiteEvent> Decide(Site site, RejectAcceptance c) => site switch
    {
        { Rejection: { } before } when (before.Findings, before.Deadline) == (c.Findings, c.Deadline) => [],
        _ when Unjudgeable(site, c.ReviewerDivision, c.By) is { } refusal => refusal,
        _ when c.Deadline <= DayOf(c.At) => Refusal.Invalid("deadline.passed", "The deadline lies after the act.", new Fault("#/deadline", "This is not after the act.")),
        _ when c.Deadline > DayOf(c.At).AddYears(LongestRectification) => Refusal.Invalid(
            "deadline.out-of-range", "A rectification takes ten years at most.", new Fault("#/deadline", "This is more than ten years after the act.")),
        _ => [new AcceptanceRejected(site.Ref!, c.Findings, c.Deadline, c.By, c.At)],
    };

    public static Decision<SiteEvent> Decide(Site site, MarkOverdue c) =>
        site is { State: SiteState.Rectification, Overdue: false } && site.Rejection!.Deadline == c.Deadline
            ? [new RectificationOverdue(site.Ref!, c.Deadline, c.By, c.At)]
            : [];

    public static Decision<SiteEvent> Decide(Site site, ReopenSite c) => site.State switch
    {
        SiteState.Unknown => NoSite,
        not SiteState.Accepted => Refusal.Conflict("site.not-accepted", $"The site is {Kebab.Of(site.State)}; what was accepted is reopened."),
        _ when IsOwn(site, c.ReviewerDivision) => OwnDivision,
        _ when DayOf(c.At) < site.Acceptance!.AcceptedOn =>
            Refusal.Invalid("reopening.before-acceptance", $"The site was accepted on {site.Acceptance.AcceptedOn:yyyy-MM-dd}.", new Fault("#/at", "This is before the acceptance.")),
        _ => [new SiteReopened(site.Ref!, c.Reason, DayOf(c.At), site.Acceptance.AcceptedOn, site.Acceptance.Area, c.By, c.At)],
    };

    private static Refusal NoSite => Refusal.NotFound("site.unknown", "There is no such site.");

    private static Refusal StruckOff => Refusal.Conflict("site.struck-off", "The site was struck off the list.");

    private static Refusal OwnDivision => Refusal.Forbidden("review.own-division", "This is for the level above, not for the division whose site it is.");

    private static Refusal OwnWork => Refusal.Forbidden("duties.not-separate", "Who surveyed a site, or reported or checked its works, does not pass them on.");

    private static bool IsOwn(Site site, string division) => site.Ref!.Division == division;

    private static bool Did(IEnumerable<By> people, By by) => people.Any(p => p.MayBeSameAs(by));

    internal static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(s_china).DateTime);

    /// <summary>Why this reviewer cannot judge the works now, whatever the verdict.</summary>
    private static Refusal? Unjudgeable(Site site, string division, By by) => site.State switch
    {
        SiteState.Unknown => NoSite,
        not SiteState.SelfChecked => Refusal.Conflict("site.not-self-checked", $"The site is {Kebab.Of(site.State)}; the county checks its works before they are judged."),
        _ when IsOwn(site, division) => OwnDivision,
        _ when Did([.. site.Surveyors, .. site.Workers, site.CheckedBy!], by) => OwnWork,
        _ => null,
    };

    private static Refusal? Unfit(Project project, IReadOnlyList<Feed> feeds, DivisionTree tree, string county)
    {
        var unfit = project switch
        {
            { Kind: not "mine" } => ("project.not-mine", "The project is none of mine restoration."),
            _ when !project.Covers(tree, county) => ("division.outside-project", "The project does not reach the site's county."),
            _ when feeds.Count == 0 => ("project.without-feeds", "The project has no measure that counts sites of this county."),
            _ => default((string Code, string Detail)?),
        };
        return unfit is var (code, detail) ? Refusal.Invalid(code, detail, new Fault("#/projectId", detail))
            : project.State is "approved" or "in-progress" ? null
            : Refusal.Conflict("project.not-approved", $"The project is {project.State}; sites are linked after its approval, while it goes on.");
    }

    private static IEnumerable<(string Code, Fault Fault)> Broken(Site site, ReportWorks c)
    {
        if (!c.Treated.SameDimension(site.Ref!.Area))
        {
            yield return ("quantity.unit-mismatch", new Fault("#/treated/unit", "A unit of area is expected."));
        }
        else if (c.Treated.Value < 0)
        {
            yield return ("quantity.negative", new Fault("#/treated/value", "An area treated is not negative."));
        }
        else if (c.Reason is null && site.Treated is { } before && c.Treated.Canonical < before.Canonical)
        {
            yield return ("progress.falls", new Fault("#/treated/value", $"This is less than the {before} reported before; say why in reason."));
        }
        else if (c.Reason is null && c.Treated.Canonical > site.Ref.Area.Canonical * Tolerance)
        {
            yield return ("progress.over-surveyed", new Fault("#/treated/value", $"This is more than 110 % of the surveyed {site.Ref.Area}; say why in reason."));
        }

        for (var i = 0; i < c.Evidence.Count; i++)
        {
            if (c.Evidence[i].Sha256.Length != 64 || !c.Evidence[i].Sha256.All(char.IsAsciiHexDigit))
            {
                yield return ("evidence.malformed", new Fault($"#/evidence/{i}/sha256", "64 hex digits are expected."));
            }
        }
    }
}

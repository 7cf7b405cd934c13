using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <param name="Acting">The division of the client; null where that is every one. So in all commands of a level.</param>
public sealed record WaiveMeasure(string MeasureId, string? Acting, string Reason, By By, DateTimeOffset At);

public sealed record CompleteProject(string? Note, By By, DateTimeOffset At);

public sealed record SelfCheckProject(string? Acting, string Findings, By By, DateTimeOffset At);

public sealed record AcceptProject(
    string? Acting, IReadOnlyList<string> Team, DateOnly Date, string Findings, AcceptanceVerdict Verdict, By By, DateTimeOffset At);

/// <summary>What is to be rectified, and by when; it gets its id when it is recorded.</summary>
public sealed record Wanted(string What, DateOnly Deadline);

public sealed record RejectAcceptance(string? Acting, string Findings, IReadOnlyList<Wanted> Rectifications, By By, DateTimeOffset At);

public sealed record RectifyProject(IReadOnlyList<Remedy> Remedies, By By, DateTimeOffset At);

/// <param name="Drawn">Whether the sample drew the project.</param>
public sealed record SpotCheckProject(
    string SampleId, bool Drawn, string? Acting, bool Passed, string Findings, IReadOnlyList<Wanted> Rectifications, By By, DateTimeOffset At);

/// <summary>The deadline has passed; records it where the rectification is still open.</summary>
public sealed record MarkRectificationOverdue(string RectificationId, By By, DateTimeOffset At);

/// <summary>The rules of a project's end (domain §3): done or waived, checked by the counties, accepted by the city, looked at by the province.</summary>
public static class CompletionDecider
{
    private const int LongestRectification = 10;

    public static Decision<ProjectEvent> Decide(Project project, string id, WaiveMeasure c, DivisionTree tree)
    {
        if (project.State is not (ProjectState.InProgress or ProjectState.Suspended))
        {
            return ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-in-progress", "measures are waived while the project is under way"));
        }

        return project.Measure(c.MeasureId) switch
        {
            null => Refusal.NotFound("measure.unknown", $"The project {id} has no measure {c.MeasureId}."),
            { Role: not MeasureRole.Part } => Refusal.Invalid(
                "measure.not-waivable", "A total, an attribute or an outcome need not be done.", new Fault("#/measureId", "This is no measure that has to be done.")),
            _ when Approval.Refuses(c.Acting, project.Ref.Division, tree) is { } refusal => refusal,
            _ when project.Submission?.By.MayBeSameAs(c.By) == true => Refusal.Forbidden("duties.not-separate", "Who submitted a project does not waive its measures."),
            _ when project.Delivery.Waivers.GetValueOrDefault(c.MeasureId)?.Reason == c.Reason => [],
            _ => [new MeasureWaived(project.Ref, c.MeasureId, c.Reason, c.By, c.At)],
        };
    }

    /// <param name="progressOf">Of a measure by its id.</param>
    public static Decision<ProjectEvent> Decide(Project project, string id, CompleteProject c, Func<string, MeasureProgress> progressOf)
    {
        switch (project.State)
        {
            case ProjectState.Completed:
                return [];
            case not ProjectState.InProgress:
                return ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-in-progress", "work that goes on is completed"));
        }

        var missing = Missing(project, progressOf).ToList();
        if (project.OpenChange is { } change)
        {
            missing.Add(new Fault("#/changes", $"The change request {change.Id} is not decided yet."));
        }

        if (missing.Count == 0 && project.Counted.SelectMany(m => progressOf(m.Id).Divisions.Values).SelectMany(f => f).Any(f => f.Ref.Period.From > ChinaDay.Of(c.At)))
        {
            missing.Add(new Fault("#/at", "Work was reported of a period that begins later."));
        }

        return missing.Count > 0
            ? Refusal.Conflict("project.unfinished", $"{missing.Count} of what completion needs are missing: {missing[0].Detail}") with { Faults = missing }
            : [new ProjectCompleted(
                project.Ref, [.. project.Definition!.Measures.Where(m => m.Role == MeasureRole.Part).Select(m => new MeasureOutcome(
                    m.Id, m.Quantity, VerifiedOf(m, progressOf(m.Id).VerifiedSum), project.Delivery.Waivers.GetValueOrDefault(m.Id)?.Reason))], c.Note, c.By, c.At)];
    }

    /// <summary>A county checks for itself; a city that does, checks for all counties that have not.</summary>
    public static Decision<ProjectEvent> Decide(Project project, string id, SelfCheckProject c, DivisionTree tree)
    {
        if (project.State == ProjectState.SelfChecked)
        {
            return [];
        }

        if (project.State != ProjectState.Completed)
        {
            return ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-completed", "the counties check what is completed or rectified"));
        }

        // Where no county is named the work is the whole area's, and no county can speak for it.
        if (project.Ref.Counties.Count == 0 && Approval.Refuses(c.Acting, project.Ref.Division, tree) is { } foreign)
        {
            return foreign;
        }

        var left = Awaiting(project);
        var mine = left.Where(county => Approval.Refuses(c.Acting, county, tree) is null).ToList();
        return left.Count > 0 && mine.Count == 0
            ? [] // its county has checked
            : [new ProjectSelfChecked(project.Ref, mine, [.. left.Except(mine)], c.Findings, c.By, c.At)];
    }

    /// <summary>What was verified when it was completed may have been put right since: it is accepted as it stands.</summary>
    /// <param name="progressOf">Of a measure by its id.</param>
    public static Decision<ProjectEvent> Decide(Project project, string id, AcceptProject c, DivisionTree tree, Func<string, MeasureProgress> progressOf)
    {
        if (project is { State: ProjectState.Accepted } && project.Delivery.Acceptance!.Date == c.Date)
        {
            return [];
        }

        if (Unjudgeable(project, id, c.Acting, tree, c.By) is { } refusal)
        {
            return refusal;
        }

        var faults = new List<Fault>();
        if (c.Team.Count == 0)
        {
            faults.Add(new("#/team", "The record names who was there."));
        }

        if (c.Date > ChinaDay.Of(c.At))
        {
            faults.Add(new("#/date", "This is after the act."));
        }
        else if (c.Date < ChinaDay.Of(project.Delivery.Completion!.At))
        {
            faults.Add(new("#/date", "This is before the project was completed."));
        }

        var missing = Missing(project, progressOf).ToList();
        return faults.Count > 0
            ? Refusal.Invalid("acceptance.invalid", faults[0].Detail, faults)
            : missing.Count > 0 ? Refusal.Conflict("project.unfinished", $"{missing.Count} of what was complete is so no more: {missing[0].Detail}") with { Faults = missing }
            : [new ProjectAccepted(project.Ref, c.Team, c.Date, c.Findings, c.Verdict, project.AftercareYears, c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, RejectAcceptance c, DivisionTree tree) => project switch
    {
        { State: ProjectState.Rectification, Delivery.Rejection: { } before } when before.Findings == c.Findings
            && before.Rectifications.Select(r => new Wanted(r.What, r.Deadline)).SequenceEqual(c.Rectifications) => [],
        _ when Unjudgeable(project, id, c.Acting, tree, c.By) is { } refusal => refusal,
        _ when Unfit(c.Rectifications, c.At, needed: true) is { } refusal => refusal,
        _ => [new AcceptanceRejected(project.Ref, c.Findings, Numbered(project, c.Rectifications), c.By, c.At)],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, RectifyProject c)
    {
        if (project.State != ProjectState.Rectification)
        {
            return ProjectDecider.NotNow(project, id, Refusal.Conflict("rectification.not-open", "nothing is to be rectified"));
        }

        var faults = c.Remedies.Index().Where(r => project.Delivery.Open.All(o => o.Id != r.Item.Id) || c.Remedies.Take(r.Index).Any(e => e.Id == r.Item.Id))
            .Select(r => new Fault($"#/remedies/{r.Index}/id", $"Open are {string.Join(", ", project.Delivery.Open.Select(o => o.Id))}, each said once.")).ToList();
        return faults.Count > 0 ? Refusal.Invalid("rectification.unknown", faults[0].Detail, faults)
            : c.Remedies.Count == 0 ? Refusal.Invalid("rectification.unknown", "Say what was done.", new Fault("#/remedies", "At least one is expected."))
            : [new ProjectRectified(project.Ref, c.Remedies, c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, SpotCheckProject c, DivisionTree tree)
    {
        if (project.State is not (ProjectState.Accepted or ProjectState.SpotChecked or ProjectState.Aftercare))
        {
            return ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-accepted", "what was accepted is spot-checked"));
        }

        var province = tree.PathOf(project.Ref.Division).FirstOrDefault(d => d.Level == "province")?.Id ?? project.Ref.Division;
        return project.Delivery.SpotCheck is { } before && before.SampleId == c.SampleId && before.Passed == c.Passed && before.Findings == c.Findings ? []
            : !c.Drawn ? Refusal.Conflict("sample.not-drawn", $"{id} was not drawn in the sample {c.SampleId}.")
            : Approval.Refuses(c.Acting, province, tree) is { } refusal ? refusal
            : Did([.. project.Delivery.Hands, project.Delivery.Acceptance!.By], c.By) ? OwnWork
            : Unfit(c.Rectifications, c.At, needed: !c.Passed) is { } unfit ? unfit
            : [new ProjectSpotChecked(project.Ref, c.SampleId, c.Passed, c.Findings, Numbered(project, c.Rectifications), c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, MarkRectificationOverdue c) =>
        project.Delivery.Open.FirstOrDefault(r => r.Id == c.RectificationId) is { Overdue: false } open && ChinaDay.Of(c.At) > open.Deadline
            ? [new RectificationOverdue(project.Ref, open.Id, open.Deadline, c.By, c.At)]
            : [];

    /// <summary>The counties that have not checked the project as it stands.</summary>
    public static IReadOnlyList<string> Awaiting(Project project) =>
        [.. project.Ref.Counties.Except(project.Delivery.SelfChecks.SelectMany(s => s.Divisions), StringComparer.Ordinal)];

    internal static IReadOnlyList<Demand> Numbered(Project project, IReadOnlyList<Wanted> wanted) =>
        [.. wanted.Index().Select(w => new Demand($"r{project.Delivery.Rectifications.Count + w.Index + 1}", w.Item.What, w.Item.Deadline))];

    /// <param name="needed">Whether something must be rectified; else nothing may.</param>
    internal static Refusal? Unfit(IReadOnlyList<Wanted> wanted, DateTimeOffset at, bool needed)
    {
        var day = ChinaDay.Of(at);
        var faults = wanted.Index().Where(w => w.Item.Deadline <= day || w.Item.Deadline > day.AddYears(LongestRectification))
            .Select(w => new Fault($"#/rectifications/{w.Index}/deadline", $"A deadline lies after the act and at most {LongestRectification} years after it.")).ToList();
        if (needed != wanted.Count > 0)
        {
            faults.Add(new("#/rectifications", needed ? "Say what is to be rectified, and by when." : "What passed has nothing to rectify."));
        }

        return faults.Count > 0 ? Refusal.Invalid("rectifications.invalid", faults[0].Detail, faults) : null;
    }

    internal static Refusal OwnWork => Refusal.Forbidden("duties.not-separate", "Who submitted, completed, checked or rectified a project does not accept it, and who accepted it does not check that.");

    internal static bool Did(IEnumerable<By> people, By by) => people.Any(p => p.MayBeSameAs(by));

    private static Refusal? Unjudgeable(Project project, string id, string? acting, DivisionTree tree, By by) =>
        project.State != ProjectState.SelfChecked ? ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-self-checked",
            project.State == ProjectState.Completed && Awaiting(project) is { Count: > 0 } left ? $"still to check are {string.Join(", ", left)}" : "the counties check it before it is accepted"))
        : Approval.Refuses(acting, project.Ref.Division, tree) is { } refusal ? refusal
        : Did([.. project.Delivery.Hands, .. project.Submission is { } s ? [s.By] : Array.Empty<By>()], by) ? OwnWork
        : null;

    private static IEnumerable<Fault> Missing(Project project, Func<string, MeasureProgress> progressOf) => project.Definition!.Measures
        .Where(m => m.Role == MeasureRole.Part && !project.Delivery.Waivers.ContainsKey(m.Id)).Select(m => Missing(project, m, progressOf(m.Id))).OfType<Fault>();

    /// <summary>What a measure that was not waived lacks; of one without a quantity the milestones are reached instead.</summary>
    private static Fault? Missing(Project project, Measure measure, MeasureProgress progress) => measure.Quantity switch
    {
        null when project.Definition!.Milestones?.Where(m => m.MeasureId == measure.Id).ToList() is { Count: > 0 } milestones =>
            milestones.Find(m => !project.Particulars.Reached.ContainsKey(m.Id)) is { } missing ? new($"#/measures/{measure.Id}", $"{measure.Name}: {missing.Name} is not reached.") : null,
        null => new($"#/measures/{measure.Id}", $"{measure.Name}: it has no quantity and no milestones; it needs a waiver."),
        { } target when progress.VerifiedSum < target.Canonical || !Counts(measure) =>
            new($"#/measures/{measure.Id}", $"{measure.Name}: verified are {VerifiedOf(measure, progress.VerifiedSum)?.ToString() ?? "none that compare"} of {target}."),
        not null when progress.Divisions.Values.SelectMany(f => f).FirstOrDefault(f => f.IsPending) is { } pending =>
            new($"#/measures/{measure.Id}", $"{measure.Name}: {pending.Ref.Id} is {Kebab.Of(pending.State)}; it is verified first."),
        _ => null,
    };

    private static Quantity? VerifiedOf(Measure measure, decimal verified) =>
        measure.Quantity is { } target && Counts(measure) ? Quantity.FromCanonical(verified, target.Unit) : null;

    /// <summary>Untidy plans print a length for an area of sites: what is counted does not compare with it.</summary>
    private static bool Counts(Measure measure) => measure.FedBy switch
    {
        FedBy.SiteCount => measure.Quantity!.Value.Unit.Dimension == Dimension.Count,
        FedBy.SiteArea => measure.Quantity!.Value.Unit.Dimension == Dimension.Area,
        _ => true,
    };
}

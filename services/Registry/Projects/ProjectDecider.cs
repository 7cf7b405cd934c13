using Restoration.Domain;
using Restoration.Registry.Plans;

namespace Restoration.Registry.Projects;

/// <summary>Design a project of a plan.</summary>
public sealed record DesignProject(
    string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<string> Counties, ProjectDefinition Definition, By By, DateTimeOffset At);

/// <summary>Design it anew before its approval: the whole of it.</summary>
public sealed record RedesignProject(string ProgrammeId, IReadOnlyList<string> Counties, ProjectDefinition Definition, By By, DateTimeOffset At);

public sealed record SubmitProject(string? Note, By By, DateTimeOffset At);

/// <summary>Approve it because its plan is adopted.</summary>
public sealed record ApproveWithPlan(By By, DateTimeOffset At);

/// <param name="Acting">The division of the client; null where that is every one. So in all commands of a level.</param>
public sealed record ApproveProject(string? Acting, string? Note, By By, DateTimeOffset At);

public sealed record ReturnProject(string? Acting, IReadOnlyList<string> Findings, By By, DateTimeOffset At);

public sealed record RejectProject(string? Acting, string Reason, By By, DateTimeOffset At);

public sealed record StartProject(By By, DateTimeOffset At);

/// <param name="From">The first day without work; the day of the act unless it says one.</param>
public sealed record SuspendProject(string Reason, DateOnly? From, By By, DateTimeOffset At);

public sealed record ResumeProject(string? Note, By By, DateTimeOffset At);

/// <param name="Money">What becomes of the money; <paramref name="Land"/>: of the land.</param>
public sealed record TerminateProject(string Reason, string Money, string Land, By By, DateTimeOffset At);

/// <summary>Take over how Funding says the project's money stands.</summary>
public sealed record MoveMoney(Money Allocated, Money Issued, Money Paid, By By, DateTimeOffset At);

/// <summary>Take over that Funding settled the project's account.</summary>
public sealed record SettleAccounts(By By, DateTimeOffset At);

/// <summary>The rules of a project's life (domain §3) up to its work, and where that halts.</summary>
public static class ProjectDecider
{
    private static readonly TimeSpan s_clocksApart = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A design may be untidy (no quantity, no estimate, no counties): real plans are, and are entered as adopted. What a new project
    /// must have is asked when it is submitted.
    /// </summary>
    public static Decision<ProjectEvent> Decide(Project project, DesignProject c, Plan plan, DivisionTree tree)
    {
        if (plan.State == PlanState.Unknown)
        {
            return Refusal.Invalid("plan.unknown", $"There is no plan {c.PlanId}.", new Fault("#/planId", "There is no such plan."));
        }

        if (plan.State == PlanState.Superseded && project.State == ProjectState.Unknown)
        {
            return Refusal.Conflict("plan.superseded", $"{plan.SupersededBy} took the place of {plan.Id}; a project is designed in that plan.");
        }

        var designed = new ProjectDesigned(
            new ProjectRef(c.ProjectId, c.PlanId, c.ProgrammeId, plan.Division, c.Counties),
            c.Definition with { CountyCheck = plan.Definition!.CountyCheck }, c.By, c.At);
        if (project.State != ProjectState.Unknown)
        {
            return Same(project, designed) ? [] : Refusal.Conflict("project.exists", $"The project {c.ProjectId} exists with other content.");
        }

        return Designed(designed, plan, tree);
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, RedesignProject c, Plan plan, DivisionTree tree)
    {
        if (project.State is not (ProjectState.Designed or ProjectState.Returned))
        {
            return NotNow(project, id, Refusal.Conflict("project.not-designed", "it is designed anew before it is submitted, and changes by a change request after its approval"));
        }

        var designed = new ProjectDesigned(
            project.Ref with { ProgrammeId = c.ProgrammeId, Counties = c.Counties }, c.Definition with { CountyCheck = project.Definition!.CountyCheck }, c.By, c.At);
        return Same(project, designed) ? [] : Designed(designed, plan, tree);
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, SubmitProject c, DivisionTree tree)
    {
        switch (project.State)
        {
            case ProjectState.Submitted:
                return [];
            case not (ProjectState.Designed or ProjectState.Returned):
                return NotNow(project, id, Refusal.Conflict("project.not-designed", "a design is submitted"));
        }

        var (r, d) = (project.Ref, project.Definition!);
        var missing = DesignRules.Missing(r, d).ToList();
        return missing.Count > 0
            ? Refusal.Invalid("project.incomplete", $"The design misses {missing.Count} of what approval needs: {missing[0].Detail}", missing)
            : [new ProjectSubmitted(r, Approval.DivisionFor(r, d.FundingPlan, tree), d.LeadUnit is null, c.Note, c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, ApproveWithPlan c) => project.State switch
    {
        ProjectState.Unknown => Unknown(id),
        ProjectState.Designed => [new ProjectApproved(project.Ref, EnteredWithPlan: true, c.By, c.At)],
        _ => [],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, ApproveProject c, DivisionTree tree) => project switch
    {
        { State: ProjectState.Approved } => [],
        _ when Unjudgeable(project, id, c.Acting, tree) is { } refusal => refusal,
        { Submission: { } submission } when submission.By.MayBeSameAs(c.By) =>
            Refusal.Forbidden("duties.not-separate", "Who submitted a project does not approve it."),
        _ => [new ProjectApproved(project.Ref, EnteredWithPlan: false, c.By, c.At, project.Submission!.ApprovingDivision, c.Note)],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, ReturnProject c, DivisionTree tree) => project switch
    {
        { State: ProjectState.Returned, Halt: ProjectReturned before } when before.Findings.SequenceEqual(c.Findings) => [],
        _ when Unjudgeable(project, id, c.Acting, tree) is { } refusal => refusal,
        _ when c.Findings.Count == 0 => Refusal.Invalid("findings.missing", "Say what is to be designed better.", new Fault("#/findings", "At least one is expected.")),
        _ => [new ProjectReturned(project.Ref, c.Findings, c.By, c.At)],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, RejectProject c, DivisionTree tree) => project switch
    {
        { State: ProjectState.Rejected } => [],
        _ when Unjudgeable(project, id, c.Acting, tree) is { } refusal => refusal,
        _ => [new ProjectRejected(project.Ref, c.Reason, c.By, c.At)],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, StartProject c) => project.State switch
    {
        ProjectState.Unknown => Unknown(id),
        ProjectState.InProgress => [],
        ProjectState.Approved => [new ProjectStarted(project.Ref, c.By, c.At)],
        _ => Refusal.Conflict("project.not-approved", $"The project is {Kebab.Of(project.State)}; work starts after approval."),
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, SuspendProject c)
    {
        var (day, from) = (ChinaDay.Of(c.At), c.From ?? ChinaDay.Of(c.At));
        return project.State switch
        {
            ProjectState.Suspended => [],
            not ProjectState.InProgress => NotNow(project, id, Refusal.Conflict("project.not-in-progress", "work that goes on is suspended")),
            _ when from > day => Refusal.Invalid("time.in-future", "A suspension is entered when it has begun.", new Fault("#/from", "This is in the future.")),
            _ => [new ProjectSuspended(project.Ref, c.Reason, from, c.By, c.At)],
        };
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, ResumeProject c) => project.State switch
    {
        ProjectState.InProgress => [],
        ProjectState.Suspended => [new ProjectResumed(project.Ref, c.Note, c.By, c.At)],
        _ => NotNow(project, id, Refusal.Conflict("project.not-suspended", "work that is suspended is resumed")),
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, TerminateProject c) => project.State switch
    {
        ProjectState.Terminated => [],
        ProjectState.Approved or ProjectState.InProgress or ProjectState.Suspended or ProjectState.Completed or ProjectState.SelfChecked =>
            [new ProjectTerminated(project.Ref, c.Reason, c.Money, c.Land, c.By, c.At)],
        ProjectState.Rectification when project.Delivery.Acceptance is null => [new ProjectTerminated(project.Ref, c.Reason, c.Money, c.Land, c.By, c.At)],
        ProjectState.Designed or ProjectState.Submitted or ProjectState.Returned or ProjectState.Rejected =>
            NotNow(project, id, Refusal.Conflict("project.not-approved", "what was approved is terminated, a submission is returned or rejected")),
        _ => NotNow(project, id, Refusal.Conflict("project.accepted", "what was accepted is not terminated any more")),
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, MoveMoney c) => project.State switch
    {
        ProjectState.Unknown => Unknown(id),
        _ when project.Money == (c.Allocated, c.Issued, c.Paid) => [],
        _ => [new MoneyMoved(project.Ref, c.Allocated, c.Issued, c.Paid, c.By, c.At)],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, SettleAccounts c) => project.State switch
    {
        ProjectState.Unknown => Unknown(id),
        _ when project.AccountsSettled => [],
        _ => [new AccountsSettled(project.Ref, c.By, c.At)],
    };

    /// <summary>
    /// Acts of the past are entered in the order in which they happened: years of aftercare would pass in a day otherwise. What changes
    /// nothing may be said again at any time.
    /// </summary>
    public static Decision<ProjectEvent> InOrder(Project project, DateTimeOffset at, Decision<ProjectEvent> decision) =>
        decision is { Refusal: null, Events.Count: > 0 } && project.ActedAt is { } last && at < last - s_clocksApart
            ? Refusal.Invalid("time.before-last", $"The last act on this project was on {ChinaDay.Of(last):yyyy-MM-dd}.", new Fault("#/at", "This is before it."))
            : decision;

    /// <summary>The state forbids it: says the state, and the rule that the refusal names.</summary>
    internal static Refusal NotNow(Project project, string id, Refusal rule) => project.State == ProjectState.Unknown
        ? Unknown(id)
        : rule with { Detail = $"The project is {Kebab.Of(project.State)}; {rule.Detail}." };

    private static Refusal Unknown(string id) => Refusal.NotFound("project.unknown", $"There is no project {id}.");

    private static Refusal? Unjudgeable(Project project, string id, string? acting, DivisionTree tree) => project.State != ProjectState.Submitted
        ? NotNow(project, id, Refusal.Conflict("project.not-submitted", "a submission is approved, returned or rejected"))
        : Approval.Refuses(acting, project.Submission!.ApprovingDivision, tree);

    private static Decision<ProjectEvent> Designed(ProjectDesigned designed, Plan plan, DivisionTree tree)
    {
        var faults = DesignRules.Faults(designed.Project, designed.Definition, plan, tree).ToList();
        return faults.Count > 0 ? Refusal.Invalid("project.invalid", faults[0].Detail, faults) : [designed];
    }

    private static bool Same(Project project, ProjectDesigned designed) =>
        CanonicalJson.Same(project.Entered!.Definition, designed.Definition, StoredJson.Default.ProjectDefinition)
        && CanonicalJson.Same(project.Entered.Project, designed.Project, StoredJson.Default.ProjectRef);
}

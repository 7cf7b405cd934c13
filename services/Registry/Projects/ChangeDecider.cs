using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

public sealed record RequestChange(string ChangeId, Alteration Alteration, string Reason, By By, DateTimeOffset At);

public sealed record ApproveChange(string ChangeId, string? Acting, string? Note, By By, DateTimeOffset At);

/// <summary>Refused by the plan's division, or withdrawn by the client that asked for it.</summary>
public sealed record RefuseChange(string ChangeId, string? Acting, string Reason, By By, DateTimeOffset At);

/// <summary>The rules of change requests (domain §3). One at a time is open: each is judged against what the project is then.</summary>
public static class ChangeDecider
{
    /// <param name="progressOf">Of a measure by its id.</param>
    public static Decision<ProjectEvent> Decide(
        Project project, string id, RequestChange c, Plan plan, DivisionTree tree, Func<string, MeasureProgress> progressOf)
    {
        if (project.Change(c.ChangeId) is { } known)
        {
            return known.Request.Reason == c.Reason && CanonicalJson.Same(known.Request.Alteration, c.Alteration, StoredJson.Default.Alteration)
                ? []
                : Refusal.Conflict("change.exists", $"The project has a change request {c.ChangeId} with other content.");
        }

        if (Unchangeable(project, id) is { } refusal)
        {
            return refusal;
        }

        if (project.OpenChange is { } open)
        {
            return Refusal.Conflict("change.open", $"The change request {open.Id} is not decided yet; one at a time is.");
        }

        if (!Slug.Is(c.ChangeId))
        {
            return Refusal.Invalid("change.invalid", Slug.Form, new Fault("#/id", Slug.Form));
        }

        var (r, d) = Applied(project, c.Alteration);
        var faults = DesignRules.Faults(r, d, plan, tree).ToList();
        if (faults.Count > 0)
        {
            return Refusal.Invalid("change.invalid", faults[0].Detail, faults);
        }

        var differences = Differences.Of(project, r, d);
        if (differences.Count == 0)
        {
            return Refusal.Invalid("change.empty", "The project is so already: nothing would change.");
        }

        return Reported(project, r, d, progressOf, tree) is { } reported
            ? reported
            : [new ChangeRequested(project.Ref, c.ChangeId, c.Alteration, differences, Beyond(differences), Approver(project, r, d, differences, tree), c.Reason, c.By, c.At)];
    }

    /// <summary>The request is judged anew against what the project is by now: an amendment of its plan may have come between.</summary>
    /// <param name="progressOf">Of a measure by its id.</param>
    public static Decision<ProjectEvent> Decide(Project project, string id, ApproveChange c, DivisionTree tree, Func<string, MeasureProgress> progressOf)
    {
        if (Undecidable(project, id, c.ChangeId) is { } refusal)
        {
            return refusal;
        }

        var change = project.Change(c.ChangeId)!;
        if (change.State != ChangeState.Requested)
        {
            return change.State == ChangeState.Approved ? [] : Decided(change);
        }

        var (r, d) = Applied(project, change.Request.Alteration);
        var differences = Differences.Of(project, r, d);
        if ((Approval.Refuses(c.Acting, Approver(project, r, d, differences, tree), tree) ?? Reported(project, r, d, progressOf, tree)) is { } unfit)
        {
            return unfit;
        }

        return change.Request.By.MayBeSameAs(c.By)
            ? Refusal.Forbidden("duties.not-separate", "Who asked for a change does not approve it.")
            : [new ChangeApproved(r, c.ChangeId, Beyond(differences), c.Note, c.By, c.At), new ProjectChanged(r, d, c.ChangeId, c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, RefuseChange c, DivisionTree tree) => Undecidable(project, id, c.ChangeId) switch
    {
        { } refusal => refusal,
        _ => project.Change(c.ChangeId) switch
        {
            { State: ChangeState.Refused } => [],
            { State: ChangeState.Approved } change => Decided(change),
            { Request.By.Client: var client } when client != c.By.Client && Approval.Refuses(c.Acting, project.Ref.Division, tree) is { } refusal => refusal,
            _ => [new ChangeRefused(project.Ref, c.ChangeId, c.Reason, c.By, c.At)],
        },
    };

    /// <summary>The project as it would be.</summary>
    private static (ProjectRef, ProjectDefinition) Applied(Project project, Alteration a)
    {
        var (r, d) = (project.Ref, project.Definition!);
        return (r with { Counties = a.Counties ?? r.Counties }, d with
        {
            Towns = a.Towns ?? d.Towns,
            Schedule = a.Schedule ?? d.Schedule,
            Estimate = a.Estimate ?? d.Estimate,
            LeadUnit = a.LeadUnit ?? d.LeadUnit,
            FundingPlan = a.FundingPlan ?? d.FundingPlan,
            Measures = a.Measures ?? d.Measures,
        });
    }

    private static bool Beyond(IReadOnlyList<Difference> differences) => differences.Any(d => d.Beyond);

    /// <summary>Within ±10 % the plan's division decides; beyond, whoever approves such a project, as it was or as it would be.</summary>
    private static string Approver(Project project, ProjectRef r, ProjectDefinition d, IReadOnlyList<Difference> differences, DivisionTree tree) =>
        Beyond(differences) ? Approval.DivisionFor(r, [.. project.Definition!.FundingPlan, .. d.FundingPlan], tree) : r.Division;

    private static Refusal? Unchangeable(Project project, string id) =>
        project.State is ProjectState.Approved or ProjectState.InProgress or ProjectState.Suspended
            ? null
            : ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-changeable", "change requests are made between approval and completion, a design is designed anew"));

    private static Refusal? Undecidable(Project project, string id, string changeId) =>
        project.Change(changeId) is null ? Refusal.NotFound("change.unknown", $"The project {id} has no change request {changeId}.")
        : project.OpenChange?.Id == changeId ? Unchangeable(project, id)
        : null;

    private static Refusal Decided(Change change) => Refusal.Conflict("change.decided", $"The change request {change.Id} is {Kebab.Of(change.State)}.");

    private static Refusal? Reported(Project project, ProjectRef place, ProjectDefinition after, Func<string, MeasureProgress> progressOf, DivisionTree tree)
    {
        var faults = DesignRules.Reported(project.Definition!, place, after.Measures, progressOf, tree).ToList();
        return faults.Count > 0 ? Refusal.Invalid("measure.reported", faults[0].Detail, faults) : null;
    }
}

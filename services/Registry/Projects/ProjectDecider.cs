using Restoration.Domain;
using Restoration.Registry.Plans;

namespace Restoration.Registry.Projects;

/// <summary>Design a project of a plan.</summary>
public sealed record DesignProject(
    string ProjectId, string PlanId, string ProgrammeId, IReadOnlyList<string> Counties, ProjectDefinition Definition, By By, DateTimeOffset At);

/// <summary>Approve it because its plan is adopted.</summary>
public sealed record ApproveWithPlan(By By, DateTimeOffset At);

public sealed record StartProject(By By, DateTimeOffset At);

/// <summary>Take over how Funding says the project's money stands.</summary>
public sealed record MoveMoney(Money Allocated, Money Issued, Money Paid, By By, DateTimeOffset At);

/// <summary>Take over that Funding settled the project's account.</summary>
public sealed record SettleAccounts(By By, DateTimeOffset At);

/// <summary>The rules of a project's life (domain §3).</summary>
public static class ProjectDecider
{
    /// <summary>A hundred times what a whole province's plan costs; more is a slip of the unit, and sums of such would leave the range of money.</summary>
    public const decimal EstimateLimit = 1_000_000_000_000m;

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

        var designed = new ProjectDesigned(
            new ProjectRef(c.ProjectId, c.PlanId, c.ProgrammeId, plan.Division, c.Counties),
            c.Definition with { CountyCheck = plan.Definition!.CountyCheck }, c.By, c.At);
        if (project.State != ProjectState.Unknown)
        {
            return CanonicalJson.Same(project.Definition!, designed.Definition, StoredJson.Default.ProjectDefinition)
                && CanonicalJson.Same(project.Ref, designed.Project, StoredJson.Default.ProjectRef)
                ? []
                : Refusal.Conflict("project.exists", $"The project {c.ProjectId} exists with other content.");
        }

        var faults = Faults(c, plan, tree).ToList();
        return faults.Count > 0 ? Refusal.Invalid("project.invalid", faults[0].Detail, faults) : [designed];
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, ApproveWithPlan c) => project.State switch
    {
        ProjectState.Unknown => Refusal.NotFound("project.unknown", $"There is no project {id}."),
        ProjectState.Designed => [new ProjectApproved(project.Ref, EnteredWithPlan: true, c.By, c.At)],
        _ => [],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, StartProject c) => project.State switch
    {
        ProjectState.Unknown => Refusal.NotFound("project.unknown", $"There is no project {id}."),
        ProjectState.InProgress => [],
        ProjectState.Approved => [new ProjectStarted(project.Ref, c.By, c.At)],
        _ => Refusal.Conflict("project.not-approved", "Work starts after approval."),
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, MoveMoney c) => project.State switch
    {
        ProjectState.Unknown => Refusal.NotFound("project.unknown", $"There is no project {id}."),
        _ when project.Money == (c.Allocated, c.Issued, c.Paid) => [],
        _ => [new MoneyMoved(project.Ref, c.Allocated, c.Issued, c.Paid, c.By, c.At)],
    };

    public static Decision<ProjectEvent> Decide(Project project, string id, SettleAccounts c) => project.State switch
    {
        ProjectState.Unknown => Refusal.NotFound("project.unknown", $"There is no project {id}."),
        _ when project.AccountsSettled => [],
        _ => [new AccountsSettled(project.Ref, c.By, c.At)],
    };

    private static IEnumerable<Fault> Faults(DesignProject c, Plan plan, DivisionTree tree)
    {
        var d = c.Definition;
        if (!Slug.Is(c.ProjectId))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if (plan.Definition!.Programmes.All(p => p.Id != c.ProgrammeId))
        {
            yield return new Fault("#/programmeId", "The plan has no such programme.");
        }

        if (d.KeyWorkId is { } keyWork && plan.Definition.KeyWorks.All(k => k.Id != keyWork))
        {
            yield return new Fault("#/keyWorkId", "The plan has no such key work.");
        }

        for (var i = 0; i < c.Counties.Count; i++)
        {
            if (!tree.Contains(plan.Division, c.Counties[i]) || tree.Find(c.Counties[i]) is not { Level: "county" or "function-zone" })
            {
                yield return new Fault($"#/counties/{i}", "There is no such county or function zone in the plan's division.");
            }
        }

        for (var i = 0; i < d.Towns.Count; i++)
        {
            if (!tree.Contains(plan.Division, d.Towns[i]))
            {
                yield return new Fault($"#/towns/{i}", "There is no such town in the plan's division.");
            }
        }

        if (d.Estimate?.Yuan >= EstimateLimit)
        {
            yield return new Fault("#/estimate", $"An estimate is below {EstimateLimit} yuan.");
        }

        foreach (var years in d.Schedule.Where(s => s.From > s.To))
        {
            yield return new Fault("#/schedule", $"{years.From} is after {years.To}.");
        }

        for (var i = 0; i < d.Measures.Count; i++)
        {
            var measure = d.Measures[i];
            if (!Slug.Is(measure.Id) || !measure.Id.StartsWith(c.ProjectId + "-", StringComparison.Ordinal))
            {
                yield return new Fault($"#/measures/{i}/id", $"The id of a measure begins with its project's, {c.ProjectId}-, so that it is the only one.");
            }

            if (d.Measures.Take(i).Any(m => m.Id == measure.Id))
            {
                yield return new Fault($"#/measures/{i}/id", "The id stands twice.");
            }

            if (measure.Division is { } division && !tree.Contains(plan.Division, division))
            {
                yield return new Fault($"#/measures/{i}/division", "There is no such division in the plan's division.");
            }

            if (measure.Quantity is { Value: <= 0 })
            {
                yield return new Fault($"#/measures/{i}/quantity/value", "A target is more than zero.");
            }
        }
    }
}

using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Plans;

/// <summary>Amend a plan, and with it projects in it, in one act.</summary>
public sealed record AmendPlan(Amendment Amendment, By By, DateTimeOffset At);

/// <summary>The facts of an amendment: the plan's, and those of each project that it touches.</summary>
public sealed record Amended(Decision<PlanEvent> Plan, IReadOnlyList<(string ProjectId, Decision<ProjectEvent> Facts)> Projects);

/// <summary>
/// The rules of amendments (domain §3): a plan is never edited. An amendment completes what the plan left open and changes what no longer
/// holds, in the plan and its projects together or not at all.
/// </summary>
public static class AmendmentDecider
{
    /// <param name="progressOf">Of a measure by its id.</param>
    public static Amended Decide(Plan plan, string id, AmendPlan c, Func<string, Project> projectOf, Func<string, MeasureProgress> progressOf, DivisionTree tree)
    {
        var a = c.Amendment;
        if (Refused(plan, id, a) is { } refusal)
        {
            return new(refusal, []);
        }

        if (plan.Amendments.Any(known => known.Id == a.Id))
        {
            return new([], []);
        }

        var after = a.Plan is { } change ? plan.Saying(change.Of(plan.Definition!)) : plan;
        List<Fault> faults = [.. Faults(plan, a), .. a.Plan is null ? [] : PlanDecider.Faults(after.Definition!, "#/plan")];
        var projects = new List<(string, Decision<ProjectEvent>)>();
        for (var i = 0; i < a.Projects.Count; i++)
        {
            var project = projectOf(a.Projects[i].ProjectId);
            var wrong = Faults(project, a.Projects[i], after, progressOf, tree).Select(f => f with { Pointer = $"#/projects/{i}{f.Pointer[1..]}" }).ToList();
            faults.AddRange(wrong);
            if (wrong.Count == 0)
            {
                projects.Add((a.Projects[i].ProjectId, Changed(project, a.Projects[i], c)));
            }
        }

        for (var i = 0; i < a.Added.Count; i++)
        {
            var (added, wrong) = Added(projectOf(a.Added[i].ProjectId), a.Added[i], after, c, tree);
            faults.AddRange(wrong.Select(f => f with { Pointer = $"#/added/{i}{f.Pointer[1..]}" }));
            projects.Add((a.Added[i].ProjectId, added));
        }

        for (var i = 0; i < a.Dropped.Count; i++)
        {
            var dropped = Dropped(projectOf(a.Dropped[i].ProjectId), a.Dropped[i], id, c);
            faults.AddRange(dropped.Refusal is { } no ? [new Fault($"#/dropped/{i}/projectId", no.Detail)] : []);
            projects.Add((a.Dropped[i].ProjectId, dropped));
        }

        return faults.Count > 0
            ? new(Refusal.Invalid("amendment.invalid", faults[0].Detail, faults), [])
            : new([new PlanAmended(id, plan.Division, a, after.Definition!, c.By, c.At)], projects);
    }

    private static Refusal? Refused(Plan plan, string id, Amendment a) => plan.State switch
    {
        PlanState.Unknown => Refusal.NotFound("plan.unknown", $"There is no plan {id}."),
        _ when plan.Amendments.FirstOrDefault(known => known.Id == a.Id) is { } known => CanonicalJson.Same(known, a, StoredJson.Default.Amendment)
            ? null : Refusal.Conflict("amendment.exists", $"The plan has another amendment {a.Id}."),
        PlanState.Superseded => Refusal.Conflict("plan.superseded", $"{plan.SupersededBy} took its place; that plan is amended."),
        _ => null,
    };

    private static IEnumerable<Fault> Faults(Plan plan, Amendment a)
    {
        if (!Slug.Is(a.Id))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if (string.IsNullOrWhiteSpace(a.Reason))
        {
            yield return new Fault("#/reason", "An amendment says why.");
        }

        if (plan.State == PlanState.Adopted && string.IsNullOrWhiteSpace(a.DocumentNumber))
        {
            yield return new Fault("#/documentNumber", "What was adopted is amended by a document.");
        }

        if (a is { Plan: null, Projects.Count: 0, Added.Count: 0, Dropped.Count: 0 })
        {
            yield return new Fault("#/projects", "The amendment changes nothing.");
        }

        foreach (var twice in a.Projects.Select(p => p.ProjectId).Concat(a.Added.Select(p => p.ProjectId)).Concat(a.Dropped.Select(p => p.ProjectId)).GroupBy(p => p).Where(g => g.Count() > 1))
        {
            yield return new Fault("#/projects", $"{twice.Key} stands twice.");
        }
    }

    private static IEnumerable<Fault> Faults(Project project, ProjectChange change, Plan plan, Func<string, MeasureProgress> progressOf, DivisionTree tree)
    {
        if (project.Ref.PlanId != plan.Id || project.Definition is not { } before)
        {
            yield return new Fault("#/projectId", "The plan has no such project.");
            yield break;
        }

        if (project.State is not (ProjectState.Designed or ProjectState.Returned or ProjectState.Approved or ProjectState.InProgress or ProjectState.Suspended))
        {
            yield return new Fault("#/projectId", $"The project is {Kebab.Of(project.State)}: it is amended neither while it is judged nor once it is completed.");
            yield break;
        }

        var measures = change.Measures ?? [];
        for (var i = 0; i < measures.Count; i++)
        {
            var (its, known) = (measures[i], before.Measures.FirstOrDefault(m => m.Id == measures[i].Id));
            if (known is null && string.IsNullOrWhiteSpace(its.Name))
            {
                yield return new Fault($"#/measures/{i}/name", "The project has no such measure; a new one has a name.");
            }

            if (known is not null && (its.Role is { } role && role != known.Role || its.FedBy is { } fed && fed != known.FedBy))
            {
                yield return new Fault($"#/measures/{i}/role", "What a measure is does not change: drop its meaning by a new one.");
            }

            if (known?.Quantity is { } was && its.Quantity is { } now && !was.SameDimension(now))
            {
                yield return new Fault($"#/measures/{i}/quantity/unit", $"The measure is counted in {was.Unit}.");
            }

            if (measures.Take(i).Any(m => m.Id == its.Id))
            {
                yield return new Fault($"#/measures/{i}/id", "The id stands twice.");
            }
        }

        var after = change.Of(before);
        // What it becomes is judged as a design of its own.
        var anew = new DesignProject(project.Ref.Id, plan.Id, project.Ref.ProgrammeId, change.Counties ?? project.Ref.Counties, after, new(""), default);
        var unfit = ProjectDecider.Decide(Project.Unknown, anew, plan, tree).Refusal?.Faults ?? [];
        foreach (var fault in unfit)
        {
            yield return Of(fault, after, measures);
        }

        if (unfit.Count > 0)
        {
            yield break; // what is no design is held against nothing
        }

        var place = project.Ref with { Counties = change.Counties ?? project.Ref.Counties };
        foreach (var fault in DesignRules.Reported(before, place, after.Measures, progressOf, tree))
        {
            yield return fault;
        }

        if (project is { Approved: not null, EnteredWithPlan: false } && Differences.Of(project, place, after).Any(d => d.Beyond))
        {
            yield return new Fault("#/projectId", "The project was approved by a submission of its own: what goes beyond a tenth of that is asked for by a change request.");
        }
    }

    /// <summary>The place of a measure in the amendment, where it stands at another one in the project.</summary>
    private static Fault Of(Fault fault, ProjectDefinition project, IReadOnlyList<MeasureChange> measures)
    {
        if (fault.Pointer.Split('/') is not ["#", "measures", var number, .. var rest] || !int.TryParse(number, out var index))
        {
            return fault;
        }

        var at = measures.TakeWhile(m => m.Id != project.Measures[index].Id).Count();
        return fault with { Pointer = at < measures.Count ? string.Join('/', ["#", "measures", $"{at}", .. rest]) : "#/measures" };
    }

    private static Decision<ProjectEvent> Changed(Project project, ProjectChange change, AmendPlan c)
    {
        var (place, definition) = (project.Ref with { Counties = change.Counties ?? project.Ref.Counties }, change.Of(project.Definition!));
        return CanonicalJson.Same(project.Definition!, definition, StoredJson.Default.ProjectDefinition) && place.Counties.SequenceEqual(project.Ref.Counties)
            ? []
            : [new ProjectChanged(place, definition, c.Amendment.Id, c.By, c.At)];
    }

    /// <summary>
    /// What comes into an adopted plan is approved with the amendment, as what was in it was with the plan; where the province approves, it is
    /// a design, to be submitted.
    /// </summary>
    private static (Decision<ProjectEvent>, IEnumerable<Fault>) Added(Project project, AddedProject added, Plan plan, AmendPlan c, DivisionTree tree)
    {
        if (added.PlanId != plan.Id)
        {
            return ([], [new Fault("#/planId", "This is another plan than the one that is amended.")]);
        }

        if (project.State != ProjectState.Unknown)
        {
            return ([], [new Fault("#/id", "There is a project with this id.")]);
        }

        var design = new DesignProject(added.ProjectId, plan.Id, added.ProgrammeId, added.Counties, added.Definition, c.By, c.At);
        var designed = ProjectDecider.Decide(project, design, plan, tree);
        if (designed.Refusal is { } refusal)
        {
            return (refusal, refusal.Faults);
        }

        return plan.State != PlanState.Adopted || Approval.ExpectsCentral(added.Definition.FundingPlan)
            ? (designed, [])
            : ([.. designed, .. ProjectDecider.Decide(Project.Aggregate.Fold(project, designed.Events), added.ProjectId, new ApproveWithPlan(c.By, c.At))], []);
    }

    /// <summary>A project that is taken out ends as any that is terminated, with what becomes of its money and land.</summary>
    private static Decision<ProjectEvent> Dropped(Project project, DroppedProject dropped, string plan, AmendPlan c) => project.Ref.PlanId != plan
        ? Refusal.Invalid("amendment.invalid", "The plan has no such project.")
        : ProjectDecider.Decide(project, dropped.ProjectId, new TerminateProject($"{c.Amendment.Id}: {c.Amendment.Reason}", dropped.Money, dropped.Land, c.By, c.At));
}

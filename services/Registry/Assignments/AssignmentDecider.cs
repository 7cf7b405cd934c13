using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Assignments;

/// <summary>Assign a year's quantities of a project's measures to counties, in place of what was assigned for the year.</summary>
public sealed record AssignYear(int Year, IReadOnlyList<AssignedQuantity> Measures, string? Reason, By By, DateTimeOffset At);

/// <param name="Target">Of the year, in all counties together.</param>
public sealed record AssignedQuantity(string MeasureId, Quantity Target, IReadOnlyList<CountyQuantity> Counties);

/// <param name="ClientDivision">Of the client that confirms: the county itself.</param>
public sealed record ConfirmYear(int Year, string Division, string ClientDivision, string? Note, By By, DateTimeOffset At);

/// <summary>The rules of yearly assignment (domain §3).</summary>
public static class AssignmentDecider
{
    public static Decision<AssignmentEvent> Decide(ProjectAssignments assignments, string projectId, AssignYear c, Project project, DivisionTree tree)
    {
        if (project.State == ProjectState.Unknown)
        {
            return Refusal.NotFound("project.unknown", $"There is no project {projectId}.");
        }

        if (project.State is not (ProjectState.Approved or ProjectState.InProgress or ProjectState.Suspended))
        {
            return Refusal.Conflict("assignment.out-of-time", $"The project is {Kebab.Of(project.State)}; work is assigned from its approval until it is completed.");
        }

        var broken = Broken(assignments, c, project, tree).ToList();
        if (broken.Count > 0)
        {
            return Refusal.Invalid(broken[0].Code, broken[0].Fault.Detail, [.. broken.Select(b => b.Fault)]);
        }

        var made = new YearlyAssignmentMade(
            project.Ref, c.Year,
            [.. c.Measures.Select(m => (Said: m, Measure: project.Measure(m.MeasureId)!)).Select(m => new AssignedMeasure(
                m.Said.MeasureId, project.IndicatorFedBy(m.Measure), m.Measure.FedBy, m.Said.Target, m.Said.Counties))],
            c.Reason, c.By, c.At);
        var year = assignments.Of(c.Year);
        if (year.Made is { } before && CanonicalJson.Same(before with { By = made.By, At = made.At }, made, StoredJson.Default.YearlyAssignmentMade))
        {
            return [];
        }

        // Who confirmed and has nothing any more has nothing to confirm: it is taken back with this.
        var left = made.Measures.SelectMany(m => m.Counties).Select(q => q.Division).ToHashSet();
        return [made, .. year.Confirmations.Keys.Where(d => !left.Contains(d)).Select(d => new YearlyAssignmentConfirmed(project.Ref, c.Year, d, [], null, c.By, c.At))];
    }

    public static Decision<AssignmentEvent> Decide(ProjectAssignments assignments, ConfirmYear c) => assignments.Of(c.Year) switch
    {
        { Made: null } => Refusal.NotFound("assignment.unknown", $"Nothing is assigned for {c.Year}."),
        _ when c.ClientDivision != c.Division => Refusal.Forbidden("confirmation.foreign", "A county confirms for itself what it is assigned."),
        var year when year.Of(c.Division).Count == 0 => Refusal.Conflict("assignment.none", $"{c.Division} is assigned nothing for {c.Year}."),
        var year when year.IsConfirmed(c.Division) => [],
        { Made: var made } when made.By.MayBeSameAs(c.By) => Refusal.Forbidden("duties.not-separate", "Who assigned does not confirm."),
        var year => [new YearlyAssignmentConfirmed(year.Made!.Project, c.Year, c.Division, year.Of(c.Division), c.Note, c.By, c.At)],
    };

    /// <summary>What is recorded all the same, and worth a second look.</summary>
    public static IEnumerable<Fault> Warnings(IReadOnlyList<AssignedMeasure> measures) =>
        from m in measures.Select((measure, i) => (measure, i))
        let sum = m.measure.Counties.Sum(c => c.Quantity.Canonical)
        where sum != m.measure.Target.Canonical
        select new Fault($"#/measures/{m.i}/counties", sum < m.measure.Target.Canonical
            ? $"The counties together have {Shown(sum, m.measure)} of {m.measure.Target}: the year's target is not met."
            : $"The counties together have {Shown(sum, m.measure)}, more than the year's target of {m.measure.Target}.");

    private static Quantity Shown(decimal sum, AssignedMeasure measure) => Quantity.FromCanonical(sum, measure.Target.Unit);

    private static IEnumerable<(string Code, Fault Fault)> Broken(ProjectAssignments assignments, AssignYear c, Project project, DivisionTree tree)
    {
        if (!project.Definition!.Schedule.Any(y => y.From <= c.Year && c.Year <= y.To))
        {
            yield return ("year.outside-schedule", new Fault("", $"{c.Year} lies outside the project's schedule."));
        }

        if (c.Measures.Count == 0)
        {
            yield return ("assignment.empty", new Fault("#/measures", "A year without measures assigns nothing."));
        }

        for (var i = 0; i < c.Measures.Count; i++)
        {
            var said = c.Measures[i];
            if (c.Measures.Take(i).Any(m => m.MeasureId == said.MeasureId))
            {
                yield return ("measure.repeated", new Fault($"#/measures/{i}/measureId", "The measure stands twice."));
                continue;
            }

            if (project.Measure(said.MeasureId) is not { } measure)
            {
                yield return ("measure.unknown", new Fault($"#/measures/{i}/measureId", "The project has no such measure."));
                continue;
            }

            foreach (var fault in measure is { Role: MeasureRole.Part, Quantity: { } target } ? Broken(assignments, c, i, measure, target, project, tree)
                : [("measure.not-assigned", new Fault($"#/measures/{i}/measureId", "Parts with a target quantity are assigned; totals, attributes and outcomes follow from them."))])
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<(string Code, Fault Fault)> Broken(
        ProjectAssignments assignments, AssignYear c, int i, Measure measure, Quantity target, Project project, DivisionTree tree)
    {
        var (said, sound) = (c.Measures[i], true);
        if (!said.Target.SameDimension(target) || said.Target.Value < 0)
        {
            sound = false;
            yield return Unfit($"#/measures/{i}/target", target);
        }

        for (var j = 0; j < said.Counties.Count; j++)
        {
            var (county, at) = (said.Counties[j], $"#/measures/{i}/counties/{j}");
            if (said.Counties.Take(j).Any(q => q.Division == county.Division))
            {
                yield return ("division.repeated", new Fault($"{at}/division", "The county stands twice."));
            }

            if (!ProgressDecider.Covers(project.Ref, measure, tree, county.Division))
            {
                yield return ("division.outside-project", new Fault($"{at}/division", "The measure is not carried out in this division."));
            }
            else if (c.Year is >= 1 and <= 9999 && !tree.IsValid(county.Division, new DateOnly(c.Year, 12, 31)))
            {
                yield return ("division.not-valid", new Fault(
                    $"{at}/division", tree.Find(county.Division)?.ReplacedBy is { } by ? $"It was replaced by {by}." : "It does not exist in that year."));
            }

            if (!county.Quantity.SameDimension(target) || county.Quantity.Value < 0)
            {
                sound = false;
                yield return Unfit($"{at}/quantity", target);
            }
        }

        var remainder = target.Canonical - assignments.Elsewhere(measure.Id, c.Year);
        if (sound && c.Reason is null && said.Counties.Sum(q => q.Quantity.Canonical) is var sum && sum > remainder)
        {
            yield return ("assignment.over-remainder", new Fault(
                $"#/measures/{i}/counties", $"{Quantity.FromCanonical(sum, target.Unit)} is more than the {Quantity.FromCanonical(remainder, target.Unit)} that remain of the measure; say why in reason."));
        }
    }

    private static (string, Fault) Unfit(string at, Quantity target) => ("quantity.unfit", new Fault(at, $"Not less than nothing, in a unit convertible to {target.Unit}."));
}

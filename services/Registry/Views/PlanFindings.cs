using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Views;

/// <summary>One untidiness of a plan: kept as it was adopted, shown so that the city can complete it by an amendment.</summary>
/// <param name="Code">Stable, <c>noun.adjective</c>.</param>
public sealed record Finding(string Code, string? ProjectId, string? MeasureId, string Detail, string? ZoneId = null);

/// <summary>The findings of a plan, computed from what it and its projects say now: what an amendment completed is none any more.</summary>
public sealed record PlanFindings(string PlanId, IReadOnlyList<Finding> Items, string? Next)
{
    /// <param name="hasParent">Whether the plan that it names as the one above it is in the register.</param>
    internal static IEnumerable<Finding> Of(PlanPage plan, IReadOnlyList<ProjectPage> projects, IReadOnlyList<ZonePage> zones, DivisionTree tree, bool hasParent)
    {
        foreach (var note in plan.Definition.Notes)
        {
            yield return new("plan.note", null, null, note);
        }

        if (plan.Definition.ParentPlanId is { } above && !hasParent)
        {
            yield return new("plan.parent-unknown", null, null, $"The plan above it, {above}, is not in the register.");
        }

        foreach (var finding in ZoneFindings.Of(plan, zones, tree))
        {
            yield return finding;
        }

        foreach (var programme in plan.Definition.Programmes)
        {
            if (Differs(programme.PrintedEstimate, projects.Where(p => p.ProgrammeId == programme.Id)) is { } sum)
            {
                yield return new("programme.sum-differs", null, null, $"{programme.Name}: printed {programme.PrintedEstimate}, its projects add up to {sum}.");
            }
        }

        foreach (var work in plan.Definition.KeyWorks)
        {
            if (Differs(work.PrintedEstimate, projects.Where(p => p.KeyWorkId == work.Id)) is { } sum)
            {
                yield return new("key-work.sum-differs", null, null, $"{work.Name}: printed {work.PrintedEstimate}, its projects add up to {sum}.");
            }
        }

        if (Differs(plan.Definition.PrintedTotal, projects) is { } total)
        {
            yield return new("plan.sum-differs", null, null, $"Printed total {plan.Definition.PrintedTotal}, the projects add up to {total}.");
        }

        foreach (var finding in projects.SelectMany(Of))
        {
            yield return finding;
        }
    }

    private static Money? Differs(Money? printed, IEnumerable<ProjectPage> projects)
    {
        var sum = projects.Aggregate(Money.Zero, (a, p) => a + (p.Estimate ?? Money.Zero));
        return printed is { } p && p != sum ? sum : null;
    }

    private static IEnumerable<Finding> Of(ProjectPage project)
    {
        if (project.Estimate is null)
        {
            yield return new("project.without-estimate", project.Id, null, "The plan prints no estimate.");
        }

        if (project.LeadUnit is null)
        {
            yield return new("project.without-lead-unit", project.Id, null, "The plan names no lead unit; the project falls to the city bureau.");
        }

        if (project.Counties.Count == 0)
        {
            yield return new("project.without-counties", project.Id, null, project.Definition.StatedCounties is { } meant
                ? $"The plan means {meant} counties and names none; the whole plan area is taken."
                : "No counties are named; the whole plan area is taken.");
        }
        else if (project.Definition.StatedCounties is { } stated && stated != project.Counties.Count)
        {
            yield return new("project.counties-differ", project.Id, null, $"The plan says {stated} counties and names {project.Counties.Count} different ones.");
        }

        foreach (var note in project.Definition.Notes)
        {
            yield return new("project.note", project.Id, null, note);
        }

        foreach (var measure in project.Definition.Measures)
        {
            foreach (var finding in Of(project, measure))
            {
                yield return finding;
            }
        }
    }

    private static IEnumerable<Finding> Of(ProjectPage project, Measure measure)
    {
        if (measure.Quantity is not { } quantity)
        {
            yield return new("measure.without-quantity", project.Id, measure.Id, $"{measure.Name}: no quantity is printed; it is followed by milestones.");
            yield break;
        }

        if (measure.Name.Contains("面积", StringComparison.Ordinal) && quantity.Unit.Dimension != Dimension.Area)
        {
            yield return new("measure.unit-doubtful", project.Id, measure.Id, $"{measure.Name}: called an area, printed in {quantity.Unit}.");
        }

        if (measure.Role is MeasureRole.Attribute or MeasureRole.Outcome)
        {
            yield return new("measure.not-reported", project.Id, measure.Id, $"{measure.Name}: a width or a rate, no progress is reported against it.");
        }

        if (measure.Role == MeasureRole.Total)
        {
            var parts = project.Definition.Measures.Where(m => m.Role == MeasureRole.Part && m.Quantity is { } q && q.SameDimension(quantity)).ToList();
            var sum = parts.Sum(m => m.Quantity!.Value.Canonical);
            yield return sum == quantity.Canonical
                ? new("measure.total", project.Id, measure.Id, $"{measure.Name}: the total of {parts.Count} siblings, never added to them.")
                : new("measure.total-differs", project.Id, measure.Id, $"{measure.Name}: printed {quantity}, its siblings add up to {Quantity.FromCanonical(sum, quantity.Unit)}.");
        }

        if (measure.Note is { } note)
        {
            yield return new("measure.note", project.Id, measure.Id, note);
        }
    }
}

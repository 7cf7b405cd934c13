using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <summary>What a design must be to be recorded, and what it must have beyond that to be submitted.</summary>
public static class DesignRules
{
    /// <summary>A hundred times what a whole province's plan costs; more is a slip of the unit, and sums of such would leave the range of money.</summary>
    public const decimal EstimateLimit = 1_000_000_000_000m;

    public const int LongestAftercare = 30;

    /// <summary>What lies beyond is a slip of the keys; it would be counted through year by year.</summary>
    private const int FirstYear = 1950, LastYear = 2200;

    public static IEnumerable<Fault> Faults(ProjectRef r, ProjectDefinition d, Plan plan, DivisionTree tree)
    {
        if (!Slug.Is(r.Id))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if (plan.Definition!.Programmes.All(p => p.Id != r.ProgrammeId))
        {
            yield return new Fault("#/programmeId", "The plan has no such programme.");
        }

        if (d.KeyWorkId is { } keyWork && plan.Definition.KeyWorks.All(k => k.Id != keyWork))
        {
            yield return new Fault("#/keyWorkId", "The plan has no such key work.");
        }

        for (var i = 0; i < r.Counties.Count; i++)
        {
            if (!tree.Contains(plan.Division, r.Counties[i]) || tree.Find(r.Counties[i]) is not { Level: "county" or "function-zone" })
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

        if (d.Estimate?.Yuan is >= EstimateLimit or < 0)
        {
            yield return new Fault("#/estimate", $"An estimate is not less than nothing, and below {EstimateLimit} yuan.");
        }

        for (var i = 0; i < d.FundingPlan.Count; i++)
        {
            if (d.FundingPlan[i].Amount.Yuan < 0)
            {
                yield return new Fault($"#/fundingPlan/{i}/amount", "A share is not less than nothing.");
            }
        }

        foreach (var years in d.Schedule.Where(s => s.From > s.To || s.From < FirstYear || s.To > LastYear))
        {
            yield return new Fault("#/schedule", years.From > years.To ? $"{years.From} is after {years.To}." : $"Work lies in the years {FirstYear} to {LastYear}.");
        }

        if (d.AftercareYears is < 0 or > LongestAftercare)
        {
            yield return new Fault("#/aftercareYears", $"Aftercare lasts at most {LongestAftercare} years.");
        }

        foreach (var fault in d.Measures.SelectMany((_, i) => Faults(r.Id, d.Measures, i, plan, tree)).Concat(ParticularsDecider.Faults(d, r.Counties)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<Fault> Faults(string project, IReadOnlyList<Measure> measures, int i, Plan plan, DivisionTree tree)
    {
        var measure = measures[i];
        if (!Slug.Is(measure.Id) || !measure.Id.StartsWith(project + "-", StringComparison.Ordinal))
        {
            yield return new Fault($"#/measures/{i}/id", $"The id of a measure begins with its project's, {project}-, so that it is the only one.");
        }

        if (measures.Take(i).Any(m => m.Id == measure.Id))
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

    /// <summary>What is missing of a design that asks for approval, by pointers into the design. A lead unit is not: the city bureau leads then.</summary>
    public static IEnumerable<Fault> Missing(ProjectRef r, ProjectDefinition d)
    {
        if (d.Measures.All(m => m.Role != MeasureRole.Part))
        {
            yield return new Fault("#/measures", "A measure is missing: what is done, and how much of it.");
        }

        for (var i = 0; i < d.Measures.Count; i++)
        {
            if (d.Measures[i] is { Role: MeasureRole.Part, Quantity: null } measure && d.Milestones?.Any(m => m.MeasureId == measure.Id) != true)
            {
                yield return new Fault($"#/measures/{i}/quantity", $"{measure.Name}: a quantity is missing, or milestones to follow it by.");
            }
        }

        if (d.Schedule.Count == 0)
        {
            yield return new Fault("#/schedule", "The years of the work are missing.");
        }

        if (r.Counties.Count == 0)
        {
            yield return new Fault("#/counties", "The place is missing: the counties or function zones it lies in.");
        }

        if (d.Estimate is not { } estimate)
        {
            yield return new Fault("#/estimate", "The estimate is missing.");
        }
        else if (d.FundingPlan.Sum(s => s.Amount.Yuan) is var covered && covered < estimate.Yuan)
        {
            yield return new Fault("#/fundingPlan", $"The funding plan covers {covered} of {estimate.Yuan} yuan.");
        }
    }

    /// <summary>Measures that were reported stay, in what they are counted in: their figures would belong to nothing.</summary>
    /// <param name="progressOf">Of a measure by its id.</param>
    public static IEnumerable<Fault> Reported(ProjectDefinition before, ProjectRef place, IReadOnlyList<Measure> after, Func<string, MeasureProgress> progressOf, DivisionTree tree)
    {
        foreach (var old in before.Measures)
        {
            var now = after.FirstOrDefault(m => m.Id == old.Id);
            var counted = now is { Role: MeasureRole.Part } && now.FedBy == old.FedBy && (old.Quantity is not { } q || now.Quantity?.SameDimension(q) == true);
            if (!counted && progressOf(old.Id).Divisions.Count > 0)
            {
                yield return new Fault("#/measures", $"{old.Id} was reported already: it stays, and in the unit it is counted in.");
            }

            foreach (var (division, _) in progressOf(old.Id).Divisions.Where(d => d.Value.Any(f => !f.IsWithdrawn)).OrderBy(d => d.Key, StringComparer.Ordinal))
            {
                if (counted && !ProgressDecider.Covers(place, now!, tree, division))
                {
                    yield return new Fault(now!.Division is null ? "#/counties" : "#/measures", $"{division} has reported {old.Id} already: its figures would belong to nothing.");
                }
            }
        }
    }
}

using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Plans;

/// <summary>Enter a plan into the register.</summary>
public sealed record RegisterPlan(string PlanId, string Division, PlanDefinition Definition, By By, DateTimeOffset At);

/// <summary>Adopt a plan, and approve the projects in it, in one act.</summary>
/// <param name="Supersedes">The adopted plan whose place it takes.</param>
public sealed record AdoptPlan(string? DocumentNumber, By By, DateTimeOffset At, string? Supersedes = null);

/// <summary>Take over that an assessment was published.</summary>
public sealed record FreezePeriod(string AssessmentId, string Assessed, Period Period, By By, DateTimeOffset At);

/// <summary>The rules of plans (domain §3).</summary>
public static class PlanDecider
{
    /// <param name="parent">The plan that it names as the one above it.</param>
    public static Decision<PlanEvent> Decide(Plan plan, RegisterPlan c, DivisionTree tree, Plan? parent = null)
    {
        if (plan.State != PlanState.Unknown)
        {
            return plan.Division == c.Division && CanonicalJson.Same(plan.Entered!, c.Definition, StoredJson.Default.PlanDefinition)
                ? []
                : Refusal.Conflict("plan.exists", $"The plan {c.PlanId} is registered with other content; it is changed by amendment.");
        }

        List<Fault> faults = [];
        if (!Slug.Is(c.PlanId))
        {
            faults.Add(new Fault("#/id", Slug.Form));
        }

        if (tree.Find(c.Division) is not { Level: "province" or "city" or "county" })
        {
            faults.Add(new Fault("#/division", $"There is no province, city or county {c.Division}."));
        }

        // A plan may be entered before the one above it: that is a finding until it is there.
        if (parent is { State: not PlanState.Unknown } && (parent.Division == c.Division || !tree.Contains(parent.Division, c.Division)))
        {
            faults.Add(new Fault("#/parentPlanId", $"{parent.Id} is of {parent.Division}, which does not lie above."));
        }

        faults.AddRange(Faults(c.Definition, "#"));
        return faults.Count > 0
            ? Refusal.Invalid("plan.invalid", faults[0].Detail, faults)
            : [new PlanRegistered(c.PlanId, c.Division, c.Definition, c.By, c.At)];
    }

    /// <summary>What is wrong in what a plan says of itself.</summary>
    /// <param name="at">Where in the request it says it.</param>
    internal static IEnumerable<Fault> Faults(PlanDefinition d, string at)
    {
        if (d.From > d.To)
        {
            yield return new Fault($"{at}/to", "The last year is before the first.");
        }

        if (d.TargetYears.Any(y => y < d.From))
        {
            yield return new Fault($"{at}/targetYears", "A target year lies before the plan.");
        }

        var parts = d.Programmes.Concat(d.KeyWorks).ToList();
        if (!parts.All(p => Slug.Is(p.Id)))
        {
            yield return new Fault($"{at}/programmes", $"An id has another form: {Slug.Form}");
        }

        if (parts.GroupBy(p => p.Id).Any(g => g.Count() > 1))
        {
            yield return new Fault($"{at}/programmes", "An id stands twice.");
        }
    }

    /// <summary>The plan's own part; each of its projects is approved by <see cref="ProjectDecider"/> in the same commit.</summary>
    /// <param name="before">The plan that it supersedes.</param>
    public static Decision<PlanEvent> Decide(Plan plan, string id, AdoptPlan c, IReadOnlyList<string> projects, Plan? before = null) => plan.State switch
    {
        PlanState.Unknown => Refusal.NotFound("plan.unknown", $"There is no plan {id}."),
        PlanState.Adopted when c.Supersedes is null || c.Supersedes == plan.Supersedes => [],
        PlanState.Adopted => Refusal.Conflict("plan.adopted", "The plan is adopted; what it supersedes was said then."),
        PlanState.Superseded => Superseded(plan),
        _ when c.Supersedes is not null && Unfit(plan, before!, c.Supersedes) is { } refusal => refusal,
        _ => [new PlanAdopted(id, plan.Division, c.DocumentNumber, projects, c.By, c.At, c.Supersedes)],
    };

    /// <summary>The part of the plan that was superseded.</summary>
    public static Decision<PlanEvent> Superseding(Plan before, PlanAdopted adoption) =>
        [new PlanSuperseded(before.Id, before.Division, adoption.PlanId, adoption.By, adoption.At)];

    public static Decision<PlanEvent> Decide(Plan plan, string id, FreezePeriod c) => plan.State switch
    {
        PlanState.Unknown => Refusal.NotFound("plan.unknown", $"There is no plan {id}."),
        _ when plan.Frozen.Exists(f => (f.AssessmentId, f.Assessed, f.Period) == (c.AssessmentId, c.Assessed, c.Period)) => [],
        _ => [new PeriodFrozen(id, plan.Division, c.AssessmentId, c.Assessed, c.Period, c.By, c.At)],
    };

    private static Refusal? Unfit(Plan plan, Plan before, string id) => before.State switch
    {
        PlanState.Unknown => Refusal.Invalid("plan.unknown", $"There is no plan {id}.", new Fault("#/supersedes", "There is no such plan.")),
        _ when before.Id == plan.Id || before.Division != plan.Division =>
            Refusal.Invalid("plan.invalid", "A plan supersedes another one of its division.", new Fault("#/supersedes", "This is not another plan of the same division.")),
        PlanState.BeingCompiled => Refusal.Conflict("plan.not-adopted", $"{id} was never adopted: nothing is superseded."),
        PlanState.Superseded => Superseded(before),
        _ => null,
    };

    private static Refusal Superseded(Plan plan) => Refusal.Conflict("plan.superseded", $"{plan.SupersededBy} took the place of {plan.Id}.");
}

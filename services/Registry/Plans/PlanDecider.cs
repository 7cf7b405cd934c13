using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Plans;

/// <summary>Enter a plan into the register.</summary>
public sealed record RegisterPlan(string PlanId, string Division, PlanDefinition Definition, By By, DateTimeOffset At);

/// <summary>Adopt a plan, and approve the projects in it, in one act.</summary>
public sealed record AdoptPlan(string? DocumentNumber, By By, DateTimeOffset At);

/// <summary>The rules of plans (domain §3).</summary>
public static class PlanDecider
{
    public static Decision<PlanEvent> Decide(Plan plan, RegisterPlan c, DivisionTree tree)
    {
        if (plan.State != PlanState.Unknown)
        {
            return plan.Division == c.Division && CanonicalJson.Same(plan.Definition!, c.Definition, StoredJson.Default.PlanDefinition)
                ? []
                : Refusal.Conflict("plan.exists", $"The plan {c.PlanId} is registered with other content; it is changed by amendment.");
        }

        var faults = new List<Fault>();
        var d = c.Definition;
        Check(Slug.Is(c.PlanId), "#/id", Slug.Form);
        Check(tree.Find(c.Division) is { Level: "province" or "city" or "county" }, "#/division", $"There is no province, city or county {c.Division}.");
        Check(d.From <= d.To, "#/to", "The last year is before the first.");
        Check(d.TargetYears.All(y => y >= d.From), "#/targetYears", "A target year lies before the plan.");
        Check(d.Programmes.Concat(d.KeyWorks).All(p => Slug.Is(p.Id)), "#/programmes", $"An id has another form: {Slug.Form}");
        Check(d.Programmes.Concat(d.KeyWorks).GroupBy(p => p.Id).All(g => g.Count() == 1), "#/programmes", "An id stands twice.");
        return faults.Count > 0
            ? Refusal.Invalid("plan.invalid", faults[0].Detail, faults)
            : [new PlanRegistered(c.PlanId, c.Division, d, c.By, c.At)];

        void Check(bool right, string pointer, string detail)
        {
            if (!right)
            {
                faults.Add(new Fault(pointer, detail));
            }
        }
    }

    /// <summary>The plan's own part; each of its projects is approved by <see cref="ProjectDecider"/> in the same commit.</summary>
    public static Decision<PlanEvent> Decide(Plan plan, string id, AdoptPlan c, IReadOnlyList<string> projects) => plan.State switch
    {
        PlanState.Unknown => Refusal.NotFound("plan.unknown", $"There is no plan {id}."),
        PlanState.Adopted => [],
        _ => [new PlanAdopted(id, plan.Division, c.DocumentNumber, projects, c.By, c.At)],
    };
}

using Restoration.Domain;
using Restoration.Registry.Plans;

namespace Restoration.Registry.Zones;

/// <summary>Enter a zone of a plan.</summary>
public sealed record RegisterZone(string ZoneId, string PlanId, ZoneDefinition Definition, By By, DateTimeOffset At);

/// <summary>
/// The rules of zones (domain §2). That zones cover a plan's land and do not overlap is what plans claim of themselves: where it does not
/// hold it is a finding of the plan, since nobody but its author can mend it.
/// </summary>
public static class ZoneDecider
{
    public static Decision<ZoneEvent> Decide(Zone zone, RegisterZone c, Plan plan, DivisionTree tree)
    {
        if (plan.State == PlanState.Unknown)
        {
            return Refusal.Invalid("plan.unknown", $"There is no plan {c.PlanId}.", new Fault("#/planId", "There is no such plan."));
        }

        if (zone.Registered is { } known)
        {
            return known.PlanId == c.PlanId && CanonicalJson.Same(known.Definition, c.Definition, StoredJson.Default.ZoneDefinition)
                ? []
                : Refusal.Conflict("zone.exists", $"The zone {c.ZoneId} is registered with other content.");
        }

        var faults = Faults(c, plan, tree).ToList();
        return faults.Count > 0
            ? Refusal.Invalid("zone.invalid", faults[0].Detail, faults)
            : [new ZoneRegistered(c.ZoneId, c.PlanId, plan.Division, c.Definition, c.By, c.At)];
    }

    private static IEnumerable<Fault> Faults(RegisterZone c, Plan plan, DivisionTree tree)
    {
        var d = c.Definition;
        if (!Slug.Is(c.ZoneId))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if ((d.Kind == ZoneKind.KeyArea) != d.KeyAreaKind.HasValue)
        {
            yield return new Fault("#/keyAreaKind", "A key area is of one of the seven kinds; a restoration zone is of none.");
        }

        for (var i = 0; i < d.Parts.Count; i++)
        {
            var part = d.Parts[i];
            if (!tree.Contains(plan.Division, part.Division))
            {
                yield return new Fault($"#/parts/{i}/division", "There is no such division in the plan's division.");
            }

            if (d.Parts.Take(i).Any(p => p.Division == part.Division))
            {
                yield return new Fault($"#/parts/{i}/division", "The division stands twice.");
            }

            if (part.Share is { } share && (part.Whole || share is <= 0 or >= 1))
            {
                yield return new Fault($"#/parts/{i}/share", "A share is between 0 and 1, of a division that lies in the zone in part.");
            }
        }
    }
}

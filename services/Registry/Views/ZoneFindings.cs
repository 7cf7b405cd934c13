using Restoration.Domain;
using Restoration.Registry.Zones;

namespace Restoration.Registry.Views;

/// <summary>What is untidy in the zones of a plan.</summary>
internal static class ZoneFindings
{
    public static IEnumerable<Finding> Of(PlanPage plan, IReadOnlyList<ZonePage> zones, DivisionTree tree) =>
        [.. zones.SelectMany(Of), .. plan.Definition.ZonesCover is true ? Claimed(plan, zones, tree) : [], .. Named(plan, zones)];

    private static IEnumerable<Finding> Of(ZonePage zone)
    {
        var d = zone.Definition;
        if (d.Parts.Count == 0)
        {
            yield return new("zone.without-divisions", null, null, $"{d.Name}: the plan names no place.", zone.Id);
        }
        else if (d.StatedCounties is { } stated && stated != d.Parts.Count)
        {
            yield return new("zone.counties-differ", null, null, $"{d.Name}: the plan says {stated} counties and names {d.Parts.Count}.", zone.Id);
        }

        foreach (var note in d.Notes.Concat(d.Parts.Select(p => p.Note).OfType<string>()))
        {
            yield return new("zone.note", null, null, note, zone.Id);
        }
    }

    /// <summary>The plan says that its zones cover all its land and do not overlap. Function zones lie on county land.</summary>
    private static IEnumerable<Finding> Claimed(PlanPage plan, IReadOnlyList<ZonePage> zones, DivisionTree tree)
    {
        var parts = zones.Where(z => z.Kind == Kebab.Of(ZoneKind.RestorationZone)).SelectMany(z => z.Definition.Parts.Select(p => (Zone: z, Part: p))).ToList();
        foreach (var county in tree.Under(plan.Division).Where(d => d.Level == "county" && tree.Standing(d.Id) == d.Id))
        {
            var its = parts.Where(p => tree.Contains(tree.Standing(p.Part.Division), county.Id)).ToList();
            if (its.Count == 0)
            {
                yield return new("zones.uncovered", null, null, $"{county.Name} lies in no zone, and the plan says that its zones cover all of it.");
            }
            else if (its.Count > 1 && its.Any(p => p.Part.Whole))
            {
                yield return new(
                    "zones.overlap", null, null, $"{county.Name} lies in {string.Join(", ", its.Select(p => p.Zone.Name))}, in one of them whole, and the plan says that zones do not overlap.");
            }
        }
    }

    private static IEnumerable<Finding> Named(PlanPage plan, IReadOnlyList<ZonePage> zones) =>
        from part in plan.Definition.Programmes.Concat(plan.Definition.KeyWorks)
        from zone in part.ZoneIds ?? []
        where zones.All(z => z.Id != zone)
        select new Finding("programme.zone-unknown", null, null, $"{part.Name} names the zone {zone}, which is not in the register.");
}

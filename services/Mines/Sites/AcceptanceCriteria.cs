using Restoration.Domain;

namespace Restoration.Mines.Sites;

/// <summary>What was measured on a part of a site, before it is judged.</summary>
/// <param name="Use">What the part was restored to.</param>
public sealed record PartMeasured(LandUse Use, Quantity Area, IReadOnlyList<Measurement> Measured);

/// <param name="Value">In the criterion's own unit: percent, cm, the factor of safety, 1 for yes and 0 for no, the class I to V as 1 to 5 (6 for worse).</param>
public sealed record Measurement(Criterion Criterion, decimal Value);

/// <summary>
/// What restored land must show for each use. These are the service's own defaults, to be set by planners later; they are not figures of
/// the planning documents, which name the uses and print no thresholds.
/// </summary>
public static class AcceptanceCriteria
{
    private const decimal Tolerance = 1.10m;

    /// <summary>How a criterion is measured: its unit, the values that can be at all, and which end is the better one.</summary>
    private sealed record Scale(string Unit, decimal Lowest, decimal Highest, bool LowerIsBetter = false);

    private static readonly Dictionary<Criterion, Scale> s_scales = new()
    {
        [Criterion.VegetationCover] = new("percent", 0, 100),
        [Criterion.SurvivalRate] = new("percent", 0, 100),
        [Criterion.SoilDepth] = new("cm", 0, 1_000),
        [Criterion.SlopeStability] = new("factor", 0, 100),
        [Criterion.Drainage] = new("yes", 0, 1),
        [Criterion.WaterQuality] = new("class", 1, 6, LowerIsBetter: true),
    };

    private static readonly Dictionary<LandUse, (Criterion Criterion, decimal Required)[]> s_required = new()
    {
        [LandUse.Farmland] = [(Criterion.SoilDepth, 50), (Criterion.SlopeStability, 1.15m), (Criterion.Drainage, 1)],
        [LandUse.Agriculture] = [(Criterion.SoilDepth, 40), (Criterion.SlopeStability, 1.15m), (Criterion.Drainage, 1)],
        [LandUse.Forest] = [(Criterion.VegetationCover, 50), (Criterion.SurvivalRate, 85), (Criterion.SoilDepth, 30), (Criterion.SlopeStability, 1.15m)],
        [LandUse.Grass] = [(Criterion.VegetationCover, 70), (Criterion.SoilDepth, 20), (Criterion.SlopeStability, 1.15m)],
        [LandUse.Ecology] = [(Criterion.VegetationCover, 50), (Criterion.SurvivalRate, 80), (Criterion.SlopeStability, 1.15m)],
        [LandUse.Wetland] = [(Criterion.VegetationCover, 40), (Criterion.WaterQuality, 4)],
        [LandUse.Water] = [(Criterion.SlopeStability, 1.15m), (Criterion.WaterQuality, 5)],
        [LandUse.Fishery] = [(Criterion.SlopeStability, 1.15m), (Criterion.WaterQuality, 3)],
        [LandUse.Tourism] = [(Criterion.VegetationCover, 50), (Criterion.SlopeStability, 1.25m), (Criterion.Drainage, 1)],
        [LandUse.Industry] = [(Criterion.SlopeStability, 1.25m), (Criterion.Drainage, 1)],
    };

    /// <summary>The table in words, for the API's document.</summary>
    public static string InWords { get; } = string.Join("; ", s_required.Select(r => $"{Kebab.Of(r.Key)}: {string.Join(", ", r.Value.Select(InWordsOf))}"));

    /// <summary>The parts with what was required of each; to be asked when nothing is <see cref="Broken"/>.</summary>
    public static IReadOnlyList<AcceptedPart> Judged(IReadOnlyList<PartMeasured> parts) =>
    [
        .. parts.Select(p => new AcceptedPart(p.Use, p.Area, [.. p.Measured.Select(m => new CriterionMeasured(
            m.Criterion, m.Value, s_required[p.Use].Single(r => r.Criterion == m.Criterion).Required, s_scales[m.Criterion].Unit))])),
    ];

    /// <summary>All that stands against an acceptance; an unmet criterion is one of it.</summary>
    /// <param name="sum">The area of the parts; null where they have no sum.</param>
    public static IEnumerable<(string Code, Fault Fault)> Broken(IReadOnlyList<PartMeasured> parts, Quantity surveyed, Quantity? sum)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (!parts[i].Area.SameDimension(surveyed))
            {
                yield return ("quantity.unit-mismatch", new Fault($"#/parts/{i}/area/unit", "A unit of area is expected."));
            }
            else if (parts[i].Area.Value <= 0)
            {
                yield return ("area.out-of-range", new Fault($"#/parts/{i}/area/value", "The area of a part is more than zero."));
            }
        }

        if (parts.Count == 0)
        {
            yield return ("area.out-of-range", new Fault("#/parts", "At least one part is accepted."));
        }
        else if (parts.All(p => p.Area.SameDimension(surveyed)) && (sum is null || sum.Value.Canonical > surveyed.Canonical * Tolerance))
        {
            yield return ("area.over-surveyed", new Fault("#/parts", $"The parts add up to more than 110 % of the surveyed {surveyed}."));
        }

        foreach (var broken in parts.SelectMany(Unmeasured).Concat(parts.SelectMany(Misjudged)))
        {
            yield return broken;
        }
    }

    /// <summary>The sum of the parts; null where there is no exact one.</summary>
    public static Quantity? Sum(IReadOnlyList<PartMeasured> parts) => parts.Skip(1).Aggregate(
        parts.Count > 0 ? parts[0].Area : (Quantity?)null, (sum, part) => sum is { } so && so.CanAdd(part.Area) ? so.Add(part.Area) : null);

    private static IEnumerable<(string, Fault)> Unmeasured(PartMeasured part, int i) => s_required[part.Use]
        .Where(r => part.Measured.All(m => m.Criterion != r.Criterion))
        .Select(r => ("criterion.missing", new Fault($"#/parts/{i}/measured", $"For {Kebab.Of(part.Use)}, {InWordsOf(r)} must be measured.")));

    private static IEnumerable<(string, Fault)> Misjudged(PartMeasured part, int i)
    {
        for (var n = 0; n < part.Measured.Count; n++)
        {
            var (criterion, value) = (part.Measured[n].Criterion, part.Measured[n].Value);
            var (scale, at) = (s_scales[criterion], $"#/parts/{i}/measured/{n}");
            if (part.Measured.Take(n).Any(m => m.Criterion == criterion))
            {
                yield return ("criterion.repeated", new Fault($"{at}/criterion", "It is measured once for a part."));
            }
            else if (s_required[part.Use].FirstOrDefault(r => r.Criterion == criterion) is not { Required: > 0 } required)
            {
                yield return ("criterion.foreign", new Fault($"{at}/criterion", $"It is not asked for {Kebab.Of(part.Use)}."));
            }
            else if (value < scale.Lowest || value > scale.Highest)
            {
                yield return ("value.out-of-range", new Fault($"{at}/value", FormattableString.Invariant($"{scale.Lowest} to {scale.Highest} can be.")));
            }
            else if (scale.LowerIsBetter ? value > required.Required : value < required.Required)
            {
                yield return ("criterion.unmet", new Fault($"{at}/value", $"For {Kebab.Of(part.Use)}, {InWordsOf(required)} is required."));
            }
        }
    }

    private static string InWordsOf((Criterion Criterion, decimal Required) r) => FormattableString.Invariant(
        $"{Kebab.Of(r.Criterion)} {(s_scales[r.Criterion].LowerIsBetter ? "≤" : "≥")} {r.Required} {s_scales[r.Criterion].Unit}");
}

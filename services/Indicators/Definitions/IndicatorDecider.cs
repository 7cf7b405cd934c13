using Restoration.Domain;

namespace Restoration.Indicators.Definitions;

/// <summary>Define an indicator of a plan.</summary>
public sealed record DefineIndicator(string IndicatorId, string Division, IndicatorDefinition Definition, By By, DateTimeOffset At);

/// <summary>Define it anew, with the reason; values made before keep theirs.</summary>
public sealed record RedefineIndicator(IndicatorDefinition Definition, string Reason, By By, DateTimeOffset At);

/// <summary>The rules of definitions (domain §5).</summary>
public static class IndicatorDecider
{
    public static Decision<IndicatorDefined> Decide(Indicator indicator, DefineIndicator c)
    {
        if (indicator.Definition is { } known)
        {
            return indicator.Division == c.Division && CanonicalJson.Same(known, c.Definition, StoredJson.Default.IndicatorDefinition)
                ? []
                : Refusal.Conflict("indicator.exists", $"{c.IndicatorId} is defined with other content; define it anew, with a reason.");
        }

        var faults = Faults(c.Definition).ToList();
        if (!Slug.Is(c.IndicatorId))
        {
            faults.Insert(0, new Fault("#/id", Slug.Form));
        }

        return faults.Count > 0
            ? Refusal.Invalid("indicator.invalid", faults[0].Detail, faults)
            : [new IndicatorDefined(c.IndicatorId, c.Division, 1, c.Definition, null, c.By, c.At)];
    }

    public static Decision<IndicatorDefined> Decide(Indicator indicator, string id, RedefineIndicator c)
    {
        if (indicator.Definition is not { } known)
        {
            return Refusal.NotFound("indicator.unknown", $"There is no indicator {id}.");
        }

        if (CanonicalJson.Same(known, c.Definition, StoredJson.Default.IndicatorDefinition))
        {
            return [];
        }

        var faults = Faults(c.Definition).ToList();
        if (c.Definition.PlanId != known.PlanId)
        {
            faults.Add(new Fault("#/planId", "An indicator stays in its plan; another plan has its own, of the same concept."));
        }

        if (known.Unit is { } unit && c.Definition.Unit?.Dimension != unit.Dimension)
        {
            faults.Add(new Fault("#/unit", $"The old values are in {unit}; another dimension is another indicator."));
        }

        return faults.Count > 0
            ? Refusal.Invalid("indicator.invalid", faults[0].Detail, faults)
            : [new IndicatorDefined(id, indicator.Division, indicator.Revision + 1, c.Definition, c.Reason, c.By, c.At)];
    }

    private static IEnumerable<Fault> Faults(IndicatorDefinition d)
    {
        if (!Slug.Is(d.Concept))
        {
            yield return new Fault("#/concept", Slug.Form);
        }

        if (d.Kind == IndicatorKind.Flow && d.Start is null)
        {
            yield return new Fault("#/start", "A flow is accumulated from a year on.");
        }

        if (d.Unit is null && (d.Method != Method.Reported || d.Targets.Any(t => t.Value is not null)))
        {
            yield return new Fault("#/unit", "What is counted or has a number has a unit.");
        }

        if (d.Targets.Where(t => t.Year is not null).GroupBy(t => t.Year).Any(g => g.Count() > 1))
        {
            yield return new Fault("#/targets", "A year has two targets.");
        }

        if (d.Baseline is { } baseline && d.Targets.Any(t => t.Year <= baseline.Year))
        {
            yield return new Fault("#/targets", "A target lies before the baseline.");
        }

        if (d.Direction == Direction.NotLowerThanBaseline && d.Baseline?.Value is null)
        {
            yield return new Fault("#/baseline", "What must not fall below its baseline has one.");
        }
    }
}

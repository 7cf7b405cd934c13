using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Indicators.Definitions;

/// <summary>How a value stands to its target.</summary>
[JsonConverter(typeof(Kebab<AttainmentState>))]
public enum AttainmentState
{
    /// <summary>Nothing to judge: no value, none in a target year that is past, or no baseline to draw a path from.</summary>
    NoData,

    /// <summary>The target is met.</summary>
    Achieved,

    /// <summary>At or beyond the path to the target.</summary>
    OnTrack,

    /// <summary>Behind the path by at most a tenth of the way.</summary>
    Behind,

    /// <summary>Further behind.</summary>
    OffTrack,

    /// <summary>Binding, and below its floor or unmet in its target year.</summary>
    Breached,
}

/// <param name="Year">The target year that is judged.</param>
/// <param name="Path">Where the value should be at the end of its period.</param>
/// <param name="Gap">How far behind the path, as a share of the way from baseline to target; negative when ahead.</param>
public sealed record Attainment(AttainmentState State, int? Year, decimal? Target, decimal? Path, decimal? Gap)
{
    private const decimal Tolerance = 0.10m;
    private const decimal SmallestWay = 0.01m;

    /// <param name="value">In the indicator's unit, at the end of <paramref name="period"/>; null where there is none.</param>
    /// <param name="on">The day of judgement.</param>
    public static Attainment Of(IndicatorDefinition d, decimal? value, Period? period, DateOnly on)
    {
        var targets = d.Targets.Where(t => t.Year is not null && (t.Value is not null || t.Operator == Operator.NotLowerThanBaseline)).OrderBy(t => t.Year).ToList();
        // The target that comes next on the day; after the last one, the last.
        if ((targets.FirstOrDefault(t => t.Year >= on.Year) ?? targets.LastOrDefault()) is not { } target)
        {
            return new(AttainmentState.NoData, null, null, null, null);
        }

        var goal = target.Value ?? d.Baseline?.Value;
        if (value is not { } v || period is not { } p || goal is not { } g || (on.Year > target.Year && p.Year != target.Year))
        {
            return new(AttainmentState.NoData, target.Year, goal, null, null);
        }

        if (Meets(d, target, g, v))
        {
            return new(AttainmentState.Achieved, target.Year, g, PathAt(d, targets, p.To), null);
        }

        var floor = target.Operator == Operator.NotLowerThanBaseline || d.Direction == Direction.NotLowerThanBaseline;
        if (d.Binding == Binding.Binding && (floor || p.Year == target.Year))
        {
            return new(AttainmentState.Breached, target.Year, g, PathAt(d, targets, p.To), null);
        }

        if (PathAt(d, targets, p.To) is not { } path)
        {
            return p.Year == target.Year
                ? new(AttainmentState.OffTrack, target.Year, g, null, null)
                : new(AttainmentState.NoData, target.Year, g, null, null);
        }

        var start = d.Kind == IndicatorKind.Flow ? 0 : d.Baseline!.Value!.Value;
        var way = Math.Max(Math.Abs(g - start), SmallestWay * Math.Abs(g));
        var behind = d.Direction == Direction.Lower ? v - path : path - v;
        var gap = way == 0 ? 0 : decimal.Round(behind / way, 4, MidpointRounding.ToEven);
        return new(gap <= 0 ? AttainmentState.OnTrack : gap <= Tolerance ? AttainmentState.Behind : AttainmentState.OffTrack, target.Year, g, path, gap);
    }

    private static bool Meets(IndicatorDefinition d, Target target, decimal goal, decimal value) => target.Operator switch
    {
        Operator.AtLeast or Operator.NotLowerThanBaseline => value >= goal,
        Operator.MoreThan => value > goal,
        Operator.AtMost => value <= goal,
        _ => d.Direction == Direction.Lower ? value <= goal : value >= goal,
    };

    /// <summary>Linear between given points: baseline (a level) or zero at the start (a flow), then the targets, each at its year's end.</summary>
    private static decimal? PathAt(IndicatorDefinition d, List<Target> targets, DateOnly at)
    {
        var points = new List<(DateOnly At, decimal Value)>();
        if (d.Kind == IndicatorKind.Flow)
        {
            points.Add((new DateOnly(d.Start!.Value, 1, 1), 0));
        }
        else if (d.Baseline is { Value: { } baseline })
        {
            points.Add((new DateOnly(d.Baseline.Year, 12, 31), baseline));
        }
        else
        {
            return null;
        }

        points.AddRange(targets.Where(t => t.Value is not null).Select(t => (new DateOnly(t.Year!.Value, 12, 31), t.Value!.Value)));
        var before = points.LastOrDefault(p => p.At <= at, points[0]);
        var after = points.FirstOrDefault(p => p.At > at, points[^1]);
        var days = after.At.DayNumber - before.At.DayNumber;
        return days <= 0
            ? before.Value
            : decimal.Round(before.Value + ((after.Value - before.Value) * Math.Max(0, at.DayNumber - before.At.DayNumber) / days), 6, MidpointRounding.ToEven);
    }
}

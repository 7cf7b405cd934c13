using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Schedules;

/// <summary>How far something is, held against its plan.</summary>
[JsonConverter(typeof(Kebab<ScheduleState>))]
public enum ScheduleState
{
    /// <summary>Ten points of the target or more before the plan.</summary>
    Ahead,

    OnSchedule,

    /// <summary>Ten points or more behind it.</summary>
    Behind,

    /// <summary>Twenty-five points or more behind it.</summary>
    FarBehind,

    /// <summary>A quarter that has been over for a month was not reported, nor anything later.</summary>
    NotReported,
}

/// <summary>What is planned to be done by a day and what is verified, as shares of the target, each counted up to 1.</summary>
/// <param name="Silent">Not done, and a quarter is missing.</param>
public readonly record struct Standing(decimal Planned, decimal Verified, bool Silent)
{
    private const decimal Behind = 0.10m, FarBehind = 0.25m;
    private const int Decimals = 4;

    public ScheduleState State => (Silent, Planned - Verified) switch
    {
        (true, _) => ScheduleState.NotReported,
        (_, >= FarBehind) => ScheduleState.FarBehind,
        (_, >= Behind) => ScheduleState.Behind,
        (_, <= -Behind) => ScheduleState.Ahead,
        _ => ScheduleState.OnSchedule,
    };

    /// <summary>
    /// A set is judged by the means of what it holds: planned against verified. It is silent where all of it is that is not done. Null for
    /// nothing.
    /// </summary>
    public static Standing? Of(IReadOnlyCollection<Standing> all)
    {
        if (all.Count == 0)
        {
            return null;
        }

        var open = all.Where(s => s.Verified < 1).ToList();
        return new Standing(
            decimal.Round(all.Average(s => s.Planned), Decimals, MidpointRounding.ToEven), decimal.Round(all.Average(s => s.Verified), Decimals, MidpointRounding.ToEven),
            open.Count > 0 && open.All(s => s.Silent));
    }

    /// <summary>The last quarter that has been over for a month at the end of a day: what was done in it is reported by then.</summary>
    public static Period QuarterDue(DateOnly day)
    {
        var quarter = Period.Of(day.AddDays(1).AddMonths(-1), PeriodLength.Quarter);
        return Period.Of(quarter.From.AddDays(-1), PeriodLength.Quarter);
    }
}

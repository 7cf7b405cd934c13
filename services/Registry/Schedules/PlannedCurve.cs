using Restoration.Registry.Projects;

namespace Restoration.Registry.Schedules;

/// <summary>
/// How much of a target is planned to be done by a day: a year's assignment evenly over the year; what is not assigned to a year evenly over
/// the scheduled years without an assignment.
/// </summary>
public static class PlannedCurve
{
    /// <param name="assigned">By year, in the unit of <paramref name="target"/>.</param>
    /// <returns>A share, 0 to 1.</returns>
    public static decimal Planned(IEnumerable<Years> schedule, decimal target, IReadOnlyDictionary<int, decimal> assigned, DateOnly day)
    {
        if (target <= 0)
        {
            return 0;
        }

        var open = schedule.SelectMany(y => Enumerable.Range(y.From, y.To - y.From + 1)).Distinct().Where(y => !assigned.ContainsKey(y)).ToList();
        var rest = Math.Max(0, target - assigned.Values.Sum());
        var planned = assigned.Sum(a => a.Value * Passed(a.Key, day)) + (open.Count == 0 ? 0 : rest / open.Count * open.Sum(y => Passed(y, day)));
        return Math.Min(1, planned / target);
    }

    /// <summary>How much of a year is over at the end of a day.</summary>
    private static decimal Passed(int year, DateOnly day) =>
        day.Year < year ? 0 : day.Year > year ? 1 : day.DayOfYear / (decimal)(DateTime.IsLeapYear(year) ? 366 : 365);
}

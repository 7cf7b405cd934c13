using Restoration.Domain;

namespace Restoration.Registry.Schedules;

/// <summary>A month is over.</summary>
public sealed record EndMonth(DateOnly Day, By By, DateTimeOffset At);

public static class CalendarDecider
{
    public static Decision<CalendarEvent> Decide(Calendar calendar, EndMonth c) => calendar.Last >= c.Day ? [] : [new MonthEnded(c.Day, c.By, c.At)];
}

using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Schedules;

/// <summary>The months that are over: one stream, so that each ends once, however many processes wait for it.</summary>
public sealed record Calendar
{
    public const string Stream = "calendar";
    private const string EndsMonth = "end-month";
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    public static readonly Aggregate<Calendar, CalendarEvent> Aggregate = new("calendar", new Calendar(), (_, fact) => new Calendar { Last = ((MonthEnded)fact).Day }, Rows);

    public static DueCommands On(DueCommands commands) => commands.On(EndsMonth, (due, streams) => streams.Record(
        Aggregate, due.Stream, CalendarDecider.Decide(streams.Get(Aggregate, due.Stream), new EndMonth(LastDay(due.At), Due.By, due.At))));

    /// <summary>The last day of the last month that ended.</summary>
    public DateOnly? Last { get; private init; }

    /// <summary>The last day of the month before the one that a time lies in, in China.</summary>
    public static DateOnly LastDay(DateTimeOffset now) => DateOnly.FromDateTime(now.ToOffset(s_china).DateTime) is var today ? today.AddDays(-today.Day) : default;

    private static IEnumerable<Row> Rows(long version, Calendar state, IReadOnlyList<Event> recorded)
    {
        yield return Due.At(Stream, $"{Stream} month", EndsMonth, new DateTimeOffset(state.Last!.Value.AddDays(1).AddMonths(1), TimeOnly.MinValue, s_china));
    }
}

using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Assignments;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Views;

namespace Restoration.Registry.Schedules;

/// <summary>
/// Follows the log and says where a project's standing changed: by what is verified, corrected, assigned or changed, by a report that ends a
/// silence, and by the end of a month. One process does it at a time; what it says rests on a position, so that one which lost its lead says
/// nothing stale.
/// </summary>
internal sealed class Judge(Tail tail, TimeProvider clock, EventLog log, ILogger<Judge> logger) : Follower(tail, clock, "schedules", logger)
{
    private const int Chunk = 50;
    private static readonly TimeSpan s_again = TimeSpan.FromMilliseconds(50);
    private DateOnly _day;

    /// <summary>What many acts of a moment change is judged once.</summary>
    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(500);

    /// <summary>The first to begin says which month ended last; from then on time does.</summary>
    protected override async Task Begin(long at, CancellationToken stop)
    {
        var (day, now) = (Calendar.LastDay(Clock.GetUtcNow()), Clock.GetUtcNow());
        await log.Write(new Work
        {
            Decide = streams =>
            {
                var calendar = streams.Get(Calendar.Aggregate, Calendar.Stream);
                _day = calendar.Last ?? day;
                return calendar.Last is null ? streams.Record(Calendar.Aggregate, Calendar.Stream, CalendarDecider.Decide(calendar, new EndMonth(day, Due.By, now))) : null;
            },
        });
    }

    protected override async Task Take(EventReader.Page page, long after, CancellationToken stop)
    {
        while (await ViewPositions.Of(Database, ProgressTotals.Name, stop) < page.Through)
        {
            await Task.Delay(s_again, stop);
            Goes();
        }

        foreach (var ended in page.Events.Select(e => e.Fact).OfType<MonthEnded>().OrderBy(m => m.Day))
        {
            _day = ended.Day;
            await Say(null, page.Through, ended.At, atMonthEnd: true, stop);
        }

        var touched = page.Events.Select(e => Touches(e.Fact)).OfType<string>().ToHashSet();
        var reported = page.Events.Select(e => (e.Fact as ProgressReported)?.Figure.ProjectId).OfType<string>().Except(touched).Distinct().ToArray();
        touched.UnionWith(reported.Length == 0 ? [] : await Silent(reported, stop));
        foreach (var some in touched.Chunk(Chunk))
        {
            await Say(some, page.Through, Clock.GetUtcNow(), atMonthEnd: false, stop);
        }

        await using var connection = await Database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await Advance(connection, after, page.Through, stop);
        await transaction.CommitAsync(stop);
    }

    private static string? Touches(Event fact) => fact switch
    {
        ProgressVerified or ProgressCorrected or SiteCounted => ((ProgressEvent)fact).Figure.ProjectId,
        MoneyMoved or AccountsSettled => null,
        ProjectEvent e => e.Project.Id,
        YearlyAssignmentMade e => e.Project.Id,
        _ => null,
    };

    private async Task<List<string>> Silent(string[] projects, CancellationToken stop)
    {
        await using var command = Database.CreateCommand("select project_id from schedules where silent and project_id = any($1)");
        return await command.Add(projects).List(r => r.GetString(0), stop);
    }

    private async Task Say(string[]? projects, long through, DateTimeOffset at, bool atMonthEnd, CancellationToken stop)
    {
        var judged = await Standings.Read(Database, projects, _day, through, stop);
        foreach (var some in judged.Chunk(Chunk))
        {
            await log.Write([.. some.Select(j => new Work
            {
                Decide = streams => streams.Record(
                    Schedule.Aggregate, Schedule.Stream(j.Project.Id),
                    ScheduleDecider.Decide(streams.Get(Schedule.Aggregate, Schedule.Stream(j.Project.Id)), new JudgeSchedule(j.Project, j.Judgement, atMonthEnd, Due.By, at))),
                Headers = new EventHeaders("/schedules", null, null),
            })]);
            Goes();
        }
    }
}

public static class JudgeSetup
{
    /// <summary>Says how projects stand against their schedules.</summary>
    public static void AddJudge(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<IHostedService>(sp => new Judge(
        sp.GetRequiredService<Tail>(), sp.GetRequiredService<TimeProvider>(), sp.GetRequiredService<EventLog>(),
        sp.GetRequiredService<ILogger<Judge>>()));
}

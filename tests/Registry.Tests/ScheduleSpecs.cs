using Restoration.Domain;
using Restoration.Registry.Projects;
using Restoration.Registry.Schedules;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>What is planned by a day, and what that makes of what is verified.</summary>
public sealed class ScheduleSpecs
{
    private static readonly Years[] s_years = [new(2021, 2025)];

    [Theory]
    [InlineData("2020-12-31", "0")]
    [InlineData("2021-12-31", "0.2")]
    [InlineData("2023-06-30", "0.4992")] // 181 of 365 days of the third year
    [InlineData("2024-06-30", "0.6995")] // 182 of 366
    [InlineData("2025-12-31", "1")]
    [InlineData("2030-01-01", "1")]
    public void Without_assignments_it_is_linear_over_the_schedule(string day, string share) => Assert.Equal(
        decimal.Parse(share, System.Globalization.CultureInfo.InvariantCulture),
        decimal.Round(PlannedCurve.Planned(s_years, 100, new Dictionary<int, decimal>(), DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)), 4));

    [Fact]
    public void A_years_assignment_is_done_in_its_year_and_the_rest_in_the_others()
    {
        var assigned = new Dictionary<int, decimal> { [2021] = 10, [2022] = 50 };
        Assert.Equal(
            [0.05m, 0.10m, 0.60m, 0.7333m, 1m],
            new[] { new DateOnly(2021, 7, 2), new(2021, 12, 31), new(2022, 12, 31), new(2023, 12, 31), new(2025, 12, 31) }
                .Select(d => decimal.Round(PlannedCurve.Planned(s_years, 100, assigned, d), d.Year == 2021 ? 2 : 4)));
    }

    [Fact]
    public void More_than_the_target_is_planned_as_all_of_it_and_what_is_left_unassigned_is_not_planned()
    {
        Assert.Equal(1, PlannedCurve.Planned([new(2021, 2021)], 100, new Dictionary<int, decimal> { [2021] = 120 }, new(2021, 12, 31)));
        Assert.Equal(0.8m, PlannedCurve.Planned([new(2021, 2021)], 100, new Dictionary<int, decimal> { [2021] = 80 }, new(2025, 12, 31)));
        Assert.Equal(0, PlannedCurve.Planned(s_years, 0, new Dictionary<int, decimal>(), new(2025, 12, 31)));
    }

    [Fact]
    public void Schedules_that_overlap_count_a_year_once() => Assert.Equal(
        0.5m, PlannedCurve.Planned([new(2021, 2022), new(2022, 2022)], 100, new Dictionary<int, decimal>(), new(2021, 12, 31)));

    [Theory]
    [InlineData(0.50, 0.60, false, ScheduleState.Ahead)]
    [InlineData(0.50, 0.5999, false, ScheduleState.OnSchedule)]
    [InlineData(0.50, 0.4001, false, ScheduleState.OnSchedule)]
    [InlineData(0.50, 0.40, false, ScheduleState.Behind)]
    [InlineData(0.50, 0.2501, false, ScheduleState.Behind)]
    [InlineData(0.50, 0.25, false, ScheduleState.FarBehind)]
    [InlineData(0.50, 0.60, true, ScheduleState.NotReported)]
    public void A_state_is_by_points_of_what_is_to_be_done(double planned, double verified, bool silent, ScheduleState state) =>
        Assert.Equal(state, new Standing((decimal)planned, (decimal)verified, silent).State);

    [Fact]
    public void A_set_is_judged_by_its_means_and_is_silent_where_all_is_that_is_not_done()
    {
        Assert.Null(Standing.Of([]));
        Assert.Equal(new Standing(0.5m, 0.3m, false), Standing.Of([new(0.6m, 0.2m, true), new(0.4m, 0.4m, false)]));
        Assert.Equal(new Standing(0.5m, 0.6m, true), Standing.Of([new(0.6m, 0.2m, true), new(0.4m, 1, false)]));
        Assert.Equal(ScheduleState.OnSchedule, Standing.Of([new(1, 1, false), new(1, 1, false)])!.Value.State);
    }

    [Theory]
    [InlineData("2024-12-31", "2024-Q3")]
    [InlineData("2025-01-31", "2024-Q4")]
    [InlineData("2025-03-31", "2024-Q4")]
    [InlineData("2025-04-30", "2025-Q1")]
    public void A_quarter_is_due_a_month_after_its_end(string day, string quarter) =>
        Assert.Equal(Date(quarter), Standing.QuarterDue(DateOnly.Parse(day, System.Globalization.CultureInfo.InvariantCulture)));

    private static Judgement Judgement(ScheduleState state, decimal verified = 0.3m, long through = 7, int month = 6, ScheduleState measure = ScheduleState.Behind) => new(
        new DateOnly(2024, month, 30), state, 0.5m, verified, [new("p1-area", measure, 0.5m, verified)], [], through);

    private static JudgeSchedule Judge(Judgement judgement, bool atMonthEnd = false) => new(Designed.Project, judgement, atMonthEnd, Due, At);

    private static readonly By Due = new("/due");

    private static readonly Schedule s_behind = Schedule.Aggregate.Fold(Schedule.Unknown, new ScheduleStateChanged(Designed.Project, Judgement(ScheduleState.Behind), null, Due, At));

    private static Decision<ScheduleEvent> Decide(Schedule schedule, JudgeSchedule c) => ScheduleDecider.Decide(schedule, c);

    [Fact]
    public void The_first_judgement_is_a_fact() => Assert.Equal(
        [new ScheduleStateChanged(Designed.Project, Judgement(ScheduleState.Behind), null, Due, At)],
        Decide(Schedule.Unknown, Judge(Judgement(ScheduleState.Behind))).Events, Alike);

    [Fact]
    public void A_change_is_a_fact_of_the_project_or_of_a_part()
    {
        Assert.Equal(
            [new ScheduleStateChanged(Designed.Project, Judgement(ScheduleState.FarBehind, 0.2m, 8), ScheduleState.Behind, Due, At)],
            Decide(s_behind, Judge(Judgement(ScheduleState.FarBehind, 0.2m, 8))).Events, Alike);
        Assert.IsType<ScheduleStateChanged>(Assert.Single(Decide(s_behind, Judge(Judgement(ScheduleState.Behind, measure: ScheduleState.NotReported))).Events));
    }

    [Fact]
    public void The_same_again_is_none_but_at_the_end_of_a_month()
    {
        Assert.Empty(Decide(s_behind, Judge(Judgement(ScheduleState.Behind, 0.35m, 9))).Events);
        Assert.Empty(Decide(s_behind, Judge(Judgement(ScheduleState.Behind, through: 9), atMonthEnd: true)).Events);
        Assert.Equal(
            [new ScheduleJudged(Designed.Project, Judgement(ScheduleState.Behind, 0.35m, 9), Due, At)],
            Decide(s_behind, Judge(Judgement(ScheduleState.Behind, 0.35m, 9), atMonthEnd: true)).Events, Alike);
    }

    [Fact]
    public void Who_looked_earlier_says_nothing_any_more()
    {
        Assert.Empty(Decide(s_behind, Judge(Judgement(ScheduleState.Ahead, 0.9m, through: 6))).Events);
        Assert.Empty(Decide(s_behind, Judge(Judgement(ScheduleState.Ahead, 0.9m, through: 9, month: 4))).Events);
    }

    [Fact]
    public void A_month_ends_once()
    {
        var ended = new MonthEnded(new(2024, 6, 30), Due, At);
        Assert.Equal([ended], CalendarDecider.Decide(new Calendar(), new EndMonth(ended.Day, Due, At)).Events);
        var calendar = Calendar.Aggregate.Fold(new Calendar(), ended);
        Assert.Empty(CalendarDecider.Decide(calendar, new EndMonth(ended.Day, Due, At)).Events);
        Assert.Empty(CalendarDecider.Decide(calendar, new EndMonth(new(2024, 5, 31), Due, At)).Events);
        Assert.Equal(new DateOnly(2024, 6, 30), Calendar.LastDay(new(2024, 6, 30, 16, 0, 0, TimeSpan.Zero))); // the first of July in China
        Assert.Equal(new DateOnly(2024, 5, 31), Calendar.LastDay(new(2024, 6, 30, 15, 59, 0, TimeSpan.Zero)));
    }

    /// <summary>To the last member of the lists in it.</summary>
    private static bool Alike(ScheduleEvent a, ScheduleEvent b) => (a, b) switch
    {
        (ScheduleStateChanged x, ScheduleStateChanged y) => CanonicalJson.Same(x, y, StoredJson.Default.ScheduleStateChanged),
        (ScheduleJudged x, ScheduleJudged y) => CanonicalJson.Same(x, y, StoredJson.Default.ScheduleJudged),
        _ => false,
    };
}

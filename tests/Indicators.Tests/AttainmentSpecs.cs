using Restoration.Indicators.Definitions;
using static Restoration.Indicators.Tests.Sample;

namespace Restoration.Indicators.Tests;

/// <summary>Coverage: 70 % in 2020, at least 80 % by 2025, binding. Erosion: 100 wan mu from 2021 to 2025.</summary>
public sealed class AttainmentSpecs
{
    private static readonly DateOnly s_2023 = new(2023, 12, 31);

    private static Attainment Judge(IndicatorDefinition definition, decimal? value, string? period, DateOnly? on = null) =>
        Attainment.Of(definition, value, period is null ? null : Parse(period), on ?? s_2023);

    [Fact]
    public void Without_a_value_there_is_nothing_to_judge() => Assert.Equal(AttainmentState.NoData, Judge(Coverage, null, null).State);

    [Theory]
    [InlineData(80, AttainmentState.Achieved)]
    [InlineData(79.9, AttainmentState.OnTrack)]
    [InlineData(76, AttainmentState.OnTrack)]
    [InlineData(75.99, AttainmentState.Behind)]
    [InlineData(75, AttainmentState.Behind)]
    [InlineData(74.9, AttainmentState.OffTrack)]
    public void Halfway_is_held_against_the_path(decimal value, AttainmentState state) => Assert.Equal(state, Judge(Coverage, value, "2023").State);

    [Fact]
    public void The_path_is_linear_by_days()
    {
        var judged = Judge(Coverage, 75.5m, "2023");
        Assert.Equal(2025, judged.Year);
        Assert.Equal(decimal.Round(70 + (10m * 1095 / 1826), 6), judged.Path);
        Assert.Equal(decimal.Round((judged.Path!.Value - 75.5m) / 10, 4), judged.Gap);
    }

    [Fact]
    public void Binding_and_unmet_in_the_target_year_is_breached() =>
        Assert.Equal(AttainmentState.Breached, Judge(Coverage, 79, "2025", new(2025, 12, 31)).State);

    [Fact]
    public void Expected_and_unmet_in_the_target_year_is_not_breached() =>
        Assert.Equal(AttainmentState.Behind, Judge(Coverage with { Binding = Binding.Expected }, 79, "2025", new(2025, 12, 31)).State);

    [Fact]
    public void No_observation_in_a_target_year_that_is_past_is_no_data_never_breached() =>
        Assert.Equal(AttainmentState.NoData, Judge(Coverage, 75, "2024", new(2026, 11, 20)).State);

    [Fact]
    public void Below_a_binding_floor_is_breached_at_any_time()
    {
        var floor = Coverage with { Targets = [new Target(2025, Operator.NotLowerThanBaseline, null, "不降低")] };
        Assert.Equal(AttainmentState.Breached, Judge(floor, 69.9m, "2022").State);
        Assert.Equal(AttainmentState.Achieved, Judge(floor, 70, "2022").State);
    }

    [Fact]
    public void Without_a_baseline_a_level_is_judged_in_its_target_year_only()
    {
        var bare = Coverage with { Baseline = null, Binding = Binding.Expected };
        Assert.Equal(AttainmentState.NoData, Judge(bare, 75, "2023").State);
        Assert.Equal(AttainmentState.OffTrack, Judge(bare, 75, "2025", new(2025, 12, 31)).State);
        Assert.Equal(AttainmentState.Achieved, Judge(bare, 80, "2025", new(2025, 12, 31)).State);
    }

    [Fact]
    public void A_flow_starts_at_nothing()
    {
        Assert.Equal(AttainmentState.OnTrack, Judge(Erosion, 60.1m, "2023").State);
        Assert.Equal(AttainmentState.Behind, Judge(Erosion, 55, "2023").State);
        Assert.Equal(AttainmentState.OffTrack, Judge(Erosion, 40, "2023").State);
    }

    [Fact]
    public void Lower_is_better_where_the_indicator_says_so()
    {
        var lower = Coverage with { Direction = Direction.Lower, Baseline = new(2020, 90), Targets = [new(2025, Operator.AtMost, 80)] };
        Assert.Equal(AttainmentState.Achieved, Judge(lower, 80, "2023").State);
        Assert.Equal(AttainmentState.OnTrack, Judge(lower, 83, "2023").State);
        Assert.Equal(AttainmentState.OffTrack, Judge(lower, 89, "2023").State);
    }

    [Fact]
    public void A_baseline_above_its_target_is_kept_and_met() => Assert.Equal(
        AttainmentState.Achieved, Judge(Coverage with { Baseline = new(2020, 76.36m), Targets = [new(2025, Operator.AtLeast, 76)] }, 76.1m, "2022").State);

    [Fact]
    public void The_next_target_is_judged_and_after_the_last_the_last()
    {
        var two = Coverage with { Targets = [new(2025, Operator.AtLeast, 80), new(2035, Operator.AtLeast, 85)] };
        Assert.Equal(2025, Judge(two, 75, "2023").Year);
        Assert.Equal(2035, Judge(two, 81, "2026", new(2026, 12, 31)).Year);
        Assert.Equal(2035, Judge(two, 81, "2036", new(2036, 12, 31)).Year);
    }

    [Fact]
    public void A_goal_in_words_cannot_be_judged() =>
        Assert.Equal(AttainmentState.NoData, Judge(Coverage with { Targets = [new(null, Operator.Equal, null, "三年全面完成")] }, 1, "2023").State);
}

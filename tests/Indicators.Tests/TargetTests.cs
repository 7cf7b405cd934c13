using Restoration.Contracts.Registry;
using Restoration.Domain;
using Restoration.Indicators.Targets;
using Restoration.Support;
using static Restoration.Indicators.Tests.Sample;

namespace Restoration.Indicators.Tests;

/// <summary>What counties confirmed in the registry are their targets for what it feeds.</summary>
public sealed class TargetTests(IndicatorSystem system) : IClassFixture<IndicatorSystem>
{
    private static readonly Guid s_fact = Guid.Parse("0197a1f8-0000-7000-8000-000000000003");

    internal static readonly CountyTargetsTaken Taken = new(
        "gz-p10", "gz", 2024, Yudu, [new("gz-p10-m1", "gz-erosion", new Quantity(1.20m, Unit.WanMu))], s_fact, 23, Reviewer, At);

    private static readonly TakeTargets s_take = new("gz-p10", "gz", 2024, Yudu, Taken.Targets, s_fact, 23, Reviewer, At);

    private static Spec<CountyTargets, CountyTargetsTaken> The_county => new(CountyTargets.None, (s, e) => CountyTargets.Aggregate.Fold(s, e));

    [Fact]
    public void They_are_taken_over() => The_county.When(s => TargetDecider.Decide(s, s_take)).Records(Taken);

    [Fact]
    public void Once() => The_county.After(Taken).When(s => TargetDecider.Decide(s, s_take with { CausedAt = 24 })).RecordsNothing();

    [Fact]
    public void What_feeds_no_indicator_is_not_kept() => The_county.When(s => TargetDecider.Decide(s, s_take with { Targets = [] })).RecordsNothing();

    [Fact]
    public void What_is_taken_back_is_no_target_any_more() => The_county.After(Taken)
        .When(s => TargetDecider.Decide(s, s_take with { Targets = [], CausedAt = 24 })).Records(Taken with { Targets = [], CausedAt = 24 });

    [Fact]
    public async Task A_countys_targets_are_listed_by_year_and_measure_until_they_are_taken_back()
    {
        (await system.Flow.Host.As("plans", ServiceDefaults.Client.Everywhere, ServiceDefaults.Roles.Planner).Post("/v1/indicators/indicators", new
        {
            id = "t-erosion", planId = "t", division = City, concept = "erosion", name = "水土流失治理面积", unit = "万亩", kind = "flow", method = "progress", direction = "higher", start = 2021,
            targets = Array.Empty<object>(),
        })).Is(201);
        var registry = new Neighbour(system.Flow.Host.Services, "registry");
        await Confirmed(2024, 1.5m);
        await Confirmed(2025, 2m);
        await registry.Again(registry.Last!);
        Assert.Equal(["2024 t-p-m1 1000.0", "2025 t-p-m1 1333.3333"], await Listed(""));
        Assert.Equal(["2025 t-p-m1 1333.3333"], await Listed("?year=2025"));
        Assert.Empty(await Listed("?division=360730"));
        await registry.Tell("yearly-assignment-confirmed.v1", "assignments-t-p", new YearlyAssignmentConfirmed("t-p", "t", "prog", 2024, Yudu, [], new("city", "1")));
        Assert.Equal(["2025 t-p-m1 1333.3333"], await Listed(""));
        (await system.Flow.Host.As("elsewhere", "360222", "reader").Get("/v1/indicators/indicators/t-erosion/targets")).Is(403, "division.forbidden");
        (await system.Flow.Host.As("reads", City, "reader").Get("/v1/indicators/indicators/t-none/targets")).Is(404, "resource.unknown");

        Task Confirmed(int year, decimal value) => registry.Tell(
            "yearly-assignment-confirmed.v1", "assignments-t-p", new YearlyAssignmentConfirmed(
                "t-p", "t", "prog", year, Yudu, [new("t-p-m1", "t-erosion", null, new(value, "wan-mu")), new("t-p-road", null, null, new(3, "km"))], new("bureau", "2")));

        async Task<List<string>> Listed(string query) => [.. (await system.Flow.Host.As("reads", Yudu, "reader").Get($"/v1/indicators/indicators/t-erosion/targets{query}")).Is(200).Json
            .GetProperty("items").EnumerateArray().Select(i => $"{i.GetProperty("year")} {i.GetProperty("measureId")} {i.GetProperty("quantity").GetProperty("value")}")];
    }
}

using System.Text.RegularExpressions;
using Restoration.Support;

namespace Restoration.Indicators.Tests;

/// <summary>How far the facts of others are in what is answered, and waiting for one of them.</summary>
public sealed partial class FreshnessTests(IndicatorSystem system) : IClassFixture<IndicatorSystem>
{
    private const string Path = "/v1/indicators/indicators/fresh/explain";

    private async Task<Answer> Ask(string? minPosition) =>
        await system.Planner.Get($"{Path}{(minPosition is null ? "" : $"?minPosition={minPosition}")}");

    private static long Registry(Answer answer) => long.Parse(Form().Match(answer.Header("X-View-Position")!).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    private async Task Define() => await system.Planner.Post("/v1/indicators/indicators", new
    {
        id = "fresh", planId = "gz", division = Sample.City, concept = "erosion-area-treated", name = "水土流失治理面积", unit = "万亩", kind = "flow", method = "progress",
        direction = "higher", start = 2021, number = 9, targets = new[] { new { year = 2025, @operator = "equal", value = 100, raw = "100万亩" } },
    });

    [Fact]
    public async Task What_was_posted_is_seen_at_the_position_it_was_posted_at()
    {
        await Define();
        for (var i = 1; i <= 5; i++)
        {
            await system.Flow.Verify("fresh-m1", $"2023-0{i}", 1, "fresh");
            var position = await system.Flow.Head();
            var answer = (await Ask($"registry:{position}")).Is(200);
            Assert.Equal(i, answer.Json.GetProperty("value").GetDecimal());
            Assert.True(Registry(answer) >= position);
        }
    }

    /// <summary>A caller cannot know which facts are meant for whom.</summary>
    [Fact]
    public async Task A_position_at_which_nothing_was_meant_for_the_service_is_reached_too()
    {
        await Define();
        await system.Flow.Keep("kept-1");
        var position = await system.Flow.Head();
        await Eventually.Get(() => Ask($"registry:{position}"), a => a.Status == 200, "the position", 8);
        await Eventually.Get(
            () => system.Flow.Database.Value<long>("select reached from edge.known where source = 'registry'"), n => n >= position, "other replicas know it too");
    }

    [Fact]
    public async Task A_position_that_does_not_come_is_refused_with_when_to_come_again_and_a_foreign_source_at_once()
    {
        await Define();
        var behind = (await Ask("mines:999999,registry:1")).Is(503, "view.behind");
        Assert.NotNull(behind.Header("Retry-After"));
        Assert.Matches(Form(), behind.Header("X-View-Position")!);
        foreach (var wrong in new[] { "funding:1", "registry", "registry:", "registry:x", "registry:-1", "registry:1,", ":1" })
            (await Ask(wrong)).Is(400, "parameter.malformed");
        Assert.Matches(Form(), (await Ask(null)).Is(200).Header("X-View-Position")!);
        var own = (await system.Planner.Get("/v1/indicators/plans/gz/table?goals=true")).Is(200).Header("X-View-Position")!.Split(',')[0];
        (await Ask(own)).Is(200);
    }

    [GeneratedRegex("^indicators:[0-9]+,registry:([0-9]+),mines:[0-9]+$")]
    private static partial Regex Form();
}

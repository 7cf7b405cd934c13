using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>What counties have of a measure is their target, before anything is assigned to them.</summary>
public sealed class CountyPartTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    [Fact]
    public async Task A_countys_part_of_a_measure_is_its_target()
    {
        (await registry.Planner.Post("/v1/registry/plans", Plan("parts"))).Is(201);
        (await registry.Planner.Post("/v1/registry/projects", new
        {
            id = "pc", planId = "parts", programmeId = "prog-a", name = "矿山生态修复", kind = "mine", counties = new[] { Yudu, Ningdu },
            schedule = new[] { new { from = 2021, to = 2025 } },
            measures = new[]
            {
                new
                {
                    id = "pc-area", name = "修复面积", quantity = new { value = 100, unit = "ha" },
                    counties = new[] { new { division = Yudu, quantity = new { value = 60, unit = "ha" } }, new { division = Ningdu, quantity = new { value = 600, unit = "mu" } } },
                },
            },
        })).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/parts/adopt", new { documentNumber = "2024-2" })).Is(200);
        (await registry.Planner.Post("/v1/registry/projects/pc/start", new { })).Is(200);
        (await registry.Reporter.PostEvent(Event(Data(30, measure: "pc-area")))).Is(201);
        var figure = $"/v1/registry/progress/pc-area.{Yudu}.2024-06";
        (await registry.Bureau.Post($"{figure}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
        var position = (await registry.CityBureau.Post($"{figure}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200).Header("X-Position")!;

        Assert.Equal((60, 0.5m), await Told(Yudu)); // of its other project it has nothing to do yet
        Assert.Equal((140, 0m), await Told(Ningdu)); // p2 is its alone
        Assert.Equal(400, (await Told(City)).Target);
        var county = (await registry.Reader(City).Get($"/v1/registry/overview/parts?by=county&limit=500")).Is(200).Json.GetProperty("items").EnumerateArray()
            .Single(p => p.GetProperty("id").GetString() == Yudu);
        Assert.Equal(0.5m, county.GetProperty("share").GetDecimal());
        var schedule = await Eventually.Get(
            async () => (await registry.Reader(City).Get("/v1/registry/projects/pc/schedule")) is { Status: 200 } s ? s.Json.GetProperty("counties").EnumerateArray().Select(c => (c.GetProperty("id").GetString(), c.GetProperty("verified").GetDecimal())).ToList() : [],
            counties => counties.Contains((Yudu, 0.5m)), "the schedule to be judged");
        Assert.Equal([(Ningdu, 0m), (Yudu, 0.5m)], schedule);

        async Task<(decimal Target, decimal Share)> Told(string division)
        {
            var overview = (await registry.Reader(division).Get($"/v1/registry/overview?minPosition={position}")).Is(200).Json;
            var area = overview.GetProperty("amounts").EnumerateArray().Single(a => a.GetProperty("dimension").GetString() == "area");
            return (area.GetProperty("target").GetProperty("value").GetDecimal(), overview.GetProperty("share").GetDecimal());
        }
    }
}

using System.Text.Json;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>What is assigned adds up like what is reported, and gives counties a share.</summary>
public sealed class AssignedTotalsTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private Task<Support.Answer> Assign(int year, (string, string) precondition, params (string Division, decimal Hectares)[] counties) => registry.Planner.Put(
        $"/v1/registry/projects/p1/assignments/{year}",
        new
        {
            measures = new[]
            {
                new
                {
                    measureId = "p1-area", target = new { value = counties.Sum(c => c.Hectares), unit = "ha" },
                    counties = counties.Select(c => new { division = c.Division, quantity = new { value = c.Hectares * 15, unit = "mu" } }),
                },
            },
        },
        precondition);

    [Fact]
    public async Task Assigned_again_it_is_the_difference_that_counts_and_a_county_that_is_left_out_has_nothing_more()
    {
        (await Assign(2022, ("If-None-Match", "*"), (Yudu, 20), (Ningdu, 10))).Is(201);
        (await Assign(2023, ("If-None-Match", "*"), (Yudu, 5), (Ningdu, 5))).Is(201);
        var position = (await Assign(2022, ("If-Match", "\"1\""), (Yudu, 25))).Is(200).Header("X-Position");
        var path = $"/v1/registry/progress/p1-area.{Yudu}.2022-05";
        (await registry.Reporter.PostEvent(Event(Data(15, "2022-05")))).Is(201);
        (await registry.Bureau.Post($"{path}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
        position = (await registry.CityBureau.Post($"{path}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200).Header("X-Position") ?? position;

        var overview = (await Support.Eventually.Get(() => registry.Reader(City).Get($"/v1/registry/overview?minPosition={position}"), a => a.Status == 200, "the view is there")).Json;
        Assert.Equal(35m, Assigned(overview.GetProperty("amounts")));
        Assert.Equal([5m, 30m], Parts(overview, "county", Ningdu, Yudu).Select(p => Assigned(p.GetProperty("amounts"))));
        Assert.Equal([25m, 10m], Parts(overview, "year", "2022", "2023").Select(p => Assigned(p.GetProperty("amounts"))));
        Assert.Equal([0m, 0.5m], Parts(overview, "county", Ningdu, Yudu).Select(p => p.GetProperty("share").GetDecimal())); // p2 is Ningdu's too, and nothing of it done
        Assert.Equal(0.6m, Parts(overview, "year", "2022").Single().GetProperty("amounts")[0].GetProperty("share").GetDecimal());

        var project = (await registry.Reader(City).Get("/v1/registry/projects/p1/summary")).Is(200).Json;
        Assert.Equal(35m, project.GetProperty("summary").GetProperty("measures")[0].GetProperty("assigned").GetProperty("value").GetDecimal());
        Assert.Equal([(Ningdu, 5m), (Yudu, 30m)], project.GetProperty("counties").EnumerateArray().Select(c => (c.GetProperty("division").GetString()!, c.GetProperty("assigned").GetProperty("value").GetDecimal())));
        Assert.Single((await registry.Reader(Yudu).Get("/v1/registry/projects/p1/summary")).Is(200).Json.GetProperty("counties").EnumerateArray());

        var year = Parts(overview, "year", "2022").Single();
        var items = (await registry.Reader(City).Get($"{year.GetProperty("explain").GetString()}")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        var assigned = items.Single(i => i.GetProperty("kind").GetString() == "assigned");
        Assert.Equal((375m, "assignments-p1"), (assigned.GetProperty("quantity").GetProperty("value").GetDecimal(), assigned.GetProperty("stream").GetString()));
        var fact = (await registry.Reader(City).Get(assigned.GetProperty("fact").GetString()!)).Is(200).Json.GetProperty("items")[0];
        Assert.Equal(assigned.GetProperty("eventId").GetGuid(), fact.GetProperty("id").GetGuid());

        // Known then, it is as it was then.
        var before = (await registry.Reader(City).Get("/v1/registry/plans/gz/summary?recordedAsOf=2999-01-01")).Is(200).Json;
        Assert.Equal(35m, before.GetProperty("programmes")[0].GetProperty("projects")[0].GetProperty("measures")[0].GetProperty("assigned").GetProperty("value").GetDecimal());
    }

    private static decimal Assigned(JsonElement amounts) => amounts.EnumerateArray().Sum(a => a.GetProperty("assigned").GetProperty("value").GetDecimal());

    private static List<JsonElement> Parts(JsonElement overview, string by, params string[] ids) =>
        [.. overview.GetProperty("parts").EnumerateArray().Where(p => p.GetProperty("by").GetString() == by && ids.Contains(p.GetProperty("id").GetString())).OrderBy(p => Array.IndexOf(ids, p.GetProperty("id").GetString()))];
}

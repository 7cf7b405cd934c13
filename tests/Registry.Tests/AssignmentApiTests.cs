using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Yearly assignment over HTTP: put, warned about, confirmed, put again.</summary>
public sealed class AssignmentApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private const string Path = "/v1/registry/projects/p1/assignments/2024";

    private static object Body(decimal target, decimal yudu, decimal ningdu, string? reason = null) => new
    {
        measures = new[]
        {
            new
            {
                measureId = "p1-area",
                target = new { value = target, unit = "ha" },
                counties = new[] { new { division = Yudu, quantity = new { value = yudu, unit = "公顷" } }, new { division = Ningdu, quantity = new { value = ningdu, unit = "ha" } } },
            },
        },
        reason,
    };

    [Fact]
    public async Task A_year_is_assigned_confirmed_and_assigned_again()
    {
        (await registry.Planner.Put(Path, Body(30, 10, 15))).Is(428, "precondition.required");
        var first = (await registry.Planner.Put(Path, Body(30, 10, 15), ("If-None-Match", "*"))).Is(201);
        Assert.Equal(Path, first.Header("Location"));
        Assert.Equal("#/measures/0/counties", first.Json.GetProperty("warnings")[0].GetProperty("pointer").GetString());
        (await registry.Planner.Put(Path, Body(30, 10, 20), ("If-None-Match", "*"))).Is(412, "resource.moved");
        (await registry.Planner.Put(Path, Body(30, 10, 20), ("If-Match", "\"7\""))).Is(412, "resource.moved");
        var second = (await registry.Planner.Put(Path, Body(30, 10, 20), ("If-Match", "\"1\""))).Is(200);
        Assert.False(second.Json.TryGetProperty("warnings", out _));

        (await registry.Bureau.Post($"{Path}/confirm", new { division = Yudu })).Is(400, "actor.missing");
        (await registry.CityBureau.Post($"{Path}/confirm", new { division = Yudu }, ("Restoration-Actor", "v-1"))).Is(403, "confirmation.foreign");
        (await registry.Bureau.Post($"{Path}/confirm", new { division = Ningdu }, ("Restoration-Actor", "c-1"))).Is(403, "division.forbidden");
        Assert.Equal("assigned", (await registry.Bureau.Post($"{Path}/confirm", new { division = Yudu }, ("Restoration-Actor", "c-1"))).Is(200).Json.GetProperty("state").GetString());
        var ningdu = registry.Host.As("ningdu-bureau", Ningdu, "reviewer");
        Assert.Equal("confirmed", (await ningdu.Post($"{Path}/confirm", new { division = Ningdu }, ("Restoration-Actor", "c-2"))).Is(200).Json.GetProperty("state").GetString());

        (await registry.Planner.Put(Path, Body(30, 200, 20), ("If-Match", "\"4\""))).Is(422, "assignment.over-remainder");
        (await registry.Planner.Put(Path, Body(31, 11, 20), ("If-Match", "\"4\""))).Is(200);
        var year = (await registry.Reader(Yudu).Get(Path)).Is(200);
        Assert.Equal(("\"5\"", "assigned"), (year.Header("ETag"), year.Json.GetProperty("state").GetString()));
        Assert.Equal([false, true], year.Json.GetProperty("counties").EnumerateArray().OrderByDescending(c => c.GetProperty("division").GetString()).Select(c => c.GetProperty("confirmed").GetBoolean()));
        Assert.Equal(5, (await registry.Reader(Yudu).Get($"{Path}/history")).Is(200).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(2024, (await registry.Reader(Yudu).Get("/v1/registry/projects/p1/assignments")).Is(200).Json.GetProperty("items")[0].GetProperty("year").GetInt32());
        (await registry.Reader("360200").Get(Path)).Is(403, "division.forbidden");
        (await registry.Reader(Yudu).Get("/v1/registry/projects/p1/assignments/2023")).Is(404, "resource.unknown");
        (await registry.Reader(Yudu).Get($"{Path}?recordedAsOf=2020-01-01")).Is(404, "resource.unknown");
    }

    [Fact]
    public async Task What_a_county_confirms_leaves_for_those_who_measure_by_it()
    {
        var path = "/v1/registry/projects/p2/assignments/2023";
        (await registry.Planner.Put(path, new
        {
            measures = new[] { new { measureId = "p2-area", target = new { value = 5, unit = "ha" }, counties = new[] { new { division = Ningdu, quantity = new { value = 5, unit = "ha" } } } } },
        }, ("If-None-Match", "*"))).Is(201);
        (await registry.Host.As("ningdu-bureau", Ningdu, "reviewer").Post($"{path}/confirm", new { division = Ningdu }, ("Restoration-Actor", "c-2"))).Is(200);
        Assert.Equal(
            "gz-i1", await registry.Database.Value<string>(
                "select data->'quantities'->0->>'indicatorId' from events.mt_events where type = 'yearly-assignment-confirmed.v1' and stream_id = 'assignments-p2'"));
    }
}

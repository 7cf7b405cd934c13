using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Restoration zones and key areas as their clients enter and read them.</summary>
public sealed class ZoneApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static object Zone(string id, object[] parts, string planId = "gz", int number = 1) => new
    {
        id, planId, kind = "restoration-zone", name = "矿山及水土保持生态修复区", number, parts, statedCounties = 12, problems = new[] { "水土流失" }, directions = new[] { "崩岗治理" },
    };

    private static string[] Ids(Answer answer) => [.. answer.Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetString()!)];

    [Fact]
    public async Task Zones_are_entered_read_and_found_by_plan_kind_and_division()
    {
        object[] whole = [new { division = Yudu }, new { division = Ningdu, whole = false, share = 0.25m, note = "北部" }];
        var entered = (await registry.Planner.Post("/v1/registry/zones", Zone("z-1", whole))).Is(201);
        Assert.Equal(("/v1/registry/zones/z-1", "\"1\""), (entered.Header("Location"), entered.Header("ETag")));
        (await registry.Planner.Post("/v1/registry/zones", Zone("z-1", whole))).Is(201); // again, alike
        (await registry.Planner.Post("/v1/registry/zones", Zone("z-1", [new { division = Yudu }]))).Is(409, "zone.exists");
        (await registry.Planner.Post("/v1/registry/zones", Zone("z-2", [new { division = NewNankang }], number: 2))).Is(201);
        (await registry.Planner.Post("/v1/registry/zones", new { id = "k-1", planId = "gz", kind = "key-area", keyAreaKind = "mine", name = "矿山生态修复重点区", number = 1 })).Is(201);

        Assert.Equal(["k-1", "z-1", "z-2"], Ids(await registry.Planner.Get("/v1/registry/zones?planId=gz")));
        Assert.Equal(["k-1"], Ids(await registry.Planner.Get("/v1/registry/zones?planId=gz&kind=key-area&keyAreaKind=mine")));
        Assert.Equal(["k-1", "z-1"], Ids(await registry.Planner.Get($"/v1/registry/zones?planId=gz&division={Ningdu}"))); // a key area without places is the whole plan's
        Assert.Equal(["z-1"], Ids(await registry.Planner.Get("/v1/registry/zones?planId=gz&kind=restoration-zone&division=yudu-town")));
        Assert.Equal(["z-1", "z-2"], Ids(await registry.Planner.Get($"/v1/registry/zones?planId=gz&kind=restoration-zone&division={City}")));
        var first = (await registry.Planner.Get("/v1/registry/zones?planId=gz&limit=1")).Is(200).Json;
        Assert.Equal(["z-1", "z-2"], Ids(await registry.Planner.Get($"/v1/registry/zones?planId=gz&cursor={first.GetProperty("next").GetString()}")));

        var zone = (await registry.Planner.Get("/v1/registry/zones/z-1")).Is(200).Json;
        var part = zone.GetProperty("definition").GetProperty("parts")[1];
        Assert.Equal((Ningdu, false, 0.25m), (part.GetProperty("division").GetString(), part.GetProperty("whole").GetBoolean(), part.GetProperty("share").GetDecimal()));
        Assert.Equal("zone-registered.v1", (await registry.Planner.Get("/v1/registry/zones/z-1/history")).Is(200).Json.GetProperty("items")[0].GetProperty("type").GetString());
        (await registry.Planner.Get("/v1/registry/zones/z-1?asOf=2020-01-01")).Is(404);
        (await registry.Planner.Get("/v1/registry/zones/none")).Is(404, "resource.unknown");
    }

    [Fact]
    public async Task A_county_sees_the_zones_of_its_citys_plan_and_another_city_does_not()
    {
        (await registry.Planner.Post("/v1/registry/plans", Plan("gz9"))).Is(201);
        (await registry.Planner.Post("/v1/registry/zones", Zone("z-9", [new { division = Yudu }], "gz9"))).Is(201);
        (await registry.Reader(Yudu).Get("/v1/registry/zones/z-9")).Is(200);
        (await registry.Reader("360200").Get("/v1/registry/zones/z-9")).Is(403, "division.forbidden");
        Assert.Empty(Ids(await registry.Reader("360200").Get("/v1/registry/zones?planId=gz9")));
    }

    [Fact]
    public async Task Only_the_plans_planner_enters_zones_and_of_a_plan_that_is_known()
    {
        (await registry.Bureau.Post("/v1/registry/zones", Zone("z-5", [new { division = Yudu }]))).Is(403, "role.missing");
        (await registry.Host.As("other", "360200", Roles.Planner).Post("/v1/registry/zones", Zone("z-5", [new { division = Yudu }]))).Is(403, "division.forbidden");
        (await registry.Planner.Post("/v1/registry/zones", Zone("z-5", [new { division = Yudu }], "none"))).Is(422, "plan.unknown");
        (await registry.Planner.Post("/v1/registry/zones", Zone("z-5", [new { division = "360222" }]))).Is(422, "zone.invalid");
        (await registry.Planner.Post("/v1/registry/zones", new { id = "z-5", planId = "gz", kind = "swamp", name = "x" })).Is(400, "body.malformed");
    }
}

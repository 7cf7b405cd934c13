using System.Text.Json;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>What was terminated has no target, estimate or share in any sum; what was done in it stays done.</summary>
public sealed class DroppedProjectTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    [Fact]
    public async Task Of_a_terminated_project_counts_what_was_done_and_nothing_else()
    {
        (await registry.Host.As("ningdu", Ningdu, "reporter").PostEvent(Event(Data(10, "2024-06", division: Ningdu, measure: "p2-area"), source: "/ningdu"))).Is(201);
        var figure = $"/v1/registry/progress/p2-area.{Ningdu}.2024-06";
        (await registry.Host.As("ningdu-bureau", Ningdu, "reviewer").Post($"{figure}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
        var verified = (await registry.CityBureau.Post($"{figure}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200).Header("X-Position")!;

        var before = await Told(verified);
        Assert.Equal(new(3, 1_000_000, 300, 10, 0.0333m, 3, 0), before);
        Assert.Equal(before, await Told(verified)); // as it was added up before

        var ended = (await registry.Planner.Post("/v1/registry/projects/p2/terminate", new { reason = "规划调整", money = "退回", land = "复垦" })).Is(200).Header("X-Position")!;
        var after = await Told(ended);
        Assert.Equal(new(3, 500_000, 200, 10, 0, 2, 1), after);
        Assert.Equal(after, await Told(ended, "&recordedAsOf=2999-01-01"));

        var summary = (await registry.Reader(City).Get($"/v1/registry/plans/gz/summary?minPosition={ended}")).Is(200).Json;
        Assert.Equal((500_000m, 1), (Amount(summary.GetProperty("estimate")), summary.GetProperty("projectsWithoutEstimate").GetInt32()));
        var programme = summary.GetProperty("programmes")[0];
        Assert.Equal((500_000m, 0m), (Amount(programme.GetProperty("estimate")), programme.GetProperty("share").GetDecimal()));
        Assert.Equal(0.1m, programme.GetProperty("projects").EnumerateArray().Single(p => p.GetProperty("projectId").GetString() == "p2").GetProperty("share").GetDecimal());
        var ningdu = (await registry.Reader(Ningdu).Get("/v1/registry/overview")).Is(200).Json.GetProperty("amounts")[0];
        Assert.Equal((false, 10m), (ningdu.TryGetProperty("target", out _), ningdu.GetProperty("verified").GetProperty("value").GetDecimal()));
        var all = (await registry.Reader(City).Get("/v1/registry/overview")).Is(200).Json;
        Assert.Equal(0, all.GetProperty("amounts").EnumerateArray().Single(a => a.GetProperty("dimension").GetString() == "area").GetProperty("share").GetDecimal()); // of 200 ha nothing is done
        Assert.True(all.GetProperty("scheduleStates").EnumerateArray().Sum(s => s.GetProperty("projects").GetInt64()) <= 2);
    }

    private sealed record Numbers(long Projects, decimal Estimate, decimal Target, decimal Verified, decimal Share, long Counting, long Terminated);

    private async Task<Numbers> Told(string position, string and = "")
    {
        var overview = (await registry.Reader(City).Get($"/v1/registry/overview?minPosition={position}{and}")).Is(200).Json;
        var area = overview.GetProperty("amounts").EnumerateArray().Single(a => a.GetProperty("dimension").GetString() == "area");
        var programme = overview.GetProperty("parts").EnumerateArray().Single(p => p.GetProperty("by").GetString() == "programme");
        Assert.Equal(Amount(overview.GetProperty("estimate")), Amount(programme.GetProperty("estimate")));
        Assert.Equal(overview.GetProperty("share").GetDecimal(), programme.GetProperty("share").GetDecimal());
        Assert.Equal(overview.GetProperty("projects").GetInt64(), programme.GetProperty("projects").GetInt64());
        return new(
            overview.GetProperty("projects").GetInt64(), Amount(overview.GetProperty("estimate")), area.GetProperty("target").GetProperty("value").GetDecimal(),
            area.GetProperty("verified").GetProperty("value").GetDecimal(), overview.GetProperty("share").GetDecimal(), programme.GetProperty("coverage").GetProperty("of").GetInt64(),
            overview.GetProperty("states").EnumerateArray().Where(s => s.GetProperty("state").GetString() == "terminated").Sum(s => s.GetProperty("projects").GetInt64()));
    }

    private static decimal Amount(JsonElement money) => money.GetProperty("amount").GetDecimal();
}

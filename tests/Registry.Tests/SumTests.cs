using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>What counties did is what their city did, and their province.</summary>
public sealed class SumTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    [Fact]
    public async Task County_sums_are_city_sums_are_province_sums()
    {
        var random = new Random(360700);
        var position = "";
        var events = Enumerable.Range(0, 80).Select(_ => Event(
            Data(
                random.Next(0, 50) / 10m, $"2024-0{1 + random.Next(5)}", ((string[])["increment", "year-to-date", "to-date"])[random.Next(3)],
                random.Next(2) == 0 ? Yudu : Ningdu, "p1-area", "r", random.Next(2) == 0 ? "mu" : "ha"),
            source: "/all")).ToList();
        (await registry.Host.As("all-reports", City, "reporter").PostEvents(events)).Is(200);
        foreach (var figure in from county in new[] { Yudu, Ningdu } from month in new[] { 1, 2, 4 } select $"/v1/registry/progress/p1-area.{county}.2024-0{month}")
        {
            (await registry.Host.As("bureau", City, "reviewer").Post($"{figure}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
            position = (await registry.CityBureau.Post($"{figure}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200).Header("X-Position")!;
        }

        var sums = new Dictionary<string, (decimal Reported, decimal Verified)>();
        foreach (var division in new[] { Yudu, Ningdu, City, Province })
        {
            var measure = (await registry.Reader(Province).Get($"/v1/registry/plans/gz/summary?minPosition={position}&division={division}&unit=m2")).Is(200).Json
                .GetProperty("programmes")[0].GetProperty("projects")[0].GetProperty("measures")[0];
            sums[division] = (measure.GetProperty("reported").GetProperty("value").GetDecimal(), measure.GetProperty("verified").GetProperty("value").GetDecimal());
        }

        Assert.True(sums[Yudu].Verified != 0 && sums[Ningdu].Verified != 0 && sums[City].Verified != sums[City].Reported, string.Join(' ', sums));
        // Each is rounded to a ten-thousandth of a square metre when it is answered.
        Assert.Equal(sums[City].Reported, sums[Yudu].Reported + sums[Ningdu].Reported, 3);
        Assert.Equal(sums[City].Verified, sums[Yudu].Verified + sums[Ningdu].Verified, 3);
        Assert.Equal(sums[Province], sums[City]);
    }
}

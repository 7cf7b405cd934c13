using Restoration.Domain;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>A sample from its draw to its results, over HTTP: and drawn again from what it says.</summary>
public sealed class SampleApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private Caller Province => registry.Host.As("province", RegistrySystem.Province, "reviewer");

    private async Task Verified(params string[] periods)
    {
        foreach (var period in periods)
        {
            (await registry.Reporter.PostEvent(Event(Data(1, period)))).Is(201);
            (await registry.Bureau.Post($"/v1/registry/progress/p1-area.{Yudu}.{period}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
            (await registry.CityBureau.Post($"/v1/registry/progress/p1-area.{Yudu}.{period}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200);
        }
    }

    [Fact]
    public async Task Figures_are_drawn_examined_and_drawn_again_by_anyone()
    {
        await Verified("2024-01", "2024-02", "2024-03", "2023-12");
        (await Province.Post("/v1/registry/progress/sample", new { division = Yudu, count = 2 })).Is(400, "actor.missing");
        (await registry.Bureau.Post("/v1/registry/progress/sample", new { division = Yudu, count = 2 }, ("Restoration-Actor", "c-1"))).Is(422, "sample.invalid");
        var body = new { id = "spring", division = City, planId = "gz", periodFrom = "2024", periodTo = "2024", count = 2, seed = "2024-07-01 上证指数 2967.40" };
        var made = (await Province.Post("/v1/registry/progress/sample", body, ("Restoration-Actor", "i-1"))).Is(201);
        Assert.Equal("/v1/registry/samples/spring", made.Header("Location"));
        (await Province.Post("/v1/registry/progress/sample", new { id = "spring", division = City, count = 3 }, ("Restoration-Actor", "i-1"))).Is(409, "sample.exists");

        var sample = (await registry.Reader(Yudu).Get("/v1/registry/samples/spring")).Is(200).Json;
        var population = sample.GetProperty("population").EnumerateArray().Select(i => i.GetString()!).ToList();
        Assert.Equal([$"p1-area.{Yudu}.2024-01", $"p1-area.{Yudu}.2024-02", $"p1-area.{Yudu}.2024-03"], population);
        Assert.Equal(Lot.Sha256(population), sample.GetProperty("sha256").GetString());
        var drawn = sample.GetProperty("drawn").EnumerateArray().Select(i => i.GetProperty("id").GetString()!).ToList();
        Assert.Equal(Lot.Draw(sample.GetProperty("seed").GetString()!, population, 2), drawn);

        Assert.Equal(drawn.Order(StringComparer.Ordinal), await Waiting());
        var left = population.Except(drawn).Single();
        (await Examine(left, true)).Is(409, "sample.not-drawn");
        Assert.Equal("sampled", (await Examine(drawn[0], true)).Is(200).Json.GetProperty("state").GetString());
        Assert.Equal([drawn[1]], await Waiting());
        (await Examine(drawn[1], false)).Is(422, "reason.missing");
        Assert.Equal("disputed", (await Examine(drawn[1], false, "坡面未复绿")).Is(200).Json.GetProperty("state").GetString());
        (await registry.CityBureau.Post($"/v1/registry/progress/{drawn[0]}/sample", new { sampleId = "spring", confirmed = true }, ("Restoration-Actor", "v-9"))).Is(403, "sample.foreign");

        var after = (await registry.Reader(City).Get("/v1/registry/samples/spring")).Is(200);
        Assert.Equal("examined", after.Json.GetProperty("state").GetString());
        Assert.Equal(["confirmed", "disputed"], after.Json.GetProperty("drawn").EnumerateArray().Select(i => i.GetProperty("result").GetString()));
        Assert.Equal("\"3\"", after.Header("ETag"));
        var figure = (await registry.Reader(City).Get($"/v1/registry/progress/{drawn[0]}")).Is(200).Json;
        Assert.Equal(("sampled", "spring", 1m), (figure.GetProperty("state").GetString(), figure.GetProperty("sampleId").GetString(), figure.GetProperty("verified").GetProperty("value").GetDecimal()));
        Assert.Equal(
            ["sample-drawn.v1", "sample-examined.v1", "sample-examined.v1"],
            (await registry.Reader(City).Get("/v1/registry/samples/spring/history")).Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("type").GetString()));

        var item = (await registry.Reader(City).Get("/v1/registry/samples?kind=progress&planId=gz")).Is(200).Json.GetProperty("items")[0];
        Assert.Equal((3, 2, 2), (item.GetProperty("population").GetInt32(), item.GetProperty("drawn").GetInt32(), item.GetProperty("examined").GetInt32()));
        Assert.Empty((await registry.Reader("360200").Get("/v1/registry/samples")).Is(200).Json.GetProperty("items").EnumerateArray());
        (await registry.Reader("360200").Get("/v1/registry/samples/spring")).Is(403, "division.forbidden");

        Assert.Empty(await Waiting());

        async Task<List<string?>> Waiting() =>
            [.. (await Province.Get("/v1/registry/work-list?act=sample")).Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("subject").GetString())];

        Task<Answer> Examine(string figure, bool confirmed, string? reason = null) => Province.Post(
            $"/v1/registry/progress/{figure}/sample", new { sampleId = "spring", confirmed, reason }, ("Restoration-Actor", "i-1"));
    }

    [Fact]
    public async Task Where_nothing_is_accepted_no_project_is_drawn() =>
        (await Province.Post("/v1/registry/projects/sample", new { division = City, share = 0.1 }, ("Restoration-Actor", "i-1"))).Is(422, "sample.population-unfit");
}

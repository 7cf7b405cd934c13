using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Projects as a dashboard asks for them, and what waits for whom.</summary>
public sealed class ProjectListTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private async Task<string[]> Ids(string query, string start = "p") =>
        [.. (await registry.Planner.Get($"/v1/registry/projects?limit=100&{query}")).Is(200).Json.GetProperty("items").EnumerateArray().Select(p => p.GetProperty("id").GetString()!).Where(i => i.StartsWith(start, StringComparison.Ordinal))];

    [Theory]
    [InlineData("kind=soil-and-water", "p1 p2 p3")]
    [InlineData("kind=mine", "")]
    [InlineData("name=%E5%B4%A9%E5%B2%97%E6%B2%BB%E7%90%862", "p2")] // 崩岗治理2
    [InlineData("year=2023", "p1 p2 p3")]
    [InlineData("year=2031", "")]
    [InlineData("approvingDivision=360700", "p1 p2 p3")]
    [InlineData("approvingDivision=360000", "")]
    [InlineData("channel=central", "")]
    [InlineData("town=yudu-town", "")]
    [InlineData("changedSince=2020-01-01", "p1 p2 p3")]
    [InlineData("changedSince=2199-01-01", "")]
    [InlineData("sort=estimate", "p1 p2 p3")]
    [InlineData("sort=name", "p1 p2 p3")]
    [InlineData("planId=gz&leadUnit=%E5%B8%82%E6%B0%B4%E5%88%A9%E5%B1%80", "p1")] // 市水利局
    public async Task Each_filter_narrows_it(string query, string ids) => Assert.Equal(ids, string.Join(' ', await Ids(query)));

    [Fact]
    public async Task It_is_paged_in_each_order_and_shows_how_far_projects_are()
    {
        var path = $"/v1/registry/progress/p2-area.{Ningdu}.2022-02";
        (await registry.Host.As("ningdu", Ningdu, Roles.Reporter).PostEvent(Event(Data(40, "2022-02", measure: "p2-area", division: Ningdu), source: "/ningdu"))).Is(201);
        (await registry.Host.As("checks", Ningdu, Roles.Reviewer).Post($"{path}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
        var at = (await registry.CityBureau.Post($"{path}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200).Header("X-Position");
        Assert.Equal(["p2", "p1", "p3"], await Ids($"sort=share&minPosition={at}"));
        foreach (var (sort, expected) in new[] { ("number", "p1 p2 p3"), ("name", "p1 p2 p3"), ("estimate", "p1 p2 p3"), ("share", "p2 p1 p3") })
        {
            var ids = new List<string>();
            for (var next = $"/v1/registry/projects?sort={sort}&limit=1"; next is not null;)
            {
                var page = (await registry.Planner.Get(next)).Is(200);
                ids.AddRange(page.Json.GetProperty("items").EnumerateArray().Select(p => p.GetProperty("id").GetString()!));
                next = page.Header("Link")?.Split('>')[0][1..];
            }

            Assert.Equal(expected, string.Join(' ', ids));
        }

        (await registry.Planner.Get("/v1/registry/projects?sort=weight")).Is(400, "parameter.malformed");
        var project = (await registry.Planner.Get("/v1/registry/projects?name=%E5%B4%A9%E5%B2%97%E6%B2%BB%E7%90%862")).Is(200).Json.GetProperty("items")[0];
        Assert.Equal(0.4m, project.GetProperty("share").GetDecimal());
        var judged = await Eventually.Get(async () => await Ids("scheduleState=far-behind"), ids => ids.Length == 3, "all are judged");
        Assert.Equal(["p1", "p2", "p3"], judged);
        var csv = (await registry.Planner.Get("/v1/registry/projects?sort=name", ("Accept", "text/csv"), ("Accept-Language", "zh"))).Is(200).Text;
        Assert.Contains("进度状态", csv, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_waits_is_told_to_whom_it_waits_for()
    {
        var figure = $"p1-area.{Yudu}.2023-03";
        (await registry.Reporter.PostEvent(Event(Data(1, "2023-03")))).Is(201);
        Assert.Equal(["check"], await Waits(registry.Bureau, figure));
        Assert.Empty(await Waits(registry.CityBureau, figure));
        Assert.Empty(await Waits(registry.Host.As("ningdu-bureau", Ningdu, Roles.Reviewer), figure));
        (await registry.Bureau.Post($"/v1/registry/progress/{figure}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
        Assert.Empty(await Waits(registry.Bureau, figure));
        Assert.Equal(["verify"], await Waits(registry.CityBureau, figure));
        Assert.Empty(await Waits(registry.Host.As("province", Province, Roles.Reviewer), figure)); // the level right above is asked
        (await registry.CityBureau.Post($"/v1/registry/progress/{figure}/dispute", new { reason = "照片不符" })).Is(200);
        Assert.Equal(["report"], await Waits(registry.Reporter, figure));
        var counts = (await registry.Reporter.Get("/v1/registry/work-list")).Is(200).Json.GetProperty("counts").EnumerateArray().ToDictionary(c => c.GetProperty("act").GetString()!, c => c.GetProperty("count").GetInt64());
        Assert.Equal(1, counts["report"]);
        Assert.Equal(0, (await registry.Reader(Yudu).Get("/v1/registry/work-list")).Is(200).Json.GetProperty("items").GetArrayLength());

        Assert.Equal(["complete"], await Waits(registry.Planner, "p1"));
        (await registry.Planner.Post("/v1/registry/projects/p1/changes", new { id = "waits", reason = "机构改革", leadUnit = "市林业局二处" })).Is(201);
        Assert.Equal(["approve"], await Waits(registry.CityBureau, "p1.waits"));
        Assert.Empty(await Waits(registry.Bureau, "p1.waits"));
        (await registry.CityBureau.Post("/v1/registry/projects/p1/changes/waits/refuse", new { reason = "撤回" }, ("Restoration-Actor", "v-1"))).Is(200);
        Assert.Empty(await Waits(registry.CityBureau, "p1.waits"));

        static async Task<List<string>> Waits(Caller caller, string subject) =>
            [.. (await caller.Get("/v1/registry/work-list?limit=500")).Is(200).Json.GetProperty("items").EnumerateArray().Where(i => i.GetProperty("subject").GetString() == subject).Select(i => i.GetProperty("act").GetString()!)];
    }
}

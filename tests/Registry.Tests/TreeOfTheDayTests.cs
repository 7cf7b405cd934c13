using System.Text.Json;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>
/// A county that becomes a district with another code in 2023, moves to the next city in 2024 and is renamed in 2025: each report uses the
/// code of its day, and each roll-up the tree of the day it is asked about.
/// </summary>
public sealed class TreeOfTheDayTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private const string Old = "360796", New = "360797", NextCity = "360200";

    private Caller Reports => registry.Host.As("city-reports", City, Roles.Reporter);
    private Caller Province => registry.Host.As("province", RegistrySystem.Province, Roles.Reader, Roles.Reviewer);

    [Fact]
    public async Task Reports_use_the_code_of_their_day_and_sums_the_tree_of_theirs()
    {
        await Begin();
        await Report(Old, "2022-06", 2, 201);
        await Report(New, "2023-06", 3, 201);
        Assert.Contains(New, (await Report(Old, "2023-06", 1, 422, "division.replaced")).Text, StringComparison.Ordinal);
        Assert.Contains(Old, (await Report(New, "2022-06", 1, 422, "division.not-valid")).Text, StringComparison.Ordinal);
        Assert.Contains("p9", (await registry.Planner.Get($"/v1/registry/projects?division={New}")).Is(200).Text, StringComparison.Ordinal);

        // Who follows a code answers for what was reported under it.
        Assert.Equal((5m, 5m, 5m), (await Verified(New), await Verified(City), await Verified(RegistrySystem.Province)));
        Assert.Equal((2m, 0m, 2m), (await Verified(Old, "asOf=2022-12-31"), await Verified(New, "asOf=2022-12-31"), await Verified(City, "asOf=2022-12-31")));

        var before = (await registry.Database.Value<DateTime>("select clock_timestamp()")).ToUniversalTime();
        Assert.Equal("\"2\"", (await registry.Operator.Post($"/v1/registry/divisions/{New}/move", new { parentId = NextCity, from = "2024-01-01" })).Is(200).Header("ETag"));
        Assert.Equal((0m, 5m, 5m), (await Verified(City), await Verified(NextCity), await Verified(RegistrySystem.Province)));
        Assert.Equal((5m, 0m), (await Verified(City, "asOf=2023-12-31"), await Verified(NextCity, "asOf=2023-12-31")));
        Assert.Equal((5m, 0m), (await Verified(City, $"recordedAsOf={before:O}"), await Verified(NextCity, $"recordedAsOf={before:O}")));

        (await registry.Operator.Post($"/v1/registry/divisions/{New}/rename", new { name = "甲市", from = "2025-01-01", reason = "国函〔2024〕9号" })).Is(200);
        await TheTreeIsListedByDay();
    }

    private async Task TheTreeIsListedByDay()
    {
        Assert.Equal(["甲县"], await Named("360700", "2022-12-31"));
        Assert.Equal(["甲区"], await Named("360700", "2023-12-31"));
        Assert.Equal(["甲区"], await Named(NextCity, "2024-12-31"));
        Assert.Equal(["甲市"], await Named(NextCity, "2025-01-01"));

        var path = $"/v1/registry/divisions/{New}";
        (await registry.Reporter.Get($"{path}?asOf=2022-12-31")).Is(404);
        Assert.Equal("甲区 360700", Said((await registry.Reporter.Get($"{path}?asOf=2023-01-01")).Is(200).Json));
        var today = (await registry.Reporter.Get(path)).Is(200).Json;
        Assert.Equal("甲市 360200", Said(today));
        Assert.Equal(("甲区", "2024-12-31"), (today.GetProperty("formerNames")[0].GetProperty("name").GetString(), today.GetProperty("formerNames")[0].GetProperty("lastDay").GetString()));
        Assert.Equal(("360700", "2023-12-31"), (
            today.GetProperty("formerParents")[0].GetProperty("parentId").GetString(), today.GetProperty("formerParents")[0].GetProperty("lastDay").GetString()));
        var facts = (await registry.Reporter.Get($"{path}/history")).Is(200).Json.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("type").GetString());
        Assert.Equal(["division-defined.v1", "division-moved.v1", "division-renamed.v1"], facts);

        static string Said(JsonElement division) => $"{division.GetProperty("name").GetString()} {division.GetProperty("parentId").GetString()}";
    }

    private async Task<string[]> Named(string parent, string day) =>
    [
        .. (await registry.Reporter.Get($"/v1/registry/divisions?parentId={parent}&asOf={day}")).Is(200).Json.GetProperty("items").EnumerateArray()
            .Select(d => d.GetProperty("name").GetString()!).Where(n => n[0] == '甲'),
    ];

    [Fact]
    public async Task Only_who_enters_divisions_changes_them_and_nothing_but_what_there_is()
    {
        (await registry.Planner.Post($"/v1/registry/divisions/{Yudu}/rename", new { name = "x", from = "2025-01-01" })).Is(403, "role.missing");
        var neighbour = registry.Host.As("other-city", NextCity, Roles.Operator);
        (await neighbour.Post($"/v1/registry/divisions/{Yudu}/rename", new { name = "x", from = "2025-01-01" })).Is(403, "division.forbidden");
        (await neighbour.Post($"/v1/registry/divisions/{Yudu}/move", new { parentId = NextCity, from = "2025-01-01" })).Is(403, "division.forbidden");
        (await registry.Operator.Post("/v1/registry/divisions/360795/rename", new { name = "x", from = "2025-01-01" })).Is(404, "division.unknown");
        (await registry.Operator.Post("/v1/registry/divisions/360795/move", new { parentId = NextCity, from = "2025-01-01" })).Is(404, "division.unknown");
        (await registry.Operator.Post($"/v1/registry/divisions/{Yudu}/move", new { parentId = Ningdu, from = "2025-01-01" })).Is(422, "division.invalid");
    }

    [Fact]
    public async Task A_roll_up_says_how_many_of_the_counties_it_knows()
    {
        (await registry.Operator.Post("/v1/registry/divisions", new { id = "370000", name = "山东省", level = "province", statedCounties = 136 })).Is(201);
        (await registry.Operator.Post("/v1/registry/divisions", new { id = "370100", name = "济南市", level = "city", parentId = "370000" })).Is(201);
        (await registry.Operator.Post("/v1/registry/divisions", new { id = "370102", name = "历下区", level = "county", parentId = "370100" })).Is(201);
        var planner = registry.Host.As("shandong", "370000", Roles.Planner);
        (await planner.Post("/v1/registry/plans", Plan("sd", "370000"))).Is(201);
        var coverage = (await planner.Get("/v1/registry/plans/sd/summary")).Is(200).Json.GetProperty("coverage");
        Assert.Equal((1, 136), (coverage.GetProperty("counties").GetInt32(), coverage.GetProperty("stated").GetInt32()));
    }

    private async Task Begin()
    {
        const string At = "2021-06-01T00:00:00+08:00";
        (await registry.Operator.Post("/v1/registry/divisions", new { id = Old, name = "甲县", level = "county", parentId = City })).Is(201);
        (await registry.Operator.Post("/v1/registry/divisions", new { id = New, name = "甲区", level = "county", parentId = City, validFrom = "2023-01-01" })).Is(201);
        (await registry.Planner.Post("/v1/registry/plans", new
        {
            id = "day", division = City, name = "规划", from = 2021, to = 2025, countyCheck = false, programmes = new[] { new { id = "prog-d", name = "工程" } }, at = At,
        })).Is(201);
        (await registry.Planner.Post("/v1/registry/projects", new
        {
            id = "p9", planId = "day", programmeId = "prog-d", name = "治理", kind = "forest", counties = new[] { Old }, schedule = new[] { new { from = 2021, to = 2025 } },
            measures = new[] { new { id = "p9-area", name = "造林", quantity = new { value = 100, unit = "ha" } } }, at = At,
        })).Is(201);
        (await registry.Planner.Post("/v1/registry/plans/day/adopt", new { at = At })).Is(200);
        (await registry.Planner.Post("/v1/registry/projects/p9/start", new { at = At })).Is(200);
        (await registry.Operator.Post($"/v1/registry/divisions/{Old}/replace", new { replacedBy = New, lastDay = "2022-12-31" })).Is(200);
    }

    private async Task<Answer> Report(string division, string period, int value, int status, string? code = null)
    {
        var answer = await Reports.PostEvent(Event(Data(value, period, division: division, measure: "p9-area"), source: "/city"));
        if (code is not null)
            return answer.Is(status, code);
        answer.Is(status);
        return (await Province.Post($"/v1/registry/progress/p9-area.{division}.{period}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200);
    }

    private async Task<decimal> Verified(string division, string query = "")
    {
        var head = await registry.Database.Value<long>("select max(seq_id) from events.mt_events");
        var summary = (await Province.Get($"/v1/registry/plans/day/summary?minPosition=registry:{head}&division={division}&{query}")).Is(200).Json;
        return summary.GetProperty("programmes")[0].GetProperty("projects")[0].GetProperty("measures")[0].GetProperty("verified").GetProperty("value").GetDecimal();
    }
}

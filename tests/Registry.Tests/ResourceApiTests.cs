using System.Text.Json;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Divisions, plans, projects and figures as their clients read and command them.</summary>
public sealed class ResourceApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static string[] Ids(Answer answer) => [.. answer.Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetString()!)];

    [Fact]
    public async Task Divisions_are_listed_by_pinyin_page_by_page()
    {
        var names = new List<string>();
        for (var next = "/v1/registry/divisions?limit=4"; next is not null;)
        {
            var page = (await registry.Reporter.Get(next)).Is(200);
            names.AddRange(page.Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("name").GetString()!));
            var cursor = page.Json.TryGetProperty("next", out var n) ? n.GetString() : null;
            Assert.Equal(cursor is null ? null : $"</v1/registry/divisions?limit=4&cursor={cursor}>; rel=\"next\"", page.Header("Link"));
            next = cursor is null ? null : $"/v1/registry/divisions?limit=4&cursor={cursor}";
        }

        Assert.Equal(["浮梁县", "赣州经开区", "赣州市", "贡江镇", "江西省", "景德镇市", "南康区", "南康市", "宁都县", "于都县"], names);
    }

    [Fact]
    public async Task Divisions_are_filtered()
    {
        Assert.Equal(["360222"], Ids(await registry.Reporter.Get("/v1/registry/divisions?parentId=360200")));
        Assert.Equal([City, "360200"], Ids(await registry.Reporter.Get("/v1/registry/divisions?level=city")));
        Assert.Empty(Ids(await registry.Reporter.Get("/v1/registry/divisions?level=city&parentId=360700")));
    }

    [Fact]
    public async Task A_replaced_division_says_by_what()
    {
        var answer = (await registry.Reporter.Get($"/v1/registry/divisions/{Nankang}")).Is(200);
        Assert.Equal((NewNankang, "2013-10-31", "\"2\""), (
            answer.Json.GetProperty("replacedBy").GetString(), answer.Json.GetProperty("validTo").GetString(), answer.Header("ETag")));
        var facts = (await registry.Reporter.Get($"/v1/registry/divisions/{Nankang}/history")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["division-defined.v1", "division-replaced.v1"], facts.Select(f => f.GetProperty("type").GetString()));
        Assert.Equal("operator", facts[0].GetProperty("client").GetString());
    }

    [Fact]
    public async Task What_a_reader_has_already_is_not_sent_again()
    {
        var tag = (await registry.Planner.Get("/v1/registry/plans/gz")).Is(200).Header("ETag")!;
        (await registry.Planner.Get("/v1/registry/plans/gz", ("If-None-Match", tag))).Is(304);
        (await registry.Planner.Get("/v1/registry/plans/gz", ("If-None-Match", "\"99\""))).Is(200);
    }

    [Fact]
    public async Task Nothing_is_read_without_a_token()
    {
        foreach (var path in new[]
        {
            "divisions", $"divisions/{Yudu}", $"divisions/{Yudu}/history", "plans", "plans/gz", "plans/gz/programmes", "plans/gz/findings", "plans/gz/summary", "plans/gz/history",
            "plans/gz/programmes/prog-a/summary", "projects", "projects/p1", "projects/p1/measures", "projects/p1/progress", "projects/p1/history", "progress",
            "progress/p1-area.360731.2024-06", "progress/p1-area.360731.2024-06/history", "events?source=/yudu&id=1",
        })
            (await registry.Host.Nobody.Get($"/v1/registry/{path}")).Is(401, "token.missing");
    }

    [Fact]
    public async Task A_client_sees_its_division_those_below_and_what_above_touches_it()
    {
        Assert.Equal(["p1", "p2", "p3"], Ids(await registry.Reader(City).Get("/v1/registry/projects?planId=gz")));
        Assert.Equal(["p1", "p2", "p3"], Ids(await registry.Reader(Province).Get("/v1/registry/projects?planId=gz")));
        Assert.Equal(["p1", "p3"], Ids(await registry.Reader(Yudu).Get("/v1/registry/projects?planId=gz"))); // p3 is of the whole plan area
        Assert.Equal(["p1", "p3"], Ids(await registry.Reader("yudu-town").Get("/v1/registry/projects?planId=gz")));
        Assert.Equal(["p3"], Ids(await registry.Reader(Zone).Get("/v1/registry/projects?planId=gz")));
        Assert.Empty(Ids(await registry.Reader("360222").Get("/v1/registry/projects")));
        Assert.Empty(Ids(await registry.Reader("360222").Get("/v1/registry/plans")));
        foreach (var path in new[] { "plans/gz", "plans/gz/summary", "plans/gz/findings", "plans/gz/programmes", "plans/gz/history", "projects/p2", "projects/p2/measures", "projects/p2/history" })
            (await registry.Reader("360222").Get($"/v1/registry/{path}")).Is(403, "division.forbidden");
        (await registry.Reader(Yudu).Get("/v1/registry/projects/p2")).Is(403, "division.forbidden");
    }

    [Fact]
    public async Task A_figure_is_seen_by_its_division_and_those_above()
    {
        (await registry.Reporter.PostEvent(Event(Data(1, "2021-01")))).Is(201);
        const string Path = "/v1/registry/progress/p1-area.360731.2021-01";
        foreach (var division in new[] { Yudu, City, Province, Client.Everywhere })
            (await registry.Reader(division).Get(Path)).Is(200);
        foreach (var path in new[] { Path, $"{Path}/history" })
            (await registry.Reader(Ningdu).Get(path)).Is(403, "division.forbidden");
        Assert.DoesNotContain("p1-area.360731.2021-01", Ids(await registry.Reader(Ningdu).Get("/v1/registry/progress?limit=500")));
        Assert.DoesNotContain("p1-area.360731.2021-01", Ids(await registry.Reader(Ningdu).Get("/v1/registry/projects/p1/progress")));
    }

    [Fact]
    public async Task Projects_are_filtered_and_a_cursor_goes_with_its_filters()
    {
        Assert.Equal(["p1"], Ids(await registry.Planner.Get($"/v1/registry/projects?leadUnit={Uri.EscapeDataString("市水利局")}")));
        Assert.Equal(["p1", "p3"], Ids(await registry.Planner.Get($"/v1/registry/projects?division={Yudu}")));
        Assert.Equal(["p1", "p2", "p3"], Ids(await registry.Planner.Get("/v1/registry/projects?kind=soil-and-water&state=in-progress&programmeId=prog-a")));
        Assert.Empty(Ids(await registry.Planner.Get("/v1/registry/projects?keyWorkId=work-a")));
        var first = await registry.Planner.Get("/v1/registry/projects?planId=gz&limit=2");
        Assert.Equal(["p1", "p2"], Ids(first));
        var cursor = first.Json.GetProperty("next").GetString();
        Assert.Equal(["p3"], Ids(await registry.Planner.Get($"/v1/registry/projects?planId=gz&limit=1&cursor={cursor}")));
        (await registry.Planner.Get($"/v1/registry/projects?limit=2&cursor={cursor}")).Is(400, "cursor.foreign");
        (await registry.Planner.Get($"/v1/registry/plans?limit=2&cursor={cursor}")).Is(400, "cursor.foreign");
    }

    [Fact]
    public async Task The_same_id_with_other_content_is_refused()
    {
        (await registry.Planner.Post("/v1/registry/projects", Project("p1", "gz", [Yudu]))).Is(409, "project.exists");
        (await registry.Planner.Post("/v1/registry/projects", Project("p1", "gz", [Yudu, Ningdu]))).Is(201);
        (await registry.Planner.Post("/v1/registry/plans", Plan("gz", countyCheck: false))).Is(409, "plan.exists");
        (await registry.Operator.Post("/v1/registry/divisions", new { id = Yudu, name = "于都", level = "county", parentId = City })).Is(409, "division.exists");
    }

    [Fact]
    public async Task Plans_and_projects_are_made_in_ones_own_division()
    {
        (await registry.Planner.Post("/v1/registry/plans", Plan("jdz", "360200"))).Is(403, "division.forbidden");
        var other = registry.Host.As("jdz-planner", "360200", Roles.Planner);
        (await other.Post("/v1/registry/projects", Project("p9", "gz", []))).Is(403, "division.forbidden");
        (await other.Post("/v1/registry/projects/p1/start", new { })).Is(403, "division.forbidden");
        (await other.Post("/v1/registry/plans/gz/adopt", new { })).Is(403, "division.forbidden");
        (await registry.Planner.Post("/v1/registry/projects", Project("p9", "none", []))).Is(422, "plan.unknown");
        (await registry.Planner.Post("/v1/registry/projects/none/start", new { })).Is(404, "project.unknown");
        (await registry.Planner.Post("/v1/registry/plans", Plan("nowhere", "369900"))).Is(422, "division.unknown");
    }

    [Fact]
    public async Task A_plan_shows_its_findings()
    {
        var findings = (await registry.Planner.Get("/v1/registry/plans/gz/findings")).Is(200).Json.GetProperty("items").EnumerateArray()
            .Select(f => $"{f.GetProperty("code").GetString()} {(f.TryGetProperty("measureId", out var m) ? m : f.TryGetProperty("projectId", out var p) ? p : default)}".Trim());
        Assert.Equal(
            [
                "plan.note", "plan.sum-differs", "measure.without-quantity p1-later", "measure.total-differs p1-total", "project.without-lead-unit p2",
                "measure.without-quantity p2-later", "measure.total-differs p2-total", "project.without-counties p3", "project.without-estimate p3",
                "project.without-lead-unit p3", "measure.without-quantity p3-later", "measure.total-differs p3-total",
            ],
            findings);
    }

    [Fact]
    public async Task A_figure_goes_up_the_line()
    {
        const string Path = "/v1/registry/progress/p1-area.360731.2021-02";
        (await registry.Reporter.PostEvent(Event(Data(3, "2021-02", investment: new { amount = 2, unit = "wan-yuan" })))).Is(201);
        (await registry.Bureau.Post($"{Path}/check", new { })).Is(400, "actor.missing");
        (await registry.Host.As("ningdu-bureau", Ningdu, Roles.Reviewer).Post($"{Path}/check", new { }, ("Restoration-Actor", "n-1"))).Is(403, "division.forbidden");
        (await registry.CityBureau.Post($"{Path}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(409, "figure.not-checked");
        Assert.Equal("\"2\"", (await registry.Bureau.Post($"{Path}/check", new { note = "现场" }, ("Restoration-Actor", "c-1"))).Is(200).Header("ETag"));
        (await registry.Bureau.Post($"{Path}/verify", new { }, ("Restoration-Actor", "c-2"))).Is(403, "verification.own-division");
        (await registry.CityBureau.Post($"{Path}/verify", new { }, ("Restoration-Actor", "c-1"))).Is(403, "duties.not-separate");
        (await registry.CityBureau.Post($"{Path}/verify", new { }, ("Restoration-Actor", "v-1"), ("If-Match", "\"1\""))).Is(412, "resource.moved");
        var verified = (await registry.CityBureau.Post($"{Path}/verify", new { }, ("Restoration-Actor", "v-1"), ("If-Match", "\"2\""))).Is(200);
        Assert.Equal("verified", verified.Json.GetProperty("state").GetString());
        (await registry.Reporter.Post($"{Path}/correct", new { quantity = new { value = 30, unit = "mu" }, reason = "counted twice" })).Is(200);
        (await registry.CityBureau.Post($"{Path}/dispute", new { reason = "no photo" })).Is(200);
        (await registry.Bureau.Post($"{Path}/check", new { }, ("Restoration-Actor", "c-1"))).Is(409, "figure.disputed");

        var figure = (await registry.Reporter.Get(Path)).Is(200);
        Assert.Equal("\"5\"", figure.Header("ETag"));
        Assert.Equal(("disputed", 2m, 3m, 20_000m, "no photo"), (
            figure.Json.GetProperty("state").GetString(), Value(figure.Json, "reported"), Value(figure.Json, "verified"),
            figure.Json.GetProperty("investmentCompleted").GetProperty("amount").GetDecimal(), figure.Json.GetProperty("reason").GetString()));
        Assert.Equal(30m, Value((await registry.Reporter.Get($"{Path}?unit=mu")).Is(200).Json, "reported"));
        var facts = (await registry.Reporter.Get($"{Path}/history")).Json.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("type").GetString());
        Assert.Equal(["progress-reported.v1", "progress-checked.v1", "progress-verified.v1", "progress-corrected.v1", "progress-disputed.v1"], facts);
    }

    [Theory]
    [InlineData("p1-area.360731.1999-01", "figure.unknown")]
    [InlineData("p1-area.360731", "figure.unknown")]
    [InlineData("p1-area.360731.today", "figure.unknown")]
    public async Task There_is_no_such_figure(string id, string code)
    {
        (await registry.Bureau.Post($"/v1/registry/progress/{id}/check", new { }, ("Restoration-Actor", "c-1"))).Is(404, code);
        (await registry.Bureau.Get($"/v1/registry/progress/{id}")).Is(404, "resource.unknown");
    }

    [Fact]
    public async Task A_history_is_read_page_by_page()
    {
        for (var i = 0; i < 5; i++)
            (await registry.Reporter.PostEvent(Event(Data(1, "2021-03")))).Is(201);
        (await registry.Reporter.PostEvent(Event(Data(1, "2021-04")))).Is(201);
        var versions = new List<long>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = (await registry.Reporter.Get($"/v1/registry/progress/p1-area.360731.2021-03/history?limit=2{cursor}")).Is(200).Json;
            versions.AddRange(page.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("version").GetInt64()));
            cursor = page.TryGetProperty("next", out var next) ? $"&cursor={next.GetString()}" : null;
        }

        Assert.Equal(5, versions.Count);
        Assert.Equal(versions.Order(), versions);
    }

    private static decimal Value(JsonElement figure, string member) => figure.GetProperty(member).GetProperty("value").GetDecimal();
}

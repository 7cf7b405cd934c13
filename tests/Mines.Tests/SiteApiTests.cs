using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Mines.Tests.MinesSystem;
using static Restoration.Mines.Tests.Sample;

namespace Restoration.Mines.Tests;

/// <summary>Sites over HTTP: what is posted, who may, and what is read back.</summary>
public sealed class SiteApiTests(MinesSystem system) : IClassFixture<MinesSystem>
{
    private const string Path = "/v1/mines/sites";

    [Fact]
    public Task The_document_is_the_committed_one() => OpenApiDocument.IsAsCommitted(system.Host.Http, "mines");

    [Fact]
    public async Task A_site_goes_from_its_survey_to_its_acceptance_and_back()
    {
        var posted = Event("surveyed", "life", Survey("life"), "life-1");
        (await system.Reporter.PostEvent(posted, service: "mines")).Is(201);
        Assert.Equal("duplicate", (await system.Reporter.PostEvent(posted, service: "mines")).Is(200).Json.GetProperty("status").GetString());
        (await system.CityBureau.Post($"{Path}/life/verify", new { })).Is(400, "actor.missing");
        (await Act(system.CityBureau, "life", "verify")).Is(200);
        (await Act(system.CityBureau, "life", "link", new { projectId = "gz-p01" })).Is(200);
        (await system.Reporter.PostEvent(Event("works-reported", "life", Works("life"), "life-2"), service: "mines")).Is(201);
        (await system.County.Post($"{Path}/life/self-check", new { note = "齐全" }, ("Restoration-Actor", "1003"))).Is(200);
        (await Act(system.CityBureau, "life", "accept", Acceptance(cover: 10))).Is(422, "criterion.unmet");
        var deadline = $"{DateTime.UtcNow.AddYears(1):yyyy-MM-dd}";
        (await Act(system.CityBureau, "life", "reject-acceptance", new { findings = "植被覆盖不足", deadline })).Is(200);
        var open = (await system.County.Get($"{Path}/life")).Is(200).Json;
        Assert.Equal(("rectification", deadline, false), (
            open.GetProperty("state").GetString(), open.GetProperty("rectification").GetProperty("deadline").GetString(),
            open.GetProperty("rectification").GetProperty("overdue").GetBoolean()));
        (await system.Reporter.PostEvent(Event("works-reported", "life", Works("life"), "life-3"), service: "mines")).Is(201);
        (await system.County.Post($"{Path}/life/self-check", new { }, ("Restoration-Actor", "1003"))).Is(200);
        var accepted = (await Act(system.CityBureau, "life", "accept", Acceptance(9.5m))).Is(200);
        Assert.Equal(("accepted", "\"9\""), (accepted.Json.GetProperty("state").GetString(), accepted.Header("ETag")));

        var page = (await system.County.Get($"{Path}/life?unit=亩")).Is(200);
        Assert.Equal("\"9\"", page.Header("ETag"));
        Assert.Equal((150m, 142.5m, "mu"), (
            page.Json.GetProperty("area").GetProperty("value").GetDecimal(), page.Json.GetProperty("accepted").GetProperty("value").GetDecimal(),
            page.Json.GetProperty("accepted").GetProperty("unit").GetString()));
        Assert.False(page.Json.TryGetProperty("rectification", out _));
        Assert.Equal(75, page.Json.GetProperty("acceptance").GetProperty("parts")[0].GetProperty("measured")[0].GetProperty("value").GetDecimal());
        Assert.Equal(["gz-p01-m1", "gz-p01-m2"], page.Json.GetProperty("project").GetProperty("feeds").EnumerateArray().Select(f => f.GetProperty("measureId").GetString()));
        Assert.Contains("盘古山废弃露采场", page.Text, StringComparison.Ordinal);
        Assert.Equal(1, page.Json.GetProperty("evidence").GetArrayLength()); // the same picture twice is one
        Assert.Equal(304, (await system.County.Get($"{Path}/life", ("If-None-Match", "\"9\""))).Status);

        (await Act(system.CityBureau, "life", "reopen", new { reason = "复绿失败" })).Is(200);
        var reopened = (await system.County.Get($"{Path}/life")).Is(200).Json;
        Assert.Equal(("works", "复绿失败"), (reopened.GetProperty("state").GetString(), reopened.GetProperty("reason").GetString()));
        Assert.False(reopened.TryGetProperty("accepted", out _));
        var history = (await system.County.Get($"{Path}/life/history")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(
            ["site-surveyed.v1", "site-verified.v1", "site-linked.v1", "works-reported.v1", "site-self-checked.v1", "acceptance-rejected.v1", "works-reported.v1",
                "site-self-checked.v1", "site-accepted.v1", "site-reopened.v2"],
            history.Select(i => i.GetProperty("type").GetString()));
        Assert.Equal(("/yudu", "life-1"), (history[0].GetProperty("source").GetString(), history[0].GetProperty("sourceId").GetString()));
    }

    [Fact]
    public async Task A_command_is_carried_out_once_on_what_was_read()
    {
        var key = ("Idempotency-Key", "survey-once");
        Assert.Equal($"{Path}/once", (await system.Reporter.Post(Path, Survey("once"), key)).Is(201).Message.Headers.Location!.ToString());
        Assert.Equal("true", (await system.Reporter.Post(Path, Survey("once"), key)).Is(201).Header("Idempotency-Replayed"));
        (await system.Reporter.Post(Path, Survey("once", hectares: 11), key)).Is(422, "idempotency-key.reused");
        Assert.Equal(2, (await system.Reporter.Post(Path, Survey("once", hectares: 11))).Is(201).Json.GetProperty("version").GetInt64());
        Assert.Equal(2, (await system.Reporter.Post(Path, Survey("once", hectares: 11))).Is(201).Json.GetProperty("version").GetInt64()); // the same again
        (await system.CityBureau.Post($"{Path}/once/verify", new { }, ("Restoration-Actor", "2001"), ("If-Match", "\"1\""))).Is(412, "resource.moved");
        (await system.CityBureau.Post($"{Path}/once/verify", new { }, ("Restoration-Actor", "2001"), ("If-Match", "\"2\""))).Is(200);
        (await system.Reporter.Post(Path, Survey("once", hectares: 12))).Is(409, "site.verified");
        Assert.Equal(2, (await system.County.Get($"{Path}/once")).Is(200).Json.GetProperty("revision").GetInt32());
    }

    [Fact]
    public async Task A_survey_and_works_come_in_one_batch_and_are_judged_in_order()
    {
        var results = (await system.Reporter.PostEvents(
            [
                Event("surveyed", "batch", Survey("batch"), "b-1"), Event("works-reported", "batch", Works("batch"), "b-2"),
                Event("surveyed", "batch", Survey("batch", hectares: 12), "b-3"), Event("surveyed", "other", Survey("batch"), "b-4"),
                Event("works-reported", "none", Works("none"), "b-5"),
            ],
            service: "mines")).Is(200).Json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(
            ["recorded", "site.not-verified", "recorded", "event.subject-differs", "site.unknown"],
            results.Select(r => r.TryGetProperty("problem", out var problem) ? problem.GetProperty("code").GetString() : r.GetProperty("status").GetString()));
        Assert.Equal(("site-batch", 2), (results[2].GetProperty("stream").GetString(), results[2].GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task Nobody_reaches_what_is_not_theirs()
    {
        await system.To("verified", "ours");
        (await system.Host.Nobody.Get(Path)).Is(401, "token.missing");
        (await system.County.Post(Path, Survey("theirs"))).Is(403, "role.missing");
        (await system.County.PostEvent(Event("surveyed", "theirs", Survey("theirs"), "t-1"), service: "mines")).Is(403, "role.missing");
        (await system.Reporter.Post(Path, Survey("theirs", division: Ningdu))).Is(403, "division.forbidden");
        (await system.Ningdus.PostEvent(Event("works-reported", "ours", Works("ours"), "t-2"), service: "mines")).Is(403, "division.forbidden");
        (await system.Ningdus.Post(Path, Survey("ours", division: Ningdu))).Is(409, "site.exists");
        var foreign = system.Host.As("jdz", Jingdezhen, Roles.Reviewer, Roles.Reader);
        (await system.Reporter.PostEvent(Event("works-reported", "ours", Works("ours"), "t-3"), service: "mines")).Is(201); // whose source it still is
        foreach (var (verb, body) in new (string, object)[]
        {
            ("verify", new { }), ("strike-off", new { reason = "r" }), ("link", new { projectId = "gz-p01" }), ("self-check", new { }), ("accept", Acceptance()),
            ("reject-acceptance", new { findings = "f", deadline = "2099-01-01" }), ("reopen", new { reason = "r" }),
        })
        {
            (await Act(foreign, "ours", verb, body)).Is(403, "division.forbidden");
            (await Act(system.Reporter, "ours", verb, body)).Is(403, "role.missing");
            (await Act(system.CityBureau, "nowhere", verb, body)).Is(404, "site.unknown");
        }

        (await foreign.Get($"{Path}/ours")).Is(403, "division.forbidden");
        (await foreign.Get($"{Path}/ours/history")).Is(403, "division.forbidden");
        (await foreign.Get($"{Path}/nowhere")).Is(404, "resource.unknown");
        Assert.Equal(0, (await foreign.Get($"{Path}?division={Yudu}")).Is(200).Json.GetProperty("items").GetArrayLength());
        (await Act(system.County, "ours", "accept", Acceptance())).Is(409, "site.not-self-checked");
    }

    [Fact]
    public async Task The_county_does_not_judge_its_own_site()
    {
        await system.To("self-checked", "own");
        (await Act(system.County, "own", "accept", Acceptance())).Is(403, "review.own-division");
        (await system.CityBureau.Post($"{Path}/own/accept", Acceptance(), ("Restoration-Actor", "1003"))).Is(403, "duties.not-separate");
        (await Act(system.CityBureau, "own", "accept", Acceptance())).Is(200);
    }

    [Fact]
    public async Task Sites_are_listed_by_name_with_filters_and_pages()
    {
        await system.Define("list-city", "清单市", "city", Province);
        await system.Define("list-a", "甲县", "county", "list-city");
        await system.Define("list-b", "乙县", "county", "list-city");
        await system.Design("list-p", "list", division: "list-city", counties: ["list-a", "list-b"], measures: [SitesFor("list-p-m", 3)]);
        await system.Start("list-p");
        await system.Design("list-q", "list-later", division: "list-city", counties: [], measures: [SitesFor("list-q-m", 3)]);
        await system.Start("list-q");
        var (a, b) = (system.Host.As("la", "list-a", Roles.Reporter), system.Host.As("lb", "list-b", Roles.Reporter));
        (await a.Post(Path, Survey("l-1", "中岭矿", "list-a"))).Is(201);
        (await b.Post(Path, Survey("l-2", "安远矿", "list-b", kind: "licensed", mineral: "钨"))).Is(201);
        (await b.Post(Path, Survey("l-3", "白石矿", "list-b"))).Is(201);
        var planner = system.Host.As("lp", "list-city", Roles.Planner);
        (await planner.Post($"{Path}/l-3/link", new { projectId = "list-p" })).Is(200);
        (await planner.Post($"{Path}/l-1/link", new { projectId = "list-q" })).Is(200);
        (await Act(system.Host.As("lr", "list-city", Roles.Reviewer), "l-1", "strike-off", new { reason = "重复" })).Is(200);

        Assert.Equal(["l-2", "l-3", "l-1"], await Ids("")); // an, bai, zhong
        Assert.Equal(["l-2", "l-3"], await Ids("?division=list-b"));
        Assert.Equal(["l-2", "l-3", "l-1"], await Ids("?division=list-city"));
        Assert.Equal(["l-1"], await Ids("?state=struck-off"));
        Assert.Equal(["l-3"], await Ids("?planId=list"));
        Assert.Equal(["l-1"], await Ids("?projectId=list-q"));
        Assert.Equal(["l-2"], await Ids("?kind=licensed"));
        Assert.Equal(["l-3", "l-1"], await Ids("?mineral=稀土"));
        Assert.Equal([], await Ids($"?division={Yudu}"));
        var first = (await planner.Get($"{Path}?limit=2")).Is(200);
        Assert.Equal("<", first.Header("Link")![..1]);
        Assert.Equal(["l-1"], await Ids($"?limit=2&cursor={first.Json.GetProperty("next").GetString()}"));
        Assert.Equal("白石矿", first.Json.GetProperty("items")[1].GetProperty("name").GetString());

        async Task<IEnumerable<string?>> Ids(string query) =>
            (await planner.Get(Path + query)).Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetString());
    }
}

namespace Restoration.System.Tests;

/// <summary>What a caller reads through the gateway when the answer is no.</summary>
public sealed class Refusals(TheSystem system)
{
    public static TheoryData<string, string> Routes => new()
    {
        { "GET", "/v1/registry/divisions" },
        { "POST", "/v1/registry/events" },
        { "POST", "/v1/registry/plans" },
        { "GET", "/v1/updates" },
        { "GET", "/v1/updates/stream" },
        { "GET", "/v1/clients" },
    };

    [Theory, MemberData(nameof(Routes))]
    public async Task Without_a_token_or_with_a_wrong_one_nobody_gets_in(string method, string path)
    {
        var good = await system.Token("operator", system.OperatorSecret);
        var changed = good[..^8] + (good[^8] == 'A' ? 'B' : 'A') + good[^7..];
        foreach (var caller in new[] { system.Nobody, Bearing("garbage"), Bearing(changed), Bearing("") })
        {
            var answer = await caller.Send(new(method), path, null);
            Assert.True(answer.Status == 401, $"{answer.Status} {answer.Text}");
            Assert.StartsWith("Bearer", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
            Assert.Equal("application/problem+json", answer.Header("Content-Type"));
        }

        Caller Bearing(string token) => new(system.Http, token);
    }

    [Fact]
    public async Task Going_round_the_gateway_leads_no_further()
    {
        using var registry = TheSystem.Open(system.Registry);
        using var updates = TheSystem.Open(system.Updates);
        (await new Caller(registry, null).Get("/v1/registry/divisions")).Is(401);
        (await new Caller(registry, "garbage").Get("/v1/registry/plans")).Is(401);
        (await new Caller(updates, null).Get("/v1/updates")).Is(401);
    }

    [Fact]
    public async Task A_disabled_client_and_a_wrong_secret_get_no_token_and_a_role_is_not_lent()
    {
        var reader = await system.Client("reader", "360000", "reader");
        (await reader.Post("/v1/registry/divisions", Ground.City360700)).Is(403, "role.missing");
        (await reader.Get("/v1/clients")).Is(403, "role.missing");
        var made = await system.Operator.Post("/v1/clients", new { clientId = "leaver", name = "离职", division = "360000", roles = new[] { "reader" } });
        Assert.Equal("离职", made.Is(201).Json.GetProperty("name").GetString());
        (await system.Operator.Post("/v1/clients/leaver/disable", new { })).Is(200);
        foreach (var secret in new[] { made.Json.GetProperty("secret").GetString()!, "wrong" })
        {
            var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "leaver", ["client_secret"] = secret };
            var answer = await system.Nobody.Send(HttpMethod.Post, "/oauth/token", new FormUrlEncodedContent(form));
            Assert.Equal((401, "invalid_client"), (answer.Status, answer.Json.GetProperty("error").GetString()));
        }
    }

    [Fact]
    public async Task Within_a_minute_a_disabled_client_is_refused_by_every_service_itself()
    {
        var leaver = await system.Client("leaving", "360000", "reader");
        var parts = TheSystem.Services.Select(s => (Path: $"/v1/{s}/{Of(s)}", Part: system[s])).Append((Path: "/v1/updates", Part: system.Updates)).ToList();
        var callers = parts.Select(p => (p.Path, Caller: new Caller(TheSystem.Open(p.Part), leaver.Token))).ToList();
        foreach (var (path, caller) in callers) (await caller.Get(path)).Is(200);
        (await system.Operator.Post($"/v1/clients/{leaver.Id}/disable", new { })).Is(200);
        (await leaver.Get("/v1/clients")).Is(401, "token.invalid");
        foreach (var (path, caller) in callers)
            await Eventually.Get(() => caller.Get(path), answer => answer.Status == 401, $"refused at {path}", 60);

        static string Of(string service) => service switch { "registry" => "plans", "indicators" => "indicators", "mines" => "sites", _ => "funds" };
    }

    [Fact]
    public async Task Problems_pass_the_gateway_whole_in_the_language_asked_for()
    {
        var ground = await Ground.UnderWay(system);
        var county = await system.Client("county", "360731", "reporter");
        var report = ground.Report($"/{county.Id}", "1", "360731", "2031-01", new { value = -1, unit = "wan-mu" });
        var english = (await county.PostEvent(report)).Is(422, "period.outside-schedule");
        Assert.Equal("application/problem+json", english.Header("Content-Type"));
        Assert.Equal("en", english.Header("Content-Language"));
        Assert.Equal("/problems/period.outside-schedule", english.Json.GetProperty("type").GetString());
        Assert.Equal("/v1/registry/events", english.Json.GetProperty("instance").GetString());
        Assert.Matches("^[0-9a-f]{32}$", english.Json.GetProperty("traceId").GetString());
        Assert.Equal(
            ["#/period", "#/period", "#/quantity/value"], // all broken rules at once: outside, in the future, negative
            english.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));

        var chinese = (await county.PostEvent(report, ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5"))).Is(422, "period.outside-schedule");
        Assert.Equal(("zh", "时段不在项目工期内"), (chinese.Header("Content-Language"), chinese.Json.GetProperty("title").GetString()));
        var page = await system.Nobody.Get(chinese.Json.GetProperty("type").GetString()!, ("Accept-Language", "zh-CN"));
        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.Header("Content-Type")));
        Assert.Contains("时段不在项目工期内", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_that_is_no_text_is_malformed_wherever_it_stands()
    {
        var reporter = await system.Client("reporter", "360000", "reporter");
        byte[][] bodies =
        [
            "{\"\\ud800\":1}"u8.ToArray(), [.. "{\"a"u8, 0xff, .. "\":1}"u8], [.. "{\"id\":\""u8, 0xc3, .. "\"}"u8],
            "{\"shade\":\"\\udc00\"}"u8.ToArray(), "{\"traceparent\":5,\"datacontenttype\":\"\\ud800\"}"u8.ToArray(),
        ];
        foreach (var body in bodies)
            (await reporter.Send(HttpMethod.Post, "/v1/registry/events", Caller.Bytes(body, "application/cloudevents+json"))).Is(400);
        var form = Caller.Bytes("{}"u8.ToArray(), "multipart/form-data; boundary=x");
        Assert.Equal(400, (await system.Nobody.Send(HttpMethod.Post, "/oauth/token", form)).Status);
    }

    [Fact]
    public async Task Each_kind_of_mistake_has_its_status_and_code()
    {
        var planner = await system.Client("planner", "360000", "planner", "reporter");
        (await planner.Get("/v1/nothing/here")).Is(404, "route.unknown");
        (await planner.Get("/v1/registry/nothing")).Is(404, "route.unknown");
        (await planner.Get("/v1/registry/divisions?colour=red")).Is(400);
        (await planner.Get("/v1/updates?colour=red")).Is(400);
        (await planner.Get("/v1/updates?after=1")).Is(400);
        (await planner.Send(HttpMethod.Delete, "/v1/registry/divisions", null)).Is(405, "method.unsupported");
        (await planner.Send(HttpMethod.Post, "/v1/registry/events", Caller.Json(new { }, "text/plain"))).Is(415, "media-type.unsupported");
        (await planner.Send(HttpMethod.Post, "/v1/registry/events", Caller.Bytes("{"u8.ToArray(), "application/cloudevents+json"))).Is(400, "body.malformed");
        (await planner.Send(HttpMethod.Post, "/v1/registry/plans", Caller.Json(new { }, "application/json"))).Is(400, "idempotency-key.missing");
        (await planner.Post("/v1/registry/plans", new { id = "x", devision = "360700" })).Is(400, "body.malformed");
        (await planner.Post("/v1/registry/plans/none/adopt", new { })).Is(404, "plan.unknown");
        var ground = await Ground.UnderWay(system);
        (await ground.Planner.Post($"/v1/registry/projects/{ground.ProjectId}/start", new { }, ("If-Match", "\"1\""))).Is(412);
        (await planner.PostEvents(Enumerable.Range(0, 1001).Select(i => ground.Report("/x", $"{i}", "360731", "2024")))).Is(413, "batch.oversized");
    }
}

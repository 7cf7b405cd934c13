using System.Text;

namespace Restoration.Gateway.Tests;

/// <summary>What every service answers, whatever it is about.</summary>
public sealed class ServiceDefaultsTests(House house) : IClassFixture<House>
{
    private HttpClient Service => house.Direct;

    [Fact]
    public async Task A_role_that_is_missing_is_a_403()
    {
        var reader = await house.Gateway.Token("d-reader", await house.Gateway.Register("d-reader", "reader"));
        var planner = await house.Gateway.Token("d-planner", await house.Gateway.Register("d-planner", "planner"));
        var problem = await (await Service.Send(HttpMethod.Get, "/v1/registry/reviewed", reader)).Is(403, "role.missing");
        Assert.Contains("reviewer, planner", problem.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        Assert.Equal(200, (int)(await Service.Send(HttpMethod.Get, "/v1/registry/reviewed", planner)).StatusCode);
    }

    [Theory]
    [InlineData("""{"name":"a","count":1,}""", "#", "JSON")]
    [InlineData("""{"name":"a","count":1""", "#", "JSON")]
    [InlineData("""{"name":"a","count":1,"colour":"red"}""", "#/colour", "no such member")]
    [InlineData("""{"name":"a","Count":1}""", "#/Count", "no such member")]
    [InlineData("""{"name":"a","count":"1"}""", "#/count", "right form")]
    [InlineData("""{"name":null,"count":1}""", "#/name", "right form")]
    [InlineData("""{"name":"a","count":1,"inner":{"unit":7}}""", "#/inner/unit", "right form")]
    [InlineData("""{"name":"a"}""", "#", "count")]
    [InlineData("""{"name":"a","name":"b","count":1}""", "#/name", "twice")]
    public async Task Json_that_does_not_fit_says_where(string body, string pointer, string detail)
    {
        var reply = await Service.Send(HttpMethod.Post, "/v1/registry/things", await house.Gateway.Token(), new StringContent(body, Encoding.UTF8, "application/json"));
        var error = (await reply.Is(400, "body.malformed")).GetProperty("errors")[0];
        Assert.Equal(pointer, error.GetProperty("pointer").GetString());
        Assert.Contains(detail, error.GetProperty("detail").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rest_of_what_can_be_wrong_with_a_request()
    {
        var token = await house.Gateway.Token();
        var body = new { name = "a", count = 1 };
        var limit = await (await Service.Send(HttpMethod.Post, "/v1/registry/things?limit=x", token, body)).Is(400, "parameter.malformed");
        Assert.Contains("'limit'", limit.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        await (await Service.Send(HttpMethod.Post, "/v1/registry/things", token)).Is(400, "request.malformed");
        await (await Service.Send(HttpMethod.Post, "/v1/registry/things", token, new StringContent("name=a"))).Is(415, "media-type.unsupported");
        await (await Service.Send(HttpMethod.Get, "/v1/registry/nothing", null)).Is(404, "route.unknown");
        var method = await Service.Send(HttpMethod.Delete, "/v1/registry/things", null);
        await method.Is(405, "method.unsupported");
        Assert.Equal(["POST"], method.Content.Headers.Allow);
        foreach (var actor in new[] { "a b", new string('x', 65), "" })
            await (await Service.Send(HttpMethod.Get, "/v1/registry/me", token, null, ("Restoration-Actor", actor))).Is(400, "actor.malformed");
    }

    [Fact]
    public async Task What_fails_inside_stays_inside()
    {
        var token = await house.Gateway.Token();
        var reply = await Service.Send(HttpMethod.Get, "/v1/registry/broken", token);
        await reply.Is(500, "server.error");
        Assert.DoesNotContain("secret", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var away = await Service.Send(HttpMethod.Get, "/v1/registry/away", token);
        await away.Is(503, "service.unavailable");
        Assert.Equal(7, away.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
    }

    [Theory]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", "zh", "缺少访问令牌")]
    [InlineData("en-GB,zh;q=0.5", "en", "A token is needed")]
    [InlineData("fr, zh;q=0.1", "zh", "缺少访问令牌")]
    [InlineData("zh;q=0", "en", "A token is needed")]
    [InlineData(null, "en", "A token is needed")]
    public async Task Titles_speak_the_language_the_caller_prefers(string? accept, string language, string title)
    {
        var reply = await Service.Send(HttpMethod.Get, "/v1/registry/me", null, null, accept is null ? [] : [("Accept-Language", accept)]);
        var problem = await reply.Is(401, "token.missing");
        Assert.Equal(language, reply.Content.Headers.ContentLanguage.Single());
        Assert.Equal(title, problem.GetProperty("title").GetString());
        Assert.Equal("/v1/registry/me", problem.GetProperty("instance").GetString());
    }

    [Fact]
    public async Task A_route_that_goes_out_says_so()
    {
        foreach (var (token, status) in new[] { (await house.Gateway.Token(), 200), (null, 401) })
        {
            var reply = await Service.Send(HttpMethod.Get, "/v1/registry/old/a%20b", token);
            Assert.Equal(status, (int)reply.StatusCode);
            Assert.Equal("@1767225600", reply.Headers.GetValues("Deprecation").Single());
            Assert.Equal("Thu, 31 Dec 2026 16:00:00 GMT", reply.Headers.GetValues("Sunset").Single());
            Assert.Equal("</v2/registry/new/a%20b>; rel=\"successor-version\"", reply.Headers.GetValues("Link").Single());
        }

        var stays = await Service.Send(HttpMethod.Get, "/v1/registry/me", await house.Gateway.Token());
        Assert.False(stays.Headers.Contains("Deprecation") || stays.Headers.Contains("Sunset") || stays.Headers.Contains("Link"));
        var paths = (await (await Service.GetAsync("/openapi/registry.json")).Json()).GetProperty("paths");
        Assert.True(paths.GetProperty("/v1/registry/old/{id}").GetProperty("get").GetProperty("deprecated").GetBoolean());
        Assert.False(paths.GetProperty("/v1/registry/me").GetProperty("get").TryGetProperty("deprecated", out _));
    }

    [Fact]
    public async Task Health_says_what_there_is()
    {
        await house.Gateway.Token();
        Assert.Equal(200, (int)(await Service.GetAsync("/health/live")).StatusCode);
        var ready = await Eventually.Succeeds(async () =>
        {
            var reply = await house.Gateway.Http.GetAsync("/health/ready");
            return (await reply.Json()).GetProperty("status").GetString() == "ready" ? reply : null;
        });
        Assert.Equal("healthy", (await ready.Json()).GetProperty("checks").GetProperty("database").GetProperty("status").GetString());
        Assert.False(ready.Headers.Contains("Server"));
    }
}

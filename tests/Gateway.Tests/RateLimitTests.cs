using Microsoft.Extensions.DependencyInjection;

namespace Restoration.Gateway.Tests;

/// <summary>Who asks too fast is told when to go on; nobody else notices.</summary>
public sealed class RateLimitTests(House house) : IClassFixture<House>
{
    private const string Proxies = "127.0.0.0/8,::1/128,::ffff:127.0.0.0/104";

    private GatewayHost Gateway => house.Gateway;

    [Fact]
    public async Task Every_answer_says_how_much_is_left()
    {
        var token = await Client(Gateway, "counted", new { requests = 100, seconds = 60 });
        foreach (var (path, status, left) in new[]
        {
            ("/v1/registry/me", 200, 99), ("/v1/registry/broken", 500, 98), ("/v1/registry/nothing", 404, 97), ("/v1/registry/reviewed", 403, 96),
            ("/v1/clients", 403, 95), ("/nowhere", 404, 94), ("/v1/registry/away", 503, 93),
        })
        {
            var reply = await Gateway.Send(HttpMethod.Get, path, token);
            Assert.Equal(status, (int)reply.StatusCode);
            Assert.Equal("\"default\";q=100;w=60", reply.Header("RateLimit-Policy"));
            Assert.Matches($"^\"default\";r={left};t=(60|[1-5]?[0-9])$", reply.Header("RateLimit"));
        }

        var other = await Gateway.Send(HttpMethod.Get, "/v1/registry/me", await Gateway.Token());
        Assert.Equal("\"default\";q=6000;w=60", other.Header("RateLimit-Policy"));
        foreach (var (path, sent) in new[] { ("/v1/registry/me", null), ("/v1/registry/me", "garbage"), ("/openapi/registry.json", token), ("/problems", token), ("/docs/index.html", token), ("/v1/public/plans", token) })
            Assert.Equal("\"public\";q=1200;w=60", (await Gateway.Send(HttpMethod.Get, path, sent)).Header("RateLimit-Policy"));
        Assert.Equal("\"public\";q=1200;w=60", (await Gateway.PostToken(("grant_type", "none"))).Header("RateLimit-Policy"));
        foreach (var path in new[] { "/health/live", "/health/ready" })
            Assert.Null((await Gateway.Send(HttpMethod.Get, path, token)).Header("RateLimit"));
    }

    [Fact]
    public async Task Over_the_limit_is_a_429_until_the_window_is_over()
    {
        var time = new SetTime();
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(), time);
        var token = await Client(gateway, "hasty", new { name = "slow-line", requests = 3, seconds = 60 });
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.Send(HttpMethod.Get, "/v1/registry/me", token)));
        Assert.Equal(3, answers.Count(a => (int)a.StatusCode == 200));
        foreach (var refused in answers.Where(a => (int)a.StatusCode != 200))
        {
            await refused.Is(429, "requests.too-many");
            Assert.Equal(60, refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
            Assert.Equal("\"slow-line\";q=3;w=60", refused.Header("RateLimit-Policy"));
            Assert.Equal("\"slow-line\";r=0;t=60", refused.Header("RateLimit"));
        }

        // Nobody else is held up, and who waited goes on.
        Assert.Equal(200, (int)(await gateway.Send(HttpMethod.Get, "/v1/registry/me", await gateway.Token())).StatusCode);
        time.Now += TimeSpan.FromSeconds(59);
        Assert.Equal("1", (await gateway.Send(HttpMethod.Get, "/v1/registry/me", token)).Header("Retry-After"));
        time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal("\"slow-line\";r=2;t=60", (await gateway.Send(HttpMethod.Get, "/v1/registry/me", token)).Header("RateLimit"));
    }

    [Fact]
    public async Task A_stream_counts_once()
    {
        var token = await Client(Gateway, "follower", new { requests = 10, seconds = 60 });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/registry/ticks") { Headers = { Authorization = new("Bearer", token) } };
        using var stream = await Gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.StartsWith("\"default\";r=9;", stream.Header("RateLimit"), StringComparison.Ordinal);
        using var lines = new StreamReader(await stream.Content.ReadAsStreamAsync());
        foreach (var expected in new[] { "data: tick 1", "", "data: tick 2" })
            Assert.Equal(expected, await lines.ReadLineAsync());
        Assert.StartsWith("\"default\";r=8;", (await Gateway.Send(HttpMethod.Get, "/v1/registry/me", token)).Header("RateLimit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_operator_sets_holds_at_once_here_and_soon_everywhere()
    {
        await using var other = new GatewayHost(house.Database, house.Service.Address(), ("Gateway:RateLimits:PollInterval", "00:00:00.5"));
        var token = await Client(Gateway, "favoured", null);
        Assert.Equal("\"default\";q=6000;w=60", await Policy(other));
        var change = await Gateway.Send(HttpMethod.Patch, "/v1/clients/favoured", await Gateway.Token(), new { policy = new { name = "more", requests = 9000, seconds = 30 } }, ("If-Match", "\"1\""));
        Assert.Equal(200, (int)change.StatusCode);
        Assert.Equal("\"more\";q=9000;w=30", await Policy(Gateway));
        await Eventually.Succeeds(async () => await Policy(other) == "\"more\";q=9000;w=30" ? "" : null);

        await Gateway.Send(HttpMethod.Patch, "/v1/clients/favoured", await Gateway.Token(), new StringContent("""{"policy":null}""", null, "application/json"), ("If-Match", "\"2\""));
        Assert.Equal("\"default\";q=6000;w=60", await Policy(Gateway));
        await Eventually.Succeeds(async () => await Policy(other) == "\"default\";q=6000;w=60" ? "" : null);
        // One that starts later knows them before it is ready.
        await Gateway.Send(HttpMethod.Patch, "/v1/clients/favoured", await Gateway.Token(), new { policy = new { requests = 7, seconds = 7 } }, ("If-Match", "\"3\""));
        await using var later = new GatewayHost(house.Database, house.Service.Address());
        await Eventually.Succeeds(async () => (await later.Http.GetAsync("/health/ready")).IsSuccessStatusCode ? "" : null);
        Assert.Equal("\"default\";q=7;w=7", await Policy(later));

        async Task<string?> Policy(GatewayHost gateway) => (await gateway.Send(HttpMethod.Get, "/v1/registry/me", token)).Header("RateLimit-Policy");
    }

    [Fact]
    public async Task Without_a_token_each_address_is_counted_apart_and_ipv6_by_its_network()
    {
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(),
            ("TrustedProxies", Proxies), ("Gateway:RateLimits:Public:Requests", "2"), ("Gateway:RateLimits:Public:Seconds", "3600"));
        foreach (var (address, status) in new[]
        {
            ("203.0.113.1", 401), ("203.0.113.1", 401), ("203.0.113.1", 429), ("203.0.113.2", 401), ("::ffff:203.0.113.1", 429),
            ("2001:db8:0:1::1", 401), ("2001:db8:0:1:ffff::2", 401), ("2001:db8:0:1:1:2:3:4", 429), ("2001:db8:0:2::1", 401),
        })
            Assert.Equal((address, status), (address, (int)(await From(gateway, address, null)).StatusCode));
        Assert.Equal(429, (int)(await From(gateway, "203.0.113.1", "garbage")).StatusCode);
        // A client is a client wherever it comes from.
        var token = await house.Gateway.Token();
        Assert.Equal(200, (int)(await From(gateway, "203.0.113.1", token)).StatusCode);
        // And who cannot be a proxy of ours cannot choose an address.
        await using var open = new GatewayHost(house.Database, house.Service.Address(), ("TrustedProxies", "198.51.100.0/24"), ("Gateway:RateLimits:Public:Requests", "2"));
        foreach (var (address, status) in new[] { ("203.0.113.1", 401), ("203.0.113.2", 401), ("203.0.113.3", 429) })
            Assert.Equal((address, status), (address, (int)(await From(open, address, null)).StatusCode));
    }

    [Fact]
    public async Task Who_asks_no_more_is_forgotten()
    {
        var time = new SetTime();
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(), time, ("TrustedProxies", Proxies), ("Gateway:RateLimits:PollInterval", "00:00:00.3"));
        var limits = gateway.Services.GetRequiredService<RateLimits>();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(n => From(gateway, $"203.0.113.{n}", null)));
        Assert.InRange(limits.Counted, 200, 210);
        time.Now += TimeSpan.FromMinutes(1);
        await Eventually.Succeeds(() => Task.FromResult(limits.Counted == 0 ? "" : null));
    }

    [Fact]
    public void However_many_addresses_come_memory_is_bounded_and_all_are_counted()
    {
        var time = new SetTime();
        var windows = new Windows(time, 100);
        var policy = new RatePolicy { Requests = 3, Seconds = 10 };
        var allowed = Enumerable.Range(0, 1000).Count(n => windows.Take($"{n}", policy).Allowed);
        Assert.Equal((100, 103), (windows.Count, allowed)); // the hundred that are known, and three of all the others together
        Assert.True(windows.Take("7", policy).Allowed);
        time.Now += TimeSpan.FromSeconds(11);
        windows.Sweep();
        Assert.Equal(0, windows.Count);
        Assert.Equal((true, 2, 10), windows.Take("999", policy));
    }

    [Fact]
    public void A_window_is_counted_from_its_first_request_under_whatever_policy_holds_now()
    {
        var time = new SetTime();
        var windows = new Windows(time, 100);
        var (slow, fast) = (new RatePolicy { Requests = 2, Seconds = 60 }, new RatePolicy { Requests = 5, Seconds = 10 });
        Assert.Equal((true, 1, 60), windows.Take("a", slow));
        time.Now += TimeSpan.FromSeconds(4.5);
        Assert.Equal((true, 0, 56), windows.Take("a", slow));
        Assert.Equal((false, 0, 56), windows.Take("a", slow));
        Assert.Equal((true, 2, 6), windows.Take("a", fast));
        time.Now += TimeSpan.FromSeconds(5.5);
        Assert.Equal((true, 4, 10), windows.Take("a", fast));
    }

    private static Task<HttpResponseMessage> From(GatewayHost gateway, string address, string? token) =>
        gateway.Send(HttpMethod.Get, "/v1/registry/me", token, null, ("X-Forwarded-For", address));

    private static async Task<string> Client(GatewayHost gateway, string id, object? policy) => await gateway.Token(id, await gateway.Register(id, policy, "reader"));
}

/// <summary>A clock that stands where it is put.</summary>
public sealed class SetTime : TimeProvider
{
    public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

    public override long GetTimestamp() => Now.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
}

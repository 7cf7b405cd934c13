using System.Diagnostics;
using System.Net.Sockets;

namespace Restoration.Gateway.Tests;

public sealed class ProxyTests(House house) : IClassFixture<House>
{
    private GatewayHost Gateway => house.Gateway;

    [Fact]
    public async Task An_event_stream_passes_as_it_is_written()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/registry/ticks");
        request.Headers.Authorization = new("Bearer", await Gateway.Token());
        var watch = Stopwatch.StartNew();
        using var reply = await Gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", reply.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await reply.Content.ReadAsStreamAsync());
        Assert.Equal("data: tick 1", await lines.ReadLineAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1.5), "The first event was held back until the second.");
        await lines.ReadLineAsync();
        Assert.Equal("data: tick 2", await lines.ReadLineAsync());
    }

    [Fact]
    public async Task A_service_that_is_away_is_a_503_with_a_time_to_come_back()
    {
        using var gone = new TcpListener(System.Net.IPAddress.Loopback, 0);
        gone.Start();
        var address = $"http://{gone.LocalEndpoint}";
        gone.Stop();
        await using var gateway = new GatewayHost(house.Database, address);
        var reply = await gateway.Send(HttpMethod.Get, "/v1/registry/me", await gateway.Token());
        await reply.Is(503, "service.unavailable");
        Assert.NotNull(reply.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task With_one_of_two_replicas_away_callers_notice_little()
    {
        using var gone = new TcpListener(System.Net.IPAddress.Loopback, 0);
        gone.Start();
        var address = $"http://{gone.LocalEndpoint}";
        gone.Stop();
        await using var gateway = new GatewayHost(house.Database, $"{address},{house.Service.Address()}");
        var token = await gateway.Token();
        var statuses = new List<int>();
        for (var n = 0; n < 60; n++)
        {
            statuses.Add((int)(await gateway.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);
            await Task.Delay(5);
        }
        Assert.InRange(statuses.Count(s => s == 200), 30, 60);
        Assert.All(statuses, s => Assert.Contains(s, new[] { 200, 503 }));
    }

    [Fact]
    public async Task Forged_forwarding_headers_do_not_get_through()
    {
        var reply = await Gateway.Http.Send(HttpMethod.Get, "/v1/registry/seen", null, null,
            ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Prefix", "/evil"), ("Forwarded", "for=203.0.113.9"), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
        var seen = await reply.Json();
        Assert.Contains(seen.GetProperty("address").GetString(), new[] { "127.0.0.1", "::1", "::ffff:127.0.0.1" });
        Assert.Equal("http", seen.GetProperty("scheme").GetString());
        var headers = seen.GetProperty("headers");
        Assert.DoesNotContain("203.0.113.9", headers.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("evil", headers.GetRawText(), StringComparison.Ordinal);
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", headers.GetProperty("traceparent").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_balancer_that_is_named_is_believed()
    {
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(), ("TrustedProxies", "127.0.0.0/8,::1/128"));
        var seen = await (await gateway.Http.Send(HttpMethod.Get, "/v1/registry/seen", null, null,
            ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"))).Json();
        Assert.Equal("203.0.113.9", seen.GetProperty("address").GetString());
        Assert.Equal("https", seen.GetProperty("scheme").GetString());
    }

    [Fact]
    public async Task A_body_over_the_limit_is_a_413()
    {
        var token = await Gateway.Token();
        foreach (var http in new[] { house.Direct, Gateway.Http })
        {
            Assert.Equal(200, (int)(await http.Send(HttpMethod.Post, "/v1/registry/bytes", token, new ByteArrayContent(new byte[4 << 20]))).StatusCode);
            // Asking first: whoever just sends may find the connection closed before the answer was read.
            await (await http.Send(HttpMethod.Post, "/v1/registry/bytes", token, new ByteArrayContent(new byte[6 << 20]), ("Expect", "100-continue")))
                .Is(413, "body.oversized");
        }
    }

    [Theory]
    [InlineData(20 << 20, 200)]
    [InlineData((20 << 20) + 1, 413)]
    [InlineData(30 << 20, 413)]
    public async Task Evidence_may_be_larger(int bytes, int status)
    {
        var reply = await Gateway.Http.Send(HttpMethod.Put, "/v1/registry/evidence/abc", await Gateway.Token(),
            new ByteArrayContent(new byte[bytes]), ("Expect", "100-continue"));
        Assert.Equal(status, (int)reply.StatusCode);
    }

    [Fact]
    public async Task Documents_and_the_page_that_lists_them_are_public()
    {
        var own = await (await Gateway.Send(HttpMethod.Get, "/openapi/gateway.json", null)).Json();
        Assert.StartsWith("3.1", own.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.True(own.GetProperty("paths").TryGetProperty("/oauth/token", out _));
        var service = await (await Gateway.Send(HttpMethod.Get, "/openapi/registry.json", null)).Json();
        var reviewed = service.GetProperty("paths").GetProperty("/v1/registry/reviewed").GetProperty("get");
        Assert.Equal(1, reviewed.GetProperty("security").GetArrayLength());
        Assert.Contains("reviewer", reviewed.GetProperty("responses").GetProperty("403").GetProperty("description").GetString()!, StringComparison.Ordinal);
        var page = await Gateway.Http.GetAsync("/docs/index.html");
        Assert.Equal(200, (int)page.StatusCode);
        Assert.Contains("/openapi/registry.json", await Gateway.Http.GetStringAsync("/docs/index.js") + await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await (await Gateway.Send(HttpMethod.Get, "/openapi/other.json", null)).Is(404, "route.unknown");
    }
}

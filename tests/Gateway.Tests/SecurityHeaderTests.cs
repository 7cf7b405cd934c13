namespace Restoration.Gateway.Tests;

/// <summary>Whatever is answered, a browser is told not to make more of it.</summary>
public sealed class SecurityHeaderTests(House house) : IClassFixture<House>
{
    private static readonly Dictionary<string, string> s_headers = new()
    {
        ["X-Content-Type-Options"] = "nosniff", ["X-Frame-Options"] = "DENY", ["Referrer-Policy"] = "no-referrer",
        ["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'",
    };

    [Theory]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/v1/registry/nothing", 404)]
    [InlineData("GET", "/v1/registry/me", 200)]
    [InlineData("GET", "/v1/registry/ticks", 200)]
    [InlineData("GET", "/v1/registry/broken", 500)]
    [InlineData("GET", "/v1/registry/away", 503)]
    [InlineData("GET", "/v1/registry/reviewed", 403)]
    [InlineData("POST", "/v1/registry/me", 405)]
    [InlineData("GET", "/v1/funding/me", 503)]
    [InlineData("GET", "/v1/clients", 200)]
    [InlineData("GET", "/v1/clients?limit=x", 400)]
    [InlineData("POST", "/v1/clients", 415)]
    [InlineData("PUT", "/v1/clients", 405)]
    [InlineData("GET", "/health/live", 200)]
    [InlineData("GET", "/health/ready", 200)]
    [InlineData("GET", "/openapi/gateway.json", 200)]
    [InlineData("GET", "/openapi/registry.json", 200)]
    [InlineData("GET", "/asyncapi.yaml", 200)]
    [InlineData("POST", "/oauth/token", 400)]
    public async Task Each_kind_of_answer_has_them(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new(method), path) { Headers = { Authorization = new("Bearer", await house.Gateway.Token()) } };
        if (method == "POST")
            request.Content = new StringContent("text");
        using var reply = await house.Gateway.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(status, (int)reply.StatusCode);
        Has(reply, s_headers["Content-Security-Policy"]);
    }

    [Fact]
    public async Task Also_without_a_token_over_the_limit_and_on_pages()
    {
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(), ("Gateway:RateLimits:Public:Requests", "4"));
        foreach (var (path, status, policy) in new[]
        {
            ("/v1/registry/me", 401, "default-src 'none'"), ("/v1/clients", 401, "default-src 'none'"), ("/docs/index.html", 200, "default-src 'self'"),
            ("/problems", 200, "default-src 'none'; style-src 'sha256-"), ("/v1/registry/me", 429, "default-src 'none'"),
        })
        {
            var reply = await gateway.Send(HttpMethod.Get, path, null);
            Assert.Equal((path, status), (path, (int)reply.StatusCode));
            Has(reply, policy);
        }
    }

    private static void Has(HttpResponseMessage reply, string policy)
    {
        foreach (var (name, value) in s_headers)
        {
            Assert.Equal(1, reply.Headers.TryGetValues(name, out var values) ? values.Count() : 0);
            if (name != "Content-Security-Policy")
                Assert.Equal(value, reply.Header(name));
        }

        Assert.StartsWith(policy, reply.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.False(reply.Headers.Contains("Server"));
        Assert.False(reply.Headers.Contains("X-Powered-By"));
        // Nothing is encrypted here, so nobody is told to stay with https.
        Assert.False(reply.Headers.Contains("Strict-Transport-Security"));
    }
}

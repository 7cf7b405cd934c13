using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;

namespace Restoration.Gateway.Tests;

/// <summary>One gateway and one service behind it, on one database.</summary>
public sealed class House : IAsyncLifetime
{
    public Database Database { get; private set; } = null!;

    public WebApplication Service { get; private set; } = null!;

    public HttpClient Direct { get; private set; } = null!;

    public GatewayHost Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await Database.Create();
        Service = await Backend.Start(Database.KeysReader);
        Direct = new HttpClient { BaseAddress = new Uri(Service.Address()) };
        Gateway = new GatewayHost(Database, Service.Address());
    }

    public async ValueTask DisposeAsync()
    {
        Direct.Dispose();
        await Gateway.DisposeAsync();
        await Service.DisposeAsync();
        await Database.DisposeAsync();
    }
}

public sealed class TokenTests(House house) : IClassFixture<House>
{
    private GatewayHost Gateway => house.Gateway;

    [Fact]
    public async Task Secret_in_the_form_gives_a_token()
    {
        await Gateway.Token();
        var reply = await Gateway.PostToken(
            ("grant_type", "client_credentials"), ("client_id", GatewayHost.OperatorId), ("client_secret", GatewayHost.OperatorSecret));
        var json = await reply.Json();
        Assert.Equal(200, (int)reply.StatusCode);
        Assert.Equal("Bearer", json.GetProperty("token_type").GetString());
        Assert.Equal(900, json.GetProperty("expires_in").GetInt32());
        Assert.True(reply.Headers.CacheControl!.NoStore);
        Assert.Equal("nosniff", reply.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task Http_basic_is_form_url_decoded()
    {
        var secret = "colon:plus+percent%20 and 汉字 are all allowed";
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(),
            ("Gateway:Operator:Id", "basic.operator"), ("Gateway:Operator:Secret", secret));
        await gateway.Token("basic.operator", secret);
        var reply = await Basic(gateway, $"basic.operator:{Uri.EscapeDataString(secret)}");
        Assert.Equal(200, (int)reply.StatusCode);
        Assert.Equal(401, (int)(await Basic(gateway, $"basic.operator:{Uri.EscapeDataString(secret)}x")).StatusCode);
        Assert.Equal(401, (int)(await Basic(gateway, "nonsense")).StatusCode);
    }

    [Theory]
    [InlineData("client_credentials", "operator", "wrong", 401, "invalid_client")]
    [InlineData("client_credentials", "nobody", "wrong", 401, "invalid_client")]
    [InlineData("client_credentials", "", "", 401, "invalid_client")]
    [InlineData("password", "operator", "wrong", 400, "unsupported_grant_type")]
    [InlineData("", "operator", "wrong", 400, "invalid_request")]
    public async Task A_no_has_the_form_oauth_libraries_read(string grant, string id, string secret, int status, string error)
    {
        var reply = await Gateway.PostToken(("grant_type", grant), ("client_id", id), ("client_secret", secret));
        Assert.Equal(status, (int)reply.StatusCode);
        Assert.Equal(error, (await reply.Json()).GetProperty("error").GetString());
        Assert.Equal(status == 401, reply.Headers.WwwAuthenticate.Any(h => h.Scheme == "Basic"));
        Assert.True(reply.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_parameter_given_twice_or_no_form_is_an_invalid_request()
    {
        var twice = await Gateway.PostToken(("grant_type", "client_credentials"), ("client_id", "a"), ("client_id", "b"));
        Assert.Equal("invalid_request", (await twice.Json()).GetProperty("error").GetString());
        var json = await Gateway.Http.PostAsync("/oauth/token", new StringContent("{}", Encoding.UTF8, "application/json"));
        Assert.Equal("invalid_request", (await json.Json()).GetProperty("error").GetString());
        var huge = await Gateway.PostToken(("grant_type", new string('x', 20_000)));
        await huge.Is(413, "body.oversized");
    }

    [Fact]
    public async Task A_service_accepts_the_token_and_knows_the_client()
    {
        var secret = await Gateway.Register("reader-1", "reader", "auditor");
        var token = await Gateway.Token("reader-1", secret);
        foreach (var http in new[] { Gateway.Http, house.Direct })
        {
            var me = await (await http.Send(HttpMethod.Get, "/v1/registry/me", token, null, ("Restoration-Actor", "A-17"))).Json();
            Assert.Equal("reader-1", me.GetProperty("client").GetProperty("id").GetString());
            Assert.Equal("360731", me.GetProperty("client").GetProperty("division").GetString());
            Assert.Equal(["reader", "auditor"], me.GetProperty("client").GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
            Assert.Equal("A-17", me.GetProperty("by").GetProperty("actor").GetString());
        }
    }

    [Fact]
    public async Task None_and_garbage_are_refused_at_the_service_and_through_the_gateway()
    {
        var good = await Gateway.Token();
        string?[] bad = ["garbage", good[..^4] + "AAAA", "CfDJ8" + new string('A', 200), new string('x', 5000)];
        foreach (var http in new[] { Gateway.Http, house.Direct })
        {
            var none = await http.Send(HttpMethod.Get, "/v1/registry/me", null);
            await none.Is(401, "token.missing");
            Assert.Equal("Bearer", none.Headers.WwwAuthenticate.Single().ToString());
            foreach (var token in bad)
            {
                var reply = await http.Send(HttpMethod.Get, "/v1/registry/me", token);
                await reply.Is(401, "token.invalid");
                Assert.Equal("Bearer error=\"invalid_token\"", reply.Headers.WwwAuthenticate.Single().ToString());
            }
        }
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        await using var hasty = new GatewayHost(house.Database, house.Service.Address(), ("Gateway:TokenLifetime", "00:00:02"));
        var token = await hasty.Token();
        Assert.Equal(200, (int)(await house.Direct.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);
        var reply = await Eventually.Succeeds(async () =>
        {
            var reply = await house.Direct.Send(HttpMethod.Get, "/v1/registry/me", token);
            return reply.IsSuccessStatusCode ? null : reply;
        });
        await reply.Is(401, "token.invalid");
    }

    [Fact]
    public async Task A_disabled_client_gets_no_token_and_its_token_stops_working()
    {
        var secret = await Gateway.Register("leaver", "reader");
        var token = await Gateway.Token("leaver", secret);
        Assert.Equal(200, (int)(await house.Direct.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);

        var disabled = await Gateway.Send(HttpMethod.Post, "/v1/clients/leaver/disable", await Gateway.Token());
        Assert.Equal(200, (int)disabled.StatusCode);
        var again = await Gateway.PostToken(("grant_type", "client_credentials"), ("client_id", "leaver"), ("client_secret", secret));
        Assert.Equal("invalid_client", (await again.Json()).GetProperty("error").GetString());
        var refused = await Eventually.Succeeds(async () =>
        {
            var reply = await house.Direct.Send(HttpMethod.Get, "/v1/registry/me", token);
            return reply.IsSuccessStatusCode ? null : reply;
        });
        await refused.Is(401, "token.invalid");
        var atGateway = await Gateway.Send(HttpMethod.Get, "/v1/clients", token);
        await atGateway.Is(401, "token.invalid");
    }

    private static async Task<HttpResponseMessage> Basic(GatewayHost gateway, string pair)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token");
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("grant_type", "client_credentials")]);
        return await gateway.Http.SendAsync(request);
    }
}

using Npgsql;

namespace Restoration.Gateway.Tests;

/// <summary>The order in which things start, and stop, does not matter.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task A_service_that_started_before_the_first_key_accepts_it_at_once()
    {
        await using var database = await Database.Create();
        // No polling in the time of this test: the key must be found because a token names it.
        await using var service = await Backend.Start(database.KeysReader, ("Tokens:PollInterval", "01:00:00"));
        using var direct = new HttpClient { BaseAddress = new Uri(service.Address()) };
        await Eventually.Succeeds(async () =>
            (await direct.GetStringAsync("/health/ready")).Contains("There is no key yet.", StringComparison.Ordinal) ? "" : null);

        await using var gateway = new GatewayHost(database, service.Address());
        var token = await gateway.Token();
        Assert.Equal(200, (int)(await direct.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);

        // And again for a second key, from a gateway that does not know the first.
        await Database.Execute(database.Owner, "delete from keys.ring");
        await using var other = new GatewayHost(database, service.Address());
        var second = await other.Token();
        Assert.Equal(200, (int)(await direct.Send(HttpMethod.Get, "/v1/registry/me", second)).StatusCode);
        await (await direct.Send(HttpMethod.Get, "/v1/registry/me", token)).Is(401, "token.invalid");
    }

    [Fact]
    public async Task Without_the_gateways_database_a_service_lives_and_says_later()
    {
        await using var database = await Database.Create(withSchema: false);
        await using var service = await Backend.Start(database.KeysReader);
        await using var gateway = new GatewayHost(database, service.Address());
        using var direct = new HttpClient { BaseAddress = new Uri(service.Address()) };
        Assert.Equal(200, (int)(await direct.GetAsync("/health/live")).StatusCode);
        var ready = await direct.GetAsync("/health/ready");
        Assert.Equal("degraded", (await ready.Json()).GetProperty("status").GetString());
        var looksLikeAToken = "CfDJ8" + new string('A', 200);
        await (await direct.Send(HttpMethod.Get, "/v1/registry/me", looksLikeAToken)).Is(503, "service.unavailable");

        Assert.Equal(503, (int)(await gateway.Http.GetAsync("/health/ready")).StatusCode);

        await database.ApplySchema();
        await database.ApplySchema();
        await Eventually.Succeeds(async () => (await gateway.Http.GetAsync("/health/ready")).IsSuccessStatusCode ? "" : null);
        // Ready means that a token can be had, at the first try.
        var reply = await gateway.PostToken(
            ("grant_type", "client_credentials"), ("client_id", GatewayHost.OperatorId), ("client_secret", GatewayHost.OperatorSecret));
        var token = (await reply.Json()).GetProperty("access_token").GetString();
        Assert.Equal(200, (int)(await direct.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);
        await (await direct.Send(HttpMethod.Get, "/v1/registry/me", looksLikeAToken)).Is(401, "token.invalid");
    }

    [Fact]
    public async Task While_the_database_is_away_known_tokens_work_and_the_gateway_recovers_alone()
    {
        await using var database = await Database.Create();
        using var cable = new Cable(database.Gateway);
        await using var service = await Backend.Start(new NpgsqlConnectionStringBuilder(cable.Connection) { Options = "-c role=keys_reader" }.ConnectionString);
        await using var gateway = new GatewayHost(database, service.Address(), ("ConnectionStrings:gateway", cable.Connection));
        var token = await gateway.Token();
        Assert.Equal(200, (int)(await gateway.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);

        cable.Cut();
        var refused = await Eventually.Succeeds(async () =>
        {
            var reply = await gateway.PostToken(
                ("grant_type", "client_credentials"), ("client_id", GatewayHost.OperatorId), ("client_secret", GatewayHost.OperatorSecret));
            return reply.IsSuccessStatusCode ? null : reply;
        });
        await refused.Is(503, "service.unavailable");
        Assert.Equal(503, (int)(await gateway.Http.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(200, (int)(await gateway.Http.GetAsync("/health/live")).StatusCode);
        Assert.Equal(200, (int)(await gateway.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode);

        cable.Mend();
        await gateway.Token();
        Assert.Equal(200, (int)(await gateway.Http.GetAsync("/health/ready")).StatusCode);
    }
}

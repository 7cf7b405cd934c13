using Npgsql;

namespace Restoration.Gateway.Tests;

public sealed class ClientTests(House house) : IClassFixture<House>
{
    private GatewayHost Gateway => house.Gateway;

    [Fact]
    public async Task Registering_shows_the_secret_once()
    {
        var token = await Gateway.Token();
        var reply = await Gateway.Send(HttpMethod.Post, "/v1/clients", token, new
        {
            clientId = "county.360731",
            name = "于都县自然资源局",
            division = "360731",
            unit = "自然资源局",
            roles = new[] { "source" },
            subjects = new[] { "site-1" },
        });
        Assert.Equal(201, (int)reply.StatusCode);
        Assert.Equal("/v1/clients/county.360731", reply.Headers.Location!.OriginalString);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.Contains("于都县", text, StringComparison.Ordinal);
        var secret = (await reply.Json()).GetProperty("secret").GetString()!;
        Assert.Equal(43, secret.Length);

        var shown = await (await Gateway.Send(HttpMethod.Get, "/v1/clients/county.360731", token)).Json();
        Assert.False(shown.TryGetProperty("secret", out _));
        Assert.Equal("operator", shown.GetProperty("createdBy").GetString());
        var me = await (await Gateway.Send(HttpMethod.Get, "/v1/registry/me", await Gateway.Token("county.360731", secret))).Json();
        Assert.Equal("自然资源局", me.GetProperty("client").GetProperty("unit").GetString());
        Assert.Equal("site-1", me.GetProperty("client").GetProperty("subjects")[0].GetString());
        Assert.Equal(0, await house.Database.Ask<long>($"select count(*) from clients.clients c where c::text like '%{secret}%'"));

        var again = await Gateway.Send(HttpMethod.Post, "/v1/clients", token,
            new { clientId = "county.360731", name = "other", division = "360731", roles = new[] { "reader" } });
        await again.Is(409, "client.exists");
    }

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once()
    {
        var reply = await Gateway.Send(HttpMethod.Post, "/v1/clients", await Gateway.Token(),
            new { clientId = "No Good", name = " ", division = "?", roles = new[] { "reader", "king" } });
        var problem = await reply.Is(422, "client.invalid");
        Assert.Equal(["#/clientId", "#/name", "#/division", "#/roles/1"],
            problem.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task Only_operators_may()
    {
        var token = await Gateway.Token("plain", await Gateway.Register("plain", "reader"));
        await (await Gateway.Send(HttpMethod.Get, "/v1/clients", token)).Is(403, "role.missing");
        await (await Gateway.Send(HttpMethod.Get, "/v1/clients", null)).Is(401, "token.missing");
    }

    [Fact]
    public async Task Two_secrets_work_and_the_third_ends_the_first()
    {
        var first = await Gateway.Register("rotating", "reader");
        var second = await Rotate();
        Assert.Equal((200, 200), (await Status(first), await Status(second)));
        var third = await Rotate();
        Assert.Equal((401, 200, 200), (await Status(first), await Status(second), await Status(third)));
        await (await Gateway.Send(HttpMethod.Post, "/v1/clients/nobody/rotate", await Gateway.Token())).Is(404, "client.unknown");

        async Task<string> Rotate() =>
            (await (await Gateway.Send(HttpMethod.Post, "/v1/clients/rotating/rotate", await Gateway.Token())).Json())
                .GetProperty("secret").GetString()!;
        async Task<int> Status(string secret) =>
            (int)(await Gateway.PostToken(("grant_type", "client_credentials"), ("client_id", "rotating"), ("client_secret", secret))).StatusCode;
    }

    [Fact]
    public async Task Pages_together_give_every_client_once()
    {
        foreach (var n in Enumerable.Range(1, 5))
            await Gateway.Register($"page-{n}", "reader");
        var token = await Gateway.Token();
        var seen = new List<string>();
        for (string? path = "/v1/clients?limit=2"; path is not null;)
        {
            var page = await (await Gateway.Send(HttpMethod.Get, path, token)).Json();
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("clientId").GetString()!));
            path = page.TryGetProperty("next", out var next) ? $"/v1/clients?limit=2&cursor={next.GetString()}" : null;
        }
        Assert.Equal(seen.Distinct().Order(StringComparer.Ordinal), seen);
        Assert.Equal(5, seen.Count(id => id.StartsWith("page-", StringComparison.Ordinal)));
        await (await Gateway.Send(HttpMethod.Get, "/v1/clients?cursor=@@", token)).Is(400, "cursor.foreign");
        await (await Gateway.Send(HttpMethod.Get, "/v1/clients?limt=2", token)).Is(400, "parameter.unknown");
        foreach (var limit in new[] { "0", "501", "x" })
            await (await Gateway.Send(HttpMethod.Get, $"/v1/clients?limit={limit}", token)).Is(400, "parameter.malformed");
    }

    [Fact]
    public async Task The_limited_roles_can_do_no_more_than_they_need()
    {
        await Denied(house.Database.KeysReader, "select * from clients.clients");
        await Denied(house.Database.KeysReader, "delete from keys.ring");
        await Denied(house.Database.KeysReader, "insert into keys.disabled_clients values ('x', now())");
        await Denied(house.Database.Gateway, "delete from clients.clients");
        await Denied(house.Database.Gateway, "delete from keys.ring");
        await Denied(house.Database.Gateway, "drop table keys.ring");

        static async Task Denied(string connection, string sql)
        {
            var refusal = await Assert.ThrowsAsync<PostgresException>(() => Database.Execute(connection, sql));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }
}

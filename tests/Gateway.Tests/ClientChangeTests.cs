namespace Restoration.Gateway.Tests;

/// <summary>What the operator changes about a client, and how nobody overwrites or repeats by mistake.</summary>
public sealed class ClientChangeTests(House house) : IClassFixture<House>
{
    private GatewayHost Gateway => house.Gateway;

    [Fact]
    public async Task A_merge_patch_changes_what_it_names_and_nothing_else()
    {
        await Registered("patched", new { unit = "自然资源局", subjects = new[] { "site-1" }, policy = new { requests = 10_000, seconds = 60 } });
        var reply = await Patch("patched", 1, """{"name":" 新名称 ","roles":["reviewer","reviewer"],"unit":null,"policy":{"requests":9000}}""");
        Assert.Equal((200, "\"2\""), ((int)reply.StatusCode, reply.Header("ETag")));
        var client = await reply.Json();
        Assert.Equal("新名称", client.GetProperty("name").GetString());
        Assert.Equal(["reviewer"], client.GetProperty("roles").EnumerateArray().Select(r => r.GetString()));
        Assert.False(client.TryGetProperty("unit", out _));
        Assert.Equal("site-1", client.GetProperty("subjects")[0].GetString());
        Assert.Equal((9000, 60), (client.GetProperty("policy").GetProperty("requests").GetInt32(), client.GetProperty("policy").GetProperty("seconds").GetInt32()));
        Assert.Equal(["name", "requests", "seconds"], client.GetProperty("policy").EnumerateObject().Select(m => m.Name));
        Assert.Equal(2, client.GetProperty("version").GetInt32());
        Assert.False(client.TryGetProperty("secret", out _));
        Assert.Equal(client.GetRawText(), (await (await Get("patched")).Json()).GetRawText());

        var cleared = await (await Patch("patched", 2, """{"subjects":null,"policy":null,"division":"360700"}""")).Json();
        Assert.Equal((0, "360700"), (cleared.GetProperty("subjects").GetArrayLength(), cleared.GetProperty("division").GetString()));
        Assert.False(cleared.TryGetProperty("policy", out _));
    }

    [Theory]
    [InlineData("""{"name":null}""", 400, "body.malformed", "#")]
    [InlineData("""{"colour":"red"}""", 400, "body.malformed", "#/colour")]
    [InlineData("""{"clientId":"other"}""", 400, "body.malformed", "#/clientId")]
    [InlineData("""{"roles":"reader"}""", 400, "body.malformed", "#/roles")]
    [InlineData("""{"policy":{"requests":"many"}}""", 400, "body.malformed", "#/policy/requests")]
    [InlineData("""{"policy":{"requests":5}}""", 400, "body.malformed", "#/policy")]
    [InlineData("""{"policy":{"requests":5,"minutes":1,"seconds":1}}""", 400, "body.malformed", "#/policy/minutes")]
    [InlineData("""{"name":"a","name":"b"}""", 400, "body.malformed", "#")]
    [InlineData("""{"\ud800":"b"}""", 400, "body.malformed", "#")]
    [InlineData("""{"name":"\ud800"}""", 400, "body.malformed", "#")]
    [InlineData("""["name"]""", 400, "body.malformed", "#")]
    [InlineData("""null""", 400, "body.malformed", "#")]
    [InlineData("""{"name":""", 400, "body.malformed", "#")]
    [InlineData("""{"roles":["king"]}""", 422, "client.invalid", "#/roles/0")]
    [InlineData("""{"roles":[null]}""", 422, "client.invalid", "#/roles/0")]
    [InlineData("""{"roles":[]}""", 422, "client.invalid", "#/roles")]
    [InlineData("""{"name":"a\u0000b"}""", 422, "client.invalid", "#/name")]
    [InlineData("""{"subjects":[null]}""", 422, "client.invalid", "#/subjects")]
    [InlineData("""{"division":"*"}""", 422, "client.invalid", "#/division")]
    [InlineData("""{"policy":{"requests":0,"seconds":1}}""", 422, "client.invalid", "#/policy")]
    [InlineData("""{"policy":{"name":"a\"b","requests":1,"seconds":1}}""", 422, "client.invalid", "#/policy")]
    public async Task What_cannot_be_is_refused_and_changes_nothing(string body, int status, string code, string pointer)
    {
        var id = $"refused-{Guid.NewGuid():n}";
        await Registered(id);
        var problem = await (await Patch(id, 1, body)).Is(status, code);
        Assert.Equal(pointer, problem.GetProperty("errors")[0].GetProperty("pointer").GetString());
        Assert.Equal("\"1\"", (await Get(id)).Header("ETag"));
    }

    [Fact]
    public async Task A_change_needs_the_version_that_was_read()
    {
        await Registered("guarded");
        var token = await Gateway.Token();
        await (await Gateway.Send(HttpMethod.Patch, "/v1/clients/guarded", token, new { name = "x" })).Is(428, "precondition.required");
        var stale = await (await Patch("guarded", 7, """{"name":"x"}""")).Is(412, "resource.moved");
        Assert.Contains("version 1", stale.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        await (await Patch("nobody", 1, """{"name":"x"}""")).Is(404, "client.unknown");
        await (await Gateway.Send(HttpMethod.Patch, "/v1/clients/guarded", token, new StringContent("name=x"), ("If-Match", "\"1\""))).Is(415, "media-type.unsupported");
        foreach (var verb in new[] { "rotate", "disable", "enable" })
            await (await Gateway.Send(HttpMethod.Post, $"/v1/clients/guarded/{verb}", token, null, ("If-Match", "\"7\""))).Is(412, "resource.moved");

        // Of two who read the same version one changes it.
        var both = await Task.WhenAll(Patch("guarded", 1, """{"name":"a"}"""), Patch("guarded", 1, """{"name":"b"}"""));
        Assert.Equal([200, 412], both.Select(r => (int)r.StatusCode).Order());
        Assert.Equal("\"2\"", (await Get("guarded")).Header("ETag"));
        Assert.Equal(304, (int)(await Get("guarded", ("If-None-Match", "\"1\", W/\"2\""))).StatusCode);
        Assert.Equal(200, (int)(await Get("guarded", ("If-None-Match", "\"1\""))).StatusCode);
    }

    [Fact]
    public async Task Each_act_has_a_version_and_enable_undoes_disable()
    {
        var made = await Gateway.Send(HttpMethod.Post, "/v1/clients", await Gateway.Token(), new { clientId = "acted", name = "a", division = "360731", roles = new[] { "reader" } });
        Assert.Equal("\"1\"", made.Header("ETag"));
        var secret = (await made.Json()).GetProperty("secret").GetString()!;
        var token = await Gateway.Token("acted", secret);
        Assert.Equal(("\"2\"", "\"3\"", "\"3\""), (await Act("rotate"), await Act("disable"), await Act("disable")));
        await Eventually.Succeeds(async () => (int)(await house.Direct.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode == 401 ? "" : null);
        Assert.Equal(401, await TokenStatus());
        Assert.Equal(("\"4\"", "\"4\""), (await Act("enable"), await Act("enable")));
        Assert.False((await (await Get("acted")).Json()).TryGetProperty("disabled", out _));
        Assert.Equal(200, await TokenStatus());
        var fresh = await Gateway.Token("acted", secret);
        await Eventually.Succeeds(async () => (await house.Direct.Send(HttpMethod.Get, "/v1/registry/me", fresh)).IsSuccessStatusCode ? "" : null);
        Assert.Equal(401, (int)(await house.Direct.Send(HttpMethod.Get, "/v1/registry/me", token)).StatusCode); // for good, whoever has it
        await (await Gateway.Send(HttpMethod.Post, "/v1/clients/nobody/enable", await Gateway.Token())).Is(404, "client.unknown");

        async Task<string?> Act(string verb)
        {
            var reply = await Gateway.Send(HttpMethod.Post, $"/v1/clients/acted/{verb}", await Gateway.Token());
            Assert.Equal(200, (int)reply.StatusCode);
            return reply.Header("ETag");
        }

        async Task<int> TokenStatus() =>
            (int)(await Gateway.PostToken(("grant_type", "client_credentials"), ("client_id", "acted"), ("client_secret", secret))).StatusCode;
    }

    [Fact]
    public async Task A_database_of_before_is_brought_up_to_date()
    {
        await using var database = await Database.Create();
        await Database.Execute(database.Owner, """
            insert into clients.clients (client_id, name, division, roles, secret, created, created_by)
            values ('old', 'old', '360731', '{reader}', sha256('an old secret'), now(), 'operator');
            alter table clients.clients drop column version, drop column policy;
            drop table clients.replies;
            drop table keys.revoked;
            revoke delete on keys.disabled_clients from gateway;
            """);
        await database.ApplySchema();
        await using var gateway = new GatewayHost(database, house.Service.Address());
        await gateway.Token("old", "an old secret");
        var reply = await gateway.Send(HttpMethod.Post, "/v1/clients/old/disable", await gateway.Token());
        Assert.Equal((200, "\"2\""), ((int)reply.StatusCode, reply.Header("ETag")));
    }

    private async Task Registered(string id, object? more = null)
    {
        var body = System.Text.Json.JsonSerializer.SerializeToNode(more ?? new { })!.AsObject();
        foreach (var (name, value) in new (string, string)[] { ("clientId", id), ("name", id), ("division", "360731") })
            body[name] = value;
        body["roles"] = new System.Text.Json.Nodes.JsonArray("reporter");
        Assert.Equal(201, (int)(await Gateway.Send(HttpMethod.Post, "/v1/clients", await Gateway.Token(), body)).StatusCode);
    }

    private async Task<HttpResponseMessage> Patch(string id, int version, string body) => await Gateway.Send(
        HttpMethod.Patch, $"/v1/clients/{id}", await Gateway.Token(), new StringContent(body, null, "application/merge-patch+json"), ("If-Match", $"\"{version}\""));

    private async Task<HttpResponseMessage> Get(string id, params (string, string)[] headers) =>
        await Gateway.Send(HttpMethod.Get, $"/v1/clients/{id}", await Gateway.Token(), null, headers);
}

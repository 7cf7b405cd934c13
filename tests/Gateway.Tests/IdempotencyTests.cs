using System.Text;

namespace Restoration.Gateway.Tests;

/// <summary>A command about a client whose answer was lost is sent again, and happens once.</summary>
public sealed class IdempotencyTests(House house) : IClassFixture<House>
{
    private GatewayHost Gateway => house.Gateway;

    [Fact]
    public async Task The_same_key_gets_the_same_answer_with_the_same_secret()
    {
        var body = """{"clientId":"repeated","name":"r","division":"360731","roles":["reader"]}""";
        var first = await Post("", body, "\"k-1\"");
        var again = await Post("", body, "k-1"); // the bare form is the same key
        Assert.Equal((201, null), ((int)first.StatusCode, first.Header("Idempotency-Replayed")));
        Assert.Equal((201, "true"), ((int)again.StatusCode, again.Header("Idempotency-Replayed")));
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await again.Content.ReadAsByteArrayAsync());
        foreach (var header in new[] { "ETag", "Location", "Content-Type", "Cache-Control" })
            Assert.Equal(first.Header(header), again.Header(header));
        Assert.Equal("no-store", again.Header("Cache-Control"));
        var secret = (await again.Json()).GetProperty("secret").GetString()!;
        await Gateway.Token("repeated", secret);

        await (await Post("", body.Replace("\"r\"", "\"s\"", StringComparison.Ordinal), "k-1")).Is(422, "idempotency-key.reused");
        await (await Post("", body, "k-2")).Is(409, "client.exists");
        var conflict = await Post("", body, "k-2");
        await conflict.Is(409, "client.exists");
        Assert.Equal("true", conflict.Header("Idempotency-Replayed"));
        // Another client's key of the same text is another key, and so is that of another path.
        await Post("repeated/rotate", "", "k-1");
        Assert.Equal("\"2\"", (await Gateway.Send(HttpMethod.Get, "/v1/clients/repeated", await Gateway.Token())).Header("ETag"));
        Assert.Equal(0, await house.Database.Ask<long>($"select count(*) from clients.replies r where position(convert_to('{secret}', 'UTF8') in r.body) > 0"));
    }

    [Fact]
    public async Task A_repeated_rotation_rotates_once_and_comes_before_its_precondition()
    {
        var first = await Gateway.Register("turned", "reader");
        var second = await Post("turned/rotate", "{}", "turn", ("If-Match", "\"1\""));
        var replayed = await Post("turned/rotate", "{}", "turn", ("If-Match", "\"1\""));
        Assert.Equal(await second.Content.ReadAsStringAsync(), await replayed.Content.ReadAsStringAsync());
        Assert.Equal(("\"2\"", "true"), (replayed.Header("ETag"), replayed.Header("Idempotency-Replayed")));
        await Gateway.Token("turned", first);
        await Gateway.Token("turned", (await second.Json()).GetProperty("secret").GetString()!);
        // What was refused as moved is not kept: it may be right the next time.
        await (await Post("turned/disable", "{}", "off", ("If-Match", "\"1\""))).Is(412, "resource.moved");
        Assert.Equal(200, (int)(await Post("turned/disable", "{}", "off", ("If-Match", "\"2\""))).StatusCode);
        Assert.Equal("\"3\"", (await Post("turned/disable", "{}", "off", ("If-Match", "\"2\""))).Header("ETag"));
    }

    [Fact]
    public async Task A_hundred_at_once_at_two_gateways_make_one_change_and_equal_answers()
    {
        await using var other = new GatewayHost(house.Database, house.Service.Address());
        await Gateway.Register("crowded", "reader");
        var token = await Gateway.Token();
        await other.Token();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async n =>
        {
            var reply = await (n % 2 == 0 ? Gateway : other).Send(HttpMethod.Post, "/v1/clients/crowded/rotate", token, null, ("Idempotency-Key", "crowd"));
            Assert.Equal(200, (int)reply.StatusCode);
            return (Text: await reply.Content.ReadAsStringAsync(), Replayed: reply.Header("Idempotency-Replayed"));
        }));
        Assert.Single(answers.Select(a => a.Text).Distinct());
        Assert.Single(answers, a => a.Replayed is null);
        Assert.Equal("\"2\"", (await Gateway.Send(HttpMethod.Get, "/v1/clients/crowded", token)).Header("ETag"));
    }

    [Fact]
    public async Task Without_a_key_or_with_a_strange_one_nothing_happens()
    {
        await Gateway.Register("keyless", "reader");
        foreach (var verb in new[] { "rotate", "disable", "enable" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/clients/keyless/{verb}") { Headers = { Authorization = new("Bearer", await Gateway.Token()) } };
            await (await Gateway.Http.SendAsync(request)).Is(400, "idempotency-key.missing");
            foreach (var key in new[] { "", "\"\"", new string('k', 201) })
                await (await Post($"keyless/{verb}", "{}", key)).Is(400, "idempotency-key.malformed");
            await (await Post($"keyless/{verb}", """{"why":"x"}""", "k")).Is(400, "body.malformed");
            await (await Post($"keyless/{verb}", "[", "k")).Is(400, "body.malformed");
        }

        Assert.Equal("\"1\"", (await Gateway.Send(HttpMethod.Get, "/v1/clients/keyless", await Gateway.Token())).Header("ETag"));
    }

    [Fact]
    public async Task What_is_kept_goes_after_thirty_days()
    {
        await Gateway.Register("kept", "reader");
        await Post("kept/disable", "{}", "old");
        await Database.Execute(house.Database.Owner, "update clients.replies set recorded = now() - interval '29 days 23 hours' where key = 'old'");
        await Post("kept/enable", "{}", "new");
        Assert.Equal("true", (await Post("kept/disable", "{}", "old")).Header("Idempotency-Replayed"));
        await Database.Execute(house.Database.Owner, "update clients.replies set recorded = now() - interval '30 days 1 minute' where key = 'old'");
        await Post("kept/disable", "{}", "newer");
        Assert.Equal(0, await house.Database.Ask<long>("select count(*) from clients.replies where key = 'old'"));
    }

    private async Task<HttpResponseMessage> Post(string path, string body, string key, params (string, string)[] headers) => await Gateway.Send(
        HttpMethod.Post, $"/v1/clients{(path.Length > 0 ? "/" : "")}{path}", await Gateway.Token(), new StringContent(body, Encoding.UTF8, "application/json"),
        [("Idempotency-Key", key), .. headers]);
}

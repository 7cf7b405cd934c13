using System.Text.Json;

namespace Restoration.Updates.Tests;

/// <summary>Subscriptions as resources: made, read, changed, ended; each its client's own.</summary>
public sealed class SubscriptionTests(FeedSystem feed) : IClassFixture<FeedSystem>
{
    private const string Target = "https://192.0.2.1.example/hook";

    [Fact]
    public async Task A_subscription_is_made_read_changed_and_ended()
    {
        var ganzhou = new Hooks(feed, await feed.StartAsync(Hooks.Near), "ganzhou", "360700");
        var key = ("Idempotency-Key", "\"make-1\"");
        var body = new { target = Target, types = new[] { Source.Reported }, divisions = new[] { "360731" }, order = "parallel" };
        var made = (await ganzhou.Post("", body, key)).Is(201);
        var id = made.Json.GetProperty("id").GetString()!;
        Assert.Equal($"{Hooks.Path}/{id}", made.Message.Headers.Location?.ToString());
        Assert.Equal("\"1\"", made.Header("ETag"));
        Assert.StartsWith("updates:", made.Header("X-Position"), StringComparison.Ordinal);
        var secret = made.Json.GetProperty("secret").GetString()!;

        // The same key again: the same answer, with the secret that is kept nowhere in the clear.
        var again = (await ganzhou.Post("", body, key)).Is(201);
        Assert.Equal(made.Text, again.Text);
        Assert.Equal("true", again.Header("Idempotency-Replayed"));
        (await ganzhou.Post("", new { target = Target }, key)).Is(422, "idempotency-key.reused");
        Assert.Equal(0, await feed.AskAsync<long>($"""
            select (select count(*) from webhooks.subscriptions s where position(convert_to('{secret[6..]}', 'UTF8') in secret) > 0 or position(decode('{secret[6..]}', 'base64') in secret) > 0)
                + (select count(*) from webhooks.replies where position(convert_to('{secret[6..]}', 'UTF8') in body) > 0)
            """));

        var read = (await ganzhou.Get($"/{id}")).Is(200);
        Assert.False(read.Json.TryGetProperty("secret", out _));
        Assert.Equal(("active", "parallel", "360700"), (Of("state"), Of("order"), Of("division")));
        (await ganzhou.Get($"/{id}", ("If-None-Match", "\"1\""))).Is(304);

        (await ganzhou.Send(HttpMethod.Patch, $"/{id}", """{"order":"per-stream"}""")).Is(428, "precondition.required");
        (await ganzhou.Send(HttpMethod.Patch, $"/{id}", """{"order":"per-stream"}""", ("If-Match", "\"7\""))).Is(412, "resource.moved");
        (await ganzhou.Send(HttpMethod.Patch, $"/{id}", """{"sort":"per-stream"}""", ("If-Match", "\"1\""))).Is(400, "body.malformed");
        (await ganzhou.Send(HttpMethod.Patch, $"/{id}", """{"target":"https://10.0.0.1/"}""", ("If-Match", "\"1\""))).Is(422, "target.forbidden");
        var changed = (await ganzhou.Send(HttpMethod.Patch, $"/{id}", """{"order":"per-stream","divisions":[]}""", ("If-Match", "\"1\""))).Is(200);
        Assert.Equal("\"2\"", changed.Header("ETag"));
        Assert.Equal(("per-stream", Target, 0, 1), (changed.Json.GetProperty("order").GetString(), changed.Json.GetProperty("target").GetString(),
            changed.Json.GetProperty("divisions").GetArrayLength(), changed.Json.GetProperty("types").GetArrayLength()));

        (await ganzhou.Send(HttpMethod.Delete, $"/{id}", null, ("If-Match", "\"1\""))).Is(412);
        (await ganzhou.Send(HttpMethod.Delete, $"/{id}")).Is(204);
        (await ganzhou.Get($"/{id}")).Is(404, "resource.unknown");

        string Of(string member) => read.Json.GetProperty(member).GetString()!;
    }

    [Fact]
    public async Task A_subscription_is_its_clients_own()
    {
        var replica = await feed.StartAsync(Hooks.Near);
        var (mine, other, below, all) = (Client("mine", "360700"), Client("other", "360700"), Client("below", "360731"), Client("all", "*", "operator"));
        var hook = await mine.Subscribe(Target);
        foreach (var stranger in new[] { other, below })
        {
            (await stranger.Get($"/{hook.Id}")).Is(403, "subscription.forbidden");
            (await stranger.Get($"/{hook.Id}/deliveries")).Is(403);
            (await stranger.Send(HttpMethod.Patch, $"/{hook.Id}", """{"order":"parallel"}""", ("If-Match", "\"1\""))).Is(403);
            (await stranger.Send(HttpMethod.Delete, $"/{hook.Id}")).Is(403);
            foreach (var verb in new[] { "pause", "resume", "rotate", "ping" }) (await stranger.Post($"/{hook.Id}/{verb}", new { })).Is(403);
            (await stranger.Post($"/{hook.Id}/replay", new { after = "00010000000000000000" })).Is(403);
            (await stranger.Post($"/{hook.Id}/deliveries/1/resend", new { })).Is(403);
            Assert.Empty(Ids((await stranger.Get()).Is(200).Json));
        }
        Assert.Equal([hook.Id], Ids((await mine.Get()).Is(200).Json));
        Assert.Contains(hook.Id, Ids((await all.Get("?limit=500")).Is(200).Json));
        (await all.Get($"/{hook.Id}")).Is(200);

        Hooks Client(string id, string division, params string[] roles) => new(feed, replica, id, division, roles);
        static string[] Ids(JsonElement page) => [.. page.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetString()!)];
    }

    [Fact]
    public async Task What_is_wrong_with_a_subscription_is_said()
    {
        var client = new Hooks(feed, await feed.StartAsync([.. Hooks.Near, ("Webhooks__PerClient", "2")]), "wrong", "360700");
        (await client.Send(HttpMethod.Post, "", $$"""{"target":"{{Target}}"}""")).Is(400, "idempotency-key.missing");
        (await client.Post("", new { })).Is(400, "body.malformed");
        (await client.Post("", new { target = Target, order = "random" })).Is(400, "body.malformed");
        (await client.Post("", new { target = Target, typs = new[] { "x" } })).Is(400, "body.malformed");
        (await client.Post("", new { target = "https://192.168.0.1/" })).Is(422, "target.forbidden");
        (await client.Post("", new { target = "http://8.8.8.8/" })).Is(422, "target.insecure");
        (await client.Post("", new { target = Target, subjects = new[] { "" } })).Is(422, "subscription.invalid");
        (await client.Get("?sort=id")).Is(400, "parameter.unknown");
        (await client.Post("", new { id = "first", target = Target })).Is(201);
        (await client.Post("", new { id = "first", target = Target })).Is(409, "subscription.exists");
        (await client.Post("", new { target = Target })).Is(201);
        (await client.Post("", new { target = Target })).Is(409, "subscription.too-many");
        (await client.Post("/first/replay", new { after = "x" })).Is(422, "sequence.malformed");
        (await client.Post("/first/replay", new { after = "00010000000000099999" })).Is(409, "sequence.out-of-reach");
        (await client.Post("/first/deliveries/99999999/resend", new { })).Is(404);
    }
}

using System.Diagnostics;

namespace Restoration.Gateway.Tests;

/// <summary>Trying secrets costs waiting; whose secret it is loses nothing by it.</summary>
public sealed class GuessTests(House house) : IClassFixture<House>
{
    private const string Proxies = "127.0.0.0/8,::1/128,::ffff:127.0.0.0/104";

    [Theory]
    [InlineData("guessed")]
    [InlineData("no-such-client")]
    public async Task Each_try_after_a_handful_waits_longer_and_the_owner_elsewhere_does_not(string client)
    {
        var time = new SetTime();
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(), time, ("TrustedProxies", Proxies));
        var secret = client == "guessed" ? await gateway.Register(client, "reader") : null;
        var bodies = new HashSet<string>();
        for (var n = 0; n < Guesses.Free; n++)
            bodies.Add(await Wrong(401));
        Assert.Single(bodies);
        foreach (var wait in new[] { 1, 2, 4, 8, 16, 30, 30 })
        {
            // All who come at once wait; none of them makes it longer.
            foreach (var reply in await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Try(gateway, client, "wrong", "203.0.113.1"))))
            {
                await reply.Is(429, "requests.too-many");
                Assert.Equal(wait, reply.Headers.RetryAfter!.Delta!.Value.TotalSeconds);
            }

            if (secret is not null)
                Assert.Equal(200, (int)(await Try(gateway, client, secret, "203.0.113.2")).StatusCode);
            time.Now += TimeSpan.FromSeconds(wait);
            Assert.Equal(bodies.Single(), await Wrong(401));
        }

        if (secret is null)
            return;
        // At the guesser's address the owner waits as well, but not for ever; then all is forgiven.
        var mine = await Try(gateway, client, secret, "203.0.113.1");
        await mine.Is(429, "requests.too-many");
        time.Now += mine.Headers.RetryAfter!.Delta!.Value;
        Assert.Equal(200, (int)(await Try(gateway, client, secret, "203.0.113.1")).StatusCode);
        await Wrong(401);

        async Task<string> Wrong(int status)
        {
            var reply = await Try(gateway, client, "wrong", "203.0.113.1");
            Assert.Equal(status, (int)reply.StatusCode);
            return await reply.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task Going_from_client_to_client_is_noticed_and_those_at_work_there_go_on()
    {
        var time = new SetTime();
        await using var gateway = new GatewayHost(house.Database, house.Service.Address(), time, ("TrustedProxies", Proxies));
        var secret = await gateway.Register("at-work", "reader");
        var late = await gateway.Register("comes-late", "reader");
        Assert.Equal(200, (int)(await Try(gateway, "at-work", secret, "2001:db8:0:1::1")).StatusCode);
        for (var n = 0; n < Guesses.FreeOfAddress; n++)
            Assert.Equal(401, (int)(await Try(gateway, $"client-{n}", "wrong", $"2001:db8:0:1::{n:x}")).StatusCode);
        await (await Try(gateway, "another", "wrong", "2001:db8:0:1::ffff")).Is(429, "requests.too-many");
        await (await Try(gateway, "comes-late", late, "2001:db8:0:1::2")).Is(429, "requests.too-many");
        Assert.Equal(200, (int)(await Try(gateway, "at-work", secret, "2001:db8:0:1::3")).StatusCode);
        Assert.Equal(200, (int)(await Try(gateway, "comes-late", late, "2001:db8:0:2::2")).StatusCode);
        time.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(200, (int)(await Try(gateway, "comes-late", late, "2001:db8:0:1::2")).StatusCode);
    }

    [Fact]
    public async Task Without_any_wrong_secret_many_at_once_get_their_tokens()
    {
        var secret = await house.Gateway.Register("fleet", "reader");
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ =>
            house.Gateway.PostToken(("grant_type", "client_credentials"), ("client_id", "fleet"), ("client_secret", secret))));
        Assert.All(answers, a => Assert.Equal(200, (int)a.StatusCode));
    }

    [Fact]
    public void The_wait_has_a_bound_and_what_is_long_past_is_forgotten()
    {
        var time = new SetTime();
        var guesses = new Guesses(time);
        var waits = new List<double>();
        for (var n = 0; n < 20; n++)
        {
            guesses.Wrong("a", "x");
            if (guesses.Wait("a", "x") is not { } wait)
                continue;
            waits.Add(wait.TotalSeconds);
            time.Now += wait;
            // One gets through; who comes at the same moment waits on.
            Assert.Null(guesses.Wait("a", "x"));
            Assert.NotNull(guesses.Wait("a", "x"));
        }

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], waits.Take(7));
        Assert.All(waits, w => Assert.True(w <= Guesses.Longest.TotalSeconds));
        Assert.Null(guesses.Wait("a", "y"));
        Assert.Null(guesses.Wait("b", "x"));
        time.Now += TimeSpan.FromMinutes(16);
        Assert.Null(guesses.Wait("a", "x"));
        guesses.Wrong("a", "x");
        Assert.Null(guesses.Wait("a", "x"));
    }

    [Fact]
    public void Whatever_is_tried_memory_is_bounded()
    {
        var time = new SetTime();
        var guesses = new Guesses(time, most: 100);
        for (var n = 0; n < 10_000; n++)
        {
            guesses.Wrong($"client-{n}{new string('x', n % 200)}", $"{n % 500}");
            Assert.InRange(guesses.Count, 1, 101);
        }

        // Full of the forgotten, it takes up those who come now.
        time.Now += TimeSpan.FromMinutes(16);
        for (var n = 0; n < Guesses.Free; n++)
            guesses.Wrong("now", "here");
        Assert.NotNull(guesses.Wait("now", "here"));
    }

    [Fact]
    public async Task Unknown_or_wrong_takes_the_same_time()
    {
        // What is compared is the lookup and the hash alone, with so many tries that their medians lie close together.
        await house.Gateway.Register("timed", "reader");
        await using var database = Npgsql.NpgsqlDataSource.Create(house.Database.Gateway);
        var clients = new Clients(database);
        var (known, unknown) = (new List<double>(), new List<double>());
        for (var n = 0; n < 1200; n++)
        {
            var began = Stopwatch.GetTimestamp();
            Assert.Null(await clients.Authenticate(n % 2 == 0 ? "timed" : "nobody", "wrong-secret-of-usual-length-0123456789abcdef", default));
            (n % 2 == 0 ? known : unknown).Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        }

        var (a, b) = (Median(known), Median(unknown));
        TestContext.Current.TestOutputHelper!.WriteLine($"known {a:0} µs, unknown {b:0} µs");
        Assert.InRange(a / b, 0.5, 2);

        static double Median(List<double> all) => all.Skip(100).Order().ElementAt((all.Count - 100) / 2);
    }

    private static Task<HttpResponseMessage> Try(GatewayHost gateway, string client, string secret, string address) =>
        gateway.Http.Send(HttpMethod.Post, "/oauth/token", null, new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials", ["client_id"] = client, ["client_secret"] = secret,
        }), ("X-Forwarded-For", address));
}

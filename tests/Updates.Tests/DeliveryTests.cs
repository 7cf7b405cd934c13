using System.Text;
using Microsoft.AspNetCore.Http;

namespace Restoration.Updates.Tests;

/// <summary>What a receiver gets, and what is done when it does not take it.</summary>
public sealed class DeliveryTests(FeedSystem feed) : IClassFixture<FeedSystem>, IDisposable
{
    private static readonly string s_run = Guid.NewGuid().ToString("N")[..6];
    private readonly List<Replica> _replicas = [];

    [Fact]
    public async Task What_matches_is_delivered_signed_as_the_feed_serves_it()
    {
        await using var receiver = await Receiver.StartAsync();
        var replica = await Start(Hooks.Near);
        await using var registry = await Relayed("tree", r =>
        {
            r.Define("360000", null);
            r.Define("360700", "360000");
            r.Define("360731", "360700");
            r.Define("360200", "360000");
        });
        await Eventually.Get(() => feed.AskAsync<long>("select count(*) from feed.divisions"), n => n == 4, "the tree");
        var hook = await new Hooks(feed, replica, "all-of-ganzhou", "360700").Subscribe($"{receiver.Address}/all");
        await new Hooks(feed, replica, "filtered", "360700").Subscribe(new
        {
            target = $"{receiver.Address}/filtered", types = new[] { Source.Reported }, divisions = new[] { "360731" }, subjects = new[] { "p1" },
        });
        await new Hooks(feed, replica, "elsewhere", "360200").Subscribe($"{receiver.Address}/elsewhere");

        await using var more = await Relayed("facts", r =>
        {
            r.Record("p1", Source.Reported, "360731");
            r.Record("p2", Source.Reported, "360731");
            r.Record("p1", "restoration.registry.project-started.v1", "360731");
            r.Record("p1", Source.Reported, "360200");
        });
        await receiver.Got(5);
        await Task.Delay(500); // nothing more comes
        Assert.Equal(["/all", "/all", "/all", "/elsewhere", "/filtered"], receiver.All.Select(r => r.Path).Order(StringComparer.Ordinal));

        var served = (await replica.PollAsync("?limit=500", "360700")).GetProperty("items").EnumerateArray().ToDictionary(e => e.GetProperty("id").GetString()!, e => e.GetRawText());
        Assert.All(receiver.All.Where(r => r.Path == "/all"), r =>
        {
            Assert.Equal(served[r.Id], Encoding.UTF8.GetString(r.Body));
            Assert.Equal("application/cloudevents+json", r.ContentType);
            Assert.True(r.IsSignedBy(hook.Secret));
            Assert.InRange(r.Timestamp, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60, DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1);
        });
        var delivery = (await hook.Deliveries("?state=delivered&type=restoration.registry.project-started.v1")).Single();
        var attempt = delivery.GetProperty("attempts").EnumerateArray().Single();
        Assert.Equal((200, "delivered"), (attempt.GetProperty("status").GetInt32(), attempt.GetProperty("outcome").GetString()));
        var csv = (await hook.Client.Get($"/{hook.Id}/deliveries", ("Accept", "text/csv"))).Is(200).Text;
        Assert.Equal(4, csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task An_entry_of_a_stream_waits_for_those_before_it()
    {
        var failing = new HashSet<string> { "a" };
        await using var receiver = await Receiver.StartAsync((r, http) =>
        {
            lock (failing)
                http.Response.StatusCode = failing.Contains(r.Subject) && r.Json.GetProperty("streamversion").GetInt64() == 1 ? 500 : 200;
            return Task.CompletedTask;
        });
        var replica = await Start(Hooks.With(("Webhooks__Schedule", "00:00:00.5,00:00:00.5,00:00:01,00:00:01,00:00:10")));
        var client = new Hooks(feed, replica, "orderly", "*", "operator");
        await client.Subscribe(new { target = $"{receiver.Address}/per-stream", subjects = new[] { "a", "b" } });
        await client.Subscribe(new { target = $"{receiver.Address}/parallel", subjects = new[] { "a", "b" }, order = "parallel" });
        await using var registry = await Relayed("order", r =>
        {
            foreach (var subject in new[] { "a", "b", "a", "b", "a" }) r.Record(subject);
        });

        await Eventually.Get(() => Task.FromResult(Versions("/parallel", "a")), v => v.Contains(3) && v.Contains(5), "the later ones in parallel");
        await Eventually.Get(() => Task.FromResult(Versions("/per-stream", "b")), v => v.Length == 2, "the other stream");
        Assert.All(Versions("/per-stream", "a"), v => Assert.Equal(1, v));
        lock (failing) failing.Clear();
        await Eventually.Get(() => Task.FromResult(Versions("/per-stream", "a")), v => v.Length > 0 && v[^1] == 5, "the rest of the stream");
        Assert.Equal([1, 3, 5], Versions("/per-stream", "a").Distinct());
        Assert.Equal([2, 4], Versions("/per-stream", "b"));

        long[] Versions(string path, string subject) =>
            [.. receiver.All.Where(r => r.Path == path && r.Subject == subject).Select(r => r.Json.GetProperty("streamversion").GetInt64())];
    }

    [Fact]
    public async Task What_fails_at_every_attempt_stops_the_subscription_until_it_is_resumed()
    {
        var sound = false;
        await using var receiver = await Receiver.StartAsync((_, http) =>
        {
            http.Response.StatusCode = Volatile.Read(ref sound) ? 204 : 500;
            return http.Response.StatusCode == 500 ? http.Response.WriteAsync(new string('错', 400_000)) : Task.CompletedTask;
        });
        var replica = await Start(Hooks.Near);
        var client = new Hooks(feed, replica, "failing", "360731");
        var hook = await client.Subscribe(new { target = receiver.Address, subjects = new[] { "f" } });
        var watch = await new Hooks(feed, replica, "failing", "360731").Subscribe(new { target = $"{receiver.Address}/watch", types = new[] { "restoration.updates.subscription-resumed.v1" } });
        var stranger = await new Hooks(feed, replica, "stranger", "360731").Subscribe(new { target = $"{receiver.Address}/stranger", types = new[] { "restoration.updates.subscription-resumed.v1" } });
        await using var registry = await Relayed("failing", r => r.Record("f"));

        await hook.StateIs("failing");
        Assert.Equal(4, receiver.All.Count); // the first, and three of the schedule
        Assert.Single(receiver.All.Select(r => r.Id).Distinct());
        var gaps = receiver.All.Zip(receiver.All.Skip(1), (a, b) => b.At - a.At).ToArray();
        Assert.All(gaps, g => Assert.InRange(g.TotalSeconds, 0.27, 3));
        var attempts = (await hook.Deliveries()).Single().GetProperty("attempts").EnumerateArray().ToArray();
        Assert.Equal(4, attempts.Length);
        Assert.All(attempts, a => Assert.InRange(Encoding.UTF8.GetByteCount(a.GetProperty("response").GetString()!), 1000, 1030));
        Assert.Equal(["restoration.updates.subscription-failing.v1"], await Facts("failing"));
        Assert.Empty(await Facts("test-360731")); // another client of the same division
        Assert.Single(await Facts("all", "*"));

        // What happens meanwhile waits in the feed.
        await using var later = await Relayed("meanwhile", r => r.Record("f"));
        await feed.CountAsync(await feed.CountAsync());
        Volatile.Write(ref sound, true);
        (await hook.Do("resume")).Is(200);
        await Eventually.Get(() => hook.Deliveries("?state=delivered"), d => d.Length == 2, "both delivered");
        Assert.Equal(["restoration.updates.subscription-failing.v1", "restoration.updates.subscription-resumed.v1"], await Facts("failing"));
        await Eventually.Get(() => watch.Deliveries("?state=delivered"), d => d.Length == 1, "its own fact by webhook");
        Assert.Empty(await stranger.Deliveries());

        async Task<string[]> Facts(string id, string division = "360731")
        {
            using var http = new HttpClient { BaseAddress = replica.Address };
            var page = await new Restoration.Support.Caller(http, feed.TokenOf(id, division)).Get($"/v1/updates?subjects={hook.Id}");
            return [.. page.Is(200).Json.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("type").GetString()!)];
        }
    }

    [Fact]
    public async Task A_target_that_is_gone_is_left_alone()
    {
        await using var receiver = await Receiver.StartAsync(Receiver.Answers(410, "gone"));
        var hook = await new Hooks(feed, await Start(Hooks.Near), "gone", "*").Subscribe(new { target = receiver.Address, subjects = new[] { "g" } });
        await using var registry = await Relayed("gone", r => r.Record("g"));
        await hook.StateIs("disabled");
        (await hook.Do("pause")).Is(409, "subscription.disabled");
        Assert.Single(receiver.All);
        Assert.Equal(1, await feed.AskAsync<long>($"select count(*) from feed.entries where type = 'restoration.updates.subscription-disabled.v1' and subject = '{hook.Id}'"));
    }

    [Fact]
    public async Task A_target_that_asks_for_time_gets_it_within_bounds()
    {
        var asked = new Queue<string>(["1", "3600"]);
        await using var receiver = await Receiver.StartAsync((_, http) =>
        {
            lock (asked)
            {
                if (!asked.TryDequeue(out var wait)) return Task.CompletedTask;
                http.Response.StatusCode = 503;
                http.Response.Headers.RetryAfter = wait;
            }
            return Task.CompletedTask;
        });
        var replica = await Start(Hooks.With(("Webhooks__Schedule", "00:00:00.1,00:00:01.5,00:00:02,00:00:03")));
        await new Hooks(feed, replica, "patient", "*").Subscribe(new { target = receiver.Address, subjects = new[] { "r" } });
        await using var registry = await Relayed("patient", r => r.Record("r"));
        var got = await receiver.Got(3);
        Assert.InRange((got[1].At - got[0].At).TotalSeconds, 0.95, 5); // as asked
        Assert.InRange((got[2].At - got[1].At).TotalSeconds, 1.95, 10); // the next step but one, not an hour
    }

    [Fact]
    public async Task Redirects_and_slow_targets_have_failed()
    {
        await using var elsewhere = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync(async (r, http) =>
        {
            if (r.Path == "/slow")
            {
                await Task.Delay(TimeSpan.FromSeconds(20), http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }
            http.Response.Redirect(elsewhere.Address, permanent: true, preserveMethod: true);
        });
        var client = new Hooks(feed, await Start(Hooks.Near), "redirected", "*");
        var (moved, slow) = (await client.Subscribe($"{receiver.Address}/moved"), await client.Subscribe($"{receiver.Address}/slow"));
        var sent = (await moved.Do("ping")).Is(200).Json;
        Assert.Equal(("redirect", 308), (sent.GetProperty("outcome").GetString(), sent.GetProperty("status").GetInt32()));
        sent = (await slow.Do("ping")).Is(200).Json;
        Assert.Equal("timeout", sent.GetProperty("outcome").GetString());
        Assert.InRange(sent.GetProperty("durationMs").GetInt32(), 900, 5000);
        Assert.Empty(elsewhere.All);
    }

    [Fact]
    public async Task A_secret_that_was_replaced_signs_for_a_while_yet()
    {
        await using var receiver = await Receiver.StartAsync();
        var replica = await Start(Hooks.With(("Webhooks__Rotation", "00:00:04")));
        var hook = await new Hooks(feed, replica, "rotating", "*").Subscribe(receiver.Address);
        await Ping(hook.Secret);
        var next = (await hook.Do("rotate")).Is(200).Json.GetProperty("secret").GetString()!;
        await Ping(next, hook.Secret);
        await Eventually.Get(async () => (await Last(), 0).Item1.IsSignedBy(next), alone => alone, "only the new secret");

        async Task Ping(params string[] secrets) => Assert.True((await Last()).IsSignedBy(secrets));

        async Task<Received> Last()
        {
            Assert.Equal("delivered", (await hook.Do("ping")).Is(200).Json.GetProperty("outcome").GetString());
            return receiver.All.Last();
        }
    }

    [Fact]
    public async Task Paused_resent_and_replayed()
    {
        await using var receiver = await Receiver.StartAsync();
        var hook = await new Hooks(feed, await Start(Hooks.Near), "again", "*").Subscribe(new { target = receiver.Address, subjects = new[] { "x1", "x2", "x3" } });
        await using var first = await Relayed("again", r => r.Record("x1"));
        await receiver.Got(1);
        (await hook.Do("pause")).Is(200);
        await using var second = await Relayed("again-2", r => r.Record("x2"));
        await Task.Delay(700);
        Assert.Equal(["x1"], receiver.Subjects);
        (await hook.Do("resume")).Is(200);
        await receiver.Got(2);
        await using var third = await Relayed("again-3", r => r.Record("x3"));
        await receiver.Got(3);
        Assert.Equal(["x1", "x2", "x3"], receiver.Subjects);

        var deliveries = await Eventually.Get(() => hook.Deliveries("?state=delivered"), d => d.Length == 3, "all recorded");
        (await hook.Do($"deliveries/{deliveries[2].GetProperty("id").GetInt64()}/resend")).Is(200);
        Assert.Equal("x1", (await receiver.Got(4))[3].Subject);
        (await hook.Do("replay", new { after = deliveries[2].GetProperty("sequence").GetString() })).Is(200);
        await receiver.Got(6);
        Assert.Equal(["x1", "x2", "x3", "x1", "x2", "x3"], receiver.Subjects);
        Assert.Equal(3, receiver.All.Select(r => r.Id).Distinct().Count());

        (await hook.Client.Send(HttpMethod.Delete, $"/{hook.Id}")).Is(204);
        await Eventually.Get(() => feed.AskAsync<long>($"""
            select (select count(*) from webhooks.deliveries where subscription = '{hook.Id}') + (select count(*) from webhooks.lanes where subscription = '{hook.Id}')
            """), n => n == 0, "nothing left of it");
    }

    [Fact]
    public async Task A_client_that_was_disabled_gets_nothing_more()
    {
        await using var receiver = await Receiver.StartAsync();
        var replica = await Start(Hooks.With(("Tokens__PollInterval", "00:00:00.2")));
        var hook = await new Hooks(feed, replica, "disabled-client", "*").Subscribe(new { target = receiver.Address, subjects = new[] { "disabled-d" } });
        await TestServers.ExecuteAsync(feed.Owner, "insert into keys.disabled_clients values ('disabled-client')");
        await Task.Delay(1000);
        await using var registry = await Relayed("disabled", r => r.Record("disabled-d"));
        await Eventually.Get(() => feed.AskAsync<string>($"select state from webhooks.subscriptions where id = '{hook.Id}'"), state => state == "paused", "its pause", 20);
        await Task.Delay(700);
        Assert.Empty(receiver.All);
        Assert.Equal(1, await feed.AskAsync<long>($"select count(*) from feed.entries where type = 'restoration.updates.subscription-paused.v1' and subject = '{hook.Id}'"));

        await TestServers.ExecuteAsync(feed.Owner, "delete from keys.disabled_clients where client_id = 'disabled-client'");
        var read = await Eventually.Get(async () => await hook.Client.Get($"/{hook.Id}"), a => (int)a.Message.StatusCode == 200, "the client let in again");
        Assert.StartsWith("Its client was disabled", read.Json.GetProperty("reason").GetString(), StringComparison.Ordinal);
        (await hook.Do("resume")).Is(200);
        await receiver.Got(1);
    }

    /// <summary>For one test: another, with other settings, would send along.</summary>
    private async Task<Replica> Start(params (string, string)[] settings)
    {
        var replica = await feed.StartAsync(settings);
        _replicas.Add(replica);
        return replica;
    }

    public void Dispose() => _replicas.ForEach(r => r.Kill());

    /// <summary>A source of its own for each step, since a source's log goes on only where it is remembered.</summary>
    private async Task<Source> Relayed(string name, Action<Source> record)
    {
        var source = await Source.ConnectAsync(feed, $"{name}-{s_run}", "registry");
        record(source);
        await source.RelayAsync();
        return source;
    }
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Restoration.Updates.Tests;

/// <summary>At least once, and no more often than deaths explain; and one slow target delays no other.</summary>
public sealed class HookOutageTests(FeedSystem feed, ITestOutputHelper output) : IClassFixture<FeedSystem>, IDisposable
{
    private readonly List<Replica> _replicas = [];

    [Fact]
    public async Task Two_replicas_send_each_delivery_once()
    {
        await using var receiver = await Receiver.StartAsync((_, _) => Task.Delay(20));
        var replica = await Start();
        await Start();
        var client = new Hooks(feed, replica, "two", "*");
        var hooks = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => client.Subscribe(new { target = $"{receiver.Address}/{n}", subjects = Subjects("two"), order = n % 2 == 0 ? "parallel" : "per-stream" })));
        await using var source = await Recorded("two", 150);
        await receiver.Got(600, 60);
        // Its own: the targets of another test of this class may hang for as long as they like.
        await Eventually.Get(() => feed.AskAsync<long>("select count(*) from webhooks.lanes l join webhooks.subscriptions s on s.id = l.subscription where s.client = 'two'"), n => n == 0, "nothing left");
        Assert.Equal(600, receiver.All.Count);
        Assert.All(receiver.All.GroupBy(r => r.Path), g => Assert.Equal(150, g.Select(r => r.Id).Distinct().Count()));
        Assert.Equal(4, hooks.Length);
    }

    [Fact]
    public async Task What_was_sent_and_not_recorded_is_sent_again_with_the_same_id()
    {
        var reached = new TaskCompletionSource();
        await using var receiver = await Receiver.StartAsync((_, http) => reached.TrySetResult() ? Task.Delay(10_000, http.RequestAborted).WaitAsync(CancellationToken.None).ContinueWith(_ => { }, TaskScheduler.Default) : Task.CompletedTask);
        var replica = await Start(("Webhooks__Timeout", "00:00:30"), ("Webhooks__Lease", "00:00:31"));
        await new Hooks(feed, replica, "killed", "*").Subscribe(new { target = receiver.Address, subjects = Subjects("killed") });
        await using var source = await Recorded("killed", 1);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(60));
        replica.Kill();
        // Its lease is over, as if half a minute had passed.
        await TestServers.ExecuteAsync(feed.Owner, "update webhooks.lanes set due = now()");
        await Start();
        await receiver.Got(2);
        Assert.Single(receiver.All.Select(r => r.Id).Distinct());
        await Eventually.Get(() => feed.AskAsync<long>("select count(*) from webhooks.deliveries where state = 'delivered' and subject like 'killed%'"), n => n == 1, "delivered");
    }

    [Fact]
    public async Task Every_matching_entry_reaches_a_receiver_that_answers_at_random_through_deaths()
    {
        var random = new Random(7);
        var taken = new ConcurrentBag<(string Path, string Id, int Status)>();
        await using var counting = await Receiver.StartAsync((r, http) =>
        {
            lock (random) http.Response.StatusCode = random.Next(3) == 0 ? 200 : 500;
            taken.Add((r.Path, r.Id, http.Response.StatusCode));
            return Task.CompletedTask;
        });
        (string, string)[] settings = [("Webhooks__Schedule", string.Join(',', Enumerable.Repeat("00:00:00.1", 90)))];
        var replica = await Start(settings);
        var client = new Hooks(feed, replica, "random", "*");
        await client.Subscribe(new { target = $"{counting.Address}/per-stream", subjects = Subjects("random") });
        await client.Subscribe(new { target = $"{counting.Address}/parallel", subjects = Subjects("random"), order = "parallel" });
        await using var source = await Recorded("random", 200);
        for (var death = 0; death < 4; death++)
        {
            var before = taken.Count;
            await Eventually.Get(() => Task.FromResult(taken.Count), n => n > before + 40, "progress", 30);
            replica.Kill();
            replica = await Start(settings);
        }

        string[] matching = [.. (await replica.PollAsync($"?limit=500&subjects={string.Join(',', Subjects("random"))}")).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetString()!).Order(StringComparer.Ordinal)];
        Assert.Equal(200, matching.Length);
        foreach (var path in new[] { "/per-stream", "/parallel" })
        {
            await Eventually.Get(() => Task.FromResult(Ids(path).Length), n => n >= 200, $"all at {path}", 60);
            Assert.Equal(matching, Ids(path));
        }
        await Eventually.Get(() => feed.AskAsync<long>("select count(*) from webhooks.lanes l join webhooks.subscriptions s on s.id = l.subscription where s.client = 'random'"), n => n == 0, "nothing left");
        // Of each stream the first time something was taken is in the feed's order.
        Assert.All(counting.All.Where(r => r.Path == "/per-stream").GroupBy(r => r.Subject),
            g => Assert.Equal(g.Select(r => r.Json.GetProperty("sequence").GetString()).Distinct().Order(StringComparer.Ordinal), g.Select(r => r.Json.GetProperty("sequence").GetString()).Distinct()));
        output.WriteLine($"{taken.Count} requests, {taken.Count(t => t.Status == 200)} taken, for 400 deliveries through 4 deaths.");

        string[] Ids(string path) => [.. taken.Where(t => t.Path == path && t.Status == 200).Select(t => t.Id).Distinct().Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_hundred_targets_that_hang_delay_nine_hundred_others_by_less_than_a_second()
    {
        const int Groups = 50, Events = 250, PerSecond = 10;
        using var over = new CancellationTokenSource();
        await using var receiver = await Receiver.StartAsync((r, _) => r.Path == "/hang" ? Task.Delay(Timeout.Infinite, over.Token).ContinueWith(_ => { }, TaskScheduler.Default) : Task.CompletedTask);
        // The times of production.
        var replica = await feed.StartAsync(("Webhooks__AllowedRanges", "127.0.0.0/8"), ("Webhooks__PerClient", "5000"));
        _replicas.Add(replica);
        var client = new Hooks(feed, replica, "many", "*");
        await Parallel.ForAsync(0, 1000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) =>
            await client.Subscribe(new { target = $"{receiver.Address}/{(n % 10 == 0 ? "hang" : "sound")}", subjects = new[] { $"many{n % Groups}" }, order = n % 10 == 0 ? "parallel" : "per-stream" }));

        await using var source = await Source.ConnectAsync(feed, "many", "registry");
        var began = DateTimeOffset.UtcNow;
        for (var n = 0; n < Events; n++)
        {
            // Of the first groups none hangs: what this machine takes anyway.
            var group = n < 50 ? n % 9 + 1 : n % Groups;
            var due = began + TimeSpan.FromSeconds((double)n / PerSecond);
            if (due > DateTimeOffset.UtcNow) await Task.Delay(due - DateTimeOffset.UtcNow);
            source.Record($"many{group}", data: new JsonObject { ["sent"] = DateTimeOffset.UtcNow.ToString("O"), ["alone"] = n < 50 });
            await source.RelayAsync(source.Head - 1);
        }

        // 20 subscriptions a group; those of groups 0, 10, … hang.
        var expected = Enumerable.Range(0, Events).Count(n => n < 50 || n % Groups % 10 != 0) * 1000 / Groups;
        await Eventually.Get(() => Task.FromResult(receiver.All.Count(r => r.Path == "/sound")), n => n >= expected, $"{expected} deliveries", 30);
        Assert.Equal(expected, receiver.All.Count(r => r.Path == "/sound"));
        var (alone, among) = (Delays(alone: true), Delays(alone: false));
        output.WriteLine($"{PerSecond} events a second to {1000 / Groups} subscriptions each; {receiver.All.Count(r => r.Path == "/hang")} requests hung. Alone p50 {At(alone, 50):F0} ms, p99 {At(alone, 99):F0} ms; among them p50 {At(among, 50):F0} ms, p99 {At(among, 99):F0} ms, most {among[^1]:F0} ms");
        Assert.InRange(At(among, 99) - At(alone, 99), double.MinValue, 1000);
        await over.CancelAsync();

        double[] Delays(bool alone) => [.. receiver.All.Where(r => r.Path == "/sound").Select(r => (r.At, Data: r.Json.GetProperty("data"))).Where(r => r.Data.GetProperty("alone").GetBoolean() == alone)
            .Select(r => (r.At - r.Data.GetProperty("sent").GetDateTimeOffset()).TotalMilliseconds).Order()];
        static double At(double[] delays, int percent) => delays[delays.Length * percent / 100];
    }

    private static string[] Subjects(string name) => [.. Enumerable.Range(0, 10).Select(n => $"{name}{n}")];

    private async Task<Source> Recorded(string name, int count)
    {
        var source = await Source.ConnectAsync(feed, name, "registry");
        for (var n = 0; n < count; n++) source.Record($"{name}{n % 10}");
        await source.RelayAsync(size: 20);
        return source;
    }

    private async Task<Replica> Start(params (string, string)[] settings)
    {
        var replica = await feed.StartAsync(Hooks.With(settings));
        _replicas.Add(replica);
        return replica;
    }

    public void Dispose() => _replicas.ForEach(r => r.Kill());
}

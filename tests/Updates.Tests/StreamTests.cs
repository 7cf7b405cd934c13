using System.Globalization;

namespace Restoration.Updates.Tests;

public sealed class StreamTests : FeedTests
{
    [Fact]
    public async Task A_stream_starts_at_now_and_brings_what_comes()
    {
        var service = await Feed.StartAsync();
        Registry.Record("before");
        await Registry.RelayAsync();
        await Feed.CountAsync(1);

        await using var blocks = service.StreamAsync().GetAsyncEnumerator();
        Assert.Equal("3000", (await NextAsync(blocks)).Retry);
        Registry.Record("after");
        await Registry.RelayAsync(1);
        var block = await NextAsync(blocks);
        Assert.Equal(("00010000000000000002", Source.Reported), (block.Id, block.Event));
        Assert.Equal("after", block.Json.GetProperty("subject").GetString());
        Assert.Equal(block.Id, block.Json.GetProperty("sequence").GetString());
    }

    [Fact]
    public async Task A_stream_is_filtered_and_keeps_within_the_clients_division()
    {
        var service = await Feed.StartAsync();
        Registry.Define("360700", null);
        Registry.Define("360731", "360700");
        await using var city = service.StreamAsync("?subjects=a,b", "360700").GetAsyncEnumerator();
        await using var other = service.StreamAsync($"?types={Source.Reported}", "360203").GetAsyncEnumerator();
        await NextAsync(city);
        await NextAsync(other);
        Registry.Record("a", division: "360731");
        Registry.Record("c", division: "360731");
        Registry.Record("b", division: "360203", divisions: "360203,360731");
        await Registry.RelayAsync();
        Assert.Equal("a", (await NextAsync(city)).Json.GetProperty("subject").GetString());
        Assert.Equal("b", (await NextAsync(city)).Json.GetProperty("subject").GetString());
        Assert.Equal("b", (await NextAsync(other)).Json.GetProperty("subject").GetString());
    }

    [Fact]
    public async Task Silence_carries_a_heartbeat()
    {
        var service = await Feed.StartAsync(("Feed__Heartbeat", "00:00:00.300"));
        await using var blocks = service.StreamAsync().GetAsyncEnumerator();
        await NextAsync(blocks);
        for (var i = 0; i < 3; i++) Assert.NotNull((await NextAsync(blocks)).Comment);
    }

    [Fact]
    public async Task A_place_that_is_not_in_this_feed_is_answered_with_reset()
    {
        for (var i = 0; i < 5; i++) Registry.Record();
        await Registry.RelayAsync();
        var service = await Feed.StartAsync();
        await Feed.CountAsync(5);
        await TestServers.ExecuteAsync(Feed.Owner, "update feed.head set kept_after = 2");
        Assert.Equal("epoch", await ResetOf("00020000000000000001"));
        Assert.Equal("ahead", await ResetOf("00010000000000000006"));
        Assert.Equal("expired", await ResetOf("00010000000000000001"));

        var kept = await service.StreamAsync("?after=00010000000000000002", seconds: 60).Take(2).LastAsync();
        Assert.Equal("00010000000000000003", kept.Id);

        async Task<string?> ResetOf(string id)
        {
            var blocks = await service.StreamAsync(lastEventId: id).ToListAsync();
            Assert.Equal([null, "reset"], blocks.Select(b => b.Event));
            Assert.Null(blocks[1].Id);
            Assert.Equal("00010000000000000005", blocks[1].Json.GetProperty("now").GetString());
            return blocks[1].Json.GetProperty("reason").GetString();
        }
    }

    [Fact]
    public async Task The_stream_of_a_disabled_client_ends()
    {
        var service = await Feed.StartAsync(("Tokens__PollInterval", "00:00:00.200"));
        var reading = service.StreamAsync(division: "360700").ToListAsync().AsTask();
        await Task.Delay(500);
        Assert.False(reading.IsCompleted);
        await TestServers.ExecuteAsync(Feed.Owner, "insert into keys.disabled_clients values ('test-360700')");
        await reading.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_subscriber_that_stops_reading_is_dropped_and_others_go_on()
    {
        // The ring holds all: the one that reads cannot fall behind it, however slow the machine.
        var service = await Feed.StartAsync(
            ("Feed__RingEntries", "1000"), ("Feed__Stall", "00:00:03"), ("Feed__Heartbeat", "00:00:01"));
        using var stuck = await service.GetAsync("/v1/updates/stream");
        await using var body = await stuck.Content.ReadAsStreamAsync();
        await using var reading = service.StreamAsync(seconds: 60).GetAsyncEnumerator();
        await NextAsync(reading);
        // Large enough that no socket buffer on the way holds it all.
        var padding = new string('泥', 20_000);
        for (var i = 0; i < 1000; i++) Registry.Record($"p{i}", data: padding);
        await Registry.RelayAsync(size: 20);
        for (var seen = 0; seen < 1000;)
        {
            var block = await NextAsync(reading);
            if (block.Event is "lagging") Assert.Fail("The one that reads was called lagging.");
            if (block.Id is not null) Assert.Equal(++seen, long.Parse(block.Id[4..], CultureInfo.InvariantCulture));
        }
        await Eventually.Get(
            () => Task.FromResult(service.LogText), log => log.Contains("Subscriber", StringComparison.Ordinal), "the cut");
    }

    [Fact]
    public async Task A_subscriber_that_falls_behind_the_ring_is_told_where_to_resume()
    {
        var service = await Feed.StartAsync(("Feed__RingEntries", "50"));
        await using var blocks = service.StreamAsync(seconds: 60).GetAsyncEnumerator();
        await NextAsync(blocks);
        var padding = new string('泥', 20_000);
        for (var i = 0; i < 500; i++) Registry.Record($"p{i}", data: padding);
        await Registry.RelayAsync(size: 20);
        await Feed.CountAsync(500);
        await Task.Delay(500);

        var last = "00010000000000000000";
        for (var block = await NextAsync(blocks); block.Event != "lagging"; block = await NextAsync(blocks))
        {
            if (block.Id is not null) last = block.Id;
        }
        Assert.Equal(last, blocks.Current.Json.GetProperty("resume").GetString());
        Assert.False(await blocks.MoveNextAsync());
        var rest = await service.StreamAsync(lastEventId: last).Where(b => b.Id is not null).TakeWhile(b => b.Id != "00010000000000000500")
            .CountAsync();
        Assert.Equal(499 - long.Parse(last[4..], CultureInfo.InvariantCulture), rest);
    }

    [Fact]
    public async Task Resuming_across_kills_misses_and_repeats_nothing_while_events_flow()
    {
        const int Total = 4000;
        var replicas = new[] { await Feed.StartAsync(), await Feed.StartAsync() };
        var sending = Task.Run(SendAsync);
        var killing = Task.Run(KillAsync);
        var seen = new List<long>();
        string? last = "00010000000000000000";
        for (var turn = 0; seen.Count < Total; turn++)
        {
            try
            {
                await foreach (var block in replicas[turn % 2].StreamAsync(lastEventId: last, seconds: 60))
                {
                    Assert.NotEqual("reset", block.Event);
                    if (block.Id is null) continue;
                    last = block.Id;
                    seen.Add(long.Parse(block.Id[4..], CultureInfo.InvariantCulture));
                    // Now and then it goes by itself, in the middle of what is coming.
                    if (seen.Count % 700 == 0 || seen.Count == Total) break;
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                await Task.Delay(100);
            }
        }
        await Task.WhenAll(sending, killing);
        Assert.Equal(Enumerable.Range(1, Total).Select(n => (long)n), seen);
        await Feed.AssertWholeAsync(Total);

        async Task SendAsync()
        {
            for (var at = 0L; at < Total; at += 10)
            {
                for (var i = 0; i < 10; i++) Registry.Record($"p{at + i}");
                await Registry.PublishAsync(at, at + 10);
                await Task.Delay(10);
            }
        }

        async Task KillAsync()
        {
            for (var i = 0; i < 4; i++)
            {
                await Task.Delay(700);
                replicas[i % 2].Kill();
                replicas[i % 2] = await Feed.StartAsync();
            }
        }
    }

    private static async Task<Block> NextAsync(IAsyncEnumerator<Block> blocks)
    {
        Assert.True(await blocks.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(80)), "The stream ended.");
        return blocks.Current;
    }
}

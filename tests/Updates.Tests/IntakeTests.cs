using System.Text;
using Restoration.Messaging;

namespace Restoration.Updates.Tests;

/// <summary>What the sources send becomes entries: all of it, each once, in their order.</summary>
public sealed class IntakeTests : FeedTests
{
    [Fact]
    public async Task The_schema_can_be_applied_again_by_the_service_itself() => Assert.Equal(0, await Feed.RunAsync("schema"));

    [Fact]
    public async Task What_is_sent_twice_is_taken_once()
    {
        Record(30);
        await Registry.PublishAsync(0, 20);
        await Registry.PublishAsync(0, 20);
        await Registry.PublishAsync(10, 30);
        await Feed.StartAsync();
        await Feed.CountAsync(30);
        await Registry.PublishAsync(20, 30);
        await SettledAsync();
        await Feed.AssertWholeAsync(30);
        Assert.Equal(0u, await Registry.RequestsWaitingAsync());
    }

    [Fact]
    public async Task A_gap_is_asked_for_once_and_closed_by_the_replay()
    {
        Record(30);
        await Feed.StartAsync(("Feed__ReplayPause", "00:00:20"));
        await Registry.PublishAsync(0, 10);
        await Registry.PublishAsync(20, 25);
        await Registry.PublishAsync(25, 30);
        Assert.Equal(new ReplayRequest("updates", 10, 1), await Registry.RequestAsync());
        await SettledAsync();
        Assert.Equal(10, await Feed.CountAsync());
        Assert.Equal(0u, await Registry.RequestsWaitingAsync());

        await Registry.RelayAsync(10);
        await Feed.CountAsync(30);
        await Feed.AssertWholeAsync(30);
    }

    [Fact]
    public async Task A_request_that_brings_nothing_is_repeated()
    {
        Record(5);
        await Feed.StartAsync(("Feed__ReplayPause", "00:00:00.300"));
        await Registry.HeartbeatAsync();
        Assert.Equal(0, (await Registry.RequestAsync()).After);
        await Task.Delay(400);
        await Registry.HeartbeatAsync();
        Assert.Equal(0, (await Registry.RequestAsync()).After);
    }

    [Fact]
    public async Task A_heartbeat_reveals_a_lost_tail()
    {
        Record(10);
        await Feed.StartAsync();
        await Registry.PublishAsync(0, 7);
        await Feed.CountAsync(7);
        await Registry.HeartbeatAsync();
        Assert.Equal(new ReplayRequest("updates", 7, 1), await Registry.RequestAsync());
        await Registry.RelayAsync(7);
        await Feed.CountAsync(10);
        await Registry.HeartbeatAsync();
        await SettledAsync();
        await Feed.AssertWholeAsync(10);
        Assert.Equal(0u, await Registry.RequestsWaitingAsync());
    }

    [Fact]
    public async Task Positions_without_an_event_are_passed_over()
    {
        Record(3);
        await Feed.StartAsync();
        await Registry.PublishAsync(0, 3);
        await Registry.PublishAsync(3, 90);
        await Eventually.Get(
            () => Feed.AskAsync<long>("select coalesce(max(position), 0) from feed.sources"), position => position == 90, "position 90");
        await Feed.AssertWholeAsync(3);
    }

    [Fact]
    public async Task A_restored_log_is_taken_from_its_beginning_and_what_is_there_already_is_not_repeated()
    {
        Record(10);
        await Feed.StartAsync();
        await Registry.RelayAsync();
        await Feed.CountAsync(10);

        Registry.Epoch = 2;
        Record(5);
        await Registry.PublishAsync(10, 15);
        Assert.Equal(new ReplayRequest("updates", 0, 2), await Registry.RequestAsync());
        await Registry.RelayAsync(size: 4);
        await Feed.CountAsync(15);

        Registry.Epoch = 1;
        Record(5);
        await Registry.PublishAsync(15, 20);
        await SettledAsync();
        Assert.Equal(15, await Feed.CountAsync());
        Assert.Equal(15, await Feed.AskAsync<long>("select count(distinct event_id) from feed.entries"));
    }

    [Fact]
    public async Task The_feed_itself_is_restored_gets_back_what_it_lacks_and_tells_its_followers()
    {
        for (var i = 0; i < 20; i++) Registry.Record($"p{i}");
        await Registry.RelayAsync();
        var service = await Feed.StartAsync();
        await Feed.CountAsync(20);
        service.Kill();
        await Registry.EmptyFeedQueueAsync();
        await TestServers.ExecuteAsync(Feed.Owner, """
            delete from feed.entries where number > 12;
            update feed.sources set position = 12;
            update feed.head set last = 12, epoch = epoch + 1;
            """);
        service = await Feed.StartAsync();
        await Registry.HeartbeatAsync();
        var request = await Registry.RequestAsync();
        Assert.Equal(12, request.After);
        await Registry.RelayAsync(request.After);
        await Feed.CountAsync(20);
        await Feed.AssertWholeAsync(20);

        var reset = await service.StreamAsync(lastEventId: "00010000000000000015").LastAsync();
        Assert.Equal(("reset", "epoch"), (reset.Event, reset.Json.GetProperty("reason").GetString()));
        var all = await service.StreamAsync("?after=00020000000000000000").Where(b => b.Id is not null).Take(20).ToListAsync();
        Assert.Equal(Enumerable.Range(1, 20).Select(n => $"0002{n:D16}"), all.Select(b => b.Id));
        Assert.All(all, b => Assert.Equal(b.Id, b.Json.GetProperty("sequence").GetString()));
    }

    [Fact]
    public async Task A_deleted_queue_is_declared_again_and_what_it_held_comes_back()
    {
        Record(10);
        var service = await Feed.StartAsync();
        await Registry.PublishAsync(0, 5);
        await Feed.CountAsync(5);
        await Registry.DeleteFeedQueueAsync();
        await Eventually.Get(
            () => Task.FromResult(service.LogText.Split("Taking in").Length - 1), times => times == 2, "a second subscription");
        await Registry.HeartbeatAsync();
        Assert.Equal(5, (await Registry.RequestAsync()).After);
        await Registry.RelayAsync(5);
        await Feed.CountAsync(10);
        await Feed.AssertWholeAsync(10);
    }

    [Fact]
    public async Task A_silent_subscription_is_made_anew()
    {
        Record(1);
        var service = await Feed.StartAsync(("Feed__Silence", "00:00:00.500"));
        await Eventually.Get(
            () => Task.FromResult(service.LogText.Split("Taking in").Length - 1), subscriptions => subscriptions >= 3, "new subscriptions");
        await Registry.RelayAsync();
        await Feed.CountAsync(1);
    }

    [Theory]
    [InlineData("[{")]
    [InlineData("{}")]
    [InlineData("""[{"id":"x"}]""")]
    [InlineData("""[{"id":"0e4d2f66-95b4-4f0b-8b0a-6f1d53d51f3b","type":"a\nb","position":"1"}]""")]
    public async Task What_cannot_be_read_becomes_a_dead_letter_and_others_go_on(string body)
    {
        await using var mines = await Source.ConnectAsync(Feed, "mines");
        mines.Record();
        var service = await Feed.StartAsync();
        await Registry.PublishAsync(0, 1, Encoding.UTF8.GetBytes(body));
        await mines.RelayAsync();
        await Feed.CountAsync(1);
        await Eventually.Get(() => Registry.MessagesAsync(FeedWire.DeadLettersOf(Feed.Queue)), n => n == 1, "a dead letter");

        var status = await service.OpsAsync("status");
        Assert.Equal((1L, "00010000000000000001"), (status.GetProperty("deadLetters").GetInt64(), status.GetProperty("last").GetString()));
        Assert.Equal([(mines.Name, 1L)], status.GetProperty("sources").EnumerateArray().Select(s => (s.GetProperty("source").GetString(), s.GetProperty("position").GetInt64())));
        var letter = (await service.OpsAsync("dead-letters")).GetProperty("items").EnumerateArray().Single();
        Assert.Equal(body, letter.GetProperty("text").GetString());
        Assert.NotEqual("", letter.GetProperty("reason").GetString());
        var path = $"dead-letters/{letter.GetProperty("id").GetString()}";
        await service.OpsAsync($"{path}/replay", act: true); // it is as unreadable as before, and comes back
        await Eventually.Get(async () => (await service.OpsAsync("dead-letters")).GetProperty("items").GetArrayLength(), n => n == 1, "the dead letter to come back");
        await service.OpsAsync($"{path}/discard", act: true);
        Assert.Equal(0, (await service.OpsAsync("dead-letters")).GetProperty("items").GetArrayLength());

        // Corrected, it is taken like anything else.
        Record(1);
        await Registry.RelayAsync();
        await Feed.CountAsync(2);
    }

    [Fact]
    public async Task Two_replicas_and_kills_at_any_moment_lose_and_repeat_nothing()
    {
        await using var mines = await Source.ConnectAsync(Feed, "mines");
        Record(6000);
        for (var i = 0; i < 3000; i++) mines.Record($"m{i}");
        var replicas = new List<Replica> { await Feed.StartAsync(), await Feed.StartAsync() };
        var sending = Task.WhenAll(Registry.RelayAsync(size: 20), mines.RelayAsync(size: 7));
        for (var i = 0; i < 4; i++)
        {
            await Feed.CountAsync((i + 1) * 1000);
            replicas[i % 2].Kill();
            replicas[i % 2] = await Feed.StartAsync();
        }
        await sending;
        await Feed.CountAsync(9000, 60);
        await SettledAsync();
        await Feed.AssertWholeAsync(9000);
    }

    private void Record(int events)
    {
        for (var i = 0; i < events; i++) Registry.Record($"p{i}");
    }

    /// <summary>Until everything sent before is decided: a source of its own comes after it in the same queue.</summary>
    private async Task SettledAsync()
    {
        await using var last = await Source.ConnectAsync(Feed, "settled" + Guid.NewGuid().ToString("N"));
        await last.PublishAsync(0, 1);
        await Eventually.Get(
            () => Feed.AskAsync<long>($"select count(*) from feed.sources where source = '{last.Name}'"), n => n == 1, "the end", 30);
    }
}

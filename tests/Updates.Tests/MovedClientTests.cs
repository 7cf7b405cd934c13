using System.Text.Json;

namespace Restoration.Updates.Tests;

/// <summary>A client that is moved to another division sees that one from then on, in every way it follows, with the token it has.</summary>
public sealed class MovedClientTests(FeedSystem feed) : IClassFixture<FeedSystem>, IAsyncLifetime
{
    private static readonly (string, string)[] s_soon = Hooks.With(("Tokens__PollInterval", "00:00:00.2"));
    private Source _registry = null!;

    public async ValueTask InitializeAsync()
    {
        _registry = await Source.ConnectAsync(feed, $"moved-{Guid.NewGuid():N}", "registry");
        _registry.Define("360000", null);
        foreach (var (id, parent) in new[] { ("360700", "360000"), ("360200", "360000"), ("360731", "360700"), ("360281", "360200") }) _registry.Define(id, parent);
        await _registry.RelayAsync();
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Polling_snapshot_and_an_open_stream_follow_the_client()
    {
        var service = await feed.StartAsync(s_soon);
        await using var stream = service.StreamAsync("?subjects=m1,m2,m3,m4", "360700", seconds: 60).GetAsyncEnumerator();
        await stream.MoveNextAsync(); // retry
        await Recorded(("m1", "360731"), ("m2", "360281"));
        Assert.Equal("m1", await Next(stream));
        Assert.Equal(["m1"], await service.SubjectsAsync("?subjects=m1,m2", "360700"));
        Assert.Equal(["m1"], await Snapshot(service));

        await Move("test-360700", "360200");
        await Eventually.Get(() => service.SubjectsAsync("?subjects=m1,m2", "360700"), s => s is ["m2"], "the other division by polling");
        Assert.Equal(["m2"], await Snapshot(service));
        await Recorded(("m3", "360731"), ("m4", "360281"));
        Assert.Equal("m4", await Next(stream));
    }

    [Fact]
    public async Task A_subscription_gets_what_its_client_may_see_now_and_nothing_that_was_waiting()
    {
        var sound = false;
        await using var receiver = await Receiver.StartAsync((_, http) =>
        {
            http.Response.StatusCode = Volatile.Read(ref sound) ? 204 : 500;
            return Task.CompletedTask;
        });
        var service = await feed.StartAsync([.. s_soon, ("Webhooks__Schedule", "00:00:01,00:00:01,00:00:01,00:00:01,00:00:01,00:00:30,00:00:30")]);
        var hook = await new Hooks(feed, service, "moves", "360700").Subscribe(new { target = receiver.Address, subjects = new[] { "w1", "w2", "w3" } });
        await Recorded(("w1", "360731"));
        await receiver.Got(1); // in vain, and to be tried again

        await Move("moves", "360200");
        await Eventually.Get(hook.Read, s => s.GetProperty("division").GetString() == "360200", "its division", 20);
        var expired = await Eventually.Get(() => hook.Deliveries("?state=expired"), d => d.Length == 1, "what it may not see any more", 60);
        Assert.Equal("w1", expired[0].GetProperty("subject").GetString());
        Volatile.Write(ref sound, true);
        await Recorded(("w2", "360731"), ("w3", "360281"));
        await Eventually.Get(() => hook.Deliveries("?state=delivered"), d => d.Length == 1, "what it may see");
        Assert.Equal("w3", receiver.All.Last().Subject);
        Assert.DoesNotContain(receiver.All, r => r.Subject == "w2");
    }

    [Fact]
    public async Task A_role_that_was_taken_away_is_gone()
    {
        var service = await feed.StartAsync(s_soon);
        var (desk, other) = (new Hooks(feed, service, "desk", "*", "operator"), new Hooks(feed, service, "someone", "360700"));
        var hook = await other.Subscribe("https://192.0.2.1.example/hook");
        (await desk.Get($"/{hook.Id}")).Is(200);
        await TestServers.ExecuteAsync(feed.Owner, "insert into keys.clients values ('desk', '360700', '{reader}')");
        await Eventually.Get(async () => (int)(await desk.Get($"/{hook.Id}")).Message.StatusCode, status => status == 403, "the loss of its role");
    }

    private Task Move(string client, string division) => TestServers.ExecuteAsync(
        feed.Owner, $"insert into keys.clients values ('{client}', '{division}') on conflict (client_id) do update set division = excluded.division");

    private async Task Recorded(params (string Subject, string Division)[] events)
    {
        var after = _registry.Head;
        foreach (var (subject, division) in events) _registry.Record(subject, division: division);
        await _registry.RelayAsync(after);
    }

    private static async Task<string> Next(IAsyncEnumerator<Block> stream)
    {
        while (await stream.MoveNextAsync())
        {
            if (stream.Current.Id is not null) return stream.Current.Json.GetProperty("subject").GetString()!;
        }
        throw new InvalidOperationException("The stream ended.");
    }

    private static async Task<string[]> Snapshot(Replica service)
    {
        using var answer = await service.GetAsync("/v1/updates/snapshot?subjects=m1,m2", "360700");
        return [.. JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("subject").GetString()!)];
    }
}

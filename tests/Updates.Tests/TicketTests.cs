using System.Text.Json;

namespace Restoration.Updates.Tests;

public sealed class TicketTests : FeedTests
{
    [Fact]
    public async Task A_ticket_opens_one_stream_at_any_replica_for_whom_it_was_given_to()
    {
        var (one, other) = (await Feed.StartAsync(("Logging__LogLevel__Microsoft.AspNetCore", "Information")),
            await Feed.StartAsync(("Logging__LogLevel__Default", "Debug"), ("Logging__LogLevel__Microsoft.AspNetCore", "Information")));
        var ticket = await one.TicketAsync("360731");
        using var answer = await other.AskAsync($"/v1/updates/stream?ticket={ticket}&types={Source.Reported}");
        await using var blocks = Replica.BlocksAsync(answer).GetAsyncEnumerator();
        Assert.True(await blocks.MoveNextAsync());
        Registry.Record("elsewhere", division: "360203");
        Registry.Record("here", division: "360731");
        await Registry.RelayAsync();
        Assert.True(await blocks.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(80)));
        Assert.Equal("here", blocks.Current.Json.GetProperty("subject").GetString());

        foreach (var replica in new[] { one, other }) await RefusedAsync(replica, $"/v1/updates/stream?ticket={ticket}", "ticket.invalid");
        Assert.DoesNotContain(ticket, one.LogText + other.LogText, StringComparison.Ordinal);
        Assert.DoesNotContain(ticket, await Feed.AskAsync<string>("select coalesce(string_agg(t::text, ''), '') from feed.tickets t"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_who_bring_the_same_ticket_one_gets_in()
    {
        var replicas = new[] { await Feed.StartAsync(), await Feed.StartAsync() };
        var ticket = await replicas[0].TicketAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => replicas[i % 2].AskAsync($"/v1/updates/stream?ticket={ticket}")));
        Assert.Equal(1, answers.Count(a => (int)a.StatusCode == 200));
        Assert.Equal(19, answers.Count(a => (int)a.StatusCode == 401));
        foreach (var answer in answers) answer.Dispose();
    }

    [Fact]
    public async Task A_ticket_is_good_for_a_stream_alone_in_time_and_while_its_client_is()
    {
        var service = await Feed.StartAsync(("Feed__Ticket", "00:00:01"), ("Tokens__PollInterval", "00:00:00.200"));
        var late = await service.TicketAsync();
        await Task.Delay(1100);
        await RefusedAsync(service, $"/v1/updates/stream?ticket={late}", "ticket.invalid");
        await RefusedAsync(service, "/v1/updates/stream?ticket=guess", "ticket.invalid");
        await RefusedAsync(service, "/v1/updates/stream?ticket=", "ticket.invalid");
        await RefusedAsync(service, $"/v1/updates?ticket={await service.TicketAsync()}", "token.missing");
        await RefusedAsync(service, $"/v1/updates/snapshot?ticket={await service.TicketAsync()}", "token.missing");

        await Feed.AskAsync<string>("insert into keys.disabled_clients values ('test-360700') returning client_id");
        var refused = await Eventually.Get(async () =>
        {
            await TestServers.ExecuteAsync(Feed.Owner, "insert into feed.tickets values (sha256('x'), now() + interval '1 hour', 'test-360700', '360700', null, '{}', '{}')");
            using var answer = await service.AskAsync("/v1/updates/stream?ticket=x");
            return (int)answer.StatusCode;
        }, status => status == 401, "the disabled client's ticket");
        Assert.Equal(401, refused);
        using var both = await service.GetAsync($"/v1/updates/stream?ticket={await service.TicketAsync()}");
        Assert.Equal(400, (int)both.StatusCode);
    }

    private static async Task RefusedAsync(Replica service, string path, string code)
    {
        using var answer = await service.AskAsync(path);
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((401, code), ((int)answer.StatusCode, problem.GetProperty("code").GetString()));
    }
}

using System.Globalization;
using Npgsql;

namespace Restoration.Updates.Tests;

/// <summary>Broker and database go and come back; the service is not restarted, and followers stay where they are.</summary>
public sealed class OutageTests : FeedTests
{
    [Fact]
    public async Task Without_the_broker_the_service_is_degraded_and_goes_on_when_it_is_back()
    {
        var broker = new Uri(TestServers.Broker);
        await using var cable = new Cable(broker.Host, broker.Port);
        var service = await Feed.StartAsync(("ConnectionStrings__broker", new UriBuilder(broker) { Port = cable.Port }.ToString()));
        await RelayAsync(10);
        await Feed.CountAsync(10);
        cable.Pull();
        await HealthAsync(service, "degraded");
        Assert.Equal(10, (await service.SubjectsAsync("")).Length);
        await RelayAsync(10);
        cable.Plug();
        await Feed.CountAsync(20, 30);
        await HealthAsync(service, "ready");
        await Feed.AssertWholeAsync(20);
    }

    [Fact]
    public async Task Without_the_database_nothing_is_lost_and_the_open_stream_goes_on()
    {
        var database = new NpgsqlConnectionStringBuilder(Feed.User);
        await using var cable = new Cable(database.Host!, database.Port);
        (database.Host, database.Port) = ("127.0.0.1", cable.Port);
        var service = await Feed.StartAsync(("ConnectionStrings__updates", database.ConnectionString));
        var numbers = ReadAsync(service, 30);
        await RelayAsync(10);
        await Feed.CountAsync(10);

        cable.Pull();
        await RelayAsync(20);
        await HealthAsync(service, "unavailable");
        using (var refused = await service.GetAsync("/v1/updates"))
        {
            Assert.Equal(503, (int)refused.StatusCode);
            Assert.NotNull(refused.Headers.RetryAfter);
        }
        cable.Plug();
        await Feed.CountAsync(30, 30);
        Assert.Equal(Enumerable.Range(1, 30).Select(n => (long)n), await numbers);
        await Feed.AssertWholeAsync(30);
    }

    [Fact]
    public async Task Connections_the_server_cuts_again_and_again_cost_nothing()
    {
        var service = await Feed.StartAsync();
        var reading = new TaskCompletionSource(); // one who comes while a connection is cut is told to come again, and that is not what this is about
        var numbers = ReadAsync(service, 2000, reading);
        for (var i = 0; i < 20; i++)
        {
            await RelayAsync(100);
            await reading.Task.WaitAsync(TimeSpan.FromSeconds(80));
            await TestServers.ExecuteAsync(Feed.Owner,
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
            await Task.Delay(100);
            NpgsqlConnection.ClearAllPools();
        }
        await Feed.CountAsync(2000, 30);
        Assert.Equal(Enumerable.Range(1, 2000).Select(n => (long)n), await numbers);
        await Feed.AssertWholeAsync(2000);
    }

    private async Task RelayAsync(int events)
    {
        var after = Registry.Head;
        for (var i = 0; i < events; i++) Registry.Record($"p{after + i}");
        await Registry.RelayAsync(after, 5);
    }

    private static async Task HealthAsync(Replica service, string status) => await Eventually.Get(
        () => service.HealthAsync(anyStatus: true), h => h.Contains($"\"status\":\"{status}\"", StringComparison.Ordinal), status, 30);

    private static async Task<List<long>> ReadAsync(Replica service, int entries, TaskCompletionSource? reading = null)
    {
        var seen = new List<long>();
        await foreach (var block in service.StreamAsync("?after=00010000000000000000", seconds: 60))
        {
            if (block.Id is not null) seen.Add(long.Parse(block.Id[4..], CultureInfo.InvariantCulture));
            if (seen.Count > 0) reading?.TrySetResult();
            if (seen.Count == entries) break;
        }
        return seen;
    }
}

using System.Diagnostics;
using Npgsql;

namespace Restoration.Updates.Tests;

/// <summary>A replica is stopped where it stands: it keeps its lock and its subscription, and tells nobody.</summary>
public sealed class FrozenTests(ITestOutputHelper output) : FeedTests
{
    [Fact]
    public async Task A_replica_that_is_frozen_while_it_numbers_entries_holds_the_feed_up_for_ten_seconds_at_most()
    {
        var first = await Feed.StartAsync();
        await RecordAsync(10);
        await Feed.CountAsync(10);
        var second = await Feed.StartAsync();
        var seen = second.StreamAsync("?after=00010000000000000000", seconds: 90).Where(b => b.Id is not null).Take(60).Select(b => b.Id).ToListAsync().AsTask();

        // It waits for the head's lock, is frozen, and is given it.
        await using (var connection = new NpgsqlConnection(Feed.Owner))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("select 1 from feed.head for update", connection)) await hold.ExecuteNonQueryAsync();
            await RecordAsync(20);
            await Eventually.Get(() => Feed.AskAsync<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"), n => n == 1, "the replica waits");
            await first.SignalAsync("STOP");
            await transaction.RollbackAsync();
        }
        var since = Stopwatch.StartNew();
        await Feed.CountAsync(30, 40);
        var took = since.Elapsed.TotalSeconds;
        output.WriteLine($"{took:0.0} s");
        Assert.InRange(took, 0, 10);

        await RecordAsync(10);
        await Feed.CountAsync(40);
        await first.SignalAsync("CONT");
        await RecordAsync(20);
        await Feed.CountAsync(60);
        Assert.Equal(Enumerable.Range(1, 60).Select(n => $"0001{n:D16}"), await seen);
        await Feed.AssertWholeAsync(60);
        Assert.Equal(60, (await first.SubjectsAsync("?limit=100")).Length);
    }

    private async Task RecordAsync(int events)
    {
        var after = Registry.Head;
        for (var i = 0; i < events; i++) Registry.Record($"p{after + i}");
        await Registry.RelayAsync(after, 5);
    }
}

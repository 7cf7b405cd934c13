using System.Diagnostics;
using Npgsql;
using Restoration.EventStore;
using Restoration.Shared.Tests.Messaging;
using Restoration.Support;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Every committed event once, in order, none skipped. Few writers find faults that many would mask, so it runs with both.</summary>
public sealed class RandomReading(Store store, ITestOutputHelper output) : IClassFixture<Store>
{
    private readonly int _seed = Random.Shared.Next();

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public async Task Every_committed_event_is_read_once_and_in_order(int writers)
    {
        var from = await Last();
        var log = new RandomLog(store, _seed, from);
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        _ = log.Write(writers, end.Token);
        var readers = await log.ReadAll();

        var there = await log.Verify(readers.Select(r => r.Seen));
        Assert.All(readers[..2], r => Assert.True(r.Restarts > 5, $"Seed {_seed}: {r.Restarts} restarts"));
        output.WriteLine($"seed {_seed}, {writers} writers: {there.Count} events, {there[^1] - from - there.Count} empty positions, {readers[0].Restarts} restarts");
    }

    [Fact]
    public async Task Also_while_a_backup_runs()
    {
        var log = new RandomLog(store, _seed, await Last());
        using var end = new CancellationTokenSource();
        _ = log.Write(3, end.Token);
        var readers = log.ReadAll();
        var dump = (await TestServers.Run("tool", "pg_dump")).Trim();
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(3);)
        {
            await TestServers.Start(dump, ["--no-password", "--file", "/dev/null", "--dbname", Uri()]);
        }

        await end.CancelAsync();
        await log.Verify((await readers).Select(r => r.Seen));
    }

    /// <summary>Readers with their checkpoints in their own hands, and two replicas whose checkpoint is in the database.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    public async Task Also_while_any_connection_is_cut_again_and_again(int writers)
    {
        await using var own = await Store.Create();
        await own.Start(null, [Following.Seen("first")]);
        await own.Start(null, [Following.Seen("second")]);
        var log = new RandomLog(own, _seed, 0, isDisturbed: true);
        using var end = new CancellationTokenSource();
        _ = log.Write(writers, end.Token);
        var readers = log.ReadAll();
        var (random, cut) = (new Random(_seed), 0L);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(3); await Task.Delay(random.Next(150)))
        {
            cut += await own.Cut($"backend_type = 'client backend' and random() < {(random.Next(5) == 0 ? 1 : 0.1)}");
        }

        await end.CancelAsync();
        var there = await log.Verify((await readers).Select(r => r.Seen));
        await Following.Caught(own, there[^1]);
        Assert.Equal(there, await own.Rows("select position from shop.seen order by position", r => r.GetInt64(0)));
        output.WriteLine($"seed {_seed}: {there.Count} events, {log.Unknown} of unknown fate, {cut} sessions cut");
    }

    /// <summary>A second; with TEST_HOLD=60 the minute that a stuck import may take.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_position_that_is_held_for_long_while_others_commit_is_waited_for(bool commits)
    {
        var held = TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("TEST_HOLD") ?? "1"));
        await using var own = await Store.Create();
        await own.Start(null, [Following.Seen("only")]);
        var log = new RandomLog(own, _seed, 0);
        using var end = new CancellationTokenSource();
        _ = log.Write(3, end.Token);
        var readers = log.ReadAll();
        await Eventually.Get(() => own.Count("events.mt_events"), n => n > 50, "writing goes on");

        await using var writer = await RawWriter.Begin(own.Owner);
        var position = await writer.Draw();
        var before = await own.Count("events.mt_events");
        var reader = new EventReader(own.Limited, Store.Types);
        var (asked, longest) = (0, TimeSpan.Zero);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < held; asked++)
        {
            var began = Stopwatch.GetTimestamp();
            var page = await reader.Read(position - 1, 1_000, CancellationToken.None);
            longest = asked > 0 && Stopwatch.GetElapsedTime(began) is var took && took > longest ? took : longest;
            Assert.Empty(page.Events);
            await Task.Delay(10);
        }

        await Eventually.Get(() => own.Count("events.mt_events"), n => n > before + 100, "the others go on");
        // How near it comes depends on the empty positions before: whose they were nobody knows, so they too wait for the one that holds.
        Assert.True(await ViewPositions.Of(own.Limited, "seen", CancellationToken.None) < position);
        await writer.Write(position);
        await (commits ? writer.Commit() : writer.Rollback());
        await Eventually.Get(() => ViewPositions.Of(own.Limited, "seen", CancellationToken.None), at => at > position, "the view goes on");
        await end.CancelAsync();
        if (commits)
        {
            log.Committed(position);
        }

        var there = await log.Verify((await readers).Select(r => r.Seen));
        await Following.Caught(own, there[^1]);
        Assert.Equal(there, await own.Rows("select position from shop.seen order by position", r => r.GetInt64(0)));
        output.WriteLine($"seed {_seed}: {there.Count} events, {there.Count(p => p > position)} of them after the one that was held, asked {asked} times, {longest.TotalMilliseconds:0} ms at most");
    }

    private Task<long> Last() => store.Database.Value<long>("select coalesce(max(seq_id), 0) from events.mt_events");

    private string Uri()
    {
        var text = new NpgsqlConnectionStringBuilder(store.Database.Superuser);
        return $"postgresql://{text.Username}:{text.Password}@{text.Host}:{text.Port}/{text.Database}";
    }
}

/// <summary>PostgreSQL is killed and started again while all go on.</summary>
[Collection(nameof(Alone))]
public sealed class RestartedReading(ITestOutputHelper output)
{
    [Fact]
    public async Task Every_committed_event_is_read_once_and_in_order()
    {
        var seed = Random.Shared.Next();
        await using var store = await Store.Create();
        await store.Start(null, [Following.Seen("first")]);
        await store.Start(null, [Following.Seen("second")]);
        var log = new RandomLog(store, seed, 0, isDisturbed: true);
        using var end = new CancellationTokenSource();
        _ = log.Write(3, end.Token);
        var readers = log.ReadAll();
        await Eventually.Get(() => store.Count("events.mt_events"), n => n > 100, "writing goes on");
        await TestServers.Run("restart-postgres", "0");
        store.Owner.Clear();
        store.Limited.Clear();
        await Eventually.Get(() => store.Count("events.mt_events"), n => n > 200, "writing goes on again");
        await end.CancelAsync();
        var there = await log.Verify((await readers).Select(r => r.Seen));
        await Following.Caught(store, there[^1]);
        Assert.Equal(there, await store.Rows("select position from shop.seen order by position", r => r.GetInt64(0)));
        output.WriteLine($"seed {seed}: {there.Count} events, {log.Unknown} of unknown fate, {there[^1] - there.Count} empty positions");
    }
}

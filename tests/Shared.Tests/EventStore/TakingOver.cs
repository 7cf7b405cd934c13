using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>A replica that follows the log in a process of its own: this program, told so by its environment.</summary>
internal sealed class ReplicaProcess : IAsyncDisposable
{
    public const string Database = "TEST_REPLICA_DATABASE";

    /// <summary>An account whose name makes the view think for long, in the middle of its transaction.</summary>
    public const string Slow = "slow";

    private readonly Process _process;

    private ReplicaProcess(Process process) => _process = process;

    public static ReplicaProcess Start(Store store) => new(Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!, Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? [typeof(ReplicaProcess).Assembly.Location] : [])
    {
        Environment = { [Database] = new NpgsqlConnectionStringBuilder(store.Database.Limited).ConnectionString },
    })!);

    public static async Task<int> Run(string database)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:accounts"] = database;
        builder.Services.AddSingleton(TimeProvider.System);
        var seen = Following.Seen("process");
        builder.AddEventStore("accounts", Store.Types, seen with
        {
            Apply = async (connection, events, stop) =>
            {
                await seen.Apply(connection, events, stop);
                await Task.Delay(events.Any(e => e.Fact is Opened { Id: Slow }) ? 3_000 : 0, stop);
            },
        });
        await builder.Build().RunAsync();
        return 0;
    }

    /// <summary>KILL, STOP, CONT.</summary>
    public Task Signal(string signal) => TestServers.Start("kill", $"-{signal}", $"{_process.Id}");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

/// <summary>One replica follows the log and another stands by; within ten seconds it goes on where the first was, whatever became of that.</summary>
public sealed class TakingOver(ITestOutputHelper output) : IAsyncLifetime
{
    private Store _store = null!;

    public async ValueTask InitializeAsync() => _store = await Store.Create();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task From_a_process_that_is_killed()
    {
        await using var first = ReplicaProcess.Start(_store);
        await Eventually.Get(() => _store.Count($"({Following.Leader}) l"), n => n == 1, "the process leads");
        var second = await _store.Start(null, [Following.Seen("second")]);
        await second.Log.Write([Opening("a"), .. Enumerable.Range(0, 20).Select(_ => PayingIn("a", 1))]);
        await Following.Caught(_store, 21);
        await first.Signal("KILL");
        var since = Stopwatch.StartNew();
        await second.Log.Write([.. Enumerable.Range(0, 20).Select(_ => PayingIn("a", 1))]);

        await TakenOver(since, 41, ("process", 21), ("second", 20));
    }

    /// <summary>It is stopped in the middle of its view's transaction, and its sessions stay: nothing tells the server that it is gone.</summary>
    [Fact]
    public async Task From_a_process_that_is_frozen_and_wakes_up_later()
    {
        await using var first = ReplicaProcess.Start(_store);
        await Eventually.Get(() => _store.Count($"({Following.Leader}) l"), n => n == 1, "the process leads");
        var second = await _store.Start(null, [Following.Seen("second")]);
        await second.Log.Write(Opening("a"));
        await Following.Caught(_store, 1);
        await second.Log.Write(Opening(ReplicaProcess.Slow));
        await Eventually.Get(
            () => _store.Count("pg_stat_activity where datname = current_database() and state = 'idle in transaction'"), n => n == 1, "its view thinks");
        await first.Signal("STOP");
        var since = Stopwatch.StartNew();
        await second.Log.Write([.. Enumerable.Range(0, 20).Select(_ => PayingIn("a", 1))]);
        await TakenOver(since, 22, ("process", 1), ("second", 21));

        await first.Signal("CONT");
        await second.Log.Write(PayingIn("a", 1));
        await Following.Caught(_store, 23);
        // What it had begun is undone, and it stands by from now on: it takes over when the other one goes.
        await second.Stop();
        await using var third = await _store.Start();
        await third.Log.Write(PayingIn("a", 1));
        await TakenOver(Stopwatch.StartNew(), 24, ("process", 2), ("second", 22));
    }

    /// <summary>It works for longer than one may be silent, in a transaction too: it is alive, and the driver says so for it.</summary>
    [Fact]
    public async Task Not_from_one_that_works_for_long()
    {
        var busy = Following.Seen("busy");
        await _store.Start(null, [busy with
        {
            Apply = async (connection, events, stop) =>
            {
                await busy.Apply(connection, events, stop);
                await Task.Delay(7_000, stop); // in its transaction
            },
        }]);
        await Eventually.Get(() => _store.Count($"({Following.Leader}) l"), n => n == 1, "it leads");
        var leader = await _store.Database.Value<int>(Following.Leader);
        var second = await _store.Start(null, [Following.Seen("second")]);
        await second.Log.Write(Opening("a"));
        await Following.Caught(_store, 1);

        Assert.Equal([("busy", 1)], await By());
        Assert.Equal(leader, await _store.Database.Value<int>(Following.Leader));
    }

    /// <summary>The network goes: what either side says is lost, and neither hears that the other is gone.</summary>
    [Fact]
    public async Task From_one_whose_network_is_lost()
    {
        await using var network = new Network(new NpgsqlConnectionStringBuilder(_store.Database.Limited).Port);
        var lost = new NpgsqlConnectionStringBuilder(_store.Database.Limited) { Port = network.Port }.ConnectionString;
        await _store.Start(null, [Following.Seen("first")], ("ConnectionStrings:accounts", lost));
        await Eventually.Get(() => _store.Count($"({Following.Leader}) l"), n => n == 1, "the first leads");
        var second = await _store.Start(null, [Following.Seen("second")]);
        await second.Log.Write([Opening("a"), .. Enumerable.Range(0, 20).Select(_ => PayingIn("a", 1))]);
        await Following.Caught(_store, 21);
        network.Lose();
        var since = Stopwatch.StartNew();
        await second.Log.Write([.. Enumerable.Range(0, 20).Select(_ => PayingIn("a", 1))]);

        await TakenOver(since, 41, ("first", 21), ("second", 20));
    }

    private async Task TakenOver(Stopwatch since, long through, params (string, int)[] by)
    {
        await Following.Caught(_store, through);
        output.WriteLine($"taken over after {since.Elapsed.TotalSeconds:0.0} s");
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(10), $"It took {since.Elapsed}.");
        Assert.Equal(by, await By());
    }

    private Task<List<(string, int)>> By() =>
        _store.Rows("select by, count(*)::int from shop.seen group by by order by by", r => (r.GetString(0), r.GetInt32(1)));

    /// <summary>Between a replica and PostgreSQL, until it loses everything.</summary>
    private sealed class Network : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _end = new();
        private readonly List<TcpClient> _ends = [];
        private volatile bool _isLost;

        public Network(int server)
        {
            _listener.Start();
            _ = Accept(server);
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public void Lose() => _isLost = true;

        private async Task Accept(int server)
        {
            while (true)
            {
                var inner = await _listener.AcceptTcpClientAsync(_end.Token);
                var outer = new TcpClient { NoDelay = inner.NoDelay = true };
                await outer.ConnectAsync(IPAddress.Loopback, server);
                _ends.AddRange([inner, outer]);
                _ = Forward(inner, outer);
                _ = Forward(outer, inner);
            }
        }

        private async Task Forward(TcpClient from, TcpClient to)
        {
            var bytes = new byte[64 << 10];
            while (await from.GetStream().ReadAsync(bytes, _end.Token) is > 0 and var read)
            {
                await (_isLost ? Task.Delay(Timeout.Infinite, _end.Token) : to.GetStream().WriteAsync(bytes.AsMemory(0, read), _end.Token).AsTask());
            }

            to.Client.Shutdown(SocketShutdown.Send);
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            _listener.Dispose();
            _ends.ForEach(e => e.Dispose());
            _end.Dispose();
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.EventStore;
using Restoration.Support;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>A database with a log of accounts, written and followed by as many replicas of a service as a test asks for.</summary>
public sealed class Store : IAsyncLifetime
{
    private readonly List<Replica> _replicas = [];
    private NpgsqlDataSource _limited = null!, _owner = null!;

    public static EventTypes Types { get; } = new(typeof(Store).Assembly, AccountJson.Default);

    public TestDatabase Database { get; private set; } = null!;

    /// <summary>As the service is connected: may append and read.</summary>
    public NpgsqlDataSource Limited => _limited;

    public NpgsqlDataSource Owner => _owner;

    private string[] _more = [];

    /// <param name="more">Further scripts for the schema.</param>
    public static async Task<Store> Create(params string[] more)
    {
        var store = new Store { _more = more };
        await store.InitializeAsync();
        return store;
    }

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.Create("accounts", [EventStoreSetup.Schema, Accounts.Schema, .. _more]);
        (_limited, _owner) = (NpgsqlDataSource.Create(Database.Limited), NpgsqlDataSource.Create(Database.Owner));
    }

    /// <summary>Another process of the service, as its Program sets it up.</summary>
    public async Task<Replica> Start(
        Action<HostApplicationBuilder>? more = null, Derived[]? views = null, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:accounts"] = Database.Limited;
        foreach (var (key, value) in settings)
        {
            builder.Configuration[key] = value;
        }

        var said = new Said();
        builder.Logging.AddProvider(said);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddEventStore("accounts", Types, views ?? []);
        more?.Invoke(builder);
        var replica = new Replica(builder.Build(), said);
        _replicas.Add(replica);
        await replica.Host.StartAsync();
        return replica;
    }

    public async Task<List<T>> Rows<T>(string sql, Func<NpgsqlDataReader, T> row)
    {
        await using var command = _owner.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    public async Task<List<StoredEvent>> Events(string account)
    {
        var (events, more) = await StoredEvents.OfStream(_limited, Types, Accounts.Stream(account), 0, 100_000, CancellationToken.None);
        Assert.False(more);
        return events;
    }

    /// <summary>Somebody else holds a stream, so that a commit is under way for as long as a test needs.</summary>
    public async Task<IAsyncDisposable> Hold(string account)
    {
        var connection = await _owner.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"begin; select from events.mt_streams where id = 'account-{account}' for update", connection);
        await command.ExecuteNonQueryAsync();
        return new Held(connection);
    }

    /// <summary>Waits until as many commits wait for somebody.</summary>
    public Task Blocked(long commits) => Eventually.Get(
        () => Count("pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"), n => n == commits, $"{commits} wait");

    /// <summary>Ends sessions, except the one that says so.</summary>
    public Task<long> Cut(string which) => Count(
        $"(select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and {which}) cut");

    public Task<long> Count(string sql) => Database.Value<long>($"select count(*) from {sql}");

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _limited.DisposeAsync();
        await _owner.DisposeAsync();
        await Database.DisposeAsync();
    }
}

internal sealed class Held(NpgsqlConnection connection) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await using (var command = new NpgsqlCommand("commit", connection))
        {
            await command.ExecuteNonQueryAsync();
        }

        await connection.DisposeAsync();
    }
}

/// <summary>One process of the service.</summary>
public sealed class Replica(IHost host, Said said) : IAsyncDisposable
{
    private bool _stopped;

    public IHost Host => host;

    public EventLog Log => host.Services.GetRequiredService<EventLog>();

    /// <summary>What it logged.</summary>
    public IEnumerable<string> Messages => said.Messages;

    public async Task Stop()
    {
        _stopped = true;
        await host.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
        {
            await Stop();
        }

        host.Dispose();
    }
}

/// <summary>Keeps what is logged, for tests of what must be loud.</summary>
public sealed class Said : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Messages { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.Message}");

    public bool IsEnabled(LogLevel logLevel) => true;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Dispose() { }
}

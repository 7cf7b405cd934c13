using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Restoration.EventStore;
using Restoration.Support;

namespace Restoration.Benchmarks;

/// <summary>A fresh database with a log, and its writer as a service sets it up.</summary>
internal sealed class Store(TestDatabase database) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _db = NpgsqlDataSource.Create(database.Superuser);
    private IHost? _host;

    public NpgsqlDataSource Db => _db;

    /// <summary>As the service is connected.</summary>
    public string Limited => database.Limited;

    public EventLog Log => _host!.Services.GetRequiredService<EventLog>();

    public static async Task<Store> Create()
    {
        var store = new Store(await TestDatabase.Create("bench", EventStoreSetup.Schema, Measuring.Schema));
        await store.Restart();
        return store;
    }

    /// <summary>Another process would start so: nothing cached.</summary>
    public async Task Restart()
    {
        await Stop();
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:bench"] = Limited;
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddEventStore("bench", Measuring.Types);
        _host = builder.Build();
        await _host.StartAsync();
    }

    public async Task Execute(string sql)
    {
        await using var command = _db.CreateCommand(sql);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> Value<T>(string sql)
    {
        await using var command = _db.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Stop();
        await _db.DisposeAsync();
        await database.DisposeAsync();
    }

    private async Task Stop()
    {
        if (_host is null)
            return;
        await _host.StopAsync();
        _host.Dispose();
    }
}

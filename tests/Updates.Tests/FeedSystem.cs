using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.ServiceDefaults;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Tests;

/// <summary>
/// A feed of its own: database, queue, key ring and sources with names nobody else has. The service runs as a process, so that it can be
/// killed.
/// </summary>
public sealed class FeedSystem : IAsyncLifetime, IXmlRepository
{
    private readonly string _name = "updates_" + Guid.NewGuid().ToString("N")[..12];
    private readonly List<XElement> _keys = [];
    private readonly List<Replica> _replicas = [];
    private ISecureDataFormat<AuthenticationTicket> _tokens = null!;

    public string Queue => _name;

    public string User => TestServers.User(_name, "updates");

    public string Owner => TestServers.Superuser(_name);

    public async ValueTask InitializeAsync()
    {
        await TestServers.ExecuteAsync(TestServers.Superuser("postgres"), $"""
            do $$ begin create role updates login password 'updates'; exception when duplicate_object or unique_violation then null; end $$;
            """);
        await TestServers.ExecuteAsync(TestServers.Superuser("postgres"), $"create database {_name}");
        await TestServers.ExecuteAsync(Owner, """
            create schema keys;
            create table keys.ring (friendly_name text primary key, xml text not null, created timestamptz not null default now());
            create table keys.disabled_clients (client_id text primary key, since timestamptz not null default now());
            create table keys.clients (client_id text primary key, division text not null, roles text[] not null default '{}');
            create table keys.revoked (client_id text primary key, through timestamptz not null);
            grant usage on schema keys to updates;
            grant select on all tables in schema keys to updates;
            """);
        await MakeKeyAsync();
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("ConnectionStrings:owner", Owner)]).Build();
        // Twice: a second deployment changes nothing.
        await FeedSetup.ApplySchemaAsync(configuration);
        await FeedSetup.ApplySchemaAsync(configuration);
    }

    /// <summary>Runs the service with one of its verbs, to its end.</summary>
    public async Task<int> RunAsync(string verb)
    {
        using var process = Start([verb], new() { ["ConnectionStrings__owner"] = Owner });
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas) replica.Dispose();
        await using var source = await Source.ConnectAsync(this, "registry");
        await source.DeleteQueuesAsync();
        NpgsqlConnection.ClearAllPools();
        await TestServers.ExecuteAsync(TestServers.Superuser("postgres"), $"drop database {_name} with (force)");
    }

    public async Task<Replica> StartAsync(params (string Key, string Value)[] settings)
    {
        var port = FreePort();
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}",
            ["ConnectionStrings__updates"] = User,
            ["ConnectionStrings__keys"] = User,
            ["ConnectionStrings__broker"] = TestServers.Broker,
            ["Feed__Queue"] = Queue,
            ["Feed__ReplayPause"] = "00:00:01",
        };
        foreach (var (key, value) in settings) environment[key] = value;
        var replica = new Replica(Start([], environment), new($"http://127.0.0.1:{port}"));
        _replicas.Add(replica);
        await replica.ReadyAsync(this);
        return replica;
    }

    public string TokenFor(string division, params string[] roles) => TokenOf($"test-{division}", division, roles);

    public string TokenOf(string id, string division, params string[] roles)
    {
        var client = new Client(id, division, null, roles.ToHashSet(), []);
        var properties = new AuthenticationProperties { ExpiresUtc = DateTimeOffset.UtcNow.AddMinutes(15) };
        return _tokens.Protect(new(client.ToPrincipal(), properties, Tokens.Scheme));
    }

    public async Task<T> AskAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Owner);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task<long> CountAsync() => AskAsync<long>("select count(*) from feed.entries");

    public Task<long> CountAsync(long expected, double seconds = 20) =>
        Eventually.Get(CountAsync, n => n >= expected, $"{expected} entries", seconds);

    /// <summary>What a complete and orderly feed looks like: numbers without a gap, every event once, each source in its order.</summary>
    public async Task AssertWholeAsync(long entries)
    {
        Assert.Equal(entries, await CountAsync());
        Assert.Equal(entries, await AskAsync<long>("select max(number) from feed.entries"));
        Assert.Equal(entries, await AskAsync<long>("select last from feed.head"));
        Assert.Equal(0L, await AskAsync<long>("""
            select count(*) from (select position, lag(position) over (partition by source order by number) before from feed.entries) e
            where position <= before
            """));
    }

    private async Task MakeKeyAsync()
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName(Tokens.ApplicationName);
        services.Configure<KeyManagementOptions>(o => o.XmlRepository = this);
        var provider = services.BuildServiceProvider();
        _tokens = Tokens.Format(provider.GetRequiredService<IDataProtectionProvider>());
        TokenFor("*");
        foreach (var key in _keys)
        {
            await using var connection = new NpgsqlConnection(Owner);
            await connection.OpenAsync();
            await using var insert = new NpgsqlCommand("insert into keys.ring values ($1, $2)", connection)
            {
                Parameters = { new() { Value = key.Attribute("id")!.Value }, new() { Value = key.ToString() } },
            };
            await insert.ExecuteNonQueryAsync();
        }
    }

    IReadOnlyCollection<XElement> IXmlRepository.GetAllElements() => _keys;

    void IXmlRepository.StoreElement(XElement element, string friendlyName) => _keys.Add(element);

    private static Process Start(string[] arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(FeedLog).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment) start.Environment[key] = value;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using Npgsql;
using Restoration.System.Tests;

[assembly: AssemblyFixture(typeof(TheSystem))]
// There is one system, and some tests kill parts of it: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Restoration.System.Tests;

/// <summary>
/// The services, updates and gateway as a deployment runs them: processes of the built programs, with limited roles, databases and a broker's
/// virtual host that nobody else has. Tests speak to the gateway; only those that kill something look into the logs themselves.
/// </summary>
public sealed class TheSystem : IAsyncLifetime
{
    /// <summary>The services with a log of their own.</summary>
    public static readonly string[] Services = ["registry", "indicators", "mines", "funding"];

    private static readonly string[] s_databases = [.. Services, "updates", "gateway"];

    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly List<Part> _services = [];
    private string _broker = "";
    private int _clients;

    public string OperatorSecret { get; } = Guid.NewGuid().ToString("N");
    public Part Registry => this["registry"];
    public Part Updates { get; private set; } = null!;
    public Part Gateway { get; private set; } = null!;

    public Collector Collector { get; private set; } = null!;

    public IReadOnlyList<Part> Parts => [.. _services, Updates, Gateway];

    public Part this[string service] => _services[Array.IndexOf(Services, service)];

    /// <summary>The gateway's side of every call; requests limit their own time, event streams have none.</summary>
    public HttpClient Http { get; private set; } = null!;

    public Caller Nobody => new(Http, null);

    /// <summary>The client that configuration names, which sees everything.</summary>
    public Caller Operator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = Servers.CreateVirtualHost(_run);
        Collector = await Collector.Start();
        await CreateDatabases();
        _services.AddRange(Services.Select(Service));
        Updates = Service("updates");
        Gateway = Part.Of("Gateway", Connection("gateway", "gateway_owner"), new(Settings("gateway"))
        {
            ["Gateway__Operator__Id"] = "operator",
            ["Gateway__Operator__Secret"] = OperatorSecret,
            ["Services__updates"] = Updates.Address.ToString(),
            ["Gateway__RateLimits__Public__Requests"] = "1000000",
            ["Gateway__TokenLifetime"] = "03:00:00", // what is made once serves all tests
        });
        foreach (var service in Services) Gateway.Set($"Services__{service}", this[service].Address.ToString());
        await Task.WhenAll(Parts.Select(part => part.UpdateSchema()));
        await Task.WhenAll(Parts.Select(part => part.Start()));
        Http = Open(Gateway);
        Operator = new(Http, await Token("operator", OperatorSecret));
        (await Operator.Send(HttpMethod.Patch, "/v1/clients/operator", Caller.Json(new { policy = Unhurried }, "application/merge-patch+json"), ("If-Match", "*"))).Is(200);
    }

    /// <summary>A test is many counties and many dashboards in one client.</summary>
    private static object Unhurried { get; } = new { requests = 1_000_000, seconds = 60 };

    /// <summary>A second process of each service and of the feed, and a gateway that sends to both, until it is disposed.</summary>
    public async Task<Replicas> Double()
    {
        var twins = Services.Append("updates").ToDictionary(name => name, Service);
        await Task.WhenAll(twins.Values.Select(t => t.Start()));
        foreach (var (name, twin) in twins) Gateway.Set($"Services__{name}", $"{(name == "updates" ? Updates : this[name]).Address},{twin.Address}");
        await Gateway.DieAndComeBack();
        return new(this, twins);
    }

    /// <summary>The second processes, by service.</summary>
    public sealed record Replicas(TheSystem System, IReadOnlyDictionary<string, Part> Twins) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var (name, twin) in Twins)
            {
                System.Gateway.Set($"Services__{name}", (name == "updates" ? System.Updates : System[name]).Address.ToString());
                twin.Dispose();
            }

            await System.Gateway.DieAndComeBack();
        }
    }

    /// <summary>Past the gateway, straight at one part.</summary>
    public static HttpClient Open(Part part) =>
        new(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => global::System.Text.Encoding.Latin1 })
        {
            BaseAddress = part.Address,
            Timeout = Timeout.InfiniteTimeSpan,
        };

    /// <summary>A new client, registered by the operator, with its token.</summary>
    public async Task<Caller> Client(string name, string division, params string[] roles)
    {
        var id = $"{name}-{Interlocked.Increment(ref _clients)}";
        var made = (await Operator.Post("/v1/clients", new { clientId = id, name, division, roles, policy = Unhurried })).Is(201);
        return new(Http, await Token(id, made.Json.GetProperty("secret").GetString()!)) { Id = id };
    }

    public async Task<string> Token(string client, string secret)
    {
        var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = client,
            ["client_secret"] = secret,
        });
        return (await Nobody.Send(HttpMethod.Post, "/oauth/token", form)).Is(200).Json.GetProperty("access_token").GetString()!;
    }

    /// <summary>Reads rows of a part's database as superuser, on a connection of its own: the server may have been killed since the last.</summary>
    public async Task<List<T>> Read<T>(string part, string sql, Func<NpgsqlDataReader, T> row)
    {
        await using var connection = new NpgsqlConnection(Servers.Postgres(Database(part)));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(row(reader));
        return rows;
    }

    public Task DeleteQueue(string service) => Servers.DeleteQueue(_run, service);

    /// <summary>An empty database in the place of a service's, as before its first start.</summary>
    public async Task Recreate(string service)
    {
        await Servers.Execute(Servers.Postgres(), $"drop database {Database(service)} with (force)");
        await Servers.Execute(Servers.Postgres(), $"create database {Database(service)} owner {service}_owner");
        await Closed(service);
    }

    /// <summary>As where it is deployed: nobody gets in but who is let in.</summary>
    private async Task Closed(string part)
    {
        await Servers.Execute(Servers.Postgres(), $"revoke all on database {Database(part)} from public");
        await Servers.Execute(Servers.Postgres(), $"grant connect on database {Database(part)} to {part}{(part == "gateway" ? ", keys_reader" : "")}");
    }

    /// <summary>A copy of a service's database, while it does not run.</summary>
    public async Task Dump(string service)
    {
        await Servers.Execute(Servers.Postgres(), $"drop database if exists {Database(service)}_dump");
        await Disconnected(service);
        await Servers.Execute(Servers.Postgres(), $"create database {Database(service)}_dump template {Database(service)} owner {service}_owner");
    }

    /// <summary>The dump in the place of the database, with the epoch raised, as whoever restores a log does.</summary>
    public async Task Restore(string service)
    {
        await Servers.Execute(Servers.Postgres(), $"drop database {Database(service)} with (force)");
        await Servers.Execute(Servers.Postgres(), $"alter database {Database(service)}_dump rename to {Database(service)}");
        await Servers.Execute(Servers.Postgres(Database(service)), "update edge.epoch set epoch = epoch + 1");
    }

    private Task Disconnected(string service) => Eventually.Is(
        () => Servers.Count($"select count(*) from pg_stat_activity where datname = '{Database(service)}'"), 0L, $"nobody in {service}'s database");

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Parts) part?.Dispose();
        Http?.Dispose();
        await Collector.DisposeAsync();
        foreach (var part in s_databases)
            await Servers.Execute(Servers.Postgres(), $"drop database if exists {Database(part)} with (force)");
        Servers.DeleteVirtualHost(_run);
    }

    private async Task CreateDatabases()
    {
        foreach (var role in s_databases.Concat(s_databases.Select(d => $"{d}_owner")).Append("keys_reader"))
        {
            // Roles are the server's, and other test projects make them too; some without a password.
            await Servers.Execute(Servers.Postgres(), $"""
                do $$ begin
                    perform pg_advisory_xact_lock(4711);
                    if not exists (select from pg_roles where rolname = '{role}') then create role {role} login; end if;
                    alter role {role} password '{role}';
                end $$
                """);
        }
        foreach (var part in s_databases)
        {
            await Servers.Execute(Servers.Postgres(), $"create database {Database(part)} owner {part}_owner");
            await Closed(part);
        }
    }

    private Part Service(string name) =>
        Part.Of(char.ToUpperInvariant(name[0]) + name[1..], Connection(name, $"{name}_owner"), Settings(name));

    private Dictionary<string, string> Settings(string part) => new()
    {
        [$"ConnectionStrings__{part}"] = Connection(part, part),
        ["ConnectionStrings__keys"] = Connection("gateway", "keys_reader"),
        ["ConnectionStrings__broker"] = _broker,
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_GCgen0size"] = "0x2000000",
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Address,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "200",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "2000",
        // Only what a caller marks as sampled, or the load of the crash tests would be measured twice over.
        ["OTEL_TRACES_SAMPLER"] = "parentbased_always_off",
    };

    private string Database(string part) => $"{part}_{_run}";

    private string Connection(string part, string role) =>
        new NpgsqlConnectionStringBuilder(Servers.Postgres(Database(part))) { Username = role, Password = role, Pooling = true }.ConnectionString;
}

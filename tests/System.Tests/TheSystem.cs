using Npgsql;
using Restoration.System.Tests;

[assembly: AssemblyFixture(typeof(TheSystem))]
// There is one system, and some tests kill parts of it: one test at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Restoration.System.Tests;

/// <summary>
/// Registry, updates and gateway as a deployment runs them: processes of the built programs, with limited roles, databases and a broker's
/// virtual host that nobody else has. Tests speak to the gateway; only those that kill something look into the logs themselves.
/// </summary>
public sealed class TheSystem : IAsyncLifetime
{
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private int _clients;

    public string OperatorSecret { get; } = Guid.NewGuid().ToString("N");
    public Part Registry { get; private set; } = null!;
    public Part Updates { get; private set; } = null!;
    public Part Gateway { get; private set; } = null!;
    public Collector Collector { get; private set; } = null!;

    public IReadOnlyList<Part> Parts => [Registry, Updates, Gateway];

    /// <summary>The gateway's side of every call; requests limit their own time, event streams have none.</summary>
    public HttpClient Http { get; private set; } = null!;

    public Caller Nobody => new(Http, null);

    /// <summary>The client that configuration names, which sees everything.</summary>
    public Caller Operator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var broker = Servers.CreateVirtualHost(_run);
        Collector = await Collector.Start();
        await CreateDatabases();
        Registry = Part.Of("Registry", Connection("registry", "registry_owner"), Settings("registry", broker));
        Updates = Part.Of("Updates", Connection("updates", "updates_owner"), Settings("updates", broker));
        Gateway = Part.Of("Gateway", Connection("gateway", "gateway_owner"), new(Settings("gateway", broker))
        {
            ["Gateway__Operator__Id"] = "operator",
            ["Gateway__Operator__Secret"] = OperatorSecret,
            ["Services__registry"] = Registry.Address.ToString(),
            ["Services__updates"] = Updates.Address.ToString(),
        });
        await Task.WhenAll(Parts.Select(part => part.UpdateSchema()));
        await Task.WhenAll(Parts.Select(part => part.Start()));
        Http = Open(Gateway);
        Operator = new(Http, await Token("operator", OperatorSecret));
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
        var made = (await Operator.Post("/v1/clients", new { clientId = id, name, division, roles })).Is(201);
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

    public async ValueTask DisposeAsync()
    {
        foreach (var part in Parts) part?.Dispose();
        Http?.Dispose();
        await Collector.DisposeAsync();
        foreach (var part in new[] { "registry", "updates", "gateway" })
            await Servers.Execute(Servers.Postgres(), $"drop database if exists {Database(part)} with (force)");
        Servers.DeleteVirtualHost(_run);
    }

    private async Task CreateDatabases()
    {
        foreach (var role in new[] { "registry", "updates", "gateway", "keys_reader", "registry_owner", "updates_owner", "gateway_owner" })
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
        foreach (var part in new[] { "registry", "updates", "gateway" })
            await Servers.Execute(Servers.Postgres(), $"create database {Database(part)} owner {part}_owner");
    }

    private Dictionary<string, string> Settings(string part, string broker) => new()
    {
        [$"ConnectionStrings__{part}"] = Connection(part, part),
        ["ConnectionStrings__keys"] = Connection("gateway", "keys_reader"),
        ["ConnectionStrings__broker"] = broker,
        ["DOTNET_gcServer"] = "0",
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

using System.Diagnostics;
using Npgsql;

namespace Restoration.Support;

/// <summary>The real servers, named by the environment. Without them nothing is tested, and that is a failure, never a skip.</summary>
public static class TestServers
{
    public static string Broker => Required("TEST_BROKER");

    /// <summary>As superuser, in a database.</summary>
    public static string Superuser(string database = "postgres") =>
        new NpgsqlConnectionStringBuilder(Required("TEST_POSTGRES")) { Database = database }.ConnectionString;

    /// <summary>Runs tests/servers; answers what it says.</summary>
    public static Task<string> Run(params string[] arguments) => Start(Path.Combine(Source.Root, "tests", "servers"), arguments);

    /// <summary>Runs a program to its end, which must be a good one; answers what it says.</summary>
    public static async Task<string> Start(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return said;
    }

    private static string Required(string name) => Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set. Run tests/run, or: eval \"$(tests/servers start)\".");
}

/// <summary>A database of its own, with an owner and the service's limited role; dropped at the end.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string _name;
    private readonly string _role;

    private TestDatabase(string name, string role) => (_name, _role) = (name, role);

    /// <summary>The role that owns the tables; can do to events what the service cannot.</summary>
    public string Owner => As($"{_role}_owner");

    /// <summary>What the service gets.</summary>
    public string Limited => As(_role);

    public string Superuser => TestServers.Superuser(_name);

    /// <param name="role">The service's role; the roles are made where the server does not have them.</param>
    /// <param name="schema">Scripts for <c>EventStoreSetup.ApplySchema</c>.</param>
    public static async Task<TestDatabase> Create(string role, params string[] schema)
    {
        var database = new TestDatabase($"{role}_{Guid.NewGuid():N}", role);
        await using (var server = NpgsqlDataSource.Create(TestServers.Superuser()))
        {
            foreach (var name in new[] { role, $"{role}_owner" })
            {
                // Several classes start at once, and roles are the server's: one at a time.
                await Execute(server, $"""
                    do $$ begin
                        perform pg_advisory_xact_lock(4711);
                        if not exists (select from pg_roles where rolname = '{name}') then create role {name} login password '{name}'; end if;
                    end $$
                    """);
            }

            await Execute(server, $"create database {database._name} owner {role}_owner");
            await Execute(server, $"revoke all on database {database._name} from public"); // as where it is deployed
            await Execute(server, $"grant connect on database {database._name} to {role}");
        }

        await EventStore.EventStoreSetup.ApplySchema(database.Owner, role, schema);
        return database;
    }

    /// <summary>Runs SQL as the owner.</summary>
    public async Task Execute(string sql)
    {
        await using var owner = NpgsqlDataSource.Create(Owner);
        await Execute(owner, sql);
    }

    /// <summary>One value, read as superuser.</summary>
    public async Task<T> Value<T>(string sql)
    {
        await using var superuser = NpgsqlDataSource.Create(Superuser);
        await using var command = superuser.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await using var server = NpgsqlDataSource.Create(TestServers.Superuser());
        await Execute(server, $"drop database if exists {_name} with (force)");
    }

    private string As(string user) =>
        new NpgsqlConnectionStringBuilder(Superuser) { Username = user, Password = user }.ConnectionString;

    private static async Task Execute(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>
/// Waits for what comes by itself. Never a sleep and a hope: it ends as soon as it is so, and says what it saw when it never is. The seconds
/// are those of a machine at rest: they end what hangs and measure nothing, so a loaded machine has several times as many.
/// </summary>
public static class Eventually
{
    private const double Patience = 4;

    public static async Task<T> Get<T>(Func<Task<T>> look, Func<T, bool> until, string what, double seconds = 20)
    {
        var last = default(T)!;
        for (var end = DateTime.UtcNow.AddSeconds(seconds * Patience); DateTime.UtcNow < end; await Task.Delay(20))
        {
            last = await look();
            if (until(last))
            {
                return last;
            }
        }

        throw new TimeoutException($"{what}: not within {seconds * Patience} s; last seen: {last}");
    }
}

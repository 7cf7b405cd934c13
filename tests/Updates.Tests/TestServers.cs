using Npgsql;

namespace Restoration.Updates.Tests;

/// <summary>The real servers, named by the environment; without them nothing is tested, and that is a failure.</summary>
internal static class TestServers
{
    public static string Broker { get; } = Required("TEST_BROKER");

    public static string Superuser(string database) =>
        new NpgsqlConnectionStringBuilder(Required("TEST_POSTGRES")) { Database = database }.ConnectionString;

    public static string User(string database, string user) =>
        new NpgsqlConnectionStringBuilder(Superuser(database)) { Username = user, Password = user }.ConnectionString;

    public static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static string Required(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set; tests/servers start sets it.");
}

/// <summary>The seconds are those of a machine at rest: they end what hangs and measure nothing, so a loaded machine has several times as many.</summary>
internal static class Eventually
{
    private const double Patience = 4;

    public static async Task<T> Get<T>(Func<Task<T>> look, Func<T, bool> until, string what, double seconds = 15)
    {
        var last = default(T)!;
        for (var end = DateTime.UtcNow.AddSeconds(seconds * Patience); DateTime.UtcNow < end; await Task.Delay(50))
        {
            last = await look();
            if (until(last)) return last;
        }
        throw new TimeoutException($"{what}: not within {seconds * Patience} s; last seen: {last}");
    }
}

using System.Diagnostics;
using Npgsql;

namespace Restoration.System.Tests;

/// <summary>The servers that <c>tests/servers</c> runs: without them nothing is tested, and that is a failure, never a skip.</summary>
public static class Servers
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../.."));

    /// <summary>As superuser.</summary>
    public static string Postgres(string database = "postgres") =>
        new NpgsqlConnectionStringBuilder(Named("TEST_POSTGRES")) { Database = database, Pooling = false }.ConnectionString;

    public static async Task Execute(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<long> Count(string sql)
    {
        await using var open = new NpgsqlConnection(Postgres());
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public static Task DeleteQueue(string virtualHost, string queue) => Bash($"{Libraries}; broker_control delete_queue -p {virtualHost} {queue}");

    /// <summary>A part of the broker with queues of its own, since every source's requests have one name. Answers its address.</summary>
    public static string CreateVirtualHost(string name)
    {
        var address = new UriBuilder(Named("TEST_BROKER"));
        Bash($"{Libraries}; broker_control add_vhost {name}; broker_control set_permissions -p {name} {address.UserName} '.*' '.*' '.*'").Wait();
        address.Path = name;
        return address.ToString();
    }

    public static void DeleteVirtualHost(string name) => Bash($"{Libraries}; broker_control delete_vhost {name}").Wait();

    /// <summary>kill -9, away for some seconds, started again; completes when the server answers.</summary>
    public static Task RestartBroker(int seconds) => Bash($"'{s_root}/tests/servers' restart-broker {seconds}");

    public static Task RestartPostgres(int seconds) => Bash($"'{s_root}/tests/servers' restart-postgres {seconds}");

    private static string Libraries =>
        $"set -e; RUN='{Named("TEST_RUN")}'; source '{s_root}/deploy/lib/processes.sh'; source '{s_root}/deploy/lib/servers.sh'";

    private static async Task Bash(string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = bash.StandardOutput.ReadToEndAsync();
        var errors = await bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"{script}\n{await output}{errors}");
    }

    private static string Named(string variable) => Environment.GetEnvironmentVariable(variable)
        ?? throw new InvalidOperationException($"{variable} is not set. Run tests/run, or: eval \"$(tests/servers start)\".");
}

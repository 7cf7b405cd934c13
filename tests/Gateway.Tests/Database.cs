using System.Diagnostics;
using Npgsql;

namespace Restoration.Gateway.Tests;

/// <summary>A database of its own on the server that TEST_POSTGRES names, dropped at the end.</summary>
public sealed class Database : IAsyncDisposable
{
    private static readonly string Server = Environment.GetEnvironmentVariable("TEST_POSTGRES")
        ?? throw new InvalidOperationException("TEST_POSTGRES names the PostgreSQL server for tests; tests/run starts one.");

    private readonly string _name = $"gateway_{Guid.NewGuid():n}";

    public string Owner => As(null);

    public string Gateway => As("gateway");

    public string KeysReader => As("keys_reader");

    public static async Task<Database> Create(bool withSchema = true)
    {
        var database = new Database();
        // Roles belong to the server, which other test classes share.
        await Execute(Server, """
            begin;
            select pg_advisory_xact_lock(hashtext('test roles'));
            do $$ declare r text; begin
              foreach r in array array['gateway', 'keys_reader'] loop
                if not exists (select from pg_roles where rolname = r) then execute format('create role %I login', r); end if;
              end loop;
            end $$;
            commit;
            """);
        await Execute(Server, $"create database {database._name}");
        if (withSchema)
            await database.ApplySchema();
        return database;
    }

    /// <summary>As a deployment does it: the program with the verb, as the owner.</summary>
    public async Task ApplySchema()
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, "schema"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["ConnectionStrings__owner"] = Owner },
        };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
    }

    public async Task<T> Ask<T>(string sql)
    {
        await using var source = NpgsqlDataSource.Create(Owner);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await Execute(Server, $"drop database {_name} with (force)");
    }

    public static async Task Execute(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    // The limited roles by "set role": whatever way the server authenticates, they need no password here.
    private string As(string? role)
    {
        var builder = new NpgsqlConnectionStringBuilder(Server) { Database = _name };
        if (role is not null)
            builder.Options = $"-c role={role}";
        return builder.ConnectionString;
    }
}

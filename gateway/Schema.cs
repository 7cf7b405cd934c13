using System.Reflection;
using Npgsql;

namespace Restoration.Gateway;

/// <summary>
/// <c>dotnet Restoration.Gateway.dll schema</c>: creates or updates the tables as the database's owner
/// (<c>ConnectionStrings:owner</c>), grants what the limited roles need, and ends.
/// </summary>
internal static class Schema
{
    public static async Task<int> Apply(IConfiguration configuration)
    {
        await using var database = NpgsqlDataSource.Create(configuration.GetConnectionString("owner")
            ?? throw new InvalidOperationException("ConnectionStrings:owner is not configured."));
        await using var script = Assembly.GetExecutingAssembly().GetManifestResourceStream("Schema.sql")!;
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        // Two that start together must not both create: "if not exists" alone races.
        await using var setup = new NpgsqlCommand("select pg_advisory_xact_lock(hashtext('gateway schema'))", connection, transaction);
        await setup.ExecuteNonQueryAsync();
        setup.CommandText = await new StreamReader(script).ReadToEndAsync();
        await setup.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return 0;
    }
}

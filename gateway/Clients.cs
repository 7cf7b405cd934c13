using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

/// <summary>A machine that may get tokens. <c>Secret</c> is there only in the answer that makes it, once.</summary>
internal sealed record RegisteredClient(
    string ClientId,
    string Name,
    string Division,
    string? Unit,
    string[] Roles,
    string[] Subjects,
    DateTimeOffset Created,
    string CreatedBy,
    DateTimeOffset? Rotated,
    DateTimeOffset? Disabled)
{
    public string? Secret { get; init; }

    public Client AsClient() => new(ClientId, Division, Unit, Roles.ToHashSet(), Subjects);
}

/// <summary>
/// The register of clients. A secret is 256 random bits, so a plain SHA-256 of it is as good as the secret is: slow hashes protect
/// what people think up, and would only make the token endpoint easy to exhaust.
/// </summary>
internal sealed class Clients(NpgsqlDataSource database, TimeProvider time)
{
    private const string Columns = "client_id, name, division, unit, roles, subjects, created, created_by, rotated, disabled";
    private static readonly byte[] NoSecret = new byte[SHA256.HashSizeInBytes];

    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>The client whose present or previous secret this is; null otherwise and when it is disabled.</summary>
    public async Task<RegisteredClient?> Authenticate(string clientId, string secret, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"select {Columns}, secret, previous_secret from clients.clients where client_id = $1 and disabled is null");
        command.Parameters.Add(new() { Value = clientId });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var client = await rows.ReadAsync(cancel) ? Read(rows) : null;
        // The same work whether or not there is such a client.
        var hash = Hash(secret);
        var present = CryptographicOperations.FixedTimeEquals(hash, client is null ? NoSecret : rows.GetFieldValue<byte[]>(10));
        var previous = CryptographicOperations.FixedTimeEquals(hash, client is null || rows.IsDBNull(11) ? NoSecret : rows.GetFieldValue<byte[]>(11));
        return present | previous ? client : null;
    }

    /// <summary>False when there is one of this id already.</summary>
    public async Task<bool> Add(RegisteredClient client, string secret, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            insert into clients.clients (client_id, name, division, unit, roles, subjects, secret, created, created_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (client_id) do nothing
            """);
        command.Parameters.AddRange(ParametersOf(client, secret));
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>The client that configuration names: the secret follows the configuration; whether it is disabled does not.</summary>
    public async Task Ensure(RegisteredClient client, string secret, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            insert into clients.clients (client_id, name, division, unit, roles, subjects, secret, created, created_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (client_id) do update set division = excluded.division, roles = excluded.roles,
                previous_secret = null, secret = excluded.secret where clients.secret <> excluded.secret
            """);
        command.Parameters.AddRange(ParametersOf(client, secret));
        await command.ExecuteNonQueryAsync(cancel);
    }

    public async Task<RegisteredClient?> Find(string clientId, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select {Columns} from clients.clients where client_id = $1");
        command.Parameters.Add(new() { Value = clientId });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel) ? Read(rows) : null;
    }

    /// <summary>In the order of ids, those after the given one.</summary>
    public async Task<List<RegisteredClient>> List(string after, int count, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from clients.clients where client_id collate \"C\" > $1 order by client_id collate \"C\" limit $2");
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = count });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        var clients = new List<RegisteredClient>();
        while (await rows.ReadAsync(cancel))
            clients.Add(Read(rows));
        return clients;
    }

    /// <summary>The present secret becomes the previous one, and the one before that falls away. False when there is no such client.</summary>
    public async Task<bool> Rotate(string clientId, string secret, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            "update clients.clients set previous_secret = secret, secret = $2, rotated = $3 where client_id = $1");
        command.Parameters.Add(new() { Value = clientId });
        command.Parameters.Add(new() { Value = Hash(secret) });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>No more tokens, and those that are out are refused as soon as the services have read it. False when there is no such client.</summary>
    public async Task<bool> Disable(string clientId, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            with client as (update clients.clients set disabled = coalesce(disabled, $2) where client_id = $1 returning client_id, disabled),
            told as (insert into keys.disabled_clients select client_id, disabled from client on conflict do nothing)
            select count(*) from client
            """);
        command.Parameters.Add(new() { Value = clientId });
        command.Parameters.Add(new() { Value = time.GetUtcNow() });
        return (long)(await command.ExecuteScalarAsync(cancel))! == 1;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static NpgsqlParameter[] ParametersOf(RegisteredClient client, string secret) =>
    [
        new() { Value = client.ClientId },
        new() { Value = client.Name },
        new() { Value = client.Division },
        new() { Value = (object?)client.Unit ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        new() { Value = client.Roles },
        new() { Value = client.Subjects },
        new() { Value = Hash(secret) },
        new() { Value = client.Created },
        new() { Value = client.CreatedBy },
    ];

    private static RegisteredClient Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
        row.GetFieldValue<string[]>(4), row.GetFieldValue<string[]>(5),
        row.GetFieldValue<DateTimeOffset>(6), row.GetString(7),
        row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
        row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9));
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

/// <summary>A machine that may get tokens. <c>Secret</c> is there only in the answer that makes it, once.</summary>
/// <param name="Policy">How fast it may ask, where the operator has set something else than is usual.</param>
/// <param name="Version">Raised by every change; also the <c>ETag</c>.</param>
internal sealed record RegisteredClient(
    string ClientId,
    string Name,
    string Division,
    string? Unit,
    string[] Roles,
    string[] Subjects,
    DateTimeOffset Created,
    string CreatedBy,
    DateTimeOffset? Rotated = null,
    DateTimeOffset? Disabled = null,
    RatePolicy? Policy = null,
    int Version = 1)
{
    public string? Secret { get; init; }

    public Client AsClient() => new(ClientId, Division, Unit, Roles.ToHashSet(), Subjects);
}

/// <summary>
/// The register of clients. A secret is 256 random bits, so a plain SHA-256 of it is as good as the secret is: slow hashes protect
/// what people think up, and would only make the token endpoint easy to exhaust.
/// </summary>
internal sealed class Clients(NpgsqlDataSource database)
{
    private const string Columns = "client_id, name, division, unit, roles, subjects, created, created_by, rotated, disabled, policy, version";
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
        var present = CryptographicOperations.FixedTimeEquals(hash, client is null ? NoSecret : rows.GetFieldValue<byte[]>(12));
        var previous = CryptographicOperations.FixedTimeEquals(hash, client is null || rows.IsDBNull(13) ? NoSecret : rows.GetFieldValue<byte[]>(13));
        return present | previous ? client : null;
    }

    /// <summary>False when there is one of this id already.</summary>
    public static async Task<bool> Add(NpgsqlConnection connection, RegisteredClient client, string secret, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand("""
            insert into clients.clients (client_id, name, division, unit, roles, subjects, secret, created, created_by, policy)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (client_id) do nothing
            """, connection);
        command.Parameters.AddRange(ParametersOf(client, secret));
        command.Parameters.Add(PolicyOf(client));
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    /// <summary>The client that configuration names: the secret follows the configuration; whether it is disabled does not.</summary>
    public async Task Ensure(RegisteredClient client, string secret, CancellationToken cancel)
    {
        await using var command = database.CreateCommand("""
            insert into clients.clients (client_id, name, division, unit, roles, subjects, secret, created, created_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (client_id) do update set division = excluded.division, roles = excluded.roles,
                previous_secret = null, secret = excluded.secret, version = clients.version + 1 where clients.secret <> excluded.secret
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

    /// <summary>As <see cref="Find"/>, and nobody else changes it until the transaction ends.</summary>
    public static async Task<RegisteredClient?> Lock(NpgsqlConnection connection, string clientId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand($"select {Columns} from clients.clients where client_id = $1 for update", connection);
        command.Parameters.Add(new() { Value = clientId });
        await using var rows = await command.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel) ? Read(rows) : null;
    }

    /// <summary>
    /// A locked client as it is from now on. With a secret the present one becomes the previous one, and the one before that falls away.
    /// The services learn who is disabled.
    /// </summary>
    public static async Task Save(NpgsqlConnection connection, RegisteredClient client, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        var save = new NpgsqlBatchCommand("""
            update clients.clients set name = $2, division = $3, unit = $4, roles = $5, subjects = $6, rotated = $7, disabled = $8, policy = $9, version = $10,
                previous_secret = case when $11::bytea is null then previous_secret else secret end, secret = coalesce($11, secret)
            where client_id = $1
            """);
        save.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = client.ClientId }, new() { Value = client.Name }, new() { Value = client.Division }, Text(client.Unit),
            new() { Value = client.Roles }, new() { Value = client.Subjects },
            new() { Value = (object?)client.Rotated ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            new() { Value = (object?)client.Disabled ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            PolicyOf(client), new() { Value = client.Version },
            new() { Value = client.Secret is { } secret ? Hash(secret) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
        });
        batch.BatchCommands.Add(save);
        var told = new NpgsqlBatchCommand(client.Disabled is null
            ? "delete from keys.disabled_clients where client_id = $1"
            : """
              with now_revoked as (insert into keys.revoked values ($1, $2) on conflict (client_id) do update set through = greatest(revoked.through, excluded.through)),
                  expired as (delete from keys.revoked where through < now() - interval '30 days' and client_id <> $1)
              insert into keys.disabled_clients values ($1, $2) on conflict do nothing
              """);
        told.Parameters.Add(new() { Value = client.ClientId });
        if (client.Disabled is { } since)
            told.Parameters.Add(new() { Value = since });
        batch.BatchCommands.Add(told);
        await batch.ExecuteNonQueryAsync(cancel);
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static NpgsqlParameter[] ParametersOf(RegisteredClient client, string secret) =>
    [
        new() { Value = client.ClientId },
        new() { Value = client.Name },
        new() { Value = client.Division },
        Text(client.Unit),
        new() { Value = client.Roles },
        new() { Value = client.Subjects },
        new() { Value = Hash(secret) },
        new() { Value = client.Created },
        new() { Value = client.CreatedBy },
    ];

    private static NpgsqlParameter Text(string? text) => new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter PolicyOf(RegisteredClient client) => new()
    {
        Value = client.Policy is { } policy ? JsonSerializer.Serialize(policy, WireJson.Options) : DBNull.Value,
        NpgsqlDbType = NpgsqlDbType.Jsonb,
    };

    private static RegisteredClient Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
        row.GetFieldValue<string[]>(4), row.GetFieldValue<string[]>(5),
        row.GetFieldValue<DateTimeOffset>(6), row.GetString(7),
        row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
        row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9),
        row.IsDBNull(10) ? null : JsonSerializer.Deserialize<RatePolicy>(row.GetString(10), WireJson.Options),
        row.GetInt32(11));
}

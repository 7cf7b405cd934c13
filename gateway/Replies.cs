using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.DataProtection;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

/// <summary>What a command is answered, now and whenever it is sent again.</summary>
internal sealed record Reply(int Status, byte[] Body, string? ETag, string? Location, bool Replayed = false) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = Status < 300 ? "application/json; charset=utf-8" : "application/problem+json";
        response.ContentLength = Body.Length;
        // It may hold a secret.
        response.Headers.CacheControl = "no-store";
        if (ETag is not null)
            response.Headers.ETag = ETag;
        if (Location is not null)
            response.Headers.Location = Location;
        if (Replayed)
            response.Headers["Idempotency-Replayed"] = "true";
        await response.Body.WriteAsync(Body, httpContext.RequestAborted);
    }
}

/// <summary>
/// Commands about clients, each once for its <c>Idempotency-Key</c>: change and reply commit together, and of those that come at the same
/// time with one key all but the first wait and get its reply, at whatever process they arrive. A reply may hold a secret that is kept
/// nowhere else, so it lies protected by the key ring. Kept for 30 days.
/// </summary>
internal sealed class Replies(NpgsqlDataSource database, IDataProtectionProvider protection)
{
    private readonly IDataProtector _protector = protection.CreateProtector("Restoration.StoredReply", "v1");

    /// <param name="act">Reads the body and acts in the transaction; what is refused as malformed or moved is not stored.</param>
    /// <param name="done">What follows when it is committed; not for a replay.</param>
    public async Task<IResult> Once<TBody>(
        HttpContext http, Func<TBody, NpgsqlConnection, Task<(RegisteredClient? Client, Refusal? Refusal)>> act, Func<RegisteredClient, Task> done, string? location = null)
        where TBody : class
    {
        if (Preconditions.Key(http, out var scope, out var key) is { } keyless)
            return Problems.Of(keyless);
        var bytes = await Bytes(http);
        var payload = SHA256.HashData(bytes);
        var cancel = http.RequestAborted;
        await using var connection = await database.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        if (await Find(connection, scope, key, payload, cancel) is { } stored)
            return stored;

        var (client, refusal) = await act(Read<TBody>(bytes), connection);
        if (refusal is { Kind: not (RefusalKind.NotFound or RefusalKind.Conflict or RefusalKind.Invalid) })
            return Problems.Of(refusal);
        var reply = refusal is not null
            ? new Reply(Problems.StatusOf(refusal.Kind), JsonSerializer.SerializeToUtf8Bytes(Problems.Of(refusal).For(http), WireJson.Options), null, null)
            : new Reply(location is null ? 200 : 201, JsonSerializer.SerializeToUtf8Bytes(client!, WireJson.Options), Preconditions.Tag(client!.Version),
                location is null ? null : $"{location}/{client.ClientId}");
        await Store(connection, scope, key, payload, reply, cancel);
        // From here on it happens, whether or not the caller still waits for the answer.
        await transaction.CommitAsync(CancellationToken.None);
        if (client is not null)
            await done(client);
        return reply;
    }

    public static async Task<byte[]> Bytes(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        return buffer.ToArray();
    }

    /// <summary>Nothing is as good as <c>{}</c>. What has not the right form is answered as everywhere, with where and why.</summary>
    public static T Read<T>(byte[] bytes) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(bytes.Length == 0 ? "{}"u8 : bytes, WireJson.Options) ?? throw new JsonException();
        }
        catch (JsonException json)
        {
            throw new BadHttpRequestException("The body is malformed.", json);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // Half a surrogate pair in the name of a member.
            throw new BadHttpRequestException("The body is malformed.", new JsonException(null, e));
        }
    }

    /// <summary>RFC 7396.</summary>
    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var merged = target as JsonObject ?? [];
        foreach (var (name, value) in changes)
        {
            var present = merged[name];
            merged.Remove(name);
            if (value is not null)
                merged[name] = Merge(present, value);
        }

        return merged;
    }

    private async Task<IResult?> Find(NpgsqlConnection connection, string scope, string key, byte[] payload, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))") { Parameters = { new() { Value = scope }, new() { Value = key } } });
        batch.BatchCommands.Add(new("select payload, status, body, etag, location from clients.replies where scope = $1 and key = $2")
        {
            Parameters = { new() { Value = scope }, new() { Value = key } },
        });
        await using var rows = await batch.ExecuteReaderAsync(cancel);
        await rows.NextResultAsync(cancel);
        if (!await rows.ReadAsync(cancel))
            return null;
        return rows.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(payload)
            ? new Reply(rows.GetInt32(1), _protector.Unprotect(rows.GetFieldValue<byte[]>(2)), rows.IsDBNull(3) ? null : rows.GetString(3),
                rows.IsDBNull(4) ? null : rows.GetString(4), Replayed: true)
            : Problems.Of(Refusal.Invalid("idempotency-key.reused", "This Idempotency-Key was used with another request."));
    }

    private async Task Store(NpgsqlConnection connection, string scope, string key, byte[] payload, Reply reply, CancellationToken cancel)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new("delete from clients.replies where recorded < now() - interval '30 days'"));
        batch.BatchCommands.Add(new("insert into clients.replies (scope, key, payload, status, body, etag, location) values ($1, $2, $3, $4, $5, $6, $7)")
        {
            Parameters =
            {
                new() { Value = scope }, new() { Value = key }, new() { Value = payload }, new() { Value = reply.Status }, new() { Value = _protector.Protect(reply.Body) },
                new() { Value = (object?)reply.ETag ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)reply.Location ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            },
        });
        await batch.ExecuteNonQueryAsync(cancel);
    }
}

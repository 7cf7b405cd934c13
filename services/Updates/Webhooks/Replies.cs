using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Webhooks;

/// <summary>What a command is answered, now and whenever it is sent again.</summary>
public sealed record Reply(int Status, byte[] Body, string? ETag, string? Location, long Position, string? Language, bool Replayed = false) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = Status < 300 ? "application/json; charset=utf-8" : "application/problem+json";
        response.ContentLength = Body.Length;
        response.Headers.CacheControl = "no-store"; // it may hold a secret
        response.Headers["X-Position"] = $"updates:{Position}";
        if (Language is not null) (response.Headers.ContentLanguage, response.Headers.Vary) = (Language, "Accept-Language");
        if (ETag is not null) response.Headers.ETag = ETag;
        if (Location is not null) response.Headers.Location = Location;
        if (Replayed) response.Headers["Idempotency-Replayed"] = "true";
        await response.Body.WriteAsync(Body, httpContext.RequestAborted);
    }
}

/// <summary>
/// Commands about subscriptions, each once for its <c>Idempotency-Key</c>: change and reply commit together, and of those that come at the
/// same time with one key all but the first wait and get its reply, at whatever replica they arrive. Kept for 30 days, sealed.
/// </summary>
public sealed class Replies(NpgsqlDataSource database, Seal seal)
{
    /// <param name="act">Acts in the transaction; what is refused as malformed, forbidden or moved is not stored.</param>
    public async Task<IResult> Once<TBody, TAnswer>(
        HttpContext http, JsonTypeInfo<TBody> type, Func<TBody, NpgsqlConnection, Task<Outcome<TAnswer>>> act, JsonTypeInfo<TAnswer> answer)
        where TBody : class where TAnswer : class
    {
        if (Preconditions.Key(http, out var scope, out var key) is { } keyless) return Problems.Of(keyless);
        var bytes = await Commands.Bytes(http);
        var payload = SHA256.HashData(bytes);
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if (await Find(connection, scope, key, payload, http.RequestAborted) is { } stored) return stored;

        var faults = new List<Fault>();
        if (Read(bytes, type, faults) is not { } body) return Malformed(faults);
        var (value, version, refusal, location) = await act(body, connection);
        if (refusal is { Kind: not (RefusalKind.NotFound or RefusalKind.Conflict or RefusalKind.Invalid) }) return Problems.Of(refusal);
        var reply = new Reply(
            refusal is not null ? Problems.StatusOf(refusal.Kind) : location is null ? StatusCodes.Status200OK : StatusCodes.Status201Created,
            refusal is not null ? JsonSerializer.SerializeToUtf8Bytes(Problems.Of(refusal).For(http), WireJson.Options) : JsonSerializer.SerializeToUtf8Bytes(value!, answer),
            version > 0 ? Preconditions.Tag(version) : null, location, await SubscriptionFacts.Head(connection, http.RequestAborted),
            refusal is not null ? Problems.LanguageOf(http.Request) : null);
        await Store(connection, scope, key, payload, reply, http.RequestAborted);
        await transaction.CommitAsync(CancellationToken.None);
        return reply;
    }

    /// <summary>Nothing is as good as <c>{}</c>.</summary>
    public static T? Read<T>(byte[] bytes, JsonTypeInfo<T> type, List<Fault> faults) where T : class =>
        Body.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes, faults) is { } json ? Body.Read(json, type, "#", faults) : null;

    public static ProblemResult Malformed(List<Fault> faults) =>
        Problems.Of(Refusal.Malformed("body.malformed", "The body does not have the right form.", faults));

    private async Task<IResult?> Find(NpgsqlConnection connection, string scope, string key, byte[] payload, CancellationToken stop)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))") { Parameters = { new() { Value = scope }, new() { Value = key } } },
                new("select payload, status, body, etag, location, position, language from webhooks.replies where scope = $1 and key = $2")
                {
                    Parameters = { new() { Value = scope }, new() { Value = key } },
                },
            },
        };
        await using var rows = await batch.ExecuteReaderAsync(stop);
        await rows.NextResultAsync(stop);
        if (!await rows.ReadAsync(stop)) return null;
        return rows.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(payload)
            ? new Reply(rows.GetInt32(1), await seal.Open(rows.GetFieldValue<byte[]>(2)), rows.IsDBNull(3) ? null : rows.GetString(3),
                rows.IsDBNull(4) ? null : rows.GetString(4), rows.GetInt64(5), rows.IsDBNull(6) ? null : rows.GetString(6), Replayed: true)
            : Problems.Of(Refusal.Invalid("idempotency-key.reused", "This Idempotency-Key was used with another request."));
    }

    private async Task Store(NpgsqlConnection connection, string scope, string key, byte[] payload, Reply reply, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into webhooks.replies (scope, key, payload, status, body, etag, location, position, language) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """, connection)
        {
            Parameters =
            {
                new() { Value = scope }, new() { Value = key }, new() { Value = payload }, new() { Value = reply.Status }, new() { Value = seal.Close(reply.Body) },
                new() { Value = (object?)reply.ETag ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)reply.Location ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = reply.Position },
                new() { Value = (object?)reply.Language ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            },
        };
        await command.ExecuteNonQueryAsync(stop);
    }
}

/// <summary>What came of a command: an answer with the version of its resource (0: none), or a refusal.</summary>
public readonly record struct Outcome<T>(T? Value, long Version, Refusal? Refusal = null, string? Location = null) where T : class
{
    public static implicit operator Outcome<T>(Refusal refusal) => new(null, 0, refusal);
}

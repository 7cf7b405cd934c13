using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Npgsql;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

/// <summary>What the operator decides about a client.</summary>
/// <param name="Division">Code or slug of what it is responsible for, with everything below.</param>
/// <param name="Unit">Its department, matched with lead units.</param>
/// <param name="Subjects">The mines, sections or layers a source may post for.</param>
/// <param name="Policy">How fast it may ask; left out: as fast as every client.</param>
internal record ClientContent(
    string Name, string Division, string[] Roles, string? Unit = null, string[]? Subjects = null, RatePolicy? Policy = null);

/// <summary>What the operator sends to register a client; without an id one is drawn.</summary>
internal sealed record NewClient(
    string Name, string Division, string[] Roles, string? ClientId = null, string? Unit = null, string[]? Subjects = null, RatePolicy? Policy = null)
    : ClientContent(Name, Division, Roles, Unit, Subjects, Policy);

/// <summary>A JSON merge patch (RFC 7396): what is left out stays, what is null goes.</summary>
internal sealed record ClientPatch(
    string? Name = null, string? Division = null, string[]? Roles = null, string? Unit = null, string[]? Subjects = null, RatePolicy? Policy = null);

/// <summary>Nothing to say but the act itself.</summary>
internal sealed record Nothing;

internal sealed record ClientPage(IReadOnlyList<RegisteredClient> Items, string? Next);

/// <summary><c>/v1/clients</c>, for operators.</summary>
internal static partial class ClientEndpoints
{
    private const int MostAtOnce = 500;

    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        var clients = routes.MapGroup("/v1/clients").WithTags("clients").RequireRoles(Roles.Operator).RefusingUnknownParameters();
        clients.MapGet("", List).Produces<ClientPage>().ProducesProblem(400).WithSummary("All clients, by id.");
        clients.MapGet("{clientId}", Get).Produces<RegisteredClient>().Produces(304).ProducesProblem(404)
            .Header("If-None-Match", "The ETag that was read; 304 where that is still the version.").WithSummary("One client; its secret is never shown again.");
        clients.MapPost("", Register).Accepts<NewClient>("application/json").Produces<RegisteredClient>(201).Commands(409)
            .WithSummary("Registers a client. The secret is in this answer and nowhere else.");
        clients.MapPatch("{clientId}", Patch).Accepts<ClientPatch>("application/merge-patch+json", "application/json")
            .Produces<RegisteredClient>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(412).ProducesProblem(422).ProducesProblem(428)
            .Header("If-Match", "The ETag that was read; 412 when the client has been changed since.", required: true)
            .WithSummary("Changes a client by a JSON merge patch (RFC 7396).")
            .WithDescription("Tokens that are out say what they said until they expire, 15 minutes at most by default: a role that is taken away can still be used "
                + "so long, unless the client is disabled. A policy is in force at once here, and within 30 seconds at every other process of the gateway.");
        clients.MapPost("{clientId}/rotate", (string clientId, HttpContext http, Replies replies, TimeProvider time, ILogger<Clients> logger) =>
                Change(clientId, http, replies, c => c with { Rotated = time.GetUtcNow(), Secret = Clients.NewSecret() }, c => Say(Log.Rotated, logger, c, http)))
            .Accepts<Nothing>(isOptional: true, "application/json").Produces<RegisteredClient>().Commands(404)
            .WithSummary("Gives a new secret. The one before it stays valid until the next rotation; an older one falls away.");
        clients.MapPost("{clientId}/disable", (string clientId, HttpContext http, Replies replies, TimeProvider time, TokenAuthority authority, ILogger<Clients> logger) =>
                Change(clientId, http, replies, c => c with { Disabled = c.Disabled ?? time.GetUtcNow() }, c => Say(Log.Disabled, logger, c, http, authority.Refresh())))
            .Accepts<Nothing>(isOptional: true, "application/json").Produces<RegisteredClient>().Commands(404)
            .WithSummary("No new tokens at once; those already out are refused within a minute.");
        clients.MapPost("{clientId}/enable", (string clientId, HttpContext http, Replies replies, TokenAuthority authority, ILogger<Clients> logger) =>
                Change(clientId, http, replies, c => c with { Disabled = null }, c => Say(Log.Enabled, logger, c, http, authority.Refresh())))
            .Accepts<Nothing>(isOptional: true, "application/json").Produces<RegisteredClient>().Commands(404)
            .WithSummary("Undoes disable: its secrets give tokens again.")
            .WithDescription("Tokens from before it was disabled stay refused. Where a secret was stolen, rotate twice before.");
    }

    private static Task<IResult> Register(
        HttpContext http, Replies replies, RateLimits limits, TimeProvider time, ILogger<Clients> logger) => replies.Once<NewClient>(http, async (body, connection) =>
        {
            if (Faults(body, body.ClientId) is { Count: > 0 } faults)
                return (null, Refusal.Invalid("client.invalid", "The client cannot be registered like this.", faults));
            var id = body.ClientId ?? $"client-{RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 10)}";
            var client = Of(body, new RegisteredClient(id, "", "", null, [], [], time.GetUtcNow(), http.Client().Id)) with { Secret = Clients.NewSecret() };
            return await Clients.Add(connection, client, client.Secret, http.RequestAborted) ? (client, null)
                : (null, Refusal.Conflict("client.exists", "There is a client of this id; its secret can be rotated, not shown again."));
        }, client => Say(Log.Registered, logger, client, http, client.Policy is null ? Task.CompletedTask : limits.Refresh(CancellationToken.None)), "/v1/clients");

    /// <summary>A command without a body; one that leaves all as it is has the same answer, and no new version.</summary>
    private static Task<IResult> Change(
        string clientId, HttpContext http, Replies replies, Func<RegisteredClient, RegisteredClient> change, Func<RegisteredClient, Task> done) =>
        replies.Once<Nothing>(http, async (_, connection) =>
        {
            if (await Clients.Lock(connection, clientId, http.RequestAborted) is not { } client)
                return (null, Unknown);
            if (Preconditions.Moved(http.Request.Headers.IfMatch, client.Version) is { } moved)
                return (null, moved);
            var changed = change(client);
            if (changed == client)
                return (client, null);
            changed = changed with { Version = client.Version + 1 };
            await Clients.Save(connection, changed, http.RequestAborted);
            return (changed, null);
        }, done);

    private static async Task<IResult> Patch(
        string clientId, HttpContext http, NpgsqlDataSource database, RateLimits limits, ILogger<Clients> logger)
    {
        var expected = http.Request.Headers.IfMatch;
        if (expected.Count == 0)
            return Problems.Of(StatusCodes.Status428PreconditionRequired, "precondition.required", "Send If-Match with the ETag that was read.");
        var patch = Replies.Read<JsonObject>(await Replies.Bytes(http));
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if (await Clients.Lock(connection, clientId, http.RequestAborted) is not { } client)
            return Problems.Of(Unknown);
        if (Preconditions.Moved(expected, client.Version) is { } moved)
            return Problems.Of(moved);
        var present = new ClientContent(client.Name, client.Division, client.Roles, client.Unit, client.Subjects, client.Policy);
        var merged = Replies.Merge(JsonSerializer.SerializeToNode(present, WireJson.Options), patch);
        var content = Replies.Read<ClientContent>(JsonSerializer.SerializeToUtf8Bytes(merged, WireJson.Options));
        if (Faults(content, null) is { Count: > 0 } faults)
            return Problems.Of(Refusal.Invalid("client.invalid", "The client cannot be changed like this.", faults));

        var changed = Of(content, client) with { Version = client.Version + 1 };
        await Clients.Save(connection, changed, http.RequestAborted);
        await transaction.CommitAsync(CancellationToken.None);
        await Say(Log.Changed, logger, changed, http, limits.Refresh(CancellationToken.None));
        http.Response.Headers.ETag = Preconditions.Tag(changed.Version);
        return TypedResults.Ok(changed);
    }

    private static async Task<IResult> List(Clients clients, HttpContext context, int limit = 50, string? cursor = null)
    {
        var after = "";
        if (limit is < 1 or > MostAtOnce)
            return Problems.Of(Refusal.Malformed("parameter.malformed", $"limit is 1 to {MostAtOnce}."));
        if (cursor is not null && !TryDecode(cursor, out after))
            return Problems.Of(Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it."));

        var found = await clients.List(after, limit + 1, context.RequestAborted);
        if (found.Count <= limit)
            return TypedResults.Ok(new ClientPage(found, null));
        found.RemoveAt(limit);
        var next = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(found[^1].ClientId));
        context.Response.Headers.Link = $"</v1/clients?limit={limit}&cursor={next}>; rel=\"next\"";
        return TypedResults.Ok(new ClientPage(found, next));
    }

    private static async Task<IResult> Get(string clientId, Clients clients, HttpContext http)
    {
        if (await clients.Find(clientId, http.RequestAborted) is not { } client)
            return Problems.Of(Unknown);
        http.Response.Headers.ETag = Preconditions.Tag(client.Version);
        http.Response.Headers.CacheControl = "private, no-cache";
        return Preconditions.IsKnown(http.Request, client.Version) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(client);
    }

    private static Task Say(Action<ILogger, string, string> log, ILogger logger, RegisteredClient client, HttpContext http, Task? then = null)
    {
        log(logger, client.ClientId, http.Client().Id);
        return then ?? Task.CompletedTask;
    }

    private static RegisteredClient Of(ClientContent content, RegisteredClient client) => client with
    {
        Name = content.Name.Trim(),
        Division = content.Division,
        Unit = content.Unit,
        Roles = [.. content.Roles.Distinct()],
        Subjects = content.Subjects ?? [],
        Policy = content.Policy,
    };

    private static Refusal Unknown => Refusal.NotFound("client.unknown", "There is no client of this id.");

    private static List<Fault> Faults(ClientContent body, string? clientId)
    {
        var faults = new List<Fault>();
        if (clientId is { } id && !Slug().IsMatch(id))
            faults.Add(new("#/clientId", "2 to 64 lower-case letters, digits, dots, underscores or hyphens, a letter or digit first."));
        if (!IsText(body.Name))
            faults.Add(new("#/name", "1 to 200 characters."));
        if (body.Division != Client.Everywhere && !Division().IsMatch(body.Division))
            faults.Add(new("#/division", "A division code or slug."));
        if (body.Division == Client.Everywhere && body.Roles.Any(r => r != Roles.Operator))
            faults.Add(new("#/division", $"'{Client.Everywhere}' is for operators alone."));
        if (body.Unit is { } unit && !IsText(unit))
            faults.Add(new("#/unit", "1 to 200 characters, or left out."));
        if (body.Roles.Length == 0)
            faults.Add(new("#/roles", "At least one role."));
        faults.AddRange(body.Roles.Index().Where(r => r.Item is null || !Roles.All.Contains(r.Item))
            .Select(r => new Fault($"#/roles/{r.Index}", $"Roles are {string.Join(", ", Roles.All.Order())}.")));
        if (body.Subjects is { } subjects && (subjects.Length > 1000 || subjects.Any(s => !IsText(s))))
            faults.Add(new("#/subjects", "At most 1,000 ids of 1 to 200 characters."));
        if (body.Policy?.IsValid() == false)
            faults.Add(new("#/policy", "1 to 10,000,000 requests in 1 to 86,400 seconds; its name, if any, of up to 64 letters, digits, hyphens or underscores."));
        return faults;
    }

    private static bool IsText(string? text) => text?.Trim() is { Length: > 0 and <= 200 } && !text.Any(char.IsControl);

    private static bool TryDecode(string cursor, out string after)
    {
        try
        {
            after = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor));
            return Slug().IsMatch(after);
        }
        catch (FormatException)
        {
            after = "";
            return false;
        }
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{1,63}\z")]
    private static partial Regex Slug();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{1,63}\z")]
    private static partial Regex Division();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Client {ClientId} was registered by {Operator}")]
        public static partial void Registered(ILogger logger, string clientId, string @operator);

        [LoggerMessage(4, LogLevel.Information, "Client {ClientId} was enabled by {Operator}")]
        public static partial void Enabled(ILogger logger, string clientId, string @operator);

        [LoggerMessage(5, LogLevel.Information, "Client {ClientId} was changed by {Operator}")]
        public static partial void Changed(ILogger logger, string clientId, string @operator);

        [LoggerMessage(2, LogLevel.Information, "The secret of client {ClientId} was rotated by {Operator}")]
        public static partial void Rotated(ILogger logger, string clientId, string @operator);

        [LoggerMessage(3, LogLevel.Information, "Client {ClientId} was disabled by {Operator}")]
        public static partial void Disabled(ILogger logger, string clientId, string @operator);
    }
}

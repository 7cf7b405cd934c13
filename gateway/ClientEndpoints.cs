using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

/// <summary>What the operator sends to register a client; without an id one is drawn.</summary>
internal sealed record NewClient(
    string Name, string Division, string[] Roles, string? ClientId = null, string? Unit = null, string[]? Subjects = null);

internal sealed record ClientPage(IReadOnlyList<RegisteredClient> Items, string? Next);

/// <summary><c>/v1/clients</c>, for operators.</summary>
internal static partial class ClientEndpoints
{
    private const int MostAtOnce = 500;

    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        var clients = routes.MapGroup("/v1/clients").WithTags("clients").RequireRoles(Roles.Operator).RefusingUnknownParameters();
        clients.MapPost("", Register).ProducesProblem(409).ProducesProblem(422)
            .WithSummary("Registers a client. The secret is in this answer and nowhere else.");
        clients.MapGet("", List).WithSummary("All clients, by id.");
        clients.MapGet("{clientId}", Get).ProducesProblem(404);
        clients.MapPost("{clientId}/rotate", Rotate).ProducesProblem(404)
            .WithSummary("Gives a new secret. The one before it stays valid until the next rotation; an older one falls away.");
        clients.MapPost("{clientId}/disable", Disable).ProducesProblem(404)
            .WithSummary("No new tokens at once; those already out are refused within a minute.");
    }

    private static async Task<Results<Created<RegisteredClient>, ProblemResult>> Register(
        NewClient body, Clients clients, TimeProvider time, HttpContext context, ILogger<Clients> logger)
    {
        if (Faults(body) is { Count: > 0 } faults)
            return Problems.Of(Refusal.Invalid("client.invalid", "The client cannot be registered like this.", faults));
        var id = body.ClientId ?? $"client-{RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 10)}";
        var client = new RegisteredClient(id, body.Name.Trim(), body.Division, body.Unit, [.. body.Roles.Distinct()], body.Subjects ?? [],
            time.GetUtcNow(), context.Client().Id, null, null);
        var secret = Clients.NewSecret();
        if (!await clients.Add(client, secret, context.RequestAborted))
            return Problems.Of(Refusal.Conflict("client.exists", "There is a client of this id; its secret can be rotated, not shown again."));
        Log.Registered(logger, id, client.CreatedBy);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Created($"/v1/clients/{id}", client with { Secret = secret });
    }

    private static async Task<Results<Ok<ClientPage>, ProblemResult>> List(
        Clients clients, HttpContext context, int limit = 50, string? cursor = null)
    {
        var after = "";
        if (cursor is not null && !TryDecode(cursor, out after))
            return Problems.Of(Refusal.Malformed("cursor.malformed", "The cursor is not one that was given here."));
        if (limit is < 1 or > MostAtOnce)
            return Problems.Of(Refusal.Malformed("limit.malformed", $"limit is between 1 and {MostAtOnce}."));

        var found = await clients.List(after, limit + 1, context.RequestAborted);
        if (found.Count <= limit)
            return TypedResults.Ok(new ClientPage(found, null));
        found.RemoveAt(limit);
        var next = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(found[^1].ClientId));
        context.Response.Headers.Link = $"</v1/clients?limit={limit}&cursor={next}>; rel=\"next\"";
        return TypedResults.Ok(new ClientPage(found, next));
    }

    private static async Task<Results<Ok<RegisteredClient>, ProblemResult>> Get(string clientId, Clients clients, CancellationToken cancel) =>
        await clients.Find(clientId, cancel) is { } client ? TypedResults.Ok(client) : Unknown;

    private static async Task<Results<Ok<RegisteredClient>, ProblemResult>> Rotate(
        string clientId, Clients clients, HttpContext context, ILogger<Clients> logger)
    {
        var secret = Clients.NewSecret();
        if (!await clients.Rotate(clientId, secret, context.RequestAborted)
            || await clients.Find(clientId, context.RequestAborted) is not { } client)
            return Unknown;
        Log.Rotated(logger, clientId, context.Client().Id);
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(client with { Secret = secret });
    }

    private static async Task<Results<Ok<RegisteredClient>, ProblemResult>> Disable(
        string clientId, Clients clients, TokenAuthority authority, HttpContext context, ILogger<Clients> logger)
    {
        if (!await clients.Disable(clientId, context.RequestAborted)
            || await clients.Find(clientId, context.RequestAborted) is not { } client)
            return Unknown;
        Log.Disabled(logger, clientId, context.Client().Id);
        await authority.Refresh();
        return TypedResults.Ok(client);
    }

    private static ProblemResult Unknown => Problems.Of(Refusal.NotFound("client.unknown", "There is no client of this id."));

    private static List<Fault> Faults(NewClient body)
    {
        var faults = new List<Fault>();
        if (body.ClientId is { } id && !Slug().IsMatch(id))
            faults.Add(new("#/clientId", "2 to 64 lower-case letters, digits, dots, underscores or hyphens, a letter or digit first."));
        if (body.Name.Trim() is { Length: 0 or > 200 })
            faults.Add(new("#/name", "1 to 200 characters."));
        if (body.Division != Client.Everywhere && !Division().IsMatch(body.Division))
            faults.Add(new("#/division", "A division code or slug."));
        if (body.Division == Client.Everywhere && body.Roles.Any(r => r != Roles.Operator))
            faults.Add(new("#/division", $"'{Client.Everywhere}' is for operators alone."));
        if (body.Unit is { } unit && unit.Trim() is { Length: 0 or > 200 })
            faults.Add(new("#/unit", "1 to 200 characters, or left out."));
        if (body.Roles.Length == 0)
            faults.Add(new("#/roles", "At least one role."));
        faults.AddRange(body.Roles.Index().Where(r => !Roles.All.Contains(r.Item))
            .Select(r => new Fault($"#/roles/{r.Index}", $"Roles are {string.Join(", ", Roles.All.Order())}.")));
        if (body.Subjects is { } subjects && (subjects.Length > 1000 || subjects.Any(s => s is not { Length: > 0 and <= 200 })))
            faults.Add(new("#/subjects", "At most 1,000 ids of 1 to 200 characters."));
        return faults;
    }

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

        [LoggerMessage(2, LogLevel.Information, "The secret of client {ClientId} was rotated by {Operator}")]
        public static partial void Rotated(ILogger logger, string clientId, string @operator);

        [LoggerMessage(3, LogLevel.Information, "Client {ClientId} was disabled by {Operator}")]
        public static partial void Disabled(ILogger logger, string clientId, string @operator);
    }
}

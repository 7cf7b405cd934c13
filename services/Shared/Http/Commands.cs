using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>What every command answers.</summary>
/// <param name="Id">Of the resource.</param>
/// <param name="State">Where the command left it, in the words of the resource.</param>
/// <param name="Version">The number of the last event about it; also the <c>ETag</c>.</param>
/// <param name="Warnings">What was recorded all the same, and is worth a second look.</param>
public sealed record Acknowledged(string Id, string State, long Version, IReadOnlyList<Fault>? Warnings = null);

/// <summary>A command ready to be carried out.</summary>
/// <param name="Version">The version of the resource, for <c>If-Match</c>; 0 where there is none yet.</param>
/// <param name="Decide">The decision, from the decider.</param>
/// <param name="Answer">What to answer when it was accepted.</param>
/// <param name="Location">The path of a resource it creates; the answer is then 201.</param>
public sealed record Command(
    Func<Streams, long> Version, Func<Streams, Refusal?> Decide, Func<Streams, Acknowledged> Answer, string? Location = null);

/// <summary>What a route's translation of its body makes: a command, or a refusal such as a division that is not the caller's.</summary>
public readonly record struct Translated(Command? Command, Refusal? Refusal)
{
    public static implicit operator Translated(Command command) => new(command, null);
    public static implicit operator Translated(Refusal refusal) => new(null, refusal);
}

/// <summary>
/// The writing half of conventions §4, once for all routes: <c>Idempotency-Key</c> with a stored reply, then <c>If-Match</c>, then the
/// decision, in one transaction with its events.
/// </summary>
public static class Commands
{
    /// <summary>Carries out a POST. The stored reply is looked up before the body is even judged.</summary>
    public static async Task<IResult> Post<TBody>(HttpContext http, JsonTypeInfo<TBody> type, Func<TBody, ValueTask<Translated>> translate) where TBody : class
    {
        if (Preconditions.Key(http, out var scope, out var text) is { } keyless)
        {
            return Problems.Of(keyless);
        }

        var bytes = await Bytes(http);
        var key = new ReplyKey(scope, text, SHA256.HashData(bytes));
        var db = http.RequestServices.GetRequiredService<NpgsqlDataSource>();
        if (await StoredReplies.Find(db, key) is { } stored)
        {
            return stored.Same
                ? new ReplyResult(stored.Reply, stored.Position, Replayed: true)
                : Problems.Of(Refusal.Invalid("idempotency-key.reused", "This Idempotency-Key was used with another request."));
        }

        var faults = new List<Fault>();
        var body = Body.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes, faults) is { } json ? Body.Read(json, type, "#", faults) : null;
        if (body is null)
        {
            return Problems.Of(Refusal.Malformed("body.malformed", "The body does not have the right form.", faults));
        }

        var expected = http.Request.Headers.IfMatch;
        var translated = await translate(body);
        if (translated.Refusal is { } refused)
        {
            return Problems.Of(refused);
        }

        var command = translated.Command!;
        var outcome = await http.RequestServices.GetRequiredService<EventLog>().Write(new Work
        {
            Decide = streams => Preconditions.Moved(expected, command.Version(streams)) ?? command.Decide(streams),
            Key = key,
            Answer = (streams, refusal) => ReplyTo(http, command, streams, refusal),
            Headers = Traces.Headers($"/{http.Request.Path.Value!.Trim('/')}", null),
            Correlation = Traces.Correlation,
            Bytes = bytes.Length,
        });
        return outcome switch
        {
            { Reply: { } reply } => new ReplyResult(reply, outcome.Position, outcome.Kind == OutcomeKind.Replayed),
            { Refusal: { } refusal } => Problems.Of(refusal),
            _ => throw new InvalidOperationException("A command was accepted without an answer."),
        };
    }

    private sealed record OncePerKey;

    /// <summary>Acts that a person answers for: what the services refuse without its number, as the walks over all routes ask.</summary>
    private static readonly string[] s_answeredFor = ["verify", "approve", "accept", "submit", "self-check", "pay", "execute", "allocations"];

    /// <summary>
    /// An operator's act, which appends nothing: its reply is stored after it was done. A process that dies between the two lets it be done
    /// once more, which these acts are made for.
    /// </summary>
    public static RouteHandlerBuilder Once(this RouteHandlerBuilder route) => route.WithMetadata(new OncePerKey()).AddEndpointFilter(async (call, next) =>
    {
        var http = call.HttpContext;
        if (Preconditions.Key(http, out var scope, out var text) is { } unusable)
        {
            return Problems.Of(unusable);
        }

        var bytes = await Bytes(http);
        var key = new ReplyKey(scope, text, SHA256.HashData([.. Encoding.UTF8.GetBytes($"{http.Request.QueryString}\n"), .. bytes]));
        if (await StoredReplies.Find(http.RequestServices.GetRequiredService<NpgsqlDataSource>(), key) is { } stored)
        {
            return stored.Same
                ? new ReplyResult(stored.Reply, 0, Replayed: true)
                : Problems.Of(Refusal.Invalid("idempotency-key.reused", "This Idempotency-Key was used with another request."));
        }

        http.Request.Body = new MemoryStream(bytes);
        var (response, body) = (http.Response, http.Response.Body);
        using var said = new MemoryStream();
        response.Body = said;
        try
        {
            await ((IResult)(await next(call))!).ExecuteAsync(http);
        }
        finally
        {
            response.Body = body;
        }

        var headers = response.Headers;
        var reply = new Reply(response.StatusCode, response.ContentType, said.ToArray(), headers.ETag, headers.Location, headers.ContentLanguage);
        if (reply.Status is (< 200 or >= 300) and not (404 or 409 or 422))
        {
            return new ReplyResult(reply, 0, Replayed: false);
        }

        var outcome = await http.RequestServices.GetRequiredService<EventLog>().Write(new Work { Decide = _ => null, Key = key, Answer = (_, _) => reply, Bytes = bytes.Length });
        return outcome.Reply is { } kept ? new ReplyResult(kept, 0, outcome.Kind == OutcomeKind.Replayed) : Problems.Of(outcome.Refusal!);
    });

    /// <summary>What every command takes and may answer, for the OpenAPI document.</summary>
    internal static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken stop)
    {
        var once = context.Description.ActionDescriptor.EndpointMetadata.OfType<OncePerKey>().Any();
        if (!once && context.Description.SupportedResponseTypes.All(r => r.Type != typeof(Acknowledged)))
        {
            return Task.CompletedTask;
        }

        operation.Parameters ??= [];
        operation.Parameters.Add(Header("Idempotency-Key", "New for each command, the same for its retries: the stored reply comes again.", required: true));
        if (once)
        {
            operation.Responses ??= [];
            operation.Responses.TryAdd("400", new OpenApiResponse { Description = "Malformed; errors says where." });
            operation.Responses.TryAdd("404", new OpenApiResponse { Description = "No such resource." });
            return Task.CompletedTask;
        }

        operation.Parameters.Add(Header("If-Match", "The ETag that was read; 412 when the resource has moved on since."));
        var answeredFor = s_answeredFor.Contains(context.Description.RelativePath?.Split('/')[^1]);
        operation.Parameters.Add(Header(
            "Restoration-Actor", $"The pseudonymous number of the person behind the act{(answeredFor ? ", who answers for it." : ".")}", answeredFor));
        operation.Responses ??= [];
        foreach (var (status, description) in new[]
        {
            ("400", "Malformed; errors says where."), ("404", "No such resource."), ("409", "The state forbids it."),
            ("412", "The resource has moved on."), ("422", "A rule is broken; errors says where."),
        })
        {
            operation.Responses.TryAdd(status, new OpenApiResponse { Description = description });
        }

        return Task.CompletedTask;

        static OpenApiParameter Header(string name, string description, bool required = false) => new()
        {
            Name = name,
            In = ParameterLocation.Header,
            Required = required,
            Description = description,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };
    }

    public static async Task<byte[]> Bytes(HttpContext http)
    {
        if (http.Request.ContentLength is > 0 and <= Intake.MostBytes and var length)
        {
            var exact = new byte[length];
            await http.Request.Body.ReadExactlyAsync(exact, http.RequestAborted);
            return exact;
        }

        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        return buffer.ToArray();
    }

    /// <summary>Decided commands are stored, with what was decided: accepted, 404, 409, 422. The rest may be tried again.</summary>
    private static Reply? ReplyTo(HttpContext http, Command command, Streams streams, Refusal? refusal)
    {
        if (refusal is null)
        {
            var acknowledged = command.Answer(streams);
            return new Reply(
                command.Location is null ? StatusCodes.Status200OK : StatusCodes.Status201Created, "application/json; charset=utf-8",
                JsonSerializer.SerializeToUtf8Bytes(acknowledged, HttpJson.Api.Acknowledged), Preconditions.Tag(acknowledged.Version), command.Location);
        }

        return refusal.Kind is RefusalKind.NotFound or RefusalKind.Conflict or RefusalKind.Invalid
            ? new Reply(
                Problems.StatusOf(refusal.Kind), "application/problem+json",
                JsonSerializer.SerializeToUtf8Bytes(Problems.Of(refusal).For(http), WireJson.Options), Language: Problems.LanguageOf(http.Request))
            : null;
    }
}

/// <summary>A reply as stored, or as it is about to be.</summary>
internal sealed record ReplyResult(Reply Reply, long Position, bool Replayed) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Reply.Status;
        response.ContentType = Reply.ContentType;
        // A 204 has no body, not even one of no bytes: the server cuts the connection after it.
        response.ContentLength = Reply.Status == StatusCodes.Status204NoContent ? null : Reply.Body.Length;
        (response.Headers.ETag, response.Headers.Location, response.Headers.ContentLanguage) = (Reply.ETag, Reply.Location, Reply.Language);
        if (Replayed)
        {
            response.Headers["Idempotency-Replayed"] = "true";
        }

        if (Reply.Status >= StatusCodes.Status400BadRequest)
            (response.Headers.Vary, response.Headers.CacheControl) = ("Accept-Language", "no-store"); // as problems that are not stored
        response.Headers.XPosition(httpContext, Position);
        if (Reply.Body.Length > 0)
            await response.Body.WriteAsync(Reply.Body, httpContext.RequestAborted);
    }
}

using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

[JsonConverter(typeof(Kebab<VerificationState>))]
public enum VerificationState
{
    /// <summary>Since this process started, none was asked for.</summary>
    None,
    Running,
    Clean,
    Broken,

    /// <summary>Ended by a failure or a restart; what it had found stands.</summary>
    Interrupted,
}

/// <summary>What a verification found.</summary>
/// <param name="Stream">The one that was verified; absent for the whole log.</param>
/// <param name="Through">The highest position when it began.</param>
/// <param name="SealedThrough">Events up to here are held against a signed checkpoint too; beyond, only against their chains.</param>
/// <param name="Checkpoints">How many were looked at.</param>
/// <param name="SignaturesChecked">False where no key is configured.</param>
/// <param name="Found">How many findings; the first thousand are listed.</param>
public sealed record VerificationReport(
    VerificationState State, string? Stream, DateTimeOffset? Started, DateTimeOffset? Finished, long Events, long Streams, long Through, long SealedThrough,
    long Checkpoints, bool SignaturesChecked, long Found, IReadOnlyList<Finding> Findings);

/// <summary>A signed checkpoint: what was recorded at the positions in (after, position].</summary>
/// <param name="Root">SHA-256 of the lines (<c>checkpoints/{number}/lines</c>), lower-case hex.</param>
/// <param name="Previous">Root of the one before.</param>
/// <param name="Signed">The exact text that is signed, UTF-8.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256 over it, DER, base64.</param>
public sealed record CheckpointItem(
    long Number, long Epoch, DateTimeOffset At, long After, long Position, string Root, string? Previous, string KeyId, string Signed, string Signature);

/// <param name="SigningKeyId">The key that signs now; absent where none is configured and nothing is signed.</param>
/// <param name="PublicKeys">PEM by id: compare them with what was published elsewhere.</param>
/// <param name="Next">Cursor of the next page; absent at the end.</param>
public sealed record CheckpointPage(IReadOnlyList<CheckpointItem> Items, string? SigningKeyId, IReadOnlyDictionary<string, string> PublicKeys, string? Next);

/// <summary>Whether the log is as it was recorded: for the operator and the auditor.</summary>
internal static class OpsIntegrity
{
    /// <summary>The whole log names the streams of all divisions: an auditor of it is one of the province.</summary>
    private static async ValueTask<Refusal?> Refuses(HttpContext http)
    {
        var client = http.Client();
        return client.Has(Roles.Operator) || client.Division == Client.Everywhere
            || (await http.RequestServices.GetRequiredService<Territory>().Tree(client.Division)).Find(client.Division) is { Level: "province" }
                ? null
                : Refusal.Forbidden("division.forbidden", "The log is that of the whole province.");
    }

    public static void MapIntegrity(this IEndpointRouteBuilder routes, string service)
    {
        var group = routes.MapGroup($"/v1/{service}/ops").WithTags("operations").RequireRoles(Roles.Operator, Roles.Auditor).RefusingUnknownParameters();
        group.AddEndpointFilter(async (call, next) => await Refuses(call.HttpContext) is { } refusal ? Problems.Of(refusal) : await next(call));
        group.MapGet("verify", Show).Produces<VerificationReport>().WithSummary("What the last verification found, or verify one stream")
            .WithDescription("With stream, that stream is verified now. Without, the last verification of the whole log that was started in this process.");
        group.MapPost("verify", Task<IResult> (HttpContext http, Verifier verifier, SigningKeys keys) => Verify(http, verifier, keys)).Once()
            .Produces<VerificationReport>(202).WithSummary("Verify the whole log").WithDescription("Runs on; GET shows how far it is. One at a time per database.");
        group.MapGet("checkpoints", (HttpContext http, Checkpoints checkpoints, SigningKeys keys, string? cursor, int? limit) =>
            List(http, checkpoints, keys, service, cursor, limit)).Produces<CheckpointPage>().WithSummary("Signed checkpoints, the newest first");
        group.MapPost("checkpoints", async (HttpContext http, Checkpoints checkpoints) =>
        {
            var (checkpoint, refusal) = await checkpoints.Seal(always: false, http.RequestAborted);
            return checkpoint is null ? Problems.Of(refusal!) : Results.Json(Item(checkpoint, service), HttpJson.Api.CheckpointItem);
        }).Once().Produces<CheckpointItem>().WithSummary("Sign what was recorded since the last checkpoint").WithDescription("Where nothing was, the last one is answered.");
        group.MapGet("checkpoints/{number:long}/lines", async (HttpContext http, Checkpoints checkpoints, long number) =>
        {
            var found = await checkpoints.WriteLines(number, Open, http.RequestAborted);
            return found ? Results.Empty : Problems.Of(Refusal.NotFound("checkpoint.unknown", "There is no such checkpoint."));

            Stream Open()
            {
                http.Response.ContentType = "text/plain; charset=utf-8";
                return http.Response.Body;
            }
        }).Produces<string>(200, "text/plain").WithSummary("What a root is over")
            .WithDescription("For each stream recorded in: stream, version, hash, envelope, separated by tabs; their SHA-256 is the root.");
    }

    private static async Task<IResult> Show(HttpContext http, Verification verification, Verifier verifier, SigningKeys keys, TimeProvider clock, string? stream)
    {
        if (stream is null)
            return Results.Json(Of(verifier.Last, keys), HttpJson.Api.VerificationReport);
        var run = new VerificationRun(clock.GetUtcNow(), new LogFindings());
        return await verification.Stream(stream, run.Verified, http.RequestAborted)
            ? Results.Json(Of(run, keys) with { Stream = stream, State = StateOf(run.Verified), Finished = clock.GetUtcNow() }, HttpJson.Api.VerificationReport)
            : Problems.Of(Refusal.NotFound("stream.unknown", "There is no such stream, and no checkpoint knows of one."));
    }

    private static async Task<IResult> Verify(HttpContext http, Verifier verifier, SigningKeys keys)
    {
        if (await verifier.Start(http.RequestAborted) is { } refusal)
            return Problems.Of(refusal);
        http.Response.Headers.Location = http.Request.Path.Value;
        return Results.Json(Of(verifier.Last, keys), HttpJson.Api.VerificationReport, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> List(HttpContext http, Checkpoints checkpoints, SigningKeys keys, string service, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, 1, out var after) is { } refusal)
            return Problems.Of(refusal);
        if (!long.TryParse(after?[0] ?? $"{long.MaxValue}", NumberStyles.None, CultureInfo.InvariantCulture, out var below))
            return Problems.Of(Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it."));
        var most = limit ?? Lists.DefaultLimit;
        var items = (await checkpoints.Newest(below, most + 1, http.RequestAborted)).ConvertAll(c => Item(c, service));
        var next = Lists.Next(http, items, most, item => [item.Number.ToString(CultureInfo.InvariantCulture)]);
        return await Lists.Of(http, new CheckpointPage(items, keys.KeyId, keys.PublicKeys, next), HttpJson.Api.CheckpointPage, items, HttpJson.Api.CheckpointItem, Pages);

        async IAsyncEnumerable<IReadOnlyList<CheckpointItem>> Pages()
        {
            for (var from = long.MaxValue; await checkpoints.Newest(from, Lists.MostItems, http.RequestAborted) is { Count: > 0 } page; from = page[^1].Number)
            {
                yield return page.ConvertAll(c => Item(c, service));
            }
        }
    }

    private static CheckpointItem Item(Checkpoint c, string service) => new(
        c.Number, c.Epoch, c.At.ToUniversalTime(), c.After, c.Position, c.Root, c.Previous, c.KeyId, c.Signed(service), Convert.ToBase64String(c.Signature));

    private static VerificationReport Of(VerificationRun? run, SigningKeys keys) => run is not { Verified: var v }
        ? new(VerificationState.None, null, null, null, 0, 0, 0, 0, 0, keys.KeyId is not null, 0, [])
        : new(
            run switch
            {
                { Finished: null } => VerificationState.Running,
                { Failed: true } => VerificationState.Interrupted,
                _ => StateOf(v),
            },
            null, run.Started, run.Finished, v.Events, v.Streams, v.Through, v.SealedThrough, v.Checkpoints, keys.KeyId is not null, v.Found, v.Findings);

    private static VerificationState StateOf(LogFindings verified) => verified.Found == 0 ? VerificationState.Clean : VerificationState.Broken;
}

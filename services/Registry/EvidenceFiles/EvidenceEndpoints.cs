using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Views;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.EvidenceFiles;

/// <summary>A file of evidence that is kept here.</summary>
/// <param name="Uri">What a report names as the <c>uri</c> of its evidence, so that those who see the figure can read it.</param>
public sealed record EvidenceItem(string Sha256, string ContentType, long Length, string Uri, DateTimeOffset KeptAt);

/// <summary>Evidence kept with us (domain §3): a county's own address may be out of the city's reach.</summary>
public static partial class EvidenceEndpoints
{
    private const string Octets = "application/octet-stream";

    /// <summary>What may be kept, with the end of its name; nothing that a browser would run.</summary>
    private static readonly Dictionary<string, string> s_kinds = new()
    {
        ["image/jpeg"] = "jpg", ["image/png"] = "png", ["image/webp"] = "webp", ["image/tiff"] = "tif", ["image/heic"] = "heic", ["video/mp4"] = "mp4",
        ["application/pdf"] = "pdf", ["application/zip"] = "zip", ["text/csv"] = "csv", ["application/geo+json"] = "geojson",
        ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = "xlsx",
        ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"] = "docx", [Octets] = "bin",
    };

    /// <summary>Who put it, and where figures and projects that the client sees name it.</summary>
    private const string Known =
        $"""
        select division, client from evidence.putters where sha256 = $3
        union select division, null from evidence_uses where sha256 = $3 and division = any($1)
        union select p.division, null from document_uses u join projects p on p.id = u.project_id where u.sha256 = $3 and {ProjectViews.Seen}
        """;

    public static IServiceCollection AddEvidence(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(configuration.GetSection("Evidence").Get<EvidenceOptions>() ?? new())
        .AddSingleton<EvidenceStore>().AddSingleton<Arrivals>();

    public static string PathOf(string sha256) => $"/v1/registry/evidence/{sha256}";

    /// <summary>Whether an address is that of a file kept here, on whatever host it is read.</summary>
    internal static bool IsOurs(string uri, string sha256) => uri.EndsWith(PathOf(sha256.ToLowerInvariant()), StringComparison.Ordinal);

    public static void MapEvidence(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/evidence").WithTags("evidence").RefusingUnknownParameters();
        group.MapPut("{sha256}", Put).Accepts<Stream>(Octets, [.. s_kinds.Keys.Where(k => k != Octets)]).Produces<EvidenceItem>().Produces<EvidenceItem>(201)
            .ProducesProblem(413).ProducesProblem(415).ProducesProblem(422).ProducesProblem(429)
            .WithMetadata(new RequestSizeLimitAttribute((20 << 20) + (64 << 10)))
            .RequireRoles(Roles.Reporter, Roles.Reviewer, Roles.Planner, Roles.Inspector, Roles.Source).WithSummary("Keep a file of evidence under the SHA-256 of its content")
            .WithDescription("At most 20 MiB. The same file put again is the same file; neither Idempotency-Key nor If-Match is needed.");
        group.MapGet("{sha256}", Get).Produces<Stream>(200, Octets).Produces(206).Produces(304).Produces(416)
            .WithSummary("A file of evidence, for those who put it and those who see what names it").WithDescription("Takes Range and If-None-Match.");
    }

    private static async Task<IResult> Put(HttpContext http, EvidenceStore store, Arrivals arrivals, TimeProvider clock, string sha256)
    {
        if (!Sha256().IsMatch(sha256))
        {
            return Problems.Of(Refusal.Invalid("evidence.malformed", "A file is kept under its SHA-256: 64 hex digits in lower case."));
        }

        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var media) || !s_kinds.ContainsKey(media.MediaType.ToString().ToLowerInvariant()))
        {
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "media-type.unsupported", $"Evidence is one of: {string.Join(", ", s_kinds.Keys)}.");
        }

        return await arrivals.Take(http, sha256, async (content, stop) =>
        {
            var file = new KeptFile(sha256, media.MediaType.ToString().ToLowerInvariant(), content.Length, clock.GetUtcNow());
            var isNew = await store.Keep(file, content, http.Client().Id, http.Client().Division, stop);
            var kept = isNew ? file : (await store.Find(sha256, stop))!;
            http.Response.Headers.ETag = $"\"{sha256}\"";
            http.Response.Headers.Location = PathOf(sha256);
            return Results.Json(
                new EvidenceItem(sha256, kept.ContentType, kept.Length, PathOf(sha256), kept.KeptAt), Wire.Api.EvidenceItem,
                statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
        });
    }

    private static async Task<IResult> Get(HttpContext http, NpgsqlDataSource db, EvidenceStore store, Territory territory, string sha256)
    {
        if (!Sha256().IsMatch(sha256) || await store.Find(sha256, http.RequestAborted) is not { } file)
        {
            return Problems.Of(Refusal.NotFound("resource.unknown", "No file is kept under this hash."));
        }

        if (!await IsFor(http, db, territory, sha256))
        {
            return Problems.Of(Refusal.Forbidden("division.forbidden", "This is not in the division of this client."));
        }

        // Whatever it is, it is saved and not shown here: it came from outside.
        var headers = http.Response.Headers;
        (headers.XContentTypeOptions, headers.ContentSecurityPolicy, headers.CacheControl) = ("nosniff", "default-src 'none'; sandbox", "private, no-cache");
        return Results.Stream(
            store.Open(file), file.ContentType, $"{sha256}.{s_kinds.GetValueOrDefault(file.ContentType, "bin")}", file.KeptAt, new EntityTagHeaderValue($"\"{sha256}\""),
            enableRangeProcessing: true);
    }

    /// <summary>
    /// Whether the client, or somebody whom it sees, put it; or what it sees names it. To name a file shows it only in a division of whoever
    /// put it, below it or above it: who comes to know the hash of a file elsewhere does not get at it by naming it.
    /// </summary>
    private static async Task<bool> IsFor(HttpContext http, NpgsqlDataSource db, Territory territory, string sha256)
    {
        var client = http.Client();
        if (await territory.Seen(client) is not { } seen)
        {
            return true;
        }

        await using var command = db.CreateCommand(Known);
        command.Add(seen.Under).Add(seen.Path).Add(sha256);
        var known = await command.List(r => (Division: r.GetString(0), Client: r.Text(1)), http.RequestAborted);
        var tree = await territory.Tree();
        var put = known.Where(k => k.Client is not null).ToList();
        return put.Any(p => p.Client == client.Id || seen.Under.Contains(p.Division))
            || known.Where(k => k.Client is null).Any(named => put.Any(p =>
                p.Division == Client.Everywhere || tree.Contains(p.Division, named.Division) || tree.Contains(named.Division, p.Division)));
    }

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Sha256();
}

using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

internal enum Form
{
    Json,
    Csv,
    GeoJson,
}

/// <summary>What says that an answer which is no list, since it has no pages, is a table as CSV all the same.</summary>
public sealed class Tabular;

/// <summary>In which form a caller wants a list: by the quality it gives each, and where it wants several alike, by our order.</summary>
internal static class Forms
{
    private const string Json = "application/json";
    private static readonly string[] s_media = [Json, Csv.Media, GeoJson.Media];

    /// <summary>Null where the caller accepts none of those that there are.</summary>
    /// <param name="placed">Whether the items have a place.</param>
    public static Form? Of(HttpContext http, bool placed = false)
    {
        http.Response.Headers.Vary = "Accept, Accept-Language";
        var accepted = http.Request.GetTypedHeaders().Accept;
        var best = Enum.GetValues<Form>().Where(f => f != Form.GeoJson || placed).MaxBy(f => Quality(accepted, s_media[(int)f]));
        return accepted.Count == 0 ? Form.Json : Quality(accepted, s_media[(int)best]) > 0 ? best : null;
    }

    /// <summary>Writes items in a form that is not JSON.</summary>
    public static Task Write<T>(HttpContext http, Form form, IAsyncEnumerable<IReadOnlyList<T>> pages, JsonTypeInfo<T> type) =>
        form == Form.Csv ? Csv.Write(http, pages, type) : GeoJson.Write(http, pages, type);

    public static ProblemResult Unsupported => Problems.Of(
        StatusCodes.Status406NotAcceptable, "accept.unsupported", $"Lists are {Json} or {Csv.Media}, and {GeoJson.Media} where their items have a place.");

    /// <summary>What the most specific range that matches says.</summary>
    private static double Quality(IList<MediaTypeHeaderValue> accepted, string media) => accepted
        .Where(a => a.MatchesAllTypes || (a.MatchesAllSubTypes && media.StartsWith($"{a.Type}/", StringComparison.OrdinalIgnoreCase)) || a.MediaType.Equals(media, StringComparison.OrdinalIgnoreCase))
        .OrderBy(a => a.MatchesAllTypes ? 2 : a.MatchesAllSubTypes ? 1 : 0).Select(a => a.Quality ?? 1).FirstOrDefault();

    /// <summary>That a list answers CSV, with its columns, and GeoJSON; every route that takes a limit is one.</summary>
    internal static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken stop)
    {
        if (context.Description.SupportedResponseTypes.SelectMany(r => r.Type?.GetProperties() ?? []).Select(p => p.PropertyType)
                .FirstOrDefault(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) is not { } items
            || (operation.Parameters?.Any(p => p.Name == "limit") != true && !context.Description.ActionDescriptor.EndpointMetadata.OfType<Tabular>().Any())
            || operation.Responses?["200"].Content is not { } content)
        {
            return Task.CompletedTask;
        }

        var item = WireJson.Options.GetTypeInfo(items.GetGenericArguments()[0]);

        content[Csv.Media] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "UTF-8 with its mark, RFC 4180, a heading first (in Chinese with Accept-Language: zh). All that matches where neither limit nor cursor is given.",
            },
            Extensions = new Dictionary<string, IOpenApiExtension>
            {
                ["x-columns"] = new JsonNodeExtension(new JsonArray([.. Column.Of(item).Select(c => JsonValue.Create(c.Name))])),
            },
        };
        if (GeoJson.PlaceOf(item) is not null)
        {
            content[GeoJson.Media] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.Object, Description = "RFC 7946: a FeatureCollection of points; all that match where neither limit nor cursor is given." },
            };
        }

        operation.Responses.TryAdd("406", new OpenApiResponse { Description = GeoJson.PlaceOf(item) is null ? $"Accept names neither {Json} nor {Csv.Media}." : "Accept names none of these." });
        operation.Responses.TryAdd("503", new OpenApiResponse { Description = "Exports are under way already; Retry-After says when to come again." });
        return Task.CompletedTask;
    }
}

using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>In which form a caller wants a list: by the quality it gives each, and where it wants several alike, by our order.</summary>
internal static class Forms
{
    private const string Json = "application/json";

    /// <summary>True for CSV, false for JSON; null where the caller accepts neither.</summary>
    public static bool? WantsCsv(HttpContext http)
    {
        http.Response.Headers.Vary = "Accept, Accept-Language";
        var accepted = http.Request.GetTypedHeaders().Accept;
        var (json, csv) = (Quality(accepted, Json), Quality(accepted, Csv.Media));
        return accepted.Count == 0 ? false : json == 0 && csv == 0 ? null : csv > json;
    }

    public static ProblemResult Unsupported => Problems.Of(StatusCodes.Status406NotAcceptable, "accept.unsupported", $"Lists are {Json} or {Csv.Media}.");

    /// <summary>What the most specific range that matches says.</summary>
    private static double Quality(IList<MediaTypeHeaderValue> accepted, string media) => accepted
        .Where(a => a.MatchesAllTypes || (a.MatchesAllSubTypes && media.StartsWith($"{a.Type}/", StringComparison.OrdinalIgnoreCase)) || a.MediaType.Equals(media, StringComparison.OrdinalIgnoreCase))
        .OrderBy(a => a.MatchesAllTypes ? 2 : a.MatchesAllSubTypes ? 1 : 0).Select(a => a.Quality ?? 1).FirstOrDefault();

    /// <summary>That a list answers CSV, with its columns; every route that takes a limit is one.</summary>
    internal static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken stop)
    {
        if (context.Description.SupportedResponseTypes.SelectMany(r => r.Type?.GetProperties() ?? []).Select(p => p.PropertyType)
                .FirstOrDefault(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) is not { } items
            || operation.Parameters?.Any(p => p.Name == "limit") != true || operation.Responses?["200"].Content is not { } content)
        {
            return Task.CompletedTask;
        }

        content[Csv.Media] = new OpenApiMediaType
        {
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Description = "UTF-8 with its mark, RFC 4180, a heading first (in Chinese with Accept-Language: zh). All that matches where neither limit nor cursor is given.",
            },
            Extensions = new Dictionary<string, IOpenApiExtension>
            {
                ["x-columns"] = new JsonNodeExtension(new JsonArray([.. Column.Of(WireJson.Options.GetTypeInfo(items.GetGenericArguments()[0])).Select(c => JsonValue.Create(c.Name))])),
            },
        };
        operation.Responses.TryAdd("406", new OpenApiResponse { Description = $"Accept names neither {Json} nor {Csv.Media}." });
        operation.Responses.TryAdd("503", new OpenApiResponse { Description = "Exports are under way already; Retry-After says when to come again." });
        return Task.CompletedTask;
    }
}

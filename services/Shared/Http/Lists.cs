using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>A page of a list.</summary>
/// <param name="Next">Pass it as <c>cursor</c> for the next page; absent at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>
/// Lists by key: the cursor names the last item of the page before, so items that come in between are neither lost nor repeated. It also
/// names the filters: used with others it is refused.
/// </summary>
public static class Lists
{
    public const int DefaultLimit = 50;
    public const int MostItems = 500;

    /// <summary>The keys after which the page begins; null at the start. Answers a refusal where cursor or limit are wrong.</summary>
    /// <param name="keys">How many keys an item of the list has.</param>
    public static Refusal? Begin(HttpContext http, string? cursor, int? limit, int keys, out string[]? after)
    {
        after = null;
        if (limit is < 1 or > MostItems)
        {
            return Refusal.Malformed("parameter.malformed", $"limit is 1 to {MostItems}.");
        }

        if (cursor is null)
        {
            return null;
        }

        var foreign = Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it.");
        try
        {
            var named = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(cursor), ListJson.Default.StringArray);
            if (named is not [var filters, .. var last] || filters != Filters(http) || last.Length != keys || last.Any(k => k?.Contains('\0') != false))
            {
                return foreign;
            }

            after = last;
            return null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return foreign;
        }
    }

    /// <summary>Answers a page from one item more than was asked for, with the cursor and the Link of the next.</summary>
    public static IResult Answer<T>(HttpContext http, List<T> items, int? limit, Func<T, string[]> keys, JsonTypeInfo<Page<T>> type)
    {
        var next = Next(http, items, limit ?? DefaultLimit, keys);
        return Results.Json(new Page<T>(items, next), type);
    }

    /// <summary>Takes away what is more than was asked for; answers the cursor of the next page, and says its Link.</summary>
    public static string? Next<T>(HttpContext http, List<T> items, int most, Func<T, string[]> keys)
    {
        if (items.Count <= most)
        {
            return null;
        }

        items.RemoveRange(most, items.Count - most);
        var next = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes([Filters(http), .. keys(items[^1])], ListJson.Default.StringArray));
        var others = http.Request.Query.Where(q => q.Key != "cursor").SelectMany(q => q.Value.Select(v => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(v ?? "")}"));
        http.Response.Headers.Append("Link", $"<{http.Request.Path}?{string.Join('&', others.Append($"cursor={next}"))}>; rel=\"next\"");
        return next;
    }

    private static string Filters(HttpContext http)
    {
        var text = string.Join('&', http.Request.Query.Where(q => q.Key is not ("cursor" or "limit")).OrderBy(q => q.Key, StringComparer.Ordinal).Select(q => $"{q.Key}={q.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{http.Request.Path}?{text}")).AsSpan(0, 8));
    }

    /// <summary>For routes of a service: and what its commands take is said in the document.</summary>
    public static RouteGroupBuilder RefusingUnknownParameters(this RouteGroupBuilder group)
    {
        group.AddOpenApiOperationTransformer(Commands.Describe);
        Requests.RefusingUnknownParameters<RouteGroupBuilder>(group);
        return group;
    }

    /// <summary>For a row that was not found among those the caller sees: 403 where it is there all the same, else 404.</summary>
    /// <param name="ask">The views that were asked.</param>
    /// <param name="table">With a column id.</param>
    public static async Task<IResult> Absent(HttpContext http, Func<string, NpgsqlCommand> ask, string table, string id)
    {
        await using var command = ask($"select exists (select from {table} where id = $1)");
        return Problems.Of(await command.Add(id).ExecuteScalarAsync(http.RequestAborted) is true
            ? Refusal.Forbidden("division.forbidden", "This is not in the division of this client.")
            : Refusal.NotFound("resource.unknown", "There is no such resource."));
    }

    /// <summary>A resource with its <c>ETag</c>; 304 where the caller has it already.</summary>
    public static IResult Resource<T>(HttpContext http, T? resource, long version, JsonTypeInfo<T> type) where T : class
    {
        if (resource is null)
        {
            return Problems.Of(Refusal.NotFound("resource.unknown", "There is no such resource."));
        }

        var tag = $"\"{version}\"";
        http.Response.Headers.ETag = tag;
        http.Response.Headers.CacheControl = "private, no-cache";
        var known = http.Request.Headers.IfNoneMatch.SelectMany(h => (h ?? "").Split(',', StringSplitOptions.TrimEntries));
        return known.Any(k => k == tag || k == "W/" + tag || k == "*") ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Json(resource, type);
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
internal sealed partial class ListJson : System.Text.Json.Serialization.JsonSerializerContext;

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
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

    /// <summary>
    /// Answers a list as the caller wants it: a page as JSON, CSV or GeoJSON, with the cursor and the Link of the next; or all of it, where
    /// it is not JSON and neither limit nor cursor is given.
    /// </summary>
    /// <param name="command">Up to its last parameter, how many rows at most, which is added here: null for all.</param>
    /// <param name="keys">Of an item, in the order of the list.</param>
    public static async Task<IResult> Of<T>(
        HttpContext http, NpgsqlCommand command, int? limit, Func<NpgsqlDataReader, T> item, Func<T, string[]> keys, JsonTypeInfo<Page<T>> type)
    {
        var rows = (JsonTypeInfo<T>)type.Options.GetTypeInfo(typeof(T));
        if (Forms.Of(http, GeoJson.PlaceOf(rows) is not null) is not { } form)
        {
            return Forms.Unsupported;
        }

        if (form != Form.Json && IsWhole(http))
        {
            command.With((int?)null);
            return await Export(http, form, Csv.Rows(http.RequestServices.GetRequiredService<NpgsqlDataSource>(), command, item, http.RequestAborted), rows);
        }

        var items = await command.With<int?>((limit ?? DefaultLimit) + 1).List(item, http.RequestAborted);
        var next = Next(http, items, limit ?? DefaultLimit, keys);
        return form == Form.Json ? Results.Json(new Page<T>(items, next), type) : await Written(http, form, items, rows);
    }

    /// <summary>Answers items that were read already, in the page they stand in.</summary>
    /// <param name="rest">What comes after them where the whole is wanted.</param>
    public static async Task<IResult> Of<TPage, T>(
        HttpContext http, TPage page, JsonTypeInfo<TPage> type, IReadOnlyList<T> items, JsonTypeInfo<T> rows, Func<IAsyncEnumerable<IReadOnlyList<T>>>? rest = null) =>
        Forms.Of(http, GeoJson.PlaceOf(rows) is not null) is not { } form ? Forms.Unsupported
        : form == Form.Json ? Results.Json(page, type)
        : rest is null || !IsWhole(http) ? await Written(http, form, items, rows)
        : await Export(http, form, rest(), rows);

    private static Task<IResult> Export<T>(HttpContext http, Form form, IAsyncEnumerable<IReadOnlyList<T>> pages, JsonTypeInfo<T> type) =>
        http.RequestServices.GetRequiredService<Exports>().Run(() => Forms.Write(http, form, pages, type), http.RequestAborted);

    /// <summary>Answers items that were read already.</summary>
    private static async Task<IResult> Written<T>(HttpContext http, Form form, IReadOnlyList<T> items, JsonTypeInfo<T> type)
    {
        await Forms.Write(http, form, Once(), type);
        return Results.Empty;

        async IAsyncEnumerable<IReadOnlyList<T>> Once()
        {
            await Task.CompletedTask;
            yield return items;
        }
    }

    /// <summary>How many items are answered at most: all where that is what the caller wants.</summary>
    public static int Most(HttpContext http, int? limit) => limit ?? (Forms.Of(http) is Form.Csv && IsWhole(http) ? int.MaxValue - 1 : DefaultLimit);

    private static bool IsWhole(HttpContext http) => !http.Request.Query.ContainsKey("limit") && !http.Request.Query.ContainsKey("cursor");

    /// <summary>The page of a list that is computed whole.</summary>
    /// <param name="keys">Of an item: what the list is in the order of.</param>
    public static (List<T> Items, string? Next) Part<T>(HttpContext http, IEnumerable<T> items, Func<T, string[]> keys, string[]? after, int? limit)
    {
        var most = Most(http, limit);
        var rest = items.OrderBy(keys, s_order).Where(i => after is null || s_order.Compare(keys(i), after) > 0).Take(most + 1).ToList();
        return (rest, Next(http, rest, most, keys));
    }

    private static readonly Comparer<string[]> s_order = Comparer<string[]>.Create((a, b) =>
        a.Zip(b, string.CompareOrdinal).FirstOrDefault(c => c != 0));

    /// <summary>Takes away what is more than was asked for; answers the cursor of the next page, and says its Link.</summary>
    public static string? Next<T>(HttpContext http, List<T> items, int most, Func<T, string[]> keys)
    {
        if (items.Count <= most)
        {
            return null;
        }

        items.RemoveRange(most, items.Count - most);
        var next = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes([Filters(http), .. keys(items[^1])], ListJson.Default.StringArray));
        Link(http, next);
        return next;
    }

    /// <summary>Says the Link of the next page.</summary>
    internal static void Link(HttpContext http, string next)
    {
        var others = http.Request.Query.Where(q => q.Key != "cursor").SelectMany(q => q.Value.Select(v => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(v ?? "")}"));
        http.Response.Headers.Append("Link", $"<{http.Request.Path}?{string.Join('&', others.Append($"cursor={next}"))}>; rel=\"next\"");
    }

    private static string Filters(HttpContext http)
    {
        var text = string.Join('&', http.Request.Query.Where(q => q.Key is not ("cursor" or "limit" or "minPosition")).OrderBy(q => q.Key, StringComparer.Ordinal).Select(q => $"{q.Key}={q.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{http.Request.Path}?{text}")).AsSpan(0, 8));
    }

    /// <summary>For routes of a service: and what its commands take is said in the document.</summary>
    public static RouteGroupBuilder RefusingUnknownParameters(this RouteGroupBuilder group)
    {
        group.AddOpenApiOperationTransformer(Commands.Describe);
        group.AddOpenApiOperationTransformer(Forms.Describe);
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

        http.Response.Headers.ETag = Preconditions.Tag(version);
        http.Response.Headers.CacheControl = "private, no-cache";
        return Preconditions.IsKnown(http.Request, version) ? Results.StatusCode(StatusCodes.Status304NotModified) : Results.Json(resource, type);
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(string[]))]
internal sealed partial class ListJson : System.Text.Json.Serialization.JsonSerializerContext;

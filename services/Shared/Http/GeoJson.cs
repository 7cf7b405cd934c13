using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Restoration.Http;

/// <summary>
/// A list on the map (RFC 7946): a list whose items say <c>lon</c> and <c>lat</c> is a collection of features, each a point with what the
/// item says as JSON. Degrees, WGS 84 / CGCS2000.
/// </summary>
internal static class GeoJson
{
    public const string Media = "application/geo+json";

    /// <summary>Null where such items have no place.</summary>
    public static Func<object, (decimal Lon, decimal Lat)?>? PlaceOf(JsonTypeInfo item) =>
        Member(item, "lon") is { } lon && Member(item, "lat") is { } lat ? o => lon(o) is decimal x && lat(o) is decimal y ? (x, y) : null : null;

    /// <summary>Writes pages as they come. What fails midway must not look complete: the connection is aborted.</summary>
    public static async Task Write<T>(HttpContext http, IAsyncEnumerable<IReadOnlyList<T>> pages, JsonTypeInfo<T> type)
    {
        var (response, stop, place, id) = (http.Response, http.RequestAborted, PlaceOf(type)!, Member(type, "id"));
        try
        {
            await using var rows = pages.GetAsyncEnumerator(stop);
            var more = await rows.MoveNextAsync(); // what fails before the first row is answered as a problem
            response.ContentType = Media;
            await using var json = new Utf8JsonWriter(response.BodyWriter, new JsonWriterOptions { Encoder = type.Options.Encoder });
            json.WriteStartObject();
            json.WriteString("type", "FeatureCollection");
            json.WriteStartArray("features");
            for (; more; more = await rows.MoveNextAsync())
            {
                foreach (var item in rows.Current)
                {
                    Feature(json, item, id?.Invoke(item!) as string, place(item!), type);
                }

                await json.FlushAsync(stop);
                await response.BodyWriter.FlushAsync(stop);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            await json.FlushAsync(stop);
        }
        catch when (response.HasStarted)
        {
            http.Abort();
            throw;
        }
    }

    private static void Feature<T>(Utf8JsonWriter json, T item, string? id, (decimal Lon, decimal Lat)? place, JsonTypeInfo<T> type)
    {
        json.WriteStartObject();
        json.WriteString("type", "Feature");
        if (id is not null)
        {
            json.WriteString("id", id);
        }

        if (place is { } at)
        {
            json.WriteStartObject("geometry");
            json.WriteString("type", "Point");
            json.WriteStartArray("coordinates");
            json.WriteNumberValue(at.Lon);
            json.WriteNumberValue(at.Lat);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("geometry");
        }

        json.WritePropertyName("properties");
        JsonSerializer.Serialize(json, item, type);
        json.WriteEndObject();
    }

    private static Func<object, object?>? Member(JsonTypeInfo item, string name) => item.Properties.FirstOrDefault(p => p.Name == name)?.Get;
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using Restoration.EventStore;

namespace Restoration.Http;

/// <summary>The few words that SQL beside a GET is written with.</summary>
public static class Reading
{
    public static NpgsqlCommand Add<T>(this NpgsqlCommand command, T value) => command.With(value);

    public static async Task<List<T>> List<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> item, CancellationToken stop)
    {
        var items = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            items.Add(item(reader));
        }

        return items;
    }

    public static string? Text(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public static DateOnly? Day(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateOnly>(column);

    public static DateTimeOffset? Time(this NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    public static T? Json<T>(this NpgsqlDataReader reader, int column, JsonTypeInfo<T> type) =>
        reader.IsDBNull(column) ? default : JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(column), type);
}

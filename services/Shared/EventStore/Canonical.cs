using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Restoration.EventStore;

/// <summary>
/// One spelling for JSON, so that what was written and what <c>jsonb</c> gives back hash alike: members sorted by ordinal, no space,
/// strings escaped one way, numbers as they stand (the writer never uses exponents, and <c>numeric</c> keeps trailing zeros).
/// </summary>
public static class Canonical
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Write(Utf8JsonWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(element.GetString());
                break;
            case JsonValueKind.Number:
                writer.WriteRawValue(element.GetRawText(), skipInputValidation: true);
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    /// <summary>SHA-256 of the canonical form of a JSON value.</summary>
    public static byte[] Hash(JsonElement element)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            Write(writer, element);
        }

        return SHA256.HashData(buffer.WrittenSpan);
    }

    /// <summary>
    /// The hash of an event: over its id, stream, version, type, data (business time and person are in it), headers less the hash itself,
    /// and the hash of the event before it in the stream. Changing, removing or swapping a stored event breaks the chain.
    /// </summary>
    public static string Hash(
        Guid id, string stream, long version, string type, ReadOnlySpan<byte> data, EventHeaders headers, string? previous)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            var reader = new Utf8JsonReader(data);
            using var json = JsonDocument.ParseValue(ref reader);
            writer.WriteStartObject();
            writer.WritePropertyName("data");
            Write(writer, json.RootElement);
            writer.WritePropertyName("headers");
            Write(writer, JsonSerializer.SerializeToElement(headers with { Hash = null }, StoreJson.Default.EventHeaders));
            writer.WriteString("id", id);
            writer.WriteString("previous", previous);
            writer.WriteString("stream", stream);
            writer.WriteString("type", type);
            writer.WriteNumber("version", version);
            writer.WriteEndObject();
        }

        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Restoration.Domain;

/// <summary>
/// One spelling for JSON, so that what was written and what <c>jsonb</c> gives back hash alike: members sorted by ordinal, no space,
/// strings escaped one way, numbers as they stand (the writer never uses exponents, and <c>numeric</c> keeps trailing zeros).
/// </summary>
public static class CanonicalJson
{
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

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
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            Write(writer, element);
        }

        return SHA256.HashData(buffer.WrittenSpan);
    }

    /// <summary>Whether two values say the same: records compare lists by reference, so they are compared as they would be stored.</summary>
    public static bool Same<T>(T a, T b, JsonTypeInfo<T> type) =>
        Hash(JsonSerializer.SerializeToElement(a, type)).AsSpan().SequenceEqual(Hash(JsonSerializer.SerializeToElement(b, type)));
}

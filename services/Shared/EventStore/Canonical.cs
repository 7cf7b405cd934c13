using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>What chains an event to its stream.</summary>
public static class Canonical
{
    /// <summary>
    /// The hash of an event: over its id, stream, version, type, data (business time and person are in it), headers less the hash itself,
    /// and the hash of the event before it in the stream. Changing, removing or swapping a stored event breaks the chain.
    /// </summary>
    public static string Hash(
        Guid id, string stream, long version, string type, ReadOnlySpan<byte> data, EventHeaders headers, string? previous)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, CanonicalJson.Options))
        {
            var reader = new Utf8JsonReader(data);
            using var json = JsonDocument.ParseValue(ref reader);
            writer.WriteStartObject();
            writer.WritePropertyName("data");
            CanonicalJson.Write(writer, json.RootElement);
            writer.WritePropertyName("headers");
            CanonicalJson.Write(writer, JsonSerializer.SerializeToElement(headers with { Hash = null }, StoreJson.Default.EventHeaders));
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

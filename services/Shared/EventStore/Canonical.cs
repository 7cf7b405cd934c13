using System.Security.Cryptography;
using System.Text;
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
        Guid id, string stream, long version, string type, ReadOnlySpan<byte> data, EventHeaders headers, string? previous) =>
        Hash(id, stream, version, type, data, new HeaderJson(headers), previous);

    internal static string Hash(Guid id, string stream, long version, string type, ReadOnlySpan<byte> data, HeaderJson headers, string? previous)
    {
        var reader = new Utf8JsonReader(data);
        using var json = JsonDocument.ParseValue(ref reader);
        var (buffer, writer) = CanonicalJson.Fresh();
        writer.WriteStartObject();
        writer.WritePropertyName("data"u8);
        CanonicalJson.Write(writer, json.RootElement);
        writer.WritePropertyName("headers"u8);
        writer.WriteRawValue(headers.Canonical, skipInputValidation: true);
        writer.WriteString("id"u8, id);
        writer.WriteString("previous"u8, previous);
        writer.WriteString("stream"u8, stream);
        writer.WriteString("type"u8, type);
        writer.WriteNumber("version"u8, version);
        writer.WriteEndObject();
        writer.Flush();
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    internal static byte[] Of(JsonElement json)
    {
        var (buffer, writer) = CanonicalJson.Fresh();
        CanonicalJson.Write(writer, json);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>Headers as JSON, made once for all events that share them: all but the hash, which is each event's own.</summary>
internal sealed class HeaderJson
{
    private readonly byte[] _json;

    public HeaderJson(EventHeaders headers)
    {
        _json = JsonSerializer.SerializeToUtf8Bytes(headers with { Hash = null }, StoreJson.Default.EventHeaders);
        using var json = JsonDocument.Parse(_json);
        Canonical = EventStore.Canonical.Of(json.RootElement);
    }

    public byte[] Canonical { get; }

    /// <summary>As stored: with the hash, in hex, as the last member.</summary>
    public byte[] With(string hash) => [.. _json.AsSpan(..^1), .. _json.Length > 2 ? ","u8 : ""u8, .. Encoding.ASCII.GetBytes($"\"hash\":\"{hash}\"}}")];
}

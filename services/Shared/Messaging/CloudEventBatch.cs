using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>A JSON array of CloudEvents for the feed, filled until it is large enough for one message; then begun again in the same memory.</summary>
internal sealed class CloudEventBatch
{
    private const int MostEvents = 500;
    private const int MostBytes = 512 * 1024;
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private readonly string _source;
    private int _count;

    public CloudEventBatch(string service)
    {
        _source = $"/{service}";
        Begin();
    }

    public bool IsFull => _count >= MostEvents || _buffer.WrittenCount >= MostBytes;

    public void Add(StoredEvent stored, string type, string subject, string division, string divisions, string? traceparent, byte[] data)
    {
        if (_count++ > 0)
        {
            _buffer.Write(","u8);
        }

        using var writer = new Utf8JsonWriter(_buffer, s_options);
        writer.WriteStartObject();
        writer.WriteString("specversion", "1.0");
        writer.WriteString("id", stored.Id);
        writer.WriteString("source", _source);
        writer.WriteString("type", type);
        writer.WriteString("subject", subject);
        writer.WriteString("time", stored.Fact.At.UtcDateTime);
        writer.WriteString("datacontenttype", "application/json");
        writer.WriteString("position", stored.Position.ToString(System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteString("stream", stored.Stream);
        writer.WriteNumber("streamversion", stored.Version);
        writer.WriteString("division", division);
        writer.WriteString("divisions", divisions);
        if (traceparent is not null)
        {
            writer.WriteString("traceparent", traceparent);
        }

        writer.WritePropertyName("data");
        writer.WriteRawValue(data, skipInputValidation: true);
        writer.WriteEndObject();
    }

    /// <summary>The message; good until the next one is begun.</summary>
    public ReadOnlyMemory<byte> Close()
    {
        _buffer.Write("]"u8);
        return _buffer.WrittenMemory;
    }

    public void Begin()
    {
        _count = 0;
        _buffer.ResetWrittenCount();
        _buffer.Write("["u8);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReplayRequest))]
internal sealed partial class WireJson : JsonSerializerContext;

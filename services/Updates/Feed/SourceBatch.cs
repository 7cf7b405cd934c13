using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Restoration.Messaging;

namespace Restoration.Updates.Feed;

/// <summary>What one message brings: everything of a source's log in (after, through] that leaves the source.</summary>
public sealed record SourceBatch(string Source, long Epoch, long After, long Through, IReadOnlyList<SourceEvent> Events)
{
    /// <exception cref="FormatException">The message is not what <see cref="FeedWire"/> describes.</exception>
    public static SourceBatch Read(IDictionary<string, object?>? headers, ReadOnlyMemory<byte> body)
    {
        var source = headers?.TryGetValue(FeedWire.SourceHeader, out var name) == true && name is byte[] { Length: > 0 } utf8
            ? Encoding.UTF8.GetString(utf8)
            : throw new FormatException($"The header {FeedWire.SourceHeader} is missing.");
        var batch = new SourceBatch(source, Number(FeedWire.EpochHeader), Number(FeedWire.AfterHeader), Number(FeedWire.ThroughHeader), []);
        if (batch.Through < batch.After) throw new FormatException("The message ends before it begins.");
        return batch with { Events = ReadEvents(body, batch) };

        long Number(string header) => headers.TryGetValue(header, out var value) && value is long or int
            ? Convert.ToInt64(value, CultureInfo.InvariantCulture)
            : throw new FormatException($"The header {header} is missing or no number.");
    }

    private static List<SourceEvent> ReadEvents(ReadOnlyMemory<byte> body, SourceBatch batch)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var events = json.RootElement.EnumerateArray().Select(SourceEvent.Read).ToList();
            var last = batch.After;
            foreach (var one in events)
            {
                if (one.Position <= last || one.Position > batch.Through)
                    throw new FormatException($"Position {one.Position} is out of order or outside ({batch.After}, {batch.Through}].");
                last = one.Position;
            }
            return events;
        }
        // What JSON says wrongly is said by several exceptions: not JSON, an array that is an object, an attribute that is absent.
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new FormatException(e.Message, e);
        }
    }
}

/// <summary>
/// One CloudEvent of a source, not yet numbered: what the feed sorts it by (<see cref="Touched"/> has every division it names, the owner's
/// included), the whole of it on one line without a <c>sequence</c>, and what it says about the tree of divisions if it is about that.
/// </summary>
public sealed record SourceEvent(
    Guid Id, string Type, string Subject, long Position, IReadOnlyList<string> Touched, string? TraceParent, byte[] Body,
    Division? Division)
{
    // Followers read Chinese as Chinese; the line is never put into HTML.
    private static readonly JsonWriterOptions OneLine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static SourceEvent Read(JsonElement json)
    {
        var type = Text(json, "type") ?? throw new FormatException("An event has no type.");
        if (!type.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-')) throw new FormatException($"'{type}' is no event type.");
        return new(
            Guid.TryParse(Text(json, "id"), out var id) ? id : throw new FormatException("An event has no id that is a UUID."),
            type,
            Text(json, "subject") ?? "",
            long.TryParse(Text(json, "position"), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
                ? position
                : throw new FormatException("An event has no position."),
            [.. $"{Text(json, "division")},{Text(json, "divisions")}"
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()],
            Text(json, "traceparent"),
            Line(json),
            Division.Read(type, json));
    }

    /// <summary>The event with its place in the feed, which no one but the feed gives.</summary>
    public byte[] At(Sequence sequence) =>
        [.. Body.AsSpan(0, Body.Length - 1), .. Encoding.ASCII.GetBytes($",\"sequence\":\"{sequence}\"}}")];

    /// <summary>
    /// Makes such a line say another sequence: what was stored before the feed was restored has its place in the new epoch, or a follower
    /// would go on from a place that is not in this feed.
    /// </summary>
    public static void Renumber(Span<byte> line, Sequence sequence) =>
        Encoding.ASCII.GetBytes(sequence.ToString(), line[^(Sequence.Length + 2)..^2]);

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static byte[] Line(JsonElement json)
    {
        var line = new ArrayBufferWriter<byte>(1024);
        using var writer = new Utf8JsonWriter(line, OneLine);
        writer.WriteStartObject();
        foreach (var attribute in json.EnumerateObject().Where(a => !a.NameEquals("sequence"))) attribute.WriteTo(writer);
        writer.WriteEndObject();
        writer.Flush();
        return line.WrittenSpan.ToArray();
    }
}

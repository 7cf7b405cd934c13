using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using MassTransit;

namespace Restoration.Messaging;

/// <summary>A fact of another service on its way in: its CloudEvents attributes, its place in the source's log, and the contract's JSON.</summary>
/// <param name="Source">The service it comes from, <c>registry</c>.</param>
/// <param name="Position">In the source's log; <paramref name="Prior"/> is that of the fact meant for us before it.</param>
/// <param name="Previous">The version of the stream's last fact that was meant for us; 0 where this is the first.</param>
public sealed record Letter(
    Guid Id, string Source, string Type, string Subject, DateTimeOffset Time, string Stream, long Version, long Position, long Prior, long Previous,
    long Epoch, string? Traceparent, JsonElement Data)
{
    internal const string PriorHeader = "prior";
    internal const string PreviousHeader = "previous";

    /// <summary>What one after the other is kept by: facts of one stream of one source.</summary>
    internal static byte[] StreamOf(ConsumeContext context) =>
        Encoding.UTF8.GetBytes($"{context.Headers.Get<string>("cloudEvents_source")} {context.Headers.Get<string>("cloudEvents_stream")}");

    /// <summary>Reads what the relay wrote; throws on a message that is not the relay's.</summary>
    internal static Letter Read(ConsumeContext context, string receiver) => Read(
        name => context.Headers.TryGetHeader(name, out var value) ? value : null, context.ReceiveContext.GetBody(), receiver);

    internal static Letter Read(Func<string, object?> header, ReadOnlySpan<byte> body, string receiver)
    {
        var previous = JsonSerializer.Deserialize(Text(PreviousHeader), LetterJson.Default.DictionaryStringInt64) ?? [];
        return new Letter(
            Guid.Parse(Text("cloudEvents_id")), Text("cloudEvents_source").TrimStart('/'), Text("cloudEvents_type"), Text("cloudEvents_subject"),
            DateTimeOffset.Parse(Text("cloudEvents_time"), CultureInfo.InvariantCulture), Text("cloudEvents_stream"), Number("cloudEvents_streamversion"),
            Number("cloudEvents_position"), Number($"{PriorHeader}-{receiver}"), previous.GetValueOrDefault(receiver), Number("epoch"),
            TextOf(header("traceparent")), JsonSerializer.Deserialize<JsonElement>(body));

        string Text(string name) => TextOf(header(name)) ?? throw new FormatException($"The message has no header '{name}'.");

        long Number(string name) => long.Parse(Text(name), CultureInfo.InvariantCulture);
    }

    /// <summary>A header as text; null where it is not there.</summary>
    internal static string? TextOf(object? header) =>
        header is byte[] bytes ? Encoding.UTF8.GetString(bytes) : Convert.ToString(header, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;
}

/// <summary>
/// How far a relay has come for a receiver; sent every ten seconds, so that a lost message or queue is noticed, and within a second of
/// what was relayed, so that a receiver knows how far its views are when nothing of it was meant for it.
/// </summary>
/// <param name="Through">The position of the last fact meant for the receiver.</param>
/// <param name="At">The position of the relay: up to it, nothing after <paramref name="Through"/> is meant for the receiver.</param>
public sealed record RelayPosition(string Source, long Epoch, long Through, long At = 0);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Letter))]
[JsonSerializable(typeof(RelayPosition))]
[JsonSerializable(typeof(Dictionary<string, long>))]
[JsonSerializable(typeof(string))]
internal sealed partial class LetterJson : JsonSerializerContext;

using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>What ties an answer and an event to their request.</summary>
public static class Traces
{
    public static string? Correlation => Activity.Current?.TraceId.ToHexString();

    public static EventHeaders Headers(string source, string? id, IReadOnlyDictionary<string, JsonElement>? extensions = null) =>
        new(source, id, Activity.Current?.Id, extensions);

    /// <summary><c>X-Position: registry:123</c>, the last position a write took.</summary>
    public static void XPosition(this IHeaderDictionary headers, HttpContext http, long position)
    {
        if (position > 0)
        {
            headers["X-Position"] = $"{http.RequestServices.GetRequiredService<Intake>().Service}:{position}";
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Acknowledged))]
[JsonSerializable(typeof(EventResult))]
[JsonSerializable(typeof(BatchResult))]
[JsonSerializable(typeof(HistoryPage))]
[JsonSerializable(typeof(Page<RejectedEvent>))]
[JsonSerializable(typeof(OpsStatus))]
[JsonSerializable(typeof(ViewPage))]
[JsonSerializable(typeof(ViewStatus))]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(ClockReading))]
[JsonSerializable(typeof(VerificationReport))]
[JsonSerializable(typeof(CheckpointPage))]
[JsonSerializable(typeof(CheckpointItem))]
internal sealed partial class HttpJson : JsonSerializerContext
{
    public static HttpJson Api => field ??= new(new JsonSerializerOptions(Default.Options) { Encoder = WireJson.Options.Encoder });
}

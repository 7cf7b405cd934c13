using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Restoration.System.Tests;

/// <summary>A span as it was exported; ids in lower-case hex, no parent is an empty text.</summary>
public sealed record Span(string Service, string Trace, string Id, string Parent, string Name);

/// <summary>Where the system sends its telemetry: takes OTLP over HTTP and understands as much of it as the tests ask for.</summary>
public sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Span> _spans = new();
    private readonly ConcurrentDictionary<(string Service, string Name), bool> _metrics = new();

    private Collector(WebApplication app)
    {
        _app = app;
        app.MapPost("/v1/{signal}", Take);
    }

    public string Address => _app.Urls.Single();

    public IReadOnlyList<Span> Trace(string trace) => [.. _spans.Where(s => s.Trace == trace)];

    public bool HasMetric(string service, string name) => _metrics.ContainsKey((service, name));

    public static async Task<Collector> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = new Collector(builder.Build());
        await collector._app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Take(HttpContext http, string signal)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        // Traces and metrics have one shape: 1 resource (1 attributes), 2 scope (2 items).
        foreach (var batch in Fields(body.ToArray(), 1))
        {
            var service = Service(Fields(batch, 1).Single());
            foreach (var item in Fields(batch, 2).SelectMany(scope => Fields(scope, 2)))
            {
                if (signal == "traces") _spans.Enqueue(new(service, Hex(item, 1), Hex(item, 2), Hex(item, 4), Text(item, 5)));
                if (signal == "metrics") _metrics[(service, Text(item, 1))] = true;
            }
        }
    }

    private static string Service(ReadOnlyMemory<byte> resource) =>
        Fields(resource, 1).Where(a => Text(a, 1) == "service.name").Select(a => Text(Fields(a, 2).Single(), 1)).Single();

    private static string Hex(ReadOnlyMemory<byte> message, int field) =>
        Fields(message, field).Select(f => Convert.ToHexStringLower(f.Span)).SingleOrDefault("");

    private static string Text(ReadOnlyMemory<byte> message, int field) =>
        Fields(message, field).Select(f => Encoding.UTF8.GetString(f.Span)).SingleOrDefault("");

    /// <summary>The values of one length-delimited field of a protobuf message.</summary>
    private static List<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> message, int wanted)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var length = (tag & 7) switch { 1 => 8, 5 => 4, 2 => (int)Varint(message.Span, ref at), _ => 0 };
            if ((tag & 7) == 0) Varint(message.Span, ref at);
            if ((tag & 7) == 2 && (int)(tag >> 3) == wanted) found.Add(message.Slice(at, length));
            at += length;
        }
        return found;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }
}

using System.Security.Cryptography;

namespace Restoration.System.Tests;

/// <summary>One trace from a county's post to the feed, over HTTP, the log and the broker.</summary>
public sealed class TraceTest(TheSystem system)
{
    [Fact]
    public async Task A_sampled_post_is_one_trace_through_gateway_registry_relay_and_feed()
    {
        var ground = await Ground.UnderWay(system);
        var county = await system.Client("county", "360731", "reporter");
        var reader = await system.Client("reader", "360731", "reader");
        await using var stream = await Follower.Open(reader, $"?subjects={ground.MeasureId}.360731.2023-06");
        var (trace, root) = (Hex(16), Hex(8));
        (await county.PostEvent(ground.Report($"/{county.Id}", "1", "360731", "2023-06"), ("traceparent", $"00-{trace}-{root}-01"))).Is(201);

        var entry = await stream.Sees("restoration.registry.progress-reported.v1");
        Assert.StartsWith($"00-{trace}-", entry.Json.GetProperty("traceparent").GetString(), StringComparison.Ordinal);
        string[] expected =
        [
            "restoration-gateway: POST /v1/registry/{**rest}", "restoration-registry: POST /v1/registry/events/", "restoration-registry: append",
            "restoration-registry: relay", "restoration-updates: feed append",
        ];
        var spans = await Eventually.Get(
            () => Task.FromResult(system.Collector.Trace(trace)), seen => !expected.Except(seen.Select(Text)).Any(), "the whole trace",
            show: seen => string.Join('\n', seen));

        // Each hangs on another of the same trace, up to the sender's own span: nothing begins anew half-way.
        var known = spans.Select(s => s.Id).Append(root).ToHashSet();
        Assert.All(spans, s => Assert.True(known.Contains(s.Parent), $"{Text(s)} hangs on nothing: {string.Join(", ", spans)}"));
        var relay = spans.Single(s => s.Name == "relay");
        Assert.Equal(relay.Id, spans.Single(s => s.Name == "feed append").Parent);
        Assert.Equal("restoration-registry", spans.Single(s => s.Id == relay.Parent).Service);
    }

    [Fact]
    public async Task Each_event_of_a_batch_keeps_the_trace_that_it_carries()
    {
        var ground = await Ground.UnderWay(system);
        var county = await system.Client("county", "360731", "reporter");
        var reader = await system.Client("reader", "360731", "reader");
        await using var stream = await Follower.Open(reader, "?types=restoration.registry.progress-reported.v1");
        var traces = Enumerable.Range(0, 3).Select(_ => Hex(16)).ToList();
        var events = traces.Select((trace, i) => new Dictionary<string, object>(ground.Report($"/{county.Id}", $"{i}", "360731", $"2023-0{i + 1}"))
        {
            ["traceparent"] = $"00-{trace}-{Hex(8)}-01",
        });
        (await county.PostEvents(events)).Is(200);
        Assert.Equal(traces, (await stream.Sees(3)).Select(e => e.Json.GetProperty("traceparent").GetString()!.Split('-')[1]));
    }

    [Theory]
    [InlineData("restoration-registry", "restoration.log.appended")]
    [InlineData("restoration-updates", "restoration.feed.entries")]
    [InlineData("restoration-gateway", "http.server.request.duration")]
    public async Task Every_part_sends_its_figures(string service, string metric)
    {
        await Ground.UnderWay(system);
        await Eventually.Is(() => Task.FromResult(system.Collector.HasMetric(service, metric)), true, metric);
    }

    private static string Text(Span span) => $"{span.Service}: {span.Name}";

    private static string Hex(int bytes) => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(bytes));
}

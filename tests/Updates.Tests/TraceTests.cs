using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Tests;

public sealed class TraceTests
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public void A_sampled_event_ends_its_trace_in_the_feed_and_others_cost_no_span()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Restoration.Updates",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        FeedTelemetry.Appended([Entry(1, "01"), Entry(2, "00"), Entry(3, null)], DateTimeOffset.UtcNow.AddMilliseconds(-5));

        var span = Assert.Single(spans);
        Assert.Equal(("feed append", ActivityKind.Consumer), (span.DisplayName, span.Kind));
        Assert.Equal((Trace, "b7ad6b7169203331"), (span.TraceId.ToHexString(), span.ParentSpanId.ToHexString()));
        Assert.Equal("00010000000000000001", span.GetTagItem("restoration.sequence"));
        Assert.True(span.Duration >= TimeSpan.FromMilliseconds(5));
    }

    private static NewEntry Entry(long number, string? flags)
    {
        var json = new JsonObject
        {
            ["id"] = Guid.NewGuid().ToString(),
            ["type"] = Source.Reported,
            ["position"] = $"{number}",
            ["traceparent"] = flags is null ? null : $"00-{Trace}-b7ad6b7169203331-{flags}",
        };
        return new("registry", SourceEvent.Read(JsonDocument.Parse(json.ToJsonString()).RootElement), new(1, number), []);
    }
}

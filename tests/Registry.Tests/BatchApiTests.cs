using System.Text;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>A county system posts what gathered over night.</summary>
public sealed class BatchApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private readonly string _run = Guid.NewGuid().ToString("N");

    private string Id(int number) => $"{_run}-{number}";

    private static string[] Statuses(Answer answer) =>
        [.. answer.Json.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("status").GetString()!)];

    private static string[] Codes(Answer answer) =>
        [.. answer.Json.GetProperty("results").EnumerateArray().Select(r => r.TryGetProperty("problem", out var p) ? p.GetProperty("code").GetString()! : "")];

    [Fact]
    public async Task Each_event_is_judged_alone_and_answered_in_order()
    {
        var answer = (await registry.Reporter.PostEvents([
            Event(Data(1, "2022-01"), Id(0)),
            Event(Data(1, "2030-01"), Id(1)),
            Event(Data(1, "2022-01"), Id(0)),
            Event(Data(2, "2022-01"), Id(0)),
            new { nonsense = true },
            Event(Data(1, "2022-02"), Id(2)),
            Event(new { projectId = "p1" }, Id(3)),
        ])).Is(200);
        Assert.Equal(["recorded", "rejected", "duplicate", "rejected", "rejected", "recorded", "rejected"], Statuses(answer));
        Assert.Equal(["", "period.outside-schedule", "", "event.differs", "event.malformed", "", "event.data-malformed"], Codes(answer));
        var results = answer.Json.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(0, 7), results.Select(r => r.GetProperty("index").GetInt32()));
        Assert.Equal(results[0].GetProperty("position").GetInt64(), results[2].GetProperty("position").GetInt64());
        Assert.True(results[0].GetProperty("position").GetInt64() < results[5].GetProperty("position").GetInt64());
        Assert.Equal($"registry:{results[5].GetProperty("position").GetInt64()}", answer.Header("X-Position"));
        Assert.Equal(1, (await registry.Reporter.Get("/v1/registry/progress/p1-area.360731.2022-01")).Json.GetProperty("reported").GetProperty("value").GetDecimal());
    }

    [Fact]
    public async Task An_empty_batch_is_one() => Assert.Empty((await registry.Reporter.PostEvents([])).Is(200).Json.GetProperty("results").EnumerateArray());

    [Fact]
    public async Task All_or_nothing_records_all()
    {
        Assert.Equal(["recorded", "recorded"], Statuses((await registry.Reporter.PostEvents(
            [Event(Data(1, "2022-03"), Id(0)), Event(Data(1, "2022-04"), Id(1))], "?atomic=true")).Is(200)));
        // The retry of a whole batch is as good as the first.
        Assert.Equal(["duplicate", "duplicate"], Statuses((await registry.Reporter.PostEvents(
            [Event(Data(1, "2022-03"), Id(0)), Event(Data(1, "2022-04"), Id(1))], "?atomic=true")).Is(200)));
    }

    [Theory]
    [InlineData("2030-01", "period.outside-schedule")]
    [InlineData("never", "event.data-malformed")]
    public async Task Or_nothing(string period, string code)
    {
        var answer = (await registry.Reporter.PostEvents([Event(Data(1, "2022-05"), Id(0)), Event(Data(1, period), Id(1)), Event(Data(1, "2022-06"), Id(2))], "?atomic=true")).Is(422);
        Assert.Equal(["rejected", "rejected", "rejected"], Statuses(answer));
        Assert.Equal(["batch.undone", code, "batch.undone"], Codes(answer));
        foreach (var id in new[] { Id(0), Id(1), Id(2) })
            (await registry.Reporter.Get($"/v1/registry/events?source=/yudu&id={id}")).Is(404);
        (await registry.Reporter.Get("/v1/registry/progress/p1-area.360731.2022-05")).Is(404);
    }

    [Fact]
    public async Task A_dry_run_judges_as_if_the_earlier_were_recorded_and_records_nothing()
    {
        var events = new[] { Event(Data(9, "2022-07", "to-date"), Id(0)), Event(Data(8, "2022-07", "to-date"), Id(1)), Event(Data(9, "2022-07", "to-date"), Id(0)) };
        var dry = (await registry.Reporter.PostEvents(events, "?dryRun=true")).Is(200);
        Assert.Equal(["", "progress.falls", ""], Codes(dry));
        Assert.Null(dry.Header("X-Position"));
        (await registry.Reporter.Get("/v1/registry/progress/p1-area.360731.2022-07")).Is(404);
        (await registry.Reporter.Get($"/v1/registry/events?source=/yudu&id={Id(0)}")).Is(404);
        Assert.Equal(Codes(dry), Codes((await registry.Reporter.PostEvents(events)).Is(200)));
    }

    [Fact]
    public async Task A_thousand_events_are_taken_and_one_more_is_not()
    {
        var days = Enumerable.Range(0, 1000).Select(i => Event(Data(0.01m, new DateOnly(2022, 12, 1).AddDays(i % 31).ToString("yyyy-MM-dd")), Id(i))).ToList();
        Assert.All(Statuses((await registry.Reporter.PostEvents(days)).Is(200)), s => Assert.Equal("recorded", s));
        (await registry.Reporter.PostEvents([.. days, Event(Data(1), Id(1000))])).Is(413, "batch.oversized");
    }

    [Fact]
    public async Task An_event_has_64_KiB_at_most_and_a_post_4_MiB()
    {
        var posted = Padded(64 << 10);
        (await registry.Reporter.PostEvent(posted, "?dryRun=true")).Is(200);
        var larger = Padded((64 << 10) + 1);
        (await registry.Reporter.PostEvent(larger)).Is(413, "event.oversized");
        var both = (await registry.Reporter.PostEvents([posted, larger], "?dryRun=true")).Is(200);
        Assert.Equal(["", "event.oversized"], Codes(both));
        (await registry.Reporter.PostEvents(Enumerable.Repeat(posted, 63), "?dryRun=true")).Is(200);
        (await registry.Reporter.PostEvents(Enumerable.Repeat(posted, 64))).Is(413, "body.oversized");
        (await registry.Reporter.PostEvent(Padded(4 << 20))).Is(413, "event.oversized");
        (await registry.Reporter.PostEvent(Padded((4 << 20) + 1))).Is(413, "body.oversized");

        Dictionary<string, object> Padded(int bytes)
        {
            var @event = Event(Data(1), Id(0));
            @event["padding"] = "";
            @event["padding"] = new string('x', bytes - Encoding.UTF8.GetByteCount(Json(@event)));
            return @event;
        }
    }

    [Fact]
    public async Task What_names_an_event_is_short()
    {
        foreach (var name in new[] { "id", "source", "type", "subject" })
        {
            var posted = Event(Data(1), Id(0));
            posted[name] = new string('x', 257);
            var answer = (await registry.Reporter.PostEvent(posted)).Is(400, "event.malformed");
            Assert.Contains($"#/{name}", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_batch_is_an_array() =>
        (await registry.Reporter.Send(HttpMethod.Post, "/v1/registry/events", "{}", "application/cloudevents-batch+json")).Is(400, "batch.malformed");

    [Fact]
    public async Task Many_at_once_are_each_recorded_once()
    {
        var events = Enumerable.Range(0, 30).Select(i => Event(Data(0.1m, $"2023-{1 + (i % 12):00}"), Id(i))).ToList();
        var answers = await Task.WhenAll(events.Concat(events).Select(e => registry.Reporter.PostEvent(e)));
        Assert.Equal(30, answers.Count(a => a.Status == 201));
        Assert.Equal(30, answers.Count(a => a.Status == 200));
        var figures = (await registry.Reporter.Get("/v1/registry/progress?limit=500&measureId=p1-area")).Json.GetProperty("items").EnumerateArray()
            .Where(f => f.GetProperty("period").GetString()!.StartsWith("2023", StringComparison.Ordinal));
        Assert.Equal(3.0m, figures.Sum(f => f.GetProperty("reported").GetProperty("value").GetDecimal()));
    }
}

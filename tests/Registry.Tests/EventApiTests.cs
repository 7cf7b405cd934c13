using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>A county system posts CloudEvents, one by one.</summary>
public sealed class EventApiTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    [Fact]
    public async Task A_structured_event_is_recorded_and_found_again()
    {
        var posted = Event(Data(1.5m, "2022-01"));
        var answer = (await registry.Reporter.PostEvent(posted)).Is(201);
        var position = answer.Json.GetProperty("position").GetInt64();
        Assert.Equal((0, "/yudu", (string)posted["id"], "recorded", "progress-p1-area"), (
            answer.Json.GetProperty("index").GetInt32(), answer.Json.GetProperty("source").GetString()!, answer.Json.GetProperty("id").GetString()!,
            answer.Json.GetProperty("status").GetString()!, answer.Json.GetProperty("stream").GetString()!));
        Assert.Equal($"registry:{position}", answer.Header("X-Position"));

        var found = (await registry.Reporter.Get($"/v1/registry/events?source=%2Fyudu&id={posted["id"]}")).Is(200);
        Assert.Equal(position, found.Json.GetProperty("position").GetInt64());
        var figure = (await registry.Reporter.Get("/v1/registry/progress/p1-area.360731.2022-01")).Is(200).Json;
        Assert.Equal(1.5m, figure.GetProperty("reported").GetProperty("value").GetDecimal());
    }

    [Fact]
    public async Task A_repeat_is_a_duplicate_with_the_original_position_also_with_another_time_and_trace()
    {
        var posted = Event(Data(1, "2022-02"));
        var first = (await registry.Reporter.PostEvent(posted)).Is(201);
        (await registry.Reporter.PostEvent(Event(Data(1, "2022-03")))).Is(201);
        posted["time"] = "2024-07-03T08:00:00Z";
        posted["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var again = (await registry.Reporter.PostEvent(posted)).Is(200);
        Assert.Equal("duplicate", again.Json.GetProperty("status").GetString());
        foreach (var member in new[] { "position", "stream", "version" })
            Assert.Equal(first.Json.GetProperty(member).ToString(), again.Json.GetProperty(member).ToString());
        Assert.Equal(first.Header("X-Position"), again.Header("X-Position"));
    }

    [Fact]
    public async Task The_identity_with_other_content_is_refused()
    {
        var posted = Event(Data(1, "2022-04"));
        (await registry.Reporter.PostEvent(posted)).Is(201);
        posted["data"] = Data(2, "2022-04");
        (await registry.Reporter.PostEvent(posted)).Is(409, "event.differs");
        posted["data"] = Data(1, "2022-04");
        posted["subject"] = "p1";
        (await registry.Reporter.PostEvent(posted)).Is(409, "event.differs");
    }

    [Fact]
    public async Task A_refused_event_does_not_use_up_its_id()
    {
        (await registry.Reporter.PostEvent(Event(Data(1, "2030-01"), "refused-1"))).Is(422, "period.outside-schedule");
        (await registry.Reporter.Get("/v1/registry/events?source=/yudu&id=refused-1")).Is(404, "event.unknown");
        (await registry.Reporter.PostEvent(Event(Data(1, "2022-05"), "refused-1"))).Is(201);
    }

    [Fact]
    public async Task A_binary_event_carries_its_attributes_in_percent_encoded_headers()
    {
        var id = Guid.NewGuid().ToString("N");
        (await Binary(Data(2, "2022-06"), id, ("ce-subject", "%E5%B4%A9%E5%B2%97"))).Is(422, "event.subject-differs");
        (await Binary(Data(2, "2022-06"), id, ("ce-subject", "%70%31"), ("ce-purpose", "%E8%AF%95%20%22%25%22"))).Is(201);
        // Decoded once: the same in structured mode is the same event.
        var same = Event(Data(2, "2022-06"), id, "/于都/a b");
        same["subject"] = "p1";
        Assert.Equal("duplicate", (await registry.Reporter.PostEvent(same)).Is(200).Json.GetProperty("status").GetString());
        var headers = await registry.Database.Value<string>(
            $"select headers->'extensions'->>'purpose' from events.mt_events where headers->>'id' = '{id}' and headers->>'source' = '/于都/a b'");
        Assert.Equal("试 \"%\"", headers);
        // The same in quotes, as the binding allows them to be read.
        Assert.Equal("duplicate", (await Binary(Data(2, "2022-06"), id, ("ce-subject", "\"p\\1\""), ("ce-source", "\"/%E4%BA%8E%E9%83%BD/a b\"")))
            .Is(200).Json.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("ce-subject", "%FF%FE")]
    [InlineData("ce-subject", "%C3%28")]
    [InlineData("ce-subject", "%00")]
    [InlineData("ce-time", "yesterday")]
    [InlineData("ce-specversion", "0.3")]
    [InlineData("ce-other_name", "x")]
    public async Task A_header_that_is_wrong_is_refused(string name, string value) =>
        (await Binary(Data(2, "2022-06"), "wrong", (name, value))).Is(400, "event.malformed");

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/cloudevents+xml")]
    public async Task Another_media_type_is_refused(string media) => (await registry.Reporter.Send(
        HttpMethod.Post, "/v1/registry/events", Json(Event(Data(1, "2022-07"))), media)).Is(415, "media-type.unsupported");

    [Fact]
    public async Task What_is_missing_in_an_event_is_told_at_once()
    {
        var answer = (await registry.Reporter.Send(HttpMethod.Post, "/v1/registry/events", """{"specversion":"2.0"}""", "application/cloudevents+json")).Is(400, "event.malformed");
        Assert.Equal(["#/specversion", "#/id", "#/source", "#/type", "#/time", "#/data"], Pointers(answer));
    }

    [Fact]
    public async Task What_is_wrong_in_its_data_is_told_at_once()
    {
        var answer = (await registry.Reporter.PostEvent(Event(new
        {
            measureId = 7,
            division = Yudu,
            period = "2024-13",
            mode = "weekly",
            quantity = new { value = "1", unit = "ha" },
            colour = "red",
            evidence = new object?[] { null, new { uri = "u", sha256 = "s", kind = "photo", x = 1 } },
            note = (string?)null,
        }))).Is(400, "event.data-malformed");
        Assert.Equal(
            ["#/data/measureId", "#/data/period", "#/data/mode", "#/data/quantity/value", "#/data/colour", "#/data/evidence/0", "#/data/evidence/1/x", "#/data/projectId"],
            Pointers(answer));
    }

    [Fact]
    public async Task An_unknown_type_is_refused_with_those_there_are() =>
        Assert.Contains("restoration.progress.corrected.v1", (await registry.Reporter.PostEvent(Event(Data(1), type: "restoration.progress.guessed.v1")))
            .Is(422, "event.type-unknown").Text, StringComparison.Ordinal);

    [Fact]
    public async Task What_has_not_happened_is_not_an_event()
    {
        var posted = Event(Data(1));
        posted["time"] = DateTimeOffset.UtcNow.AddHours(1).ToString("O");
        (await registry.Reporter.PostEvent(posted)).Is(422, "event.in-future");
    }

    [Fact]
    public async Task A_code_that_was_replaced_is_refused_with_its_successor()
    {
        var city = registry.Host.As("city-reports", City, Roles.Reporter);
        var answer = (await city.PostEvent(Event(Data(1, division: Nankang, measure: "p3-area"), source: "/city"))).Is(422, "division.replaced");
        Assert.Contains(NewNankang, answer.Text, StringComparison.Ordinal);
        (await city.PostEvent(Event(Data(1, division: NewNankang, measure: "p3-area"), source: "/city"))).Is(201);
    }

    [Fact]
    public async Task A_county_reports_for_itself_only()
    {
        (await registry.Reporter.PostEvent(Event(Data(1, division: Ningdu)))).Is(403, "division.forbidden");
        (await registry.Reporter.PostEvent(Event(Data(1, division: "361111")))).Is(422, "division.unknown");
    }

    [Fact]
    public async Task Only_a_reporter_reports()
    {
        (await registry.Bureau.PostEvent(Event(Data(1), source: "/bureau"))).Is(403, "role.missing");
        (await registry.Host.Nobody.PostEvent(Event(Data(1), source: "/nobody"))).Is(401, "token.missing");
    }

    [Fact]
    public async Task A_source_belongs_to_the_client_that_used_it_first()
    {
        (await registry.Reporter.PostEvent(Event(Data(1, "2022-08"), "own-1", "/own"))).Is(201);
        var other = registry.Host.As("yudu-other", Yudu, Roles.Reporter);
        (await other.PostEvent(Event(Data(1, "2022-08"), "own-2", "/own"))).Is(403, "source.foreign");
        (await other.PostEvent(Event(Data(1, "2022-08"), "own-1", "/own"))).Is(403, "source.foreign");
        (await other.Get("/v1/registry/events?source=/own&id=own-1")).Is(404, "event.unknown");
    }

    [Fact]
    public async Task Nobody_takes_a_source_by_a_post_that_records_nothing()
    {
        (await registry.Bureau.PostEvent(Event(Data(1), source: "/squatted"))).Is(403, "role.missing");
        var other = registry.Host.As("yudu-other", Yudu, Roles.Reporter);
        (await other.PostEvent(Event(Data(1, "2022-09", division: Ningdu), source: "/squatted"))).Is(403, "division.forbidden");
        (await other.PostEvent(Event(Data(1, "2022-09"), source: "/squatted"), "?dryRun=true")).Is(200);
        (await registry.Reporter.PostEvent(Event(Data(1, "2022-09"), source: "/squatted"))).Is(201);
        (await other.PostEvent(Event(Data(1, "2022-09"), source: "/squatted"))).Is(403, "source.foreign");
    }

    [Fact]
    public async Task A_correction_names_the_report_it_corrects()
    {
        (await registry.Reporter.PostEvent(Event(Data(5, "2022-10"), "corr-1"))).Is(201);
        (await registry.Reporter.PostEvent(Event(Data(2, "2022-10"), "corr-2"))).Is(201);
        var correction = Event(
            new { corrects = new { source = "/yudu", id = "corr-1" }, quantity = new { value = 3, unit = "ha" }, reason = "counted twice" }, "corr-3",
            type: "restoration.progress.corrected.v1");
        (await registry.Reporter.PostEvent(correction)).Is(201);
        Assert.Equal("duplicate", (await registry.Reporter.PostEvent(correction)).Is(200).Json.GetProperty("status").GetString());
        var figure = (await registry.Reporter.Get("/v1/registry/progress/p1-area.360731.2022-10")).Json;
        Assert.Equal(5, figure.GetProperty("reported").GetProperty("value").GetDecimal());
        Assert.Equal("counted twice", figure.GetProperty("reason").GetString());

        var unknown = Event(
            new { corrects = new { source = "/yudu", id = "corr-9" }, quantity = new { value = 3, unit = "ha" }, reason = "r" }, type: "restoration.progress.corrected.v1");
        (await registry.Reporter.PostEvent(unknown)).Is(404, "report.unknown");
        (await registry.Host.As("ningdu-reports", Ningdu, Roles.Reporter).PostEvent(Event(
            new { corrects = new { source = "/yudu", id = "corr-1" }, quantity = new { value = 1, unit = "ha" }, reason = "r" }, source: "/ningdu",
            type: "restoration.progress.corrected.v1"))).Is(403, "division.forbidden");
    }

    [Fact]
    public async Task An_event_stays_a_duplicate_after_a_restart_and_in_another_process()
    {
        var posted = Event(Data(1, "2022-11"), source: "/restarted");
        var first = (await registry.Reporter.PostEvent(posted)).Is(201);
        await registry.Restart();
        var again = (await registry.Reporter.PostEvent(posted)).Is(200);
        Assert.Equal(first.Json.GetProperty("position").GetInt64(), again.Json.GetProperty("position").GetInt64());
        await using var other = registry.Another();
        Assert.Equal("duplicate", (await other.As("yudu-reports", Yudu, Roles.Reporter).PostEvent(posted)).Is(200).Json.GetProperty("status").GetString());
        (await other.As("thief", Yudu, Roles.Reporter).PostEvent(Event(Data(1, "2022-12"), source: "/restarted"))).Is(403, "source.foreign");
    }

    [Fact]
    public async Task The_traceparent_of_an_event_is_kept()
    {
        var posted = Event(Data(1, "2023-01"));
        posted["traceparent"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var position = (await registry.Reporter.PostEvent(posted)).Is(201).Json.GetProperty("position").GetInt64();
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", await registry.Database.Value<string>($"select correlation_id from events.mt_events where seq_id = {position}"));
    }

    private Task<Answer> Binary(object data, string id, params (string Name, string Value)[] headers)
    {
        (string Name, string Value)[] defaults =
        [
            ("ce-specversion", "1.0"), ("ce-id", id), ("ce-source", "/%E4%BA%8E%E9%83%BD/a%20b"), ("ce-type", "restoration.progress.reported.v1"),
            ("ce-time", "2024-07-02T08:00:00Z"),
        ];
        return registry.Reporter.Send(
            HttpMethod.Post, "/v1/registry/events", Json(data), "application/json",
            [.. defaults.Where(d => headers.All(h => h.Name != d.Name)), .. headers]);
    }

    internal static IEnumerable<string> Pointers(Answer answer) =>
        answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()!);
}

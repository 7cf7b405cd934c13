using System.Text.Json;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Mines.Tests.MinesSystem;

namespace Restoration.Mines.Tests;

/// <summary>Whatever comes in, the answer is the sender's fault or a success, never ours.</summary>
public sealed class HostileInputTests(MinesSystem system) : IClassFixture<MinesSystem>
{
    private static readonly string s_survey = JsonSerializer.Serialize(Survey("hostile"), WireJson.Options);
    private static readonly string s_works = JsonSerializer.Serialize(Works("hostile"), WireJson.Options);
    private static readonly string s_acceptance = JsonSerializer.Serialize(Acceptance(), WireJson.Options);

    private static string[] Wrong(string body, params (string Find, string Put)[] changes)
    {
        Assert.All(changes, c => Assert.Contains(c.Find, body, StringComparison.Ordinal)); // a change that changes nothing tests nothing
        return ["", "null", "[]", "7", "{", "\u0000", new string('[', 5_000), .. changes.Select(c => body.Replace(c.Find, c.Put, StringComparison.Ordinal))];
    }

    private static readonly string[] s_numbers = ["1e400", "-1e28", "NaN", "\"1\"", "null", "79228162514264337593543950335", new('9', 5_000), $"0.{new string('1', 60)}"];

    public static TheoryData<string> Surveys => [.. Wrong(s_survey, [
        .. s_numbers.Select(n => ("115.41", n)), .. s_numbers.Select(n => ("\"value\":10", $"\"value\":{n}")), .. s_numbers.Select(n => ("\"value\":1,", $"\"value\":{n},")),
        ("\"legacy\"", "\"ancient\""), ("\"legacy\"", "0"), ("\"open-pit\"", "null"), ("\"ha\"", "\"parsec\""), ("\"ha\"", "\"km\""), ("\"hostile\"", "\"Not a slug\""),
        ("\"hostile\"", "\"\\u0000\""), ("\"hostile\"", "\"\\ud800\""), ("\"盘古山废弃露采场\"", "\"\""), ("[\"滑坡\"]", "\"滑坡\""), ("[\"滑坡\"]", "[null]"),
        ("{\"river\":true}", "{\"river\":\"yes\"}"), ("{\"river\":true}", "{\"railway\":true}"), ("{\"id\"", "{\"colour\":1,\"id\""), ("{\"id\"", "{\"id\":\"twice\",\"id\""),
        ("\"360731\"", "\"'; drop table mines.sites; --\""), ("\"360731\"", "7"), ("{\"id\"", "{\"responsible\":{\"name\":\"x\"},\"id\""),
        ("{\"id\"", "{\"town\":\"nowhere\",\"id\""), ("{\"id\"", "{\"at\":\"9999-12-31T23:59:59-14:00\",\"id\""), ("{\"id\"", "{\"at\":7,\"id\"")])];

    public static TheoryData<string> Reports => [.. Wrong(s_works, [
        .. s_numbers.Select(n => ("\"value\":10", $"\"value\":{n}")), ("\"ha\"", "\"count\""), ("\"drone\"", "\"rumour\""), (new string('a', 64), "zz"),
        ("[{", "[null,{"), ("\"https://evidence.example/1.jpg\"", "7"), ("{\"siteId\"", "{\"colour\":1,\"siteId\""), ("\"hostile\"", "null")])];

    public static TheoryData<string> Acceptances => [.. Wrong(s_acceptance, [
        .. s_numbers.Select(n => ("\"value\":75", $"\"value\":{n}")), .. s_numbers.Select(n => ("\"value\":10", $"\"value\":{n}")), ("\"grass\"", "\"casino\""), ("\"grass\"", "3"),
        ("\"soil-depth\"", "\"happiness\""), ("\"soil-depth\"", "\"water-quality\""), ("\"soil-depth\"", "\"vegetation-cover\""), ("[\"2001\",\"2002\"]", "[]"),
        ("[\"2001\",\"2002\"]", "[null]"), ("\"ha\"", "\"m3\""), ("{\"team\"", "{\"colour\":1,\"team\"")])];

    [Theory]
    [MemberData(nameof(Surveys))]
    public async Task A_hostile_survey_is_the_senders_fault(string body)
    {
        IsTheSendersFault(await system.Reporter.Send(HttpMethod.Post, "/v1/mines/sites", body, "application/json", Key));
        if (!body.Contains("\"at\"", StringComparison.Ordinal) || body.Contains("\"at\":7", StringComparison.Ordinal))
        {
            IsTheSendersFault(await system.Reporter.Send(HttpMethod.Post, "/v1/mines/events", Enveloped("surveyed", body), "application/cloudevents+json"));
        }
    }

    [Theory]
    [MemberData(nameof(Reports))]
    public async Task A_hostile_report_is_the_senders_fault(string body)
    {
        if ((await system.County.Get("/v1/mines/sites/hostile")).Status != 200)
        {
            await system.To("verified", "hostile");
        }

        IsTheSendersFault(await system.Reporter.Send(HttpMethod.Post, "/v1/mines/events", Enveloped("works-reported", body), "application/cloudevents+json"));
    }

    [Theory]
    [MemberData(nameof(Acceptances))]
    public async Task A_hostile_acceptance_is_the_senders_fault(string body)
    {
        if ((await system.County.Get("/v1/mines/sites/hostile-accept")).Status != 200)
        {
            await system.To("self-checked", "hostile-accept");
        }

        IsTheSendersFault(await system.CityBureau.Send(
            HttpMethod.Post, "/v1/mines/sites/hostile-accept/accept", body, "application/json", Key, ("Restoration-Actor", "2001")));
        Assert.Equal("self-checked", (await system.County.Get("/v1/mines/sites/hostile-accept")).Json.GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_event_does_not_say_twice_when_it_happened()
    {
        var body = s_survey.Replace("{\"id\"", "{\"at\":\"2024-07-02T00:00:00Z\",\"id\"", StringComparison.Ordinal);
        (await system.Reporter.Send(HttpMethod.Post, "/v1/mines/events", Enveloped("surveyed", body), "application/cloudevents+json")).Is(400, "event.data-malformed");
    }

    [Fact]
    public async Task Areas_finer_than_a_sum_can_hold_are_still_accounted_for()
    {
        foreach (var (id, value) in new[] { ("fine-1", 0.000_000_000_000_000_000_000_1m), ("fine-2", 999_999_999m) })
        {
            (await system.Reporter.Post("/v1/mines/sites", new
            {
                id, name = id, division = Sample.Yudu, lon = 115, lat = 25, kind = "legacy", type = "dump", area = new { value, unit = "m2" },
            })).Is(201);
        }

        (await system.CityBureau.Get("/v1/mines/accounts")).Is(200);
    }

    [Theory]
    [InlineData("sites?state=%00")]
    [InlineData("sites?unit=furlong")]
    [InlineData("sites?unit=km")]
    [InlineData("sites?limit=0")]
    [InlineData("sites?cursor=bm90anNvbg")]
    [InlineData("sites?colour=red")]
    [InlineData("sites/none?unit=%00")]
    [InlineData("sites/none/history?cursor=x")]
    [InlineData("accounts?division=%00")]
    [InlineData("accounts?unit=t")]
    [InlineData("accounts?year=2024")]
    public async Task A_hostile_question_is_the_askers_fault(string path) => IsTheSendersFault(await system.CityBureau.Get($"/v1/mines/{path}"));

    private static (string, string) Key => ("Idempotency-Key", Guid.NewGuid().ToString());

    private static string Enveloped(string type, string data) =>
        $$"""{"specversion":"1.0","id":"{{Guid.NewGuid()}}","source":"/hostile","type":"restoration.site.{{type}}.v1","time":"2024-07-02T08:00:00+08:00","data":{{data}}}""";

    private static void IsTheSendersFault(Answer answer)
    {
        Assert.True(answer.Status is >= 400 and < 500, $"{answer.Status} {answer.Text}");
        Assert.Equal("application/problem+json", answer.Message.Content.Headers.ContentType?.MediaType);
    }
}

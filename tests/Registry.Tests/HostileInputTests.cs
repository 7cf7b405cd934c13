using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;

namespace Restoration.Registry.Tests;

/// <summary>Whatever comes in, the answer is the sender's fault or a success, never ours.</summary>
public sealed class HostileInputTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static readonly string s_event = Json(Event(Data(1), "hostile"));

    public static TheoryData<string> Events => [.. new string[]
    {
        "", " ", "null", "[]", "7", "\"x\"", "{", "{}}", "\u0000", "[[[[[[[[[[", new string('[', 100_000), new string('{', 10_000),
        s_event.Replace("\"hostile\"", "\"\\u0000\""), s_event.Replace("\"hostile\"", "\"\\ud800\""), s_event.Replace("\"hostile\"", "7"),
        s_event.Replace("\"hostile\"", $"\"{new string('x', 300)}\""), s_event.Replace("\"hostile\"", "null"),
        s_event.Replace("{\"specversion\"", "{\"\\ud800\":1,\"specversion\""), s_event.Replace("{\"specversion\"", "{\"\\u0000\":1,\"specversion\""),
        s_event.Replace("{\"specversion\"", "{\"ext\":\"\\ud800\",\"specversion\""), s_event.Replace("{\"specversion\"", "{\"ext\":\"\\u0000\",\"specversion\""),
        s_event.Replace("{\"specversion\"", "{\"datacontenttype\":\"\\ud800\",\"specversion\""), s_event.Replace("{\"specversion\"", "{\"ext\":{},\"specversion\""),
        s_event.Replace("{\"specversion\"", "{\"id\":\"twice\",\"specversion\""), s_event.Replace("{\"specversion\"", "{\"ext\":1e99,\"specversion\""),
        s_event.Replace("{\"specversion\"", "{\"data_base64\":\"e30=\",\"specversion\""),
        s_event.Replace("{\"projectId\"", "{\"\\ud800\":1,\"projectId\""), s_event.Replace("{\"projectId\"", "{\"\\u0000\":1,\"projectId\""),
        s_event.Replace("{\"projectId\"", "{\"note\":\"\\u0000\",\"projectId\""), s_event.Replace("{\"projectId\"", "{\"note\":\"\\udc00\",\"projectId\""),
        s_event.Replace("{\"projectId\"", "{\"projectId\":\"p1\",\"projectId\""), s_event.Replace("{\"projectId\"", $"{{\"note\":{new string('[', 60)}{new string(']', 60)},\"projectId\""),
        s_event.Replace("\"value\":1", "\"value\":1e400"), s_event.Replace("\"value\":1", "\"value\":-1e28"), s_event.Replace("\"value\":1", "\"value\":1e-400"),
        s_event.Replace("\"value\":1", $"\"value\":{new string('9', 5_000)}"), s_event.Replace("\"value\":1", $"\"value\":0.{new string('1', 5_000)}"),
        s_event.Replace("\"value\":1", "\"value\":NaN"), s_event.Replace("\"value\":1", "\"value\":79228162514264337593543950335"),
        s_event.Replace("\"2024-06\"", "\"0000-01\""), s_event.Replace("\"2024-06\"", "\"２０２４\""), s_event.Replace("\"2024-06\"", "\"2999-12-31\""),
        s_event.Replace("2024-07-02T08:00:00+08:00", "0001-01-01T00:00:00+14:00"), s_event.Replace("2024-07-02T08:00:00+08:00", "9999-12-31T23:59:59-14:00"),
        s_event.Replace("2024-07-02T08:00:00+08:00", "2024-07-02"), s_event.Replace("\"p1\"", $"\"{new string('x', 100_000)}\""),
        s_event.Replace("\"p1-area\"", $"\"{new string('x', 100_000)}\""), s_event.Replace("\"360731\"", "\"'; drop table registry.figures; --\""),
    }];

    [Theory]
    [MemberData(nameof(Events))]
    public async Task A_hostile_event_is_the_senders_fault(string body)
    {
        foreach (var (sent, media) in new[] { (body, "application/cloudevents+json"), ($"[{body}]", "application/cloudevents-batch+json") })
        {
            var answer = await registry.Reporter.Send(HttpMethod.Post, "/v1/registry/events", sent, media);
            Assert.True(answer.Status is >= 400 and < 500 || Rejected(answer), $"{answer.Status} {answer.Text}");
        }

        static bool Rejected(Answer answer) =>
            answer.Status == 200 && answer.Json.TryGetProperty("results", out _) && answer.Json.GetProperty("results").EnumerateArray().All(r => r.GetProperty("status").GetString() == "rejected");
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-32")]
    [InlineData("iso-8859-1")]
    [InlineData("utf-8-bom")]
    public async Task A_body_in_another_encoding_is_the_senders_fault(string name)
    {
        var text = Json(Event(Data(1, reason: "Größe")));
        byte[] bytes = name == "utf-8-bom" ? [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)] : Encoding.GetEncoding(name).GetBytes(text);
        using var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/cloudevents+json");
        Assert.InRange((await registry.Reporter.Send("/v1/registry/events", content)).Status, 400, 499);
    }

    [Theory]
    [InlineData("/v1/registry/divisions?parentId=%00")]
    [InlineData("/v1/registry/divisions?limit=99999999999999999999")]
    [InlineData("/v1/registry/divisions?limit=0")]
    [InlineData("/v1/registry/divisions?limit=501")]
    [InlineData("/v1/registry/divisions?cursor=%00")]
    [InlineData("/v1/registry/divisions?cursor=bm90anNvbg")]
    [InlineData("/v1/registry/divisions/%00")]
    [InlineData("/v1/registry/divisions/36%EF%BF%BD%ED%A0%80")]
    [InlineData("/v1/registry/divisions/360700/history?cursor=x")]
    [InlineData("/v1/registry/divisions/360700/history?limit=-1")]
    [InlineData("/v1/registry/plans?state=%00")]
    [InlineData("/v1/registry/plans/gz/summary?year=%00")]
    [InlineData("/v1/registry/plans/gz/summary?year=twenty")]
    [InlineData("/v1/registry/plans/gz/summary?unit=furlong")]
    [InlineData("/v1/registry/plans/gz/summary?minPosition=-1")]
    [InlineData("/v1/registry/plans/gz/summary?minPosition=funding:1")]
    [InlineData("/v1/registry/plans/gz/summary?division=%00")]
    [InlineData("/v1/registry/projects?leadUnit=a%00b")]
    [InlineData("/v1/registry/progress?measureId=%00")]
    [InlineData("/v1/registry/progress?unit=%00")]
    [InlineData("/v1/registry/events?source=%00&id=1")]
    [InlineData("/v1/registry/events?source=/yudu")]
    [InlineData("/v1/registry/plans?colour=red")]
    public async Task A_hostile_question_is_the_askers_fault(string path)
    {
        var answer = await registry.Planner.Get(path);
        Assert.True(answer.Status is >= 400 and < 500, $"{path}: {answer.Status} {answer.Text}");
    }

    [Fact]
    public async Task Half_a_cursor_is_foreign()
    {
        var next = (await registry.Planner.Get("/v1/registry/projects?limit=1")).Is(200).Json.GetProperty("next").GetString()!;
        var keys = JsonSerializer.Deserialize<string[]>(Base64Url.DecodeFromChars(next))!;
        foreach (var forged in new string?[][] { [keys[0]], keys[..2], [.. keys, "more"], [keys[0], keys[1], "x", keys[3]], [keys[0], "\0", "1", "p"], [keys[0], null, "1", "p"] })
        {
            var cursor = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(forged));
            var answer = await registry.Planner.Get($"/v1/registry/projects?limit=1&cursor={cursor}");
            Assert.True(answer.Status is 200 or 400, $"{string.Join(',', forged)}: {answer.Status} {answer.Text}");
        }
    }

    [Fact]
    public async Task A_very_long_name_of_a_resource_is_no_resource()
    {
        var random = new Random(1);
        var path = $"/v1/registry/plans/{new string([.. Enumerable.Range(0, 6_000).Select(_ => (char)random.Next('a', 'z' + 1))])}/adopt";
        (await registry.Planner.Post(path, new { })).Is(404);
    }

    [Theory]
    [InlineData("Restoration-Actor", "a b")]
    [InlineData("If-Match", "%%%")]
    [InlineData("Idempotency-Key", "\"")]
    [InlineData("Idempotency-Key", "")]
    [InlineData("Accept-Language", ";;q=x,zh")]
    public async Task A_hostile_header_is_the_senders_fault(string name, string value)
    {
        var answer = await registry.Planner.Post("/v1/registry/projects/none/start", new { }, (name, value));
        Assert.True(answer.Status is >= 400 and < 500, $"{answer.Status} {answer.Text}");
    }

    [Theory]
    [InlineData("""{"at":"9999-12-31T23:59:59-14:00"}""")]
    [InlineData("""{"at":"0001-01-01T00:00:00+14:00"}""")]
    [InlineData("""{"at":7}""")]
    [InlineData("""{"at":"\ud800"}""")]
    [InlineData("""{"\ud800":"x"}""")]
    [InlineData("""{"at":null,"at":null}""")]
    [InlineData("[]")]
    public async Task A_hostile_command_is_the_senders_fault(string body)
    {
        var answer = await registry.Planner.Send(HttpMethod.Post, "/v1/registry/projects/p1/start", body, "application/json", ("Idempotency-Key", Guid.NewGuid().ToString()));
        Assert.True(answer.Status is >= 400 and < 500, $"{answer.Status} {answer.Text}");
    }

    [Fact]
    public async Task A_problem_tells_nothing_of_the_inside()
    {
        var answer = (await registry.Planner.Get("/v1/registry/plans/none")).Is(404, "resource.unknown");
        Assert.Equal("application/problem+json", answer.Message.Content.Headers.ContentType!.MediaType);
        Assert.Equal("/problems/resource.unknown", answer.Json.GetProperty("type").GetString());
        Assert.Equal("/v1/registry/plans/none", answer.Json.GetProperty("instance").GetString());
        var chinese = (await registry.Planner.Get("/v1/registry/plans/none", ("Accept-Language", "zh-CN"))).Is(404, "resource.unknown");
        Assert.Equal("zh", chinese.Message.Content.Headers.ContentLanguage.Single());
        Assert.Equal("资源不存在", chinese.Json.GetProperty("title").GetString());
    }
}

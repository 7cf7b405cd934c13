using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Restoration.Updates.Tests;

public sealed class PollingTests : FeedTests
{
    private const string Verified = "restoration.registry.figure-verified.v1";
    private Replica _service = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _service = await Feed.StartAsync();
    }

    [Fact]
    public async Task An_entry_is_the_CloudEvent_with_its_sequence()
    {
        await RecordAsync(() => Registry.Record("gz-p11"));
        var entry = (await _service.PollAsync("")).GetProperty("items")[0];
        Assert.Equal("00010000000000000001", entry.GetProperty("sequence").GetString());
        Assert.Equal("1", entry.GetProperty("position").GetString());
        Assert.Equal(1, entry.GetProperty("streamversion").GetInt32());
        Assert.Equal("gz-p11", entry.GetProperty("subject").GetString());
        Assert.Equal("第一行\n第二行", entry.GetProperty("data").GetProperty("note").GetString());
    }

    [Fact]
    public async Task Full_pages_are_for_ever_and_the_last_one_is_open()
    {
        await RecordAsync(() => { for (var i = 0; i < 5; i++) Registry.Record($"p{i}"); });
        using var open = await _service.GetAsync("/v1/updates?limit=3");
        Assert.True(open.Headers.CacheControl!.NoCache, "Where the feed begins is another place when its oldest entries are forgotten.");
        using var first = await _service.GetAsync("/v1/updates?limit=3&after=00010000000000000000");
        var cache = first.Headers.CacheControl!;
        Assert.Equal((true, TimeSpan.FromDays(365), "immutable"), (cache.Private, cache.MaxAge, Assert.Single(cache.Extensions).Name));
        Assert.Equal("</v1/updates?limit=3&after=00010000000000000003>; rel=\"next\"", first.Headers.GetValues("Link").Single());
        using var second = await _service.GetAsync("/v1/updates?limit=3&after=00010000000000000003");
        Assert.Contains("no-cache", string.Join(", ", second.Headers.GetValues("Cache-Control")), StringComparison.Ordinal);
        var body = JsonDocument.Parse(await second.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(2, body.GetProperty("items").GetArrayLength());
        Assert.Equal("00010000000000000005", body.GetProperty("next").GetString());
    }

    [Fact]
    public async Task A_page_ends_with_what_makes_it_heavy_and_nothing_is_missing()
    {
        string[] subjects = [.. Enumerable.Range(0, 9).Select(i => $"p{i}")];
        await RecordAsync(() => { foreach (var subject in subjects) Registry.Record(subject, data: new JsonObject { ["note"] = new string('重', 1 << 19) }); });
        List<int> sizes = [];
        List<string?> seen = [];
        for (var after = "00010000000000000000"; await _service.PollAsync($"?limit=500&after={after}") is var page && page.GetProperty("items").GetArrayLength() is > 0 and var size;)
        {
            sizes.Add(size);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("subject").GetString()));
            after = page.GetProperty("next").GetString()!;
        }
        Assert.Equal([3, 3, 3], sizes);
        Assert.Equal(subjects, seen);
        Assert.Equal(subjects, (await _service.PollAsync("/snapshot")).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("subject").GetString()));
        var followed = await _service.StreamAsync(lastEventId: "00010000000000000000").Where(b => b.Id is not null).Take(9).ToListAsync();
        Assert.Equal(subjects, followed.Select(b => b.Json.GetProperty("subject").GetString()));
    }

    [Fact]
    public async Task A_page_that_is_known_is_not_sent_again()
    {
        await RecordAsync(() => { for (var i = 0; i < 5; i++) Registry.Record($"p{i}"); });
        var known = await TagAsync("?limit=3");
        using (var same = await _service.GetAsync("/v1/updates?limit=3", ifNoneMatch: known)) Assert.Equal(304, (int)same.StatusCode);
        using (var other = await _service.GetAsync("/v1/updates?limit=3", "360731", ifNoneMatch: known)) Assert.Equal(200, (int)other.StatusCode);
        var open = await TagAsync("?after=00010000000000000003");
        using (var same = await _service.GetAsync("/v1/updates?after=00010000000000000003", ifNoneMatch: open)) Assert.Equal(304, (int)same.StatusCode);
        Registry.Record();
        await Registry.RelayAsync(5);
        await Feed.CountAsync(6);
        using (var more = await _service.GetAsync("/v1/updates?after=00010000000000000003", ifNoneMatch: open)) Assert.Equal(200, (int)more.StatusCode);

        async Task<string> TagAsync(string query)
        {
            using var answer = await _service.GetAsync($"/v1/updates{query}");
            return answer.Headers.ETag!.ToString();
        }
    }

    [Fact]
    public async Task Filters_match_types_subjects_and_everything_under_a_division()
    {
        await RecordAsync(() =>
        {
            Tree();
            Registry.Record("a", division: "360731");
            Registry.Record("b", Verified, division: "360731");
            Registry.Record("c", division: "360203");
            Registry.Record("d", division: "360700", divisions: "360700,360731");
        });
        Assert.Equal(["a", "c", "d"], await _service.SubjectsAsync($"?types={Source.Reported}"));
        Assert.Equal(["a", "b"], await _service.SubjectsAsync("?subjects=b,a"));
        Assert.Equal(["a", "b"], await _service.SubjectsAsync("?subjects=b&subjects=a"));
        Assert.Equal(["a", "b", "d"], await _service.SubjectsAsync($"?divisions=360700&types={Source.Reported},{Verified}"));
        Assert.Equal(["a", "d"], await _service.SubjectsAsync($"?divisions=360731&types={Source.Reported}"));
        Assert.Equal(["b"], await _service.SubjectsAsync($"?divisions=360000&types={Verified}"));
        var nothing = await _service.PollAsync("?subjects=nobody");
        Assert.Equal(0, nothing.GetProperty("items").GetArrayLength());
        Assert.Equal("00010000000000000009", nothing.GetProperty("next").GetString());
    }

    [Fact]
    public async Task A_client_sees_its_division_what_touches_it_and_the_tree()
    {
        await RecordAsync(() =>
        {
            Tree();
            Registry.Record("own", division: "360731");
            Registry.Record("other", division: "360203");
            Registry.Record("above", division: "360700", divisions: "360700,360731");
            Registry.Record("above-alone", division: "360700");
        });
        Assert.Equal(["own", "above"], await _service.SubjectsAsync($"?types={Source.Reported}", "360731"));
        Assert.Equal(["own", "above", "above-alone"], await _service.SubjectsAsync($"?types={Source.Reported}", "360700"));
        Assert.Equal(4, (await _service.SubjectsAsync($"?types={Source.Reported}", "360000")).Length);
        Assert.Equal(5, (await _service.SubjectsAsync("?types=restoration.registry.division-defined.v1", "360203")).Length);
        Assert.Empty(await _service.SubjectsAsync($"?divisions=360203&types={Source.Reported}", "360731"));
    }

    [Fact]
    public async Task What_came_before_its_division_was_known_is_found_under_those_above()
    {
        await using var mines = await Source.ConnectAsync(Feed, "mines");
        mines.Record("early", division: "360731");
        await mines.RelayAsync();
        await Feed.CountAsync(1);
        Assert.Empty(await _service.SubjectsAsync("", "360000"));
        await RecordAsync(() =>
        {
            // From below, so that each step must find what the one before could not.
            Registry.Define("360731", "360700");
            Registry.Define("360700", "360000");
            Registry.Define("360000", null);
        }, 4);
        Assert.Equal(["early"], await _service.SubjectsAsync("?subjects=early", "360000"));
    }

    [Fact]
    public async Task Long_polling_answers_when_something_matching_comes()
    {
        var waiting = _service.SubjectsAsync("?wait=20&subjects=wanted");
        await RecordAsync(() => Registry.Record("unwanted"));
        await Task.Delay(300);
        Assert.False(waiting.IsCompleted);
        Registry.Record("wanted");
        await Registry.RelayAsync(1);
        Assert.Equal(["wanted"], await waiting.WaitAsync(TimeSpan.FromSeconds(60)));

        var empty = await _service.PollAsync("?wait=1&subjects=nobody");
        Assert.Equal("00010000000000000002", empty.GetProperty("next").GetString());
    }

    [Theory]
    [InlineData("?type=x", 400)]
    [InlineData("?after=12", 400)]
    [InlineData("?after=0001000000000000000x", 400)]
    [InlineData("?limit=0", 400)]
    [InlineData("?limit=501", 400)]
    [InlineData("?limit=many", 400)]
    [InlineData("?wait=31", 400)]
    [InlineData("?after=00020000000000000000", 410)]
    [InlineData("?after=00010000000000000099", 410)]
    [InlineData("?types=", 400)]
    [InlineData("?types=a%20b", 400)]
    [InlineData("?divisions=36;07", 400)]
    [InlineData("?subjects=a%00b", 400)]
    [InlineData("?after=00010000000000000000&after=00010000000000000001", 400)]
    [InlineData("/stream?divisions=%27", 400)]
    [InlineData("/snapshot?after=00010000000000000000", 400)]
    [InlineData("/snapshot?subjects=", 400)]
    [InlineData("/stream?limit=1", 400)]
    [InlineData("/stream?after=1", 400)]
    public async Task Wrong_questions_get_a_problem(string query, int status)
    {
        using var answer = await _service.GetAsync($"/v1/updates{query}");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Without_a_token_there_is_nothing_to_see()
    {
        using var http = new HttpClient { BaseAddress = _service.Address };
        foreach (var path in new[] { "/v1/updates", "/v1/updates/stream", "/v1/updates/snapshot" })
        {
            using var answer = await http.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
        using var document = await http.GetAsync("/openapi/updates.json");
        Assert.Contains("/v1/updates/stream", await document.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private void Tree()
    {
        Registry.Define("360000", null);
        Registry.Define("360700", "360000");
        Registry.Define("360731", "360700");
        Registry.Define("360200", "360000");
        Registry.Define("360203", "360200");
    }

    private async Task RecordAsync(Action record, long? entries = null)
    {
        record();
        await Registry.RelayAsync();
        await Feed.CountAsync(entries ?? Registry.Head);
    }
}

using System.Text.Json;
using Npgsql;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Tests;

/// <summary>One starts from a snapshot, or is told to: what is no longer kept is never skipped in silence.</summary>
public sealed class SnapshotTests(ITestOutputHelper output) : FeedTests
{
    private const string Verified = "restoration.registry.figure-verified.v1";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Registry.Define("360000", null);
        Registry.Define("360700", "360000");
        Registry.Define("360731", "360700");
        Registry.Define("360703", "360700");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("00:00:00.200")]
    public async Task A_snapshot_and_what_follows_it_are_the_whole(string? keep)
    {
        var service = await Feed.StartAsync(keep is null ? [] : [("Feed__Keep", keep)]);
        var random = new Random(Environment.TickCount);
        var recorded = new List<(long Number, string Subject, string Type, string Division)>();
        var sending = Task.Run(async () =>
        {
            await Registry.RelayAsync();
            for (var i = 0; i < 150; i++)
            {
                var after = Registry.Head;
                for (var n = random.Next(1, 20); n > 0; n--)
                {
                    var (subject, type, division) = (
                        $"p{random.Next(12)}", random.Next(3) == 0 ? Verified : Source.Reported, random.Next(2) == 0 ? "360731" : "360703");
                    lock (recorded) recorded.Add((Registry.Record(subject, type, division), subject, type, division));
                }
                await Registry.RelayAsync(after);
                await Task.Delay(10);
            }
        });

        var (looks, gone) = (0, 0);
        for (var last = false; !last || looks < 8; looks++)
        {
            if (sending.IsCompleted)
            {
                await sending;
                await Eventually.Get(() => Feed.AskAsync<long>("select last from feed.head"), n => n == Registry.Head, "all of it");
                last = true;
            }
            var (filter, division) = (looks % 4) switch
            {
                0 => ("", "*"),
                1 => ($"?types={Verified}", "360700"),
                2 => ("?divisions=360703", "*"),
                _ => ("?subjects=p1,p2", "360731"),
            };
            var snapshot = await service.PollAsync($"/snapshot{filter}", division);
            var at = snapshot.GetProperty("sequence").GetString()!;
            var items = snapshot.GetProperty("items").EnumerateArray().ToList();
            Assert.All(items, i => Assert.True(string.CompareOrdinal(SequenceOf(i), at) <= 0));
            Assert.Equal(items.Count, items.Select(KeyOf).Distinct().Count());
            var seen = items.ToDictionary(KeyOf, SequenceOf);
            Assert.Equal(Expected(filter, division, at), seen);
            await Task.Delay(100);
            if (await FollowAsync(filter, division, seen, at) is { } through) Assert.Equal(Expected(filter, division, through), seen);
            else gone++;
        }
        output.WriteLine($"{looks - gone} went on, {gone} were told to start over");
        if (keep is null) Assert.Equal(0, gone);
        else Assert.NotEqual(looks, gone);

        async Task<string?> FollowAsync(string filter, string division, Dictionary<(string, string), string> seen, string at)
        {
            while (true)
            {
                using var answer = await service.GetAsync($"/v1/updates{(filter.Length == 0 ? "?" : filter + "&")}after={at}&limit=200", division);
                if ((int)answer.StatusCode == 410) return null;
                var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
                foreach (var item in page.GetProperty("items").EnumerateArray())
                {
                    Assert.True(string.CompareOrdinal(SequenceOf(item), at) > 0);
                    at = seen[KeyOf(item)] = SequenceOf(item);
                }
                var next = page.GetProperty("next").GetString()!;
                if (page.GetProperty("items").GetArrayLength() == 0) return next;
                at = next;
            }
        }

        Dictionary<(string, string), string> Expected(string filter, string division, string through)
        {
            List<(long Number, string Subject, string Type, string Division)> known;
            lock (recorded) known = [.. recorded];
            var all = known.Select(r => (r.Number, r.Subject, r.Type, r.Division))
                .Concat(new[] { "360000", "360700", "360731", "360703" }.Select((d, i) => (Number: i + 1L, Subject: $"division-{d}", Type: "restoration.registry.division-defined.v1", Division: d)));
            return all.Where(r => r.Number <= long.Parse(through.AsSpan(4), null)).Where(r => filter switch
            {
                "" => true,
                "?divisions=360703" => r.Division == "360703",
                "?subjects=p1,p2" => r.Subject is "p1" or "p2" && r.Division == "360731",
                _ => r.Type == Verified,
            } && division is "*" or "360700" or "360731").GroupBy(r => (r.Subject, r.Type)).ToDictionary(g => g.Key, g => $"0001{g.Max(r => r.Number):D16}");
        }
    }

    [Fact]
    public async Task What_is_old_is_forgotten_and_who_comes_from_there_starts_over()
    {
        for (var i = 0; i < 30; i++) Registry.Record($"p{i % 3}", division: i % 2 == 0 ? "360731" : "360703");
        await Registry.RelayAsync();
        var service = await Feed.StartAsync();
        await Feed.CountAsync(34);
        service.Kill();
        service = await Feed.StartAsync(("Feed__Keep", "00:00:01"));
        await Eventually.Get(() => Feed.AskAsync<long>("select kept_after from feed.head"), n => n == 34, "all is old");
        Assert.Equal(4L + 6, await Feed.CountAsync()); // the latest of each subject, type and scope

        using (var gone = await service.GetAsync("/v1/updates?after=00010000000000000005&types=a.b"))
        {
            Assert.Equal(410, (int)gone.StatusCode);
            Assert.Equal("</v1/updates/snapshot?types=a.b>; rel=\"start\"", gone.Headers.GetValues("Link").Single());
            Assert.Contains("sequence.unavailable", await gone.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        var reset = await service.StreamAsync("?divisions=360731&subjects=p1", lastEventId: "00010000000000000033").LastAsync();
        Assert.Equal(("reset", "expired", "/v1/updates/snapshot?divisions=360731&subjects=p1"), (
            reset.Event, reset.Json.GetProperty("reason").GetString(), reset.Json.GetProperty("snapshot").GetString()));
        var snapshot = await service.PollAsync("/snapshot?subjects=p0,p1,p2", "360731");
        Assert.Equal("00010000000000000034", snapshot.GetProperty("sequence").GetString());
        Assert.Equal(["p0", "p2", "p1"], snapshot.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("subject").GetString()));
        Assert.Equal("00010000000000000034", (await service.PollAsync("")).GetProperty("next").GetString());

        // The source's log was restored and is sent again from its beginning: what was forgotten does not come twice.
        Registry.Epoch = 2;
        Registry.Record("new");
        await Registry.RelayAsync();
        await Eventually.Get(() => Feed.AskAsync<long>("select position from feed.sources"), n => n == 35, "the new one");
        Assert.Equal(35, await Feed.AskAsync<long>("select last from feed.head"));
        Assert.Contains("new", (await service.PollAsync("/snapshot")).GetProperty("items").EnumerateArray().Select(i => i.GetProperty("subject").GetString()));
    }

    [Fact]
    public async Task A_page_that_was_forgotten_while_it_was_read_is_none()
    {
        await Registry.RelayAsync();
        await Feed.StartAsync();
        await Feed.CountAsync(4);
        await using var db = NpgsqlDataSource.Create(Feed.User);
        var reader = new FeedReader(db);
        var head = await reader.HeadAsync(TestContext.Current.CancellationToken);
        var filter = new FeedFilter("*", new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
        await TestServers.ExecuteAsync(Feed.Owner, "update feed.head set kept_after = 2");
        Assert.Null(await reader.PageAsync(head, 1, filter, 10, TestContext.Current.CancellationToken));
        Assert.Equal(2, (await reader.PageAsync(head, 2, filter, 10, TestContext.Current.CancellationToken))!.Entries.Count);
    }

    [Fact]
    public async Task A_snapshot_that_is_known_is_not_sent_again_and_says_where_to_go_on()
    {
        await Registry.RelayAsync();
        var service = await Feed.StartAsync();
        await Feed.CountAsync(4);
        using var first = await service.GetAsync("/v1/updates/snapshot?divisions=360700", "360000");
        Assert.Equal("</v1/updates?divisions=360700&after=00010000000000000004>; rel=\"next\"", first.Headers.GetValues("Link").Single());
        using var again = await service.GetAsync("/v1/updates/snapshot?divisions=360700", "360000", ifNoneMatch: first.Headers.ETag!.ToString());
        Assert.Equal(304, (int)again.StatusCode);
        using var other = await service.GetAsync("/v1/updates/snapshot?divisions=360700", "360700", ifNoneMatch: first.Headers.ETag!.ToString());
        Assert.Equal(200, (int)other.StatusCode);
    }

    private static (string, string) KeyOf(JsonElement item) => (item.GetProperty("subject").GetString()!, item.GetProperty("type").GetString()!);

    private static string SequenceOf(JsonElement item) => item.GetProperty("sequence").GetString()!;
}

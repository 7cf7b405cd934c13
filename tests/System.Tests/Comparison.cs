using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>An event as a service's log has it; the sender's identity where it was posted by one.</summary>
public sealed record Logged(long Position, Guid Id, string Stream, string? Source, string? SentAs);

/// <summary>
/// What must hold after whatever happened: what was acknowledged is in the log once, at the position said; nothing was applied twice;
/// the feed has the log, all of it, once and in its order; and whoever followed has seen every number once.
/// </summary>
public static class Comparison
{
    /// <summary>The types that are marked internal, as they are stored.</summary>
    public static IReadOnlyList<string> Internal { get; } =
    [
        "money-moved.v1", "accounts-settled.v1", "allocation-issued.v1", "money-taken-back.v1", "estimate-entered.v1", "money-allocated.v1", "allocation-cancelled.v1",
        "county-targets-taken.v1", "schedule-judged.v1", "month-ended.v1", "investment-completed.v1",
    ];

    public static async Task Holds(TheSystem system, Ground ground, IReadOnlyList<CountySystem> counties, Follower follower, double seconds = 60)
    {
        await Convergence.Holds(system, seconds);
        var logs = new Dictionary<string, List<Logged>>();
        foreach (var service in TheSystem.Services)
        {
            var published = logs[service] = await Log(system, service);
            if (published.Count == 0) continue;
            await Eventually.Get(() => FeedPosition(system, service), at => at >= published[^1].Position, $"the feed at {service}'s {published[^1].Position}", seconds);
        }

        var log = logs["registry"];
        var head = log[^1].Position;
        AcknowledgedIsRecordedOnce(log, counties);

        var feed = await Feed(system);
        foreach (var service in TheSystem.Services)
        {
            var entries = feed.Where(e => e.GetProperty("source").GetString() == $"/{service}").ToList();
            Assert.Equal(logs[service].Select(e => e.Id), entries.Select(e => Guid.Parse(e.GetProperty("id").GetString()!)));
            Assert.Equal(logs[service].Select(e => (e.Stream, e.Position)), entries.Select(e =>
                (e.GetProperty("stream").GetString()!, long.Parse(e.GetProperty("position").GetString()!, null))));
        }

        Assert.Equal(feed.Select((_, i) => $"0001{i + 1:D16}"), feed.Select(e => e.GetProperty("sequence").GetString()));

        var last = feed.Count;
        await follower.Sees(e => e.Number >= last, $"entry {last}", seconds);
        var seen = follower.Seen;
        Assert.Equal(Enumerable.Range(last - seen.Count + 1, seen.Count).Select(n => (long)n), seen.Select(e => e.Number));
        Assert.Equal(feed.TakeLast(seen.Count).Select(e => e.GetRawText()), seen.Select(e => e.Body));

        var recorded = counties.Sum(c => c.Acknowledged.Count);
        var summary = await Eventually.Get(() => Summary(system, ground, head), a => a.Status == 200, "the summary", seconds);
        var measure = summary.Json.GetProperty("programmes")[0].GetProperty("projects")[0].GetProperty("measures")[1];
        Assert.Equal(recorded, measure.GetProperty("reported").GetProperty("value").GetDecimal());
    }

    private static void AcknowledgedIsRecordedOnce(List<Logged> log, IReadOnlyList<CountySystem> counties)
    {
        var posted = log.Where(e => e.Source is not null).ToLookup(e => (e.Source, e.SentAs));
        Assert.Empty(posted.Where(same => same.Count() > 1).Select(same => same.Key).Take(5));
        foreach (var county in counties)
        {
            Assert.NotEmpty(county.Acknowledged);
            Assert.Equal(
                county.Acknowledged.Select(a => (a.Key, a.Value)).Order(),
                log.Where(e => e.Source == county.Source).Select(e => (e.SentAs!, e.Position)).Order());
        }
    }

    /// <summary>What leaves a service: its log without what is marked internal, or secret.</summary>
    private static Task<List<Logged>> Log(TheSystem system, string service) => system.Read(
        service,
        $"""
        select seq_id, id, stream_id, data->'sender'->>'source', data->'sender'->>'id' from events.mt_events
        where type not in ({string.Join(", ", Internal.Select(t => $"'{t}'"))}) and data->'fund'->>'secretReason' is null and data->>'secret' is null order by seq_id
        """,
        r => new Logged(r.GetInt64(0), r.GetGuid(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3), r.IsDBNull(4) ? null : r.GetString(4)));

    private static async Task<long> FeedPosition(TheSystem system, string service) =>
        (await system.Read("updates", $"select position from feed.sources where source = '{service}'", r => r.GetInt64(0))).SingleOrDefault();

    /// <summary>By polling from the beginning, as a new integrator would.</summary>
    public static Task<List<JsonElement>> Feed(TheSystem system) => Feed(system.Operator);

    public static async Task<List<JsonElement>> Feed(Caller caller, string query = "")
    {
        var entries = new List<JsonElement>();
        for (var after = $"{1:D4}{0:D16}"; ;)
        {
            var page = (await caller.Get($"/v1/updates?limit=500&after={after}{query}")).Is(200).Json;
            entries.AddRange(page.GetProperty("items").EnumerateArray());
            var next = page.GetProperty("next").GetString()!;
            if (next == after) return entries;
            after = next;
        }
    }

    private static Task<Answer> Summary(TheSystem system, Ground ground, long position) =>
        system.Operator.Get($"/v1/registry/plans/{ground.PlanId}/summary?minPosition=registry:{position}");
}

using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>What leaves the system by the feed, by each of its ways, and what does not.</summary>
public sealed class LeavingTests(TheSystem system)
{
    private const string Beginning = "00010000000000000000";

    /// <summary>Those that a day's work brings about.</summary>
    private static readonly string[] s_planted = ["allocation-issued.v1", "estimate-entered.v1", "money-allocated.v1", "money-moved.v1", "money-taken-back.v1"];

    [Fact]
    public async Task What_is_internal_leaves_by_no_way_and_a_snapshot_is_the_fold_of_what_leaves()
    {
        var ground = await Ground.UnderWay(system);
        var counties = await CountySystem.StartAll(system, ground);
        await using (var work = await Work.Begin(system, ground))
        {
            await work.GoOn(6);
            await work.Stop();
        }

        await CountySystem.StopAll(counties);
        await Convergence.Holds(system);
        var inside = new HashSet<string>();
        var types = new HashSet<string>();
        foreach (var service in TheSystem.Services)
        {
            foreach (var (id, type) in await system.Read(
                service, $"select id, type from events.mt_events where type in ({string.Join(", ", Comparison.Internal.Select(t => $"'{t}'"))})",
                r => (r.GetGuid(0), r.GetString(1))))
            {
                inside.Add($"{id}");
                types.Add(type);
            }

            var head = (await system.Read(service, "select coalesce(max(seq_id), 0) from events.mt_events", r => r.GetInt64(0))).Single();
            await Eventually.Get(
                async () => (await system.Read("updates", $"select position from feed.sources where source = '{service}'", r => r.GetInt64(0))).SingleOrDefault(),
                at => at >= head, $"the feed at {service}'s {head}", 60);
        }

        Assert.Empty(s_planted.Except(types));

        var feed = await Comparison.Feed(system);
        Assert.DoesNotContain(feed.Select(IdOf), inside.Contains);
        await using var dashboard = await Follower.Open(system.Operator, lastEventId: Beginning);
        var seen = await dashboard.Sees(feed.Count, 60);
        Assert.DoesNotContain(seen.Select(e => IdOf(e.Json)), inside.Contains);

        var reader = await system.Client("reader", ground.Counties[0].Id, "reader");
        foreach (var (caller, query) in new[] { (system.Operator, ""), (reader, ""), (system.Operator, $"&divisions={ground.City.Id}") })
        {
            var snapshot = (await caller.Get($"/v1/updates/snapshot{query.Replace('&', '?')}")).Is(200).Json;
            var items = snapshot.GetProperty("items").EnumerateArray().ToList();
            Assert.NotEmpty(items);
            Assert.DoesNotContain(items.Select(IdOf), inside.Contains);
            var at = snapshot.GetProperty("sequence").GetString()!;
            var fold = (await Comparison.Feed(caller, query)).Where(e => string.CompareOrdinal(SequenceOf(e), at) <= 0)
                .GroupBy(e => (e.GetProperty("subject").GetString(), e.GetProperty("type").GetString())).Select(g => g.Last()).OrderBy(SequenceOf, StringComparer.Ordinal);
            Assert.Equal(fold.Select(e => e.GetRawText()), items.Select(e => e.GetRawText()));
        }
    }

    [Fact]
    public async Task A_browser_opens_a_stream_with_a_ticket_once()
    {
        var reader = await system.Client("reader", "360000", "reader");
        var ticket = (await reader.Send(HttpMethod.Post, "/v1/updates/tickets", null)).Is(200).Json;
        var path = $"/v1/updates/stream?after={Beginning}&ticket={ticket.GetProperty("ticket").GetString()}";
        using (var stream = await system.Nobody.Open(path, TestContext.Current.CancellationToken)) Assert.Equal(200, (int)stream.StatusCode);
        (await system.Nobody.Get(path)).Is(401, "ticket.invalid");
        (await system.Nobody.Send(HttpMethod.Post, "/v1/updates/tickets", null)).Is(401, "token.missing");
        foreach (var part in system.Parts)
            Assert.DoesNotContain(ticket.GetProperty("ticket").GetString()!, part.LogText, StringComparison.Ordinal);
    }

    private static string IdOf(JsonElement entry) => entry.GetProperty("id").GetString()!;

    private static string SequenceOf(JsonElement entry) => entry.GetProperty("sequence").GetString()!;
}

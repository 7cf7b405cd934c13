using System.Text.Json;
using Npgsql;
using Restoration.Shared.Tests.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.Messaging;

/// <summary>From the log to the queues of a real broker.</summary>
public sealed class Relaying : IAsyncLifetime
{
    private Till _till = null!;

    public async ValueTask InitializeAsync() => _till = await Till.Create();

    public ValueTask DisposeAsync() => _till.DisposeAsync();

    [Fact]
    public async Task The_feed_hears_of_every_position_and_gets_what_leaves()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        var replica = await _till.Start();
        await replica.Log.Write(On("a", a => Open(a, "a"), headers: new("/v1/accounts", null, $"00-{Trace}-b7ad6b7169203331-01")));
        await replica.Log.Write(On("a", _ => [new Noted(Someone, Then, "stays inside"), new PaidIn(Someone, Then.AddDays(1), 2.50m)]));
        await Draw("rollback");
        await replica.Log.Write([PayingOut("a", 1), On("a", _ => [new Noted(Someone, Then, "the last of all")])]);
        var batches = await _till.Fed(6);

        Assert.All(batches, b => Assert.Equal((_till.Name, 1), (b.Source, b.Epoch)));
        Covers(batches, 6);
        var events = batches.SelectMany(b => b.Events).ToList();
        Assert.Equal([1L, 3, 5], batches.SelectMany(b => b.Positions));
        var stored = await _till.Store.Events("a");
        Assert.Equal(stored.Where(e => e.Fact is not Noted).Select(e => e.Id), events.Select(e => e.GetProperty("id").GetGuid()));
        var first = events[0];
        Assert.Equal(
            ["1.0", $"/{_till.Name}", $"restoration.{_till.Name}.account-opened.v1", "a", "2024-06-15T08:00:00Z", "application/json", "account-a", "360731",
                "360731,360000"],
            new[] { "specversion", "source", "type", "subject", "time", "datacontenttype", "stream", "division", "divisions" }
                .Select(name => first.GetProperty(name).GetString()));
        Assert.Equal((1, """{"account":"a"}"""), (first.GetProperty("streamversion").GetInt64(), first.GetProperty("data").GetRawText()));
        Assert.Equal(Trace, first.GetProperty("traceparent").GetString()!.Split('-')[1]);
        Assert.Equal("""{"account":"account-a","amount":2.50}""", events[1].GetProperty("data").GetRawText());
        Assert.False(events[1].TryGetProperty("traceparent", out _));
    }

    [Fact]
    public async Task Each_service_gets_what_is_meant_for_it_and_what_must_come_before()
    {
        var replica = await _till.Start();
        await replica.Log.Write(
            [PayingIn("none", 1), Opening("a"), On("a", _ => [new Noted(Someone, Then, "inside")]), PayingIn("a", 2), PayingOut("a", 1), PayingIn("a", 3), Opening("b")]);
        var (ledger, audit) = (await _till.Take(_till.Ledger, 4), await _till.Take(_till.Audit, 2));
        var (l, a) = (_till.Ledger, _till.Audit);

        Assert.Equal(
            [("account-a", "1", Said((l, 0), (a, 0))), ("account-a", "3", Said((l, 1))), ("account-a", "5", Said((l, 3))), ("account-b", "1", Said((l, 0), (a, 0)))],
            ledger.Select(m => (m["cloudEvents_stream"], m["cloudEvents_streamversion"], Said(m))));
        Assert.Equal(["account-a", "account-b"], audit.Select(m => m["cloudEvents_stream"]));
        Assert.Equal(["0", "1", "3", "5"], ledger.Select(m => m[$"prior-{l}"]));
        Assert.Equal(["0", "1"], audit.Select(m => m[$"prior-{a}"]));
        var paid = ledger[1];
        Assert.Equal(
            ["urn:message:Restoration.Shared.Tests.Messaging:AccountFact", "1.0", $"/{_till.Name}", $"restoration.{_till.Name}.money-paid-in.v1", "account-a", "3", "1"],
            new[] { "MT-MessageType", "cloudEvents_specversion", "cloudEvents_source", "cloudEvents_type", "cloudEvents_subject", "cloudEvents_position", "epoch" }
                .Select(name => paid[name]));
        Assert.Equal("""{"account":"account-a","amount":2}""", paid.Body);
        Assert.Equal((await _till.Store.Events("a"))[2].Id.ToString(), paid["cloudEvents_id"]);
    }

    [Fact]
    public async Task A_relay_that_is_stopped_again_and_again_skips_nothing_and_repeats_at_most_a_page()
    {
        const int Facts = 6_000;
        var writer = await _till.Store.Start();
        await writer.Log.Write(Opening("long"));
        var writing = Task.Run(async () =>
        {
            for (var i = 1; i < Facts; i += 60)
            {
                await writer.Log.Write([.. Enumerable.Range(0, Math.Min(60, Facts - i)).Select(_ => PayingIn("long", 1))]);
            }
        });
        var restarts = 0;
        for (var heard = 0L; heard < Facts / 2; restarts++)
        {
            var relay = await _till.Start();
            var before = heard;
            heard = (await Eventually.Get(_till.Feed, b => b.Any(x => x.Through > before), "it goes on")).Max(b => b.Through);
            await relay.Stop();
        }

        await writing;
        await _till.Start();
        var batches = await _till.Fed(Facts);
        Assert.True(restarts > 1, $"{restarts} restarts");
        Covers(batches, Facts);
        Assert.All(batches, b => Assert.InRange(b.Events.Count, 0, 500));
        Assert.Equal(Enumerable.Range(1, Facts).Select(p => (long)p), batches.SelectMany(b => b.Positions).Distinct());
        Assert.InRange(batches.SelectMany(b => b.Positions).Count(), Facts, Facts + (2_000 * restarts));
        var ledger = await _till.Take(_till.Ledger, Facts);
        Assert.Equal(Enumerable.Range(1, Facts).Select(p => (long)p), ledger.Select(m => m.Position).Distinct());
    }

    [Fact]
    public async Task Two_relays_of_one_log_are_one_relay()
    {
        var first = await _till.Start();
        await _till.Start();
        await first.Log.Write([Opening("a"), .. Enumerable.Range(0, 99).Select(_ => PayingIn("a", 1))]);
        var batches = await _till.Fed(100);

        Assert.Equal(Enumerable.Range(1, 100).Select(p => (long)p), batches.SelectMany(b => b.Positions));
    }

    [Fact]
    public async Task A_heartbeat_says_how_far_the_log_is()
    {
        var replica = await _till.Start();
        await replica.Log.Write([Opening("a"), PayingIn("a", 1)]);
        await _till.Fed(2);
        var beats = (await _till.Feed()).Count(b => b.After == b.Through);
        for (var i = 1; i <= 2; i++)
        {
            _till.Clock.Skip(TimeSpan.FromSeconds(10));
            await Eventually.Get(_till.Feed, b => b.Count(x => x.After == x.Through) >= beats + i, $"beat {i}");
        }

        Assert.Equal((2, 2, 0), (await _till.Feed())[^1] is var beat ? ((int)beat.After, (int)beat.Through, beat.Events.Count) : default);
        await _till.Take(_till.Audit, 1);
        await Eventually.Get(
            async () =>
            {
                await _till.Take(_till.Audit);
                return _till.Beats.LastOrDefault()?.Body;
            },
            body => body is not null && JsonSerializer.Deserialize<JsonElement>(body) is var told
                && told.GetProperty("source").GetString() == _till.Name && told.GetProperty("through").GetInt64() == 1,
            "the service hears of the last position meant for it");
    }

    [Fact]
    public async Task A_queue_that_was_deleted_is_declared_again_and_nothing_is_lost()
    {
        var replica = await _till.Start();
        await replica.Log.Write(Opening("a"));
        await _till.Fed(1);
        await _till.OnBroker(c => c.QueueDeleteAsync(_till.FeedQueue, false, false));
        await replica.Log.Write(PayingIn("a", 1));
        var batches = await _till.Fed(2);

        Assert.Equal([1L, 2], batches.SelectMany(b => b.Positions));
    }

    [Fact]
    public async Task A_fact_it_cannot_send_stops_it_before_that_fact_and_its_forerunners_go_out_once()
    {
        var writer = await _till.Store.Start();
        await writer.Log.Write([Opening("a"), PayingIn("a", 1)]);
        await _till.Store.Database.Execute("""
            insert into events.mt_events (seq_id, id, stream_id, version, type, data)
            values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'account-a', 3, 'account-teleported.v1', '{}')
            """);
        await writer.Log.Write(Opening("b"));
        var relay = await _till.Start();
        await Eventually.Get(
            () => Task.FromResult(relay.Messages.Count(m => m.Contains("account-teleported.v1", StringComparison.Ordinal))), n => n > 1, "it says so, and tries again");

        Assert.Equal([1L, 2], (await _till.Fed(2)).SelectMany(b => b.Positions));
        Assert.Equal([1L, 2], (await _till.Take(_till.Ledger, 2)).Select(m => m.Position));
        Assert.Equal(2, await _till.Store.Database.Value<long>("select last_seq_id from events.mt_event_progression where name = 'relay'"));
    }

    [Fact]
    public async Task A_fact_its_map_cannot_write_does_not_send_its_forerunners_again_and_again()
    {
        var writer = await _till.Store.Start();
        await writer.Log.Write([Opening("a"), PayingIn("a", 20), PayingOut("a", 13)]);
        var relay = await _till.Start();
        await Eventually.Get(
            () => Task.FromResult(relay.Messages.Count(m => m.Contains("a defect in the map", StringComparison.Ordinal))), n => n > 2, "it says so, and tries again");

        Assert.InRange((await _till.Take(_till.Ledger)).Count, 0, 2);
        Assert.DoesNotContain(3L, (await _till.Feed()).SelectMany(b => b.Positions));
    }

    /// <summary>Batches join without a hole from 0 on: one may begin again before the last one's end, never behind it.</summary>
    internal static void Covers(IEnumerable<Batch> batches, long last)
    {
        var through = 0L;
        foreach (var batch in batches)
        {
            Assert.True(batch.After <= through, $"A hole: heard of {through}, then from {batch.After} on.");
            Assert.All(batch.Positions, p => Assert.InRange(p, batch.After + 1, batch.Through));
            Assert.Equal(batch.Positions.Order(), batch.Positions);
            through = Math.Max(through, batch.Through);
        }

        Assert.Equal(last, through);
    }

    internal static string Said(params (string Receiver, int Version)[] previous) =>
        string.Join(' ', previous.OrderBy(p => p.Receiver, StringComparer.Ordinal).Select(p => $"{p.Receiver}:{p.Version}"));

    internal static string Said(Message message) => Said(
        [.. JsonSerializer.Deserialize<Dictionary<string, int>>(message["previous"]!)!.Select(p => (p.Key, p.Value))]);

    private async Task Draw(string end)
    {
        await using var connection = await _till.Store.Owner.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"begin; select nextval('events.mt_events_sequence'); {end}", connection);
        await command.ExecuteNonQueryAsync();
    }
}

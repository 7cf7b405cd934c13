using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Mines.Tests.MinesSystem;

namespace Restoration.Mines.Tests;

/// <summary>A log from before a fact got its present form.</summary>
public sealed class OldEventTests(MinesSystem system) : IClassFixture<MinesSystem>
{
    private const string Verify = "/v1/mines/ops/verify?stream=site-";

    private Caller Operator => system.Host.As("operator", ServiceDefaults.Client.Everywhere, ServiceDefaults.Roles.Operator);

    [Fact]
    public async Task What_was_stored_then_is_folded_published_listed_and_verified_as_it_stands()
    {
        await system.To("accepted", "old", project: "gz-p01");
        await Store("old", "site-reopened.v1", "data - '{parts,team,acceptedOn,area,findings}'::text[] || '{\"reason\": \"复绿失败\"}'");

        // Folded: reopened, so works are reported again, and the day of the reopening is known.
        (await system.Reporter.PostEvent(Event("works-reported", "old", Works("old", 10), "again"), service: "mines")).Is(201);
        (await system.County.Post("/v1/mines/sites/old/self-check", new { }, ("Restoration-Actor", "1003"))).Is(200);
        (await system.CityBureau.Post("/v1/mines/sites/old/accept", new
        {
            at = "2024-07-01T08:00:00+08:00", team = new[] { "2001", "2002" }, parts = new[] { new { use = "grass", area = new { value = 10, unit = "ha" }, measured = Measured } },
        }, ("Restoration-Actor", "2001"))).Is(422, "acceptance.before-reopening");

        // Published, in its place, with what it knew.
        var heard = await system.Hear("indicators", "old", 2);
        Assert.Equal(["restoration.mines.site-accepted.v1", "restoration.mines.site-reopened.v1"], heard.Select(h => h.Type));
        Assert.True(heard[1].Data.TryGetProperty("reopenedOn", out _));
        Assert.False(heard[1].Data.TryGetProperty("acceptedOn", out _));

        // Listed as stored; and the hash covers what is stored, not what it means today.
        var history = (await system.CityBureau.Get("/v1/mines/sites/old/history")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        var old = history.Single(i => i.GetProperty("type").GetString() == "site-reopened.v1");
        Assert.Equal("复绿失败", old.GetProperty("data").GetProperty("reason").GetString());
        Assert.False(old.GetProperty("data").TryGetProperty("reopenedOn", out _));
        var verified = (await Operator.Get($"{Verify}old")).Is(200).Json;
        Assert.True(verified.GetProperty("state").GetString() == "clean" && verified.GetProperty("events").GetInt64() == history.Count, verified.ToString());

        await system.Database.Execute("update events.mt_events set data = data || '{\"reopenedOn\": \"2024-07-03\"}' where stream_id = 'site-old' and type = 'site-reopened.v1'");
        Assert.Equal("hash-differs", (await Operator.Get($"{Verify}old")).Is(200).Json.GetProperty("findings")[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_type_that_nobody_knows_is_named_to_whoever_reads_and_writes_and_stops_the_relay_there()
    {
        await using var mines = new MinesSystem(); // of its own: its relay will stand still
        await mines.InitializeAsync();
        await mines.To("accepted", "strange");
        await Store("strange", "site-vanished.v9", "data", mines);
        var position = await mines.Database.Value<long>("select seq_id from events.mt_events where type = 'site-vanished.v9'");
        var @operator = mines.Host.As("operator", ServiceDefaults.Client.Everywhere, ServiceDefaults.Roles.Operator);

        foreach (var answer in new[]
        {
            await mines.CityBureau.Get("/v1/mines/sites/strange/history"), await Act(mines.CityBureau, "strange", "reopen", new { reason = "r" }),
        })
        {
            Assert.Contains($"position {position}", answer.Is(503, "stored-event.unknown").Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Contains("site-vanished.v9", answer.Text, StringComparison.Ordinal);
            Assert.NotNull(answer.Header("Retry-After"));
        }

        (await mines.Reporter.Post("/v1/mines/sites", Survey("neighbour"))).Is(201); // others go on
        var status = await Eventually.Get(() => @operator.Get("/v1/mines/ops/status"), a => a.Json.TryGetProperty("stopped", out var s) && s.TryGetProperty("relay", out _), "the relay says why");
        Assert.Contains($"position {position}", status.Json.GetProperty("stopped").GetProperty("relay").GetString(), StringComparison.Ordinal);
        Assert.Equal(position - 1, status.Json.GetProperty("followers").GetProperty("relay").GetInt64());
        Assert.Equal("clean", (await @operator.Get($"{Verify}strange")).Is(200).Json.GetProperty("state").GetString()); // what is stored is as it was stored
    }

    private static object[] Measured =>
        [new { criterion = "vegetation-cover", value = 75m }, new { criterion = "soil-depth", value = 25m }, new { criterion = "slope-stability", value = 1.3m }];

    private Task Store(string site, string type, string data) => Store(site, type, data, system);

    /// <summary>Appends to a site's stream what another version of the service would have: from its last event, with the hash that fits.</summary>
    private static async Task Store(string site, string type, string data, MinesSystem mines)
    {
        var stream = $"site-{site}";
        await mines.Database.Execute(
            $"""
            insert into events.mt_events (seq_id, id, stream_id, version, type, data, headers)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), stream_id, version + 1, '{type}', {data}, headers from events.mt_events
            where stream_id = '{stream}' order by version desc limit 1
            """);
        var types = mines.Host.Services.GetRequiredService<EventTypes>();
        await using var db = NpgsqlDataSource.Create(mines.Database.Limited);
        var events = (await StoredEvents.OfStream(db, types, stream, 0, 100, CancellationToken.None)).Events;
        var (before, last) = (events[^2], events[^1]);
        var hash = Canonical.Hash(last.Id, stream, last.Version, type, last.Data.Span, last.Headers, before.Headers.Hash);
        await mines.Database.Execute(
            $"""
            update events.mt_events set headers = headers || jsonb_build_object('hash', '{hash}') where seq_id = {last.Position};
            update events.mt_streams set version = {last.Version} where id = '{stream}'
            """);
    }
}

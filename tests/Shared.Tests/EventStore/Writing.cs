using System.Text.Json;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

public sealed class Writing(Store store) : IClassFixture<Store>, IAsyncLifetime
{
    private EventLog _log = null!;

    public async ValueTask InitializeAsync() => _log = (await store.Start()).Log;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_fact_is_stored_as_Marten_stores_it_with_where_it_came_from()
    {
        const string Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var outcome = await _log.Write(new Work
        {
            Decide = s => s.Record(Kind, "account-layout", [new Opened(Someone, Then, "layout"), new PaidIn(Someone, Then, 1.50m)]),
            Headers = new EventHeaders(
                "https://county.example", "e-1", Traceparent, new Dictionary<string, JsonElement> { ["batch"] = JsonSerializer.SerializeToElement("九") }),
            Correlation = "0af7651916cd43dd8448eb211c80319c",
            Causation = "e-1",
        });

        var rows = await store.Rows(
            """
            select version, type, mt_dotnet_type, data::text, correlation_id, causation_id, tenant_id, is_archived, bdata is null,
                headers->>'source', headers->>'id', headers->>'traceparent', headers#>>'{extensions,batch}', length(headers->>'hash'), seq_id, id
            from events.mt_events where stream_id = 'account-layout' order by version
            """,
            r => Enumerable.Range(0, r.FieldCount).Select(r.GetValue).ToArray());
        object[] same = ["0af7651916cd43dd8448eb211c80319c", "e-1", "*DEFAULT*", false, true, "https://county.example", "e-1", Traceparent, "九", 64];
        Assert.Equal(
            [1L, "account-opened.v1", "Restoration.Shared.Tests.EventStore.Opened, Restoration.Shared.Tests",
                """{"at": "2024-06-15T08:00:00+00:00", "by": {"actor": "7", "client": "bank"}, "id": "layout"}""", .. same],
            rows[0][..14]);
        Assert.Equal(
            [2L, "money-paid-in.v1", "Restoration.Shared.Tests.EventStore.PaidIn, Restoration.Shared.Tests",
                """{"at": "2024-06-15T08:00:00+00:00", "by": {"actor": "7", "client": "bank"}, "amount": 1.50}""", .. same],
            rows[1][..14]);
        Assert.Equal((OutcomeKind.Recorded, "account-layout", 2, (long)rows[1][14]), (outcome.Kind, outcome.Stream, outcome.Version, outcome.Position));
        Assert.Equal((long)rows[0][14] + 1, (long)rows[1][14]);
        Assert.All(rows, r => Assert.Equal(7, ((Guid)r[15]).Version));
        Assert.Equal([("account", 2L)], await store.Rows(
            "select type, version from events.mt_streams where id = 'account-layout'", r => (r.GetString(0), r.GetInt64(1))));
    }

    [Fact]
    public async Task Units_of_one_call_see_what_those_before_them_recorded_and_a_refusal_harms_no_neighbour()
    {
        var outcomes = await _log.Write([PayingIn("seen", 1), Opening("seen"), PayingIn("seen", 10), PayingOut("seen", 11), PayingOut("seen", 10)]);

        Assert.Equal(
            [OutcomeKind.Refused, OutcomeKind.Recorded, OutcomeKind.Recorded, OutcomeKind.Refused, OutcomeKind.Recorded], outcomes.Select(o => o.Kind));
        Assert.Equal(["account.unknown", null, null, "balance.short", null], outcomes.Select(o => o.Refusal?.Code));
        Assert.Equal([0L, 1, 2, 0, 3], outcomes.Select(o => o.Version));
        Assert.Equal([typeof(Opened), typeof(PaidIn), typeof(PaidOut)], (await store.Events("seen")).Select(e => e.Fact.GetType()));
    }

    [Fact]
    public async Task A_rule_that_makes_no_sense_without_a_stream_is_asked_again_when_that_is_at_hand()
    {
        await _log.Write(Opening("led-to"));
        var cold = (await store.Start()).Log; // has none of it at hand
        Work Insisting(string id) => new()
        {
            Decide = s => s.Get(Kind, Stream(id)) is { IsOpen: true } account ? s.Record(Kind, Stream(id), PayIn(account, 1)) : throw new InvalidOperationException("There is always an account."),
        };

        Assert.Equal(OutcomeKind.Recorded, (await cold.Write(Insisting("led-to"))).Kind);
        await Assert.ThrowsAsync<InvalidOperationException>(() => cold.Write(Insisting("not-there"))); // one that fails on what is there is broken
        Assert.Equal(OutcomeKind.Recorded, (await cold.Write(PayingIn("led-to", 1))).Kind);
    }

    [Fact]
    public async Task A_unit_over_several_streams_is_recorded_whole_or_not_at_all()
    {
        await _log.Write([Opening("from"), PayingIn("from", 5), Opening("to")]);
        var whole = await _log.Write(Transferring("from", "to", 5));
        await _log.Write(PayingIn("from", 5));
        var torn = await _log.Write(Transferring("from", "nowhere", 5));

        Assert.Equal((OutcomeKind.Recorded, "account-to"), (whole.Kind, whole.Stream));
        Assert.Equal("account.unknown", torn.Refusal?.Code);
        Assert.Equal([("from", 5m), ("to", 5m)], await store.Rows(
            "select id, balance from shop.accounts where id in ('from', 'to') order by id", r => (r.GetString(0), r.GetDecimal(1))));
        Assert.Empty(await store.Events("nowhere"));
    }

    [Fact]
    public async Task What_is_so_already_records_nothing_and_is_no_refusal()
    {
        await _log.Write(Opening("idle"));
        var outcome = await _log.Write(On("idle", _ => []));

        Assert.Equal((OutcomeKind.Recorded, null, 0L, 0L), (outcome.Kind, outcome.Stream, outcome.Version, outcome.Position));
        Assert.Single(await store.Events("idle"));
    }

    [Fact]
    public async Task A_resource_is_written_once_a_commit_as_its_last_event_leaves_it()
    {
        await _log.Write([Opening("row"), PayingIn("row", 1), PayingIn("row", 2)]);
        await _log.Write([PayingIn("row", 4), PayingOut("row", 3)]);

        Assert.Equal([(4m, 5L, 2)], await store.Rows(
            "select balance, version, written from shop.accounts where id = 'row'", r => (r.GetDecimal(0), r.GetInt64(1), r.GetInt32(2))));
    }

    [Fact]
    public async Task All_or_nothing_means_that_one_refusal_undoes_the_others()
    {
        Work[] units = [Opening("atomic", Claimed("atomic")), Opening("atomic", Claimed("atomic")), PayingIn("atomic", 1), PayingOut("atomic", 2)];
        var undone = await _log.Write(units, Together.AllOrNothing);
        var done = await _log.Write(units[..3], Together.AllOrNothing);

        Assert.Equal(["batch.undone", "batch.undone", "batch.undone", "balance.short"], undone.Select(o => o.Refusal?.Code));
        Assert.All(undone, o => Assert.Equal((OutcomeKind.Refused, null, 0L, 0L), (o.Kind, o.Stream, o.Version, o.Position)));
        Assert.Equal([OutcomeKind.Recorded, OutcomeKind.Duplicate, OutcomeKind.Recorded], done.Select(o => o.Kind));
        Assert.Equal(done[0].Position, done[1].Position);
        Assert.Equal(2, (await store.Events("atomic")).Count);
    }

    [Fact]
    public async Task A_dry_run_judges_in_order_and_records_nothing()
    {
        await _log.Write(Opening("known", Claimed("known")));
        var before = await store.Count("events.mt_events");
        var outcomes = await _log.Write(
            [Opening("dry", Claimed("dry")), PayingIn("dry", 1), PayingOut("dry", 2), PayingOut("dry", 1), Opening("known", Claimed("known")),
                Opening("known", Claimed("known", "other"))],
            Together.DryRun);
        var after = await store.Count("events.mt_events");
        var afterwards = await _log.Write([PayingIn("dry", 1), Opening("dry", Claimed("dry"))]);

        Assert.Equal([null, null, "balance.short", null, null, "event.differs"], outcomes.Select(o => o.Refusal?.Code));
        Assert.Equal(OutcomeKind.Duplicate, outcomes[4].Kind);
        Assert.Equal(before, after);
        Assert.Equal(["account.unknown", null], afterwards.Select(o => o.Refusal?.Code));
        Assert.Single(await store.Events("dry"));
    }

    [Fact]
    public async Task A_unit_whose_rule_throws_fails_alone()
    {
        var outcomes = await _log.Write([Opening("before"), On("thrown", _ => throw new FormatException("a defect")), Opening("behind")]);

        Assert.Equal([null, "event.unstorable", null], outcomes.Select(o => o.Refusal?.Code));
        await Assert.ThrowsAsync<FormatException>(() => _log.Write(On("thrown", _ => throw new FormatException("a defect"))));
        Assert.Equal([OutcomeKind.Recorded, OutcomeKind.Recorded], (await _log.Write([PayingIn("before", 1), PayingIn("behind", 1)])).Select(o => o.Kind));
    }

    [Fact]
    public async Task A_unit_that_the_database_cannot_store_fails_alone()
    {
        await _log.Write(Opening("text"));
        var outcomes = await _log.Write([PayingIn("text", 1), On("text", a => PayIn(a, 1, "nul\0")), PayingIn("text", 2)]);

        Assert.Equal([null, "event.unstorable", null], outcomes.Select(o => o.Refusal?.Code));
        Assert.Equal([2L, 0, 3], outcomes.Select(o => o.Version));
    }

    /// <summary>A statement that breaks must not spoil its session: the driver prepares at the fifth use, and forgets that it failed.</summary>
    [Fact]
    public async Task However_often_units_break_their_neighbours_are_recorded()
    {
        await _log.Write(Opening("often"));
        for (var i = 1; i <= 12; i++)
        {
            var outcomes = await _log.Write(
                [PayingIn("often", 1), On("often", a => PayIn(a, 1, "nul\0")), .. Enumerable.Range(0, i % 3).Select(n => Opening($"often{i}{n}")), PayingIn("often", 2)]);
            Assert.Equal([1], Enumerable.Range(0, outcomes.Length).Where(o => outcomes[o].Refusal is not null));
        }

        Assert.Equal(25, (await store.Events("often")).Count);
    }

    [Fact]
    public async Task A_unit_whose_row_breaks_a_constraint_fails_alone()
    {
        await _log.Write(Opening("one@bearer"));
        var calls = new[] { Opening("calm"), Opening("two@bearer"), Opening("quiet") }.Select(_log.Write).ToList();

        Assert.Equal(OutcomeKind.Recorded, (await calls[0]).Kind);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => calls[1]);
        Assert.Equal(OutcomeKind.Recorded, (await calls[2]).Kind);
        Assert.Empty(await store.Events("two@bearer"));
    }

    [Fact]
    public async Task More_streams_than_the_cache_holds_are_written_all_the_same()
    {
        var small = (await store.Start(null, null, ("EventStore:CachedEvents", "20"))).Log;
        var ids = Enumerable.Range(1, 40).Select(i => $"cached{i}").ToList();
        await small.Write([.. ids.Select(id => Opening(id))]).WaitAsync(TimeSpan.FromSeconds(20));
        var outcomes = await small.Write([.. ids.Select(id => PayingIn(id, 1))]).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.All(outcomes, o => Assert.Equal((OutcomeKind.Recorded, 2L), (o.Kind, o.Version)));
    }

    [Fact]
    public async Task Streams_that_are_not_at_hand_are_found_by_their_keys_however_long_the_log()
    {
        await using var fresh = await Store.Create(); // nobody else looks at its events
        await fresh.Database.Execute("""
            insert into events.mt_streams (id, type, version) select 'account-long-' || s, 'account', 20 from generate_series(1, 1000) s;
            insert into events.mt_events (seq_id, id, stream_id, version, type, data)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), 'account-long-' || s, v,
                case v when 1 then 'account-opened.v1' else 'money-paid-in.v1' end,
                '{"at": "2024-06-15T08:00:00+00:00", "by": {"client": "bank"}, "id": "long", "amount": 1}'
            from generate_series(1, 20) v, generate_series(1, 1000) s
            """);
        var scans = await Scans("seq_scan"); // the owner's, when the table was made
        var replica = await fresh.Start();
        var outcomes = await replica.Log.Write([.. Enumerable.Range(1, 200).Select(s => PayingIn($"long-{s}", 1))]);
        Assert.All(outcomes, o => Assert.Equal((OutcomeKind.Recorded, 21), (o.Kind, o.Version)));
        await replica.Stop(); // what a session did is counted when it ends

        await Eventually.Get(() => Scans("idx_scan"), found => found >= 200, "The streams' events were found by an index");
        Assert.Equal(scans, await Scans("seq_scan"));

        Task<long> Scans(string kind) => fresh.Database.Value<long>($"select {kind} from pg_stat_user_tables where relname = 'mt_events'");
    }
}

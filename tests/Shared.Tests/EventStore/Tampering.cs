using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Whoever owns the database changes a row behind the log: the stream and the version are named.</summary>
public sealed class Tampering(Sealed log) : IClassFixture<Sealed>
{
    private const string Event = "update events.mt_events set {1} where stream_id = '{0}' and version = ";
    private const string Versions = "update events.mt_streams set version = {1} where id = '{0}'";

    public static TheoryData<string, string[]> Changes => new()
    {
        { On("data = jsonb_set(data, '{amount}', '999')", 3), ["hash-differs 3"] },
        { On("data = jsonb_set(data, '{by,actor}', '\"8\"')", 2), ["hash-differs 2"] },
        { On("data = data || '{\"unknown\": null}'", 2), ["hash-differs 2"] },
        { On("data = '5'", 4), ["hash-differs 4"] },
        { On("headers = jsonb_set(headers, '{source}', '\"forged\"')", 2), ["hash-differs 2"] },
        { On("headers = headers || '{\"approved\": true}'", 2), ["hash-differs 2"] },
        { On("headers = headers || '{\"hash\": 5}'", 4), ["hash-differs 4"] },
        { On("headers = headers - 'hash'", 2), ["hash-missing 2"] },
        { On("headers = null", 4), ["hash-missing 4"] },
        { On("headers = '[]'", 4), ["hash-differs 4"] },
        { On("type = 'money-paid-out.v1'", 4), ["hash-differs 4"] },
        { On("id = gen_random_uuid()", 1), ["hash-differs 1"] },
        { "delete from events.mt_events where stream_id = '{0}' and version = 2", ["version-missing 2"] },
        { "delete from events.mt_events where stream_id = '{0}' and version < 3", ["version-missing 1"] },
        { "delete from events.mt_events where stream_id = '{0}' and version = 4", ["stream-differs 3"] },
        { "delete from events.mt_events where stream_id = '{0}'", ["stream-differs 4"] },
        { Versions.Replace("{1}", "5", StringComparison.Ordinal), ["stream-differs 4"] },
        { $"{On("version = 5", 4)}; {Versions.Replace("{1}", "5", StringComparison.Ordinal)}", ["version-missing 4"] },
        { $"{On("version = 9", 2)}; {On("version = 2", 3)}; {On("version = 3", 9)}", ["hash-differs 2", "position-differs 3", "hash-differs 3", "hash-differs 4"] },
        {
            $"{On("seq_id = -1", 2)}; {On("seq_id = seq_id - 1", 3)}; update events.mt_events set seq_id = (select max(seq_id) + 1 from events.mt_events e where e.stream_id = '{{0}}' and version = 3) where seq_id = -1",
            ["position-differs 3"]
        },
        {
            """
            insert into events.mt_events (seq_id, id, stream_id, version, type, data, headers)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), stream_id, 5, type, data, headers - 'hash' from events.mt_events where stream_id = '{0}' and version = 4;
            update events.mt_streams set version = 5 where id = '{0}'
            """,
            ["hash-missing 5"]
        },
        {
            """
            insert into events.mt_events (seq_id, id, stream_id, version, type, data, headers)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), stream_id, 5, type, data, headers from events.mt_events where stream_id = '{0}' and version = 4;
            update events.mt_streams set version = 5 where id = '{0}'
            """,
            ["hash-differs 5"]
        },
        {
            """
            insert into events.mt_events (seq_id, id, stream_id, version, type, data, headers)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), stream_id, 0, type, data, headers from events.mt_events where stream_id = '{0}' and version = 4
            """,
            ["version-repeated 0", "hash-differs 0", "position-differs 1", "hash-differs 1"]
        },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_row_changed_behind_the_log_is_found(string change, string[] findings)
    {
        var id = $"{Guid.NewGuid():N}";
        await log.Fill(id);
        Assert.Empty(await log.One(id));
        await log.Execute(change, id);

        Assert.Equal(findings, (await log.One(id)).Select(f => f.Replace($" {id}", "", StringComparison.Ordinal)));
        Assert.Equal(findings, (await log.Whole()).Where(f => f.Contains(id, StringComparison.Ordinal)).Select(f => f.Replace($" {id}", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_event_whose_stream_is_gone_is_found()
    {
        await log.Fill("stray");
        var gone = await log.Store.Database.Value<long>(
            "set session_replication_role = replica; with gone as (delete from events.mt_streams where id = 'account-stray' returning 1) select count(*) from gone");
        Assert.Equal(1, gone);

        Assert.Equal(["event-without-stream stray 1"], await log.One("stray"));
        Assert.Contains("event-without-stream stray 1", await log.Whole());
    }

    [Theory]
    [InlineData("null, 1")]
    [InlineData("'account-bare', null")]
    public async Task An_event_of_no_stream_or_version_is_found(string place)
    {
        await log.Fill("bare");
        await log.Execute("alter table events.mt_events alter column version drop not null");
        await log.Execute($"insert into events.mt_events (seq_id, id, stream_id, version, type, data) values (nextval('events.mt_events_sequence'), gen_random_uuid(), {place}, 'account-opened.v1', '{{}}')");

        Assert.Contains("event-without-stream", await log.Whole());
        await log.Execute("delete from events.mt_events where stream_id is null or version is null");
    }

    [Fact]
    public async Task What_another_application_appends_without_a_hash_is_one_finding_and_the_chain_goes_on_behind_it()
    {
        await log.Fill("marten");
        await log.Execute(
            """
            insert into events.mt_events (seq_id, id, stream_id, version, type, data)
            select nextval('events.mt_events_sequence'), gen_random_uuid(), stream_id, 5, type, data from events.mt_events where stream_id = '{0}' and version = 4;
            update events.mt_streams set version = 5 where id = '{0}'
            """,
            "marten");
        await (await log.Store.Start()).Log.Write([PayingIn("marten", 1), PayingIn("marten", 2)]);

        Assert.Equal(["hash-missing marten 5"], await log.One("marten"));
    }

    [Fact]
    public async Task A_log_that_nobody_touched_is_clean()
    {
        await using var untouched = await Sealed.Create();
        await untouched.Fill("a", "b");
        await untouched.Seal();
        await untouched.Replica.Log.Write([.. Enumerable.Range(0, 5_000).Select(i => Opening($"many-{i % 700}")), .. Enumerable.Range(0, 4_100).Select(_ => PayingIn("a", 1))]);
        await untouched.Seal();
        await untouched.Replica.Log.Write(PayingIn("b", 1));
        var verified = new LogFindings();
        await untouched.Verifying().Whole(verified, CancellationToken.None);

        Assert.Empty(verified.Findings);
        Assert.Equal((4_809L, 702L, 2L, verified.Through - 1), (verified.Events, verified.Streams, verified.Checkpoints, verified.SealedThrough)); // over several pages
    }

    [Fact]
    public async Task What_is_being_written_meanwhile_is_no_finding()
    {
        await using var busy = await Sealed.Create();
        await busy.Fill("a");
        using var done = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await busy.Replica.Log.Write([.. Enumerable.Range(0, 50).Select(i => i % 9 == 0 ? Opening($"{Guid.NewGuid():N}") : PayingIn("a", 1))]);
        });
        for (var i = 0; i < 10; i++)
        {
            await busy.Seal();
            Assert.Empty(await busy.Whole());
        }

        await done.CancelAsync();
        await writing;
        Assert.Empty(await busy.Whole());
    }

    private static string On(string set, long version) => Event.Replace("{1}", set, StringComparison.Ordinal) + version;
}

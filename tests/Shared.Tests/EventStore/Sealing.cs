using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.EventStore;
using Restoration.Support;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Checkpoints: what the owner of the database cannot rewrite without its showing.</summary>
public sealed class Sealing : IAsyncLifetime
{
    private Sealed _log = null!;

    public async ValueTask InitializeAsync()
    {
        _log = await Sealed.Create();
        await _log.Fill("a", "b", "c");
        await _log.Seal();
        await _log.Replica.Log.Write([PayingIn("a", 4), PayingIn("b", 4)]);
        await _log.Seal();
        await _log.Replica.Log.Write(PayingIn("a", 5));
        await _log.Seal();
        Assert.Empty(await _log.Whole());
    }

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public async Task A_stream_rewritten_with_all_its_hashes_is_found()
    {
        await _log.Rewrite("b", 2, """{"amount": 999}""");

        Assert.Equal(["checkpoint-differs 1", "sealed-differs b 4 1", "checkpoint-differs 2", "sealed-differs b 5 2"], await _log.Whole());
        Assert.Equal(["sealed-differs b 4 1", "sealed-differs b 5 2"], await _log.One("b"));
        Assert.Empty(await _log.One("a"));
    }

    [Theory]
    [InlineData("delete from events.mt_events where stream_id = '{0}'; delete from events.mt_streams where id = '{0}'", "c", "checkpoint-differs 1", "sealed-missing c 4 1")]
    [InlineData("delete from events.mt_events where stream_id = '{0}' and version = 4; update events.mt_streams set version = 3 where id = '{0}'", "c", "checkpoint-differs 1", "sealed-differs c 4 1")]
    [InlineData("delete from events.mt_events where stream_id = '{0}' and version = 6; update events.mt_streams set version = 5 where id = '{0}'", "a", "checkpoint-differs 3", "sealed-missing a 6 3")]
    [InlineData("update events.mt_events set timestamp = timestamp - interval '1 day' where stream_id = '{0}' and version = 2", "a", "checkpoint-differs 1", "envelope-differs a 4 1")]
    [InlineData("update events.mt_events set mt_dotnet_type = 'Other.Type, Other' where stream_id = '{0}' and version = 2", "a", "checkpoint-differs 1", "envelope-differs a 4 1")]
    [InlineData("update events.mt_events set correlation_id = 'other' where stream_id = '{0}' and version = 5", "b", "checkpoint-differs 2", "envelope-differs b 5 2")]
    [InlineData("update events.mt_events set causation_id = 'other' where stream_id = '{0}' and version = 5", "b", "checkpoint-differs 2", "envelope-differs b 5 2")]
    [InlineData("update events.mt_events set is_archived = true where stream_id = '{0}' and version = 5", "b", "checkpoint-differs 2", "envelope-differs b 5 2")]
    [InlineData("update events.mt_events set seq_id = nextval('events.mt_events_sequence') where stream_id = '{0}' and version = 6", "a", "checkpoint-differs 3", "sealed-missing a 6 3")]
    public async Task What_was_sealed_stays_as_it_is(string change, string account, params string[] findings)
    {
        await _log.Execute(change, account);

        Assert.Equal(findings, await _log.Whole());
        Assert.Equal(findings[1..], await _log.One(account));
    }

    [Fact]
    public async Task An_event_put_into_an_old_gap_is_found()
    {
        // A refused append leaves a position empty; here the owner moves a young stream of its own making there, hashes and all.
        await _log.Execute("select nextval('events.mt_events_sequence')");
        await _log.Replica.Log.Write(PayingIn("b", 6));
        await _log.Seal();
        await _log.Replica.Log.Write(Opening("late"));
        await _log.Execute("update events.mt_events set seq_id = 16 where stream_id = '{0}'", "late");

        Assert.Equal(["checkpoint-differs 4", "sealed-added late 1 4"], await _log.Whole());
        Assert.Equal(["sealed-added late 1 4"], await _log.One("late"));
    }

    [Theory]
    [InlineData("delete from edge.checkpoints where number = 1", "checkpoint-missing 1")]
    [InlineData("delete from edge.checkpoints where number = 2", "checkpoint-missing 2")]
    [InlineData("delete from edge.checkpoints where number = 3", "checkpoint-missing 3")]
    [InlineData("delete from edge.checkpoints", "checkpoint-missing 3")]
    [InlineData("update edge.checkpoints set at = at - interval '1 day' where number = 2", "checkpoint-forged 2")]
    [InlineData("update edge.checkpoints set signature = '\\x00' where number = 2", "checkpoint-forged 2")]
    [InlineData("update edge.checkpoints set key_id = 'mine' where number = 2", "checkpoint-forged 2")]
    [InlineData("update edge.checkpoints set epoch = 2 where number = 3", "checkpoint-forged 3")]
    [InlineData("update edge.checkpoints set number = 4 where number = 3", "checkpoint-missing 3", "checkpoint-missing 3", "checkpoint-forged 4")]
    [InlineData("update edge.checkpoints set root = repeat('0', 64) where number = 2", "checkpoint-chain-differs 3", "checkpoint-forged 2", "checkpoint-differs 2")]
    public async Task A_checkpoint_that_is_taken_away_or_forged_is_found(string change, params string[] findings)
    {
        await _log.Execute(change);

        Assert.Equal(findings, (await _log.Whole()).Where(f => !f.StartsWith("sealed-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_checkpoint_signed_by_another_key_is_found()
    {
        await _log.Rewrite("a", 6, """{"amount": 999}""");
        await _log.Execute("delete from edge.checkpoints where number = 3; delete from edge.checkpoint_streams where checkpoint = 3");
        using var mine = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(Path.GetDirectoryName(_log.KeyFile)!, "mine.pem");
        File.WriteAllText(file, mine.ExportECPrivateKeyPem());
        await _log.Signing(file).Seal(always: false, CancellationToken.None);

        Assert.Equal(["checkpoint-missing 3", "checkpoint-forged 3"], await _log.Whole());
    }

    [Fact]
    public async Task Lines_that_were_changed_with_the_log_hide_nothing()
    {
        await _log.Rewrite("b", 2, """{"amount": 999}""");
        await _log.Execute(
            "update edge.checkpoint_streams s set hash = e.headers->>'hash' from events.mt_events e where e.stream_id = s.stream and e.version = s.version");

        Assert.Equal(["checkpoint-differs 1", "checkpoint-differs 2"], await _log.Whole());
        Assert.Equal(["checkpoint-differs 1", "checkpoint-differs 2"], await _log.One("b"));
    }

    [Fact]
    public async Task Nothing_is_signed_over_a_checkpoint_that_was_taken_away()
    {
        await _log.Execute("delete from edge.checkpoints where number = 3; delete from edge.checkpoint_streams where checkpoint = 3");
        await _log.Replica.Log.Write(PayingIn("c", 9));

        Assert.Equal("checkpoint.lost", (await _log.Signing().Seal(always: false, CancellationToken.None)).Refusal?.Code);
        await _log.Execute("update edge.epoch set epoch = epoch + 1"); // the database's owner can do that
        Assert.Equal("checkpoint.lost", (await _log.Signing().Seal(always: false, CancellationToken.None)).Refusal?.Code);
        Assert.Equal(["checkpoint-missing 3"], await _log.Whole());
        File.Delete($"{_log.KeyFile}.last"); // whoever restored it from a backup, on the machine
        Assert.Equal((3, 2), (await _log.Seal()) is var made ? (made.Number, made.Epoch) : default);
        Assert.Empty(await _log.Whole());
    }

    [Fact]
    public async Task A_new_key_trusts_what_the_old_one_signed()
    {
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var file = Path.Combine(Path.GetDirectoryName(_log.KeyFile)!, "next.pem");
        File.WriteAllText(file, $"{next.ExportPkcs8PrivateKeyPem()}\n{_log.Key.ExportSubjectPublicKeyInfoPem()}\n");
        await _log.Replica.Log.Write(PayingIn("c", 9));
        var (checkpoint, _) = await _log.Signing(file).Seal(always: false, CancellationToken.None);

        Assert.NotEqual(SigningKeys.IdOf(_log.Key), checkpoint!.KeyId);
        Assert.Empty(await _log.Whole(file));
        Assert.Equal(["checkpoint-forged 4"], await _log.Whole()); // who knows the old key alone
    }

    [Fact]
    public void A_key_that_is_none_stops_the_start()
    {
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var file = Path.Combine(Path.GetDirectoryName(_log.KeyFile)!, "wrong.pem");
        foreach (var text in new[] { "", _log.Key.ExportSubjectPublicKeyInfoPem(), large.ExportPkcs8PrivateKeyPem() })
        {
            File.WriteAllText(file, text);
            Assert.Throws<InvalidOperationException>(() => SigningKeys.Read(file));
        }

        Assert.Null(SigningKeys.Read(null).KeyId);
    }

    [Fact]
    public async Task A_stranger_verifies_with_the_public_key_and_no_code_of_ours()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(_log.Key.ExportSubjectPublicKeyInfoPem());
        await using var owner = NpgsqlDataSource.Create(_log.Store.Database.Owner);
        var (previous, after) = ("-", 0L);
        foreach (var row in await _log.Store.Rows("select * from edge.checkpoints order by number", r => Enumerable.Range(0, r.FieldCount).ToDictionary(r.GetName, r.GetValue)))
        {
            var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
            var (from, to) = ((long)row["after"], (long)row["position"]);
            foreach (var stream in await _log.Store.Rows($"select distinct stream_id from events.mt_events where seq_id > {from} and seq_id <= {to}", r => r.GetString(0)))
            {
                var envelope = new StringBuilder();
                var last = "";
                foreach (var e in await _log.Store.Rows(
                    $"select version, seq_id, id, timestamp, mt_dotnet_type, correlation_id, headers->>'hash' from events.mt_events where stream_id = '{stream}' and seq_id > {from} and seq_id <= {to} order by version",
                    r => (Version: r.GetInt64(0), Position: r.GetInt64(1), Id: r.GetGuid(2), At: r.GetFieldValue<DateTimeOffset>(3), Type: r.GetString(4), Correlation: r.IsDBNull(5) ? "null" : $"\"{r.GetString(5)}\"", Hash: r.GetString(6))))
                {
                    var micros = (e.At - DateTimeOffset.UnixEpoch).Ticks / 10;
                    envelope.Append(CultureInfo.InvariantCulture, $"[{e.Version}, {e.Position}, \"{e.Id}\", {micros}, \"{e.Type}\", {e.Correlation}, null, \"*DEFAULT*\", false, null]\n");
                    last = $"{e.Version}\t{e.Hash}";
                }

                lines[stream] = $"{stream}\t{last}\t{Sha(envelope.ToString())}\n";
            }

            var root = Sha(string.Concat(lines.Values));
            var signed = $"restoration-checkpoint.v1\nservice accounts\nepoch 1\nnumber {row["number"]}\nat {(DateTime)row["at"]:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}\nafter {after}\nposition {to}\nroot {root}\nprevious {previous}\nkey {row["key_id"]}\n";
            Assert.True(key.VerifyData(Encoding.UTF8.GetBytes(signed), (byte[])row["signature"], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), signed);
            (previous, after) = (root, to);
        }

        Assert.Equal(15, after);

        static string Sha(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public async Task An_append_under_way_is_waited_for_and_not_signed_past()
    {
        await using var slow = await _log.Store.Owner.OpenConnectionAsync();
        await using var transaction = await slow.BeginTransactionAsync();
        await using var insert = new NpgsqlCommand(
            """
            insert into events.mt_streams (id, version) values ('account-slow', 1);
            insert into events.mt_events (seq_id, id, stream_id, version, type, data) values (nextval('events.mt_events_sequence'), gen_random_uuid(), 'account-slow', 1, 'account-opened.v1', '{}')
            """,
            slow);
        await insert.ExecuteNonQueryAsync();
        await _log.Replica.Log.Write(PayingIn("c", 9)); // beyond it, and committed
        var sealing = _log.Seal();
        Assert.NotSame(sealing, await Task.WhenAny(sealing, Task.Delay(300)));
        await transaction.CommitAsync();

        Assert.Equal(17, (await sealing).Position);
        Assert.Equal(["account-c", "account-slow"], await _log.Store.Rows("select stream from edge.checkpoint_streams where checkpoint = 4 order by 1", r => r.GetString(0)));
    }

    [Fact]
    public async Task One_is_signed_on_each_day_and_on_demand_only_what_is_new()
    {
        var clock = new Ahead();
        for (var replica = 0; replica < 2; replica++)
            await _log.Store.Start(builder => builder.Services.AddSingleton<TimeProvider>(clock), null, ("EventStore:SigningKey", _log.KeyFile));
        for (var day = 1; day <= 3; day++)
        {
            clock.Days = day;
            await Eventually.Get(() => _log.Store.Count("edge.checkpoints"), n => n == 3 + day, $"day {day} is signed");
        }

        Assert.Equal(6, (await _log.Seal()).Number); // nothing new: the last one stands
        await _log.Replica.Log.Write(PayingIn("c", 9));
        Assert.Equal(7, (await _log.Seal()).Number);
        Assert.Empty(await _log.Whole());
    }

    [Fact]
    public async Task Several_at_once_make_one_chain()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            await _log.Replica.Log.Write(Opening($"at-once-{i}"));
            await _log.Seal();
        }));

        Assert.Empty(await _log.Whole());
    }

    private sealed class Ahead : TimeProvider
    {
        public int Days { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(Days);
    }
}

using System.Text.Json;
using Npgsql;
using Restoration.EventStore;
using static Restoration.Shared.Tests.EventStore.Accounts;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>The chain of hashes, recomputed from what the database gives back, and what the service's role may not do.</summary>
public sealed class Integrity(Store store) : IClassFixture<Store>, IAsyncLifetime
{
    private EventLog _log = null!;

    public async ValueTask InitializeAsync() => _log = (await store.Start()).Log;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task The_chain_verifies_over_commits_and_replicas()
    {
        await _log.Write([Opening("chain"), PayingIn("chain", 1.10m)]);
        await (await store.Start()).Log.Write(PayingIn("chain", 2.0m));
        await _log.Write(PayingOut("chain", 3m));

        Assert.Equal(4, (await store.Events("chain")).Count);
        Assert.Empty(await Broken("chain"));
    }

    [Fact]
    public async Task Whatever_a_sender_writes_hashes_alike_before_and_after_the_database()
    {
        double[] figures = [0, -0.0, 1e-7, 1e21, 1.5e300, 5e-324, double.MaxValue, 0.1, 115.12345678901234, -1e-10];
        decimal[] exact = [0m, 0.00m, -0.0m, 1.50m, 79228162514264337593543950335m, 0.0000000000000000000000000001m];
        string[] texts = ["", "赣州", "\u2028\"\\/<>&'", "\ud83c\udf31", "\t\r\n\u0001\u007f", "e\u0301"];
        string[] raw =
        [
            """{"b":1,"a":{"z":null,"aa":[],"B":[true,{"x":1e3}]}}""", "[1.50e1, -0, -0.00, 1E-2, 0.10, 1e+2, -12.5e-1, 0e5, 100e-2]", "\"\\u8d63\"", "true", "1E400",
            """{"twice":1,"Twice":2,"twice":3}""", """{"ö":1,"z":2,"😀":3,"﹍":4}""",
        ];
        var many = Math.Max(raw.Length, figures.Length);
        await _log.Write(On("odd", a => Open(a, "odd")));
        for (var i = 0; i < many; i++)
        {
            var fact = new Noted(
                Someone, Then.AddTicks(i), texts[i % texts.Length], figures[i % figures.Length], exact[i % exact.Length],
                JsonSerializer.Deserialize<JsonElement>(raw[i % raw.Length]));
            var extensions = new Dictionary<string, JsonElement> { ["count"] = JsonSerializer.Deserialize<JsonElement>(raw[1]), ["name"] = fact.Raw!.Value };
            await _log.Write(On("odd", _ => [fact], headers: new EventHeaders(texts[i % texts.Length], "1", null, extensions)));
        }

        Assert.Empty(await Broken("odd"));
    }

    [Fact]
    public async Task Random_numbers_hash_alike_before_and_after_the_database()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var facts = Enumerable.Range(0, 300).Select(i => new Noted(
            Someone, Then, $"seed {seed}", BitConverter.Int64BitsToDouble(random.NextInt64()) is var d && double.IsFinite(d) ? d : i,
            new decimal(random.Next(), random.Next(), random.Next(), random.Next(2) == 0, (byte)random.Next(29)))).ToArray();
        await _log.Write([Opening("random"), On("random", _ => Restoration.Domain.Decision.Of<AccountEvent>(facts))]);

        Assert.Empty(await Broken("random"));
    }

    [Theory]
    [InlineData("update events.mt_events set data = jsonb_set(data, '{amount}', '999') where stream_id = 'account-{0}' and version = 3", 3)]
    [InlineData("update events.mt_events set data = jsonb_set(data, '{by,actor}', '\"8\"') where stream_id = 'account-{0}' and version = 2", 2)]
    [InlineData("update events.mt_events set headers = jsonb_set(headers, '{source}', '\"forged\"') where stream_id = 'account-{0}' and version = 2", 2)]
    [InlineData("update events.mt_events set type = 'money-paid-out.v1' where stream_id = 'account-{0}' and version = 4", 4)]
    [InlineData("delete from events.mt_events where stream_id = 'account-{0}' and version = 2", 3)]
    [InlineData("update events.mt_events set headers = headers - 'hash' where stream_id = 'account-{0}' and version = 2", 2)]
    public async Task A_row_changed_behind_the_log_is_noticed(string change, long at)
    {
        var id = $"forged{Guid.NewGuid():N}";
        await _log.Write([Opening(id), PayingIn(id, 1), PayingIn(id, 2), PayingIn(id, 3)]);
        Assert.Empty(await Broken(id));
        await store.Database.Execute(change.Replace("{0}", id));

        Assert.Equal(at, (await Broken(id))[0]);
    }

    [Theory]
    [InlineData("update events.mt_events set version = version")]
    [InlineData("delete from events.mt_events")]
    [InlineData("truncate events.mt_events")]
    [InlineData("delete from events.mt_streams")]
    [InlineData("alter table events.mt_events disable trigger all")]
    [InlineData("select setval('events.mt_events_sequence', 1)")]
    [InlineData("update edge.inbox set hash = ''")]
    [InlineData("delete from edge.inbox")]
    [InlineData("update edge.replies set status = 200")]
    [InlineData("update edge.epoch set epoch = 1")]
    [InlineData("create table events.mine (id int)")]
    [InlineData("create function edge.mine() returns int language sql as 'select 1'")]
    [InlineData("drop table edge.inbox")]
    [InlineData("set role accounts_owner")]
    [InlineData("set session_replication_role = replica")]
    public async Task The_service_may_append_and_read_and_nothing_else(string sql)
    {
        await using var command = store.Limited.CreateCommand(sql);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    /// <summary>The versions whose hash is not what their content and the event before them make.</summary>
    private async Task<List<long>> Broken(string account)
    {
        var broken = new List<long>();
        var previous = default(string);
        foreach (var e in await store.Events(account))
        {
            if (e.Headers.Hash != Canonical.Hash(e.Id, e.Stream, e.Version, e.Type, e.Data.Span, e.Headers, previous))
            {
                broken.Add(e.Version);
            }

            previous = e.Headers.Hash;
        }

        return broken;
    }
}

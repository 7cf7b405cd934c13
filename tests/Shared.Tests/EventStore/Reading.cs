using Npgsql;
using Restoration.EventStore;

namespace Restoration.Shared.Tests.EventStore;

/// <summary>Two connections that draw positions: what a reader hands out while one of them is not done.</summary>
public sealed class Reading : IAsyncLifetime
{
    private Store _store = null!;
    private EventReader _reader = null!;
    private long _at;

    public async ValueTask InitializeAsync()
    {
        _store = await Store.Create();
        _reader = new EventReader(_store.Limited, Store.Types);
        await using var five = await Begin();
        for (var i = 0; i < 5; i++)
        {
            await five.Append();
        }

        await five.Commit();
        await HandsOut(1, 2, 3, 4, 5);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task While_6_is_held_nothing_of_7_is_handed_out_and_then_both_are()
    {
        await using var six = await Begin();
        await using var seven = await Begin();
        Assert.Equal((6L, 7L), (await six.Append(), await seven.Append()));
        await seven.Commit();

        await HandsOut();
        await HandsOut();
        await six.Commit();
        await HandsOut(6, 7);
    }

    [Fact]
    public async Task When_6_is_rolled_back_7_follows_5()
    {
        await using var six = await Begin();
        await using var seven = await Begin();
        Assert.Equal((6L, 7L), (await six.Append(), await seven.Append()));
        await seven.Commit();

        await HandsOut();
        await six.Rollback();
        await HandsOut(7);
    }

    [Fact]
    public async Task When_the_session_that_holds_6_dies_7_follows_5()
    {
        await using var six = await Begin();
        await using var seven = await Begin();
        Assert.Equal((6L, 7L), (await six.Append(), await seven.Append()));
        await seven.Commit();

        await HandsOut();
        await _store.Count($"(select pg_terminate_backend({six.Process}, 5000)) cut");
        await HandsOut(7);
    }

    [Fact]
    public async Task A_position_drawn_before_the_first_write_is_waited_for()
    {
        await using var early = await Begin();
        await using var seven = await Begin();
        Assert.Equal((6L, 7L), (await early.Draw(), await seven.Append()));
        await seven.Commit();

        await HandsOut();
        await early.Write(6);
        await HandsOut();
        await early.Commit();
        await HandsOut(6, 7);
    }

    [Fact]
    public async Task A_savepoint_rolled_back_after_drawing_leaves_a_gap_that_closes_with_its_transaction()
    {
        await using var writer = await Begin();
        await writer.Execute("savepoint before");
        await writer.Append();
        await writer.Execute("rollback to savepoint before");
        await using var seven = await Begin();
        Assert.Equal(7, await seven.Append());
        await seven.Commit();

        await HandsOut();
        Assert.Equal(8, await writer.Append());
        await writer.Commit();
        await HandsOut(7, 8);
    }

    [Fact]
    public async Task Transactions_elsewhere_that_stay_open_stall_nothing()
    {
        await using var writing = await Begin();
        await writing.Execute("insert into shop.seen values (1, 'elsewhere'); insert into events.mt_streams (id) values ('elsewhere')");
        await using var looking = await Begin();
        await looking.Execute("select count(*) from events.mt_events; select last_value from events.mt_events_sequence");
        await using var lost = await Begin();
        await using var seven = await Begin();
        Assert.Equal((6L, 7L), (await lost.Append(), await seven.Append()));
        await lost.Rollback();
        await seven.Commit();

        await HandsOut(7);
    }

    [Fact]
    public async Task Appends_that_go_on_do_not_keep_an_old_gap_open()
    {
        await using var lost = await Begin();
        await using var seven = await Begin();
        await lost.Append();
        await seven.Append();
        await seven.Commit();
        await HandsOut();

        await using var later = await Begin(); // draws before the gap closes, and stays
        Assert.Equal(8, await later.Append());
        await lost.Rollback();
        await HandsOut(7);
        await using var nine = await Begin();
        await nine.Append();
        await nine.Commit();
        await HandsOut();
        await later.Commit();
        await HandsOut(8, 9);
    }

    [Fact]
    public async Task Pages_end_at_their_limit_and_begin_where_the_last_one_ended()
    {
        for (var i = 0; i < 10; i++)
        {
            await using var writer = await Begin();
            await writer.Append();
            await (i % 3 == 0 ? writer.Rollback() : writer.Commit());
        }

        var pages = new List<long[]>();
        while (await Read(limit: 2) is { Length: > 0 } page)
        {
            pages.Add(page);
        }

        Assert.All(pages, p => Assert.InRange(p.Length, 1, 2));
        Assert.Equal([7L, 8, 10, 11, 13, 14], pages.SelectMany(p => p));
    }

    private async Task HandsOut(params long[] positions) => Assert.Equal(positions, await Read());

    private async Task<long[]> Read(int limit = 100)
    {
        var page = await _reader.Read(_at, limit, CancellationToken.None);
        Assert.True(page.Through >= _at);
        Assert.True(page.Events.Count == 0 || page.Events[^1].Position <= page.Through);
        _at = page.Through;
        return [.. page.Events.Select(e => e.Position)];
    }

    private Task<RawWriter> Begin() => RawWriter.Begin(_store.Owner);
}

/// <summary>A transaction that appends as any program may: draws, pauses, writes, in its own order.</summary>
internal sealed class RawWriter : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly string _stream = $"raw-{Guid.NewGuid():N}";
    private bool _made;

    private RawWriter(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    public int Process => _connection.ProcessID;

    public static async Task<RawWriter> Begin(NpgsqlDataSource db)
    {
        var connection = await db.OpenConnectionAsync();
        return new RawWriter(connection, await connection.BeginTransactionAsync());
    }

    public async Task<long> Draw()
    {
        await using var command = new NpgsqlCommand("select nextval('events.mt_events_sequence')", _connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task Write(long position)
    {
        if (!_made)
        {
            await Execute($"insert into events.mt_streams (id, version) values ('{_stream}', 0) on conflict do nothing");
            _made = true;
        }

        await Execute($$"""
            insert into events.mt_events (seq_id, id, stream_id, version, type, data)
            values ({{position}}, gen_random_uuid(), '{{_stream}}', {{position}}, 'account-opened.v1',
                '{"by": {"client": "raw"}, "at": "2024-06-15T08:00:00+00:00", "id": "raw"}')
            """);
    }

    public async Task<long> Append()
    {
        var position = await Draw();
        await Write(position);
        return position;
    }

    public async Task Execute(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
        _made &= !sql.StartsWith("rollback to", StringComparison.Ordinal);
    }

    public Task Commit() => _transaction.CommitAsync();

    public Task Rollback() => _transaction.RollbackAsync();

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}

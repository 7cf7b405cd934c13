using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;
using Restoration.EventStore;

namespace Restoration.Benchmarks;

/// <summary>What PostgreSQL does with the same rows in the same tables when nothing is decided, claimed or answered.</summary>
internal sealed partial class Bare : IAsyncDisposable
{
    private const int Connections = 32, Streams = 1_000;
    private readonly Store _store;
    private readonly NpgsqlDataSource _db;
    private readonly long[,] _versions = new long[Connections, Streams];
    private readonly NpgsqlConnection[] _connections = new NpgsqlConnection[Connections];

    private Bare(Store store)
    {
        _store = store;
        _db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(store.Limited) { NoResetOnClose = true, MaxAutoPrepare = 60 });
    }

    public static async Task<Bare> Over(Store store)
    {
        var bare = new Bare(store);
        await store.Execute("insert into events.mt_streams (id, type, version) select 'bare-' || lpad(n::text, 7, '0'), 'series', 0 from generate_series(1, 10000) n");
        await store.Execute($"insert into events.mt_streams (id, type, version) select 'rows-' || c || '-' || s, 'series', 0 from generate_series(0, {Connections - 1}) c, generate_series(0, {Streams - 1}) s");
        for (var i = 0; i < Connections; i++)
            bare._connections[i] = await bare._db.OpenConnectionAsync();
        return bare;
    }

    /// <summary>Four statements for each event (<c>pgbench.sql</c>).</summary>
    public async Task<Turn> FourStatements(TimeSpan time)
    {
        var to = new NpgsqlConnectionStringBuilder(_store.Limited);
        var said = await Tool.Run(
            "pgbench",
            [
                "-n", "-c", "32", "-j", "2", "-M", "prepared", "-T", $"{Math.Ceiling(time.TotalSeconds)}", "-f", Path.Combine(AppContext.BaseDirectory, "pgbench.sql"),
                "-h", to.Host!, "-p", $"{to.Port}", "-U", to.Username!, to.Database!,
            ],
            ("PGPASSWORD", to.Password!));
        var rate = double.Parse(Rate().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
        return new Turn(rate, double.NaN, double.NaN);
    }

    /// <summary>Many events by one statement of one connection: a bare <c>insert … select unnest</c>, each a transaction.</summary>
    public Task<Turn> Insert(int connections, int events, TimeSpan time)
    {
        var data = JsonSerializer.SerializeToUtf8Bytes(Measuring.Fact(1234, 1234), SeriesJson.Default.Measured);
        var headers = """{"source":"/v1/registry/points","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}"""u8.ToArray();
        return Turn.Of(connections, time, async writer =>
        {
            var stream = Random.Shared.Next(Streams);
            await using var command = new NpgsqlCommand(
                """
                insert into events.mt_events (seq_id, id, stream_id, version, type, mt_dotnet_type, data, headers, correlation_id, causation_id)
                select nextval('events.mt_events_sequence'), e.* from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) e
                returning seq_id
                """,
                _connections[writer])
                .With(All(_ => Guid.CreateVersion7())).With(All(_ => $"rows-{writer}-{stream}")).With(All(i => _versions[writer, stream] + i + 1))
                .With(All(_ => "quantity-measured.v1")).With(All(_ => "Restoration.Benchmarks.Measured, Restoration.Benchmarks"));
            command.Parameters.Add(new NpgsqlParameter { Value = All(_ => data), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
            command.Parameters.Add(new NpgsqlParameter { Value = All(_ => headers), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
            command.With(All(_ => "0af7651916cd43dd8448eb211c80319c")).With(new string?[events]);
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync()) { }
            _versions[writer, stream] += events;
            return events;
        });

        T[] All<T>(Func<int, T> value) => [.. Enumerable.Range(0, events).Select(value)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
        await _db.DisposeAsync();
    }

    [GeneratedRegex(@"tps = ([\d.]+) \(without initial")]
    private static partial Regex Rate();
}

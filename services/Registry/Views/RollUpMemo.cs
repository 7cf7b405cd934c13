using System.Collections.Concurrent;
using Npgsql;
using Restoration.EventStore;
using Restoration.Registry.Schedules;

namespace Restoration.Registry.Views;

/// <summary>What an overview is made of.</summary>
internal sealed record RollUpRows(
    IReadOnlyList<RollUps.Sum> Sums, IReadOnlyList<RollUps.Project> Projects, IReadOnlyList<RollUps.Place> Places, ILookup<string, Standing> Counties,
    IReadOnlyDictionary<(string By, string? Plan, string Id), string> Names);

/// <summary>
/// Overviews as they were added up last: every dashboard asks for the same few, and all of it comes from the log, so what was added up
/// stands for as long as neither the log nor the roll-up has moved and no view was made anew. Each process keeps its own.
/// </summary>
internal sealed class RollUpMemo(NpgsqlDataSource db)
{
    private const int Most = 100;
    private readonly ConcurrentDictionary<string, (Place At, RollUpRows Rows)> _kept = new();

    public async Task<RollUpRows> Of(RollUpScope scope, Func<Task<RollUpRows>> read, CancellationToken stop)
    {
        var (at, settled) = await Now(stop);
        if (_kept.TryGetValue(scope.Key, out var kept) && kept.At == at)
        {
            return kept.Rows;
        }

        var rows = await read();
        if (settled)
        {
            if (_kept.Count >= Most)
            {
                _kept.Clear();
            }

            _kept[scope.Key] = (at, rows);
        }

        return rows;
    }

    /// <param name="Rebuilds">Attempts at making a view anew, and how many came to their end: its tables are others then.</param>
    private readonly record struct Place(long Epoch, long Head, long Applied, (long, long) Rebuilds);

    /// <summary>
    /// Where the log and the roll-up are, before anything is read. Settled when no append is under way that may still bring something before
    /// the head (see <see cref="EventReader"/>): then whatever is read from now on and does not move the head has all up to it.
    /// </summary>
    private async Task<(Place, bool Settled)> Now(CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            $"""
            select (select epoch from edge.epoch), coalesce((select max(seq_id) from events.mt_events), 0),
                coalesce((select last_seq_id from events.mt_event_progression where name = 'view:{ProgressTotals.Name}'), 0), not exists ({EventReader.HoldersSql}),
                coalesce((select sum(attempt) from edge.rebuilds), 0)::bigint, (select count(finished) from edge.rebuilds)
            """);
        await using var reader = await command.ExecuteReaderAsync(stop);
        await reader.ReadAsync(stop);
        return (new(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), (reader.GetInt64(4), reader.GetInt64(5))), reader.GetBoolean(3));
    }
}

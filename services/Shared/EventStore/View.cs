using Microsoft.Extensions.Logging;
using Npgsql;

namespace Restoration.EventStore;

/// <summary>Tables that hold nothing but what the log says: they can be made anew from it, or as they were.</summary>
/// <param name="Name">Of the view, unique in its service.</param>
/// <param name="Tables">In the service's own schema, named without it: the search path says which copy is meant.</param>
public abstract record Derived(string Name, IReadOnlyList<string> Tables);

/// <summary>Rows that are written in the append, from the folded state of a stream. A table belongs to one view.</summary>
/// <param name="Aggregates">All that write to the tables.</param>
public sealed record RowView(string Name, IReadOnlyList<string> Tables, params IReadOnlyList<Aggregate> Aggregates) : Derived(Name, Tables);

/// <summary>A roll-up. What it does with events: writes its rows through the given connection, in the transaction of its checkpoint.</summary>
/// <param name="Name">Its checkpoint stands under <c>view:{Name}</c>.</param>
public sealed record ViewDefinition(
    string Name, Func<NpgsqlConnection, IReadOnlyList<StoredEvent>, CancellationToken, Task> Apply, params IReadOnlyList<string> Tables)
    : Derived(Name, Tables);

/// <summary>Runs a roll-up behind the log: rows and checkpoint in one transaction, so that a crash repeats nothing and loses nothing.</summary>
public sealed class View(Tail tail, TimeProvider clock, ViewDefinition view, ILogger<View> logger)
    : Follower(tail, clock, $"view:{view.Name}", logger)
{
    /// <summary>Each page is a transaction, and plans its statements anew.</summary>
    protected override TimeSpan Pace => TimeSpan.FromMilliseconds(50);

    protected override async Task Take(EventReader.Page page, long after, CancellationToken stop)
    {
        await using var connection = await Database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await Advance(connection, after, page.Through, stop); // first: whoever swaps the tables holds this row
        await view.Apply(connection, page.Events, stop);
        await transaction.CommitAsync(stop);
    }
}

/// <summary>How far roll-ups are.</summary>
public static class ViewPositions
{
    public static async Task<long> Of(NpgsqlDataSource db, string view, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select last_seq_id from events.mt_event_progression where name = $1").With($"view:{view}");
        return await command.ExecuteScalarAsync(stop) as long? ?? 0;
    }
}

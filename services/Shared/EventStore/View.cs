using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>What a roll-up does with events: writes its rows through the given connection, in the transaction of its checkpoint.</summary>
/// <param name="Name">Of the view; its checkpoint stands under <c>view:{Name}</c>.</param>
public sealed record ViewDefinition(string Name, Func<NpgsqlConnection, IReadOnlyList<StoredEvent>, CancellationToken, Task> Apply);

/// <summary>Runs a roll-up behind the log: rows and checkpoint in one transaction, so that a crash repeats nothing and loses nothing.</summary>
public sealed class View(NpgsqlDataSource db, EventTypes types, TimeProvider clock, ViewDefinition view, ILogger<View> logger)
    : Follower(db, types, clock, $"view:{view.Name}", logger)
{
    protected override async Task Take(EventReader.Page page, long after, CancellationToken stop)
    {
        await using var connection = await Database.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await Advance(connection, after, page.Through, stop);
        await view.Apply(connection, page.Events, stop);
        await transaction.CommitAsync(stop);
    }
}

/// <summary>How far roll-ups are.</summary>
public static class ViewPositions
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);

    public static async Task<long> Of(NpgsqlDataSource db, string view, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select last_seq_id from events.mt_event_progression where name = $1").With($"view:{view}");
        return await command.ExecuteScalarAsync(stop) as long? ?? 0;
    }

    /// <summary>Waits up to two seconds until the view has applied a position.</summary>
    /// <exception cref="UnavailableException">It has not.</exception>
    public static async Task<long> Reach(NpgsqlDataSource db, string view, long position, TimeProvider clock, CancellationToken stop)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var at = await Of(db, view, stop);
            if (at >= position)
                return at;
            if (clock.GetElapsedTime(started) > s_wait)
                throw new UnavailableException($"The view '{view}' has not reached position {position} yet.", TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, stop);
        }
    }
}

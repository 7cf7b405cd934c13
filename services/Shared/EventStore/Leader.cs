using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>
/// Work that one process does at a time per database: the one that holds the advisory lock of its name, which dies with its connection;
/// others stand by. A process that hangs, or whose machine is gone, says nothing on that connection any more, and loses it: what it
/// left half done is found by whoever leads next, and what it does when it wakes must not count (<see cref="Follower.Advance"/>).
/// </summary>
public abstract partial class Leader(NpgsqlDataSource db, TimeProvider clock, string name, ILogger logger) : BackgroundService
{
    private static readonly TimeSpan s_standby = TimeSpan.FromSeconds(2), s_spoken = TimeSpan.FromSeconds(1);
    private long _spoke;

    /// <summary>The driver's keepalive speaks every two seconds, however long the work takes (<see cref="EventStoreSetup"/>).</summary>
    private const string Silence = "5s";

    public string Name => name;

    /// <summary>Why it does not go on here, since its last step that went well; null where it does, or stands by.</summary>
    public string? Stopped { get; private set; }

    protected NpgsqlDataSource Database => db;

    protected TimeProvider Clock => clock;

    /// <summary>Works until it is stopped. It has to <see cref="Speak"/> now and then, or to use the connection.</summary>
    protected abstract Task Lead(NpgsqlConnection held, CancellationToken stop);

    /// <summary>
    /// Says something on the connection, at most once a second: throws when the lock is gone. Waiting for notifications says nothing, and
    /// restarts the driver's own keepalive each time.
    /// </summary>
    protected async ValueTask Speak(NpgsqlConnection held, CancellationToken stop)
    {
        if (_spoke != 0 && clock.GetElapsedTime(_spoke) < s_spoken)
            return;
        await using var alive = new NpgsqlCommand("select 1", held);
        await alive.ExecuteNonQueryAsync(stop);
        _spoke = clock.GetTimestamp();
    }

    /// <summary>Called after a step that went well.</summary>
    protected void Goes() => Stopped = null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Try(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A message may name a host or hold SQL; what is told outside is what we wrote ourselves.
                Stopped = e is UnknownEventTypeException ? e.Message : $"{e.GetType().Name}; the log of the process says more.";
                Log.Interrupted(logger, name, e);
            }

            await Task.Delay(s_standby, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Try(CancellationToken stop)
    {
        await using var held = await db.OpenConnectionAsync(stop);
        await using (var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", held))
        {
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
            if (await command.ExecuteScalarAsync(stop) is not true)
                return;
        }

        try
        {
            await using (var speaks = new NpgsqlCommand($"set idle_session_timeout = '{Silence}'", held))
            {
                await speaks.ExecuteNonQueryAsync(stop);
            }

            Log.Leads(logger, name);
            await Lead(held, stop);
        }
        finally
        {
            // The pool keeps sessions: without this the lock would outlive its holder.
            if (held.State == System.Data.ConnectionState.Open)
            {
                await using var release = new NpgsqlCommand("unlisten *; reset idle_session_timeout; select pg_advisory_unlock_all()", held);
                await release.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Name} is led here")]
        public static partial void Leads(ILogger logger, string name);

        [LoggerMessage(2, LogLevel.Warning, "{Name} was interrupted; it goes on where it was")]
        public static partial void Interrupted(ILogger logger, string name, Exception e);
    }
}

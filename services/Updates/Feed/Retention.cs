using Npgsql;

namespace Restoration.Updates.Feed;

/// <summary>
/// Forgets what is older than <see cref="FeedOptions.Keep"/>, a part at a time, since a part holds the head's lock. Replicas may do so at
/// once: the function that forgets goes on from where the head says.
/// </summary>
public sealed partial class Retention(NpgsqlDataSource db, FeedOptions options, TimeProvider clock, ILogger<Retention> logger) : BackgroundService
{
    private const int Part = 2000;
    private static readonly TimeSpan Most = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = options.Keep is { } kept && kept / 10 < Most ? kept / 10 : Most;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using (var tickets = db.CreateCommand("delete from feed.tickets where expires < now()")) await tickets.ExecuteNonQueryAsync(stoppingToken);
                while (options.Keep is { } keep && await ForgetAsync(keep, stoppingToken) is { } through) Log.Forgot(logger, through);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                Log.Failed(logger, e);
            }
            await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<long?> ForgetAsync(TimeSpan keep, CancellationToken stop)
    {
        // The database's clock, which is what entries were recorded by.
        await using var command = db.CreateCommand("select feed.forget(now() - $1, $2)");
        command.Parameters.Add(new() { Value = keep });
        command.Parameters.Add(new() { Value = Part });
        return await command.ExecuteScalarAsync(stop) as long?;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Entries up to {Number} are no longer kept.")]
        public static partial void Forgot(ILogger logger, long number);

        [LoggerMessage(2, LogLevel.Warning, "What is too old could not be forgotten just now.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>
/// The system's time and what was put before it, for system tests that cannot wait for a deadline. What was put is in the service's
/// database: replicas agree within half a second, and a restart keeps it. Only the hour is moved; timers, delays and timeouts stay real.
/// </summary>
public sealed class SettableClock(NpgsqlDataSource db) : TimeProvider
{
    private static readonly DateTimeOffset s_end = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Lock _lock = new();
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));

    /// <summary>Puts the clock forwards. Answers the refusal, or null.</summary>
    public async Task<Refusal?> Set(DateTimeOffset now, CancellationToken stop)
    {
        if (now >= s_end)
            return Refusal.Invalid("clock.out-of-range", $"The clock goes until {s_end:yyyy}.");
        var ahead = (now - base.GetUtcNow()).Ticks;
        await using var command = db.CreateCommand("update edge.clock set ahead = $1 where ahead <= $1").With(ahead);
        if (await command.ExecuteNonQueryAsync(stop) == 0)
            return Refusal.Invalid("clock.backwards", "The clock goes forwards only.");
        Raise(ahead);
        return null;
    }

    internal async Task Read(CancellationToken stop)
    {
        await using var command = db.CreateCommand("select ahead from edge.clock");
        Raise((long)(await command.ExecuteScalarAsync(stop))!);
    }

    /// <summary>A reading that began before the clock was set may end after it.</summary>
    private void Raise(long ahead)
    {
        lock (_lock)
            Interlocked.Exchange(ref _ahead, Math.Max(_ahead, ahead));
    }
}

/// <summary>Reads how far the clock was put: once before anything else starts, then again and again.</summary>
internal sealed partial class ClockKeeper(SettableClock clock, ILogger<SettableClock> logger) : BackgroundService
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(500);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        Log.Settable(logger);
        await clock.Read(cancellationToken); // to start without it would be a step back
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (; ; await Task.Delay(s_poll, TimeProvider.System, stoppingToken))
        {
            try
            {
                await clock.Read(stoppingToken);
            }
            catch (NpgsqlException e) when (e.IsTransient)
            {
                Log.Unreadable(logger, e.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(21, LogLevel.Warning, "The clock of this service can be set (Clock:Mode): never where the work is real")]
        public static partial void Settable(ILogger logger);

        [LoggerMessage(22, LogLevel.Warning, "The clock cannot be read: {Reason}")]
        public static partial void Unreadable(ILogger logger, string reason);
    }
}

internal static class ClockSetup
{
    /// <summary><c>Clock:Mode</c>: <c>system</c> (default), or <c>settable</c>.</summary>
    public static void AddClock(this IHostApplicationBuilder builder)
    {
        var mode = builder.Configuration["Clock:Mode"] ?? "system";
        if (mode is not ("system" or "settable"))
            throw new InvalidOperationException($"Clock:Mode is 'system' or 'settable', not '{mode}'.");
        if (mode == "system")
            return;
        builder.Services.AddSingleton<SettableClock>().AddHostedService<ClockKeeper>();
        builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(sp => sp.GetRequiredService<SettableClock>()));
    }
}

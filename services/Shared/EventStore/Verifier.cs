using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>A verification of the whole log: under way, done, or ended by a failure.</summary>
public sealed record VerificationRun(DateTimeOffset Started, LogFindings Verified)
{
    public DateTimeOffset? Finished { get; internal set; }

    public bool Failed { get; internal set; }
}

/// <summary>Verifies the whole log behind the caller's back, one at a time per database. What it found lives as long as the process.</summary>
public sealed partial class Verifier(
    NpgsqlDataSource db, Verification verification, TimeProvider clock, IHostApplicationLifetime life, ILogger<Verifier> logger)
{
    /// <summary>The last one that was started in this process.</summary>
    public VerificationRun? Last { get; private set; }

    /// <summary>Starts one. Answers the refusal, or null.</summary>
    public async Task<Refusal?> Start(CancellationToken stop)
    {
        var held = await db.OpenConnectionAsync(stop);
        var run = new VerificationRun(clock.GetUtcNow(), new LogFindings());
        try
        {
            await using var one = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended('verification', 0))", held);
            if (await one.ExecuteScalarAsync(stop) is not true)
                return Refusal.Conflict("verification.running", "The log is being verified; ask for what it has found.");
            Last = run;
            (var given, held) = (held, null);
            _ = Task.Run(() => Run(run, given), CancellationToken.None);
            return null;
        }
        finally
        {
            if (held is not null)
                await held.DisposeAsync();
        }
    }

    private async Task Run(VerificationRun run, NpgsqlConnection held)
    {
        try
        {
            await verification.Whole(run.Verified, life.ApplicationStopping);
            if (run.Verified.Found > 0)
                Log.Broken(logger, run.Verified.Found, run.Verified.Findings[0]);
        }
        catch (Exception e)
        {
            run.Failed = true;
            Log.Failed(logger, e);
        }

        run.Finished = clock.GetUtcNow();
        await using (held)
        {
            await using var release = new NpgsqlCommand("select pg_advisory_unlock_all()", held);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(33, LogLevel.Error, "The log is not as it was recorded: {Found} findings, the first {First}")]
        public static partial void Broken(ILogger logger, long found, Finding first);

        [LoggerMessage(34, LogLevel.Warning, "A verification of the log was interrupted")]
        public static partial void Failed(ILogger logger, Exception e);
    }
}

internal static class IntegritySetup
{
    /// <summary><c>EventStore:SigningKey</c> names a PEM file, see <see cref="SigningKeys"/>; without it nothing is signed.</summary>
    public static void AddIntegrity(this IHostApplicationBuilder builder, string service)
    {
        var keys = SigningKeys.Read(builder.Configuration["EventStore:SigningKey"]);
        builder.Services.AddSingleton(keys).AddSingleton<Verifier>()
            .AddSingleton(sp => new Verification(sp.GetRequiredService<NpgsqlDataSource>(), keys, service))
            .AddSingleton(sp => new Checkpoints(
                sp.GetRequiredService<NpgsqlDataSource>(), keys, sp.GetRequiredService<TimeProvider>(), service, sp.GetRequiredService<ILogger<Checkpoints>>()));
        if (keys.KeyId is not null)
            builder.Services.AddHostedService<DailyCheckpoint>();
    }
}

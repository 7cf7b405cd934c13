using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.Domain;

namespace Restoration.Http;

/// <summary>
/// Business time of commands: now, or the time a body names in <c>at</c> for acts on paper that are entered later. Never the future.
/// </summary>
public sealed class Clock(TimeProvider time)
{
    public DateTimeOffset At(DateTimeOffset? named) => (named ?? time.GetUtcNow()).ToUniversalTime();

    /// <summary>The day it is in China.</summary>
    public DateOnly Today() => DateOnly.FromDateTime(time.GetUtcNow().ToOffset(TimeSpan.FromHours(8)).DateTime);

    public Refusal? Refuses(DateTimeOffset? named) => named > time.GetUtcNow().AddMinutes(5)
        ? Refusal.Invalid("time.in-future", "An act is entered when it has happened.", new Fault("#/at", "This is in the future."))
        : null;
}

public static class ActingSetup
{
    /// <summary>What commands ask: the business time, and whose a division is (from the rows of <paramref name="divisions"/>).</summary>
    public static IServiceCollection AddActing(this IServiceCollection services, string divisions) => services
        .AddSingleton<Clock>()
        .AddSingleton(sp => new Territory(sp.GetRequiredService<NpgsqlDataSource>(), sp.GetRequiredService<TimeProvider>(), divisions));
}

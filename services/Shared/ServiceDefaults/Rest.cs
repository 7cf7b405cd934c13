using Microsoft.Extensions.Hosting;

namespace Restoration.ServiceDefaults;

/// <summary>
/// Gives memory back when there is nothing to do. Under load the collector should have much room, since it costs least when it looks
/// seldom (<c>DOTNET_GCgen0size</c>); what room it took would stay the process's own for ever.
/// </summary>
internal sealed class Rest : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(30);

    /// <summary>Allocated between two looks by a process that only waits.</summary>
    private const long Little = 16 << 20;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var rests = false;
        using var timer = new PeriodicTimer(s_look, TimeProvider.System);
        for (var before = 0L; await timer.WaitForNextTickAsync(stoppingToken); before = GC.GetTotalAllocatedBytes())
        {
            var idle = GC.GetTotalAllocatedBytes() - before < Little;
            if (idle && !rests)
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            rests = idle;
        }
    }
}

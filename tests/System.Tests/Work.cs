namespace Restoration.System.Tests;

/// <summary>All the workers of a ground.</summary>
public sealed class Work : IAsyncDisposable
{
    private readonly List<Worker> _workers;

    private Work(List<Worker> workers) => _workers = workers;

    public static async Task<Work> Begin(TheSystem system, Ground ground) => new([await Tasks.Verifying(system, ground)]);

    /// <summary>Waits until each did some more.</summary>
    public Task GoOn(int turns) => Worker.GoOn(_workers, turns);

    public Task Stop() => Worker.StopAll(_workers);

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await worker.DisposeAsync();
    }
}

/// <summary>What bureaus, mines and finance do all day, each piece as its people do it, through the gateway.</summary>
public static class Tasks
{
    /// <summary>A city verifies what its counties reported, after their own check; what was reported on in between is left for the next round.</summary>
    public static async Task<Worker> Verifying(TheSystem system, Ground ground)
    {
        var city = await system.Client("city", ground.City.Id, "reviewer");
        var bureaus = new List<Caller>();
        foreach (var county in ground.Counties) bureaus.Add(await system.Client("bureau", county.Id, "reviewer"));
        var next = 0;
        return new("verification", async (worker, _) =>
        {
            while (!worker.Stopped)
            {
                var (at, n) = (next % bureaus.Count, next++ / bureaus.Count);
                var day = new DateOnly(2023, 1, 1).AddDays(n % 60);
                var figure = $"/v1/registry/progress/{ground.CountedMeasureId}.{ground.Counties[at].Id}.{day:yyyy-MM-dd}";
                var check = await worker.Command(bureaus[at], $"{figure}/check", new { }, "B-1");
                if (check.Status == 404) continue; // nothing was reported yet
                check.Is(200);
                var verified = await worker.Command(city, $"{figure}/verify", new { }, "C-7");
                if (verified.Code == "figure.not-checked") continue;
                verified.Is(200);
                return;
            }
        });
    }
}

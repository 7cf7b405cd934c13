namespace Restoration.System.Tests;

/// <summary>A system of its own, because what is done here leaves marks in the logs.</summary>
public sealed class OtherSystem : IAsyncLifetime
{
    public TheSystem System { get; } = new();

    public ValueTask InitializeAsync() => System.InitializeAsync();

    public ValueTask DisposeAsync() => System.DisposeAsync();
}

/// <summary>Something is lost for good: a queue, a database, the past before a service was there. All comes to be known again, once.</summary>
public sealed class LossTests(OtherSystem other) : IClassFixture<OtherSystem>
{
    private readonly TheSystem _system = other.System;

    [Fact]
    public async Task The_queues_of_all_services_are_deleted_under_load()
    {
        var ground = await Ground.UnderWay(_system);
        var counties = await CountySystem.StartAll(_system, ground);
        await using var work = await Work.Begin(_system, ground);
        await work.GoOn(5);
        foreach (var service in TheSystem.Services)
        {
            await _system.DeleteQueue(service);
            await work.GoOn(3);
        }

        await CountySystem.StopAll(counties);
        await work.Stop();
        await Convergence.Holds(_system);
    }

    [Fact]
    public async Task A_service_starts_for_the_first_time_long_after_the_others()
    {
        var ground = await Ground.UnderWay(_system);
        var counties = await CountySystem.StartAll(_system, ground);
        await using var work = await Work.Begin(_system, ground);
        await work.GoOn(5);
        var indicators = _system["indicators"];
        indicators.Kill();
        await _system.DeleteQueue("indicators");
        await _system.Recreate("indicators");
        await CountySystem.GoOn(counties, 10);
        await indicators.UpdateSchema();
        await indicators.Start();
        await work.GoOn(3);
        await CountySystem.StopAll(counties);
        await work.Stop();
        await Convergence.Holds(_system);
    }

    [Fact]
    public async Task A_service_gets_its_database_back_as_it_was_some_time_ago()
    {
        var ground = await Ground.UnderWay(_system);
        var counties = await CountySystem.StartAll(_system, ground);
        await using var work = await Work.Begin(_system, ground);
        await work.GoOn(5);
        var indicators = _system["indicators"];
        indicators.Kill();
        await _system.Dump("indicators");
        await indicators.Start();
        await work.GoOn(10);
        indicators.Kill();
        await _system.Restore("indicators");
        await indicators.Start();
        await work.GoOn(3);
        await CountySystem.StopAll(counties);
        await work.Stop();
        await Convergence.Holds(_system);
    }
}

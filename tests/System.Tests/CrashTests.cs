using System.Diagnostics;

namespace Restoration.System.Tests;

/// <summary>Parts and servers die while counties post and a dashboard follows; nobody restarts anything but what died.</summary>
public sealed class CrashTests(TheSystem system)
{
    [Fact]
    public async Task Each_process_is_killed_under_load_and_nothing_is_lost_or_applied_twice()
    {
        var ground = await Ground.UnderWay(system);
        await using var dashboard = await Follower.Open(system.Operator);
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground);
        await CountySystem.GoOn(counties, 30);
        foreach (var part in system.Parts)
        {
            await part.DieAndComeBack();
            await CountySystem.GoOn(counties, 30);
        }
        await CountySystem.StopAll(counties);
        await work.Stop();
        Assert.NotEmpty(counties.SelectMany(c => c.Failures));
        await Comparison.Holds(system, ground, counties, dashboard);
        Assert.True(dashboard.Connections >= 3, "The dashboard should have lost its connection with the updates and with the gateway.");
    }

    [Fact]
    public async Task Two_replicas_of_each_service_share_the_work_and_one_of_them_dies()
    {
        var ground = await Ground.UnderWay(system);
        await using var dashboard = await Follower.Open(system.Operator);
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground);
        await using (var replicas = await system.Double())
        {
            await CountySystem.GoOn(counties, 30);
            await work.GoOn(5);
            // The first processes, which lead until now, die all at once and stay away until the twins have led for a while.
            var services = TheSystem.Services.Select(s => system[s]).ToList();
            services.ForEach(service => service.Kill());
            await CountySystem.GoOn(counties, 30);
            await work.GoOn(5);
            await Task.WhenAll(services.Select(service => service.Start()));
            await CountySystem.GoOn(counties, 30);
        }

        await CountySystem.GoOn(counties, 10);
        await CountySystem.StopAll(counties);
        await work.Stop();
        await Comparison.Holds(system, ground, counties, dashboard);
    }

    [Fact]
    public async Task While_the_feed_is_down_nobody_who_posts_notices()
    {
        var ground = await Ground.UnderWay(system);
        await using var dashboard = await Follower.Open(system.Operator);
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground);
        await system.Updates.DieAndComeBack();
        await CountySystem.GoOn(counties, 10);
        await CountySystem.StopAll(counties);
        await work.Stop();
        Assert.Empty(counties.SelectMany(c => c.Failures));
        await Comparison.Holds(system, ground, counties, dashboard);
    }

    [Fact]
    public async Task Without_the_broker_posts_are_accepted_and_the_backlog_arrives_when_it_is_back()
    {
        var ground = await Ground.UnderWay(system);
        await using var dashboard = await Follower.Open(system.Operator);
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground);
        await CountySystem.GoOn(counties, 10);

        var restart = Servers.RestartBroker(seconds: 5);
        await Eventually.Is(system.Registry.Health, "degraded", "the registry without its broker", 30);
        await CountySystem.GoOn(counties, 30);
        Assert.Equal("degraded", await system.Registry.Health());
        Assert.False(restart.IsCompleted, "The broker was back too early to tell anything.");
        await restart;
        await CountySystem.GoOn(counties, 10);
        await CountySystem.StopAll(counties);
        await work.Stop();
        Assert.Empty(counties.SelectMany(c => c.Failures));
        await Comparison.Holds(system, ground, counties, dashboard, seconds: 90);
        foreach (var part in system.Parts) await Eventually.Is(part.Health, "ready", $"{part.Name} ready again", 40);
    }

    [Fact]
    public async Task PostgreSQL_dies_under_load_and_the_same_processes_go_on_when_it_is_back()
    {
        var ground = await Ground.UnderWay(system);
        await using var dashboard = await Follower.Open(system.Operator);
        var counties = await CountySystem.StartAll(system, ground);
        await using var work = await Work.Begin(system, ground);
        var processes = system.Parts.Select(p => p.ProcessId).ToList();
        await CountySystem.GoOn(counties, 30);

        await Servers.RestartPostgres(seconds: 1);
        var back = Stopwatch.GetTimestamp();
        await CountySystem.GoOn(counties, 30);
        Assert.InRange(Stopwatch.GetElapsedTime(back).TotalSeconds, 0, 15);
        await CountySystem.StopAll(counties);
        await work.Stop();
        var failures = counties.SelectMany(c => c.Failures).ToList();
        Assert.NotEmpty(failures);
        Assert.All(failures, failure => Assert.Matches("^503 service.unavailable, Retry-After [1-9]", failure));
        Assert.Equal(processes, system.Parts.Select(p => p.ProcessId));
        await Comparison.Holds(system, ground, counties, dashboard);
        foreach (var part in system.Parts) await Eventually.Is(part.Health, "ready", $"{part.Name} ready again", 40);
    }
}

namespace Restoration.System.Tests;

/// <summary>The clocks of services, put forwards together; on the system's time again once it is disposed.</summary>
public sealed class Clocks : IAsyncDisposable
{
    private readonly TheSystem _system;
    private readonly string[] _services;

    private Clocks(TheSystem system, string[] services) => (_system, _services) = (system, services);

    public static async Task<Clocks> Settable(TheSystem system, params string[] services)
    {
        var clocks = new Clocks(system, services);
        await clocks.Restart("settable");
        return clocks;
    }

    /// <summary>The latest of them: what was put stays in a service's database, and other tests put some further than others.</summary>
    public async Task<DateTimeOffset> Now() => (await Task.WhenAll(_services.Select(Of))).Max();

    public async Task<DateTimeOffset> Of(string service) =>
        (await _system.Operator.Get($"/v1/{service}/ops/clock")).Is(200).Json.GetProperty("now").GetDateTimeOffset();

    public async Task To(DateTimeOffset now)
    {
        foreach (var service in _services) (await _system.Operator.Post($"/v1/{service}/ops/clock", new { now })).Is(200);
    }

    /// <summary>Noon of a day in China.</summary>
    public Task To(int year, int month, int day) => To(new DateTimeOffset(year, month, day, 12, 0, 0, TimeSpan.FromHours(8)));

    public async Task Forwards(string service, TimeSpan by)
    {
        var now = await Of(service);
        (await _system.Operator.Post($"/v1/{service}/ops/clock", new { now = now + by })).Is(200);
        (await _system.Operator.Post($"/v1/{service}/ops/clock", new { now })).Is(422, "clock.backwards");
    }

    public ValueTask DisposeAsync() => new(Restart("system"));

    private Task Restart(string mode)
    {
        foreach (var service in _services) _system[service].Set("Clock__Mode", mode);
        return Task.WhenAll(_services.Select(s => _system[s].DieAndComeBack()));
    }
}

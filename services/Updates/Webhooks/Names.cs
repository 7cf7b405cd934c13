using System.Collections.Concurrent;
using System.Net;

namespace Restoration.Updates.Webhooks;

/// <summary>
/// Looks names up without letting a name server that hangs take the process with it: the system's resolver blocks a thread for as long as
/// the server is silent, whatever the caller's patience. So lookups have threads of their own, so many at most and one for each name, and
/// names that hung the last time share a few of them.
/// </summary>
/// <param name="lookup">Blocks; the system's own unless a test says otherwise.</param>
public sealed class Names(Func<string, IPAddress[]> lookup) : IDisposable
{
    public const int Rooms = 48, RoomsOfSlow = 16;
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<string, Lazy<Task<IPAddress[]>>> _underWay = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, bool> _slow = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _rooms = new(Rooms), _roomsOfSlow = new(RoomsOfSlow);

    /// <summary>The addresses of a host. Who gives up waiting leaves the lookup to end by itself; who asks meanwhile shares it.</summary>
    public async Task<IPAddress[]> Resolve(string host, CancellationToken stop) =>
        await _underWay.GetOrAdd(host, name => new(() => LookUp(name))).Value.WaitAsync(stop);

    public void Dispose()
    {
        _rooms.Dispose();
        _roomsOfSlow.Dispose();
    }

    private async Task<IPAddress[]> LookUp(string host)
    {
        var room = _slow.ContainsKey(host) ? _roomsOfSlow : _rooms;
        await room.WaitAsync();
        var began = TimeProvider.System.GetTimestamp();
        try
        {
            return await Task.Factory.StartNew(() => lookup(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            if (TimeProvider.System.GetElapsedTime(began) < s_slow) _slow.TryRemove(host, out _);
            else if (_slow.Count < MostRemembered) _slow[host] = true;
            _underWay.TryRemove(host, out _);
            room.Release();
        }
    }
}

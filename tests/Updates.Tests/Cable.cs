using System.Net;
using System.Net.Sockets;

namespace Restoration.Updates.Tests;

/// <summary>A cable to a real server that can be pulled: connections break, and none can be made until it is plugged in again.</summary>
public sealed class Cable : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _lock = new();
    private readonly List<Socket> _sockets = [];
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private bool _plugged = true;

    public Cable(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Pull()
    {
        lock (_lock)
        {
            _plugged = false;
            // A reset rather than a farewell, as from a machine that is gone.
            foreach (var socket in _sockets) socket.Close(0);
            _sockets.Clear();
        }
    }

    public void Plug()
    {
        lock (_lock) _plugged = true;
    }

    public async ValueTask DisposeAsync()
    {
        Pull();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var near = await _listener.AcceptSocketAsync();
            var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
            lock (_lock)
            {
                if (!_plugged)
                {
                    near.Close(0);
                    continue;
                }
                _sockets.AddRange([near, far]);
            }
            _ = CarryAsync(near, far);
        }
    }

    private async Task CarryAsync(Socket near, Socket far)
    {
        try
        {
            await far.ConnectAsync(_host, _port);
            using var here = new NetworkStream(near, ownsSocket: true);
            using var there = new NetworkStream(far, ownsSocket: true);
            await Task.WhenAny(here.CopyToAsync(there), there.CopyToAsync(here));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The cable was pulled.
        }
    }
}

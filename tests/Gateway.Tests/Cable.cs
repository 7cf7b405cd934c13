using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Restoration.Gateway.Tests;

/// <summary>The wire to the database, which can be cut: open connections end, new ones are refused.</summary>
public sealed class Cable : IDisposable
{
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly int _port;
    private readonly ConcurrentBag<TcpClient> _ends = [];
    private TcpListener? _listener;

    public Cable(string connection)
    {
        _target = new NpgsqlConnectionStringBuilder(connection);
        Mend();
        _port = ((IPEndPoint)_listener!.LocalEndpoint).Port;
    }

    public string Connection => new NpgsqlConnectionStringBuilder(_target.ConnectionString) { Host = "127.0.0.1", Port = _port }.ConnectionString;

    public void Mend()
    {
        _listener = new TcpListener(IPAddress.Loopback, _port);
        _listener.Start();
        _ = Accept(_listener);
    }

    public void Cut()
    {
        _listener?.Stop();
        while (_ends.TryTake(out var end))
            end.Dispose();
    }

    public void Dispose() => Cut();

    private async Task Accept(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptTcpClientAsync();
                var far = new TcpClient();
                _ends.Add(near);
                _ends.Add(far);
                await far.ConnectAsync(_target.Host!, _target.Port);
                _ = Copy(near, far);
                _ = Copy(far, near);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Cut.
        }
    }

    private static async Task Copy(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            from.Dispose();
            to.Dispose();
        }
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Restoration.Benchmarks;

/// <summary>
/// A dashboard on a bare socket, as cheap as one can be, since a thousand of them share the machine with what is measured: it reads the
/// chunks and, in them, nothing but the ids of the events.
/// </summary>
internal sealed class Subscriber : IDisposable
{
    private static readonly long s_began = Stopwatch.GetTimestamp();
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[32 << 10];
    private readonly List<(int Number, int At)> _seen = [];
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Where it is in the answer: the head, a line of a chunk's size, or its bytes; and in the line of the stream.
    private int _newlines;
    private bool _open;
    private int _chunk;
    private int _size;
    private int _column;
    private bool _id;
    private long _number;

    /// <summary>The numbers of the entries seen, and when, in microseconds as <see cref="Now"/> has them.</summary>
    public IReadOnlyList<(int Number, int At)> Seen => _seen;

    /// <summary>Microseconds since this program began, in half the room of a timestamp.</summary>
    public static int Now => (int)Stopwatch.GetElapsedTime(s_began).TotalMicroseconds;

    /// <summary>Entries that did not follow the one before.</summary>
    public int Astray { get; private set; }

    public long Last { get; private set; }

    public Task Ended { get; private set; } = Task.CompletedTask;

    public static async Task<Subscriber> Open(Uri gateway, string token)
    {
        var subscriber = new Subscriber();
        await subscriber._socket.ConnectAsync(gateway.Host, gateway.Port);
        await subscriber._socket.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/updates/stream HTTP/1.1\r\nHost: {gateway.Authority}\r\nAuthorization: Bearer {token}\r\n\r\n"));
        subscriber.Ended = Task.Run(subscriber.Read);
        await (await Task.WhenAny(subscriber._opened.Task, subscriber.Ended));
        return subscriber;
    }

    public void Dispose() => _socket.Dispose();

    private async Task Read()
    {
        try
        {
            while (await _socket.ReceiveAsync(_buffer) is > 0 and var count)
                Take(_buffer.AsSpan(0, count), Now);
        }
        catch (SocketException) when (_open)
        {
            // closed at the end of the run
        }
    }

    private void Take(ReadOnlySpan<byte> bytes, int at)
    {
        while (!bytes.IsEmpty)
        {
            if (!_open)
            {
                var b = bytes[0];
                bytes = bytes[1..];
                _newlines = b == '\n' ? _newlines + 1 : b == '\r' ? _newlines : 0;
                if (_newlines == 2)
                    (_open, _newlines) = (true, 0);
            }
            else if (_chunk > 0)
            {
                var part = bytes[..Math.Min(_chunk, bytes.Length)];
                Text(part, at);
                _chunk -= part.Length;
                bytes = bytes[part.Length..];
            }
            else
            {
                // The size in hexadecimal, after the line end of the chunk before.
                var b = bytes[0];
                bytes = bytes[1..];
                if (char.IsAsciiHexDigit((char)b))
                    _size = _size * 16 + Convert.ToInt32(((char)b).ToString(), 16);
                else if (b == '\n' && _size > 0)
                    (_chunk, _size) = (_size, 0);
            }
        }
    }

    private void Text(ReadOnlySpan<byte> text, int at)
    {
        _opened.TrySetResult();
        while (!text.IsEmpty)
        {
            if (_column >= 4 && !_id)
            {
                var end = text.IndexOf((byte)'\n');
                if (end < 0)
                    return;
                text = text[(end + 1)..];
                _column = 0;
                continue;
            }

            var b = text[0];
            text = text[1..];
            if (b == '\n')
            {
                if (_id)
                    Saw(at);
                (_column, _id, _number) = (0, false, 0);
                continue;
            }

            if (_column == 0)
                _id = b == 'i';
            else if (_id && _column >= 8) // "id: " and the epoch
                _number = _number * 10 + (b - '0');
            _column++;
        }
    }

    private void Saw(int at)
    {
        if (Last != 0 && _number != Last + 1)
            Astray++;
        Last = _number;
        _seen.Add(((int)_number, at));
    }
}

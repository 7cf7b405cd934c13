using System.Net.Sockets;
using System.Text;

namespace Restoration.System.Tests;

/// <summary>What no client library sends: requests whose bytes are wrong or end too early, over a socket of their own.</summary>
public static class Torn
{
    /// <summary>The status that is answered; 0 where the connection is closed without a word.</summary>
    public static async Task<(int Status, string Text)> Send(Uri to, Operation operation, string path, string token, Random random)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(to.Host, to.Port, limit.Token);
        var stream = socket.GetStream();
        var head = $"{operation.Method} {path} HTTP/1.1\r\nHost: {to.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: {operation.Media ?? "application/json"}\r\nIdempotency-Key: torn-{random.Next()}\r\nConnection: close\r\n";
        string[] early =
        [
            $"{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"id\"",
            $"{head}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n{{",
            $"{head}Content-Length: 100\r\n\r\n{{\"id\":1",
            head[..^30],
        ];
        string[] wrong =
        [
            $"{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n0\r\n\r\n",
            $"{head}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{{}}",
            $"{head}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n",
            $"{head}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}",
            $"{head}Content-Length: -1\r\n\r\n{{}}",
            $"{head}Content-Length: 99999999999999999999\r\n\r\n{{}}",
            $"{head}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{{}}",
            $"{head}Idempotency-Key: again\r\nRestoration-Actor: a\r\nRestoration-Actor: b\r\nContent-Length: 2\r\n\r\n{{}}",
            $"{head}Host: elsewhere\r\nContent-Length: 2\r\n\r\n{{}}",
            $"{head}Bad Header: 1\r\nContent-Length: 2\r\n\r\n{{}}",
            $"{head}X: {new string('x', 40_000)}\r\nContent-Length: 2\r\n\r\n{{}}",
            $"{head}X: a\0b\r\nContent-Length: 2\r\n\r\n{{}}",
            $"{head}{string.Concat(Enumerable.Range(0, 200).Select(n => $"X-{n}: 1\r\n"))}Content-Length: 2\r\n\r\n{{}}",
            head.Replace("\r\n", "\n", StringComparison.Ordinal) + "Content-Length: 2\n\n{}",
            head.Replace("HTTP/1.1", "HTTP/9.9", StringComparison.Ordinal) + "\r\n",
            head.Replace($"{operation.Method} ", "GE T ", StringComparison.Ordinal) + "\r\n",
            head.Replace(path, $"{path}\u00e4\u00ff", StringComparison.Ordinal) + "Content-Length: 2\r\n\r\n{}",
        ];
        var ends = random.Next(4) == 0;
        var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(ends ? early[random.Next(early.Length)] : wrong[random.Next(wrong.Length)]), limit.Token);
            if (ends) socket.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, limit.Token);
        }
        catch (IOException)
        {
            // Reset: it was told nothing more, or nothing.
        }

        var text = Encoding.UTF8.GetString(answer.ToArray());
        return (text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(text[9..12], null) : 0, text);
    }
}

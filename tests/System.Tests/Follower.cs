using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>An entry of the feed as a follower got it.</summary>
/// <param name="At">When, as a timestamp of <see cref="Stopwatch"/>.</param>
public sealed record Entry(string Sequence, string Type, string Body, long At)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    public long Number => long.Parse(Sequence.AsSpan(4), CultureInfo.InvariantCulture);
}

/// <summary>
/// A dashboard: follows the event stream through the gateway, and when the connection is lost, comes back with the last id it has seen.
/// </summary>
public sealed class Follower : IAsyncDisposable
{
    private readonly Caller _caller;
    private readonly string _query;
    private readonly ConcurrentQueue<Entry> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _following;
    private string? _last;
    private int _connections;

    private Follower(Caller caller, string query, string? lastEventId)
    {
        (_caller, _query, _last) = (caller, query, lastEventId);
        _following = Task.Run(Follow);
    }

    public IReadOnlyList<Entry> Seen => [.. _seen];

    public int Connections => _connections;

    /// <summary>Completes when the stream is open: what happens from now on is seen.</summary>
    public static async Task<Follower> Open(Caller caller, string query = "", string? lastEventId = null)
    {
        var follower = new Follower(caller, query, lastEventId);
        await (await Task.WhenAny(follower._opened.Task, follower._following)).WaitAsync(TimeSpan.FromSeconds(80));
        return follower;
    }

    /// <summary>Waits for the first entry like that.</summary>
    public async Task<Entry> Sees(Func<Entry, bool> wanted, string what, double seconds = 20) =>
        (await Eventually.Get(() => Find(wanted), e => e is not null, what, seconds))!;

    public Task<Entry> Sees(string type) => Sees(e => e.Type == type, type);

    public async Task<IReadOnlyList<Entry>> Sees(int count, double seconds = 20)
    {
        await Eventually.Get(() => Checked(() => _seen.Count), n => n >= count, $"{count} entries", seconds);
        return Seen;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private Task<Entry?> Find(Func<Entry, bool> wanted) => Checked(() => _seen.FirstOrDefault(wanted));

    private async Task<T> Checked<T>(Func<T> value)
    {
        if (_following.IsCompleted) await _following; // it ends by itself only when it was told something it must not be told
        return value();
    }

    private async Task Follow()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                (string, string)[] headers = _last is { } last ? [("Last-Event-ID", last)] : [];
                using var answer = await _caller.Open($"/v1/updates/stream{_query}", _stop.Token, headers);
                if ((int)answer.StatusCode < 500) await Read(answer);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // Lost: a browser waits a moment and comes back.
            }

            await Task.Delay(100, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Read(HttpResponseMessage answer)
    {
        Assert.Equal((200, "text/event-stream"), ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString()));
        Interlocked.Increment(ref _connections);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(_stop.Token));
        var (id, type, data) = ("", "", "");
        while (await lines.ReadLineAsync(_stop.Token) is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["id", var value]: id = value; break;
                case ["event", var value]: type = value; break;
                case ["data", var value]: data = value; break;
                case ["retry", _]: _opened.TrySetResult(); break;
                case [""] when data.Length > 0:
                    Assert.False(type == "reset", $"A follower was told to start over: {data}");
                    if (id.Length > 0) _seen.Enqueue(new(_last = id, type, data, Stopwatch.GetTimestamp()));
                    (id, type, data) = ("", "", "");
                    break;
            }
        }
    }
}

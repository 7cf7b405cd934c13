using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Restoration.Loader;

/// <summary>A dashboard on the event stream: follows a division, and goes on from where it was when the connection breaks.</summary>
internal sealed class Follow : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _awaited = [];
    private readonly Api _api;
    private readonly string _path;
    private Task _reading = Task.CompletedTask;
    private string? _last;
    private long _position;
    private int _count;

    private Follow(Api api, string division) => (_api, _path) = (api, $"/v1/updates/stream?divisions={division}");

    /// <summary>How many events have come.</summary>
    public int Count => Volatile.Read(ref _count);

    public static async Task<Follow> Start(Api api, string division)
    {
        var follow = new Follow(api, division);
        // Open before anything is posted: without a place to go on from, a stream starts at now.
        var first = await api.Open(follow._path, null, follow._stop.Token);
        follow._reading = follow.Read(first);
        return follow;
    }

    /// <summary>Waits for everything up to a position of the registry; false when it has not come in the given time.</summary>
    public async Task<bool> Reach(long position, TimeSpan most)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (Volatile.Read(ref _position) < position)
        {
            if (TimeProvider.System.GetElapsedTime(since) > most) return false;
            if (_reading.IsCompleted) await _reading;
            await Task.Delay(20);
        }

        return true;
    }

    /// <summary>The event of a position, as soon as it comes, if it is not long past.</summary>
    public async Task<JsonElement> Event(long position, TimeSpan most)
    {
        try
        {
            return await Awaited(position).Task.WaitAsync(most);
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"The stream did not show position {position} of the registry within {most.TotalSeconds} s.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _reading;
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }

        _stop.Dispose();
    }

    private TaskCompletionSource<JsonElement> Awaited(long position) =>
        _awaited.GetOrAdd(position, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));

    private async Task Read(HttpResponseMessage? response)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                response ??= await _api.Open(_path, _last, _stop.Token);
                await Read(await response.Content.ReadAsStreamAsync(_stop.Token));
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _stop.Token);
            }

            response?.Dispose();
            response = null;
        }
    }

    private async Task Read(Stream stream)
    {
        using var lines = new StreamReader(stream);
        string? id = null;
        while (await lines.ReadLineAsync(_stop.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = line[4..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal) && id is not null)
            {
                Take(line[6..]);
                (_last, id) = (id, null);
            }
        }
    }

    private void Take(string data)
    {
        using var json = JsonDocument.Parse(data);
        var position = long.Parse(json.RootElement.Text("position"), CultureInfo.InvariantCulture);
        Interlocked.Increment(ref _count);
        Volatile.Write(ref _position, position);
        Awaited(position).TrySetResult(json.RootElement.Clone());
        // What nobody has asked for in a while is let go.
        _awaited.TryRemove(position - 1_000, out _);
    }
}

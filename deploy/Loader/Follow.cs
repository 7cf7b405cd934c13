using System.Globalization;
using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// A dashboard on the event stream: follows a division, and goes on from where it was when the connection breaks. It keeps how far it has
/// seen each service, and no event.
/// </summary>
internal sealed class Follow : IAsyncDisposable
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Count, long Position)> _seen = [];
    private readonly Api _api;
    private readonly string _path;
    private TaskCompletionSource _more = NewPulse();
    private Task _reading = Task.CompletedTask;
    private string? _last;

    private Follow(Api api, string division) => (_api, _path) = (api, $"/v1/updates/stream?divisions={division}");

    /// <summary>How many events have come.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _seen.Values.Sum(s => s.Count);
        }
    }

    /// <summary>Shown every event as it comes.</summary>
    public Action<JsonElement>? Watch { get; set; }

    public static async Task<Follow> Start(Api api, string division)
    {
        var follow = new Follow(api, division);
        // Open before anything is posted: without a place to go on from, a stream starts at now.
        var first = await api.Open(follow._path, null, follow._stop.Token);
        follow._reading = follow.Read(first);
        return follow;
    }

    /// <summary>Waits for everything of a service up to a position, which come in order; false when it has not come in the given time.</summary>
    /// <param name="count">How many there must be at least.</param>
    public async Task<bool> Reach(string service, long position, int count, TimeSpan most)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Task more;
            lock (_gate)
            {
                var seen = _seen.GetValueOrDefault(service);
                if (seen.Position >= position && seen.Count >= count) return true;
                more = _more.Task;
            }

            var left = most - TimeProvider.System.GetElapsedTime(since);
            if (left <= TimeSpan.Zero) return false;
            if (_reading.IsCompleted) await _reading;
            await Task.WhenAny(more, Task.Delay(left));
        }
    }

    /// <summary>Waits until nothing has come for a while.</summary>
    public async Task Quiet(TimeSpan most)
    {
        var since = TimeProvider.System.GetTimestamp();
        for (var count = -1; count != Count && TimeProvider.System.GetElapsedTime(since) < most;)
        {
            count = Count;
            await Task.Delay(s_quiet);
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

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);

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
        var service = json.RootElement.Text("source").TrimStart('/');
        var position = long.Parse(json.RootElement.Text("position"), CultureInfo.InvariantCulture);
        // Shown before it is counted: who waits for it finds it shown.
        Watch?.Invoke(json.RootElement);
        lock (_gate)
        {
            _seen[service] = (_seen.GetValueOrDefault(service).Count + 1, position);
            _more.SetResult();
            _more = NewPulse();
        }
    }
}

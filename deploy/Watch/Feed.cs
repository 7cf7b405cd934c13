using System.Text.Json;
using Restoration.Loader;

namespace Restoration.Watch;

/// <summary>How the stream is doing.</summary>
/// <param name="State"><c>connecting</c>, <c>live</c> or <c>broken</c>.</param>
/// <param name="Since">When it came to that.</param>
/// <param name="Why">What broke it last.</param>
/// <param name="Resumed">How often it went on after a break; <paramref name="Lagged"/>, after it could not keep up; <paramref name="Restarted"/>, from a new picture.</param>
internal sealed record Link(string State, DateTimeOffset Since, string? Why = null, int Resumed = 0, int Lagged = 0, int Restarted = 0);

/// <summary>
/// Follows the stream of a division from a place on, and goes on from there by itself whenever the connection breaks, says nothing for
/// longer than three heartbeats, or cannot keep up. Where the feed no longer goes back so far, it is begun anew.
/// </summary>
internal sealed class Feed(Api api, string division)
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(35), s_first = TimeSpan.FromSeconds(1), s_longest = TimeSpan.FromSeconds(15);
    private string _at = "";
    private TimeSpan _pause = s_first;

    public Link Link { get; private set; } = new("connecting", TimeProvider.System.GetUtcNow());

    /// <summary>The last place that was heard of.</summary>
    public string At => _at;

    /// <summary>When anything came last, heartbeats too.</summary>
    public DateTimeOffset Heard { get; private set; }

    public void StartAt(string at) => _at = at;

    /// <param name="take">Shown each event, in the feed's order.</param>
    /// <param name="begin">Reads everything anew, and answers the place at which that is true.</param>
    public async Task Run(string at, Action<JsonElement> take, Func<Task<string>> begin, CancellationToken stop)
    {
        StartAt(at);
        for (var opened = false; !stop.IsCancellationRequested; await Task.Delay(_pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
        {
            try
            {
                using var response = await api.Open($"/v1/updates/stream?divisions={Uri.EscapeDataString(division)}", _at, stop);
                Link = Link with { State = "live", Since = TimeProvider.System.GetUtcNow(), Resumed = Link.Resumed + (opened ? 1 : 0) };
                (opened, _pause) = (true, s_first);
                await Read(await response.Content.ReadAsStreamAsync(stop), take, begin, stop);
                Break("The stream ended.");
            }
            catch (Exception e) when (!stop.IsCancellationRequested && e is IOException or HttpRequestException or TaskCanceledException or TimeoutException or RefusedException)
            {
                Break(e.Message);
                _pause = _pause * 2 < s_longest ? _pause * 2 : s_longest;
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Break(string why) => Link = Link with { State = "broken", Since = TimeProvider.System.GetUtcNow(), Why = why };

    private async Task Read(Stream stream, Action<JsonElement> take, Func<Task<string>> begin, CancellationToken stop)
    {
        using var reader = new StreamReader(stream);
        string? id = null, name = null;
        while (await reader.ReadLineAsync(stop).AsTask().WaitAsync(s_silence, stop) is { } line)
        {
            Heard = TimeProvider.System.GetUtcNow();
            if (line.Length == 0) (id, name) = (null, null);
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            using var data = JsonDocument.Parse(line[6..]);
            switch (name)
            {
                case "reset":
                    Link = Link with { Restarted = Link.Restarted + 1, Why = $"reset: {data.RootElement.MaybeText("reason")}" };
                    _at = await begin();
                    return;
                case "lagging":
                    Link = Link with { Lagged = Link.Lagged + 1 };
                    _at = data.RootElement.Text("resume");
                    return;
                default:
                    take(data.RootElement);
                    _at = id ?? _at;
                    break;
            }
        }
    }
}

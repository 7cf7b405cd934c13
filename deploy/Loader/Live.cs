using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>The last acts, one by one: every event is shown as the stream brings it, with what other services make of it.</summary>
internal sealed class Live(Follow follow)
{
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);

    /// <summary>Long enough to read a line, and for what follows from an act to be shown under it.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private long _sent;

    /// <summary>True when every act was seen.</summary>
    public async Task<bool> Play(IEnumerable<Step> steps)
    {
        var all = true;
        await follow.Quiet(s_most);
        follow.Watch = Show;
        foreach (var step in steps)
        {
            _sent = TimeProvider.System.GetTimestamp();
            AnsiConsole.MarkupLineInterpolated($"[bold]{step.On:yyyy-MM-dd}[/] {Screen.Cut(step.What, 88)}");
            var position = await step.Do();
            if (position == 0)
            {
                AnsiConsole.MarkupLine("[grey]           was done before[/]");
                continue;
            }

            if (!await follow.Reach(step.Service, position, 0, s_most))
            {
                all = false;
                Screen.Problem($"The stream did not show position {position} of {step.Service} within {s_most.TotalSeconds} s.");
            }

            await Task.Delay(s_pause);
        }

        follow.Watch = null;
        return all;
    }

    private void Show(JsonElement e)
    {
        var after = TimeProvider.System.GetElapsedTime(_sent).TotalMilliseconds;
        var type = e.Text("type").Split('.');
        AnsiConsole.MarkupLineInterpolated($"  +{after,4:0} ms  {type[1],-10} {type[^2],-20} {Screen.Cut(Telling.Of(e), 52)}");
    }
}

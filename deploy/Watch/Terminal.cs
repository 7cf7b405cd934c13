using Spectre.Console;

namespace Restoration.Watch;

/// <summary>Draws the board over the terminal, twice a second and whenever it is resized, until q or Ctrl+C; the terminal is then as it was.</summary>
internal sealed class Terminal(Dashboard dashboard, Board board)
{
    private const string Open = "\u001b[?1049h\u001b[?25l", Close = "\u001b[?25h\u001b[?1049l", Home = "\u001b[H";
    private static readonly TimeSpan s_frame = TimeSpan.FromMilliseconds(500), s_look = TimeSpan.FromMilliseconds(50);

    public async Task Run(string at)
    {
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        var (following, keeping) = (dashboard.Feed.Run(at, dashboard.Take, dashboard.Begin, stop.Token), dashboard.Keep(stop.Token));
        Console.Write(Open);
        try
        {
            await Draw(stop);
        }
        finally
        {
            Console.Write(Close);
        }

        await Task.WhenAll(following, keeping);
    }

    private async Task Draw(CancellationTokenSource stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var (width, height) = (Console.WindowWidth, Console.WindowHeight);
            var console = AnsiConsole.Console;
            (console.Profile.Width, console.Profile.Height) = (width, height);
            // Over what stands there, and not cleared before: nothing flickers.
            Console.Write(Home);
            console.Write(board.Draw(width, height));
            for (var since = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(since) < s_frame && !stop.IsCancellationRequested;)
            {
                if (Console.KeyAvailable && Console.ReadKey(intercept: true).KeyChar is 'q' or 'Q') await stop.CancelAsync();
                await Task.Delay(s_look, CancellationToken.None);
            }
        }
    }
}

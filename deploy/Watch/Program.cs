using Restoration.Loader;
using Restoration.Watch;
using Spectre.Console;

try
{
    if (Settings.Of(args) is not { } settings)
    {
        Console.Error.WriteLine(Settings.Usage);
        return 2;
    }

    Screen.Prepare();
    using var http = new HttpClient { BaseAddress = settings.Gateway, Timeout = TimeSpan.FromSeconds(60) };
    var dashboard = new Dashboard(new Api(http, settings.Client, settings.Secret), settings.Division);
    var board = new Board(dashboard, settings);
    var at = await dashboard.Begin();
    if (settings.Once)
    {
        dashboard.Feed.StartAt(at);
        board.Print(AnsiConsole.Console);
        return dashboard.Sections.All(s => s.Stale is null) ? 0 : 1;
    }

    await new Terminal(dashboard, board).Run(at);
    return 0;
}
catch (Exception e) when (e is RefusedException or HttpRequestException or IOException or UnauthorizedAccessException or TaskCanceledException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

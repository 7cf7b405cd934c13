using System.Globalization;
using Restoration.Loader;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Restoration.Watch;

/// <summary>The whole picture, on a terminal of whatever size or as text.</summary>
internal sealed class Board(Dashboard dashboard, Settings settings)
{
    /// <summary>Narrower than this, everything stands in one column.</summary>
    private const int TwoColumns = 130;

    /// <summary>Of a panel: its frame, and the heads of its columns.</summary>
    private const int Frame = 3, Sides = 4;

    /// <summary>One picture as text, nothing cut off below.</summary>
    public void Print(IAnsiConsole console)
    {
        var width = console.Profile.Width;
        console.MarkupLine($"{Head()}   as of sequence {dashboard.Feed.At}");
        foreach (var section in dashboard.Sections)
        {
            console.WriteLine();
            console.MarkupLine($"{section.Title.EscapeMarkup()}{(section.Stale is { } why ? $"   not read: {why.EscapeMarkup()}" : "")}");
            console.Write(section.Draw(int.MaxValue, width));
        }

        console.WriteLine();
        console.MarkupLine($"Alerts and what is overdue: {dashboard.Alerts.Count}");
        console.Write(dashboard.Alerts.Draw(int.MaxValue, width, dashboard.Projects.Names));
        console.WriteLine();
        console.MarkupLine("Latest events");
        console.Write(dashboard.Latest.Draw(20, width));
    }

    public IRenderable Draw(int width, int height)
    {
        var events = Math.Clamp(height / 4, 4, 14);
        var body = Math.Max(8, height - events - 3);
        var columns = width >= TwoColumns ? 2 : 1;
        var cells = width / columns;
        lock (dashboard.Gate)
        {
            // Money is a few lines; the rest is shared.
            var money = Math.Min(7, body / 4);
            var layout = new Layout().SplitRows(
                new Layout("head", new Markup(Head() + Connection())).Size(1),
                columns == 2
                    ? new Layout("body").SplitColumns(
                        new Layout("left").SplitRows(Sized(dashboard.Indicators, body / 2, cells), Sized(dashboard.Projects, body - body / 2, cells)),
                        new Layout("right").SplitRows(
                            Sized(dashboard.Money, money, cells), Sized(dashboard.Mines, (body - money) / 2, cells), Alerts(body - money - (body - money) / 2, cells)))
                    : new Layout("body").SplitRows(
                        Sized(dashboard.Indicators, body / 4, cells), Sized(dashboard.Projects, body / 4, cells), Sized(dashboard.Mines, body / 4, cells),
                        Alerts(body - body / 4 * 3, cells)),
                new Layout("events", Panel("Latest events", dashboard.Latest.Draw(events - 2, width - Sides))).Size(events),
                new Layout("foot", new Markup($"[grey]q ends. {Stale()}[/]")).Size(1));
            return layout;
        }
    }

    private static Layout Sized(Section section, int height, int cells) =>
        new Layout(section.Title, Panel(section.Stale is null ? section.Title : $"{section.Title} (not fresh)", section.Draw(Math.Max(1, height - Frame - 1), cells - Sides))).Size(height);

    private Layout Alerts(int height, int cells) => new Layout(
        "alerts", Panel($"Alerts and what is overdue: {dashboard.Alerts.Count}", dashboard.Alerts.Draw(Math.Max(1, height - Frame), cells - Sides, dashboard.Projects.Names))).Size(height);

    private static Panel Panel(string title, IRenderable content) =>
        new(content) { Header = new PanelHeader($" {title.EscapeMarkup()} "), Border = BoxBorder.Rounded, BorderStyle = new Style(Color.Grey), Expand = true, Padding = new Padding(1, 0) };

    private string Head() => $"[bold]{dashboard.Name.EscapeMarkup()}[/] {settings.Division.EscapeMarkup()}  [grey]{settings.Gateway.Authority.EscapeMarkup()} as {settings.Client.EscapeMarkup()}[/]";

    private string Connection()
    {
        var (feed, link) = (dashboard.Feed, dashboard.Feed.Link);
        var state = link.State switch { "live" => "[green]● live[/]", "connecting" => "[yellow]● connecting[/]", _ => $"[red]● broken[/] [grey]{Screen.Cut(link.Why ?? "", 40).EscapeMarkup()}[/]" };
        var heard = feed.Heard == default ? "" : $" heard {Ago(feed.Heard)} ago,";
        return $"   {state}[grey] for {Ago(link.Since)},{heard} {dashboard.Latest.Came} events; resumed {link.Resumed}, lagged {link.Lagged}, begun anew {link.Restarted}; at {feed.At}[/]";
    }

    private string Stale() => string.Join("  ", dashboard.Sections.Where(s => s.Stale is not null).Select(s => $"{s.Title}: {s.Stale}")).EscapeMarkup();

    private static string Ago(DateTimeOffset then)
    {
        var ago = TimeProvider.System.GetUtcNow() - then;
        return ago.TotalMinutes < 2 ? $"{Math.Max(0, ago.TotalSeconds).ToString("0", CultureInfo.InvariantCulture)} s"
            : ago.TotalHours < 2 ? $"{ago.TotalMinutes.ToString("0", CultureInfo.InvariantCulture)} min"
            : $"{ago.TotalHours.ToString("0", CultureInfo.InvariantCulture)} h";
    }
}

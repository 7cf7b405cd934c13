using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>How things are shown, on a terminal and in a log alike.</summary>
internal static class Screen
{
    private const int LogWidth = 120;

    /// <summary>What the tables need; Spectre.Console never ends where it has to break Chinese text in a column of one cell.</summary>
    private const int LeastWidth = 100;

    public static void Prepare()
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, LeastWidth);
        if (!Console.IsOutputRedirected) return;
        AnsiConsole.Profile.Width = LogWidth;
        AnsiConsole.Profile.Capabilities.Ansi = false;
        AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    }

    public static Progress Progress() => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new ElapsedTimeColumn());

    public static Table Table(string title, params (string Name, Justify Side)[] columns)
    {
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle($"[bold]{title.EscapeMarkup()}[/]") };
        foreach (var (name, side) in columns) table.AddColumn(new TableColumn(name) { Alignment = side, NoWrap = side == Justify.Right, Padding = new Padding(0, 0, 1, 0) });
        table.Columns[0].NoWrap = true;
        return table;
    }

    public static void Problem(string text) => AnsiConsole.MarkupLineInterpolated($"[red]{text}[/]");

    /// <summary>Money of the API, in whole 万元.</summary>
    public static string WanYuan(JsonElement? money) => money is { } m ? (m.Number("amount") / 10_000).ToString("#,##0", CultureInfo.InvariantCulture) : "–";

    public static string Quantity(JsonElement? quantity) => quantity is { } q ? $"{Rounded(q.Number("value"))} {q.Text("unit")}" : "–";

    public static string Share(decimal? share) => share is { } s ? s.ToString("0.0 %", CultureInfo.InvariantCulture) : "–";

    /// <summary>The text, cut so that it fills at most so many cells of a terminal; a Chinese character fills two.</summary>
    public static string Cut(string text, int cells)
    {
        if (Cells(text) <= cells) return text;
        while (Cells(text) >= cells) text = text[..^1];
        return $"{text}…";

        static int Cells(string text) => new Spectre.Console.Rendering.Segment(text).CellCount();
    }

    private static string Rounded(decimal number) => number.ToString(Math.Abs(number) < 100 ? "0.##" : "#,##0", CultureInfo.InvariantCulture);

    public static string Number(decimal? number) => number?.ToString("#,##0.####", CultureInfo.InvariantCulture) ?? "–";
}

using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>How things are shown, on a terminal and in a log alike.</summary>
internal static class Screen
{
    private const int LogWidth = 120;

    public static void Prepare()
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        if (Console.IsOutputRedirected) AnsiConsole.Profile.Width = LogWidth;
    }

    public static Progress Progress() => AnsiConsole.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new ElapsedTimeColumn());

    public static Table Table(string title, params (string Name, Justify Side)[] columns)
    {
        var table = new Table { Border = TableBorder.Simple, Title = new TableTitle($"[bold]{title.EscapeMarkup()}[/]") };
        foreach (var (name, side) in columns) table.AddColumn(new TableColumn(name) { Alignment = side, NoWrap = side == Justify.Right });
        return table;
    }

    public static void Problem(string text) => AnsiConsole.MarkupLineInterpolated($"[red]{text}[/]");

    /// <summary>Money of the API, in 万元.</summary>
    public static string WanYuan(JsonElement? money) => money is { } m ? Number(m.Number("amount") / 10_000) : "–";

    public static string Quantity(JsonElement? quantity) => quantity is { } q ? $"{Number(q.Number("value"))} {q.Text("unit")}" : "–";

    public static string Share(decimal? share) => share is { } s ? s.ToString("0.0 %", CultureInfo.InvariantCulture) : "–";

    public static string Number(decimal? number) => number?.ToString("#,##0.####", CultureInfo.InvariantCulture) ?? "–";
}

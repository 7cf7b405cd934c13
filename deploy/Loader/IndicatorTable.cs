using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>The indicator table of a plan, as the indicators service judges it.</summary>
internal static class IndicatorTable
{
    private const int NameCells = 28;

    public static Table Of(JsonElement answer)
    {
        var rows = answer.Items("rows").ToList();
        var table = Screen.Table(
            $"{answer.MaybeText("name")}: indicators on {answer.Text("on")}", ("No.", Justify.Right), ("Indicator", Justify.Left), ("Unit", Justify.Left),
            (Years(rows, "baseline"), Justify.Right), ($"Target {Years(rows, "attainment")}", Justify.Right), ("Value", Justify.Right),
            ("Period", Justify.Left), ("Attainment", Justify.Left));
        foreach (var row in rows)
        {
            var attainment = row.GetProperty("attainment");
            table.AddRow(
                Screen.Number(row.MaybeNumber("number")), Screen.Cut(row.Text("name"), NameCells).EscapeMarkup(), (row.MaybeText("unit") ?? "–").EscapeMarkup(),
                Screen.Number(row.Find("baseline")?.MaybeNumber("value")), Target(row, attainment).EscapeMarkup(), Screen.Number(row.MaybeNumber("value")),
                row.MaybeText("period") ?? "–", State(attainment.Text("state")));
        }

        return table;
    }

    /// <summary>The years that stand behind a column: one, as a rule.</summary>
    private static string Years(List<JsonElement> rows, string member) => string.Join(
        "/", rows.Select(r => r.Find(member)?.MaybeNumber("year")).OfType<decimal>().Distinct().Order().Select(y => y.ToString(CultureInfo.InvariantCulture)));

    /// <summary>The target that is judged, as printed.</summary>
    private static string Target(JsonElement row, JsonElement attainment) =>
        row.Items("targets").Where(t => t.MaybeNumber("year") == attainment.MaybeNumber("year")).Select(t => t.MaybeText("raw")).FirstOrDefault()
        ?? Screen.Number(attainment.MaybeNumber("target"));

    private static string State(string state) => state switch
    {
        "achieved" or "on-track" => $"[green]{state}[/]",
        "behind" => $"[yellow]{state}[/]",
        "off-track" or "breached" => $"[red]{state}[/]",
        _ => $"[grey]{state}[/]",
    };
}

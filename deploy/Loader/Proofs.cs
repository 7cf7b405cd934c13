using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>
/// Whether the numbers at the end can be traced: every value that comes from progress or from mine sites must name figures of counties or
/// accepted sites, and these must say the same of themselves.
/// </summary>
internal sealed class Proofs(Api reader, Documents documents)
{
    private readonly List<string> _missing = [];

    /// <summary>What cannot be traced, or is not there at all.</summary>
    public async Task<IReadOnlyList<string>> Missing()
    {
        var table = Screen.Table(
            "Where the values come from", ("Indicator", Justify.Left), ("Value", Justify.Right), ("From", Justify.Left), ("of", Justify.Right), ("", Justify.Left));
        foreach (var printed in documents.Indicators.Where(i => i.Text("kind") == "table").GroupBy(i => i.Text("planId")))
        {
            var division = Acts.PlanOf(documents, printed.First()).Text("division");
            var rows = (await reader.Get($"/v1/indicators/plans/{printed.Key}/table?asOf={Report.LastYear}-12-31")).Items("rows").ToList();
            if (rows.Count != printed.Count()) _missing.Add($"The table of {printed.Key} has {rows.Count} rows; the plan prints {printed.Count()}.");
            foreach (var row in rows.Where(r => r.Text("method") is "progress" or "mine-count" or "mine-area")) await Trace(table, row, division);
        }

        AnsiConsole.Write(table);
        return _missing;
    }

    private async Task Trace(Table table, JsonElement row, string city)
    {
        var (id, fromMines) = (row.Text("indicatorId"), row.Text("method") != "progress");
        var explain = $"{row.Text("explain")}?asOf={Report.LastYear}-12-31";
        var explained = await reader.Get($"{explain}&limit=1");
        var sources = (await reader.All(explain, "items")).Where(s => s.Text("service") == (fromMines ? "mines" : "registry") && s.Text("division") != city).ToList();
        var stands = sources.Count > 0 && await Stands(sources[^1], fromMines);
        if (!stands) _missing.Add($"What {id} was computed from names no {(fromMines ? "accepted site" : "verified figure of a county")}.");
        table.AddRow(
            id, $"{Screen.Number(explained.MaybeNumber("value"))} {explained.MaybeText("unit")}", $"{sources.Count} {(fromMines ? "accepted sites" : "verified figures")}",
            $"{sources.Select(s => s.Text("division")).Distinct().Count()} counties", stands ? "[green]traced[/]" : "[red]NOT TRACED[/]");
    }

    /// <summary>The source itself says what the value was computed from.</summary>
    private async Task<bool> Stands(JsonElement source, bool site) =>
        await reader.Find(source.Text("link")) is { } found && (site ? found.Text("state") == "accepted" : found.Find("verified") is not null);
}

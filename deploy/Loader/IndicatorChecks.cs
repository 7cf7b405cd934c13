using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>Judges the indicator tables that the API answers against those that the documents print, row by row.</summary>
internal sealed class IndicatorChecks(Clients clients, Documents documents)
{
    private readonly Table _table = Screen.Table(
        "What the indicator tables say, judged against the documents",
        ("Check", Justify.Left), ("What", Justify.Left), ("Expected", Justify.Right), ("Found", Justify.Right), ("", Justify.Left));

    private readonly List<string> _differences = [];

    /// <summary>True when everything is as printed.</summary>
    public async Task<bool> Run()
    {
        var right = true;
        foreach (var printed in documents.Indicators.GroupBy(i => i.Text("planId")))
        {
            right &= await Judge(Acts.PlanOf(documents, printed.First()), [.. printed]);
        }

        AnsiConsole.Write(_table);
        foreach (var difference in _differences) Screen.Problem(difference);
        return right;
    }

    private async Task<bool> Judge(JsonElement plan, List<JsonElement> printed)
    {
        var (api, path) = (clients[Acts.Planner(plan)], $"/v1/indicators/plans/{plan.Text("id")}/table");
        // The documents' ids begin with a short name of their plan: gz-, jdz-.
        var name = printed[0].Text("id").Split('-')[0];
        var right = true;
        if (documents.IndicatorCheck($"{name}-table-rows") is { } count)
        {
            var rows = (await api.Get(path)).Items("rows").ToList();
            right = Add(count.Text("id"), count.Text("what"), count.GetProperty("printed").GetInt32(), rows.Count, "[green]ok[/]");
            if (documents.IndicatorCheck($"{name}-targets-below-baseline") is { } odd)
            {
                right &= Add(odd.Text("id"), odd.Text("what"), odd.GetProperty("computed").GetInt32(), rows.Count(IsBelow), "[yellow]finding[/]");
            }
        }

        var found = (await api.Get($"{path}?goals=true")).Items("rows").ToDictionary(r => r.Text("indicatorId"));
        return right & Add($"{name}-indicators", "rows and goals of the text", printed.Count, found.Count, "[green]ok[/]")
            & Add($"{name}-values", "of these, baseline and targets as printed", printed.Count, printed.Count(i => IsAsPrinted(i, found)), "[green]ok[/]");
    }

    private bool Add(string id, string what, int expected, int found, string right)
    {
        _table.AddRow(id.EscapeMarkup(), what.EscapeMarkup(), Screen.Number(expected), Screen.Number(found), expected == found ? right : "[red]MISMATCH[/]");
        return expected == found;
    }

    private bool IsAsPrinted(JsonElement printed, Dictionary<string, JsonElement> rows)
    {
        var id = printed.Text("id");
        if (!rows.TryGetValue(id, out var row))
        {
            _differences.Add($"{id} is missing.");
            return false;
        }

        var (expected, found) = (Values(printed, IndicatorActs.Operator), Values(row, o => o));
        if (expected.SequenceEqual(found)) return true;
        _differences.Add($"{id}: printed is {string.Join(", ", expected)}; found {string.Join(", ", found)}.");
        return false;
    }

    /// <summary>The baseline, where there is one, and the targets: year, operator, number.</summary>
    private static List<(decimal? Year, string? Operator, decimal? Value)> Values(JsonElement indicator, Func<string, string> word) =>
    [
        .. indicator.Find("baseline") is { } b ? [(b.MaybeNumber("year"), null, b.MaybeNumber("value"))] : (IEnumerable<(decimal?, string?, decimal?)>)[],
        .. indicator.Items("targets").Select(t => (t.MaybeNumber("year"), (string?)word(t.Text("operator")), t.MaybeNumber("value"))),
    ];

    private static bool IsBelow(JsonElement row) =>
        row.Items("targets").FirstOrDefault() is { ValueKind: JsonValueKind.Object } first && first.MaybeNumber("value") < row.Find("baseline")?.MaybeNumber("value");
}

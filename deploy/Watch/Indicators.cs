using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>The indicator tables of the plans, with what is reached of each target.</summary>
internal sealed class Indicators() : Section("Indicators", "indicators")
{
    private const int Others = 50;
    private static readonly string[] s_urgent = ["breached", "off-track", "behind", "no-data", "on-track", "achieved"];
    private List<JsonElement> _rows = [];

    protected override async Task Read(Ground ground)
    {
        var rows = new List<JsonElement>();
        foreach (var plan in await ground.Plans())
        {
            // A plan without indicators has no table.
            if (await ground.Api.Find($"/v1/indicators/plans/{plan.Text("id")}/table") is { } table) rows.AddRange(table.Items("rows"));
        }

        _rows = rows;
    }

    public override Table Draw(int rows, int cells)
    {
        var table = Of(("Indicator", Justify.Left), ("Value", Justify.Right), ("Period", Justify.Left), ("Target", Justify.Right), ("Unit", Justify.Left), ("", Justify.Left));
        foreach (var row in Fitting(_rows, rows, r => Array.IndexOf(s_urgent, r.GetProperty("attainment").Text("state"))))
        {
            var attainment = row.GetProperty("attainment");
            table.AddRow(
                Screen.Cut(row.Text("name"), Math.Max(8, cells - Others)).EscapeMarkup(), Screen.Number(row.MaybeNumber("value")), row.MaybeText("period") ?? "–", Screen.Number(attainment.MaybeNumber("target")),
                Screen.Cut(row.MaybeText("unit") ?? "–", 8).EscapeMarkup(), Coloured(attainment.Text("state")));
        }

        return More(table, _rows.Count - rows);
    }
}

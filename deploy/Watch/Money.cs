using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>Money by plan.</summary>
internal sealed class Money() : Section("Money, 万元", "funding")
{
    private const int Others = 58;
    private List<JsonElement> _rows = [];

    protected override async Task Read(Ground ground)
    {
        var overview = await ground.Api.Get($"/v1/funding/overview?division={ground.Division}");
        var plans = overview.Items("plans").ToList();
        _rows = plans.Count == 1 ? plans : [.. plans, overview.GetProperty("total")];
    }

    public override Table Draw(int rows, int cells)
    {
        var table = Of(("", Justify.Left), ("Estimate", Justify.Right), ("Allocated", Justify.Right), ("Issued", Justify.Right), ("Paid", Justify.Right), ("Of issued", Justify.Right));
        foreach (var row in Fitting(_rows, rows, _ => 0))
        {
            var issued = row.GetProperty("issued").Number("amount");
            table.AddRow(
                Screen.Cut(row.MaybeText("name") ?? "All", Math.Max(6, cells - Others)).EscapeMarkup(), Screen.WanYuan(row.Find("estimate")), Screen.WanYuan(row.Find("allocated")),
                Screen.WanYuan(row.Find("issued")), Screen.WanYuan(row.Find("paid")),
                Screen.Share(issued == 0 ? null : row.GetProperty("paid").Number("amount") / issued));
        }

        return More(table, _rows.Count - rows);
    }
}

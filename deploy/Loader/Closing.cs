using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>The state of the plans at the end, from the register's own roll-up.</summary>
internal sealed class Closing(Api reader)
{
    private const int NameCells = 38;

    /// <param name="position">The roll-up must have come to this place of the registry's log.</param>
    public async Task Show(long position)
    {
        var plans = Screen.Table(
            "Plans", ("Plan", Justify.Left), ("State", Justify.Left), ("Projects", Justify.Right), ("Estimate 万元", Justify.Right),
            ("Completed 万元", Justify.Right), ("Findings", Justify.Right));
        var details = new List<Table>();
        foreach (var plan in await reader.All("/v1/registry/plans"))
        {
            var id = plan.Text("id");
            var summary = await reader.Get($"/v1/registry/plans/{id}/summary?minPosition=registry:{position}");
            var findings = (await reader.Get($"/v1/registry/plans/{id}/findings")).Items("items").Count();
            plans.AddRow(
                summary.Text("name").EscapeMarkup(), summary.Text("state"), summary.GetProperty("projects").GetInt32().ToString(CultureInfo.InvariantCulture),
                Screen.WanYuan(summary.Find("estimate")), Screen.WanYuan(summary.Find("investmentCompleted")), Screen.Number(findings));
            if (summary.Items("programmes").Any()) details.Add(Detail(summary));
        }

        AnsiConsole.Write(plans);
        var states = (await reader.All("/v1/registry/progress")).CountBy(f => f.Text("state")).OrderByDescending(s => s.Value);
        AnsiConsole.MarkupLineInterpolated($"Figures: {string.Join(", ", states.Select(s => $"{s.Value} {s.Key}"))}. Areas below are in hectares, money is in 万元.");
        foreach (var detail in details) AnsiConsole.Write(detail);
    }

    private static Table Detail(JsonElement summary)
    {
        var table = Screen.Table(
            summary.Text("name"), ("Programme, project, measure", Justify.Left), ("Target", Justify.Right), ("Reported", Justify.Right),
            ("Verified", Justify.Right), ("Share", Justify.Right), ("Estimate\n万元", Justify.Right), ("Completed\n万元", Justify.Right));
        foreach (var programme in summary.Items("programmes"))
        {
            Money(table, programme, "[bold]", "", "[/]");
            foreach (var project in programme.Items("projects"))
            {
                Money(table, project, "", "  ", "");
                // Measures without a number, totals and rates take no reports.
                foreach (var m in project.Items("measures").Where(m => m.Find("reported") is not null))
                {
                    table.AddRow(
                        $"    {Name(m, 4)}", Screen.Quantity(m.Find("target")), Screen.Quantity(m.Find("reported")),
                        Screen.Quantity(m.Find("verified")), Screen.Share(m.MaybeNumber("share")), "", "");
                }
            }
        }

        return table;
    }

    private static string Name(JsonElement row, int indent) => Screen.Cut(row.Text("name"), NameCells - indent).EscapeMarkup();

    private static void Money(Table table, JsonElement row, string begin, string indent, string end) => table.AddRow(
        $"{begin}{indent}{Name(row, indent.Length)}{end}", "", "", "", $"{begin}{Screen.Share(row.MaybeNumber("share"))}{end}",
        $"{begin}{Screen.WanYuan(row.Find("estimate"))}{end}", $"{begin}{Screen.WanYuan(row.Find("investmentCompleted"))}{end}");
}

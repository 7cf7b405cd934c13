using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>The projects that touch the division: what of them is verified, and the money completed and paid.</summary>
internal sealed class Projects() : Section("Projects, 万元", "registry", "funding")
{
    private const int Others = 56;
    private static readonly string[] s_urgent = ["far-behind", "not-reported", "behind"];
    private IReadOnlyList<Row> _rows = [];

    /// <summary>By id.</summary>
    public IReadOnlyDictionary<string, string> Names { get; private set; } = new Dictionary<string, string>();

    private sealed record Row(string Name, string State, decimal? Share, JsonElement? Estimate, JsonElement? Completed, JsonElement? Paid);

    protected override async Task Read(Ground ground)
    {
        var rolled = new Dictionary<string, JsonElement>();
        var projects = await ground.Api.All($"/v1/registry/projects?division={ground.Division}");
        foreach (var plan in projects.Select(p => p.Text("planId")).Distinct())
        {
            var summary = await ground.Api.Get($"/v1/registry/plans/{plan}/summary?division={ground.Division}{ground.Since("registry")}");
            foreach (var sums in summary.Items("programmes").SelectMany(p => p.Items("projects"))) rolled[sums.Text("projectId")] = sums;
        }

        Names = projects.ToDictionary(p => p.Text("id"), p => p.Text("name"));
        _rows = [.. projects.Select(p =>
        {
            JsonElement? sums = rolled.TryGetValue(p.Text("id"), out var found) ? found : null;
            return new Row(
                p.Text("name"), p.MaybeText("scheduleState") ?? p.Text("state"), sums?.MaybeNumber("share"), p.Find("estimate"), sums?.Find("investmentCompleted"),
                p.Find("money")?.Find("paid"));
        })];
    }

    public override Table Draw(int rows, int cells)
    {
        var table = Of(("Project", Justify.Left), ("Verified", Justify.Right), ("Estimate", Justify.Right), ("Done", Justify.Right), ("Paid", Justify.Right), ("", Justify.Left));
        foreach (var row in Fitting(_rows, rows, Urgency))
        {
            table.AddRow(
                Screen.Cut(row.Name, Math.Max(8, cells - Others)).EscapeMarkup(), Screen.Share(row.Share), Screen.WanYuan(row.Estimate), Screen.WanYuan(row.Completed),
                Screen.WanYuan(row.Paid), Coloured(row.State));
        }

        return More(table, _rows.Count - rows);
    }

    /// <summary>Those that are furthest behind their schedule first, then those of which least is verified.</summary>
    private static int Urgency(Row row) => 3000 * (Array.IndexOf(s_urgent, row.State) is >= 0 and var at ? at : s_urgent.Length) + (int)(1000 * (row.Share ?? 2));
}

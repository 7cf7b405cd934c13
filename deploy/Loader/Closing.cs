using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>Both cities at the end: indicators, projects, mine sites and money, each as the service says it whose it is.</summary>
internal sealed class Closing(Api reader, Api @operator, Documents documents)
{
    private const int NameCells = 34;
    private static readonly string s_on = $"{Report.LastYear}-12-31";

    public async Task Show()
    {
        // What the other services told the registry is in its log; the roll-up follows that.
        var head = (await @operator.Get("/v1/registry/ops/status")).GetProperty("head").GetInt64();
        var cities = (await reader.All(IndicatorActs.Path)).Select(i => i.GetProperty("definition"))
            .Where(d => d.Text("printedIn") == "table").Select(d => d.Text("planId")).Distinct().ToList();
        var plans = (await reader.All("/v1/registry/plans")).Where(p => cities.Contains(p.Text("id"))).ToList();
        foreach (var id in plans.Select(p => p.Text("id")))
        {
            AnsiConsole.Write(IndicatorTable.Of(await reader.Get($"/v1/indicators/plans/{id}/table?asOf={s_on}")));
            AnsiConsole.Write(Projects(
                await reader.Get($"/v1/registry/plans/{id}/summary?minPosition=registry:{head}"), await reader.All($"/v1/registry/projects?planId={id}")));
        }

        AnsiConsole.Write(await Mines(plans));
        AnsiConsole.Write(Money((await reader.Get("/v1/funding/overview")).Items("plans").Where(p => cities.Contains(p.Text("planId")))));
        var states = (await reader.All("/v1/registry/progress")).CountBy(f => f.Text("state")).OrderByDescending(s => s.Value);
        AnsiConsole.MarkupLineInterpolated($"Figures: {string.Join(", ", states.Select(s => $"{s.Value} {s.Key}"))}");
    }

    private static Table Projects(JsonElement summary, List<JsonElement> projects)
    {
        var table = Screen.Table(
            $"{summary.Text("name")}: projects, money in 万元", ("Project", Justify.Left), ("State", Justify.Left), ("Verified", Justify.Right),
            ("Estimate", Justify.Right), ("Completed", Justify.Right), ("Issued", Justify.Right), ("Paid", Justify.Right));
        var rolled = summary.Items("programmes").SelectMany(p => p.Items("projects")).ToDictionary(p => p.Text("projectId"));
        foreach (var project in projects)
        {
            var (sums, money) = (rolled[project.Text("id")], project.GetProperty("money"));
            table.AddRow(
                Screen.Cut($"{project.Text("id")} {project.Text("name")}", NameCells).EscapeMarkup(), money.Flag("settled") ? "settled" : project.Text("state"), Screen.Share(sums.MaybeNumber("share")),
                Screen.WanYuan(project.Find("estimate")), Screen.WanYuan(sums.Find("investmentCompleted")), Screen.WanYuan(money.Find("issued")),
                Screen.WanYuan(money.Find("paid")));
        }

        return table;
    }

    private async Task<Table> Mines(List<JsonElement> plans)
    {
        var table = Screen.Table(
            "Mine sites (made up), areas in hectares", ("City", Justify.Left), ("Known", Justify.Right), ("Verified", Justify.Right), ("In works", Justify.Right),
            ("Accepted", Justify.Right), ("Area", Justify.Right), ("Sites of target", Justify.Right), ("Area of target", Justify.Right));
        foreach (var plan in plans)
        {
            var whole = (await reader.Get($"/v1/mines/accounts?division={plan.Text("division")}")).GetProperty("whole");
            var (sites, area) = (whole.Find("sitesTarget"), whole.Find("areaTarget"));
            table.AddRow(
                documents.NameOf(plan.Text("division")), Count("known"), Count("verified"), Count("inWorks"), Count("accepted"),
                Screen.Number(decimal.Round(whole.GetProperty("accepted").GetProperty("area").Number("value"), 1)),
                sites is { } s ? $"{Screen.Number(s.Number("attained"))}/{Screen.Number(s.Number("target"))} {Screen.Share(s.MaybeNumber("share"))}" : "–",
                area is { } a ? $"{Hectares(a, "attained")}/{Hectares(a, "target")} {Screen.Share(a.MaybeNumber("share"))}" : "–");

            string Count(string member) => whole.GetProperty(member).Number("sites").ToString(CultureInfo.InvariantCulture);
        }

        return table;

        static string Hectares(JsonElement of, string member) => Screen.Number(decimal.Round(of.GetProperty(member).Number("value"), 0));
    }

    private static Table Money(IEnumerable<JsonElement> plans)
    {
        var table = Screen.Table(
            "Money, in 万元", ("Plan", Justify.Left), ("Projects", Justify.Right), ("Estimate", Justify.Right), ("Allocated", Justify.Right),
            ("Issued", Justify.Right), ("Paid", Justify.Right), ("Settled", Justify.Right));
        foreach (var plan in plans)
        {
            table.AddRow(
                Name(plan), Screen.Number(plan.Number("projects")), Screen.WanYuan(plan.Find("estimate")), Screen.WanYuan(plan.Find("allocated")),
                Screen.WanYuan(plan.Find("issued")), Screen.WanYuan(plan.Find("paid")), Screen.Number(plan.Number("settled")));
        }

        return table;
    }

    private static string Name(JsonElement row) => Screen.Cut(row.Text("name"), NameCells).EscapeMarkup();
}

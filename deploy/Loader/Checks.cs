using System.Text.Json;
using Spectre.Console;

namespace Restoration.Loader;

/// <summary>
/// Judges what the register says against what the documents print. Where a document contradicts itself the contradiction must be there
/// as printed, neither lost nor repaired: that is a finding, not a failure.
/// </summary>
internal sealed class Checks(Register register, Documents documents)
{
    /// <summary>How to find in the register what a check of the documents speaks of, by the check's id.</summary>
    private readonly Dictionary<string, Func<decimal?>> _found = [];

    /// <summary>True when everything is as printed.</summary>
    public bool Run()
    {
        foreach (var plan in register.Plans) Learn(plan);
        var table = Screen.Table(
            "What the register says, judged against the documents",
            ("Check", Justify.Left), ("What", Justify.Left), ("Expected", Justify.Right), ("Found", Justify.Right), ("", Justify.Left));
        var right = Judge(table, "projects", "projects of all plans", documents.Projects.Count, register.Projects.Count);
        right &= Judge(
            table, "measures", "measures of all projects",
            documents.Projects.Sum(p => p.Items("measures").Count()), register.Projects.Sum(p => Register.Measures(p).Count()));
        right &= Judge(table, "zones", "restoration zones of all plans", documents.Zones.Count, register.Zones.Count(z => z.Text("kind") == "restoration-zone"));
        right &= Judge(table, "key-areas", "key areas of all plans", documents.KeyAreaKinds.Count, register.Zones.Count(z => z.Text("kind") == "key-area"));
        foreach (var zone in documents.Zones)
        {
            var found = register.Zones.Single(z => z.Text("id") == zone.Text("id")).Items("divisions").Count();
            right &= Judge(table, zone.Text("id"), "counties of the zone", zone.Items("counties").Count(), found);
        }

        foreach (var check in documents.Checks) right &= Judge(table, check);
        AnsiConsole.Write(table);
        ShowFindings();
        return right;
    }

    private void Learn(JsonElement plan)
    {
        var id = plan.Text("id");
        var summary = register.Summaries[id];
        var projects = register.ProjectsOf(id).ToList();
        foreach (var programme in summary.Items("programmes")) _found[$"sum-{programme.Text("programmeId")}"] = () => WanYuan(programme);
        foreach (var project in projects) Learn(project, project.Text("id"));
        // The documents' ids begin with a short name of their plan: gz-, jdz-.
        if (summary.Items("programmes").Select(p => p.Text("programmeId").Split('-')[0]).FirstOrDefault() is not { } name) return;

        var works = plan.GetProperty("definition").Items("keyWorks").Select(w => w.Text("id")).ToList();
        foreach (var work in works)
        {
            _found[$"sum-{work}"] = () => Register.Estimates(register.KeyWorks[work]);
            _found[$"share-{work}"] = () => Percent(Register.Estimates(register.KeyWorks[work]), WanYuan(summary));
        }

        var measures = projects.SelectMany(p => Register.Measures(p).Select(m => (Project: p, Measure: m))).ToList();
        _found[$"sum-{name}"] = () => WanYuan(summary);
        _found[$"share-sum-{name}"] = () => works.Sum(w => Percent(Register.Estimates(register.KeyWorks[w]), WanYuan(summary)));
        _found[$"{name}-20-projects"] = () => projects.Count;
        _found[$"{name}-mine-area"] = () => Register.Sum(measures.Select(m => m.Measure).Where(m => m.MaybeText("fedBy") == "site-area"));
        _found[$"{name}-erosion-target"] = () => Register.Sum(measures.Select(m => m.Measure).Where(m => m.Text("name").StartsWith("小流域综合治理", StringComparison.Ordinal)));
        _found[$"{name}-hsf"] = () =>
        {
            var indicator = documents.Indicators.Single(i => i.Text("id") == $"{name}-high-standard-farmland");
            var lines = measures.Select(m => m.Measure).Where(m => m.MaybeText("indicatorId") == indicator.Text("id"));
            return indicator.GetProperty("baseline").Number("value") + Register.Sum(lines);
        };
    }

    private void Learn(JsonElement project, string id)
    {
        _found[$"counties-{id}"] = () => project.Items("counties").Count();
        _found[$"{id}-invest"] = () => project.Find("estimate") is { } money ? money.Number("amount") / 10_000 : null;
        _found[$"{id}-area"] = () => Register.Sum(Register.Measures(project).Where(m => m.Text("role") == "part"));
    }

    private bool Judge(Table table, JsonElement check)
    {
        var (id, expected, computed) = (check.Text("id"), check.MaybeNumber("expected"), check.MaybeNumber("computed"));
        if (!_found.TryGetValue(id, out var find))
        {
            table.AddRow(id.EscapeMarkup(), What(check), Screen.Number(expected), "", "[grey]history, not in the register[/]");
            return true;
        }

        var found = find();
        var contradiction = check.Find("ok") is not { ValueKind: JsonValueKind.True };
        var right = contradiction ? found == computed : found is { } f && decimal.Round(f, Decimals(expected)) == expected;
        table.AddRow(
            id.EscapeMarkup(), What(check), Screen.Number(expected), Screen.Number(found),
            !right ? "[red]MISMATCH[/]" : contradiction ? "[yellow]finding[/]" : "[green]ok[/]");
        return right;
    }

    private static bool Judge(Table table, string id, string what, int expected, int found)
    {
        table.AddRow(id, what, Screen.Number(expected), Screen.Number(found), expected == found ? "[green]ok[/]" : "[red]MISMATCH[/]");
        return expected == found;
    }

    private static string What(JsonElement check) =>
        (check.MaybeText("note") is { } note ? $"{check.Text("what")}; {note}" : check.Text("what")).EscapeMarkup();

    private static decimal WanYuan(JsonElement summary) => summary.GetProperty("estimate").Number("amount") / 10_000;

    private static decimal Percent(decimal part, decimal whole) => decimal.Round(part / whole * 100, 2);

    private static int Decimals(decimal? number) => number?.Scale ?? 0;

    private void ShowFindings()
    {
        var table = Screen.Table("Findings: what is untidy in the plans, kept as adopted", ("Plan", Justify.Left), ("Findings", Justify.Right), ("Of which", Justify.Left));
        foreach (var plan in register.Plans)
        {
            var findings = register.Findings[plan.Text("id")];
            var kinds = findings.CountBy(f => f.Text("code")).OrderByDescending(k => k.Value).Select(k => $"{k.Key} {k.Value}");
            table.AddRow(plan.GetProperty("definition").Text("name").EscapeMarkup(), Screen.Number(findings.Count), string.Join(", ", kinds));
        }

        AnsiConsole.Write(table);
    }
}

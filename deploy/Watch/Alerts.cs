using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>What somebody should look at: the facts that say so, the latest of each subject, until another says that it is over.</summary>
internal sealed class Alerts
{
    private const int Others = 26;

    /// <summary>Facts that raise something, and what is then shown in which colour.</summary>
    private static readonly Dictionary<string, (string Word, string Colour)> s_raised = new()
    {
        ["restoration.indicators.alert-raised.v1"] = ("alert", "red"),
        ["restoration.indicators.alert-escalated.v1"] = ("alert, escalated", "red"),
        ["restoration.registry.schedule-changed.v1"] = ("schedule", "yellow"),
        ["restoration.registry.supervision-overdue.v1"] = ("supervision overdue", "red"),
        ["restoration.registry.rectification-overdue.v1"] = ("rectification overdue", "red"),
        ["restoration.registry.progress-disputed.v1"] = ("figure disputed", "yellow"),
        ["restoration.mines.rectification-overdue.v1"] = ("rectification overdue", "red"),
        ["restoration.mines.site-reopened.v1"] = ("site reopened", "yellow"),
        ["restoration.funding.money-idle.v1"] = ("money idle", "yellow"),
    };

    /// <summary>Facts after which what was raised of the same subject is over.</summary>
    private static readonly HashSet<string> s_over =
    [
        "restoration.indicators.alert-resolved.v1", "restoration.registry.supervision-closed.v1", "restoration.registry.progress-reported.v1",
        "restoration.registry.progress-corrected.v1", "restoration.registry.progress-verified.v1", "restoration.mines.site-self-checked.v1",
        "restoration.mines.site-accepted.v1", "restoration.mines.works-reported.v1", "restoration.funding.account-settled.v1",
    ];

    private static readonly HashSet<string> s_fine = ["on-schedule", "ahead", "completed"];
    private readonly Dictionary<string, JsonElement> _open = [];

    /// <summary>What a snapshot must be asked for.</summary>
    public static IEnumerable<string> Types => s_raised.Keys.Concat(s_over);

    /// <summary>In the feed's order.</summary>
    public void Take(JsonElement e)
    {
        var (type, subject) = (e.Text("type"), Subject(e));
        if (s_raised.ContainsKey(type) && !(e.GetProperty("data").MaybeText("state") is { } state && s_fine.Contains(state))) _open[subject] = e.Clone();
        else if (s_over.Contains(type) || s_raised.ContainsKey(type)) _open.Remove(subject);
    }

    public void Clear() => _open.Clear();

    public int Count => _open.Count;

    public Table Draw(int rows, int cells)
    {
        var table = new Table { Border = TableBorder.None, Expand = true, ShowHeaders = false };
        table.AddColumns(new TableColumn("") { NoWrap = true }, new TableColumn("") { NoWrap = true }, new TableColumn("") { NoWrap = true });
        if (_open.Count == 0) return table.AddRow("[grey]none[/]");
        foreach (var e in _open.Values.OrderByDescending(e => e.Text("time"), StringComparer.Ordinal).Take(rows))
        {
            var (word, colour) = s_raised[e.Text("type")];
            table.AddRow(
                $"[{colour}]{(e.GetProperty("data").MaybeText("state") is { } state && word == "schedule" ? state : word)}[/]",
                Screen.Cut(Telling.Of(e), Math.Max(10, cells - Others)).EscapeMarkup(), $"[grey]{e.Text("time")[..10]}[/]");
        }

        return Section.More(table, _open.Count - rows);
    }

    // A figure and its project have the same subject: one disputed figure says nothing about another.
    private static string Subject(JsonElement e) => e.GetProperty("data").Find("figure")?.MaybeText("figureId") ?? $"{e.Text("source")} {e.MaybeText("subject")}";
}

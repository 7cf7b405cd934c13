using System.Globalization;
using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>What somebody should look at: the facts that say so, the latest of each subject, until another says that it is over.</summary>
internal sealed class Alerts
{
    private const int Others = 38;

    /// <summary>Facts that raise something, and those after which it is over. A fact that says a state raises nothing where that is fine.</summary>
    private static readonly Dictionary<string, Kind> s_raised = new()
    {
        ["restoration.indicators.alert-raised.v1"] = new("alert", "alert", "red", "restoration.indicators.alert-resolved.v1"),
        ["restoration.indicators.alert-escalated.v1"] = new("alert", "alert, escalated", "red"),
        ["restoration.registry.schedule-state-changed.v1"] = new("schedule", "schedule", "yellow", "restoration.registry.project-completed.v1", "restoration.registry.project-terminated.v1"),
        ["restoration.registry.supervision-overdue.v1"] = new("supervision", "supervision overdue", "red", "restoration.registry.supervision-closed.v1"),
        ["restoration.registry.rectification-overdue.v1"] = new(
            "rectification", "rectification overdue", "red", "restoration.registry.project-rectified.v1", "restoration.registry.project-accepted.v1", "restoration.registry.project-terminated.v1"),
        ["restoration.registry.aftercare-overdue.v1"] = new("aftercare", "aftercare overdue", "red", "restoration.registry.aftercare-inspected.v1"),
        ["restoration.registry.progress-disputed.v1"] = new(
            "figure", "figure disputed", "yellow", "restoration.registry.progress-reported.v1", "restoration.registry.progress-corrected.v1", "restoration.registry.progress-verified.v1"),
        ["restoration.mines.rectification-overdue.v1"] = new(
            "site", "rectification overdue", "red", "restoration.mines.works-reported.v1", "restoration.mines.site-self-checked.v1", "restoration.mines.site-accepted.v1"),
        ["restoration.mines.site-reopened.v1"] = new("site", "site reopened", "yellow"),
        ["restoration.funding.money-idle.v1"] = new("money", "money idle", "yellow", "restoration.funding.money-returned.v1", "restoration.funding.account-settled.v1"),
    };

    private static readonly ILookup<string, string> s_over = s_raised.Values.SelectMany(k => k.Over, (k, over) => (over, k.Group)).ToLookup(o => o.over, o => o.Group);
    private static readonly HashSet<string> s_fine = ["on-schedule", "ahead"];
    private readonly Dictionary<(string Group, string Subject), JsonElement> _open = [];

    private sealed record Kind(string Group, string Word, string Colour, params string[] Over);

    /// <summary>What a snapshot must be asked for.</summary>
    public static IEnumerable<string> Types => s_raised.Keys.Concat(s_over.Select(o => o.Key));

    public int Count => _open.Count;

    /// <summary>In the feed's order.</summary>
    public void Take(JsonElement e)
    {
        var (type, subject) = (e.Text("type"), Subject(e));
        foreach (var group in s_over[type]) _open.Remove((group, subject));
        if (!s_raised.TryGetValue(type, out var kind)) return;
        if (e.GetProperty("data").MaybeText("state") is { } state && s_fine.Contains(state)) _open.Remove((kind.Group, subject));
        else _open[(kind.Group, subject)] = e.Clone();
    }

    public void Clear() => _open.Clear();

    /// <param name="names">Of projects, by id.</param>
    public Table Draw(int rows, int cells, IReadOnlyDictionary<string, string> names)
    {
        var table = new Table { Border = TableBorder.None, Expand = true, ShowHeaders = false };
        for (var n = 0; n < 3; n++) table.AddColumn(new TableColumn("") { NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        if (_open.Count == 0) return table.AddRow("[grey]none[/]");
        foreach (var e in _open.Values.OrderByDescending(e => e.Text("time"), StringComparer.Ordinal).Take(rows))
        {
            var (data, kind) = (e.GetProperty("data"), s_raised[e.Text("type")]);
            var state = kind.Group == "schedule" ? data.MaybeText("state") : null;
            table.AddRow(
                $"[{(state == "far-behind" ? "red" : kind.Colour)}]{state ?? kind.Word}[/]", Screen.Cut(What(e, data, names), Math.Max(10, cells - Others)).EscapeMarkup(),
                $"[grey]{e.Text("time")[..10]}[/]");
        }

        return Section.More(table, _open.Count - rows);
    }

    private static string What(JsonElement e, JsonElement data, IReadOnlyDictionary<string, string> names)
    {
        var what = e.MaybeText("subject") is { } subject && names.TryGetValue(subject, out var name) ? name : Telling.Of(e);
        return data.MaybeNumber("planned") is { } planned && data.MaybeNumber("verified") is { } verified
            ? string.Create(CultureInfo.InvariantCulture, $"{100 * verified:0.#} of {100 * planned:0.#} % {what}") : what;
    }

    // A figure and its project have the same subject: one disputed figure says nothing about another.
    private static string Subject(JsonElement e) => e.GetProperty("data").Find("figure")?.MaybeText("figureId") ?? e.MaybeText("subject") ?? "";
}

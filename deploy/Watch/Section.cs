using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>A part of the picture: what one service says of the division. It is read again when an event of that service comes.</summary>
internal abstract class Section(string title, params string[] sources)
{
    private int _changed = 1;

    public string Title => title;

    /// <summary>Why the last reading failed; what was read before is shown meanwhile.</summary>
    public string? Stale { get; private set; }

    /// <summary>An event came.</summary>
    public void Hear(JsonElement e)
    {
        if (sources.Contains(e.Text("source").TrimStart('/'))) Interlocked.Exchange(ref _changed, 1);
    }

    /// <summary>Reads it where something has changed.</summary>
    /// <returns>Whether it was read.</returns>
    public async Task<bool> Refresh(Ground ground, bool anyway = false)
    {
        if (Interlocked.Exchange(ref _changed, 0) == 0 && !anyway) return false;
        try
        {
            await Read(ground);
            Stale = null;
        }
        catch (Exception e) when (e is RefusedException or HttpRequestException or IOException or TaskCanceledException)
        {
            (Stale, _changed) = (e.Message, 1);
        }

        return true;
    }

    /// <param name="rows">How many there is room for.</param>
    /// <param name="cells">How wide it may be.</param>
    public abstract Table Draw(int rows, int cells);

    protected abstract Task Read(Ground ground);

    /// <summary>The table of a section; the first column takes what the others leave.</summary>
    protected static Table Of(params (string Name, Justify Side)[] columns)
    {
        var table = new Table { Border = TableBorder.None, Expand = true, ShowHeaders = true };
        foreach (var (name, side) in columns)
            table.AddColumn(new TableColumn($"[grey]{name.EscapeMarkup()}[/]") { Alignment = side, NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        return table;
    }

    /// <summary>As many as there is room for, those that need attention first where not all can be shown.</summary>
    protected static IEnumerable<T> Fitting<T>(IReadOnlyList<T> all, int rows, Func<T, int> urgency) => all.Count <= rows ? all : all.OrderBy(urgency).Take(rows);

    public static Table More(Table table, int left) => left <= 0 ? table : table.AddRow($"[grey]… {left} more[/]");

    /// <summary>Words, coloured by whether they are good.</summary>
    protected static string Coloured(string word) => word switch
    {
        "achieved" or "on-track" or "on-schedule" or "ahead" or "accepted" or "settled" => $"[green]{word}[/]",
        "behind" or "not-reported" or "rectification" => $"[yellow]{word}[/]",
        "off-track" or "breached" or "far-behind" => $"[red]{word}[/]",
        _ => $"[grey]{word.EscapeMarkup()}[/]",
    };
}

/// <summary>What all sections ask with.</summary>
/// <param name="Heard">The position of each service's last event that came.</param>
internal sealed record Ground(Api Api, string Division, string Name, IReadOnlyDictionary<string, string> Heard)
{
    /// <summary>Roll-ups follow the log: the answer is to know at least what the stream has shown.</summary>
    public string Since(string service) => Heard.TryGetValue(service, out var position) ? $"&minPosition={service}:{position}" : "";

    /// <summary>The plans that are about the division: its own, and those whose projects touch it.</summary>
    public async Task<List<JsonElement>> Plans()
    {
        var all = await Api.All("/v1/registry/plans");
        var projects = (await Api.All($"/v1/registry/projects?division={Division}")).Select(p => p.Text("planId")).ToHashSet();
        return [.. all.Where(p => p.Text("division") == Division || projects.Contains(p.Text("id")))];
    }
}

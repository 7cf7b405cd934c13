using System.Globalization;
using System.Text.Json;
using Restoration.Loader;
using Spectre.Console;

namespace Restoration.Watch;

/// <summary>The last events that came, the newest first.</summary>
internal sealed class Latest
{
    private const int Most = 200, Others = 48;
    private readonly LinkedList<(DateTimeOffset? Came, JsonElement Event)> _events = new();

    public long Came { get; private set; }

    /// <summary>Of divisions, by code.</summary>
    public IReadOnlyDictionary<string, string> Names { get; set; } = new Dictionary<string, string>();

    /// <param name="came">Now; null for one from before this began.</param>
    public void Take(JsonElement e, DateTimeOffset? came)
    {
        _events.AddFirst((came, e.Clone()));
        if (_events.Count > Most) _events.RemoveLast();
        if (came is not null) Came++;
    }

    public void Clear() => _events.Clear();

    public Table Draw(int rows, int cells)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        for (var n = 0; n < 5; n++) table.AddColumn(new TableColumn("") { NoWrap = true });
        foreach (var (came, e) in _events.Take(rows))
        {
            var type = e.Text("type").Split('.');
            table.AddRow(
                came is { } at ? at.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture) : "[grey]before[/]", $"[grey]{e.Text("time")[..10]}[/]",
                e.MaybeText("division") is { } code ? Screen.Cut(Names.GetValueOrDefault(code, code), 12).EscapeMarkup() : "", $"[{(came is null ? "grey" : "aqua")}]{type[^2].EscapeMarkup()}[/]",
                Screen.Cut(Telling.Of(e), Math.Max(10, cells - Others - type[^2].Length)).EscapeMarkup());
        }

        return table;
    }
}

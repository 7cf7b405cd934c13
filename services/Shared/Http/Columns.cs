using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>
/// A column of a list as CSV: a member of its items, found by the item's own JSON type, so that no list says its columns twice. Nested
/// members are <c>a.b</c>; a quantity is its number and a column for its unit, money its yuan; several plain values are joined, several
/// objects are JSON.
/// </summary>
/// <param name="Cell">What the column says of an item; null where the member is absent.</param>
internal sealed record Column(string Name, Func<object, string?> Cell)
{
    private const string UnitSuffix = "Unit";

    /// <summary>The entries of <c>contracts/columns.json</c>: Chinese headings by member, or by the whole name where a member means something else there.</summary>
    private static readonly Dictionary<string, string> s_headings = Headings();

    public static IReadOnlyList<Column> Of(JsonTypeInfo item) => [.. Members(item, "", o => o)];

    public string? Heading(bool chinese) => (chinese ? Chinese(Name) : null) ?? Name;

    /// <summary>Null where a member has no entry.</summary>
    public static string? Chinese(string name) =>
        s_headings.TryGetValue(name, out var heading) ? heading
        : name.EndsWith(UnitSuffix, StringComparison.Ordinal) && Chinese(name[..^UnitSuffix.Length]) is { } amount ? $"{amount}单位"
        : name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && Chinese(name[..dot]) is { } outer && Chinese(name[(dot + 1)..]) is { } inner ? $"{outer}·{inner}"
        : null;

    private static IEnumerable<Column> Members(JsonTypeInfo type, string prefix, Func<object, object?> owner) =>
        type.Properties.Where(p => p.Get is not null).SelectMany(p => Of(
            type.Options, Nullable.GetUnderlyingType(p.PropertyType) ?? p.PropertyType, prefix + p.Name, o => owner(o) is { } its ? p.Get!(its) : null));

    private static IEnumerable<Column> Of(JsonSerializerOptions options, Type type, string name, Func<object, object?> get)
    {
        if (type == typeof(Quantity))
        {
            return
            [
                new(name, o => get(o) is Quantity q ? q.Value.ToString(CultureInfo.InvariantCulture) : null),
                new($"{name}{UnitSuffix}", o => get(o) is Quantity q ? q.Unit.Code : null),
            ];
        }

        if (type == typeof(Money))
        {
            return [new(name, o => get(o) is Money m ? m.Yuan.ToString(CultureInfo.InvariantCulture) : null)];
        }

        var info = options.GetTypeInfo(type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => Members(info, $"{name}.", get),
            JsonTypeInfoKind.Enumerable when IsPlain(options.GetTypeInfo(info.ElementType!)) => [new(name, o => get(o) is { } values ? Joined(values, options.GetTypeInfo(info.ElementType!)) : null)],
            _ => [new(name, o => get(o) is { } value ? Text(value, info) : null)],
        };
    }

    private static bool IsPlain(JsonTypeInfo type) =>
        type.Kind == JsonTypeInfoKind.None && type.Type != typeof(Quantity) && type.Type != typeof(Money) && type.Type != typeof(JsonElement);

    private static string Joined(object values, JsonTypeInfo type) => Harmless(string.Join(
        "; ", ((System.Collections.IEnumerable)values).Cast<object?>().Select(v => v is null ? "" : v as string ?? Plain(v, type))));

    private static string Text(object value, JsonTypeInfo type) => value switch
    {
        string text => Harmless(text),
        long or int or decimal => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        bool yes => yes ? "true" : "false",
        _ => JsonSerializer.SerializeToElement(value, type) is { ValueKind: JsonValueKind.String } said ? Harmless(said.GetString()!) : Plain(value, type),
    };

    private static string Plain(object value, JsonTypeInfo type)
    {
        var json = JsonSerializer.SerializeToElement(value, type);
        return json.ValueKind == JsonValueKind.String ? json.GetString()! : JsonSerializer.Serialize(value, type);
    }

    /// <summary>A spreadsheet program takes a cell that begins like this for a formula, and a stranger's formula can send away what stands beside it.</summary>
    private static string Harmless(string text) => text is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '＝' or '＋' or '－' or '＠', ..] ? $"'{text}" : text;

    private static Dictionary<string, string> Headings()
    {
        using var file = typeof(Column).Assembly.GetManifestResourceStream("columns.json")!;
        return JsonSerializer.Deserialize<Dictionary<string, string>>(file, WireJson.Options)!;
    }
}

using System.Text;
using System.Text.Unicode;
using CsvHelper;
using Restoration.Domain;

namespace Restoration.Http;

/// <summary>A row of a sheet; an empty cell is absent.</summary>
/// <param name="Line">Of the file, from 1; the headings stand on the first.</param>
public sealed record SheetRow(Sheet Sheet, int Line, string?[] Cells)
{
    public string? this[string member] => Sheet.Columns.TryGetValue(member, out var column) ? Cells[column.Index] : null;
}

/// <summary>
/// A table as spreadsheet programs save it: UTF-8 with or without its mark, or GB18030 as they do in China; separated by commas, semicolons
/// or tabs. Its columns are known by their headings, in any order; a unit may stand behind a heading in brackets.
/// </summary>
/// <param name="Columns">By the member that a column stands for: its place, its heading as written, and the unit in the heading.</param>
public sealed record Sheet(IReadOnlyDictionary<string, (int Index, string Heading, string? Unit)> Columns)
{
    public const string Media = "text/csv";
    public const int MostBytes = 20 << 20, MostRows = 50_000;
    private const int MostOfRow = 256 << 10;

    public List<SheetRow> Rows { get; } = [];

    /// <param name="headings">The members by their headings, in any language; empty for columns that are there for people.</param>
    /// <param name="required">Members without which no row can be read.</param>
    public static (Sheet? Sheet, Refusal? Refusal) Read(byte[] file, IReadOnlyDictionary<string, string> headings, params IReadOnlyList<string> required)
    {
        if (file.AsSpan().Contains((byte)0))
        {
            return (null, Malformed("This is no CSV: save the sheet as CSV, not as a workbook, in UTF-8 or GB18030."));
        }

        try
        {
            using var csv = CsvReader.Create(file, CsvReaderOptions.Default with
            {
                Encoding = Utf8.IsValid(file) ? Encoding.UTF8 : CodePagesEncodingProvider.Instance.GetEncoding("GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback),
                TrackLineNumbers = true, TrimWhitespace = true, PoolStrings = true, MaxRecordSize = MostOfRow,
            });
            csv.ReadHeader();
            var faults = new List<Fault>();
            var sheet = new Sheet(Known(csv.Headers, headings, faults));
            faults.AddRange(required.Where(m => !sheet.Columns.ContainsKey(m)).Select(m => new Fault($"#/{m}", $"There is no column {string.Join(" or ", headings.Where(h => h.Value == m).Select(h => h.Key))}.")));
            if (faults.Count > 0)
            {
                return (null, Malformed(faults[0].Detail, [.. faults]));
            }

            while (csv.Read())
            {
                var cells = Enumerable.Range(0, csv.Headers.Count).Select(i => i < csv.FieldCount ? Plain(csv.GetString(i)) : null).ToArray();
                if (cells.All(c => c is null))
                {
                    continue; // what a spreadsheet program leaves below the last row
                }

                if (sheet.Rows.Count == MostRows)
                {
                    return (null, Malformed($"At most {MostRows} rows."));
                }

                sheet.Rows.Add(new SheetRow(sheet, (int)csv.LineNumber, cells));
            }

            return (sheet, null);
        }
        catch (Exception e) when (e is CsvFormatException or DecoderFallbackException or InvalidDataException)
        {
            return (null, Malformed("This is no CSV in UTF-8 or GB18030."));
        }
    }

    private static Refusal Malformed(string detail, params IReadOnlyList<Fault> faults) => Refusal.Malformed("sheet.malformed", detail, faults);

    private static Dictionary<string, (int, string, string?)> Known(IReadOnlyList<string> names, IReadOnlyDictionary<string, string> headings, List<Fault> faults)
    {
        var known = new Dictionary<string, (int, string, string?)>();
        for (var i = 0; i < names.Count; i++)
        {
            var name = Narrow(names[i]);
            var bracket = name.EndsWith(')') ? name.LastIndexOf('(') : -1;
            var (heading, unit) = headings.ContainsKey(name) || bracket <= 0 ? (name, null) : (name[..bracket].Trim(), name[(bracket + 1)..^1].Trim());
            if (name.Length == 0)
            {
                continue;
            }

            if (!headings.TryGetValue(heading, out var member))
            {
                faults.Add(new Fault($"#/{i}", $"A column '{Short(names[i])}' is not known; there are {string.Join(", ", headings.Keys)}."));
            }
            else if (member.Length > 0 && !known.TryAdd(member, (i, names[i], unit)))
            {
                faults.Add(new Fault($"#/{i}", $"The column '{Short(names[i])}' stands twice."));
            }
        }

        return known;
    }

    /// <summary>Without the mark that keeps a text from being a formula, as lists as CSV have it.</summary>
    private static string? Plain(string cell) => cell.Trim() is { Length: > 0 } text ? text is ['\'', '=' or '+' or '-' or '@', ..] ? text[1..] : text : null;

    /// <summary>Full-width letters, digits, brackets and spaces are as good as narrow ones.</summary>
    public static string Narrow(string text) =>
        string.Concat(text.Select(c => c is >= '！' and <= '～' ? (char)(c - '！' + '!') : c == '\u3000' ? ' ' : c)).Trim();

    private static string Short(string text) => text.Length <= 40 ? text : $"{text[..40]}…";
}

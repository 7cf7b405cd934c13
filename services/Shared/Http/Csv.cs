using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using CsvHelper;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>
/// Exports take time and a connection for as long as their reader does. So few of them run at once in a process that they cannot eat the
/// pool; who comes then is told when to come again.
/// </summary>
public sealed class Exports : IDisposable
{
    private const int AtOnce = 2;
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(2);
    private readonly SemaphoreSlim _room = new(AtOnce);

    public void Dispose() => _room.Dispose();

    /// <summary>Runs an export as soon as there is room.</summary>
    internal async Task<IResult> Run(Func<Task> export, CancellationToken stop)
    {
        if (!await _room.WaitAsync(s_wait, stop))
        {
            return new ProblemResult(StatusCodes.Status503ServiceUnavailable, "exports.busy", $"{AtOnce} exports are under way already.", null, TimeSpan.FromSeconds(10));
        }

        try
        {
            await export();
            return Results.Empty;
        }
        finally
        {
            _room.Release();
        }
    }
}

/// <summary>A list as RFC 4180 has it, with the mark by which spreadsheet programs know UTF-8.</summary>
internal static class Csv
{
    public const string Media = "text/csv";
    private const int PageRows = 500;

    /// <summary>The statement copies what it found aside; a large one takes a while before its first row.</summary>
    private const int MostSeconds = 300;

    private static readonly CsvWriterOptions s_form = CsvWriterOptions.Default with { WriteByteOrderMark = true };

    /// <summary>
    /// Rows of a statement, all of one moment. They wait at the server, in a cursor that outlives its transaction: a reader that takes an
    /// hour holds no snapshot against vacuum, no lock against a rebuild, and no full socket, which PostgreSQL gives up after five seconds.
    /// </summary>
    public static async IAsyncEnumerable<IReadOnlyList<T>> Rows<T>(
        NpgsqlDataSource db, NpgsqlCommand command, Func<NpgsqlDataReader, T> item, [EnumeratorCancellation] CancellationToken stop = default)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var declare = new NpgsqlCommand($"declare export no scroll cursor with hold for {command.CommandText}", connection);
        declare.CommandTimeout = MostSeconds;
        foreach (NpgsqlParameter parameter in command.Parameters)
        {
            declare.Parameters.Add(parameter.Clone());
        }

        await declare.ExecuteNonQueryAsync(stop);
        try
        {
            await using var fetch = new NpgsqlCommand($"fetch {PageRows} from export", connection);
            while (await fetch.List(item, stop) is { Count: > 0 } page)
            {
                yield return page;
            }
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                // The pool would keep what waits at the server until somebody uses the connection again.
                await using var close = new NpgsqlCommand("close export", connection);
                await close.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    /// <summary>Writes pages as they come, no faster than they are read. What fails midway must not look complete: the connection is aborted.</summary>
    public static async Task Write<T>(HttpContext http, IAsyncEnumerable<IReadOnlyList<T>> pages, JsonTypeInfo<T> type)
    {
        var (response, chinese, columns, stop) = (http.Response, Problems.PrefersChinese(http.Request), Column.Of(type), http.RequestAborted);
        try
        {
            await using var rows = pages.GetAsyncEnumerator(stop);
            var more = await rows.MoveNextAsync(); // what fails before the first row is answered as a problem
            response.ContentType = $"{Media}; charset=utf-8; header=present";
            response.Headers.ContentLanguage = chinese ? "zh" : "en";
            response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(string.Join('-', http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1)))}.csv";
            await response.StartAsync(stop);
            var csv = CsvWriter.Create(response.Body, s_form, leaveOpen: true);
            csv.WriteHeader([.. columns.Select(c => c.Heading(chinese) ?? c.Name)]);
            for (; more; more = await rows.MoveNextAsync())
            {
                foreach (var item in rows.Current)
                {
                    foreach (var column in columns)
                    {
                        csv.WriteField(column.Cell(item!));
                    }

                    await csv.EndRecordAsync(stop);
                }
            }

            await csv.FlushAsync(stop); // not disposed: that would end what failed midway as if it were whole
        }
        catch when (response.HasStarted)
        {
            http.Abort();
            throw;
        }
    }
}


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
            return (null, Malformed("This is no CSV: save the sheet as CSV, not as a workbook, in UTF-8 or GB18030."));
        try
        {
            using var csv = CsvReader.Create(file, CsvReaderOptions.Default with
            {
                Encoding = Utf8.IsValid(file) ? Encoding.UTF8 : CodePagesEncodingProvider.Instance.GetEncoding("GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback),
                TrackLineNumbers = true,
                TrimWhitespace = true,
                PoolStrings = true,
                MaxRecordSize = MostOfRow,
            });
            csv.ReadHeader();
            var faults = new List<Fault>();
            var sheet = new Sheet(Known(csv.Headers, headings, faults));
            faults.AddRange(required.Where(m => !sheet.Columns.ContainsKey(m)).Select(m => new Fault($"#/{m}", $"There is no column {string.Join(" or ", headings.Where(h => h.Value == m).Select(h => h.Key))}.")));
            if (faults.Count > 0)
                return (null, Malformed(faults[0].Detail, [.. faults]));
            while (csv.Read())
            {
                var cells = Enumerable.Range(0, csv.Headers.Count).Select(i => i < csv.FieldCount ? Plain(csv.GetString(i)) : null).ToArray();
                if (cells.All(c => c is null))
                    continue; // what a spreadsheet program leaves below the last row
                if (sheet.Rows.Count == MostRows)
                    return (null, Malformed($"At most {MostRows} rows."));
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
                continue;
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

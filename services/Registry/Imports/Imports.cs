using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Imports;

/// <summary>What became of a row.</summary>
/// <param name="Line">Of the file, from 1.</param>
/// <param name="Status"><c>recorded</c>, <c>duplicate</c> or <c>rejected</c>.</param>
/// <param name="Subject">What the row is about: a figure, a project.</param>
/// <param name="Column">The heading, as written, of the first cell that is wrong.</param>
/// <param name="Errors">All that is wrong with it.</param>
public sealed record ImportVerdict(
    int Line, string Status, string? Subject = null, string? Code = null, string? Title = null, string? Column = null, string? Detail = null, IReadOnlyList<CellFault>? Errors = null,
    long? Position = null);

/// <summary>One thing that is wrong: the heading as written, and a JSON pointer into what the row stands for.</summary>
public sealed record CellFault(string Pointer, string Detail, string? Column = null);

/// <summary>An import, as it was taken last.</summary>
/// <param name="Client">Who sent it; <paramref name="Division"/> is that client's.</param>
public sealed record ImportItem(string Id, string Client, string Division, DateTimeOffset At, bool Atomic, long Rows, long Recorded, long Duplicates, long Rejected);

/// <param name="Items">A verdict for each row, in order.</param>
public sealed record ImportResult(ImportItem Import, bool DryRun, IReadOnlyList<ImportVerdict> Items, string? Next);

/// <summary>Rows that stand for one command, and what is to be made of them.</summary>
internal sealed record ImportUnit(IReadOnlyList<SheetRow> Rows, string Subject, Handled Handled);

/// <summary>A sheet's form: its headings, and in which row of a unit and which column a pointer of the rules lies.</summary>
internal sealed record Form(string Kind, IReadOnlyDictionary<string, string> Headings, IReadOnlyList<string> Required, Func<string, IReadOnlyList<SheetRow>, (int Row, string Member)> Place)
{
    /// <summary>Rows that follow each other and have the same cells, where they have any.</summary>
    public static IEnumerable<List<SheetRow>> Runs(IReadOnlyList<SheetRow> rows, params string[] members)
    {
        for (var (from, to) = (0, 1); from < rows.Count; to++)
        {
            if (to == rows.Count || members.Any(m => rows[to][m] is { } cell && cell != rows[from][m]))
            {
                yield return [.. rows.Skip(from).Take(to - from)];
                from = to;
            }
        }
    }
}

/// <summary>
/// Takes sheets: each row becomes the command that is otherwise posted, with an identity of its own, so that the same file again records
/// nothing twice and one bad row harms no other.
/// </summary>
internal static class Imports
{
    /// <summary>Units of one call to the writer; others' writes go between.</summary>
    private const int Chunk = 500;

    /// <summary>What is judged together holds the writer as long as it takes.</summary>
    public const int MostTogether = 10_000;

    public static async Task<IResult> Take(
        HttpContext http, Form form, string? id, bool dryRun, bool atomic, Func<Sheet, Func<IReadOnlyList<SheetRow>, Claim>, IAsyncEnumerable<ImportUnit>> read)
    {
        if ((http.Request.ContentType ?? "").Split(';')[0].Trim() is var media && !media.Equals(Sheet.Media, StringComparison.OrdinalIgnoreCase))
        {
            return Problems.Of(415, "media-type.unsupported", "Send text/csv.");
        }

        if (id is not null && !Slug.Is(id))
        {
            return Problems.Of(Refusal.Malformed("parameter.malformed", Slug.Form, new Fault("?id", "This has another form.")));
        }

        var file = await Commands.Bytes(http);
        if (file.Length > Sheet.MostBytes)
        {
            return Problems.Of(413, "body.oversized", $"At most {Sheet.MostBytes} bytes.");
        }

        var (sheet, refusal) = Sheet.Read(file, form.Headings, form.Required);
        if (sheet is null || (atomic || dryRun) && sheet.Rows.Count > MostTogether)
        {
            return refusal is not null ? Problems.Of(refusal) : Problems.Of(413, "sheet.oversized", $"Judged together, or only judged, are at most {MostTogether} rows.");
        }

        var (client, services) = (http.Client(), http.RequestServices);
        var (source, name) = ($"/imports/{client.Id}", id ?? Convert.ToHexStringLower(SHA256.HashData(file).AsSpan(0, 8)));
        if (!await services.GetRequiredService<Intake>().BelongsTo(source, client.Id, take: !dryRun))
        {
            return Problems.Of(Refusal.Forbidden("source.foreign", "This source belongs to another client, which used it first."));
        }

        Claim Identity(IReadOnlyList<SheetRow> rows) => new(source, $"{form.Kind}.{name}.{rows[0].Line}", Hash(rows));
        var verdicts = (await Carry(http, form, read(sheet, Identity), Identity, dryRun, atomic)).OrderBy(v => v.Line).ToList();
        http.Response.Headers.XPosition(http, verdicts.Max(v => v.Position) ?? 0);
        var import = new ImportItem(
            $"{client.Id}.{name}", client.Id, client.Division, services.GetRequiredService<TimeProvider>().GetUtcNow(), atomic, verdicts.Count,
            verdicts.Count(v => v.Status == "recorded"), verdicts.Count(v => v.Status == "duplicate"), verdicts.Count(v => v.Status == "rejected"));
        if (!dryRun)
        {
            await Keep(services.GetRequiredService<NpgsqlDataSource>(), form.Kind, import, verdicts);
        }

        // In either form the answer says nothing of its status but what stands here.
        http.Response.StatusCode = atomic && import.Rejected > 0 ? StatusCodes.Status422UnprocessableEntity : StatusCodes.Status200OK;
        return await Lists.Of(http, new ImportResult(import, dryRun, verdicts, null), Wire.Api.ImportResult, verdicts, Wire.Api.ImportVerdict);
    }

    private static async Task<List<ImportVerdict>> Carry(
        HttpContext http, Form form, IAsyncEnumerable<ImportUnit> units, Func<IReadOnlyList<SheetRow>, Claim> claim, bool dryRun, bool atomic)
    {
        var (log, verdicts, waiting) = (http.RequestServices.GetRequiredService<EventLog>(), new List<ImportVerdict>(), new List<ImportUnit>());
        var together = dryRun ? Together.DryRun : atomic ? Together.AllOrNothing : Together.No;
        await foreach (var unit in units)
        {
            waiting.Add(unit);
            if (together == Together.No && waiting.Count == Chunk)
            {
                await Write();
            }
        }

        await Write();
        return verdicts;

        async Task Write()
        {
            var sound = waiting.Where(u => u.Handled.Decide is not null).ToList();
            if (together == Together.AllOrNothing && sound.Count < waiting.Count)
            {
                waiting = waiting.ConvertAll(u => u.Handled.Refusal is not null ? u : u with { Handled = Refusal.Conflict("batch.undone", "Another row of this import was refused, and it is all or nothing.") });
                sound.Clear();
            }

            var outcomes = sound.Count == 0 ? [] : await log.Write([.. sound.Select(u => new Work
            {
                Decide = u.Handled.Decide!,
                Claim = claim(u.Rows),
                Headers = Traces.Headers(claim(u.Rows).Source, claim(u.Rows).Id),
                Correlation = Traces.Correlation,
                Bytes = u.Rows.Count * 512,
            })], together);
            var next = 0;
            foreach (var unit in waiting)
            {
                verdicts.AddRange(Verdicts(http, form, unit, unit.Handled.Decide is null ? null : outcomes[next++]));
            }

            waiting.Clear();
        }
    }

    private static IEnumerable<ImportVerdict> Verdicts(HttpContext http, Form form, ImportUnit unit, Outcome? outcome)
    {
        var refusal = unit.Handled.Refusal ?? outcome?.Refusal;
        var status = refusal is not null ? "rejected" : outcome!.Kind == OutcomeKind.Duplicate ? "duplicate" : "recorded";
        var faults = (refusal?.Faults ?? []).Select(f => (At: form.Place(f.Pointer, unit.Rows), f)).ToLookup(
            f => f.At.Row, f => new CellFault(f.f.Pointer, f.f.Detail, unit.Rows[0].Sheet.Columns.TryGetValue(f.At.Member, out var column) ? column.Heading : null));
        var title = refusal is null ? null : Problems.Of(refusal).For(http).Title;
        return unit.Rows.Select((row, i) =>
        {
            var its = faults[i].ToList();
            return new ImportVerdict(
                row.Line, status, unit.Subject, refusal?.Code, title, its.FirstOrDefault()?.Column, its.FirstOrDefault()?.Detail ?? refusal?.Detail, its.Count == 0 ? null : its,
                outcome?.Position > 0 ? outcome.Position : null);
        });
    }

    private static byte[] Hash(IReadOnlyList<SheetRow> rows) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f',
        from row in rows from c in row.Sheet.Columns.OrderBy(c => c.Key, StringComparer.Ordinal) select $"{c.Key}\u001e{c.Value.Unit}\u001e{row.Cells[c.Value.Index]}")));

    /// <summary>The same import again takes the place of what became of it before.</summary>
    private static async Task Keep(NpgsqlDataSource db, string kind, ImportItem import, List<ImportVerdict> verdicts)
    {
        await using var command = db.CreateCommand(
            """
            insert into imports.imports as i (id, version, kind, client, division, at, atomic, rows, recorded, duplicates, rejected, verdicts)
            values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            on conflict (kind, id) do update set
                version = i.version + 1, at = excluded.at, atomic = excluded.atomic, rows = excluded.rows, recorded = excluded.recorded, duplicates = excluded.duplicates,
                rejected = excluded.rejected, verdicts = excluded.verdicts
            """);
        command.Add(import.Id).Add(kind).Add(import.Client).Add(import.Division).Add(import.At).Add(import.Atomic).Add(import.Rows).Add(import.Recorded)
            .Add(import.Duplicates).Add(import.Rejected);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = JsonSerializer.SerializeToUtf8Bytes(verdicts, Wire.Api.IReadOnlyListImportVerdict), NpgsqlDbType = NpgsqlDbType.Json });
        await command.ExecuteNonQueryAsync();
    }
}

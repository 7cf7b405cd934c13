using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using CsvHelper;
using Microsoft.AspNetCore.Http;
using Npgsql;
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

    /// <summary>Answers items that were read already.</summary>
    public static async Task<IResult> Page<T>(HttpContext http, IReadOnlyList<T> items, JsonTypeInfo<T> type)
    {
        await Write(http, Once(), type);
        return Results.Empty;

        async IAsyncEnumerable<IReadOnlyList<T>> Once()
        {
            await Task.CompletedTask;
            yield return items;
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

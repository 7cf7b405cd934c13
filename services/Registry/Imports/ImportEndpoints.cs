using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Imports;

public static class ImportEndpoints
{
    /// <summary>Each holds a file, its rows and its verdicts in memory: more at once would take it from those who post events.</summary>
    private static readonly SemaphoreSlim s_room = new(2);

    private static readonly Form s_progress = new("progress", ProgressForm.Headings, ProgressForm.Required, (pointer, _) => (0, ProgressForm.ColumnOf(pointer)));

    public static void MapImports(this IEndpointRouteBuilder routes)
    {
        Map(routes, "progress", Progress, Roles.Reporter, "Take a sheet of progress: a row for each measure, county and period", ProgressForm.Headings);
        Map(routes, "projects", Projects, Roles.Planner, "Take a sheet of projects: a row for each measure", ProjectForm.Headings);
        Map(routes, "assignments", Assignments, Roles.Planner, "Take a sheet of a year's tasks: a row for each measure and county", AssignmentForm.Headings);
    }

    private static void Map(IEndpointRouteBuilder routes, string kind, Delegate take, string role, string summary, IReadOnlyDictionary<string, string> headings)
    {
        var group = routes.MapGroup($"/v1/registry/{kind}/imports").WithTags("imports").RefusingUnknownParameters();
        group.MapPost("", take).Accepts<string>(Sheet.Media).Produces<ImportResult>().ProducesProblem(400).ProducesProblem(413).ProducesProblem(415).ProducesProblem(503)
            .WithMetadata(new RequestSizeLimitAttribute(Sheet.MostBytes + 1)).AddEndpointFilter(Room).Once().RequireRoles(role).WithSummary(summary)
            .WithDescription($"CSV as spreadsheet programs save it, in UTF-8 or GB18030; at most {Sheet.MostBytes >> 20} MiB and {Sheet.MostRows} rows ({Imports.MostTogether} with atomic or dryRun). "
                + $"Columns: {string.Join(", ", headings.Where(h => h.Value == h.Key).Select(h => h.Key))}, or in Chinese {string.Join("、", headings.Where(h => h.Value != h.Key).Select(h => h.Key))}; a unit may stand in brackets behind a heading. "
                + "Each row is judged alone unless atomic=true, and only judged with dryRun=true; a verdict for each, as JSON or CSV. The same file again answers duplicate; with id, which names the import, "
                + "a file whose rejected rows were mended can be sent again, its rows in their places.");
        group.MapGet("", (HttpContext http, NpgsqlDataSource db, Territory territory, string? cursor, int? limit) => List(http, db, territory, kind, cursor, limit))
            .Produces<Page<ImportItem>>().WithSummary("Imports of clients of the client's division and below, the latest first");
        group.MapGet("{id}", (HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? status, string? cursor, int? limit) => One(http, db, territory, kind, id, status, cursor, limit))
            .Produces<ImportResult>().WithSummary("One import, with what became of its rows");
    }

    private static async ValueTask<object?> Room(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        if (!await s_room.WaitAsync(TimeSpan.FromSeconds(5), call.HttpContext.RequestAborted))
        {
            return Problems.Unavailable("Other imports are under way.", TimeSpan.FromSeconds(5));
        }

        try
        {
            return await next(call);
        }
        finally
        {
            s_room.Release();
        }
    }

    private static Task<IResult> Progress(HttpContext http, Territory territory, Clock clock, IConfiguration configuration, string? id, bool dryRun = false, bool atomic = false)
    {
        var options = configuration.GetSection("Progress").Get<ProgressOptions>() ?? new();
        return Imports.Take(http, s_progress, id, dryRun, atomic, Units);

        async IAsyncEnumerable<ImportUnit> Units(Sheet sheet, Func<IReadOnlyList<SheetRow>, Claim> identity)
        {
            foreach (var row in sheet.Rows)
            {
                var claim = identity([row]);
                yield return new ImportUnit(
                    [row], $"{row["measureId"]}.{row["division"]}.{row["period"]}", await ProgressForm.Read(row, new Sender(claim.Source, claim.Id), http, territory, clock, options));
            }
        }
    }

    private static Task<IResult> Projects(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string? id, bool dryRun = false, bool atomic = false)
    {
        return Imports.Take(http, ProjectForm.Form, id, dryRun, atomic, Units);

        async IAsyncEnumerable<ImportUnit> Units(Sheet sheet, Func<IReadOnlyList<SheetRow>, Claim> identity)
        {
            foreach (var rows in ProjectForm.Group(sheet))
            {
                yield return new ImportUnit(rows, rows[0]["projectId"] ?? "", await ProjectForm.Read(rows, http, db, territory, clock));
            }
        }
    }

    private static Task<IResult> Assignments(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string? id, bool dryRun = false, bool atomic = false)
    {
        return Imports.Take(http, AssignmentForm.Form, id, dryRun, atomic, Units);

        async IAsyncEnumerable<ImportUnit> Units(Sheet sheet, Func<IReadOnlyList<SheetRow>, Claim> identity)
        {
            foreach (var rows in AssignmentForm.Group(sheet))
            {
                yield return new ImportUnit(rows, $"{rows[0]["projectId"]}.{rows[0]["year"]}", await AssignmentForm.Read(rows, http, db, territory, clock));
            }
        }
    }

    private static async Task<IResult> List(HttpContext http, NpgsqlDataSource db, Territory territory, string kind, string? cursor, int? limit)
    {
        var before = default(DateTimeOffset?);
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (after is not null)
        {
            if (!DateTimeOffset.TryParseExact(after[0], "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
            {
                return Problems.Of(Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it."));
            }

            before = at;
        }

        var seen = await territory.Seen(http.Client());
        await using var command = db.CreateCommand(
            $"""
            select {Columns} from imports.imports
            where kind = $1 and ($2::text[] is null or division = any($2)) and ($3::timestamptz is null or (at, id) < ($3, $4)) order by at desc, id desc limit $5
            """);
        command.Add(kind).Add(seen?.Under).Add(before).Add(after?[1]);
        return await Lists.Of(http, command, limit, Item, i => [i.At.ToString("O", CultureInfo.InvariantCulture), i.Id], Wire.Api.PageImportItem);
    }

    private const string Columns = "id, client, division, at, atomic, rows, recorded, duplicates, rejected";

    private static ImportItem Item(NpgsqlDataReader r) => new(
        r.GetString(0), r.GetString(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3), r.GetBoolean(4), r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), r.GetInt64(8));

    private static async Task<IResult> One(
        HttpContext http, NpgsqlDataSource db, Territory territory, string kind, string id, string? status, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        await using var command = db.CreateCommand($"select {Columns}, verdicts, version from imports.imports where id = $1 and kind = $2 and ($3::text[] is null or division = any($3))");
        var found = await command.Add(id).Add(kind).Add(seen?.Under).List(r => (Item: Item(r), Verdicts: r.Json(9, Wire.Api.IReadOnlyListImportVerdict)!, Version: r.GetInt64(10)), http.RequestAborted);
        if (found is not [var (import, verdicts, version)])
        {
            return await Lists.Absent(http, db.CreateCommand, "imports.imports", id);
        }

        http.Response.Headers.ETag = Preconditions.Tag(version);
        if (Preconditions.IsKnown(http.Request, version))
        {
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        var (items, next) = Lists.Part(http, verdicts.Where(v => status is null || v.Status == status), v => [v.Line.ToString("D9", CultureInfo.InvariantCulture)], after, limit);
        return await Lists.Of(http, new ImportResult(import, false, items, next), Wire.Api.ImportResult, items, Wire.Api.ImportVerdict);
    }
}

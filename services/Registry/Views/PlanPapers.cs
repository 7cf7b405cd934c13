using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>An amendment of a plan.</summary>
/// <param name="Version">Of the plan with it.</param>
/// <param name="Changed">Projects that it completes or changes; <paramref name="Added"/> those that came in; <paramref name="Dropped"/> those taken out.</param>
/// <param name="Fact">Where the whole of it is told.</param>
public sealed record AmendmentItem(
    string Id, long Version, string? DocumentNumber, DateOnly? Date, string Reason, DateTimeOffset At, string Client, string? Actor, IReadOnlyList<string> Changed,
    IReadOnlyList<string> Added, IReadOnlyList<string> Dropped, string Fact);

/// <summary>A document that carries a plan out.</summary>
/// <param name="Division">Whose it is.</param>
public sealed record PlanDocumentItem(
    string Id, long Version, string Kind, string Title, string Division, int? Year, string? DocumentNumber, string? Date, string? Uri, string? Sha256,
    IReadOnlyList<PlanTask> Tasks, string? Note, DateTimeOffset At);

/// <summary>What was issued about a plan after it: its amendments, and the documents that carry it out.</summary>
public static class PlanPapers
{
    public static void MapPlanPapers(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/plans/{id}").WithTags("plans").RefusingUnknownParameters();
        group.MapGet("amendments", Amendments).Produces<Page<AmendmentItem>>().WithSummary("Its amendments, oldest first");
        group.MapGet("documents", Documents).Produces<Page<PlanDocumentItem>>().WithSummary("Yearly key points, implementation schemes and what else carries it out")
            .WithDescription("division: its documents, and those of what lies in it.");
    }

    private static async Task<IResult> Amendments(HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? projectId, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await PlanViews.Find(http, db.CreateCommand, territory, id) is null)
        {
            return await Lists.Absent(http, db.CreateCommand, "plans", id);
        }

        await using var command = db.CreateCommand(
            """
            select id, version, document_number, date, reason, at, client, actor, changed, added, dropped from plan_amendments
            where plan_id = $1 and ($2::text is null or $2 = any(changed || added || dropped)) and ($3::bigint is null or version > $3) order by version limit $4
            """);
        command.Add(id).Add(projectId).Add(long.TryParse(after?[0], CultureInfo.InvariantCulture, out var version) ? version : (long?)null);
        return await Lists.Of(
            http, command, limit,
            r => new AmendmentItem(
                r.GetString(0), r.GetInt64(1), r.Text(2), r.Day(3), r.GetString(4), r.GetFieldValue<DateTimeOffset>(5), r.GetString(6), r.Text(7), r.GetFieldValue<string[]>(8),
                r.GetFieldValue<string[]>(9), r.GetFieldValue<string[]>(10), $"/v1/registry/plans/{id}/history?cursor={r.GetInt64(1) - 1}&limit=1"),
            a => [a.Version.ToString(CultureInfo.InvariantCulture)], Wire.Api.PageAmendmentItem);
    }

    private static async Task<IResult> Documents(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? kind, string? division, int? year, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await PlanViews.Find(http, db.CreateCommand, territory, id) is null)
        {
            return await Lists.Absent(http, db.CreateCommand, "plans", id);
        }

        var asked = await territory.Asked(division);
        await using var command = db.CreateCommand(
            """
            select id, version, document, at from plan_documents
            where plan_id = $1 and ($2::text is null or kind = $2) and ($3::text[] is null or division = any($3)) and ($4::int is null or year = $4)
              and ($5::bigint is null or version > $5)
            order by version limit $6
            """);
        command.Add(id).Add(kind).Add(asked.Under).Add(year).Add(long.TryParse(after?[0], CultureInfo.InvariantCulture, out var version) ? version : (long?)null);
        return await Lists.Of(http, command, limit, Document, d => [d.Version.ToString(CultureInfo.InvariantCulture)], Wire.Api.PagePlanDocumentItem);
    }

    private static PlanDocumentItem Document(NpgsqlDataReader r)
    {
        var d = r.Json(2, StoredJson.Default.PlanDocument)!;
        return new PlanDocumentItem(
            r.GetString(0), r.GetInt64(1), Domain.Kebab.Of(d.Kind), d.Title, d.Division, d.Year, d.DocumentNumber, d.Date?.ToString(), d.Uri, d.Sha256, d.Tasks, d.Note,
            r.GetFieldValue<DateTimeOffset>(3));
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Indicators.Views;

/// <summary>What a county is to do for an indicator in a year, as it confirmed it in the registry; of one measure.</summary>
/// <param name="Fact">The registry's fact that said it, at <paramref name="Position"/> in its log.</param>
public sealed record CountyTargetItem(
    string IndicatorId, string Division, int Year, string ProjectId, string MeasureId, Quantity Quantity, Guid Fact, long Position, string Assignment);

public static class CountyTargetList
{
    public static void MapCountyTargets(this IEndpointRouteBuilder routes) => routes
        .MapGroup("/v1/indicators/indicators").WithTags("indicators").RefusingUnknownParameters()
        .MapGet("{id}/targets", Of).Produces<Page<CountyTargetItem>>().WithSummary("What counties are to do for it, by year and measure")
        .WithDescription("For indicators that verified progress or accepted mine sites make: the registry's yearly assignments, as counties confirmed them.");

    private static async Task<IResult> Of(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, int? year, string? division, string? cursor, int? limit, string? minPosition)
    {
        if (Lists.Begin(http, cursor, limit, keys: 4, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, null, minPosition, "registry") is { } behind)
        {
            return behind;
        }

        await using var owner = db.CreateCommand("select division from indicators where id = $1");
        if (await owner.Add(id).ExecuteScalarAsync(http.RequestAborted) is not string owned)
        {
            return Problems.Of(Refusal.NotFound("resource.unknown", "There is no such resource."));
        }

        if (await TableViews.Unseen(http, territory, owned) is { } foreign)
        {
            return Problems.Of(foreign);
        }

        var seen = await territory.Seen(http.Client());
        var (under, _) = await territory.Asked(division);
        await using var command = db.CreateCommand(
            """
            select t->>'indicatorId', c.division, c.year, c.project_id, t->>'measureId', t->'quantity', c.caused_by, c.caused_at
            from county_targets c cross join lateral jsonb_array_elements(c.targets) t
            where c.targets @> jsonb_build_array(jsonb_build_object('indicatorId', $1)) and t->>'indicatorId' = $1 and ($2::text[] is null or c.division = any($2)) and ($3::int is null or c.year = $3) and ($4::text[] is null or c.division = any($4))
              and ($5::int is null or (c.year, c.division, c.project_id, t->>'measureId') > ($5, $6, $7, $8))
            order by c.year, c.division, c.project_id, t->>'measureId' limit $9
            """);
        command.Add(id).Add(seen?.Under).Add(year).Add(under)
            .Add(after is null ? (int?)null : int.TryParse(after[0], out var last) ? last : 0).Add(after?[1]).Add(after?[2]).Add(after?[3]);
        return await Lists.Of(
            http, command, limit,
            r => new CountyTargetItem(
                r.GetString(0), r.GetString(1), r.GetInt32(2), r.GetString(3), r.GetString(4), r.Json(5, Wire.Api.Quantity).Answered(), r.GetGuid(6), r.GetInt64(7),
                FormattableString.Invariant($"/v1/registry/projects/{r.GetString(3)}/assignments/{r.GetInt32(2)}")),
            t => [t.Year.ToString(CultureInfo.InvariantCulture), t.Division, t.ProjectId, t.MeasureId], Wire.Api.PageCountyTargetItem);
    }
}

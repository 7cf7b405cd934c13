using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Samples;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A sample in a list.</summary>
/// <param name="Drawer">The division whose client drew it.</param>
/// <param name="Population">How many there were to draw from; <paramref name="Drawn"/> how many were drawn, <paramref name="Examined"/> of them examined.</param>
public sealed record SampleItem(
    string Id, long Version, string State, string Kind, string Division, string Drawer, string? PlanId, string? PeriodFrom, string? PeriodTo, DateTimeOffset DrawnAt,
    int Population, int Drawn, int Examined);

/// <summary>A sample, with all that is needed to draw it again.</summary>
/// <param name="SeedGiven">It came with the request; else it was made when that came.</param>
/// <param name="Algorithm">How it was drawn.</param>
/// <param name="Population">In the order of their bytes.</param>
/// <param name="Sha256">Of the population, one id a line, each line ended by a line feed.</param>
/// <param name="Drawn">In the order of the lot.</param>
public sealed record SamplePage(
    string Id, long Version, string State, string Kind, string Division, string Drawer, string? PlanId, string? PeriodFrom, string? PeriodTo, DateTimeOffset DrawnAt,
    int? Count, decimal? Share, string Seed, bool SeedGiven, string Algorithm, IReadOnlyList<string> Population, string Sha256, IReadOnlyList<DrawnItem> Drawn);

public static class SampleViews
{
    private const string Algorithm =
        "Put the ids in the order of the SHA-256 (lower-case hex) of the UTF-8 bytes of 'seed|id'; the first are drawn.";

    private const string Columns = "id, version, state, kind, division, drawer, plan_id, period_from, period_to, drawn_at";

    /// <summary>What was drawn from a division is seen by those above it, and by those in it whom it may concern.</summary>
    private const string Seen = "($1::text[] is null or division = any($1) or division = any($2))";

    public static void MapSampleViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/samples").WithTags("samples").RefusingUnknownParameters();
        group.MapGet("", List).Produces<Page<SampleItem>>().WithSummary("Samples drawn by lot");
        group.MapGet("{id}", One).Produces<SamplePage>().WithSummary("One sample: what anyone needs to draw it again, and its results").WithDescription(Moments.Said);
        group.MapGet("{id}/history", async (HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
            await Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "samples", id)
                : await History.Of(http, db, types, Sample.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? kind, string? state, string? planId, string? division, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        var (under, _) = await territory.Asked(division);
        await using var command = db.CreateCommand(
            $"""
            select {Columns}, cardinality(population), jsonb_array_length(drawn), (select count(*)::int from jsonb_array_elements(drawn) d where d ? 'result') from samples
            where {Seen} and ($3::text is null or kind = $3) and ($4::text is null or state = $4) and ($5::text is null or plan_id = $5)
              and ($6::text[] is null or division = any($6)) and ($7::text is null or id > $7) order by id limit $8
            """);
        command.Add(seen?.Under).Add(seen?.Path).Add(kind).Add(state).Add(planId).Add(under).Add(after?[0]);
        return await Lists.Of(
            http, command, limit,
            r => new SampleItem(
                r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.Text(6), r.Text(7), r.Text(8), r.Time(9)!.Value,
                r.GetInt32(10), r.GetInt32(11), r.GetInt32(12)),
            s => [s.Id], Wire.Api.PageSampleItem);
    }

    private static async Task<IResult> One(HttpContext http, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Samples, Sample.Stream(id));
        var sample = await Find(http, past.Command, territory, id);
        return sample is null ? await Lists.Absent(http, past.Command, "samples", id) : Lists.Resource(http, sample, sample.Version, Wire.Api.SamplePage);
    }

    private static async Task<SamplePage?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {Columns}, count, share, seed, seed_given, population, sha256, drawn from samples where {Seen} and id = $3");
        return (await command.Add(seen?.Under).Add(seen?.Path).Add(id).List(
            r => new SamplePage(
                r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.Text(6), r.Text(7), r.Text(8), r.Time(9)!.Value,
                r.IsDBNull(10) ? null : r.GetInt32(10), r.IsDBNull(11) ? null : r.GetDecimal(11), r.GetString(12), r.GetBoolean(13), Algorithm,
                r.GetFieldValue<string[]>(14), r.GetString(15), r.Json(16, RowDetailJson.Default.IReadOnlyListDrawnItem)!),
            http.RequestAborted)).SingleOrDefault();
    }
}

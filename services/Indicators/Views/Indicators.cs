using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Indicators.Definitions;
using Restoration.Indicators.Observations;
using Restoration.ServiceDefaults;

namespace Restoration.Indicators.Views;

/// <summary>An indicator with its latest definition; definitions are readable by every client.</summary>
public sealed record IndicatorPage(string Id, long Version, string Division, IndicatorDefinition Definition);

/// <summary>A value that was submitted.</summary>
/// <param name="Accepted">What stands as accepted; absent before the first acceptance.</param>
public sealed record ObservationItem(
    string Id, long Version, string State, string IndicatorId, string PlanId, string Division, string Period, int Revision, Quantity Value, Quantity? Accepted,
    decimal? Numerator, decimal? Denominator, string? Method, string? Reason, string? Note, string? ReturnedFor);

public static class IndicatorViews
{
    internal const string Columns = "id, version, division, definition";

    private const string ObservationColumns =
        "id, version, state, indicator_id, plan_id, division, period, revision, value, accepted, detail";

    private const string Seen = "($1::text[] is null or division = any($1))";

    public static void MapIndicatorViews(this IEndpointRouteBuilder routes)
    {
        var indicators = routes.MapGroup("/v1/indicators/indicators").WithTags("indicators").RefusingUnknownParameters();
        indicators.MapGet("", List).Produces<Page<IndicatorPage>>().WithSummary("Indicators, in the order of their plans");
        indicators.MapGet("{id}", One).Produces<IndicatorPage>().WithSummary("One indicator").WithDescription(Moments.Said);
        indicators.MapGet("{id}/history", (HttpContext http, NpgsqlDataSource db, EventTypes types, string id, string? cursor, int? limit) =>
            History.Of(http, db, types, Definitions.Indicator.Stream(id), cursor, limit)).Produces<HistoryPage>().WithSummary("Its definitions, oldest first");
        var observations = routes.MapGroup("/v1/indicators/observations").WithTags("observations").RefusingUnknownParameters();
        observations.MapGet("", Observations).Produces<Page<ObservationItem>>().WithSummary("Values of the client's division and below");
        observations.MapGet("{id}", Observation).Produces<ObservationItem>().WithSummary("One value").WithDescription(Moments.Said);
        observations.MapGet("{id}/history", OfObservation).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    internal static IndicatorPage Page(NpgsqlDataReader r) =>
        new(r.GetString(0), r.GetInt64(1), r.GetString(2), r.Json(3, StoredJson.Default.IndicatorDefinition)!);

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, string? planId, string? concept, string? method, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 3, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        await using var command = db.CreateCommand(
            $"""
            select {Columns} from indicators
            where ($1::text is null or plan_id = $1) and ($2::text is null or concept = $2) and ($3::text is null or method = $3)
              and ($4::text is null or (plan_id, coalesce(number, 1000), id) > ($4, $5, $6))
            order by plan_id, coalesce(number, 1000), id limit $7
            """);
        command.Add(planId).Add(concept).Add(method).Add(after?[0]).Add(after is null ? 0 : int.TryParse(after[1], out var number) ? number : 0).Add(after?[2]);
        return await Lists.Of(
            http, command, limit, Page,
            i => [i.Definition.PlanId, (i.Definition.Number ?? 1000).ToString(System.Globalization.CultureInfo.InvariantCulture), i.Id], Wire.Api.PageIndicatorPage);
    }

    private static async Task<IResult> One(HttpContext http, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf, All.Indicators, Definitions.Indicator.Stream(id));
        await using var command = past.Command($"select {Columns} from indicators where id = $1");
        var item = (await command.Add(id).List(Page, http.RequestAborted)).SingleOrDefault();
        return Lists.Resource(http, item, item?.Version ?? 0, Wire.Api.IndicatorPage);
    }

    private static async Task<IResult> Observations(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? indicatorId, string? planId, string? state, string? division, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var seen = await territory.Seen(http.Client());
        await using var command = db.CreateCommand(
            $"""
            select {ObservationColumns} from observations
            where {Seen} and ($2::text is null or indicator_id = $2) and ($3::text is null or plan_id = $3) and ($4::text is null or state = $4)
              and ($5::text is null or division = $5) and ($6::text is null or id > $6)
            order by id limit $7
            """);
        command.Add(seen?.Under).Add(indicatorId).Add(planId).Add(state).Add(division).Add(after?[0]);
        return await Lists.Of(http, command, limit, Item, o => [o.Id], Wire.Api.PageObservationItem);
    }

    private static async Task<IResult> Observation(HttpContext http, NpgsqlDataSource db, Territory territory, string id, Moment? asOf, Moment? recordedAsOf)
    {
        await using var past = await http.At(asOf, recordedAsOf);
        if (!past.When.IsNow)
        {
            await using var find = db.CreateCommand("select indicator_id, extract(year from period_from)::int from observations where id = $1");
            await past.Hold(All.Observations, await find.Add(id).List(r => YearOfValues.Stream(r.GetString(0), r.GetInt32(1)), http.RequestAborted), http.RequestAborted);
        }

        var item = await Find(http, past.Command, territory, id);
        return item is null
            ? await Lists.Absent(http, past.Command, "observations", id) : Lists.Resource(http, item, item.Version, Wire.Api.ObservationItem);
    }

    private static async Task<IResult> OfObservation(
        HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
        await Find(http, db.CreateCommand, territory, id) is { } item && Period.TryParse(item.Period, out var period)
            ? await History.Of(
                http, db, types, YearOfValues.Stream(item.IndicatorId, period.Year), cursor, limit,
                fact => fact is ObservationEvent e and not ProgressContributed && e.Observation.Id == id)
            : await Lists.Absent(http, db.CreateCommand, "observations", id);

    private static async Task<ObservationItem?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {ObservationColumns} from observations where {Seen} and id = $2");
        return (await command.Add(seen?.Under).Add(id).List(Item, http.RequestAborted)).SingleOrDefault();
    }

    private static ObservationItem Item(NpgsqlDataReader r)
    {
        var d = r.Json(10, DetailJson.Default.ObservationDetail)!;
        return new ObservationItem(
            r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetInt32(7),
            r.Json(8, Wire.Api.Quantity), r.IsDBNull(9) ? null : r.Json(9, Wire.Api.Quantity), d.Numerator, d.Denominator,
            d.Method is { } m ? Kebab.Of(m) : null, d.Reason, d.Note, d.ReturnedFor);
    }
}

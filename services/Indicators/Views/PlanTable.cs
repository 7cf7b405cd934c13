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

/// <summary>A row of the plan's table as printed, with what is known now.</summary>
/// <param name="Value">The current value in the indicator's unit; absent where there is none.</param>
/// <param name="Period">The period of the value: of the observation, or of the latest contribution.</param>
/// <param name="Explain">Where the value comes from, event by event.</param>
public sealed record TableRow(
    string IndicatorId, int? Number, string Name, string? Unit, string Binding, string? Category, string Method, Baseline? Baseline,
    IReadOnlyList<Target> Targets, decimal? Value, string? Period, Attainment Attainment, IReadOnlyList<string> Notes, string Explain);

/// <summary>The indicator table of a plan.</summary>
/// <param name="On">The day for which it is judged.</param>
public sealed record PlanTable(string PlanId, string? Name, DateOnly On, IReadOnlyList<TableRow> Rows);

/// <summary>One thing a value was computed from.</summary>
/// <param name="Position">In the log of <paramref name="Service"/>.</param>
public sealed record ValueSource(string Service, long? Position, Guid? EventId, string ResourceId, string Division, string Period, Quantity Value, string Link);

/// <summary>A value and all it was computed from, so that anyone can compute it again.</summary>
/// <param name="Formula">In words: sum of the sources, the latest of them, the baseline and the sum.</param>
/// <param name="Items">Those of divisions that the client sees, by period.</param>
/// <param name="Elsewhere">All others together; absent where there are none.</param>
/// <param name="Next">Cursor of the next page of sources; absent at the end.</param>
public sealed record ValueExplained(
    string IndicatorId, decimal? Value, string? Unit, string? Period, string Formula, IReadOnlyList<ValueSource> Items, SourcesElsewhere? Elsewhere, string? Next);

/// <summary>Sources in divisions that the client does not see: what they add, and not which they are.</summary>
public sealed record SourcesElsewhere(int Count, Quantity Value);

/// <summary>Values of the plan's own division: obtained by each indicator's method.</summary>
public static class TableViews
{
    public static void MapTables(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/indicators").WithTags("indicators").RefusingUnknownParameters();
        group.MapGet("plans/{id}/table", Table).Produces<PlanTable>().WithMetadata(new Tabular()).WithSummary("The plan's indicator table as printed, with current values and attainment")
            .WithDescription("asOf judges as of that day, from periods that ended by then; recordedAsOf: from what was known then. A time, or a day, which means its end in China. goals=true adds the goals that stand in the plan's text.");
        group.MapGet("indicators/{id}/explain", Explain).Produces<ValueExplained>().WithSummary("What the current value was computed from").WithDescription("asOf: of periods that ended by then; recordedAsOf: from what was known then.");
    }

    private static async Task<IResult> Table(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id, Moment? asOf, Moment? recordedAsOf,
        string? minPosition, bool goals = false)
    {
        if (await Freshness.Reach(http, null, minPosition, "registry", "mines") is { } behind)
        {
            return behind;
        }

        await using var past = await Known(http, db, "plan_id", id, recordedAsOf);
        await using var command = past.Command(
            $"""
            select {IndicatorViews.Columns} from indicators where plan_id = $1 and ($2 or printed_in = 'table')
            order by coalesce(number, 1000), id
            """);
        var indicators = await command.Add(id).Add(goals).List(IndicatorViews.Page, http.RequestAborted);
        if (indicators.Count == 0)
        {
            return Problems.Of(Refusal.NotFound("plan.unknown", "No indicators are defined for this plan."));
        }

        if (await Unseen(http, territory, indicators[0].Division) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var on = asOf?.Day ?? clock.Today();
        await using var nameOf = past.Command("select name from copies.plans where id = $1");
        var name = await nameOf.Add(id).ExecuteScalarAsync(http.RequestAborted) as string;
        var rows = new List<TableRow>();
        foreach (var indicator in indicators)
        {
            var d = indicator.Definition;
            var (value, period, _) = ValueOf(d, await Sources(past, territory, indicator, on, http.RequestAborted));
            rows.Add(new TableRow(
                indicator.Id, d.Number, d.Name, d.Unit?.Code, Kebab.Of(d.Binding), d.Category, Kebab.Of(d.Method), d.Baseline, d.Targets, value,
                period?.ToString(), Attainment.Of(d, value, period, on), d.Notes, $"/v1/indicators/indicators/{indicator.Id}/explain"));
        }

        return await Lists.Of(http, new PlanTable(id, name, on, rows), Wire.Api.PlanTable, rows, Wire.Api.TableRow);
    }

    private static async Task<IResult> Explain(
        HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id, Moment? asOf, Moment? recordedAsOf, string? minPosition,
        string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } malformed)
        {
            return Problems.Of(malformed);
        }

        if (await Freshness.Reach(http, null, minPosition, "registry", "mines") is { } behind)
        {
            return behind;
        }

        await using var past = await Known(http, db, "id", id, recordedAsOf);
        await using var command = past.Command($"select {IndicatorViews.Columns} from indicators where id = $1");
        if ((await command.Add(id).List(IndicatorViews.Page, http.RequestAborted)).SingleOrDefault() is not { } indicator)
        {
            return Lists.Resource(http, default(IndicatorPage), 0, Wire.Api.IndicatorPage);
        }

        if (await Unseen(http, territory, indicator.Division) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        var sources = await Sources(past, territory, indicator, asOf?.Day ?? clock.Today(), http.RequestAborted);
        var (value, period, formula) = ValueOf(indicator.Definition, sources);
        var seen = await territory.Seen(http.Client());
        var shown = sources.ToLookup(s => seen is not { } its || its.Under.Contains(s.Source.Division) || its.Path.Contains(s.Source.Division));
        var elsewhere = shown[false].Select(s => s.Source.Value).ToList();
        var (items, next) = Lists.Part(http, shown[true], s => [$"{s.Period.To:O}", s.Source.ResourceId], after, limit);
        return await Lists.Of(
            http,
            new ValueExplained(
                id, value, indicator.Definition.Unit?.Code, period?.ToString(), formula, [.. items.Select(s => s.Source)],
                elsewhere.Count == 0 ? null : new(elsewhere.Count, elsewhere.Aggregate((a, b) => a.Add(b))), next),
            Wire.Api.ValueExplained, [.. items.Select(s => s.Source)], Wire.Api.ValueSource);
    }

    /// <summary>Definitions, values and sites as they were known; which of them count on a day is asked of the rows.</summary>
    private static async Task<Past> Known(HttpContext http, NpgsqlDataSource db, string column, string of, Moment? recordedAsOf)
    {
        var (past, stop) = (await http.At(null, recordedAsOf, [.. All.Views]), http.RequestAborted);
        if (past.When.IsNow)
        {
            return past;
        }

        try
        {
            await using var find = db.CreateCommand($"select id from indicators where {column} = $1");
            var ids = await find.Add(of).List(r => r.GetString(0), stop);
            await using var years = db.CreateCommand(
                """
                select indicator_id, extract(year from period_to)::int from observations where indicator_id = any($1)
                union select indicator_id, year from contributions where indicator_id = any($1)
                """);
            await past.Hold(All.Indicators, ids.Select(Indicator.Stream), stop);
            await past.Hold(All.Observations, await years.Add(ids.ToArray()).List(r => YearOfValues.Stream(r.GetString(0), r.GetInt32(1)), stop), stop);
            await past.Hold(All.Sites, null, stop);
            return past;
        }
        catch
        {
            await past.DisposeAsync();
            throw;
        }
    }

    /// <summary>Definitions are everybody's; values are seen in the plan's division, below it and above it.</summary>
    internal static async ValueTask<Refusal?> Unseen(HttpContext http, Territory territory, string division) =>
        await territory.Seen(http.Client()) is { } seen && !seen.Under.Contains(division) && !seen.Path.Contains(division)
            ? Refusal.Forbidden("division.forbidden", "The plan is of another division.")
            : null;

    /// <summary>Where a value of each method comes from; all of one shape: id, division, period, amount, event and position that caused it.</summary>
    private const string Observed =
        """
        select id, division, period, accepted, null::uuid, null::bigint from observations
        where indicator_id = $1 and period_to <= $2 and division = $3 and accepted is not null order by period_to, id
        """;

    private const string Contributed =
        """
        select figure_id, division, period, value, caused_by, caused_at from contributions
        where indicator_id = $1 and period_to <= $2 and plan_id = $3 order by period_to, figure_id
        """;

    /// <summary>Abandoned sites that counted on the day, accepted since the period of a flow began.</summary>
    private const string Sites =
        """
        select site_id, division, to_char(accepted_on, 'YYYY-MM-DD'), case $1 when 'mine-area' then area else '{"value": 1, "unit": "count"}' end, caused_by, caused_at
        from counted_sites
        where accepted_on <= $2 and (withdrawn_on is null or withdrawn_on > $2) and division = any($3) and kind = 'legacy'
          and ($4::int is null or extract(year from accepted_on) >= $4)
        order by accepted_on, site_id
        """;

    /// <summary>What the value is computed from: periods that ended by the day, sites that counted on it.</summary>
    private static async Task<List<(ValueSource Source, Period Period)>> Sources(
        Past past, Territory territory, IndicatorPage indicator, DateOnly on, CancellationToken stop)
    {
        var d = indicator.Definition;
        var (service, resources, sql) = d.Method switch
        {
            Method.Progress => ("registry", "/v1/registry/progress", Contributed),
            Method.MineCount or Method.MineArea => ("mines", "/v1/mines/sites", Sites),
            _ => ("indicators", "/v1/indicators/observations", Observed),
        };
        await using var command = past.Command(sql);
        _ = service == "mines"
            ? command.Add(Kebab.Of(d.Method)).Add(on).Add((await territory.Tree(indicator.Division)).On(on).Under(indicator.Division).Select(u => u.Id).ToArray()).Add(d.Start)
            : command.Add(indicator.Id).Add(on).Add(service == "registry" ? d.PlanId : indicator.Division);
        return await command.List(
            r =>
            {
                var (resource, text) = (r.GetString(0), r.GetString(2));
                var source = new ValueSource(
                    service, r.IsDBNull(5) ? null : r.GetInt64(5), r.IsDBNull(4) ? null : r.GetGuid(4), resource, r.GetString(1), text,
                    r.Json(3, Wire.Api.Quantity), $"{resources}/{resource}");
                return (source, Period.TryParse(text, out var period) ? period : default);
            },
            stop);
    }

    private static (decimal? Value, Period? Period, string Formula) ValueOf(IndicatorDefinition d, List<(ValueSource Source, Period Period)> sources)
    {
        if (sources.Count == 0 || d.Unit is not { } unit)
        {
            return (null, null, d.Method is Method.Reported or Method.Progress ? "no value yet" : $"fed by {Kebab.Of(d.Method)}; no fact has come yet");
        }

        var (last, period) = sources[^1];
        if (d.Method is not (Method.Progress or Method.MineCount or Method.MineArea))
        {
            return (last.Value.In(unit), period, "the latest accepted observation of the plan's division");
        }

        var all = d.Method == Method.Progress ? "verified figures" : "accepted sites";
        var sum = sources.Sum(s => s.Source.Value.Canonical) / unit.Factor;
        return d.Kind == IndicatorKind.Level
            ? (decimal.Round((d.Baseline?.Value ?? 0) + sum, 4, MidpointRounding.ToEven), period, $"the baseline, and the sum of the {all}")
            : (decimal.Round(sum, 4, MidpointRounding.ToEven), period, $"the sum of the {all}");
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Schedules;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>All projects of a division together.</summary>
/// <param name="Projects">Those that lie in it or touch it; their estimates are of the whole projects. Of those that were rejected or terminated only what was done counts.</param>
/// <param name="Share">The mean of its projects' shares, each the mean of its measures', each of those counted up to 1.</param>
/// <param name="Counties">How many counties and function zones have something reported, of those that are known: a sum over a province says what it rests on.</param>
/// <param name="Parts">By programme, key work, kind, lead unit, county and year.</param>
/// <param name="Explain">The events it adds up.</param>
public sealed record RegistryOverview(
    string? Division, long Projects, IReadOnlyList<Tally> States, Money Estimate, long ProjectsWithoutEstimate, Money InvestmentCompleted,
    IReadOnlyList<RollUpAmount> Amounts, decimal? Share, string? ScheduleState, IReadOnlyList<Tally> ScheduleStates, Coverage Counties, IReadOnlyList<RollUpPart> Parts, string Explain);

public static class OverviewViews
{
    public static void MapOverview(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/overview").WithTags("overview").RefusingUnknownParameters();
        group.MapGet("", Overview).Produces<RegistryOverview>().WithSummary("Projects, progress and investment of a division")
            .WithDescription("The client's own division where none is named. Follows the log; X-View-Position says how far, minPosition waits. "
                + "Shares of counties rest on what was assigned to them and on measures that are theirs alone; coverage says on how many. " + Moments.Said);
        group.MapGet("parts", Parts).Produces<Page<RollUpLine>>().WithSummary("The same by programme, key work, kind, lead unit, county or year")
            .WithDescription("A line for each part and dimension. " + Moments.Said);
        group.MapGet("explain", Explain).Produces<Page<SummarySource>>().WithSummary("The events an overview adds up")
            .WithDescription("planId, programmeId, keyWorkId, kind, leadUnit (none: of projects without one), county and year narrow to a part. " + Moments.Said);
    }

    private static async Task<IResult> Overview(HttpContext http, Territory territory, RollUpMemo memo, string? division, Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        if (await Freshness.Reach(http, ProgressTotals.Name, minPosition, "mines", "funding") is { } behind)
        {
            return behind;
        }

        return Results.Json(await Of(http, territory, memo, division, asOf, recordedAsOf), Wire.Api.RegistryOverview);
    }

    private static async Task<IResult> Parts(
        HttpContext http, Territory territory, RollUpMemo memo, string? by, string? division, string? cursor, int? limit, Moment? asOf, Moment? recordedAsOf, string? minPosition)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, ProgressTotals.Name, minPosition, "mines", "funding") is { } behind)
        {
            return behind;
        }

        return await Answer(http, (await Of(http, territory, memo, division, asOf, recordedAsOf)).Parts, by, after, limit);
    }

    /// <summary>Parts as a list; by one way, or by all.</summary>
    internal static async Task<IResult> Answer(HttpContext http, IReadOnlyList<RollUpPart> parts, string? by, string[]? after, int? limit)
    {
        if (by is not null && !RollUps.Names.Contains(by))
        {
            return Problems.Of(Refusal.Malformed("parameter.malformed", $"by is one of {string.Join(", ", RollUps.Names)}.", new Fault("?by", "There is no such way.")));
        }

        var lines = parts.Where(p => by is null || p.By == by).SelectMany(RollUpLine.Of);
        var (items, next) = Lists.Part(http, lines, l => [$"{RollUps.Names.ToList().IndexOf(l.By)} {l.PlanId} {l.Id} {l.Dimension}"], after, limit);
        return await Lists.Of(http, new Page<RollUpLine>(items, next), Wire.Api.PageRollUpLine, items, Wire.Api.RollUpLine);
    }

    /// <summary>The tree of divisions is that of the day asked about.</summary>
    private static async Task<RollUpScope> Scope(HttpContext http, Territory territory, string? division, Moment? asOf, Moment? recordedAsOf)
    {
        var seen = await territory.Seen(http.Client());
        var (_, path) = await territory.Asked(division);
        return new RollUpScope(seen?.Under, seen?.Path, (await Trees.Of(http, territory, division, asOf, recordedAsOf)).Below(division), path, null, null);
    }

    private static async Task<RegistryOverview> Of(HttpContext http, Territory territory, RollUpMemo memo, string? division, Moment? asOf, Moment? recordedAsOf)
    {
        var scope = await Scope(http, territory, division, asOf, recordedAsOf);
        var (sums, projects, places, counties, names) = asOf is null && recordedAsOf is null ? await memo.Of(scope, Read, http.RequestAborted) : await Read();
        var counting = projects.Where(p => !p.Dropped).ToList();
        List<Standing> standings = [.. counting.Select(p => p.Standing).OfType<Standing>()];
        var tree = await territory.Tree();
        var parts = RollUps.Parts(
            sums, projects, places, counties,
            (by, plan, id) => by == "county" ? tree.Find(id)?.Name : names.GetValueOrDefault((by, plan, id)),
            (by, plan, id) => Link(http, division, by, plan, id)).ToList();
        var total = sums.Where(s => s.By == "").ToList();
        return new RegistryOverview(
            division, projects.Count, [.. projects.GroupBy(p => p.State).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new Tally(g.Key, g.LongCount()))],
            Money.Of(counting.Sum(p => p.Estimate ?? 0)), counting.Count(p => p.Estimate is null), RollUps.Invested(total), RollUps.AmountsOf(total),
            RollUps.Mean([.. counting.Select(p => p.Share).OfType<decimal>()]), ScheduleViews.Of(standings), ScheduleViews.Tallies(standings),
            new Coverage(sums.Where(s => s.By == "county" && s.Reported != 0).DistinctBy(s => s.Id).LongCount(), tree.Nodes.Count(n => n.Level is "county" or "function-zone" && n.ReplacedBy is null && (scope.Under is null || scope.Under.Contains(n.Id)))),
            parts, Link(http, division, "", null, ""));

        async Task<RollUpRows> Read()
        {
            await using var past = await http.At(asOf, recordedAsOf, All.Plans, All.Projects, All.Schedules, ProgressTotals.View);
            await Hold(past, scope, http.RequestAborted);
            return new(
                await RollUps.Sums(past.Command, scope, http.RequestAborted), await RollUps.Projects(past.Command, scope, http.RequestAborted),
                await RollUps.Places(past.Command, scope, http.RequestAborted), await RollUps.Counties(past.Command, scope, http.RequestAborted),
                await Names(past, http.RequestAborted));
        }
    }

    /// <summary>Names of programmes and key works.</summary>
    internal static async Task<Dictionary<(string By, string? Plan, string Id), string>> Names(Past past, CancellationToken stop)
    {
        await using var command = past.Command(
            """
            select case k.k when 'programmes' then 'programme' else 'key-work' end, p.id, e->>'id', e->>'name'
            from plans p cross join unnest(array['programmes', 'keyWorks']) k(k) cross join lateral jsonb_array_elements(p.definition->k.k) e
            """);
        return (await command.List(r => (Key: (r.GetString(0), (string?)r.GetString(1), r.GetString(2)), Name: r.GetString(3)), stop)).ToDictionary(n => n.Key, n => n.Name);
    }

    /// <summary>Of a past: all plans and projects, and the progress of those that are asked for.</summary>
    private static async Task Hold(Past past, RollUpScope scope, CancellationToken stop)
    {
        if (past.When.IsNow)
        {
            return;
        }

        await past.Hold(All.Plans, null, stop);
        await past.Hold(All.Projects, null, stop);
        await past.Hold(All.Schedules, null, stop);
        await using var chosen = scope.Add(past.Command($"{RollUpScope.Chosen} select id, measure_ids from chosen where $7::int is null or true"));
        var projects = await chosen.List(r => (Id: r.GetString(0), Measures: r.GetFieldValue<string[]>(1)), stop);
        await past.Hold(ProgressTotals.View, ProgressTotals.StreamsOf(projects.Select(p => p.Id), projects.SelectMany(p => p.Measures)), ProgressTotals.Ended, stop);
    }

    private static async Task<List<string>> Measures(Past past, RollUpScope scope, CancellationToken stop, string and = "", params string?[] more)
    {
        await using var command = scope.Add(past.Command($"{RollUpScope.Chosen} select unnest(measure_ids) from chosen where ($7::int is null or true) {and}"));
        foreach (var value in more)
        {
            command.Add(value);
        }

        return await command.List(r => r.GetString(0), stop);
    }

    /// <summary>Of a part of a plan's summary.</summary>
    internal static string Link(HttpContext http, int? year, string planId, string by, string id) => http.Explained(
        "/v1/registry/overview/explain", ("division", http.Request.Query["division"].FirstOrDefault()), ("planId", planId), (Parameter(by), Value(by, id)),
        ("year", by == "year" ? null : year?.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    private static string Link(HttpContext http, string? division, string by, string? plan, string id) => http.Explained(
        "/v1/registry/overview/explain", ("division", division), ("planId", plan), (Parameter(by), Value(by, id)));

    /// <summary>An empty parameter would be none: what has no lead unit is asked for by a word.</summary>
    private static string? Value(string by, string id) => by == "" ? null : by == "lead-unit" && id == "" ? NoUnit : id;

    private const string NoUnit = "none";

    private static string Parameter(string by) => by switch
    {
        "programme" => "programmeId",
        "key-work" => "keyWorkId",
        "lead-unit" => "leadUnit",
        _ => by,
    };

    private static async Task<IResult> Explain(
        HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string? division, string? planId, string? programmeId, string? keyWorkId, string? kind,
        string? leadUnit, string? county, int? year, string? cursor, int? limit, string? minPosition, Moment? asOf, Moment? recordedAsOf)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, ProgressTotals.Name, minPosition, "mines", "funding") is { } behind)
        {
            return behind;
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Plans, All.Projects, All.Schedules, ProgressTotals.View);
        var scope = await Scope(http, territory, division, asOf, recordedAsOf) with { PlanId = planId };
        await Hold(past, scope, http.RequestAborted);
        var measures = await Measures(
            past, scope, http.RequestAborted,
            "and ($8::text is null or programme_id = $8) and ($9::text is null or key_work_id = $9) and ($10::text is null or kind = $10) and ($11::text is null or coalesce(lead_unit, 'none') = $11)",
            programmeId, keyWorkId, kind, leadUnit);
        var under = county is null ? scope.Under : scope.Under?.Contains(county) != false ? [county] : [];
        var most = Lists.Most(http, limit);
        var lines = await SummaryExplains.Lines(past, measures, under, year, money: true, after, most + 1, http.RequestAborted);
        var next = Lists.Next(http, lines, most, l => [l.Figure, l.Kind]);
        var items = await SummaryExplains.Sources(db, types, lines, http.RequestAborted);
        return await Lists.Of(http, new Page<SummarySource>(items, next), Wire.Api.PageSummarySource, items, Wire.Api.SummarySource);
    }
}

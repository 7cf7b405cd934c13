using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>One amount in a summary, and the event that said it.</summary>
/// <param name="Kind"><c>reported</c>, <c>verified</c> or <c>investment</c>.</param>
/// <param name="Quantity">As the event said it, so that the sum is exact; absent for an investment.</param>
/// <param name="Stream">With <paramref name="Version"/> the event, at <paramref name="Position"/> in the log; <paramref name="Fact"/> is where it can be read.</param>
public sealed record SummarySource(
    string Kind, string FigureId, string MeasureId, string Division, Quantity? Quantity, Money? Investment, string Stream, long? Version, long? Position, Guid? EventId,
    string Fact);

/// <summary>What figures in divisions that the client does not see add to a measure, and not which they are.</summary>
/// <param name="Quantity">Exact, areas in mu; absent for an investment.</param>
public sealed record SummaryElsewhere(string Kind, string MeasureId, long Count, Quantity? Quantity, Money? Investment);

/// <summary>The amounts a summary adds up: by kind and measure, items and those elsewhere together are its numbers.</summary>
public sealed record SummaryExplained(string PlanId, IReadOnlyList<SummarySource> Items, IReadOnlyList<SummaryElsewhere> Elsewhere, string? Next);

public static class SummaryExplains
{
    /// <summary>Amounts of some measures ($1), in divisions ($2) and a year ($3) where those are given; in canonical units and yuan.</summary>
    private const string Lines =
        """
        with lines as (
            select 'reported' kind, id figure, measure_id, division, year, reported_version as version, reported amount from figure_totals where reported is not null
            union all select 'verified', id, measure_id, division, year, verified_version, verified from figure_totals where verified is not null
            union all select 'investment', measure_id || '.' || division || '.' || period, measure_id, division, year, version, yuan from investments where not $4
        ), asked as (
            select * from lines where measure_id = any($1) and ($2::text[] is null or division = any($2)) and ($3::int is null or year = $3)
        )
        """;

    public static void MapSummaryExplains(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/plans/{id}").WithTags("plans").RefusingUnknownParameters()
        .MapGet("summary/explain", Of).Produces<SummaryExplained>().WithSummary("The events a summary adds up")
        .WithDescription("programmeId, projectId and measureId narrow to one; the rest as plans/{id}/summary. What lies in divisions that the client does not see is added up.");

    /// <summary>Of the plan or a part of it, narrowed as the summary is.</summary>
    internal static string Link(HttpContext http, string planId, string part = "", string? id = null) => http.Explained(
        $"/v1/registry/plans/{planId}/summary/explain", (part, id), ("division", http.Request.Query["division"].FirstOrDefault()), ("year", http.Request.Query["year"].FirstOrDefault()));

    private static async Task<IResult> Of(
        HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? programmeId, string? projectId, string? measureId, string? division,
        int? year, string? cursor, int? limit, string? minPosition, Moment? asOf, Moment? recordedAsOf)
    {
        if (Lists.Begin(http, cursor, limit, keys: 2, out var after) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, ProgressTotals.Name, minPosition, "mines") is { } behind)
        {
            return behind;
        }

        await using var past = await http.At(asOf, recordedAsOf, All.Plans, All.Projects, ProgressTotals.View);
        await past.Hold(All.Plans, [Plan.Stream(id)], http.RequestAborted);
        if (await PlanViews.Find(http, past.Command, territory, id) is null)
        {
            return await Lists.Absent(http, past.Command, "plans", id);
        }

        var measures = (await PlanViews.Projects(http, db, past, id))
            .Where(p => (programmeId is null || p.ProgrammeId == programmeId) && (projectId is null || p.Id == projectId))
            .SelectMany(p => p.Definition.Measures).Where(m => m.Quantity is not null && (measureId is null || m.Id == measureId)).ToDictionary(m => m.Id, m => m.Quantity!.Value.Unit);
        await past.Hold(ProgressTotals.View, measures.Keys.Select(MeasureProgress.Stream), ProgressTotals.Ended, http.RequestAborted);
        var (under, _) = await territory.Asked(division);
        var seen = (await territory.Seen(http.Client()))?.Under;

        var most = Lists.Most(http, limit);
        await using var shown = past.Command(
            $"""
            {Lines} select kind, figure, measure_id, division, version from asked
            where ($5::text[] is null or division = any($5)) and ($6::text is null or (figure, kind) > ($6, $7)) order by figure, kind limit $8
            """);
        shown.Add(measures.Keys.ToArray()).Add(under).Add(year).Add(measureId is not null).Add(seen).Add(after?[0]).Add(after?[1]).Add(most + 1);
        var lines = await shown.List(
            r => (Kind: r.GetString(0), Figure: r.GetString(1), Measure: r.GetString(2), Division: r.GetString(3), Version: r.IsDBNull(4) ? (long?)null : r.GetInt64(4)),
            http.RequestAborted);
        var next = Lists.Next(http, lines, most, l => [l.Figure, l.Kind]);
        await using var others = past.Command($"{Lines} select kind, measure_id, count(*), sum(amount) from asked where division <> all($5) group by kind, measure_id order by measure_id, kind");
        var elsewhere = seen is null ? [] : await others.Add(measures.Keys.ToArray()).Add(under).Add(year).Add(measureId is not null).Add(seen).List(
            r => Elsewhere(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetDecimal(3), measures[r.GetString(1)]), http.RequestAborted);

        var facts = await Facts(db, types, lines.Select(l => (MeasureProgress.Stream(l.Measure), l.Version ?? 0)), http.RequestAborted);
        var items = lines.ConvertAll(l =>
        {
            var (stream, fact) = (MeasureProgress.Stream(l.Measure), facts.GetValueOrDefault((MeasureProgress.Stream(l.Measure), l.Version ?? 0)));
            var (quantity, money) = Said(l.Kind, fact?.Fact);
            return new SummarySource(
                l.Kind, l.Figure, l.Measure, l.Division, quantity, money, stream, l.Version, fact?.Position, fact?.Id,
                $"/v1/registry/progress/{l.Figure}/history{(l.Version is { } v ? $"?cursor={v - 1}&limit=1" : "")}");
        });
        return await Lists.Of(http, new SummaryExplained(id, items, elsewhere, next), Wire.Api.SummaryExplained, items, Wire.Api.SummarySource);
    }

    private static SummaryElsewhere Elsewhere(string kind, string measure, long count, decimal amount, Domain.Unit unit) => kind == "investment"
        ? new(kind, measure, count, null, Money.Of(amount))
        : new(kind, measure, count, Quantity.FromCanonical(amount, unit.Dimension == Dimension.Area ? Domain.Unit.Mu : unit, decimals: 28), null);

    private static (Quantity?, Money?) Said(string kind, Event? fact) => (kind, fact) switch
    {
        ("investment", ProgressReported e) => (null, e.InvestmentCompleted),
        (_, ProgressReported e) => (e.Total, null),
        (_, ProgressCorrected e) => (e.Total, null),
        (_, ProgressRederived e) => (e.Total, null),
        (_, ProgressVerified e) => (e.Total, null),
        (_, SiteCounted e) => (e.Total, null),
        _ => (null, null),
    };

    private static async Task<Dictionary<(string, long), StoredEvent>> Facts(
        NpgsqlDataSource db, EventTypes types, IEnumerable<(string Stream, long Version)> named, CancellationToken stop)
    {
        var all = named.Distinct().ToList();
        await using var command = db.CreateCommand(
            $"select {StoredEvents.Columns} from events.mt_events join unnest($1, $2) named(stream, number) on stream_id = stream and version = number");
        command.Add(all.Select(a => a.Stream).ToArray()).Add(all.Select(a => a.Version).ToArray());
        return (await StoredEvents.Read(command, types, stop)).ToDictionary(e => (e.Stream, e.Version));
    }
}

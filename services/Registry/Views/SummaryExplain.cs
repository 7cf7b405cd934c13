using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Assignments;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>One amount in a summary, and the event that said it.</summary>
/// <param name="Kind"><c>assigned</c> (the figure's period is the year then), <c>reported</c>, <c>checked</c>, <c>verified</c> or <c>investment</c>.</param>
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
    private static readonly string[] s_levels = ["reported", "checked", "verified"];

    /// <summary>Amounts of some measures ($1), in divisions ($2) and a year ($3) where those are given; in canonical units and yuan.</summary>
    private static readonly string s_asked = string.Join(" union all ", Kinds("", ""));

    /// <summary>The amounts of each kind apart, so that each is found by its own key.</summary>
    /// <param name="and">A further condition, of <c>f.id</c>; <paramref name="tail"/> ends each.</param>
    private static IEnumerable<string> Kinds(string and, string tail) =>
    [
        .. s_levels.Select(kind =>
            $"""
            (select '{kind}' kind, f.id figure, f.measure_id, f.division, f.{kind}_version as version, f.{kind} amount from figure_totals f
            where f.{kind} is not null and f.measure_id = any($1) and ($2::text[] is null or f.division = any($2)) and ($3::int is null or f.year = $3) {and} {tail})
            """),
        $"""
        (select 'assigned', f.id, f.measure_id, f.division, f.version, f.assigned from (select a.*, a.measure_id || '.' || a.division || '.' || a.year id from assigned_totals a) f
        where f.measure_id = any($1) and ($2::text[] is null or f.division = any($2)) and ($3::int is null or f.year = $3) {and} {tail})
        """,
        $"""
        (select 'investment', f.id, f.measure_id, f.division, f.version, f.yuan from (select i.*, i.measure_id || '.' || i.division || '.' || i.period id from investments i) f
        where $4 and f.measure_id = any($1) and ($2::text[] is null or f.division = any($2)) and ($3::int is null or f.year = $3) {and} {tail})
        """,
    ];

    /// <summary>An amount, and the version of the fact that said it.</summary>
    internal sealed record Line(string Kind, string Figure, string Measure, string Division, long? Version);

    /// <param name="money">With investments, which are said of a project by whichever measure's report.</param>
    internal static async Task<List<Line>> Lines(
        Past past, IReadOnlyCollection<string> measures, string[]? divisions, int? year, bool money, string[]? after, int most, CancellationToken stop)
    {
        var kinds = Kinds("and ($5::text is null or f.id >= $5)", $"order by 2 limit {(long)most + 1}");
        await using var command = past.Command(
            $"select * from ({string.Join(" union all ", kinds)}) l where $5::text is null or (figure, kind) > ($5, $6) order by figure, kind limit $7");
        command.Add(measures.ToArray()).Add(divisions).Add(year).Add(money).Add(after?[0]).Add(after?[1]).Add(most);
        return await command.List(r => new Line(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetInt64(4)), stop);
    }

    internal static async Task<List<SummarySource>> Sources(NpgsqlDataSource db, EventTypes types, List<Line> lines, CancellationToken stop)
    {
        await using var owners = db.CreateCommand("select measure_id, project_id from assigned_totals where measure_id = any($1) group by 1, 2");
        var projects = (await owners.Add(lines.Where(l => l.Kind == "assigned").Select(l => l.Measure).Distinct().ToArray()).List(r => (r.GetString(0), r.GetString(1)), stop)).ToDictionary(o => o.Item1, o => o.Item2);
        string StreamOf(Line l) => l.Kind == "assigned" ? ProjectAssignments.Stream(projects.GetValueOrDefault(l.Measure, "")) : MeasureProgress.Stream(l.Measure);
        var facts = await Facts(db, types, lines.Select(l => (StreamOf(l), l.Version ?? 0)), stop);
        return lines.ConvertAll(l =>
        {
            var fact = facts.GetValueOrDefault((StreamOf(l), l.Version ?? 0));
            var (quantity, money) = Said(l, fact?.Fact);
            var of = l.Kind == "assigned" ? $"projects/{projects.GetValueOrDefault(l.Measure)}/assignments/{l.Figure.Split('.')[^1]}" : $"progress/{l.Figure}";
            return new SummarySource(
                l.Kind, l.Figure, l.Measure, l.Division, quantity, money, StreamOf(l), l.Version, fact?.Position, fact?.Id,
                $"/v1/registry/{of}/history{(l.Version is { } v ? $"?cursor={v - 1}&limit=1" : "")}");
        });
    }

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

        var under = (await Trees.Of(http, territory, division, asOf, recordedAsOf)).Below(division);
        await using var past = await http.At(asOf, recordedAsOf, All.Plans, All.Projects, ProgressTotals.View);
        await past.Hold(All.Plans, [Plan.Stream(id)], http.RequestAborted);
        if (await PlanViews.Find(http, past.Command, territory, id) is null)
        {
            return await Lists.Absent(http, past.Command, "plans", id);
        }

        var projects = (await PlanViews.Projects(http, db, past, id))
            .Where(p => (programmeId is null || p.ProgrammeId == programmeId) && (projectId is null || p.Id == projectId)).ToList();
        var measures = projects.SelectMany(p => p.Definition.Measures).Where(m => m.Quantity is not null && (measureId is null || m.Id == measureId)).ToDictionary(m => m.Id, m => m.Quantity!.Value.Unit);
        await past.Hold(ProgressTotals.View, ProgressTotals.StreamsOf(projects.Select(p => p.Id), measures.Keys), ProgressTotals.Ended, http.RequestAborted);
        var seen = (await territory.Seen(http.Client()))?.Under;

        var most = Lists.Most(http, limit);
        var both = seen is null ? under : under is null ? seen : [.. under.Intersect(seen)];
        var lines = await Lines(past, measures.Keys, both, year, measureId is null, after, most + 1, http.RequestAborted);
        var next = Lists.Next(http, lines, most, l => [l.Figure, l.Kind]);
        await using var others = past.Command($"select kind, measure_id, count(*), sum(amount) from ({s_asked}) asked where division <> all($5) group by kind, measure_id order by measure_id, kind");
        var elsewhere = seen is null ? [] : await others.Add(measures.Keys.ToArray()).Add(under).Add(year).Add(measureId is null).Add(seen).List(
            r => Elsewhere(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetDecimal(3), measures[r.GetString(1)]), http.RequestAborted);
        var items = await Sources(db, types, lines, http.RequestAborted);
        return await Lists.Of(http, new SummaryExplained(id, items, elsewhere, next), Wire.Api.SummaryExplained, items, Wire.Api.SummarySource);
    }

    private static SummaryElsewhere Elsewhere(string kind, string measure, long count, decimal amount, Domain.Unit unit) => kind == "investment"
        ? new(kind, measure, count, null, Money.Of(amount))
        : new(kind, measure, count, Quantity.FromCanonical(amount, unit.Dimension == Dimension.Area ? Domain.Unit.Mu : unit, decimals: 28), null);

    private static (Quantity?, Money?) Said(Line line, Event? fact) => (line.Kind, fact) switch
    {
        ("investment", ProgressReported e) => (null, e.InvestmentCompleted),
        (_, YearlyAssignmentMade e) => (e.Measures.First(m => m.MeasureId == line.Measure).Counties.First(c => c.Division == line.Division).Quantity, null),
        (_, ProgressReported e) => (e.Total, null),
        (_, ProgressCorrected e) => (e.Total, null),
        (_, ProgressRederived e) => (e.Total, null),
        (_, ProgressChecked e) => (e.Total, null),
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

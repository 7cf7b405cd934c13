using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Progress;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Views;

/// <summary>A figure: what a division did of a measure in a period.</summary>
/// <param name="Reported">The figure; areas in hectares unless <c>?unit=</c> asks otherwise.</param>
/// <param name="Verified">What stands as verified; absent before the first verification.</param>
/// <param name="InvestmentCompleted">完成投资, where a report of this figure carried it.</param>
/// <param name="Outlier">More than three times the median of the earlier figures.</param>
/// <param name="OverTarget">The measure was reported beyond 110 % of its target, with a reason.</param>
/// <param name="Late">Some of it was reported after the days there are for it, or corrected after an assessment had frozen its period.</param>
/// <param name="SampleId">The sample in which it was examined last, as it stands now.</param>
public sealed record FigureItem(
    string Id, long Version, string State, string MeasureId, string ProjectId, string PlanId, string ProgrammeId, string Division, string Period,
    Quantity Reported, Quantity? Verified, string? IndicatorId, IReadOnlyList<ReportItem> Reports, IReadOnlyList<Evidence> Evidence,
    Money? InvestmentCompleted, bool Outlier, bool OverTarget, bool Late, string? SampleId, string? Reason);

/// <summary>A report that stands in a figure, with its sender's own identity.</summary>
public sealed record ReportItem(Sender? Sender, Quantity Quantity, ReportMode Mode);

public static class FigureViews
{
    private const string Columns =
        "id, version, state, measure_id, project_id, plan_id, programme_id, division, period, reported, verified, figure";

    private const string Seen = "($1::text[] is null or division = any($1))";

    public static void MapFigureViews(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry").WithTags("progress").RefusingUnknownParameters();
        group.MapGet("progress", List).Produces<Page<FigureItem>>().WithSummary("Figures of the client's division and below");
        group.MapGet("projects/{id}/progress", OfProject).Produces<Page<FigureItem>>().WithSummary("Figures of a project");
        group.MapGet("progress/{id}", One).Produces<FigureItem>().WithSummary("One figure").WithDescription(Moments.Said);
        group.MapGet("progress/{id}/history", OfFigure).Produces<HistoryPage>().WithSummary("Its facts, oldest first");
    }

    private static async Task<IResult> OfProject(
        HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? state, string? division, string? unit, string? cursor, int? limit,
        string? minPosition) =>
        await ProjectViews.Find(http, db.CreateCommand, territory, id) is null ? await Lists.Absent(http, db.CreateCommand, "projects", id)
            : await List(http, db, territory, id, null, state, division, unit, cursor, limit, minPosition);

    private static async Task<IResult> List(
        HttpContext http, NpgsqlDataSource db, Territory territory, string? projectId, string? measureId, string? state, string? division,
        string? unit, string? cursor, int? limit, string? minPosition)
    {
        string[]? after = null;
        if ((Unit(unit, out var asked) ?? Lists.Begin(http, cursor, limit, keys: 1, out after)) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, null, minPosition, "mines") is { } behind)
        {
            return behind;
        }

        var seen = await territory.Seen(http.Client());
        var (under, _) = await territory.Asked(division);
        await using var command = db.CreateCommand(
            $"""
            select {Columns} from figures
            where {Seen} and ($2::text is null or project_id = $2) and ($3::text is null or measure_id = $3) and ($4::text is null or state = $4)
              and ($5::text[] is null or division = any($5)) and ($6::text is null or id > $6)
            order by id limit $7
            """);
        command.Add(seen?.Under).Add(projectId).Add(measureId).Add(state).Add(under)
            .Add(after?[0]);
        return await Lists.Of(http, command, limit, r => Item(r, asked), f => [f.Id], Wire.Api.PageFigureItem);
    }

    private static async Task<IResult> One(HttpContext http, NpgsqlDataSource db, Territory territory, string id, string? unit, Moment? asOf, Moment? recordedAsOf,
        string? minPosition)
    {
        if (Unit(unit, out var asked) is { } refusal)
        {
            return Problems.Of(refusal);
        }

        if (await Freshness.Reach(http, null, minPosition, "mines") is { } behind)
        {
            return behind;
        }

        await using var past = await http.At(asOf, recordedAsOf);
        if (!past.When.IsNow)
        {
            await past.Hold(All.Figures, [MeasureProgress.Stream(await MeasureOf(db, id, http.RequestAborted))], http.RequestAborted);
        }

        var figure = await Find(http, past.Command, territory, id, asked);
        return figure is null
            ? await Lists.Absent(http, past.Command, "figures", id) : Lists.Resource(http, figure, figure.Version, Wire.Api.FigureItem);
    }

    private static async Task<string> MeasureOf(NpgsqlDataSource db, string figure, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select measure_id from figures where id = $1");
        return await command.Add(figure).ExecuteScalarAsync(stop) as string ?? "";
    }

    private static async Task<IResult> OfFigure(
        HttpContext http, NpgsqlDataSource db, EventTypes types, Territory territory, string id, string? cursor, int? limit) =>
        await Find(http, db.CreateCommand, territory, id, null) is { } figure
            ? await History.Of(
                http, db, types, MeasureProgress.Stream(figure.MeasureId), cursor, limit,
                fact => fact is ProgressEvent e && e.Figure.Id == id)
            : await Lists.Absent(http, db.CreateCommand, "figures", id);

    private static async Task<FigureItem?> Find(HttpContext http, Func<string, NpgsqlCommand> ask, Territory territory, string id, Domain.Unit? unit)
    {
        var seen = await territory.Seen(http.Client());
        await using var command = ask($"select {Columns} from figures where {Seen} and id = $2");
        return (await command.Add(seen?.Under).Add(id).List(r => Item(r, unit), http.RequestAborted)).SingleOrDefault();
    }

    /// <summary>The unit that <c>?unit=</c> asks for; null where it asks for none.</summary>
    internal static Refusal? Unit(string? text, out Domain.Unit? unit)
    {
        unit = null;
        return text is null || Domain.Unit.TryParse(text, out unit)
            ? null
            : Refusal.Malformed("parameter.malformed", Domain.Unit.Unknown(text), new Fault("?unit", "There is no such unit."));
    }

    /// <summary>In the unit asked for where it measures the same thing, else as answered by default.</summary>
    internal static Quantity Answered(Quantity quantity, Domain.Unit? unit) =>
        quantity.Answered(unit?.Dimension == quantity.Unit.Dimension ? unit : null);

    private static FigureItem Item(NpgsqlDataReader r, Domain.Unit? unit)
    {
        var figure = r.Json(11, RowDetailJson.Default.FigureDetail)!;
        return new FigureItem(
            r.GetString(0), r.GetInt64(1), r.GetString(2), r.GetString(3), r.GetString(4), r.GetString(5), r.GetString(6), r.GetString(7), r.GetString(8),
            Answered(r.Json(9, RowDetailJson.Default.Quantity), unit),
            r.IsDBNull(10) ? null : Answered(r.Json(10, RowDetailJson.Default.Quantity), unit),
            figure.IndicatorId, [.. figure.Reports.Select(p => new ReportItem(p.Sender, p.Quantity, p.Mode))], figure.Evidence,
            figure.InvestmentCompleted, figure.Outlier, figure.OverTarget, figure.Late == true, figure.SampleId, figure.Reason);
    }
}

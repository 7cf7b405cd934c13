using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Indicators.Definitions;

/// <param name="Division">Of the plan.</param>
/// <param name="Start">For a flow: first year of the period in which it is accumulated.</param>
public sealed record DefineIndicatorBody(
    string Id, string PlanId, string Division, string Concept, string Name, Direction Direction, Method Method, IReadOnlyList<Target> Targets,
    IndicatorKind Kind = IndicatorKind.Level, Unit? Unit = null, string? NameEn = null, int? Number = null, Binding Binding = Binding.NotStated,
    string? Category = null, PrintedIn PrintedIn = PrintedIn.Table, int? Start = null, Baseline? Baseline = null, string? Numerator = null,
    string? Denominator = null, IReadOnlyList<string>? Notes = null, DateTimeOffset? At = null)
{
    internal IndicatorDefinition Definition => new(
        PlanId, Concept, Number, Name, NameEn, Unit, Binding, Category, PrintedIn, Direction, Kind, Method, Start, Baseline, Targets, Numerator, Denominator,
        Notes ?? []);
}

/// <param name="Definition">The whole definition as it is from now on.</param>
public sealed record RedefineIndicatorBody(DefineIndicatorBody Definition, string Reason, DateTimeOffset? At = null);

public static class IndicatorEndpoints
{
    public static void MapIndicators(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/indicators/indicators").WithTags("indicators").RefusingUnknownParameters();
        group.MapPost("", Define).Accepts<DefineIndicatorBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Planner).WithSummary("Define an indicator of a plan");
        group.MapPost("{id}/redefine", Redefine).Accepts<RedefineIndicatorBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Define it anew, with a reason; old values stay as they are");
    }

    private static Task<IResult> Define(HttpContext http, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.DefineIndicatorBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await territory.Refuses(http.Client(), body.Division, clock.Today())) is { } refusal)
            {
                return refusal;
            }

            var command = new DefineIndicator(body.Id, body.Division, body.Definition, http.By(), clock.At(body.At));
            return Command(body.Id, i => IndicatorDecider.Decide(i, command), $"/v1/indicators/indicators/{body.Id}");
        });

    private static Task<IResult> Redefine(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.RedefineIndicatorBody, async body =>
        {
            await using var find = db.CreateCommand("select division from indicators where id = $1");
            var division = await find.Add(id).ExecuteScalarAsync(http.RequestAborted) as string;
            if ((clock.Refuses(body.At) ?? (division is null ? null : await territory.Refuses(http.Client(), division, clock.Today()))) is { } refusal)
            {
                return refusal;
            }

            var command = new RedefineIndicator(body.Definition.Definition, body.Reason, http.By(), clock.At(body.At));
            return Command(id, i => IndicatorDecider.Decide(i, id, command));
        });

    private static Translated Command(string id, Func<Indicator, Decision<IndicatorDefined>> decide, string? location = null)
    {
        var stream = Indicator.Stream(id);
        return new Command(
            s => s.Version(Indicator.Aggregate, stream),
            s => s.Record(Indicator.Aggregate, stream, decide(s.Get(Indicator.Aggregate, stream))),
            s => new Acknowledged(id, "defined", s.Version(Indicator.Aggregate, stream)),
            location);
    }
}

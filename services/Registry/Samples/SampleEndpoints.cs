using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Samples;

/// <param name="Division">Drawn from, with all below.</param>
/// <param name="PeriodFrom">Figures whose periods lie within these, both included; with <paramref name="PeriodTo"/>.</param>
/// <param name="Count">How many; or <paramref name="Share"/>, which part of them, rounded up.</param>
/// <param name="Seed">Better said where all can read it before the list is known; made where there is none.</param>
public sealed record DrawProgressBody(
    string Division, string? Id = null, string? PlanId = null, Period? PeriodFrom = null, Period? PeriodTo = null, int? Count = null, decimal? Share = null,
    string? Seed = null, DateTimeOffset? At = null);

/// <param name="Division">Drawn from, with all below.</param>
/// <param name="Count">How many; or <paramref name="Share"/>, which part of them, rounded up.</param>
/// <param name="Seed">Better said where all can read it before the list is known; made where there is none.</param>
public sealed record DrawProjectsBody(
    string Division, string? Id = null, string? PlanId = null, int? Count = null, decimal? Share = null, string? Seed = null, DateTimeOffset? At = null);

public static class SampleEndpoints
{
    /// <summary>What the city verified from reports: what sites feed is verified by their acceptance, and examined with them.</summary>
    private const string Figures =
        """
        select id from figures where state = 'verified' and jsonb_array_length(figure->'reports') > 0 and division = any($1) and ($2::text is null or plan_id = $2)
            and ($3::date is null or period_from >= $3) and ($4::date is null or period_to <= $4) limit $5
        """;

    private const string Projects =
        """
        select id from projects where state = 'accepted' and (division = any($1) or counties && $1) and ($2::text is null or plan_id = $2)
            and $3::date is null and $4::date is null limit $5
        """;

    public static void MapSamples(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry").WithTags("samples").RefusingUnknownParameters();
        group.MapPost("progress/sample", DrawProgress).Accepts<DrawProgressBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Reviewer).WithSummary("Draw verified figures by lot, to be examined on the spot")
            .WithDescription("Answers with the sample's Location: seed, list and what was drawn, for anyone to repeat. Needs Restoration-Actor.");
        group.MapPost("projects/sample", DrawProjects).Accepts<DrawProjectsBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Reviewer).WithSummary("Draw accepted projects by lot, to be checked on the spot")
            .WithDescription("Answers with the sample's Location: seed, list and what was drawn, for anyone to repeat. Needs Restoration-Actor.");
    }

    private static Task<IResult> DrawProgress(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.DrawProgressBody, body => Draw(
            http, db, territory, clock, Figures, body.At,
            (id, division) => new Drawing(
                body.Id ?? id, SampleKind.Progress, body.Division, division, body.PlanId, body.PeriodFrom, body.PeriodTo, body.Count, body.Share, body.Seed)));

    private static Task<IResult> DrawProjects(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.DrawProjectsBody, body => Draw(
            http, db, territory, clock, Projects, body.At,
            (id, division) => new Drawing(body.Id ?? id, SampleKind.Projects, body.Division, division, body.PlanId, null, null, body.Count, body.Share, body.Seed)));

    private static async ValueTask<Translated> Draw(
        HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string population, DateTimeOffset? at, Func<string, string, Drawing> drawing)
    {
        var drawn = drawing($"{Guid.CreateVersion7(clock.At(null)):n}", http.Client().Division);
        if ((Actors.Missing(http) ?? clock.Refuses(at) ?? await territory.Refuses(http.Client(), drawn.Division, clock.Today())) is { } refusal)
        {
            return refusal;
        }

        var (under, _) = await territory.Asked(drawn.Division);
        await using var find = db.CreateCommand(population);
        find.Add(under).Add(drawn.PlanId).Add(drawn.From?.From).Add(drawn.To?.To).Add(SampleDecider.MostPopulation + 1);
        var ids = await find.List(r => r.GetString(0), http.RequestAborted);
        var command = new DrawSample(drawn, ids, RandomNumberGenerator.GetHexString(32, lowercase: true), http.By(), clock.At(at));
        var (stream, tree) = (Sample.Stream(drawn.Id), await territory.Tree());
        return new Command(
            s => s.Version(Sample.Aggregate, stream),
            s => s.Record(Sample.Aggregate, stream, SampleDecider.Decide(s.Get(Sample.Aggregate, stream), command, tree)),
            s => new Acknowledged(drawn.Id, Kebab.Of(s.Get(Sample.Aggregate, stream).State), s.Version(Sample.Aggregate, stream)),
            $"/v1/registry/samples/{drawn.Id}");
    }
}

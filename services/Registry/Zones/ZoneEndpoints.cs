using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Zones;

/// <param name="KeyAreaKind">Of a key area: one of the seven kinds.</param>
/// <param name="Number">Its number in the plan.</param>
/// <param name="Parts">The divisions it consists of, whole or in part.</param>
/// <param name="StatedCounties">How many counties the plan says, where that differs from the names it gives.</param>
public sealed record RegisterZoneBody(
    string Id, string PlanId, ZoneKind Kind, string Name, KeyAreaKind? KeyAreaKind = null, string? NameEn = null, int? Number = null,
    IReadOnlyList<ZonePartBody>? Parts = null, int? StatedCounties = null, string? Location = null, IReadOnlyList<string>? Rivers = null,
    IReadOnlyList<string>? Features = null, IReadOnlyList<string>? Problems = null, IReadOnlyList<string>? Directions = null,
    IReadOnlyList<string>? Prohibitions = null, IReadOnlyList<string>? Notes = null, Origin? Origin = null, DateTimeOffset? At = null);

/// <param name="Whole">Whether all of it lies in the zone; default true.</param>
/// <param name="Share">How much of it, between 0 and 1, where it lies in the zone in part and the plan says how much.</param>
public sealed record ZonePartBody(string Division, bool Whole = true, decimal? Share = null, string? Note = null);

public static class ZoneEndpoints
{
    public static void MapZones(this IEndpointRouteBuilder routes) => routes.MapGroup("/v1/registry/zones").WithTags("zones").RefusingUnknownParameters()
        .MapPost("", Register).Accepts<RegisterZoneBody>("application/json").Produces<Acknowledged>(201)
        .RequireRoles(Roles.Planner).WithSummary("Enter a restoration zone or a key area of a plan");

    private static Task<IResult> Register(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.RegisterZoneBody, async body =>
        {
            await using var find = db.CreateCommand("select division from plans where id = $1");
            var division = await find.Add(body.PlanId).ExecuteScalarAsync(http.RequestAborted) as string;
            if ((clock.Refuses(body.At) ?? (division is null ? null : await territory.Refuses(http.Client(), division, clock.Today()))) is { } refusal)
            {
                return refusal;
            }

            var definition = new ZoneDefinition(
                body.Kind, body.KeyAreaKind, body.Name, body.NameEn, body.Number,
                [.. (body.Parts ?? []).Select(p => new ZonePart(p.Division, p.Whole, p.Share, p.Note))], body.StatedCounties, body.Location, body.Rivers ?? [],
                body.Features ?? [], body.Problems ?? [], body.Directions ?? [], body.Prohibitions ?? [], body.Notes ?? [], body.Origin);
            var command = new RegisterZone(body.Id, body.PlanId, definition, http.By(), clock.At(body.At));
            var (stream, tree) = (Zone.Stream(body.Id), await territory.Tree(definition.Parts.Select(p => p.Division)));
            return new Command(
                s => s.Version(Zone.Aggregate, stream),
                s => s.Record(Zone.Aggregate, stream, ZoneDecider.Decide(s.Get(Zone.Aggregate, stream), command, s.Get(Plan.Aggregate, Plan.Stream(body.PlanId)), tree)),
                s => new Acknowledged(body.Id, "registered", s.Version(Zone.Aggregate, stream)),
                $"/v1/registry/zones/{body.Id}");
        });
}

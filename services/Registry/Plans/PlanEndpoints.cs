using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Plans;

/// <param name="From">First year of the period; <paramref name="To"/> the last.</param>
/// <param name="Kind"><c>restoration-plan</c> unless it is of another kind.</param>
/// <param name="Date">When it was issued, as exactly as it is known.</param>
/// <param name="CountyCheck">Whether county bureaus check figures before the city verifies them; default true.</param>
/// <param name="PrintedTotal">The investment total that the plan prints.</param>
/// <param name="ZonesCover">Whether the plan says that its zones cover all its land and do not overlap.</param>
public sealed record RegisterPlanBody(
    string Id, string Division, string Name, int From, int To, string? NameEn = null, string Kind = "restoration-plan", int? BaseYear = null,
    IReadOnlyList<int>? TargetYears = null, string? ParentPlanId = null, IReadOnlyList<string>? Issuers = null, string? DocumentNumber = null,
    Period? Date = null, bool CountyCheck = true, Money? PrintedTotal = null, IReadOnlyList<PlanPartBody>? Programmes = null,
    IReadOnlyList<PlanPartBody>? KeyWorks = null, IReadOnlyList<string>? Notes = null, bool? ZonesCover = null, Origin? Origin = null, DateTimeOffset? At = null);

/// <summary>A programme or a key work of a plan.</summary>
/// <param name="PrintedShare">Its share of the plan's total in percent, as printed.</param>
/// <param name="TargetYears">Years that the plan names for its goals.</param>
/// <param name="ZoneIds">The zones that it works in.</param>
public sealed record PlanPartBody(
    string Id, string Name, string? NameEn = null, Money? PrintedEstimate = null, IReadOnlyList<string>? Goals = null, decimal? PrintedShare = null,
    IReadOnlyList<int>? TargetYears = null, IReadOnlyList<string>? ZoneIds = null, Origin? Origin = null);

/// <param name="Supersedes">The adopted plan of the same division whose place it takes.</param>
public sealed record AdoptPlanBody(string? DocumentNumber = null, string? Supersedes = null, DateTimeOffset? At = null);

public static class PlanEndpoints
{
    public static void MapPlans(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/registry/plans").WithTags("plans").RefusingUnknownParameters();
        group.MapPost("", Register).Accepts<RegisterPlanBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Planner).WithSummary("Enter a plan with its programmes and key works");
        group.MapPost("{id}/adopt", Adopt).Accepts<AdoptPlanBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Planner).WithSummary("Adopt a plan; its projects are approved with it")
            .WithDescription("supersedes names the plan whose place it takes; both say so in the same act.");
        routes.MapAmendments();
        routes.MapPlanDocuments();
    }

    private static Task<IResult> Register(HttpContext http, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.RegisterPlanBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await territory.Refuses(http.Client(), body.Division, clock.Today())) is { } refusal)
            {
                return refusal;
            }

            var definition = new PlanDefinition(
                body.Name, body.NameEn, body.Kind, body.From, body.To, body.BaseYear, body.TargetYears ?? [], body.ParentPlanId, body.Issuers ?? [],
                body.DocumentNumber, body.Date, body.CountyCheck, body.PrintedTotal, Parts(body.Programmes), Parts(body.KeyWorks), body.Notes ?? [], body.Origin,
                body.ZonesCover);
            var command = new RegisterPlan(body.Id, body.Division, definition, http.By(), clock.At(body.At));
            var (stream, tree) = (Plan.Stream(body.Id), await territory.Tree());
            return new Command(
                s => s.Version(Plan.Aggregate, stream),
                s => s.Record(Plan.Aggregate, stream, PlanDecider.Decide(
                    s.Get(Plan.Aggregate, stream), command, tree, body.ParentPlanId is { } parent ? s.Get(Plan.Aggregate, Plan.Stream(parent)) : null)),
                s => Acknowledge(s, body.Id),
                $"/v1/registry/plans/{body.Id}");
        });

    private static Task<IResult> Adopt(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.AdoptPlanBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await Foreign(db, territory, http, clock, id)) is { } refusal)
            {
                return refusal;
            }

            var projects = await Designed(db, id, http.RequestAborted);
            var (stream, by, at) = (Plan.Stream(id), http.By(), clock.At(body.At));
            return new Command(
                s => s.Version(Plan.Aggregate, stream),
                s => Decide(s, PlanDecider.Decide(
                    s.Get(Plan.Aggregate, stream), id, new AdoptPlan(body.DocumentNumber, by, at, body.Supersedes), projects,
                    body.Supersedes is { } before ? s.Get(Plan.Aggregate, Plan.Stream(before)) : null)),
                s => Acknowledge(s, id));

            // The projects that the adoption names, and the plan that it supersedes; adopting again names none.
            Refusal? Decide(Streams s, Decision<PlanEvent> adoption) => s.Record(Plan.Aggregate, stream, adoption)
                ?? adoption.Events.OfType<PlanAdopted>().SelectMany(a => a.ProjectIds.Select(p => s.Record(
                    Project.Aggregate, Project.Stream(p),
                    ProjectDecider.Decide(s.Get(Project.Aggregate, Project.Stream(p)), p, new ApproveWithPlan(by, at)))).Append(Supersede(s, a))).FirstOrDefault(r => r is not null);

            static Refusal? Supersede(Streams s, PlanAdopted adoption) => adoption.Supersedes is not { } before ? null
                : s.Record(Plan.Aggregate, Plan.Stream(before), PlanDecider.Superseding(s.Get(Plan.Aggregate, Plan.Stream(before)), adoption));
        });

    internal static Acknowledged Acknowledge(Streams s, string id) =>
        new(id, Kebab.Of(s.Get(Plan.Aggregate, Plan.Stream(id)).State), s.Version(Plan.Aggregate, Plan.Stream(id)));

    internal static List<PlanPart> Parts(IReadOnlyList<PlanPartBody>? parts) =>
        [.. (parts ?? []).Select(p => new PlanPart(p.Id, p.Name, p.NameEn, p.PrintedEstimate, p.Goals ?? [], p.Origin, p.PrintedShare, p.TargetYears, p.ZoneIds))];

    internal static async Task<string?> DivisionOf(NpgsqlDataSource db, string plan, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select division from plans where id = $1");
        return await command.Add(plan).ExecuteScalarAsync(stop) as string;
    }

    /// <summary>Refuses a client that does not act for the plan's division; a plan that is not there, the decider refuses.</summary>
    internal static async Task<Refusal?> Foreign(NpgsqlDataSource db, Territory territory, HttpContext http, Clock clock, string plan) =>
        await DivisionOf(db, plan, http.RequestAborted) is { } division ? await territory.Refuses(http.Client(), division, clock.Today()) : null;

    /// <summary>The designed projects that an adoption approves. One designed in the same instant is submitted by itself.</summary>
    private static async Task<List<string>> Designed(NpgsqlDataSource db, string plan, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select id from projects where plan_id = $1 and state = 'designed' order by number, id");
        return await command.Add(plan).List(r => r.GetString(0), stop);
    }
}

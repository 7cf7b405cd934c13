using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.Funding.Ledger;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Funds;

/// <param name="From">First year in which it allocates; <paramref name="To"/> the last.</param>
/// <param name="PlanId">Ties it to a plan: it then pays for projects of that plan only.</param>
/// <param name="SecretReason">Marks it secret, for good: nothing of it leaves, and finance and auditors of its division alone see it.</param>
public sealed record OpenFundBody(
    string Id, string Name, Channel Channel, string Division, int From, int To, Money? Total = null, string? PlanId = null, string? DocumentNumber = null,
    string? Note = null, DateTimeOffset? At = null, string? SecretReason = null);

public sealed record AppropriateBody(Money Amount, string? DocumentNumber = null, string? Note = null, DateTimeOffset? At = null);

public static class FundEndpoints
{
    public static void MapFunds(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/funding/funds").WithTags("funds").RefusingUnknownParameters();
        group.MapPost("", Open).Accepts<OpenFundBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Finance).WithSummary("Open a fund");
        group.MapPost("{id}/appropriate", Appropriate).Accepts<AppropriateBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Finance).WithSummary("Put money into a fund");
    }

    private static Task<IResult> Open(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock) =>
        Commands.Post(http, Wire.Api.OpenFundBody, async body =>
        {
            if ((clock.Refuses(body.At) ?? await territory.Refuses(http.Client(), body.Division, clock.Today()) ?? await Unknown(db, body.PlanId, http)) is { } refusal)
            {
                return refusal;
            }

            var command = new OpenFund(
                new FundRef(body.Id, body.Name, body.Channel, body.Division, body.SecretReason), body.From, body.To, body.Total, body.PlanId, body.DocumentNumber, body.Note,
                http.By(), clock.At(body.At));
            return Command(body.Id, fund => FundDecider.Decide(fund, command), $"/v1/funding/funds/{body.Id}");
        });

    private static Task<IResult> Appropriate(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.AppropriateBody, async body =>
        {
            var division = await Scope.DivisionOfFund(http, db, territory, id);
            if (await Scope.Refuses(http, territory, clock, division, body.At, FundDecider.NoFund(id)) is { } refusal)
            {
                return refusal;
            }

            var command = new AppropriateFund(body.Amount, body.DocumentNumber, body.Note, http.By(), clock.At(body.At));
            return Command(id, fund => FundDecider.Decide(fund, id, command));
        });

    private static Translated Command(string id, Func<Fund, Decision<FundEvent>> decide, string? location = null)
    {
        var stream = Fund.Stream(id);
        return new Command(
            s => s.Version(Fund.Aggregate, stream),
            s => s.Record(Fund.Aggregate, stream, decide(s.Get(Fund.Aggregate, stream))),
            s => new Acknowledged(id, "open", s.Version(Fund.Aggregate, stream)),
            location);
    }

    private static async ValueTask<Refusal?> Unknown(NpgsqlDataSource db, string? planId, HttpContext http)
    {
        await using var command = db.CreateCommand("select $1::text is null or exists (select from copies.plans where id = $1)");
        return await command.Add(planId).ExecuteScalarAsync(http.RequestAborted) is true
            ? null
            : Refusal.Invalid("plan.unknown", $"There is no plan {planId}.", new Fault("#/planId", "The registry has told of no such plan."));
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Funding.Accounts;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Funds;

public sealed record MakeAllocationBody(
    string Id, string FundId, IReadOnlyList<AllocationItem> Items, string? DocumentNumber = null, DateTimeOffset? At = null);

/// <param name="DocumentNumber">Of the document that issues it; without one that of the allocation stands.</param>
public sealed record IssueBody(string? DocumentNumber = null, DateTimeOffset? At = null);

public sealed record WithdrawBody(string Reason, DateTimeOffset? At = null);

/// <summary>Allocations: the fund's side and each project's side are one unit.</summary>
public static class AllocationEndpoints
{
    private static readonly Refusal s_taken = Refusal.Conflict("allocation.exists", "Another fund has an allocation of this id.");

    public static void MapAllocations(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/funding/allocations").WithTags("allocations").RefusingUnknownParameters();
        group.MapPost("", Make).Accepts<MakeAllocationBody>("application/json").Produces<Acknowledged>(201)
            .RequireRoles(Roles.Finance).WithSummary("Set money of a fund aside for projects");
        group.MapPost("{id}/issue", Issue).Accepts<IssueBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Finance).WithSummary("Issue an allocation, by another person than who made it");
        group.MapPost("{id}/withdraw", Withdraw).Accepts<WithdrawBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Finance).WithSummary("Withdraw an allocation that is not issued yet");
    }

    private static async Task<IResult> Make(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock)
    {
        try
        {
            return await Commands.Post(http, Wire.Api.MakeAllocationBody, async body =>
            {
                var division = await Scope.DivisionOfFund(http, db, territory, body.FundId);
                if (await Scope.Refuses(http, territory, clock, division, body.At, FundDecider.NoFund(body.FundId)) is { } refusal)
                {
                    return refusal;
                }

                var fund = await FundOf(db, body.Id, http.RequestAborted);
                if (fund is not null && fund != body.FundId)
                {
                    return s_taken;
                }

                var command = new MakeAllocation(body.Id, body.Items, body.DocumentNumber, http.By(), clock.At(body.At));
                var tree = await territory.Tree();
                return Command(
                    body.FundId, body.Id,
                    (s, f) => FundDecider.Decide(f, body.FundId, command, p => s.Get(Account.Aggregate, Account.Stream(p)), tree),
                    $"/v1/funding/allocations/{body.Id}");
            });
        }
        catch (PostgresException e) when (e.ConstraintName == "allocations_id")
        {
            return Problems.Of(s_taken); // another fund took the id in the same instant
        }
    }

    private static Task<IResult> Issue(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.IssueBody, body => Act(http, db, territory, clock, id, body.At, (f, by, at) =>
            FundDecider.Decide(f, new IssueAllocation(id, body.DocumentNumber, by, at))));

    private static Task<IResult> Withdraw(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.WithdrawBody, body => Act(http, db, territory, clock, id, body.At, (f, by, at) =>
            FundDecider.Decide(f, new WithdrawAllocation(id, body.Reason, by, at))));

    private static async ValueTask<Translated> Act(
        HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id, DateTimeOffset? at,
        Func<Fund, By, DateTimeOffset, Decision<FundEvent>> decide)
    {
        var fund = await FundOf(db, id, http.RequestAborted);
        var division = fund is null ? null : await Scope.DivisionOfFund(http, db, territory, fund);
        return await Scope.Refuses(http, territory, clock, division, at, FundDecider.NoAllocation(id)) is { } refusal
            ? refusal
            : Command(fund!, id, (_, f) => decide(f, http.By(), clock.At(at)));
    }

    private static Translated Command(string fundId, string id, Func<Streams, Fund, Decision<FundEvent>> decide, string? location = null)
    {
        var stream = Fund.Stream(fundId);
        Allocation? Find(Streams s) => s.Get(Fund.Aggregate, stream).Allocation(id);
        return new Command(
            s => Find(s)?.Version ?? 0,
            s => Record(s, stream, decide(s, s.Get(Fund.Aggregate, stream))),
            s => new Acknowledged(id, Kebab.Of(Find(s)!.State), Find(s)!.Version),
            location);
    }

    /// <summary>What the fund decided, and the same on each project's side; nothing where the fund found nothing left to do.</summary>
    private static Refusal? Record(Streams s, string stream, Decision<FundEvent> decision) =>
        s.Record(Fund.Aggregate, stream, decision)
        ?? decision.Events.OfType<AllocationEvent>().SelectMany(fact => fact.Items, (fact, item) =>
        {
            var project = Account.Stream(item.ProjectId);
            return s.Record(Account.Aggregate, project, OnTheProjectsSide(s.Get(Account.Aggregate, project), fact, item));
        }).FirstOrDefault(refusal => refusal is not null);

    private static Decision<AccountEvent> OnTheProjectsSide(Account account, AllocationEvent fact, AllocationItem item) => fact switch
    {
        AllocationMade e => AccountDecider.Decide(
            account, item.ProjectId, new AllocateMoney(e.AllocationId, e.Fund.Id, e.Fund.Channel, item.Amount, e.By, e.At, e.Fund.IsSecret)),
        AllocationIssued e => AccountDecider.Decide(account, item.ProjectId, new IssueMoney(e.AllocationId, e.DocumentNumber, e.By, e.At)),
        AllocationWithdrawn e => AccountDecider.Decide(account, item.ProjectId, new CancelAllocation(e.AllocationId, e.Reason, e.By, e.At)),
        _ => throw new InvalidOperationException($"Nobody decided what {fact.GetType().Name} means for a project."),
    };

    private static ValueTask<string?> FundOf(NpgsqlDataSource db, string id, CancellationToken stop) =>
        Scope.DivisionOf(db, "select fund_id from allocations where id = $1", id, stop);
}

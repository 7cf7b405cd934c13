using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Funding.Funds;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding.Accounts;

/// <summary>Data of <c>restoration.payment.executed.v1</c>; <c>subject</c> is the project.</summary>
/// <param name="RequestedBy">Staff number of who asked for it; <paramref name="ApprovedBy"/> is another person.</param>
public sealed record PaymentExecutedData(
    string PaymentId, string ProjectId, string FundId, Money Amount, string RequestedBy, string ApprovedBy, string? Payee = null, string? Purpose = null,
    string? Note = null);

public sealed record ReturnBody(string FundId, Money Amount, string Reason, DateTimeOffset? At = null);

public sealed record SettleBody(DateTimeOffset? At = null);

public static class AccountEndpoints
{
    public static Intake TakePayments(this Intake intake, Territory territory, NpgsqlDataSource db) =>
        intake.Take("restoration.payment.executed.v1", (posted, http) => Paid(posted, http, territory, db));

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/funding/projects/{id}/account").WithTags("accounts").RefusingUnknownParameters();
        group.MapPost("return", Return).Accepts<ReturnBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Finance).WithSummary("Give issued money back to its fund");
        group.MapPost("settle", Settle).Accepts<SettleBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Finance).WithSummary("Settle an account in which nothing is open");
    }

    private static async ValueTask<Handled> Paid(CloudEvent posted, HttpContext http, Territory territory, NpgsqlDataSource db)
    {
        var faults = new List<Fault>();
        if (Body.Read(posted.Data, Wire.Api.PaymentExecutedData, "#/data", faults) is not { } data)
        {
            return Refusal.Malformed("event.data-malformed", "The data does not have the form of its type.", faults);
        }

        if (posted.Subject is { } subject && subject != data.ProjectId)
        {
            return Refusal.Invalid("event.subject-differs", "The subject of a payment is its project.", new Fault("#/subject", "This is another id than data.projectId."));
        }

        if (!http.Client().Has(Roles.Finance))
        {
            return Refusal.Forbidden("role.missing", "Payments are posted by finance.");
        }

        var division = await Scope.DivisionOfProject(db, data.ProjectId, http.RequestAborted);
        var day = DateOnly.FromDateTime(posted.Time.ToOffset(TimeSpan.FromHours(8)).DateTime); // as the calendar in China has it
        if ((division is null ? Account.Unknown.RefusesPosting(data.ProjectId) : await territory.Refuses(http.Client(), division, day)) is { } refusal)
        {
            return refusal;
        }

        var hidden = await Secrets.Hide(http, db, territory, data.FundId);
        var command = new ExecutePayment(
            data.PaymentId, data.FundId, data.Amount, data.RequestedBy, data.ApprovedBy, data.Payee, data.Purpose, data.Note,
            new Sender(posted.Source, posted.Id), http.By(), posted.Time);
        return (Func<Streams, Refusal?>)(s => Record(s, data.ProjectId, account => AccountDecider.Decide(account, data.ProjectId, command, hidden)));
    }

    private static Task<IResult> Return(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.ReturnBody, async body =>
        {
            var hidden = await Secrets.Hide(http, db, territory, body.FundId);
            return await Act(http, db, territory, clock, id, body.At, (s, by, at) =>
                Record(s, id, account => AccountDecider.Decide(account, id, new ReturnMoney(body.FundId, body.Amount, body.Reason, by, at), hidden))
                ?? s.Record(
                    Fund.Aggregate, Fund.Stream(body.FundId),
                    FundDecider.Decide(s.Get(Fund.Aggregate, Fund.Stream(body.FundId)), body.FundId, new TakeMoneyBack(id, body.Amount, body.Reason, by, at))));
        });

    private static Task<IResult> Settle(HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.SettleBody, body => Act(http, db, territory, clock, id, body.At, (s, by, at) =>
            Record(s, id, account => AccountDecider.Decide(account, id, new SettleAccount(by, at)))));

    private static async ValueTask<Translated> Act(
        HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock, string id, DateTimeOffset? at, Func<Streams, By, DateTimeOffset, Refusal?> decide)
    {
        var division = await Scope.DivisionOfProject(db, id, http.RequestAborted);
        if (await Scope.Refuses(http, territory, clock, division, at, Account.Unknown.RefusesPosting(id)!) is { } refusal)
        {
            return refusal;
        }

        var stream = Account.Stream(id);
        return new Command(
            s => s.Version(Account.Aggregate, stream),
            s => decide(s, http.By(), clock.At(at)),
            s => new Acknowledged(id, Kebab.Of(s.Get(Account.Aggregate, stream).State), s.Version(Account.Aggregate, stream)));
    }

    private static Refusal? Record(Streams s, string projectId, Func<Account, Decision<AccountEvent>> decide)
    {
        var stream = Account.Stream(projectId);
        return s.Record(Account.Aggregate, stream, decide(s.Get(Account.Aggregate, stream)));
    }
}

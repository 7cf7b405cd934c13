using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Indicators.Definitions;
using Restoration.ServiceDefaults;

namespace Restoration.Indicators.Observations;

/// <summary>Data of <c>restoration.indicator.observed.v1</c>; <c>subject</c> is the indicator. The value, or both numerator and denominator.</summary>
public sealed record IndicatorObservedData(
    string IndicatorId, string Division, Period Period, Quantity? Value = null, decimal? Numerator = null, decimal? Denominator = null,
    ObservationMethod? Method = null, string? Reason = null, string? Note = null);

public sealed record AcceptBody(DateTimeOffset? At = null);

public sealed record ReturnBody(string Reason, DateTimeOffset? At = null);

public static class ObservationEndpoints
{
    public static Intake TakeObservations(this Intake intake, Territory territory) =>
        intake.Take("restoration.indicator.observed.v1", (posted, http) => Observed(posted, http, territory));

    public static void MapObservations(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/v1/indicators/observations").WithTags("observations").RefusingUnknownParameters();
        group.MapPost("{id}/accept", Accept).Accepts<AcceptBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("A value counts from now on");
        group.MapPost("{id}/return", Return).Accepts<ReturnBody>("application/json").Produces<Acknowledged>()
            .RequireRoles(Roles.Reviewer).WithSummary("A value goes back to who sent it");
    }

    private static async ValueTask<Handled> Observed(CloudEvent posted, HttpContext http, Territory territory)
    {
        var faults = new List<Fault>();
        if (Body.Read(posted.Data, Wire.Api.IndicatorObservedData, "#/data", faults) is not { } data)
        {
            return Refusal.Malformed("event.data-malformed", "The data does not have the form of its type.", faults);
        }

        if (posted.Subject is { } subject && subject != data.IndicatorId)
        {
            return Refusal.Invalid("event.subject-differs", "The subject of an observation is its indicator.", new Fault("#/subject", "This is another id than data.indicatorId."));
        }

        if (!http.Client().Has(Roles.Reporter))
        {
            return Refusal.Forbidden("role.missing", "Values are posted by a reporter.");
        }

        if (await territory.Refuses(http.Client(), data.Division, data.Period.From) is { } refusal)
        {
            return refusal;
        }

        var tree = await territory.Tree();
        var command = new SubmitObservation(
            data.IndicatorId, data.Division, data.Period, data.Value, data.Numerator, data.Denominator, data.Method, data.Reason, data.Note, http.By(), posted.Time);
        var stream = YearOfValues.Stream(data.IndicatorId, data.Period.Year);
        return (Func<Streams, Refusal?>)(s => s.Record(
            YearOfValues.Aggregate, stream,
            ObservationDecider.Decide(
                s.Get(YearOfValues.Aggregate, stream), command, s.Get(Indicator.Aggregate, Indicator.Stream(data.IndicatorId)), tree)));
    }

    private static Task<IResult> Accept(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.AcceptBody, body => Command(http, territory, clock, id, body.At, named: true,
            (o, by, at) => ObservationDecider.Decide(o, new AcceptObservation(by, at))));

    private static Task<IResult> Return(HttpContext http, Territory territory, Clock clock, string id) =>
        Commands.Post(http, Wire.Api.ReturnBody, body => Command(http, territory, clock, id, body.At, named: false,
            (o, by, at) => ObservationDecider.Decide(o, new ReturnObservation(body.Reason, by, at))));

    private static async ValueTask<Translated> Command(
        HttpContext http, Territory territory, Clock clock, string id, DateTimeOffset? at, bool named,
        Func<Observation?, By, DateTimeOffset, Decision<ObservationEvent>> decide)
    {
        if (id.Split('.') is not [var indicator, var division, var text] || !Period.TryParse(text, out var period))
        {
            return Refusal.NotFound("observation.unknown", "The id of a value is {indicatorId}.{division}.{period}.");
        }

        var by = http.By();
        if (named && by.Actor is null)
        {
            return Refusal.Malformed("actor.missing", "Name the person with Restoration-Actor: <staff number>.");
        }

        if ((clock.Refuses(at) ?? await territory.Refuses(http.Client(), division, period.From)) is { } refusal)
        {
            return refusal;
        }

        var stream = YearOfValues.Stream(indicator, period.Year);
        Observation? Find(Streams s) => s.Get(YearOfValues.Aggregate, stream).Find(division, period);
        return new Command(
            s => Find(s)?.Version ?? 0,
            s => s.Record(YearOfValues.Aggregate, stream, decide(Find(s), by, clock.At(at))),
            s => new Acknowledged(id, Kebab.Of(Find(s)!.State), Find(s)!.Version));
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

public static class IntakeSetup
{
    /// <summary>Takes CloudEvents at <c>/v1/{service}/events</c>; <paramref name="handlers"/> says which types and what becomes of them.</summary>
    public static void AddIntake(this IServiceCollection services, string service, Action<Intake, IServiceProvider> handlers) =>
        services.AddSingleton<Exports>().AddSingleton<Freshness>().AddSingleton(sp =>
        {
            var intake = new Intake(
                service, sp.GetRequiredService<NpgsqlDataSource>(), sp.GetRequiredService<EventLog>(), sp.GetRequiredService<TimeProvider>());
            handlers(intake, sp);
            return intake;
        });

    public static void MapIntake(this IEndpointRouteBuilder routes)
    {
        var intake = routes.ServiceProvider.GetRequiredService<Intake>();
        var group = routes.MapGroup($"/v1/{intake.Service}/events").WithTags("events").RefusingUnknownParameters();
        intake.Map(group);
        group.MapGet("", Find).Produces<EventResult>().WithSummary("What became of an event")
            .WithDescription("For a sender whose post timed out: the record of a source and id of its own.");
        group.MapGet("rejected", Rejected.List).Produces<Page<RejectedEvent>>().WithSummary("Events of this client that were not taken, the latest first")
            .WithDescription("What the sender was told, for thirty days; code narrows to one reason. Dry runs are not kept.");
    }

    private static async Task<IResult> Find(HttpContext http, NpgsqlDataSource db, string source, string id)
    {
        await using var command = db.CreateCommand(
            """
            select i.stream, coalesce(i.version, 0), coalesce(e.seq_id, 0)
            from edge.sources s join edge.inbox i on i.source = s.source left join events.mt_events e on e.stream_id = i.stream and e.version = i.version
            where s.source = $1 and s.client = $2 and i.id = $3
            """).With(source).With(http.Client().Id).With(id);
        await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
        return await reader.ReadAsync(http.RequestAborted)
            ? Results.Json(
                new EventResult(0, source, id, "recorded", reader.GetInt64(2), reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetInt64(1)),
                HttpJson.Api.EventResult)
            : Problems.Of(Refusal.NotFound("event.unknown", "No event with this source and id of yours was recorded."));
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.Domain;
using Restoration.Messaging;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>A service as its operator sees it.</summary>
/// <param name="Head">The highest position in its log.</param>
/// <param name="Followers">Where each follower of the log is: <c>relay</c>, <c>view:…</c>.</param>
/// <param name="Receives">What it takes from other services; absent where it takes nothing.</param>
public sealed record OpsStatus(string Service, long Epoch, long Head, IReadOnlyDictionary<string, long> Followers, ReceiverStatus? Receives);

/// <summary>Dead letters, oldest first.</summary>
public sealed record DeadLetterPage(IReadOnlyList<DeadLetter> Items);

public static class Ops
{
    public static void MapOps(this IEndpointRouteBuilder routes, string service)
    {
        var group = routes.MapGroup($"/v1/{service}/ops").WithTags("operations").RequireRoles(Roles.Operator).RefusingUnknownParameters();
        group.MapGet("status", (HttpContext http, NpgsqlDataSource db) => Status(http, db, http.RequestServices.GetService<DeadLetters>(), service))
            .Produces<OpsStatus>().WithSummary("Positions of the log, its followers and what is received");
        if (routes.ServiceProvider.GetService<DeadLetters>() is null)
        {
            return;
        }

        group.MapGet("dead-letters", async (HttpContext http, DeadLetters letters, int? limit) =>
            Results.Json(new DeadLetterPage(await letters.List(Math.Clamp(limit ?? Lists.DefaultLimit, 1, Lists.MostItems), http.RequestAborted)), HttpJson.Api.DeadLetterPage))
            .Produces<DeadLetterPage>().WithSummary("Facts that could not be taken");
        group.MapPost("dead-letters/{id:guid}/replay", async (HttpContext http, DeadLetters letters, Guid id) =>
            Done(await letters.Replay(id, http.RequestAborted))).Produces(204).WithSummary("Take it again");
        group.MapPost("dead-letters/{id:guid}/discard", async (HttpContext http, DeadLetters letters, Guid id) =>
            Done(await letters.Discard(id, http.RequestAborted))).Produces(204).WithSummary("Give it up; its stream goes on without it");
    }

    private static IResult Done(bool found) =>
        found ? Results.NoContent() : Problems.Of(Refusal.NotFound("dead-letter.unknown", "There is no dead letter with this id."));

    private static async Task<IResult> Status(HttpContext http, NpgsqlDataSource db, DeadLetters? letters, string service)
    {
        await using var command = db.CreateCommand(
            """
            select (select epoch from edge.epoch), (select coalesce(max(seq_id), 0) from events.mt_events),
                array(select name from events.mt_event_progression order by name), array(select last_seq_id from events.mt_event_progression order by name)
            """);
        await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
        await reader.ReadAsync(http.RequestAborted);
        var names = reader.GetFieldValue<string[]>(2);
        var positions = reader.GetFieldValue<long[]>(3);
        return Results.Json(
            new OpsStatus(
                service, reader.GetInt64(0), reader.GetInt64(1), names.Zip(positions).ToDictionary(p => p.First, p => p.Second),
                letters is null ? null : await letters.Status(http.RequestAborted)),
            HttpJson.Api.OpsStatus);
    }
}

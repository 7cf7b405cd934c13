using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>A service as its operator sees it.</summary>
/// <param name="Head">The highest position in its log.</param>
/// <param name="Followers">Where each follower of the log is: <c>relay</c>, <c>view:…</c>.</param>
/// <param name="Stopped">Of what this process should be leading, what does not go on, and why: <c>relay</c>, <c>view:…</c>, <c>due</c>, <c>checkpoints</c>.</param>
/// <param name="Due">What it expects of time.</param>
/// <param name="Receives">What it takes from other services; absent where it takes nothing.</param>
public sealed record OpsStatus(
    string Service, long Epoch, long Head, IReadOnlyDictionary<string, long> Followers, IReadOnlyDictionary<string, string> Stopped, DueStatus Due, ReceiverStatus? Receives);

/// <param name="Refused">Of those waiting: whose time came, and which were refused or failed; they are tried again.</param>
/// <param name="Next">The earliest time of those waiting.</param>
public sealed record DueStatus(long Waiting, long Refused, DateTimeOffset? Next);

/// <summary>Dead letters: those of the service's own table, oldest first, then what the broker keeps aside.</summary>
/// <param name="Unread">Places that could not be looked at, because the broker is out of reach.</param>
public sealed record DeadLetterPage(IReadOnlyList<DeadLetter> Items, IReadOnlyList<string>? Unread);

/// <summary>The views of a service, and the rebuilds of them that were asked for.</summary>
public sealed record ViewPage(IReadOnlyList<ViewStatus> Items);

/// <summary>The time it is for a service whose clock can be set.</summary>
public sealed record ClockReading([property: JsonRequired] DateTimeOffset Now);

public static class Ops
{
    /// <summary>As CSV; what is more than this was never meant to be read by a person.</summary>
    private const int MostLetters = 10_000;

    public static void MapOps(this IEndpointRouteBuilder routes, string service)
    {
        var group = routes.MapGroup($"/v1/{service}/ops").WithTags("operations").RequireRoles(Roles.Operator).RefusingUnknownParameters();
        group.MapGet("status", (HttpContext http, NpgsqlDataSource db) => Status(http, db, http.RequestServices.GetService<DeadLetters>(), service))
            .Produces<OpsStatus>().WithSummary("Positions of the log, its followers and what is received");
        group.MapGet("views", async (HttpContext http, Rebuilds rebuilds) =>
        {
            var views = await rebuilds.Status(http.RequestAborted);
            return await Lists.Of(http, new ViewPage(views), HttpJson.Api.ViewPage, views, HttpJson.Api.ViewStatus);
        }).Produces<ViewPage>().WithMetadata(new Tabular()).WithSummary("Views: position, lag, rebuild");
        group.MapPost("views/{name}/rebuild", async (HttpContext http, Rebuilds rebuilds, string name) =>
            await rebuilds.Ask(name, http.RequestAborted) is { } refusal ? Problems.Of(refusal)
            : Results.Json(
                (await rebuilds.Status(http.RequestAborted)).Single(v => v.Name == name), HttpJson.Api.ViewStatus, statusCode: StatusCodes.Status202Accepted))
            .Once().Produces<ViewStatus>(202).WithSummary("Make a view anew from the log")
            .WithDescription("The old one serves until the new one takes its place; asking while one is under way changes nothing. GET ops/views says how far it is.");
        routes.MapIntegrity(service);
        if (routes.ServiceProvider.GetRequiredService<TimeProvider>() is SettableClock clock)
        {
            group.MapGet("clock", () => Results.Json(new ClockReading(clock.GetUtcNow()), HttpJson.Api.ClockReading))
                .Produces<ClockReading>().WithSummary("What time it is");
            group.MapPost("clock", Task<IResult> (HttpContext http, CancellationToken stop) => Set(http, clock, stop)).Once().Produces<ClockReading>().WithSummary("Put the clock forwards");
        }

        if (routes.ServiceProvider.GetService<DeadLetters>() is null)
            return;
        group.MapGet("dead-letters", async (HttpContext http, DeadLetters letters, int? limit) =>
        {
            if (Lists.Begin(http, null, limit, 0, out _) is { } refusal)
                return Problems.Of(refusal);
            var (items, unread) = await letters.List(limit ?? Lists.DefaultLimit, http.RequestAborted);
            return await Lists.Of(http, new DeadLetterPage(items, unread), HttpJson.Api.DeadLetterPage, items, HttpJson.Api.DeadLetter, All);

            async IAsyncEnumerable<IReadOnlyList<DeadLetter>> All()
            {
                yield return (await letters.List(MostLetters, http.RequestAborted)).Letters;
            }
        }).Produces<DeadLetterPage>().WithSummary("Facts that could not be taken");
        group.MapPost("dead-letters/{id}/replay", async (HttpContext http, DeadLetters letters, string id, string? place) =>
            Done(await letters.Replay(id, place, http.RequestAborted))).Once().Produces(204)
            .WithSummary("Take it again").WithDescription("Where it lies in several places, place names the one that is meant.");
        group.MapPost("dead-letters/{id}/discard", async (HttpContext http, DeadLetters letters, string id, string? place) =>
            Done(await letters.Discard(id, place, http.RequestAborted))).Once().Produces(204).WithSummary("Give it up; its stream goes on without it");
    }

    private static IResult Done(Refusal? refusal) => refusal is null ? Results.NoContent() : Problems.Of(refusal);

    private static async Task<IResult> Set(HttpContext http, SettableClock clock, CancellationToken stop)
    {
        var faults = new List<Fault>();
        var body = Body.Parse(await Commands.Bytes(http), faults) is { } json ? Body.Read(json, HttpJson.Api.ClockReading, "#", faults) : null;
        return body is null ? Problems.Of(Refusal.Malformed("body.malformed", "The body does not have the right form.", faults))
            : await clock.Set(body.Now, stop) is { } refusal ? Problems.Of(refusal)
            : Results.Json(new ClockReading(clock.GetUtcNow()), HttpJson.Api.ClockReading);
    }

    private static async Task<IResult> Status(HttpContext http, NpgsqlDataSource db, DeadLetters? letters, string service)
    {
        await using var command = db.CreateCommand(
            """
            select (select epoch from edge.epoch), (select coalesce(max(seq_id), 0) from events.mt_events),
                array(select name from events.mt_event_progression order by name), array(select last_seq_id from events.mt_event_progression order by name),
                (select count(*) from edge.due), (select count(*) from edge.due where tries > 0), (select min(at) from edge.due)
            """);
        await using var reader = await command.ExecuteReaderAsync(http.RequestAborted);
        await reader.ReadAsync(http.RequestAborted);
        var names = reader.GetFieldValue<string[]>(2);
        var positions = reader.GetFieldValue<long[]>(3);
        return Results.Json(
            new OpsStatus(
                service, reader.GetInt64(0), reader.GetInt64(1), names.Zip(positions).ToDictionary(p => p.First, p => p.Second),
                http.RequestServices.GetServices<IHostedService>().OfType<Leader>().Where(l => l.Stopped is not null).ToDictionary(l => l.Name, l => l.Stopped!),
                new DueStatus(reader.GetInt64(4), reader.GetInt64(5), reader.Time(6)),
                letters is null ? null : await letters.Status(http.RequestAborted)),
            HttpJson.Api.OpsStatus);
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Feed;

public static class FeedEndpoints
{
    private const int MostItems = 500;
    private const int LongestWait = 30;

    public static void MapFeed(this IEndpointRouteBuilder routes)
    {
        var feed = routes.MapGroup("/v1/updates").WithTags("Feed").RefusingUnknownParameters();
        feed.MapGet("", PollAsync).WithName("pollUpdates")
            .WithSummary("The entries after a place of the feed, in its order; with wait, as soon as there are some.")
            .Produces<FeedAnswer>().Produces(304).ProducesProblem(400).ProducesProblem(410);
        feed.MapGet("/stream", StreamAsync).WithName("streamUpdates")
            .WithSummary("Follows the feed live as server-sent events, from Last-Event-ID or after on, else from now on.")
            .Produces(200, contentType: "text/event-stream").ProducesProblem(400)
            .RequireAuthorization(policy => policy.AddAuthenticationSchemes(Tokens.Scheme, Tickets.Scheme).RequireAuthenticatedUser());
        feed.MapPost("/tickets", GiveTicketAsync).WithName("createUpdatesTicket")
            .WithSummary("A ticket by which a browser opens one stream, within a minute: ?ticket=.").Produces<TicketAnswer>();
        feed.MapGet("/snapshot", SnapshotAsync).WithName("getUpdatesSnapshot")
            .WithSummary("The latest entry of each subject and type, and the sequence at which that is true: go on from there.")
            .Produces<SnapshotAnswer>().Produces(304).ProducesProblem(400);
    }

    private static async Task<IResult> PollAsync(
        [AsParameters] FeedQuery query, int? limit, int? wait, HttpContext http, FeedReader reader, FeedTail tail, TimeProvider clock,
        IHostApplicationLifetime lifetime)
    {
        var (faults, from) = FeedQuery.Check(http.Request, query.After);
        if (limit is < 1 or > MostItems) faults.Add(new("limit", $"From 1 to {MostItems}."));
        if (wait is < 0 or > LongestWait) faults.Add(new("wait", $"From 0 to {LongestWait} seconds."));
        if (faults.Count > 0) return Malformed(faults);

        var filter = query.FilterFor(http.Client());
        var until = clock.GetUtcNow().AddSeconds(wait ?? 0);
        Sequence? at = from, began = null;
        while (true)
        {
            var pulse = tail.Pulse;
            var head = await reader.HeadAsync(http.RequestAborted);
            at ??= head.Oldest;
            began ??= at;
            if (head.WhyNot(at.Value) is { } reason) return Gone(http, head, reason);
            if (await reader.PageAsync(head, at.Value.Number, filter, limit ?? 50, http.RequestAborted) is not { } page) continue;
            at = page.Examined;
            if (page.Entries.Count > 0 || !page.Open || !await ArrivesAsync(at.Value, pulse, until))
                return new FeedPageResult(page, began.Value);
        }

        // Looks at the shared ring at every pulse, so that many who wait do not each ask the database.
        async Task<bool> ArrivesAsync(Sequence at, Task pulse, DateTimeOffset until)
        {
            var seen = at;
            var entries = new List<Entry>();
            while (clock.GetUtcNow() < until && !lifetime.ApplicationStopping.IsCancellationRequested)
            {
                entries.Clear();
                if (!tail.TryRead(seen, int.MaxValue, entries) && tail.Epoch != 0 || entries.Any(filter.Matches)) return true;
                if (entries.Count > 0) seen = entries[^1].Sequence;
                await pulse.WaitAsync(http.RequestAborted);
                pulse = tail.Pulse;
            }
            return false;
        }
    }

    private static async Task<IResult> StreamAsync(
        [AsParameters] FeedQuery query, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, string? ticket, HttpContext http,
        FeedStream stream, IHostApplicationLifetime lifetime)
    {
        // A browser that reconnects repeats the address with its old ?after=; the header is the newer of the two.
        var (faults, from) = FeedQuery.Check(http.Request, lastEventId is { Length: > 0 } ? lastEventId : query.After);
        if (ticket is not null && http.Request.Headers.Authorization.Count > 0) faults.Add(new(Tickets.Parameter, "A token or a ticket, not both."));
        if (faults.Count > 0) return Malformed(faults);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await stream.SendAsync(http, query.FilterFor(http.Client()), from, stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The subscriber went, or this process is going; it resumes elsewhere from what it has seen.
        }
        return Results.Empty;
    }

    private static async Task<IResult> GiveTicketAsync(HttpContext http, Tickets tickets)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Results.Ok(await tickets.GiveAsync(http.Client(), http.RequestAborted));
    }

    private static async Task<IResult> SnapshotAsync(
        string[]? types, string[]? divisions, string[]? subjects, HttpContext http, Snapshots snapshots)
    {
        var (faults, _) = FeedQuery.Check(http.Request, null);
        return faults.Count > 0
            ? Malformed(faults)
            : await snapshots.AnswerAsync(new FeedQuery(null, types, divisions, subjects).FilterFor(http.Client()), http, http.RequestAborted);
    }

    private static ProblemResult Malformed(List<Fault> faults) =>
        Problems.Of(Refusal.Malformed("query.malformed", "The query is not understood.", faults));

    private static ProblemResult Gone(HttpContext http, FeedHead head, string reason)
    {
        var snapshot = FeedQuery.LinkTo("/v1/updates/snapshot", http.Request);
        http.Response.Headers.Link = $"<{snapshot}>; rel=\"start\"";
        var why = reason switch
        {
            "expired" => $"Entries up to {head.Oldest} are no longer kept.",
            "ahead" => $"The feed has come to {head.Now} only.",
            _ => $"The feed was restored and counts anew; it keeps what follows {head.Oldest}.",
        };
        return Problems.Of(StatusCodes.Status410Gone, "sequence.unavailable", $"{why} Start from {snapshot}.");
    }
}

/// <summary>The shape of a polled page.</summary>
/// <param name="Items">CloudEvents, in the feed's order.</param>
/// <param name="Next">Where to go on, as <c>after</c>; always there, since a feed has no end.</param>
public sealed record FeedAnswer(IReadOnlyList<JsonElement> Items, string Next);

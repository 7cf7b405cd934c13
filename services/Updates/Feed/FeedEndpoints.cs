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
            .Produces<FeedAnswer>().ProducesProblem(400).ProducesProblem(410);
        feed.MapGet("/stream", StreamAsync).WithName("streamUpdates")
            .WithSummary("Follows the feed live as server-sent events, from Last-Event-ID or after on, else from now on.")
            .Produces(200, contentType: "text/event-stream").ProducesProblem(400);
    }

    private static async Task<IResult> PollAsync(
        [AsParameters] FeedQuery query, int? limit, int? wait, HttpContext http, FeedReader reader, FeedTail tail, TimeProvider clock,
        IHostApplicationLifetime lifetime)
    {
        var (faults, from) = FeedQuery.Check(query.After);
        if (limit is < 1 or > MostItems) faults.Add(new("limit", $"From 1 to {MostItems}."));
        if (wait is < 0 or > LongestWait) faults.Add(new("wait", $"From 0 to {LongestWait} seconds."));
        if (faults.Count > 0) return Malformed(faults);

        var filter = query.FilterFor(http.Client());
        var until = clock.GetUtcNow().AddSeconds(wait ?? 0);
        var at = from;
        while (true)
        {
            var pulse = tail.Pulse;
            var head = await reader.HeadAsync(http.RequestAborted);
            at ??= head.Oldest;
            if (head.WhyNot(at.Value) is { } reason) return Gone(head, reason);
            var page = await reader.PageAsync(head, at.Value.Number, filter, limit ?? 50, http.RequestAborted);
            at = page.Examined;
            if (page.Entries.Count > 0 || !page.Open) return new FeedPageResult(page);
            if (!await ArrivesAsync(at.Value, pulse, until)) return new FeedPageResult(page);
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
        [AsParameters] FeedQuery query, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, HttpContext http, FeedStream stream,
        IHostApplicationLifetime lifetime)
    {
        // A browser that reconnects repeats the address with its old ?after=; the header is the newer of the two.
        var (faults, from) = FeedQuery.Check(lastEventId is { Length: > 0 } ? lastEventId : query.After);
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

    private static ProblemResult Malformed(List<Fault> faults) =>
        Problems.Of(Refusal.Malformed("query.malformed", "The query is not understood.", faults));

    private static ProblemResult Gone(FeedHead head, string reason) =>
        Problems.Of(StatusCodes.Status410Gone, "sequence.unavailable", reason switch
        {
            "expired" => $"Entries up to {head.Oldest} are no longer kept.",
            "ahead" => $"The feed has come to {head.Now} only.",
            _ => $"The feed was restored and counts anew; it keeps what follows {head.Oldest}.",
        });
}

/// <summary>The shape of a polled page.</summary>
/// <param name="Items">CloudEvents, in the feed's order.</param>
/// <param name="Next">Where to go on, as <c>after</c>; always there, since a feed has no end.</param>
public sealed record FeedAnswer(IReadOnlyList<JsonElement> Items, string Next);

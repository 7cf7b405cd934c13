using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Npgsql;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Feed;

/// <summary>
/// One subscriber of the event stream: a position that reads on, from the database while it is behind and from the shared ring once it
/// is live. Nothing is queued for it; what it does not take stays where it is, and when that is gone it is told so and closed.
/// </summary>
public sealed partial class FeedStream(
    FeedTail tail, FeedReader reader, TokenAuthority tokens, Standing standing, FeedOptions options, TimeProvider clock, ILogger<FeedStream> logger)
{
    private const int Page = 500;
    private const int FlushBytes = 32 << 10;

    // An address is read by people too, and the line is never put into HTML.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task SendAsync(HttpContext http, FeedFilter filter, Sequence? from, CancellationToken stop)
    {
        var head = await reader.HeadAsync(stop);
        Open(http.Response);
        var subscriber = new Subscriber(http, filter, from ?? head.Now);
        tail.Joined(1);
        try
        {
            await StartAsync(subscriber, head, stop);
        }
        finally
        {
            tail.Joined(-1);
        }
    }

    private async Task StartAsync(Subscriber subscriber, FeedHead head, CancellationToken stop)
    {
        await WriteAsync(subscriber, "retry: 3000\n\n"u8.ToArray(), stop);
        if (head.WhyNot(subscriber.At) is not null)
            await ResetAsync(subscriber, head, stop);
        else
            await FollowAsync(subscriber, stop);
    }

    private async Task FollowAsync(Subscriber subscriber, CancellationToken stop)
    {
        var live = false;
        var spoke = clock.GetTimestamp();
        var entries = new List<Entry>();
        var opened = TimeProvider.System.GetUtcNow(); // as tokens count
        // A stream outlives its token, but not the client's right to one.
        while (!tokens.HasEnded(subscriber.Client, opened))
        {
            subscriber.Follow(standing);
            var pulse = tail.Pulse;
            var at = subscriber.At;
            entries.Clear();
            if (tail.TryRead(at, Page, entries))
            {
                live = true;
                if (entries.Count > 0) subscriber.At = entries[^1].Sequence;
            }
            else if (tail.Epoch != 0 && tail.Epoch != at.Epoch)
            {
                await ResetAsync(subscriber, await reader.HeadAsync(stop), stop);
                return;
            }
            else if (live)
            {
                Log.Lagging(logger, subscriber.Id);
                await WriteAsync(subscriber, Message("lagging", new { resume = at.ToString() }), stop);
                return;
            }
            else if (await CatchUpAsync(subscriber, entries, stop) is { } past)
            {
                await ResetAsync(subscriber, past, stop);
                return;
            }

            if (await SendAsync(subscriber, entries, stop)) spoke = clock.GetTimestamp();
            // While it waits it holds neither what it sent nor the room that catching up took.
            if (entries.Capacity > 64) entries = [];
            else entries.Clear();
            if (subscriber.At != at) continue;
            if (clock.GetElapsedTime(spoke) >= options.Heartbeat)
            {
                await WriteAsync(subscriber, ": still here\n\n"u8.ToArray(), stop);
                spoke = clock.GetTimestamp();
            }
            await pulse.WaitAsync(stop);
        }
    }

    /// <summary>
    /// Reads a page from the database; while that is away the stream stays open and only waits. Where one cannot go on from here without
    /// missing something, it answers where the feed is.
    /// </summary>
    private async Task<FeedHead?> CatchUpAsync(Subscriber subscriber, List<Entry> entries, CancellationToken stop)
    {
        try
        {
            var head = await reader.HeadAsync(stop);
            if (head.WhyNot(subscriber.At) is not null) return head;
            if (await reader.PageAsync(head, subscriber.At.Number, subscriber.Filter, Page, stop) is not { } page) return await reader.HeadAsync(stop);
            entries.AddRange(page.Entries);
            subscriber.At = page.Examined;
        }
        catch (NpgsqlException e)
        {
            Log.Behind(logger, subscriber.Id, e);
        }
        return null;
    }

    private async Task<bool> SendAsync(Subscriber subscriber, List<Entry> entries, CancellationToken stop)
    {
        var spoke = false;
        foreach (var entry in entries.Where(subscriber.Filter.Matches))
        {
            subscriber.Out.Write(entry.Frame.Span);
            spoke = true;
            if (subscriber.Out.UnflushedBytes >= FlushBytes) await FlushAsync(subscriber, stop);
        }
        if (subscriber.Out.UnflushedBytes > 0) await FlushAsync(subscriber, stop);
        return spoke;
    }

    private async Task WriteAsync(Subscriber subscriber, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        subscriber.Out.Write(bytes.Span);
        await FlushAsync(subscriber, stop);
    }

    private async Task FlushAsync(Subscriber subscriber, CancellationToken stop)
    {
        var flush = subscriber.Out.FlushAsync(stop);
        if (flush.IsCompletedSuccessfully) return;
        try
        {
            await flush.AsTask().WaitAsync(options.Stall, clock, stop);
        }
        catch (TimeoutException)
        {
            // It reads nothing, so there is no telling it.
            Log.Stalled(logger, subscriber.Id);
            subscriber.Abort();
            throw new OperationCanceledException("The subscriber stalled.");
        }
    }

    private async Task ResetAsync(Subscriber subscriber, FeedHead head, CancellationToken stop) => await WriteAsync(subscriber, Message("reset", new
    {
        reason = head.WhyNot(subscriber.At) ?? "epoch",
        oldest = head.Oldest.ToString(),
        now = head.Now.ToString(),
        snapshot = subscriber.Snapshot,
    }), stop);

    // Without an id, so that a follower that ignores it comes back with the same place and is told again.
    private static byte[] Message(string name, object data) =>
        Encoding.UTF8.GetBytes($"event: {name}\ndata: {JsonSerializer.Serialize(data, Plain)}\n\n");

    private static void Open(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    private sealed class Subscriber(HttpContext http, FeedFilter filter, Sequence at)
    {
        public FeedFilter Filter { get; private set; } = filter;

        public Sequence At { get; set; } = at;

        public string Snapshot => FeedQuery.LinkTo("/v1/updates/snapshot", http.Request);

        public string Id => http.TraceIdentifier;

        public string Client { get; } = http.Client().Id;

        /// <summary>Its client may have been moved since it came.</summary>
        public void Follow(Standing standing)
        {
            if (standing.DivisionOf(Client, Filter.Within) is var division && division != Filter.Within) Filter = Filter with { Within = division };
        }

        public PipeWriter Out => http.Response.BodyWriter;

        public void Abort() => http.Abort();
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Subscriber {Id} cannot keep up and was closed.")]
        public static partial void Lagging(ILogger logger, string id);

        [LoggerMessage(2, LogLevel.Information, "Subscriber {Id} takes nothing and was cut off.")]
        public static partial void Stalled(ILogger logger, string id);

        [LoggerMessage(3, LogLevel.Warning, "Subscriber {Id} waits, because the database is not there.")]
        public static partial void Behind(ILogger logger, string id, Exception exception);
    }
}

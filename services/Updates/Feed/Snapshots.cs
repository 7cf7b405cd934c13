using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Restoration.Updates.Feed;

/// <summary>
/// The latest entry of each subject and type at one place of the feed. What lies before a place never changes, so only the numbers are
/// found in one statement; the entries are read a part at a time, as fast as the client takes them, and no snapshot of the database is held.
/// </summary>
public sealed class Snapshots(FeedReader reader) : IDisposable
{
    private const int Part = 500;
    private const int AtOnce = 2;

    // Finding the numbers goes through the whole feed.
    private readonly SemaphoreSlim _room = new(AtOnce);

    public void Dispose() => _room.Dispose();

    public async Task<IResult> AnswerAsync(FeedFilter filter, HttpContext http, CancellationToken stop)
    {
        var head = await reader.HeadAsync(stop);
        var response = http.Response;
        response.Headers.CacheControl = "private, no-cache";
        response.Headers.Vary = HeaderNames.Authorization;
        var etag = http.EntityTag(head.Now.ToString());
        response.GetTypedHeaders().ETag = etag;
        if (http.Request.Has(etag)) return Results.StatusCode(StatusCodes.Status304NotModified);
        List<long> numbers;
        await _room.WaitAsync(stop);
        try
        {
            numbers = await reader.LatestAsync(head, filter, stop);
        }
        finally
        {
            _room.Release();
        }
        response.Headers.Link = $"<{FeedQuery.LinkTo("/v1/updates", http.Request, head.Now)}>; rel=\"next\"";
        response.ContentType = "application/json; charset=utf-8";
        await WriteAsync(http, head, numbers, stop);
        return Results.Empty;
    }

    private async Task WriteAsync(HttpContext http, FeedHead head, List<long> numbers, CancellationToken stop)
    {
        var body = http.Response.BodyWriter;
        body.Write(Encoding.ASCII.GetBytes($"{{\"sequence\":\"{head.Now}\",\"items\":["));
        var first = true;
        foreach (var part in numbers.Chunk(Part))
        {
            for (var rest = part; rest.Length > 0;)
            {
                var (entries, cut) = await reader.EntriesAsync(head.Epoch, rest, stop);
                foreach (var entry in entries)
                {
                    if (!first) body.Write(","u8);
                    body.Write(entry.Body.Span);
                    first = false;
                }
                rest = cut ? [.. rest.Where(n => n > entries[^1].Number)] : [];
                await body.FlushAsync(stop);
            }
        }
        body.Write("]}"u8);
        await body.FlushAsync(stop);
    }
}

/// <summary>The shape of a snapshot.</summary>
/// <param name="Sequence">Where it is true; go on from there, as <c>after</c>.</param>
/// <param name="Items">The latest CloudEvent of each subject and type, in the feed's order.</param>
public sealed record SnapshotAnswer(string Sequence, IReadOnlyList<JsonElement> Items);

using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Net.Http.Headers;

namespace Restoration.Updates.Feed;

/// <summary>
/// Writes a page from the stored bytes. What was examined never changes, so any page but the open one at the end of the feed may be kept
/// for ever by the client it was made for.
/// </summary>
public sealed class FeedPageResult(FeedPage page, Sequence from, string within) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.CacheControl = page.Open ? "private, no-cache" : "private, max-age=31536000, immutable";
        response.Headers.Vary = HeaderNames.Authorization;
        response.Headers.Link = $"<{Next(httpContext.Request)}>; rel=\"next\"";

        // Entries stand for ever, so where a page begins and ends says what is on it, for this address and whoever may see as much.
        var etag = new EntityTagHeaderValue($"\"{from}-{page.Examined}-{within}\"");
        response.GetTypedHeaders().ETag = etag;
        if (httpContext.Request.Has(etag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = "application/json; charset=utf-8";
        var body = response.BodyWriter;
        body.Write("{\"items\":["u8);
        var first = true;
        foreach (var entry in page.Entries)
        {
            if (!first) body.Write(","u8);
            body.Write(entry.Body.Span);
            first = false;
        }
        body.Write(Encoding.ASCII.GetBytes($"],\"next\":\"{page.Examined}\"}}"));
        await body.FlushAsync(httpContext.RequestAborted);
    }

    private string Next(HttpRequest request)
    {
        var query = new QueryBuilder(request.Query.Where(p => p.Key != "after")) { { "after", page.Examined.ToString() } };
        return request.PathBase + request.Path + query.ToQueryString();
    }
}

internal static class Answers
{
    /// <summary>Whether the client says that it has this answer already.</summary>
    public static bool Has(this HttpRequest request, EntityTagHeaderValue etag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(etag, useStrongComparison: false));
}

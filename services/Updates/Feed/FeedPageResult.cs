using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Net.Http.Headers;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Feed;

/// <summary>
/// Writes a page from the stored bytes. What was examined never changes, so any page but the open one at the end of the feed may be kept
/// for ever by the client it was made for, and but the one without a place to begin at: the oldest entry is another when some are forgotten.
/// </summary>
public sealed class FeedPageResult(FeedPage page, Sequence from) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.CacheControl = page.Open || !httpContext.Request.Query.ContainsKey("after") ? "private, no-cache" : "private, max-age=31536000, immutable";
        response.Headers.Vary = HeaderNames.Authorization;
        response.Headers.Link = $"<{Next(httpContext.Request)}>; rel=\"next\"";

        var etag = httpContext.EntityTag($"{from}-{page.Examined}");
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
    /// <summary>
    /// Entries stand for ever, so the places between which they were looked for say what is in an answer: at this address, for whoever may
    /// see as much as this client.
    /// </summary>
    public static EntityTagHeaderValue EntityTag(this HttpContext http, string places)
    {
        var client = http.Client();
        var who = SHA256.HashData(Encoding.UTF8.GetBytes($"{client.Id} {client.Division}"));
        return new($"\"{places}-{Convert.ToHexStringLower(who.AsSpan(0, 4))}\"");
    }

    /// <summary>Whether the client says that it has this answer already.</summary>
    public static bool Has(this HttpRequest request, EntityTagHeaderValue etag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(etag, useStrongComparison: false));
}

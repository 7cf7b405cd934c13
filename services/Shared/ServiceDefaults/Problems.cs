using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Restoration.Domain;

namespace Restoration.ServiceDefaults;

/// <summary>The body of every "no" (RFC 9457, with our members <c>code</c>, <c>traceId</c> and <c>errors</c>).</summary>
public sealed record Problem(
    string Type,
    string Title,
    int Status,
    string? Detail,
    string? Instance,
    string Code,
    string? TraceId,
    IReadOnlyList<Fault>? Errors);

/// <summary>Answers <c>application/problem+json</c>; the body is made when it is written, since it names the request and its language.</summary>
public sealed class ProblemResult(int status, string code, string? detail, IReadOnlyList<Fault>? faults, TimeSpan? retryAfter)
    : IResult, IStatusCodeHttpResult
{
    public int Status => status;

    int? IStatusCodeHttpResult.StatusCode => status;

    public string Code => code;

    /// <summary>Who has more wrong than this learns nothing from the rest.</summary>
    private const int MostFaults = 200;

    /// <summary>The body alone, for answers that carry problems inside (a batch has one for each rejected event).</summary>
    public Problem For(HttpContext context) => new(
        $"/problems/{code}",
        ProblemTitles.Of(code, status, Problems.PrefersChinese(context.Request)),
        status,
        detail,
        context.Request.PathBase + context.Request.Path,
        code,
        // The request's own: a reply to be stored is worded by the writer, which works for many.
        (context.Features.Get<IHttpActivityFeature>()?.Activity ?? Activity.Current)?.TraceId.ToHexString() ?? context.TraceIdentifier,
        faults switch
        {
            null or { Count: 0 } => null,
            { Count: > MostFaults } => [.. faults.Take(MostFaults), new("#", $"There are {faults.Count - MostFaults} more.")],
            _ => faults,
        });

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var body = JsonSerializer.SerializeToUtf8Bytes(For(httpContext), WireJson.Options);
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        response.Headers.ContentLanguage = Problems.LanguageOf(httpContext.Request);
        response.Headers.Append("Vary", "Accept-Language");
        if (!response.Headers.ContainsKey("Cache-Control"))
            response.Headers.CacheControl = "no-store";
        if (retryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (!HttpMethods.IsHead(httpContext.Request.Method))
            await response.Body.WriteAsync(body, httpContext.RequestAborted);
    }
}

public static class Problems
{
    public static ProblemResult Of(Refusal refusal) => Of(StatusOf(refusal.Kind), refusal.Code, refusal.Detail, refusal.Faults);

    /// <summary>For what is not a refusal of the domain: protocol (428, 429), tokens, failures.</summary>
    public static ProblemResult Of(int status, string code, string? detail = null, IReadOnlyList<Fault>? faults = null) =>
        new(status, code, detail, faults, null);

    /// <summary>503: the caller may try again, and when.</summary>
    public static ProblemResult Unavailable(string detail, TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, "service.unavailable", detail, null, retryAfter);

    /// <summary>429: too fast; again after the given time.</summary>
    public static ProblemResult TooMany(string detail, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, "requests.too-many", detail, null, retryAfter);

    /// <summary>The one table of kinds and statuses.</summary>
    public static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.Malformed => StatusCodes.Status400BadRequest,
        RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
        RefusalKind.NotFound => StatusCodes.Status404NotFound,
        RefusalKind.Conflict => StatusCodes.Status409Conflict,
        RefusalKind.Moved => StatusCodes.Status412PreconditionFailed,
        RefusalKind.Invalid => StatusCodes.Status422UnprocessableEntity,
        _ => StatusCodes.Status500InternalServerError,
    };

    /// <summary>In which a request is refused.</summary>
    public static string LanguageOf(HttpRequest request) => PrefersChinese(request) ? "zh" : "en";

    public static bool PrefersChinese(HttpRequest request)
    {
        if (request.Headers.AcceptLanguage.Count == 0)
            return false;
        // A stable sort: of languages wanted alike, the first one named.
        var wanted = request.GetTypedHeaders().AcceptLanguage
            .Where(l => l.Quality is not 0)
            .OrderByDescending(l => l.Quality ?? 1)
            .Select(l => l.Value.ToString())
            .FirstOrDefault(l => Is(l, "zh") || Is(l, "en") || l == "*");
        return wanted is not null && Is(wanted, "zh");

        static bool Is(string tag, string language) =>
            tag.Equals(language, StringComparison.OrdinalIgnoreCase) || tag.StartsWith(language + "-", StringComparison.OrdinalIgnoreCase);
    }
}

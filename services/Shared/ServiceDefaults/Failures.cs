using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.ServiceDefaults;

/// <summary>
/// What was not decided but happened — exceptions, and answers without a body (404, 405, a proxy's 502) — as problems. What is inside
/// an exception goes to the log, once, and never out.
/// </summary>
internal static partial class Failures
{
    private static readonly TimeSpan Shortly = TimeSpan.FromSeconds(5);

    public static void UseProblems(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = AnswerException, SuppressDiagnosticsCallback = _ => true });
        app.UseStatusCodePages(context => Of(context.HttpContext).ExecuteAsync(context.HttpContext));
    }

    private static async Task AnswerException(HttpContext context)
    {
        var exception = context.Features.GetRequiredFeature<IExceptionHandlerFeature>().Error;
        var result = Of(exception);
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(Failures));
        if (result.Status == StatusCodes.Status500InternalServerError)
            Log.Failed(log, exception, context.Request.Method, context.Request.Path);
        else if (result.Status == StatusCodes.Status503ServiceUnavailable)
            Log.Unavailable(log, context.Request.Method, context.Request.Path, exception.Message);
        try
        {
            await result.ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there any more to be told; the server would log the failure as one of its own.
        }
    }

    public static ProblemResult Of(Exception exception) => exception switch
    {
        UnavailableException unavailable => Problems.Unavailable(unavailable.Message, unavailable.RetryAfter),
        UnknownEventTypeException unknown => new ProblemResult(StatusCodes.Status503ServiceUnavailable, "stored-event.unknown", unknown.Message, null, Shortly),
        BadHttpRequestException { InnerException: JsonException json } => Of(json),
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } bad =>
            Clean(bad) is { } parameter ? Problems.Of(Refusal.Malformed("parameter.malformed", parameter)) : Problems.Of(bad.StatusCode, "request.malformed"),
        BadHttpRequestException bad => Of(bad.StatusCode, routed: true),
        // The server's own word for a chunk whose size is no number it can hold.
        IOException { InnerException: OverflowException } => Problems.Of(StatusCodes.Status400BadRequest, "request.malformed"),
        _ when DatabaseIsAway(exception) => Problems.Unavailable("The database cannot be reached for the moment.", Shortly),
        _ => Problems.Of(StatusCodes.Status500InternalServerError, "server.error"),
    };

    private static ProblemResult Of(HttpContext context) =>
        Of(context.Response.StatusCode, routed: context.GetEndpoint() is not null);

    private static ProblemResult Of(int status, bool routed) => status switch
    {
        400 => Problems.Of(status, "request.malformed"),
        401 => Problems.Of(status, "token.missing"),
        403 => Problems.Of(status, "role.missing"),
        404 => Problems.Of(status, routed ? "resource.unknown" : "route.unknown"),
        405 => Problems.Of(status, "method.unsupported", "The Allow header names the methods there are."),
        406 => Problems.Of(status, "accept.unsupported"),
        408 => Problems.Of(status, "request.slow", "The body did not arrive in time."),
        413 => Problems.Of(status, "body.oversized"),
        415 => Problems.Of(status, "media-type.unsupported"),
        429 => Problems.TooMany("Slow down.", TimeSpan.FromSeconds(1)),
        // A proxy's 502 and 504 mean the same to a caller: not now.
        502 or 503 or 504 => Problems.Unavailable("The service behind this path does not answer for the moment.", Shortly),
        < 500 => Problems.Of(status, "request.refused"),
        _ => Problems.Of(status, "server.error"),
    };

    private static ProblemResult Of(JsonException json)
    {
        // The reader's own exception is inside where the text is no JSON; how far it had come in the model says nothing then.
        if (json.InnerException is JsonException)
            return Malformed("#", $"This is not JSON (line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}).");
        var missing = MissingMembers().Match(json.Message);
        return Malformed(Pointer(json.Path),
            missing.Success ? $"Members are missing: {missing.Groups[1].Value.Replace("'", "", StringComparison.Ordinal)}."
            : json.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "There is no such member."
            : json.Message.Contains("uplicate", StringComparison.Ordinal) ? "A member is given twice."
            : "The value does not have the right form.");

        static ProblemResult Malformed(string pointer, string detail) => Problems.Of(
            StatusCodes.Status400BadRequest, "body.malformed", "The body does not have the right form.", [new Fault(pointer, detail)]);
    }

    /// <summary>From the serializer's path (<c>$.lines[2].amount</c>) to a JSON pointer (<c>#/lines/2/amount</c>).</summary>
    internal static string Pointer(string? path)
    {
        if (path is null or "$")
            return "#";
        var steps = PathSteps().Matches(path).Select(m => m.Groups.Cast<Group>().Skip(1).First(g => g.Success).Value);
        return "#/" + string.Join('/', steps.Select(s => s.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)));
    }

    private static string? Clean(BadHttpRequestException bad) =>
        BoundParameter().Match(bad.Message) is { Success: true } m ? $"The parameter '{m.Groups[1].Value}' is missing or malformed." : null;

    private static bool DatabaseIsAway(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is NpgsqlException { IsTransient: true } or PostgresException { SqlState: PostgresErrorCodes.QueryCanceled })
                return true;
        return false;
    }

    [GeneratedRegex(@"missing required properties including: (.+?)\.?$", RegexOptions.Singleline)]
    private static partial Regex MissingMembers();

    [GeneratedRegex("""parameter "\S+ (\w+)" """)]
    private static partial Regex BoundParameter();

    [GeneratedRegex(@"\.([^.\[\]]+)|\['([^']*)'\]|\[(\d+)\]")]
    private static partial Regex PathSteps();

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path);

        [LoggerMessage(2, LogLevel.Warning, "{Method} {Path} answered 503: {Reason}")]
        public static partial void Unavailable(ILogger logger, string method, string path, string reason);
    }
}

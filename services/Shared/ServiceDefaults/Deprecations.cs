using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Restoration.ServiceDefaults;

/// <summary>A route that goes out: since when one should leave it, the day it ends, and the route that takes its place.</summary>
internal sealed record Deprecation(DateTimeOffset Since, DateTimeOffset Sunset, string Successor);

public static class Deprecations
{
    /// <summary>
    /// Every answer of the route says that it goes out: <c>Deprecation</c> (RFC 9745), <c>Sunset</c> (RFC 8594) and the Link of its
    /// successor; the document marks it.
    /// </summary>
    /// <param name="successor">A path, in which <c>{id}</c> stands for the value that the request has there.</param>
    public static TBuilder Deprecated<TBuilder>(this TBuilder builder, DateTimeOffset since, DateTimeOffset sunset, string successor)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Deprecation(since, sunset, successor));

    /// <summary>When the answer starts, so that refusals say it too.</summary>
    internal static Task Say(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Deprecation>() is { } gone)
        {
            context.Response.OnStarting(() =>
            {
                var successor = context.Request.RouteValues.Aggregate(gone.Successor, (path, value) =>
                    path.Replace($"{{{value.Key}}}", Uri.EscapeDataString(Convert.ToString(value.Value, CultureInfo.InvariantCulture) ?? ""), StringComparison.Ordinal));
                var headers = context.Response.Headers;
                headers["Deprecation"] = $"@{gone.Since.ToUnixTimeSeconds()}";
                headers["Sunset"] = gone.Sunset.ToString("R", CultureInfo.InvariantCulture);
                headers.Append("Link", $"<{successor}>; rel=\"successor-version\"");
                return Task.CompletedTask;
            });
        }

        return next(context);
    }
}

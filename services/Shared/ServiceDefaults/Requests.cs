using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Net.Http.Headers;
using Restoration.Domain;

namespace Restoration.ServiceDefaults;

/// <summary>What of a request must not be passed over in silence.</summary>
public static class Requests
{
    /// <summary>A misspelt filter must not be ignored: parameters that the route does not name are refused.</summary>
    public static TBuilder RefusingUnknownParameters<TBuilder>(this TBuilder builder) where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilterFactory((context, next) =>
        {
            var known = context.MethodInfo.GetParameters().SelectMany(NamesOf).ToHashSet();
            return call =>
            {
                var (query, route) = (call.HttpContext.Request.Query, call.HttpContext.Request.RouteValues);
                if (query.Where(q => q.Value.Any(v => v?.Contains('\0') == true)).Select(q => q.Key).ToList() is { Count: > 0 } unstorable)
                    return ValueTask.FromResult<object?>(Problems.Of(Refusal.Malformed(
                        "parameter.malformed", "The character U+0000 cannot be looked for.", [.. unstorable.Select(k => new Fault($"?{k}", "This holds U+0000."))])));

                var unknown = query.Keys.Where(k => !known.Contains(k) || route.ContainsKey(k)).ToList();
                return unknown.Count == 0 ? next(call) : ValueTask.FromResult<object?>(Problems.Of(Refusal.Malformed(
                    "parameter.unknown", "The route has no such query parameter.", [.. unknown.Select(k => new Fault($"?{k}", "This is not known here."))])));
            };
        });

    /// <summary>What a handler takes from the query: not services, headers or bodies.</summary>
    private static IEnumerable<string> NamesOf(ParameterInfo parameter)
    {
        var attributes = parameter.GetCustomAttributes().ToList();
        if (attributes.OfType<AsParametersAttribute>().Any())
            return parameter.ParameterType.GetProperties()
                .Select(p => (p.Name, From: p.GetCustomAttributes().OfType<IFromQueryMetadata>().FirstOrDefault())).Where(p => p.From is not null).Select(p => p.From!.Name ?? p.Name);
        var (type, elsewhere) = (parameter.ParameterType, attributes.Any(a => a is IFromHeaderMetadata or IFromServiceMetadata or IFromBodyMetadata));
        return !elsewhere && (type == typeof(string) || type == typeof(string[]) || (type.IsValueType && type != typeof(CancellationToken))) ? [parameter.Name!] : [];
    }

    /// <summary>
    /// Who asks with HEAD is told what GET would answer, and the server leaves the body out by itself (RFC 9110 §9.3.2). Not of a stream,
    /// whose answer has no end.
    /// </summary>
    internal static Task AnswerHead(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsHead(context.Request.Method) && !context.Request.Path.Value!.TrimEnd('/').EndsWith("/stream", StringComparison.OrdinalIgnoreCase))
            context.Request.Method = HttpMethods.Get;
        return next(context);
    }

    /// <summary>Nothing here reads coded bodies; taken as they are, they would be judged by what they are not.</summary>
    internal static Task RefuseCodedBody(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers.ContentEncoding is [] or ["identity"])
            return next(context);
        context.Response.Headers[HeaderNames.AcceptEncoding] = "identity";
        return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "media-type.unsupported", "Send the body without Content-Encoding.").ExecuteAsync(context);
    }
}

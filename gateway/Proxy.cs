using Microsoft.AspNetCore.Connections.Features;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace Restoration.Gateway;

/// <summary>
/// Routes and clusters stand in <c>appsettings.json</c>; where the services are, in <c>Services:{name}</c> (several replicas: separated
/// by commas). The services check tokens themselves, so a proxied route asks for none here: one place decides.
/// </summary>
internal static class Proxy
{
    public static void AddProxy(this WebApplicationBuilder builder) =>
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<ServiceAddresses>()
            // X-Forwarded-* are set anew by default, whatever the caller sent; the standard header would pass, so it goes.
            .AddTransforms(transforms => transforms.AddRequestHeaderRemove("Forwarded"));

    /// <summary>A page to browse all services' documents.</summary>
    public static void UseDocuments(this WebApplication app) => app.UseSwaggerUI(page =>
    {
        page.RoutePrefix = "docs";
        page.DocumentTitle = "Restoration";
        foreach (var service in app.Configuration.GetSection("Services").GetChildren().Select(s => s.Key).Order())
            page.SwaggerEndpoint($"/openapi/{service}.json", service);
        page.SwaggerEndpoint("/openapi/gateway.json", "gateway");
    });

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var encrypted = context.Features.Get<ITlsHandshakeFeature>() is not null;
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            if (encrypted)
                headers.StrictTransportSecurity = "max-age=31536000";
            // Answers are data; only the page of documents has scripts and styles, its own, and the pages of problems have one style.
            headers.ContentSecurityPolicy =
                context.Request.Path.StartsWithSegments("/docs") ? "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
                : context.Request.Path.StartsWithSegments(ProblemPages.Root) ? ProblemPages.Policy
                : "default-src 'none'; frame-ancestors 'none'";
            return Task.CompletedTask;
        });
        return next(context);
    });

    /// <summary>A stream sends a heartbeat every ten seconds, and a call may wait half a minute; what says nothing for longer is cut off.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(100);

    private sealed class ServiceAddresses(IConfiguration configuration) : IProxyConfigFilter
    {
        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
        {
            var addresses = configuration[$"Services:{cluster.ClusterId}"]
                ?? throw new InvalidOperationException($"Services:{cluster.ClusterId} is not configured.");
            var destinations = addresses.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .ToDictionary(a => a, a => new DestinationConfig { Address = a });
            return ValueTask.FromResult(cluster with { Destinations = destinations, HttpRequest = cluster.HttpRequest ?? new ForwarderRequestConfig { ActivityTimeout = s_silence } });
        }

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) =>
            ValueTask.FromResult(route with { AuthorizationPolicy = route.AuthorizationPolicy ?? "anonymous" });
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Restoration.ServiceDefaults;

/// <summary>What each host does alike: two calls in every <c>Program.cs</c>.</summary>
public static class ServiceSetup
{
    /// <summary>A batch of events may have 4 MiB; the rest is room for what surrounds it. A route may set another limit.</summary>
    private const long MaxBody = (4 << 20) + (64 << 10);

    /// <summary>
    /// <c>service</c> is the word of its paths, its document and its telemetry (<c>registry</c>); <c>keysConnection</c> names the
    /// connection string by which the gateway's key ring is read.
    /// </summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service, string keysConnection = "keys")
    {
        builder.AddLogging();
        builder.AddTelemetry(service);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBody;
        });
        var services = builder.Services;
        services.AddSingleton(new ServiceName(service));
        services.TryAddSingleton(TimeProvider.System);
        services.ConfigureHttpJsonOptions(json => WireJson.Apply(json.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOptions<ForwardedHeadersOptions>().Configure<IConfiguration>(TrustProxies);
        services.AddHealthChecks();
        services.AddHostedService<Rest>();
        services.AddTokens(keysConnection);
        services.AddDocument(service);
        return builder;
    }

    /// <summary>
    /// Call before the service's own routes: everything here comes first in the pipeline. <c>first</c>: what comes even before a route is
    /// looked for, when the caller's address is known and problems are worded.
    /// </summary>
    public static WebApplication MapServiceDefaults(this WebApplication app, Action<WebApplication>? first = null)
    {
        app.UseForwardedHeaders();
        app.UseProblems();
        app.Use(Requests.AnswerHead);
        first?.Invoke(app);
        app.UseRouting();
        app.Use(Telemetry.NameSpan);
        app.Use(AnswerUnknownRoute);
        app.Use(Deprecations.Say);
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(Callers.RefuseMalformedActor);
        app.Use(Requests.RefuseCodedBody);
        app.MapHealth();
        app.MapDocument(app.Services.GetRequiredService<ServiceName>().Value);
        return app;
    }

    /// <summary>Before authorization, which would answer 401 where there is nothing to be authorized for.</summary>
    private static Task AnswerUnknownRoute(HttpContext context, RequestDelegate next)
    {
        // The framework's 405 is an endpoint as well, without metadata of ours; it needs no token either.
        if (context.GetEndpoint() is { } endpoint)
            return endpoint is RouteEndpoint || endpoint.RequestDelegate is null ? next(context) : endpoint.RequestDelegate(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>
    /// <c>TrustedProxies</c>: networks, separated by commas, whose X-Forwarded headers are believed. Default: this machine, where the
    /// gateway runs. The gateway itself believes nobody unless it is told to.
    /// </summary>
    private static void TrustProxies(ForwardedHeadersOptions options, IConfiguration configuration)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        var trusted = (configuration["TrustedProxies"] ?? "127.0.0.0/8,::1/128")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var network in trusted)
            options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(network));
        // With nothing known the middleware would believe everybody.
        if (trusted.Length == 0)
            options.ForwardedHeaders = ForwardedHeaders.None;
    }

    /// <summary>One line an entry, UTC, with the trace; <c>Logging:Console:FormatterName=json</c> for machines.</summary>
    private static void AddLogging(this WebApplicationBuilder builder)
    {
        // First, so that every other source of configuration goes over it.
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
                ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",
                ["Logging:LogLevel:System.Net.Http"] = "Warning",
                ["Logging:LogLevel:Npgsql"] = "Warning",
                ["Logging:Console:FormatterName"] = ConsoleFormatterNames.Simple,
            },
        });
        builder.Logging.ClearProviders().AddConsole();
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId);
        builder.Services.Configure<SimpleConsoleFormatterOptions>(o =>
            (o.SingleLine, o.UseUtcTimestamp, o.IncludeScopes, o.ColorBehavior, o.TimestampFormat) =
            (true, true, true, LoggerColorBehavior.Disabled, "yyyy-MM-ddTHH:mm:ss.fffZ "));
        builder.Services.Configure<JsonConsoleFormatterOptions>(o =>
            (o.UseUtcTimestamp, o.IncludeScopes, o.TimestampFormat) = (true, true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
    }

    private sealed record ServiceName(string Value);
}

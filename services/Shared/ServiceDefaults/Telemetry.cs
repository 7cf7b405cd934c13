using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Restoration.ServiceDefaults;

/// <summary>
/// Traces, metrics and logs by OTLP, only where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to; otherwise nothing listens and nothing
/// is paid. The framework, Npgsql, MassTransit and YARP report by themselves, so no instrumentation packages are needed.
/// </summary>
internal static class Telemetry
{
    private static readonly string[] Names =
    [
        "Microsoft.AspNetCore", "Microsoft.AspNetCore.*", "System.Net.Http", "System.Runtime", "MassTransit", "Npgsql",
        "Yarp.ReverseProxy", "Yarp.ReverseProxy.*", "Restoration.*",
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        // From the environment, as the exporter reads it: the other OTEL_ variables work too.
        if (string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
            return;
        var resource = ResourceBuilder.CreateDefault().AddService($"restoration-{service}");
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.SetResourceBuilder(resource);
            logs.IncludeFormattedMessage = true;
            logs.AddOtlpExporter();
        });
        builder.Services.AddHostedService(_ => new Providers(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Names).AddOtlpExporter().Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Names).AddOtlpExporter().Build()));
    }

    /// <summary>The framework names a request's span after itself; people look for method and route.</summary>
    public static async Task NameSpan(HttpContext context, RequestDelegate next)
    {
        var span = Activity.Current;
        if (span is not { IsAllDataRequested: true })
        {
            await next(context);
            return;
        }
        var route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? context.Request.Path;
        span.DisplayName = $"{context.Request.Method} {route}";
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("http.route", route);
        span.SetTag("url.path", context.Request.Path.Value);
        await next(context);
        span.SetTag("http.response.status_code", context.Response.StatusCode);
        if (context.Response.StatusCode >= 500)
            span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Starts with the host and flushes what is left when it stops.</summary>
    private sealed class Providers(TracerProvider traces, MeterProvider metrics) : IHostedService, IDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
            traces.Dispose();
            metrics.Dispose();
        }
    }
}

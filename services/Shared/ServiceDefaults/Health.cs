using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Restoration.ServiceDefaults;

/// <summary>
/// Ready fails on the database alone. Everything else (broker, key ring, lag) only makes "degraded", with 200: a broker that is down
/// would otherwise make a balancer eject every replica, though all of them can still take posts.
/// </summary>
public static class Health
{
    /// <summary>Tag of the checks that decide readiness.</summary>
    public const string Database = "database";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The check that decides readiness: the service's own database answers.</summary>
    public static IHealthChecksBuilder AddDatabase(this IHealthChecksBuilder checks, Func<IServiceProvider, NpgsqlDataSource> database) =>
        checks.Add(new HealthCheckRegistration(Database, provider => new DatabaseCheck(database(provider)), null, [Database], Patience));

    internal static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => Results.Json(new { status = "live" }, WireJson.Options)).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/health/ready", Ready).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task Ready(HttpContext context, HealthCheckService service)
    {
        var report = await service.CheckHealthAsync(context.RequestAborted);
        var ready = report.Entries.Values.All(e => e.Status == HealthStatus.Healthy || !e.Tags.Contains(Database));
        var status = !ready ? "unavailable" : report.Status == HealthStatus.Healthy ? "ready" : "degraded";
        var checks = report.Entries.ToDictionary(e => e.Key, e => new
        {
            status = JsonNamingPolicy.CamelCase.ConvertName(e.Value.Status.ToString()),
            detail = e.Value.Description,
            data = e.Value.Data.Count == 0 ? null : e.Value.Data,
        });
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsJsonAsync(new { status, checks }, WireJson.Options, context.RequestAborted);
    }

    private sealed class DatabaseCheck(NpgsqlDataSource database) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var command = database.CreateCommand("select 1");
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception exception) when (exception is NpgsqlException or TimeoutException or OperationCanceledException)
            {
                // The reason may name a host; it is for the log of whoever asks the database, not for an anonymous caller.
                return HealthCheckResult.Unhealthy("The database does not answer.");
            }
        }
    }
}

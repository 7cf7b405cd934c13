using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Http;

/// <summary>Answers of a roll-up say how far it is (<c>X-View-Position</c>), and wait for a position that the caller names.</summary>
public static class Freshness
{
    /// <param name="minPosition"><c>registry:123</c>; waited for up to two seconds, then 503. Answers a refusal where it is malformed.</param>
    public static async Task<Refusal?> Reach(HttpContext http, string view, string? minPosition)
    {
        var service = http.RequestServices.GetRequiredService<Intake>().Service;
        var wanted = 0L;
        if (minPosition is not null && !(minPosition.Split(':') is [var name, var number] && name == service && long.TryParse(number, out wanted) && wanted >= 0))
        {
            return Refusal.Malformed("parameter.malformed", $"minPosition is {service}:<position>, as X-Position answered it.");
        }

        var position = await ViewPositions.Reach(
            http.RequestServices.GetRequiredService<NpgsqlDataSource>(), view, wanted, http.RequestServices.GetRequiredService<TimeProvider>(), http.RequestAborted);
        http.Response.Headers["X-View-Position"] = $"{service}:{position}";
        return null;
    }
}

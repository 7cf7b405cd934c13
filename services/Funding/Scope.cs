using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding;

/// <summary>What every act on money asks before it is decided: the person behind it, its time, and whose division it touches.</summary>
internal static class Scope
{
    /// <param name="division">Of the fund or the project; null where there is none (one made a moment later is nobody's to command yet).</param>
    /// <param name="absent">What is answered then.</param>
    public static async ValueTask<Refusal?> Refuses(
        HttpContext http, Territory territory, Clock clock, string? division, DateTimeOffset? at, Refusal absent) =>
        http.By().Actor is null ? Refusal.Malformed("actor.missing", "Name the person with Restoration-Actor: <staff number>.")
        : clock.Refuses(at) ?? (division is null ? absent : await territory.Refuses(http.Client(), division, clock.Today()));

    public static async ValueTask<string?> DivisionOf(NpgsqlDataSource db, string sql, string id, CancellationToken stop)
    {
        await using var command = db.CreateCommand(sql);
        return await command.Add(id).ExecuteScalarAsync(stop) as string;
    }

    /// <summary>Of a fund; null, as where there is none, of one that is kept from the client.</summary>
    public static async ValueTask<string?> DivisionOfFund(HttpContext http, NpgsqlDataSource db, Territory territory, string id)
    {
        await using var command = db.CreateCommand($"select division from funds where id = $1 and {Secrets.Shown(2)}");
        return await command.Add(id).Add(await Secrets.SeenBy(http, territory)).ExecuteScalarAsync(http.RequestAborted) as string;
    }

    /// <summary>Of the project whose account it is.</summary>
    public static ValueTask<string?> DivisionOfProject(NpgsqlDataSource db, string projectId, CancellationToken stop) =>
        DivisionOf(db, "select division from accounts where project_id = $1", projectId, stop);
}

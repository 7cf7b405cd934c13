using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.Funding.Accounts;
using Restoration.Http;
using Restoration.ServiceDefaults;

namespace Restoration.Funding;

/// <summary>
/// Funds marked secret, and all that is done with their money: finance and auditors of the fund's division and of those above it see them,
/// for all others there is no such thing. Nothing of them leaves the service, not even in sums.
/// </summary>
internal static class Secrets
{
    /// <summary>The condition under which a row of <c>funds</c> is shown to whom <see cref="SeenBy"/> answered the parameter.</summary>
    public static string Shown(int parameter) => $"(secret_reason is not null and division <> all(${parameter})) is not true";

    /// <summary>The same of a row that names its fund; of the funds as they are, since a fund is secret from its first day on or never.</summary>
    public static string Shown(string fundId, int parameter) =>
        $"{fundId} not in (select id from funding.funds where secret_reason is not null and division <> all(${parameter}))";

    /// <summary>The divisions whose secret funds a client sees; null: all.</summary>
    public static async ValueTask<string[]?> SeenBy(HttpContext http, Territory territory) =>
        http.Client().Has(Roles.Finance) || http.Client().Has(Roles.Auditor) ? (await territory.Seen(http.Client()))?.Under : [];

    /// <summary>Whether a fund is kept from the client.</summary>
    public static async ValueTask<bool> Hide(HttpContext http, NpgsqlDataSource db, Territory territory, string fundId)
    {
        await using var command = db.CreateCommand($"select exists (select from funds where id = $1 and not ({Shown(2)}))");
        return await command.Add(fundId).Add(await SeenBy(http, territory)).ExecuteScalarAsync(http.RequestAborted) is true;
    }

    /// <summary>Which facts of an account a client may read.</summary>
    public static async ValueTask<Func<Event, bool>> Readable(HttpContext http, NpgsqlDataSource db, Territory territory)
    {
        await using var command = db.CreateCommand($"select id from funds where secret_reason is not null and {Shown(1)}");
        var known = (await command.Add(await SeenBy(http, territory)).List(r => r.GetString(0), http.RequestAborted)).ToHashSet();
        return fact => fact switch
        {
            MoneyEvent { Secret: true } e => known.Contains(e.FundId),
            MoneyFoundIdle { Secret: true } e => known.Contains(e.FundId),
            _ => true,
        };
    }
}

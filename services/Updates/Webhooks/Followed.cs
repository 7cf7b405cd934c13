using Npgsql;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Webhooks;

/// <summary>
/// Subscriptions follow their clients: to another division, and into silence where the client was disabled. Until that is noticed here,
/// <see cref="Claims"/> sends nothing for a disabled client, and nothing to anybody that its division does not allow.
/// </summary>
public sealed class Followed(Standing standing, TokenAuthority clients, TimeProvider clock)
{
    private const string Why = "Its client was disabled; resume it when the client is enabled again.";

    public async Task Apply(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var transaction = await connection.BeginTransactionAsync(stop);
        var now = standing.Divisions.ToList();
        await using (var move = new NpgsqlCommand(
            """
            update webhooks.subscriptions s set division = c.division, version = version + 1, changed = now()
            from unnest($1, $2) c(client, division) where s.client = c.client and s.division <> c.division
            """, connection).With(now.Select(c => c.Client).ToArray()).With(now.Select(c => c.Division).ToArray()))
        {
            await move.ExecuteNonQueryAsync(stop);
        }
        foreach (var id in await Silenced(connection, stop))
        {
            var paused = await Subscriptions.Stop(connection, id, SubscriptionState.Paused, Why, stop);
            await SubscriptionFacts.Tell(connection, paused, SubscriptionFacts.Paused, clock, stop);
        }
        await transaction.CommitAsync(stop);
    }

    private async Task<List<string>> Silenced(NpgsqlConnection connection, CancellationToken stop)
    {
        var ids = new List<string>();
        await using var command = new NpgsqlCommand(
            "select id from webhooks.subscriptions where state = 'active' and client = any($1) order by id for update", connection).With(clients.Disabled.ToArray());
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) ids.Add(rows.GetString(0));
        return ids;
    }
}

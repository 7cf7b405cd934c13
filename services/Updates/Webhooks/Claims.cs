using Npgsql;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Webhooks;

/// <summary>A lane that was taken, with its first delivery.</summary>
/// <param name="Token">Counts who took the lane: what a late one says changes nothing.</param>
/// <param name="Delivery">0 where the lane was empty.</param>
/// <param name="Tries">Attempts that failed since it was last sent anew.</param>
/// <param name="Body">The CloudEvent as the feed serves it; null where the feed no longer keeps it, or its client may no longer see it.</param>
/// <param name="OldSecret">While it still signs.</param>
public sealed record Claim(
    string Subscription, string Lane, long Token, long Delivery, Guid EventId, int Tries, byte[]? Body, string Target, byte[] Secret, byte[]? OldSecret);

/// <summary>Takes lanes whose time has come: some of each subscription, none that another process holds.</summary>
public sealed class Claims(WebhookDatabase database, TokenAuthority clients, WebhookOptions options)
{
    /// <summary>Taken at once.</summary>
    public const int Most = 256;

    /// <param name="rooms">How many more a subscription may have under way; those that are not named may have as many as any.</param>
    public async Task<List<Claim>> Take(IReadOnlyDictionary<string, int> rooms, int most, CancellationToken stop)
    {
        await using var command = database.Source.CreateCommand(
            """
            with due as materialized (
                select s.id, s.client, s.division, s.target, s.secret, case when s.old_until > now() then s.old_secret end old_secret, l.lane
                from (select * from webhooks.subscriptions where state = 'active' and client <> all($1) order by random()) s
                left join unnest($2, $3) busy(id, room) on busy.id = s.id
                cross join lateral (select lane from webhooks.lanes l where l.subscription = s.id and l.due <= now() order by l.due
                    limit coalesce(busy.room, $4) for update skip locked) l
                limit $5),
            taken as (
                update webhooks.lanes l set due = now() + $6, token = l.token + 1 from due
                where l.subscription = due.id and l.lane = due.lane returning l.subscription, l.lane, l.token)
            select t.subscription, t.lane, t.token, d.id, d.event_id, d.tries, e.body, due.target, due.secret, due.old_secret
            from taken t join due on due.id = t.subscription and due.lane = t.lane
            left join lateral (select d.id, d.event_id, d.tries, d.number from webhooks.deliveries d
                where d.subscription = t.subscription and d.lane = t.lane and d.state = 'pending' order by d.number limit 1) d on true
            -- What its client may no longer see is not sent, although it was dispatched while it could.
            left join feed.entries e on e.number = d.number and e.event_id = d.event_id
                and (due.division = '*' or e.scope && array[due.division, 'client:' || due.client] or starts_with(e.type, 'restoration.registry.division-'))
            """).With(clients.Disabled.ToArray()).With(rooms.Keys.ToArray()).With(rooms.Values.ToArray()).With(options.PerSubscription).With(most).With(options.Lease);
        await using var rows = await command.ExecuteReaderAsync(stop);
        var taken = new List<Claim>();
        while (await rows.ReadAsync(stop))
        {
            taken.Add(new(
                rows.GetString(0), rows.GetString(1), rows.GetInt64(2), rows.IsDBNull(3) ? 0 : rows.GetInt64(3), rows.IsDBNull(4) ? default : rows.GetGuid(4),
                rows.IsDBNull(5) ? 0 : rows.GetInt32(5), rows.IsDBNull(6) ? null : rows.GetFieldValue<byte[]>(6), rows.GetString(7),
                rows.GetFieldValue<byte[]>(8), rows.IsDBNull(9) ? null : rows.GetFieldValue<byte[]>(9)));
        }
        return taken;
    }

    /// <summary>What a test event needs of a subscription.</summary>
    public static async Task<Claim> Of(NpgsqlConnection connection, string subscription, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "select target, secret, case when old_until > now() then old_secret end from webhooks.subscriptions where id = $1", connection).With(subscription);
        await using var rows = await command.ExecuteReaderAsync(stop);
        await rows.ReadAsync(stop);
        return new(subscription, "", 0, 0, default, 0, null, rows.GetString(0), rows.GetFieldValue<byte[]>(1), rows.IsDBNull(2) ? null : rows.GetFieldValue<byte[]>(2));
    }
}

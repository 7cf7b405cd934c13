using Microsoft.AspNetCore.Http;
using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.ServiceDefaults;

namespace Restoration.Updates.Webhooks;

/// <summary>The pool of what sends, so that it never waits for a connection that a caller of the API holds.</summary>
public sealed record WebhookDatabase(NpgsqlDataSource Source);

/// <summary>Rows of subscriptions, and what changes them; each in the caller's transaction.</summary>
public static class Subscriptions
{
    private const int MostOfAList = 100;

    /// <summary>A subscription of the caller's, locked until the commit; a refusal where it is another's, not there, or has moved on.</summary>
    public static async Task<(Subscription? Subscription, Refusal? Refusal)> Take(HttpContext http, NpgsqlConnection connection, string id)
    {
        var found = await Find(connection, id, " for update", http.RequestAborted);
        return Refuses(http, found) is { } refusal ? (null, refusal)
            : Preconditions.Moved(http.Request.Headers.IfMatch, found!.Version) is { } moved ? (null, moved) : (found, null);
    }

    public static async Task<Subscription?> Find(NpgsqlConnection connection, string id, string locking, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand($"select {Subscription.Columns} from webhooks.subscriptions where id = $1{locking}", connection).With(id);
        await using var rows = await command.ExecuteReaderAsync(stop);
        return await rows.ReadAsync(stop) ? Subscription.Read(rows) : null;
    }

    /// <summary>A client sees its own; the operator all.</summary>
    public static Refusal? Refuses(HttpContext http, Subscription? subscription) =>
        subscription is null ? Refusal.NotFound("resource.unknown", "There is no such resource.")
        : subscription.Client == http.Client().Id || http.Client().Has(Roles.Operator) ? null
        : Refusal.Forbidden("subscription.forbidden", "This is the subscription of another client.");

    public static async Task<Subscription?> Add(
        NpgsqlConnection connection, string id, Client client, Subscribe wish, byte[] sealedSecret, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            $"""
            insert into webhooks.subscriptions (id, client, division, target, types, divisions, subjects, per_stream, state, position, secret)
            select $1, $2, $3, $4, $5, $6, $7, $8, 'active', last, $9 from feed.head where not exists (select from webhooks.ended where id = $1)
            on conflict (id) do nothing returning {Subscription.Columns}
            """, connection).With(id).With(client.Id).With(client.Division).With(wish.Target).With(Set(wish.Types)).With(Set(wish.Divisions))
            .With(Set(wish.Subjects)).With(wish.Order == DeliveryOrder.PerStream).With(sealedSecret);
        await using var rows = await command.ExecuteReaderAsync(stop);
        return await rows.ReadAsync(stop) ? Subscription.Read(rows) : null;
    }

    public static async Task<long> CountOf(NpgsqlConnection connection, string client, CancellationToken stop)
    {
        // Of those that come at the same time for one client, each counts the ones before it.
        await using var command = new NpgsqlCommand(
            "select count(*) from (select pg_advisory_xact_lock(hashtextextended('webhooks ' || $1, 0))) l, webhooks.subscriptions where client = $1", connection).With(client);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }

    public static Task<Subscription> Change(NpgsqlConnection connection, string id, SubscriptionChange change, CancellationToken stop) => Update(
        connection, id, "target = coalesce($2, target), types = coalesce($3, types), divisions = coalesce($4, divisions), subjects = coalesce($5, subjects), per_stream = coalesce($6, per_stream)",
        stop, Text(change.Target), Texts(change.Types), Texts(change.Divisions), Texts(change.Subjects),
        new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Boolean, Value = change.Order is { } order ? order == DeliveryOrder.PerStream : DBNull.Value });

    /// <summary>Stops it where it is: what matches from here on stays in the feed until it goes on.</summary>
    public static Task<Subscription> Stop(NpgsqlConnection connection, string id, SubscriptionState state, string? reason, CancellationToken stop) => Update(
        connection, id, "state = $2, reason = $3, position = coalesce(position, (select number from webhooks.dispatched))",
        stop, Text(Kebab.Of(state)), Text(reason));

    /// <summary>Goes on; what waits is due now, with the whole schedule before it.</summary>
    public static async Task<Subscription> Resume(NpgsqlConnection connection, string id, CancellationToken stop)
    {
        await using var due = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("update webhooks.lanes set due = now() where subscription = $1") { Parameters = { new() { Value = id } } },
                new("update webhooks.deliveries set tries = 0 where subscription = $1 and state = 'pending' and tries > 0") { Parameters = { new() { Value = id } } },
            },
        };
        await due.ExecuteNonQueryAsync(stop);
        return await Update(connection, id, "state = 'active', reason = null", stop);
    }

    public static Task<Subscription> Rotate(NpgsqlConnection connection, string id, byte[] sealedSecret, DateTimeOffset until, CancellationToken stop) => Update(
        connection, id, "old_secret = secret, old_until = $2, secret = $3", stop,
        new NpgsqlParameter { Value = until.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz }, new NpgsqlParameter { Value = sealedSecret });

    /// <summary>Everything behind a number is dispatched again, as far as it matches now.</summary>
    public static async Task<Subscription> Replay(NpgsqlConnection connection, string id, long after, CancellationToken stop)
    {
        await using var again = new NpgsqlCommand(
            "update webhooks.deliveries set again = true where subscription = $1 and number > $2 and state <> 'pending'", connection).With(id).With(after);
        await again.ExecuteNonQueryAsync(stop);
        return await Update(connection, id, "position = least(coalesce(position, $2), $2)", stop, new NpgsqlParameter { Value = after });
    }

    public static async Task Remove(NpgsqlConnection connection, string id, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "with gone as (delete from webhooks.subscriptions where id = $1), ended as (insert into webhooks.ended values ($1)) delete from webhooks.lanes where subscription = $1", connection).With(id);
        await command.ExecuteNonQueryAsync(stop);
    }

    /// <summary>What is wrong with the filters that somebody names.</summary>
    public static IEnumerable<Fault> Faults(IReadOnlyList<string>? types, IReadOnlyList<string>? divisions, IReadOnlyList<string>? subjects) =>
        from list in new[] { (Name: "types", Values: types), (Name: "divisions", Values: divisions), (Name: "subjects", Values: subjects) }
        let values = list.Values ?? []
        from fault in values.Count > MostOfAList ? [new Fault($"#/{list.Name}", $"At most {MostOfAList}.")]
            : values.Select((v, i) => (v, i)).Where(v => v.v.Length is 0 or > 200 || v.v.Contains(',')).Select(v => new Fault($"#/{list.Name}/{v.i}", "From 1 to 200 characters, no comma."))
        select fault;

    private static async Task<Subscription> Update(NpgsqlConnection connection, string id, string set, CancellationToken stop, params NpgsqlParameter[] values)
    {
        await using var command = new NpgsqlCommand(
            $"update webhooks.subscriptions set {set}, version = version + 1, changed = now() where id = $1 returning {Subscription.Columns}", connection).With(id);
        command.Parameters.AddRange(values);
        await using var rows = await command.ExecuteReaderAsync(stop);
        await rows.ReadAsync(stop);
        return Subscription.Read(rows);
    }

    private static string[] Set(IReadOnlyList<string>? values) => [.. (values ?? []).Distinct()];

    private static NpgsqlParameter Text(string? value) => new() { NpgsqlDbType = NpgsqlDbType.Text, Value = (object?)value ?? DBNull.Value };

    private static NpgsqlParameter Texts(IReadOnlyList<string>? values) =>
        new() { NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text, Value = values is null ? DBNull.Value : Set(values) };
}

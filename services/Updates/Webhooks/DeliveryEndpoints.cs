using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.ServiceDefaults;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Webhooks;

/// <summary>What became of each event, with every attempt.</summary>
public static class DeliveryEndpoints
{
    public static void MapDeliveries(this RouteGroupBuilder hooks)
    {
        hooks.MapGet("/{id}/deliveries", List).Produces<Page<Delivery>>().ProducesProblem(404).WithName("listDeliveries")
            .WithSummary("What was delivered and what waits, newest first, with each attempt and the first of what the target said.");
        hooks.MapPost("/{id}/deliveries/{delivery}/resend", Resend).Accepts<Nothing>("application/json").Produces<Delivery>().WithName("resendDelivery")
            .WithSummary("Deliver one event again, whatever became of it.");
    }

    private const string Columns =
        """
        d.id, d.event_id, (select epoch from feed.head), d.number, d.type, d.subject, d.state, d.created, d.finished,
        case when d.state = 'pending' then (select l.due from webhooks.lanes l where l.subscription = d.subscription and l.lane = d.lane) end,
        a.at, a.duration, a.outcome, a.status, a.response
        """;

    private const string Attempts =
        """
        left join lateral (select array_agg(at order by at) as at, array_agg(duration order by at) as duration, array_agg(outcome order by at) as outcome,
            array_agg(status order by at) as status, array_agg(response order by at) as response
            from (select * from webhooks.attempts where delivery = d.id order by at desc limit 50) a) a on true
        """;

    private static async Task<IResult> List(HttpContext http, NpgsqlDataSource database, string id, string? state, string? type, string? cursor, int? limit)
    {
        var before = long.MaxValue;
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } malformed) return Problems.Of(malformed);
        if (after is not null && !long.TryParse(after[0], CultureInfo.InvariantCulture, out before))
            return Problems.Of(Refusal.Malformed("cursor.foreign", "A cursor goes with the list and the filters that answered it."));
        // Given back before the list takes one of its own: who holds one and waits for another may wait for who does the same.
        await using (var connection = await database.OpenConnectionAsync(http.RequestAborted))
        {
            if (Subscriptions.Refuses(http, await Subscriptions.Find(connection, id, "", http.RequestAborted)) is { } refusal) return Problems.Of(refusal);
        }
        await using var command = database.CreateCommand(
            $"""
            select {Columns} from webhooks.deliveries d {Attempts}
            where d.subscription = $1 and d.id < $2 and ($3::text is null or d.state = $3) and ($4::text is null or d.type = $4)
            order by d.id desc limit $5
            """).With(id).With(before).With(state).With(type);
        return await Lists.Of(http, command, limit, Read, d => [d.Id.ToString(CultureInfo.InvariantCulture)], WebhookJson.Api.PageDelivery);
    }

    private static Task<IResult> Resend(HttpContext http, Replies replies, Sender sender, string id, long delivery) =>
        replies.Once(http, WebhookJson.Api.Nothing, async (_, connection) =>
        {
            if ((await Subscriptions.Take(http, connection, id)).Refusal is { } refusal) return refusal;
            // The lane before the delivery: in the order in which results are recorded.
            await using var again = new NpgsqlCommand(
                """
                with lane as materialized (
                    select from webhooks.lanes where (subscription, lane) = (select subscription, lane from webhooks.deliveries where id = $1) for update)
                , again as (
                    update webhooks.deliveries d set state = 'pending', tries = 0, finished = null
                    where d.id = $1 and d.subscription = $2 and (select count(*) from lane) >= 0 and exists (select from feed.entries e where e.number = d.number and e.event_id = d.event_id)
                    returning d.subscription, d.lane)
                insert into webhooks.lanes (subscription, lane, due) select subscription, lane, now() from again
                on conflict (subscription, lane) do update set due = least(lanes.due, excluded.due)
                """, connection).With(delivery).With(id);
            var done = await again.ExecuteNonQueryAsync(http.RequestAborted) > 0;
            await using var command = new NpgsqlCommand($"select {Columns} from webhooks.deliveries d {Attempts} where d.id = $1 and d.subscription = $2", connection)
                .With(delivery).With(id);
            await using var rows = await command.ExecuteReaderAsync(http.RequestAborted);
            if (!await rows.ReadAsync(http.RequestAborted)) return Refusal.NotFound("resource.unknown", "There is no such delivery.");
            if (!done) return Refusal.Conflict("delivery.expired", "The feed no longer keeps this entry.");
            sender.Wake();
            return new Outcome<Delivery>(Read(rows), 0);
        }, WebhookJson.Api.Delivery);

    private static Delivery Read(NpgsqlDataReader row)
    {
        var at = row.IsDBNull(10) ? [] : row.GetFieldValue<DateTimeOffset[]>(10);
        var (duration, outcome) = at.Length == 0 ? ([], []) : (row.GetFieldValue<int[]>(11), row.GetFieldValue<string[]>(12));
        var (status, response) = at.Length == 0 ? ([], []) : (row.GetFieldValue<int?[]>(13), row.GetFieldValue<byte[]?[]>(14));
        return new(
            row.GetInt64(0), row.GetGuid(1), new Sequence(row.GetInt32(2), row.GetInt64(3)).ToString(), row.GetString(4), row.GetString(5), row.GetString(6),
            row.GetFieldValue<DateTimeOffset>(7), row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
            row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9),
            [.. at.Select((a, i) => new DeliveryAttempt(a, duration[i], outcome[i], status[i], Text(response[i])))]);
    }

    /// <summary>Whatever bytes a target answers, as text.</summary>
    internal static string? Text(byte[]? response) => response is null ? null : Encoding.UTF8.GetString(response).Replace('\0', '\ufffd');
}

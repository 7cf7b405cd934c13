using Npgsql;
using Restoration.EventStore;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Webhooks;

/// <summary>
/// Turns the feed into deliveries, in its order: a page of entries against all subscriptions at once, with how far it has come, in one
/// transaction. Who was away (paused, failing, replaying, with too much waiting) has a position of its own and catches up beside the
/// others. One process leads; the row of the position is locked, so a second one would only wait.
/// </summary>
public sealed partial class Dispatcher(
    WebhookDatabase database, FeedTail tail, Sender sender, Followed followed, WebhookOptions options, TimeProvider clock, ILogger<Dispatcher> logger)
    : Leader(database.Source, clock, "webhooks", logger)
{
    private const int Catching = 20, Purged = 5000;
    private static readonly TimeSpan s_upkeep = TimeSpan.FromSeconds(5);

    /// <summary>What a subscription may see and wants, as <see cref="FeedFilter"/> says it; and the lane each delivery goes to.</summary>
    private const string Matching =
        """
        , written as (
            insert into webhooks.deliveries (subscription, number, event_id, type, subject, lane)
            select s.id, e.number, e.event_id, e.type, e.subject, case when s.per_stream then e.stream else e.event_id::text end
            from chosen s join page e on e.number > s.after and e.number <= s.through
            where (cardinality(s.types) = 0 or e.type = any(s.types))
                and (cardinality(s.subjects) = 0 or e.subject = any(s.subjects))
                and (cardinality(s.divisions) = 0 or e.scope && s.divisions)
                and (s.division = '*' or e.scope && s.sees or starts_with(e.type, 'restoration.registry.division-'))
            order by e.number
            on conflict (subscription, event_id) do update set state = 'pending', tries = 0, finished = null, again = false where deliveries.again
            returning subscription, lane)
        insert into webhooks.lanes (subscription, lane, due)
        select distinct subscription, lane, now() from written order by subscription, lane
        on conflict (subscription, lane) do update set due = lanes.due
        """;

    private const string Page =
        """
        with page as materialized (
            select number, event_id, type, subject, scope, coalesce(convert_from(body, 'UTF8')::jsonb ->> 'stream', subject) stream
            from feed.entries where number > $1 and number <= $2)
        """;

    protected override async Task Lead(NpgsqlConnection held, CancellationToken stop)
    {
        var upkeep = Clock.GetTimestamp();
        while (true)
        {
            var pulse = tail.Pulse;
            await Speak(held, stop);
            var more = await Dispatch(held, stop);
            more |= await CatchUp(held, stop);
            Goes();
            if (Clock.GetElapsedTime(upkeep) > s_upkeep)
            {
                await followed.Apply(held, stop);
                await Upkeep(held, stop);
                upkeep = Clock.GetTimestamp();
            }
            if (more) continue;
            // A subscription that begins to catch up, or that has room again, is seen soon as well.
            await Task.WhenAny(pulse, Task.Delay(options.Poll, Clock, stop));
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The next page for all that are up to date.</summary>
    /// <returns>Whether there is more.</returns>
    private async Task<bool> Dispatch(NpgsqlConnection held, CancellationToken stop)
    {
        await using var transaction = await held.BeginTransactionAsync(stop);
        var (number, last, _) = await Where(held, stop);
        if (number == last) return false;
        // After a restore from a backup the position may be ahead of the feed: what comes then has other numbers, and the same ids.
        var through = number > last ? last : Math.Min(last, number + options.Page);
        await using var command = new NpgsqlCommand(
            $"""
            {Page}, chosen as (
                select id, types, divisions, subjects, per_stream, division, array[division, 'client:' || client] sees, $1 after, $2 through
                from webhooks.subscriptions where state = 'active' and position is null)
            {Matching}
            """, held).With(number).With(through);
        var lanes = await command.ExecuteNonQueryAsync(stop);
        await using var moved = new NpgsqlCommand("update webhooks.dispatched set number = $1", held).With(through);
        await moved.ExecuteNonQueryAsync(stop);
        await transaction.CommitAsync(stop);
        if (lanes > 0) sender.Wake();
        return through < last;
    }

    /// <summary>A page each for some that are behind and have room. Where one meets the others, it goes with them from then on.</summary>
    private async Task<bool> CatchUp(NpgsqlConnection held, CancellationToken stop)
    {
        await using var transaction = await held.BeginTransactionAsync(stop);
        var (number, _, keptAfter) = await Where(held, stop);
        var behind = new List<(string Id, long Position)>();
        await using (var command = new NpgsqlCommand(
            """
            select id, position from webhooks.subscriptions s
            where state = 'active' and position <= $1 and (select count(*) from
                (select from webhooks.deliveries d where d.subscription = s.id and d.state = 'pending' limit $2) waiting) < $2
            order by position limit $3 for update skip locked
            """, held).With(number).With((long)options.Backlog).With(Catching))
        {
            await using var rows = await command.ExecuteReaderAsync(stop);
            while (await rows.ReadAsync(stop)) behind.Add((rows.GetString(0), rows.GetInt64(1)));
        }
        if (behind.Count == 0) return false;

        var lanes = 0;
        foreach (var (id, position) in behind.OrderBy(b => b.Id, StringComparer.Ordinal))
        {
            var from = Math.Max(position, keptAfter);
            if (from > position && await Subscriptions.Find(held, id, "", stop) is { } found)
                await SubscriptionFacts.Tell(held, found with { Reason = $"Entries up to number {keptAfter} are no longer kept." }, SubscriptionFacts.Skipped, Clock, stop);
            var through = Math.Min(number, from + options.Page);
            await using var command = new NpgsqlCommand(
                $"""
                {Page}, chosen as (
                    select id, types, divisions, subjects, per_stream, division, array[division, 'client:' || client] sees, $1 after, $2 through
                    from webhooks.subscriptions where id = $3)
                {Matching}
                """, held).With(from).With(through).With(id);
            lanes += await command.ExecuteNonQueryAsync(stop);
            await using var moved = new NpgsqlCommand("update webhooks.subscriptions set position = nullif($2, $3) where id = $1", held).With(id).With(through).With(number);
            await moved.ExecuteNonQueryAsync(stop);
        }
        await transaction.CommitAsync(stop);
        if (lanes > 0) sender.Wake();
        return true;
    }

    private static async Task<(long Number, long Last, long KeptAfter)> Where(NpgsqlConnection held, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("select number, last, kept_after from webhooks.dispatched, feed.head for update of dispatched", held);
        await using var rows = await command.ExecuteReaderAsync(stop);
        await rows.ReadAsync(stop);
        return (rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2));
    }

    /// <summary>
    /// What has too much waiting leaves the others, so that the rest stays in the feed; what was finished long ago, or belongs to nobody
    /// any more, goes: so many rows at a time.
    /// </summary>
    private async Task Upkeep(NpgsqlConnection held, CancellationToken stop)
    {
        await using var apart = new NpgsqlCommand(
            """
            update webhooks.subscriptions s set position = number from webhooks.dispatched
            where position is null and state = 'active' and (select count(*) from
                (select from webhooks.deliveries d where d.subscription = s.id and d.state = 'pending' limit $1) waiting) >= $1
            """, held).With((long)options.Backlog);
        await using (var transaction = await held.BeginTransactionAsync(stop))
        {
            await Where(held, stop);
            await apart.ExecuteNonQueryAsync(stop);
            await transaction.CommitAsync(stop);
        }
        var since = Clock.GetUtcNow() - options.Retention;
        foreach (var sql in new[]
        {
            // Deliveries with their attempts: finished long ago; of a subscription that was deleted. What the page of that moment brought it is gone a minute later.
            $"with gone as (delete from webhooks.deliveries where id in (select id from webhooks.deliveries where finished < $1 limit {Purged}) returning id) delete from webhooks.attempts a using gone where a.delivery = gone.id",
            $"with gone as (delete from webhooks.deliveries where $1 is not null and id in (select d.id from webhooks.ended e join webhooks.deliveries d on d.subscription = e.id limit {Purged}) returning id) delete from webhooks.attempts a using gone where a.delivery = gone.id",
            "delete from webhooks.lanes l using webhooks.ended e where l.subscription = e.id and $1 is not null",
            "delete from webhooks.ended e where at < now() - interval '1 minute' and $1 is not null and not exists (select from webhooks.deliveries d where d.subscription = e.id)",
            "delete from webhooks.replies where recorded < least($1, now() - interval '30 days')",
        })
        {
            await using var command = new NpgsqlCommand(sql, held).WithTime(since);
            await command.ExecuteNonQueryAsync(stop);
        }
    }
}

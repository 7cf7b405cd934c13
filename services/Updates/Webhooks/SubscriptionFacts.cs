using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Webhooks;

/// <summary>What others should know of subscriptions stands in the feed itself, from <c>/updates</c>, for their clients and the operator.</summary>
public static class SubscriptionFacts
{
    public const string Failing = "failing", Disabled = "disabled", Resumed = "resumed", Skipped = "skipped";
    private const string Source = "updates";

    public static string TypeOf(string fact) => $"restoration.updates.subscription-{fact}.v1";

    /// <summary>An entry about a subscription, in the caller's transaction: it commits with what it tells.</summary>
    public static async Task Tell(NpgsqlConnection connection, Subscription subscription, string fact, TimeProvider clock, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        await FeedLog.AppendAsync(connection, Source, number => SourceEvent.Read(JsonSerializer.SerializeToElement(new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = Guid.CreateVersion7(now).ToString(),
            ["source"] = $"/{Source}",
            ["type"] = TypeOf(fact),
            ["subject"] = subscription.Id,
            ["time"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["datacontenttype"] = "application/json",
            ["position"] = number.ToString(CultureInfo.InvariantCulture),
            ["stream"] = $"subscription-{subscription.Id}",
            ["streamversion"] = subscription.Version,
            ["division"] = subscription.Division,
            ["divisions"] = subscription.Division,
            ["data"] = new JsonObject { ["id"] = subscription.Id, ["client"] = subscription.Client, ["reason"] = subscription.Reason, ["at"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture) },
        })), [FeedFilter.OwnedBy(subscription.Client)], stop);
    }

    /// <summary>The number of the feed's last entry.</summary>
    public static async Task<long> Head(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("select last from feed.head", connection);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }
}

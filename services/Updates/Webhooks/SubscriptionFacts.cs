using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Npgsql;
using Restoration.Updates.Feed;
using Out = Restoration.Contracts.Updates;

namespace Restoration.Updates.Webhooks;

/// <summary>A kind of fact about subscriptions, and the contract it leaves as.</summary>
public sealed record SubscriptionFact(string Type, JsonTypeInfo Contract, Func<Subscription, DateTimeOffset, object> Of);

/// <summary>What others should know of subscriptions stands in the feed itself, from <c>/updates</c>, for their clients and the operator.</summary>
public static class SubscriptionFacts
{
    public const string Source = "updates";
    public const string PingType = $"restoration.{Source}.ping.v1";

    public static readonly SubscriptionFact Failing = Fact("failing", ContractJson.Default.SubscriptionFailing, (s, at) => new(s.Id, s.Client, s.Reason, at));
    public static readonly SubscriptionFact Disabled = Fact("disabled", ContractJson.Default.SubscriptionDisabled, (s, at) => new(s.Id, s.Client, s.Reason, at));
    public static readonly SubscriptionFact Paused = Fact("paused", ContractJson.Default.SubscriptionPaused, (s, at) => new(s.Id, s.Client, s.Reason, at));
    public static readonly SubscriptionFact Resumed = Fact("resumed", ContractJson.Default.SubscriptionResumed, (s, at) => new(s.Id, s.Client, s.Reason, at));
    public static readonly SubscriptionFact Skipped = Fact("skipped", ContractJson.Default.SubscriptionSkipped, (s, at) => new(s.Id, s.Client, s.Reason, at));

    public static readonly IReadOnlyList<SubscriptionFact> All = [Failing, Disabled, Paused, Resumed, Skipped];

    /// <summary>An entry about a subscription, in the caller's transaction: it commits with what it tells.</summary>
    public static async Task Tell(NpgsqlConnection connection, Subscription subscription, SubscriptionFact fact, TimeProvider clock, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        await FeedLog.AppendAsync(connection, Source, number => SourceEvent.Read(JsonSerializer.SerializeToElement(new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = Guid.CreateVersion7(now).ToString(),
            ["source"] = $"/{Source}",
            ["type"] = fact.Type,
            ["subject"] = subscription.Id,
            ["time"] = now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
            ["datacontenttype"] = "application/json",
            ["position"] = number.ToString(CultureInfo.InvariantCulture),
            ["stream"] = $"subscription-{subscription.Id}",
            ["streamversion"] = subscription.Version,
            ["division"] = subscription.Division,
            ["divisions"] = subscription.Division,
            ["data"] = JsonSerializer.SerializeToNode(fact.Of(subscription, now), fact.Contract),
        })), [FeedFilter.OwnedBy(subscription.Client)], stop);
    }

    /// <summary>The number of the feed's last entry.</summary>
    public static async Task<long> Head(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("select last from feed.head", connection);
        return (long)(await command.ExecuteScalarAsync(stop))!;
    }

    private static SubscriptionFact Fact<T>(string name, JsonTypeInfo<T> contract, Func<Subscription, DateTimeOffset, T> of) where T : class =>
        new($"restoration.{Source}.subscription-{name}.v1", contract, of);
}

/// <summary>What leaves this service of its own.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Out.SubscriptionFailing))]
[JsonSerializable(typeof(Out.SubscriptionDisabled))]
[JsonSerializable(typeof(Out.SubscriptionPaused))]
[JsonSerializable(typeof(Out.SubscriptionResumed))]
[JsonSerializable(typeof(Out.SubscriptionSkipped))]
[JsonSerializable(typeof(Out.Ping))]
public sealed partial class ContractJson : JsonSerializerContext;

using System.Text.Json.Serialization;
using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.ServiceDefaults;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Webhooks;

/// <summary>Where a subscription stands.</summary>
[JsonConverter(typeof(Kebab<SubscriptionState>))]
public enum SubscriptionState
{
    /// <summary>What matches is delivered.</summary>
    Active,

    /// <summary>Its client has stopped it, or was disabled; what matches waits in the feed until it is resumed.</summary>
    Paused,

    /// <summary>A delivery failed at every attempt of the schedule; what matches waits in the feed until it is resumed.</summary>
    Failing,

    /// <summary>The target answered 410; what matches waits in the feed until it is resumed.</summary>
    Disabled,
}

/// <summary>How deliveries follow each other.</summary>
[JsonConverter(typeof(Kebab<DeliveryOrder>))]
public enum DeliveryOrder
{
    /// <summary>An entry waits while an earlier one of its stream is not delivered.</summary>
    PerStream,

    /// <summary>Each for itself.</summary>
    Parallel,
}

/// <summary>A webhook.</summary>
/// <param name="Division">The client's, whom it follows: nothing outside of it is delivered.</param>
/// <param name="Types">Event types wanted; all where empty. So with divisions (each with all under it) and subjects.</param>
/// <param name="Reason">Why it is failing, disabled, or paused by another than its client.</param>
/// <param name="Secret">Shown once: in the answer to the request that made it.</param>
/// <param name="OldSecretUntil">Until when the secret before this one signs as well.</param>
public sealed record Subscription(
    string Id, string Client, string Division, string Target, IReadOnlyList<string> Types, IReadOnlyList<string> Divisions,
    IReadOnlyList<string> Subjects, DeliveryOrder Order, SubscriptionState State, string? Reason, string? Secret, DateTimeOffset? OldSecretUntil,
    DateTimeOffset Created, DateTimeOffset Changed, long Version)
{
    internal const string Columns =
        "id, client, division, target, types, divisions, subjects, per_stream, state, reason, old_until, created, changed, version";

    internal static Subscription Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetFieldValue<string[]>(4), row.GetFieldValue<string[]>(5),
        row.GetFieldValue<string[]>(6), row.GetBoolean(7) ? DeliveryOrder.PerStream : DeliveryOrder.Parallel,
        Enum.Parse<SubscriptionState>(row.GetString(8), ignoreCase: true), row.IsDBNull(9) ? null : row.GetString(9), null,
        row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10), row.GetFieldValue<DateTimeOffset>(11), row.GetFieldValue<DateTimeOffset>(12),
        row.GetInt64(13));
}

/// <param name="Id">A slug; one is made where it is absent.</param>
/// <param name="Target">Called by https.</param>
public sealed record Subscribe(
    string Target, string? Id = null, IReadOnlyList<string>? Types = null, IReadOnlyList<string>? Divisions = null,
    IReadOnlyList<string>? Subjects = null, DeliveryOrder Order = DeliveryOrder.PerStream);

/// <summary>What is absent stays as it is.</summary>
public sealed record SubscriptionChange(
    string? Target = null, IReadOnlyList<string>? Types = null, IReadOnlyList<string>? Divisions = null, IReadOnlyList<string>? Subjects = null,
    DeliveryOrder? Order = null);

/// <summary>A command that says all by its path.</summary>
public sealed record Nothing;

/// <param name="After">A sequence of the feed; everything that matches behind it is delivered again.</param>
public sealed record Replay(string After);

/// <summary>What the target said to a test event.</summary>
/// <param name="Outcome"><c>delivered</c>, or why not: <c>status</c>, <c>redirect</c>, <c>gone</c>, <c>timeout</c>, <c>unreachable</c>, <c>untrusted</c> (its certificate), <c>forbidden</c>.</param>
/// <param name="Response">The first of its body, at most 1 kB.</param>
public sealed record PingResult(string EventId, DateTimeOffset At, int DurationMs, string Outcome, int? Status, string? Response);

/// <summary>One event to one subscription.</summary>
/// <param name="Sequence">Of the entry in the feed.</param>
/// <param name="State"><c>pending</c>, <c>delivered</c>, or <c>expired</c>: before it could be delivered, the feed no longer kept it, or its client could no longer see it.</param>
/// <param name="Due">When it is attempted next, if that is known.</param>
public sealed record Delivery(
    long Id, Guid EventId, string Sequence, string Type, string Subject, string State, DateTimeOffset Created, DateTimeOffset? Finished,
    DateTimeOffset? Due, IReadOnlyList<DeliveryAttempt> Attempts);

/// <summary>One request to the target.</summary>
public sealed record DeliveryAttempt(DateTimeOffset At, int DurationMs, string Outcome, int? Status, string? Response);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Page<Subscription>))]
[JsonSerializable(typeof(Page<Delivery>))]
[JsonSerializable(typeof(PingResult))]
[JsonSerializable(typeof(Subscribe))]
[JsonSerializable(typeof(SubscriptionChange))]
[JsonSerializable(typeof(Replay))]
[JsonSerializable(typeof(Nothing))]
[JsonSerializable(typeof(FeedStatus))]
[JsonSerializable(typeof(FeedDeadLetters))]
public sealed partial class WebhookJson : JsonSerializerContext
{
    /// <summary>Chinese as Chinese.</summary>
    public static WebhookJson Api => field ??= new(new(Default.Options) { Encoder = WireJson.Options.Encoder });
}

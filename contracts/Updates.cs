namespace Restoration.Contracts.Updates;

/// <summary>A delivery failed at every attempt of the schedule: nothing more is delivered until the subscription is resumed.</summary>
/// <param name="Id">The subscription; <paramref name="Client"/> is whose it is.</param>
public sealed record SubscriptionFailing(string Id, string Client, string? Reason, DateTimeOffset At);

/// <summary>The target answered 410: nothing more is delivered until the subscription is resumed.</summary>
/// <param name="Id">The subscription; <paramref name="Client"/> is whose it is.</param>
public sealed record SubscriptionDisabled(string Id, string Client, string? Reason, DateTimeOffset At);

/// <summary>The subscription was paused because its client was disabled; what matches waits in the feed until it is resumed.</summary>
/// <param name="Id">The subscription; <paramref name="Client"/> is whose it is.</param>
public sealed record SubscriptionPaused(string Id, string Client, string? Reason, DateTimeOffset At);

/// <summary>A subscription that was failing or disabled goes on, with everything since.</summary>
/// <param name="Id">The subscription; <paramref name="Client"/> is whose it is.</param>
public sealed record SubscriptionResumed(string Id, string Client, string? Reason, DateTimeOffset At);

/// <summary>Entries that the subscription had not got yet are no longer kept; the reason says up to where.</summary>
/// <param name="Id">The subscription; <paramref name="Client"/> is whose it is.</param>
public sealed record SubscriptionSkipped(string Id, string Client, string? Reason, DateTimeOffset At);

/// <summary>A test event; it stands in no feed.</summary>
/// <param name="Id">The subscription.</param>
public sealed record Ping(string Id);

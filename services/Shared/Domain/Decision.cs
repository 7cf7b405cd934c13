using System.Collections;
using System.Runtime.CompilerServices;

namespace Restoration.Domain;

/// <summary>Who did something: the machine that sent it and, where a person stands behind it, that person's pseudonymous number.</summary>
/// <param name="Client">Id of the client whose token was used.</param>
/// <param name="Actor">The person, from <c>Restoration-Actor</c>; null where the act needs none.</param>
public sealed record By(string Client, string? Actor = null)
{
    /// <summary>
    /// Separation of duties: true when the two acts must be taken to be by the same person, because the actors are the same, or because
    /// an actor is missing and the client is the same.
    /// </summary>
    public bool MayBeSameAs(By other) => Actor is { } a && other.Actor is { } b ? a == b : Client == other.Client;
}

/// <summary>A fact that was recorded. Never edited: a new meaning is a new type with a new stored name.</summary>
/// <param name="By">Who did it.</param>
/// <param name="At">Business time in UTC: when it happened, as the sender says.</param>
public abstract record Event(By By, DateTimeOffset At);

/// <summary>The name an event type has in the log, for ever: kebab case with a version, <c>site-accepted.v1</c>.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class StoredAsAttribute(string name) : Attribute
{
    public string Name => name;
}

/// <summary>
/// A fact as it was stored before another type took its place: read for ever, as what it means today, and recorded no more. Its file of
/// stored JSON stays, and its hash is of what is stored.
/// </summary>
public abstract record Superseded<TPresent>(By By, DateTimeOffset At) : Superseded(By, At) where TPresent : Event
{
    public abstract override TPresent Upcast();
}

/// <inheritdoc cref="Superseded{TPresent}"/>
public abstract record Superseded(By By, DateTimeOffset At) : Event(By, At)
{
    /// <summary>What it means today: from this fact alone. What it did not say stays unsaid rather than guessed.</summary>
    public abstract Event Upcast();
}

/// <summary>What a decider answers: the facts to record (none when all is so already), or a refusal.</summary>
[CollectionBuilder(typeof(Decision), nameof(Decision.Of))]
public sealed class Decision<TEvent> : IEnumerable<TEvent> where TEvent : Event
{
    private readonly TEvent[] _events;

    internal Decision(TEvent[] events, Refusal? refusal) => (_events, Refusal) = (events, refusal);

    public Refusal? Refusal { get; }

    public IReadOnlyList<TEvent> Events => _events;

    public IEnumerator<TEvent> GetEnumerator() => ((IEnumerable<TEvent>)_events).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _events.GetEnumerator();

    public static implicit operator Decision<TEvent>(Refusal refusal) => new([], refusal);
}

public static class Decision
{
    public static Decision<TEvent> Of<TEvent>(ReadOnlySpan<TEvent> events) where TEvent : Event => new(events.ToArray(), null);
}

using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>An identity that may be used once, for ever: a CloudEvent's source and id, or a message's.</summary>
/// <param name="Hash">Of what is compared when the identity comes again.</param>
public sealed record Claim(string Source, string Id, byte[] Hash);

/// <summary>The idempotency key of a command, within its scope (client, method, path).</summary>
/// <param name="Payload">Hash of what was sent with it.</param>
public sealed record ReplyKey(string Scope, string Key, byte[] Payload);

/// <summary>An answer that is stored with the events, so that a retry after any crash reads the same.</summary>
public sealed record Reply(int Status, string? ContentType, byte[] Body, string? ETag = null, string? Location = null, string? Language = null);

/// <summary>What is written together or not at all. Units of different callers share a commit; each succeeds or fails alone.</summary>
public sealed class Work
{
    /// <summary>Looks at streams and records; pure, may run again. Answers the refusal, or null.</summary>
    public required Func<Streams, Refusal?> Decide { get; init; }

    /// <summary>Where it came from; kept in the headers of every event it records.</summary>
    public EventHeaders Headers { get; init; } = new(null, null, null);

    /// <summary>Trace id of the request, kept as <c>correlation_id</c>.</summary>
    public string? Correlation { get; init; }

    /// <summary>What caused it (the message or CloudEvent), kept as <c>causation_id</c>.</summary>
    public string? Causation { get; init; }

    public Claim? Claim { get; init; }

    /// <summary>Rows beside those of its streams, written when it is accepted (a copy of what another service said).</summary>
    public IReadOnlyList<Row> Rows { get; init; } = [];

    public ReplyKey? Key { get; init; }

    /// <summary>The answer to store under <see cref="Key"/>; null where this outcome is not one to store.</summary>
    public Func<Streams, Refusal?, Reply?>? Answer { get; init; }

    /// <summary>Bytes of what it was read from. With a KiB for itself they count against the bounds of the queue and of a commit.</summary>
    public long Bytes { get; init; }
}

/// <summary>What holds the units of one call together.</summary>
public enum Together
{
    /// <summary>Each succeeds or fails alone.</summary>
    No,

    /// <summary>All or nothing: one refusal undoes the others.</summary>
    AllOrNothing,

    /// <summary>Judged in order, as if the earlier ones were recorded; nothing is.</summary>
    DryRun,
}

public enum OutcomeKind
{
    /// <summary>Decided and recorded (or there was nothing left to record).</summary>
    Recorded,

    /// <summary>The claim was used before, with the same content: what it recorded then.</summary>
    Duplicate,

    /// <summary>The key was used before, with the same payload: the stored reply.</summary>
    Replayed,

    /// <summary>Refused: alone, or because another unit was that it must go with.</summary>
    Refused,
}

/// <param name="Stream">The stream of the event that stands for it: with a claim the first recorded, else the last; null where none was.</param>
/// <param name="Version">That event's version.</param>
/// <param name="Position">That event's position in the log.</param>
public sealed record Outcome(OutcomeKind Kind, Refusal? Refusal, string? Stream, long Version, long Position, Reply? Reply)
{
    public static Outcome Refuse(Refusal refusal, Reply? reply = null) => new(OutcomeKind.Refused, refusal, null, 0, 0, reply);
}

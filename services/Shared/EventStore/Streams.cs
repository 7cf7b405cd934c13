using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>How a kind of stream is folded, and which rows a caller reads back right after writing. Described once per aggregate.</summary>
public abstract class Aggregate(string type, bool opens)
{
    /// <summary>Kept in <c>mt_streams.type</c>.</summary>
    public string Type => type;

    /// <summary>Whether its first fact brings it about. A stream that holds several subjects has no such fact.</summary>
    public bool Opens => opens;

    internal abstract object Initial { get; }
    internal abstract object Evolve(object state, Event fact);
    internal abstract IEnumerable<Row> Rows(string stream, long version, object state, IReadOnlyList<Event> recorded);
}

/// <inheritdoc cref="Aggregate"/>
/// <param name="rows">
/// From the state after a commit, and what the commit recorded, the rows to write; they belong to this stream alone (rows that several
/// streams share follow asynchronously, or two replicas would deadlock).
/// </param>
public sealed class Aggregate<TState, TEvent>(
    string type, TState initial, Func<TState, TEvent, TState> evolve, Func<long, TState, IReadOnlyList<Event>, IEnumerable<Row>>? rows = null,
    bool opens = true)
    : Aggregate(type, opens)
    where TState : class
    where TEvent : Event
{
    /// <summary>The state that further facts make of one.</summary>
    public TState Fold(TState state, params IEnumerable<TEvent> facts) => facts.Aggregate(state, evolve);

    internal override object Initial => initial;

    internal override object Evolve(object state, Event fact) => evolve((TState)state, (TEvent)fact);

    internal override IEnumerable<Row> Rows(string stream, long version, object state, IReadOnlyList<Event> recorded) =>
        rows?.Invoke(version, (TState)state, recorded) ?? [];
}

/// <summary>A stream as it stands: version 0 and no hash where nothing was recorded yet.</summary>
internal sealed record StreamState(string Id, Aggregate Aggregate, long Version, string? Hash, object State)
{
    public static StreamState None(string id, Aggregate aggregate) => new(id, aggregate, 0, null, aggregate.Initial);
}

/// <summary>
/// What a unit of work sees and records: streams by name, each as the log and the units before it in the same commit left it. Looking at
/// a stream makes the commit depend on its version. Deciding is pure and may run more than once: a stream that was not at hand is
/// fetched and the unit runs again.
/// </summary>
public sealed class Streams
{
    private readonly Func<string, StreamState?> _find;
    private readonly Dictionary<string, StreamState> _seen = [];
    private readonly List<(string Stream, Event Fact)> _recorded = [];

    internal Streams(Func<string, StreamState?> find) => _find = find;

    internal Dictionary<string, Aggregate> Missing { get; } = [];
    internal IReadOnlyDictionary<string, StreamState> Seen => _seen;
    internal IReadOnlyList<(string Stream, Event Fact)> Recorded => _recorded;

    public TState Get<TState, TEvent>(Aggregate<TState, TEvent> aggregate, string stream) where TState : class where TEvent : Event =>
        (TState)At(aggregate, stream).State;

    /// <summary>The number of events in the stream, with those recorded here.</summary>
    public long Version(Aggregate aggregate, string stream) => At(aggregate, stream).Version;

    /// <summary>Records what a decider decided. Answers its refusal, or null.</summary>
    public Refusal? Record<TState, TEvent>(Aggregate<TState, TEvent> aggregate, string stream, Decision<TEvent> decision)
        where TState : class where TEvent : Event
    {
        if (decision.Refusal is { } refusal)
        {
            return refusal;
        }

        foreach (var fact in decision.Events)
        {
            var before = At(aggregate, stream);
            _seen[stream] = before with { Version = before.Version + 1, State = aggregate.Evolve(before.State, fact) };
            _recorded.Add((stream, fact));
        }

        return null;
    }

    private StreamState At(Aggregate aggregate, string stream)
    {
        if (_seen.TryGetValue(stream, out var state))
        {
            return state;
        }

        if (_find(stream) is { } found)
        {
            return _seen[stream] = found;
        }

        Missing[stream] = aggregate;
        return _seen[stream] = StreamState.None(stream, aggregate);
    }
}

/// <summary>
/// Folded streams, bounded: two generations, the older dropped whole when the younger is full. A stream weighs as many as the events
/// folded into it. Only the writer touches it, and each commit is guarded by versions, so a stale entry costs a retry, never a wrong fact.
/// </summary>
internal sealed class StreamCache(long capacity)
{
    private Dictionary<string, StreamState> _young = [], _old = [];
    private long _weight;

    public StreamState? Find(string id)
    {
        if (_young.TryGetValue(id, out var state))
        {
            return state;
        }

        if (_old.TryGetValue(id, out state))
        {
            Keep(state);
        }

        return state;
    }

    public void Keep(StreamState state)
    {
        if (!_young.ContainsKey(state.Id))
        {
            _weight += 4 + state.Version;
        }

        _young[state.Id] = state;
        if (_weight > capacity / 2)
        {
            (_old, _young, _weight) = (_young, [], 0);
        }
    }
}

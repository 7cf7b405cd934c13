using System.Diagnostics.CodeAnalysis;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>What a claim or a key was used for before.</summary>
internal sealed record Used(byte[] Hash, string? Stream, long Version, long Position, Reply? Reply);

/// <summary>
/// One try at a commit: runs the units in order against the streams as they are believed to be, and gathers what would be written.
/// Pure; a new attempt is made whenever more is known.
/// </summary>
internal sealed class Attempt
{
    private static readonly Refusal s_undone = Refusal.Conflict("batch.undone", "Another event of this batch was refused, and the batch is all or nothing.");
    private readonly Func<string, StreamState?> _base;
    private readonly IReadOnlyDictionary<(string, string), Used> _usedClaims;
    private readonly IReadOnlyDictionary<(string, string), Used> _usedKeys;
    private readonly Layered<string, StreamState> _now = new();
    private readonly Layered<(string, string), Judged> _claims = new(), _keys = new();
    private readonly List<(string Id, bool Relied)> _looked = [];

    public Attempt(
        IReadOnlyList<EventLog.Call> calls, Func<string, StreamState?> @base,
        IReadOnlyDictionary<(string, string), Used> usedClaims, IReadOnlyDictionary<(string, string), Used> usedKeys)
    {
        (_base, _usedClaims, _usedKeys) = (@base, usedClaims, usedKeys);
        foreach (var call in calls)
        {
            TryAdd(call, out _);
        }
    }

    /// <summary>A unit with what came of it. <c>Facts</c> is what it records; empty for duplicates, refusals and what was so already.</summary>
    internal sealed record Judged(Work Work, OutcomeKind Kind, Refusal? Refusal, Reply? Reply)
    {
        public IReadOnlyList<(string Stream, Event Fact)> Facts { get; init; } = [];
        public Used? Before { get; init; }

        /// <summary>The unit of this same commit that used the claim or key first.</summary>
        public Judged? Twin { get; init; }

        /// <summary>False where neither claim nor key is to be stored (dry runs, refusals without a stored reply, repeats).</summary>
        public bool Stores { get; init; }
    }

    /// <summary>Streams that were looked at and not at hand; the calls that did are not part of the attempt.</summary>
    public Dictionary<string, Aggregate> Missing { get; } = [];

    /// <summary>The streams looked at, as they were before: the commit holds only if they still are so.</summary>
    public Dictionary<string, StreamState> Before { get; } = [];

    /// <summary>The streams that a unit looked at which records something: what it records may rest on their absence.</summary>
    public HashSet<string> Relied { get; } = [];

    public List<(EventLog.Call Call, Judged[] Units)> Calls { get; } = [];

    public IEnumerable<Judged> Judgements => Calls.SelectMany(c => c.Units);

    /// <summary>A stream as this commit leaves it.</summary>
    public StreamState Now(string stream) => _now.Find(stream)!;

    /// <summary>
    /// Runs the units of one more call, and answers them with what came of each. False where it looked at what is not at hand: nothing of
    /// it is kept, and it can be tried again.
    /// </summary>
    public bool TryAdd(EventLog.Call call, out IReadOnlyList<Judged> units)
    {
        _looked.Clear();
        var judged = call.Units.Select(unit => Judge(unit, call.Together)).ToArray();
        units = judged;
        if (_looked.Exists(l => Missing.ContainsKey(l.Id)))
        {
            Undo();
            return false;
        }

        foreach (var (id, relied) in _looked)
        {
            if (!Before.ContainsKey(id))
            {
                Before[id] = _base(id)!;
            }

            if (relied)
            {
                Relied.Add(id);
            }
        }

        var undone = call.Together == Together.DryRun || (call.Together == Together.AllOrNothing && judged.Any(j => j.Kind == OutcomeKind.Refused));
        if (undone)
        {
            Undo();
            judged = [.. judged.Select(j => call.Together == Together.AllOrNothing && (j.Kind == OutcomeKind.Recorded || judged.Contains(j.Twin))
                ? new Judged(j.Work, OutcomeKind.Refused, s_undone, null)
                : j with { Facts = [], Stores = false })];
        }

        _now.Keep();
        _claims.Keep();
        _keys.Keep();
        Calls.Add((call, judged));
        units = judged;
        return true;

        void Undo()
        {
            _now.Drop();
            _claims.Drop();
            _keys.Drop();
        }
    }

    private Judged Judge(Work unit, Together together)
    {
        if (unit.Key is { } key && Repeated(unit, (key.Scope, key.Key), key.Payload, _usedKeys, _keys, OutcomeKind.Replayed, out var replay))
        {
            return replay;
        }

        if (unit.Claim is { } claim && Repeated(unit, (claim.Source, claim.Id), claim.Hash, _usedClaims, _claims, OutcomeKind.Duplicate, out var repeat))
        {
            return repeat;
        }

        var streams = new Streams(Find);
        var refusal = default(Refusal);
        try
        {
            refusal = unit.Decide(streams);
        }
        catch (Exception) when (streams.Missing.Count > 0)
        {
            // It was shown streams as if they did not exist, and need not make sense of that.
        }

        if (streams.Missing.Count > 0)
        {
            foreach (var (id, aggregate) in streams.Missing)
            {
                Missing[id] = aggregate;
                _looked.Add((id, false));
            }

            return new Judged(unit, OutcomeKind.Refused, null, null); // and is judged again when they are at hand
        }

        foreach (var (id, state) in streams.Seen)
        {
            _looked.Add((id, streams.Recorded.Count > 0));
            if (refusal is null)
            {
                _now.Set(id, state);
            }
        }

        var reply = together == Together.DryRun ? null : unit.Answer?.Invoke(streams, refusal);
        var judged = new Judged(unit, refusal is null ? OutcomeKind.Recorded : OutcomeKind.Refused, refusal, reply)
        {
            Facts = refusal is null ? streams.Recorded : [],
            Stores = refusal is null || reply is not null,
        };
        if (unit.Claim is { } used && refusal is null)
        {
            _claims.Set((used.Source, used.Id), judged);
        }

        if (unit.Key is { } taken && reply is not null)
        {
            _keys.Set((taken.Scope, taken.Key), judged);
        }

        return judged;
    }

    private StreamState? Find(string id) => _now.Find(id) ?? _base(id);

    private static bool Repeated(
        Work unit, (string, string) identity, byte[] hash, IReadOnlyDictionary<(string, string), Used> used,
        Layered<(string, string), Judged> here, OutcomeKind kind, [NotNullWhen(true)] out Judged? judged)
    {
        judged = null;
        if (used.TryGetValue(identity, out var before))
        {
            judged = before.Hash.AsSpan().SequenceEqual(hash)
                ? new Judged(unit, kind, null, before.Reply) { Before = before }
                : new Judged(unit, OutcomeKind.Refused, Differs(kind), null);
        }
        else if (here.Find(identity) is { } twin)
        {
            var same = (kind == OutcomeKind.Duplicate ? twin.Work.Claim!.Hash : twin.Work.Key!.Payload).AsSpan().SequenceEqual(hash);
            judged = same
                ? new Judged(unit, kind, null, twin.Reply) { Twin = twin }
                : new Judged(unit, OutcomeKind.Refused, Differs(kind), null);
        }

        return judged is not null;
    }

    /// <summary>What a call adds, until it is kept or dropped, over what the calls before it left.</summary>
    private sealed class Layered<TKey, TValue> where TKey : notnull where TValue : class
    {
        private readonly Dictionary<TKey, TValue> _kept = [], _added = [];

        public TValue? Find(TKey key) => _added.TryGetValue(key, out var value) || _kept.TryGetValue(key, out value) ? value : null;

        public void Set(TKey key, TValue value) => _added[key] = value;

        public void Keep()
        {
            foreach (var (key, value) in _added)
            {
                _kept[key] = value;
            }

            _added.Clear();
        }

        public void Drop() => _added.Clear();
    }

    private static Refusal Differs(OutcomeKind kind) => kind == OutcomeKind.Duplicate
        ? Refusal.Conflict("event.differs", "An event with this source and id was recorded with other content.")
        : Refusal.Invalid("idempotency-key.reused", "This Idempotency-Key was used with another request.");
}

using Npgsql;
using NpgsqlTypes;

namespace Restoration.EventStore;

/// <summary>
/// A row that is not there cannot be locked, and two commits that each create what the other found absent would both pass their guards.
/// So creating a stream shares a lock of the transaction, and recording something that may rest on a stream's absence excludes it: the
/// frequent never wait for each other. By a hash of the id: a commit of thousands of streams must not fill the lock table.
/// </summary>
internal sealed class Absence
{
    private const int Namespace = 0x525354, Buckets = 256; // the two-key space: a leader's lock is of the other
    private readonly SortedDictionary<int, bool> _locks = [];

    public static Absence None { get; } = new();

    public static Absence Of(Attempt attempt, IReadOnlyCollection<string> written)
    {
        var locks = new Absence();
        foreach (var id in written.Where(id => attempt.Before[id].Version == 0))
        {
            locks._locks.TryAdd(Bucket(id), false);
        }

        foreach (var id in attempt.Relied.Where(id => attempt.Before[id].Version == 0 && !written.Contains(id)))
        {
            locks._locks[Bucket(id)] = true;
        }

        return locks;
    }

    public bool IsEmpty => _locks.Count == 0;

    /// <summary>Whether all of these are among those held.</summary>
    public bool IsWithin(Absence held) => _locks.All(l => held._locks.TryGetValue(l.Key, out var exclusive) && (exclusive || !l.Value));

    public Absence With(Absence more)
    {
        var both = new Absence();
        foreach (var (bucket, exclusive) in _locks.Concat(more._locks))
        {
            both._locks[bucket] = exclusive || both._locks.GetValueOrDefault(bucket);
        }

        return both;
    }

    /// <summary>In one order for all, before any stream's row is locked, and in a statement of its own: what follows sees what was waited for.</summary>
    public NpgsqlBatchCommand Take() => new(
        $"""
        select case when exclusive then pg_advisory_xact_lock({Namespace}, bucket) else pg_advisory_xact_lock_shared({Namespace}, bucket) end
        from unnest($1, $2) l(bucket, exclusive)
        """)
    {
        Parameters =
        {
            new NpgsqlParameter<int[]> { TypedValue = [.. _locks.Keys], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer },
            new NpgsqlParameter<bool[]> { TypedValue = [.. _locks.Values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Boolean },
        },
    };

    /// <summary>The same for every replica, of whatever version.</summary>
    private static int Bucket(string id)
    {
        var hash = 17u;
        foreach (var c in id)
        {
            hash = unchecked((hash * 31) + c);
        }

        return (int)(hash % Buckets);
    }
}

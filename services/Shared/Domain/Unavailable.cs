namespace Restoration.Domain;

/// <summary>
/// Something this process needs is out of reach, or it has more to do than it can queue; the caller should come back (503 with
/// <c>Retry-After</c>). The first argument says what, as the caller will read it: no address, no SQL.
/// </summary>
public sealed class UnavailableException(string what, TimeSpan retryAfter, Exception? inner = null) : Exception(what, inner)
{
    public TimeSpan RetryAfter => retryAfter;
}

/// <summary>
/// A stored name that this code does not know. Readers stop here, loudly: skipping a fact would be losing it. A newer replica may know it, so
/// a caller may come back (503); this fails its own call alone, and no other of the same commit.
/// </summary>
public sealed class UnknownEventTypeException(string name, long position)
    : Exception($"The event at position {position} has the type '{name}', which this version of the service does not know.");

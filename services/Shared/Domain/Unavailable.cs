namespace Restoration.Domain;

/// <summary>
/// Something this process needs is out of reach, or it has more to do than it can queue; the caller should come back (503 with
/// <c>Retry-After</c>). The first argument says what, as the caller will read it: no address, no SQL.
/// </summary>
public sealed class UnavailableException(string what, TimeSpan retryAfter, Exception? inner = null) : Exception(what, inner)
{
    public TimeSpan RetryAfter => retryAfter;
}

namespace Restoration.Domain;

/// <summary>Something this process needs is not there just now; the caller should come back (503 with <c>Retry-After</c>).</summary>
public sealed class UnavailableException(string what, TimeSpan retryAfter, Exception? inner = null) : Exception(what, inner)
{
    public TimeSpan RetryAfter => retryAfter;
}

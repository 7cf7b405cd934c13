namespace Restoration.Messaging;

/// <summary>
/// Per source: the highest position below which nothing meant for this service is missing. Each fact names the one before it, so what is
/// dealt with joins to a chain; a chain that does not reach the known position shows that something was lost.
/// </summary>
internal sealed class Tracker(long epoch, long known)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<long, long> _ahead = new();

    public long Epoch { get; } = epoch;

    public long Known
    {
        get
        {
            lock (_lock)
            {
                return known;
            }
        }
    }

    /// <summary>A fact is dealt with: applied, parked or dead.</summary>
    public void Done(long prior, long position)
    {
        lock (_lock)
        {
            _ahead.Enqueue(position, prior);
            while (_ahead.TryPeek(out var next, out var before) && before <= known)
            {
                _ahead.Dequeue();
                known = Math.Max(known, next);
            }
        }
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Restoration.Gateway;

/// <summary>
/// Counts what each has asked for in its present window. Bounded: windows that are over go with <see cref="Sweep"/>, and beyond
/// <c>most</c> those who come new share one.
/// </summary>
internal sealed class Windows(TimeProvider time, int most)
{
    private readonly ConcurrentDictionary<string, Window> _windows = new();
    private readonly Window _shared = new();
    private int _count;

    public int Count => _count;

    /// <summary>Counts one, where there is one left; <c>wait</c>: seconds until all are there again.</summary>
    public (bool Allowed, int Left, int Wait) Take(string who, RatePolicy policy)
    {
        while (true)
        {
            var window = WindowOf(who);
            lock (window)
            {
                if (window.Gone)
                    continue;
                var now = time.GetTimestamp();
                var length = policy.Seconds * time.TimestampFrequency;
                if (window.Used == 0 || now - window.Began >= length)
                    (window.Began, window.Used) = (now, 0);
                // Not when it was begun: the policy may have changed since.
                window.Ends = window.Began + length;
                var allowed = window.Used < policy.Requests;
                if (allowed)
                    window.Used++;
                var wait = (window.Ends - now + time.TimestampFrequency - 1) / time.TimestampFrequency;
                return (allowed, Math.Max(0, policy.Requests - window.Used), (int)wait);
            }
        }
    }

    public void Sweep()
    {
        foreach (var (who, window) in _windows)
        {
            lock (window)
            {
                if (time.GetTimestamp() < window.Ends)
                    continue;
                window.Gone = true;
            }

            if (_windows.TryRemove(who, out _))
                Interlocked.Decrement(ref _count);
        }
    }

    private Window WindowOf(string who)
    {
        if (_windows.TryGetValue(who, out var known))
            return known;
        if (Volatile.Read(ref _count) >= most)
            return _shared;
        var added = new Window();
        if (!_windows.TryAdd(who, added))
            return _windows.GetValueOrDefault(who, added);
        Interlocked.Increment(ref _count);
        return added;
    }

    private sealed class Window
    {
        public long Began, Ends;
        public int Used;

        /// <summary>No longer in the table: who got hold of it looks again.</summary>
        public bool Gone;
    }
}

internal static class Addresses
{
    /// <summary>Whom an address is counted as: an IPv6 customer has a /64 at least, and could come from another address each time.</summary>
    public static string Group(IPAddress? address) => address switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => $"{new IPAddress([.. address.GetAddressBytes()[..8], .. new byte[8]])}/64",
        _ => address.ToString(),
    };
}

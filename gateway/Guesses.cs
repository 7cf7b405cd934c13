using System.Collections.Concurrent;

namespace Restoration.Gateway;

/// <summary>
/// Slows whoever tries secrets. After a few wrong ones for a client from an address, each further try there waits, twice as long each
/// time, up to half a minute; nobody else is held up by it, least of all the client itself from where it is. A wide bound for the address
/// as a whole stops who tries one client after the other; a client that got a token there within the hour is not held by that bound.
/// Kept in this process alone and forgotten when nothing happens.
/// </summary>
internal sealed class Guesses(TimeProvider time, int most = Guesses.Most)
{
    /// <summary>Wrong ones before there is any wait: for a client from an address, and for all clients from it.</summary>
    public const int Free = 5, FreeOfAddress = 50;

    private const int Most = 100_000, LongestId = 64;

    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_remembered = TimeSpan.FromMinutes(15), s_trusted = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<(string Client, string Address), Tries> _tries = new();

    public int Count => _tries.Count;

    /// <summary>How long to wait before a secret is looked at; null where it may be now.</summary>
    public TimeSpan? Wait(string client, string address)
    {
        var now = time.GetTimestamp();
        var own = _tries.GetValueOrDefault(Of(client, address));
        if (own?.Wait(now, Free, time) is { } wait)
            return wait;
        return own?.Trusted(now, time) == true ? null : _tries.GetValueOrDefault(("", address))?.Wait(now, FreeOfAddress, time);
    }

    public void Wrong(string client, string address)
    {
        var now = time.GetTimestamp();
        At(Of(client, address)).Failed(now, Free, time);
        At(("", address)).Failed(now, FreeOfAddress, time);
    }

    public void Right(string client, string address) => At(Of(client, address)).Succeeded(time.GetTimestamp());

    /// <summary>What nothing was heard of for long goes; of too many, some.</summary>
    private Tries At((string Client, string Address) who)
    {
        if (_tries.TryGetValue(who, out var known))
            return known;
        if (_tries.Count >= most)
        {
            var now = time.GetTimestamp();
            foreach (var (key, tries) in _tries)
            {
                if (tries.IsForgotten(now, time))
                    _tries.TryRemove(key, out _);
            }

            // Still full of those who are at it now: room for a tenth, whoever it hits.
            if (_tries.Count >= most)
            {
                foreach (var key in _tries.Keys.Take(Math.Max(1, most / 10)))
                    _tries.TryRemove(key, out _);
            }
        }

        return _tries.GetOrAdd(who, _ => new Tries());
    }

    /// <summary>What is no client's id is tried by nobody who has one, and need not be told apart.</summary>
    private static (string, string) Of(string client, string address) => (client.Length is > 0 and <= LongestId ? client : "?", address);

    private sealed class Tries
    {
        private long _wrong, _last, _next, _right = -1;

        /// <summary>Where it is time for a try beyond the free ones, that one is it: the next waits, however many come at once.</summary>
        public TimeSpan? Wait(long now, int free, TimeProvider time)
        {
            lock (this)
            {
                if (time.GetElapsedTime(_last, now) > s_remembered)
                    _wrong = 0;
                if (_wrong < free)
                    return null;
                if (now < _next)
                    return time.GetElapsedTime(now, _next);
                _next = now + Pause(free, time);
                return null;
            }
        }

        public void Failed(long now, int free, TimeProvider time)
        {
            lock (this)
            {
                (_wrong, _last) = (_wrong + 1, now);
                _next = now + Pause(free, time);
            }
        }

        public void Succeeded(long now)
        {
            lock (this)
                (_wrong, _last, _right) = (0, now, now);
        }

        public bool Trusted(long now, TimeProvider time)
        {
            lock (this)
                return _right >= 0 && time.GetElapsedTime(_right, now) < s_trusted;
        }

        public bool IsForgotten(long now, TimeProvider time)
        {
            lock (this)
                return time.GetElapsedTime(_last, now) > s_remembered && !(_right >= 0 && time.GetElapsedTime(_right, now) < s_trusted);
        }

        private long Pause(int free, TimeProvider time) =>
            (long)(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(_wrong - free, 10))) * time.TimestampFrequency);
    }
}

using Npgsql;

namespace Restoration.Updates.Feed;

/// <summary>
/// The end of the feed, kept in memory once for all who follow it live. One reader fills a bounded ring in the order of numbers and wakes
/// everybody; a follower is nothing but a position, so a thousand of them share one reader and one copy of the bytes.
/// </summary>
public sealed partial class FeedTail(NpgsqlDataSource db, FeedOptions options, TimeProvider clock, ILogger<FeedTail> logger)
    : BackgroundService
{
    private const int Chunk = 500;
    private const int Many = 1000;
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(10);
    private readonly Lock _lock = new();
    private readonly Entry?[] _ring = new Entry?[options.RingEntries];
    private readonly TimeSpan _poll = options.Heartbeat / 2 < TimeSpan.FromSeconds(1) ? options.Heartbeat / 2 : TimeSpan.FromSeconds(1);
    private volatile TaskCompletionSource _pulse = NewPulse();
    private long _floor;
    private long _last;
    private int _bytes;
    private bool _notified;
    private int _followers;

    /// <summary>The feed's epoch; 0 until the feed was read for the first time.</summary>
    public int Epoch { get; private set; }

    /// <summary>
    /// Completes when there is something new and, so that followers need no timers of their own, at least once a second and twice a
    /// heartbeat. Take it before looking, or what comes in between is seen one pulse later.
    /// </summary>
    public Task Pulse => _pulse.Task;

    private TimeSpan Pause => options.Coalesce * Math.Min(1, (double)Volatile.Read(ref _followers) / Many) is var pause && pause > Soonest
        ? pause
        : Soonest < options.Coalesce ? Soonest : options.Coalesce;

    public void Joined(int followers)
    {
        Interlocked.Add(ref _followers, followers);
        FeedTelemetry.Subscribers.Add(followers);
    }

    /// <summary>Adds what follows a number; false when the ring does not reach back so far.</summary>
    public bool TryRead(Sequence after, int most, List<Entry> into)
    {
        lock (_lock)
        {
            if (after.Epoch != Epoch || after.Number < _floor) return false;
            for (var number = after.Number + 1; number <= _last && into.Count < most; number++) into.Add(At(number)!);
            return true;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                Log.Lost(logger, e);
                Wake();
                await Task.Delay(_poll, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        connection.Notification += (_, _) => _notified = true;
        await using (var listen = new NpgsqlCommand("listen feed", connection)) await listen.ExecuteNonQueryAsync(stop);
        StartAt(await FeedReader.HeadAsync(connection, stop));
        while (true)
        {
            // A notification that arrives while the rows are read may be about a later commit than they show.
            _notified = false;
            var (entries, more) = await FeedReader.AfterAsync(connection, Epoch, _last, Chunk, stop);
            if (entries.Count > 0 && (entries[0].Number != _last + 1 || entries[^1].Number - _last != entries.Count))
            {
                // This process slept while what follows was forgotten.
                StartAt(await FeedReader.HeadAsync(connection, stop), anew: true);
                entries.Clear();
            }
            Append(entries);
            Wake();
            if (entries.Count > 0) await Task.Delay(Pause, clock, stop);
            if (!_notified && !more) await connection.WaitAsync(_poll, stop);
        }
    }

    /// <summary>Goes on where the ring ends, or at the feed's end when there is no ring of this feed yet.</summary>
    private void StartAt(FeedHead head, bool anew = false)
    {
        lock (_lock)
        {
            if (!anew && head.Epoch == Epoch && head.Last >= _last) return;
            (Epoch, _floor, _last, _bytes) = (head.Epoch, head.Last, head.Last, 0);
            Array.Clear(_ring);
        }
    }

    private void Append(List<Entry> entries)
    {
        lock (_lock)
        {
            foreach (var entry in entries)
            {
                while (_last > _floor && (_last - _floor == _ring.Length || _bytes + entry.Frame.Length > options.RingBytes)) Drop();
                At(entry.Number) = entry;
                _bytes += entry.Frame.Length;
                _last = entry.Number;
            }
        }
    }

    private void Drop()
    {
        ref var oldest = ref At(++_floor);
        _bytes -= oldest!.Frame.Length;
        oldest = null;
    }

    // Numbers have no gaps, so a number is a slot.
    private ref Entry? At(long number) => ref _ring[number % _ring.Length];

    private void Wake() => Interlocked.Exchange(ref _pulse, NewPulse()).SetResult();

    private static TaskCompletionSource NewPulse() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The feed cannot be read just now.")]
        public static partial void Lost(ILogger logger, Exception exception);
    }
}

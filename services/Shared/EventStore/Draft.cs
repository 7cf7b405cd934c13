using Npgsql;

namespace Restoration.EventStore;

/// <summary>
/// A commit in the making while the one before it is on its way: its calls are decided and written down as they come, on the states as
/// that one will leave them. It holds only where that one went through; otherwise they are decided again.
/// </summary>
internal sealed class Draft(NpgsqlDataSource db, EventTypes types, TimeProvider clock, StreamCache cache, Draft? before)
{
    private static readonly Dictionary<(string, string), Used> s_nothing = [];
    private Draft? _before = before;
    private Attempt? _attempt;
    private Append? _append;
    private bool _broken;

    public List<EventLog.Call> Calls { get; } = [];
    public long Bytes { get; private set; }
    public int Units { get; private set; }

    /// <summary>All that was looked at was at hand, and nothing has to be looked up before it can be believed.</summary>
    public bool Holds => !_broken && _attempt is { } attempt && !Committer.MayRepeat(attempt);

    public void Add(EventLog.Call call)
    {
        Calls.Add(call);
        (Bytes, Units) = (Bytes + call.Bytes, Units + call.Units.Count);
        if (_broken)
        {
            return;
        }

        try
        {
            _attempt ??= new Attempt([], id => _before?._append!.Find(id) ?? cache.Find(id), s_nothing, s_nothing);
            _append ??= new Append(_attempt, types, clock);
            var units = _attempt.Add(call);
            _broken = _attempt.Missing.Count > 0;
            if (!_broken)
            {
                _append.Take(units);
            }
        }
        catch (Exception)
        {
            _broken = true; // whose unit it is is found when all are decided again
        }
    }

    /// <summary>Answers the positions, or null when the guard said no. The one before it has gone through.</summary>
    public Task<long[]?> Send()
    {
        _before = null;
        try
        {
            _append!.Complete(); // before anything of the next one is decided on it
        }
        catch (Exception e)
        {
            return Task.FromException<long[]?>(e);
        }

        return Execute();

        async Task<long[]?> Execute()
        {
            await using var connection = await db.OpenConnectionAsync();
            try
            {
                return await _append!.Execute(connection);
            }
            catch (PostgresException e) when (Committer.MeansMoved(e))
            {
                return null;
            }
        }
    }

    /// <summary>It went through: tells the callers, and keeps the states.</summary>
    public int Finish(Committer committer, long[] positions) => committer.Finish(_attempt!, _append!, positions);
}

using Npgsql;

namespace Restoration.EventStore;

/// <summary>
/// A commit in the making while the one before it is on its way: its calls are decided and written down as they come, on the states as
/// that one will leave them. It holds only where that one went through; otherwise they are decided again.
/// </summary>
internal sealed class Draft(Committer committer, NpgsqlDataSource db, EventTypes types, TimeProvider clock, StreamCache cache, Draft? before)
{
    private static readonly Dictionary<(string, string), Used> s_nothing = [];
    /// <summary>One stream may lead to another; what is still missing then is fetched by the slower path.</summary>
    private const int MostFetches = 4;
    private Draft? _before = before;
    private Attempt? _attempt;
    private Append? _append;
    private bool _broken;
    private readonly List<EventLog.Call> _waiting = [];
    private readonly Dictionary<string, StreamState> _fetched = [];
    private Task<List<StreamState>>? _fetching;

    public List<EventLog.Call> Calls { get; } = [];
    public long Bytes { get; private set; }
    public int Units { get; private set; }

    /// <summary>All that was looked at is at hand, and nothing has to be looked up before it can be believed.</summary>
    public bool Holds => !_broken && _waiting.Count == 0 && _attempt is { } attempt && !Committer.MayRepeat(attempt);

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
            _attempt ??= new Attempt([], id => _before?._append!.Find(id) ?? cache.Find(id) ?? _fetched.GetValueOrDefault(id), s_nothing, s_nothing);
            _append ??= new Append(_attempt, types, clock);
            Decide(call);
            Fetch();
        }
        catch (Exception)
        {
            _broken = true; // whose unit it is is found when all are decided again
        }
    }

    /// <summary>Waits for what was not at hand, which was asked for when it was missed, and decides the calls that looked at it.</summary>
    public async Task Settle()
    {
        try
        {
            for (var times = 0; _fetching is not null && !_broken && times < MostFetches; times++)
            {
                foreach (var state in await _fetching)
                {
                    _fetched[state.Id] = state;
                }

                var waiting = _waiting.ToList();
                _waiting.Clear();
                _fetching = null;
                waiting.ForEach(Decide);
                Fetch();
            }
        }
        catch (Exception)
        {
            _broken = true;
        }
    }

    private void Decide(EventLog.Call call)
    {
        if (_attempt!.TryAdd(call, out var units))
        {
            _append!.Take(units);
        }
        else
        {
            _waiting.Add(call);
        }
    }

    private void Fetch()
    {
        if (_fetching is null && _attempt!.Missing.Count > 0)
        {
            var missing = _attempt.Missing.Select(m => StreamState.None(m.Key, m.Value)).ToList();
            _attempt.Missing.Clear();
            _fetching = committer.Fetch(missing);
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

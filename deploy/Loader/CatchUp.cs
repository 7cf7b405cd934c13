namespace Restoration.Loader;

/// <summary>A service learns of the facts of another a moment after they are recorded: what it is to learn, and whether it has.</summary>
internal sealed class CatchUp(Api @operator)
{
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private readonly Dictionary<(string From, string To), long> _told = [];

    /// <param name="position">In the log of <paramref name="from"/>, of a fact that is meant for the others: how far they know is counted by those alone.</param>
    public void Expect(string from, long position, params IEnumerable<string> to)
    {
        lock (_told)
        {
            foreach (var service in to) _told[(from, service)] = Math.Max(position, _told.GetValueOrDefault((from, service)));
        }
    }

    /// <summary>Waits until every service knows what it was told; says which do not.</summary>
    public async Task<IReadOnlyList<string>> Behind()
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var behind = new List<string>();
            foreach (var told in _told.GroupBy(t => t.Key.To))
            {
                var known = (await @operator.Get($"/v1/{told.Key}/ops/status")).Find("receives")?.Find("known");
                behind.AddRange(from t in told where (known?.MaybeNumber(t.Key.From) ?? 0) < t.Value select $"{t.Key.To} does not know all of {t.Key.From}");
            }

            if (behind.Count == 0 || TimeProvider.System.GetElapsedTime(since) > s_most) return behind;
            await Task.Delay(s_pause);
        }
    }
}

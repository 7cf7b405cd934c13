namespace Restoration.Loader;

/// <summary>A service learns from the registry's facts a moment after the registry has them.</summary>
internal static class CatchUp
{
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <param name="position">In the registry's log, of a fact that is meant for the service: how far it knows is counted by those alone.</param>
    /// <returns>False when it has not come so far in <see cref="Most"/>.</returns>
    public static async Task<bool> Of(string service, Api @operator, long position)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (position > 0)
        {
            var status = await @operator.Get($"/v1/{service}/ops/status");
            if (status.Find("receives")?.Find("known")?.Find("registry")?.GetInt64() >= position) break;
            if (TimeProvider.System.GetElapsedTime(since) > Most) return false;
            await Task.Delay(s_pause);
        }

        return true;
    }
}

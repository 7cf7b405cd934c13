using System.Globalization;
using System.Text.Json;
using Restoration.Loader;

namespace Restoration.Watch;

/// <summary>The picture of a division: read once, then kept true by what the stream says has changed.</summary>
internal sealed class Dashboard(Api api, string division)
{
    private const int Recent = 500;
    private static readonly TimeSpan s_between = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, string> _heard = [];
    private readonly Lock _gate = new();
    private Ground? _ground;

    public Feed Feed { get; } = new(api, division);

    public Alerts Alerts { get; } = new();

    public Latest Latest { get; } = new();

    public Indicators Indicators { get; } = new();

    public Projects Projects { get; } = new();

    public Mines Mines { get; } = new();

    public Money Money { get; } = new();

    /// <summary>For whoever draws: what is shown does not change while it holds this.</summary>
    public Lock Gate => _gate;

    public string Name => _ground?.Name ?? division;

    public IReadOnlyList<Section> Sections => [Indicators, Projects, Mines, Money];

    /// <summary>Reads everything, and answers the place of the feed at which it is true: what happens meanwhile comes again on the stream.</summary>
    public async Task<string> Begin()
    {
        var of = $"divisions={Uri.EscapeDataString(division)}";
        var snapshot = await api.Get($"/v1/updates/snapshot?{of}&types={string.Join(',', Alerts.Types)}");
        var at = snapshot.Text("sequence");
        var recent = await Before(at, of);
        lock (_gate)
        {
            Alerts.Clear();
            Latest.Clear();
            foreach (var e in snapshot.Items("items")) Alerts.Take(e);
            foreach (var e in recent) Latest.Take(e, null);
            _heard.Clear();
        }

        await Refresh(anyway: true);
        return at;
    }

    /// <summary>An event of the stream.</summary>
    public void Take(JsonElement e)
    {
        lock (_gate)
        {
            Alerts.Take(e);
            Latest.Take(e, TimeProvider.System.GetUtcNow());
            _heard[e.Text("source").TrimStart('/')] = e.Text("position");
        }

        foreach (var section in Sections) section.Hear(e);
    }

    /// <summary>Reads anew what has changed, each part at most once a second.</summary>
    public async Task Keep(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Refresh(anyway: false);
            await Task.Delay(s_between, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Refresh(bool anyway)
    {
        _ground ??= await Ground();
        IReadOnlyDictionary<string, string> heard;
        lock (_gate) heard = new Dictionary<string, string>(_heard);
        var ground = _ground with { Heard = heard };
        await Task.WhenAll(Sections.Select(s => s.Refresh(ground, anyway)));
    }

    private async Task<Ground> Ground()
    {
        var found = await api.Get($"/v1/registry/divisions/{Uri.EscapeDataString(division)}");
        Latest.Names = (await api.All("/v1/registry/divisions")).ToDictionary(d => d.Text("id"), d => d.Text("name"));
        return new(api, division, found.Text("name"), new Dictionary<string, string>());
    }

    /// <summary>What of the entries just before a place is about the division; nothing where they are no longer kept.</summary>
    private async Task<IReadOnlyList<JsonElement>> Before(string at, string of)
    {
        var number = long.Parse(at[4..], CultureInfo.InvariantCulture);
        try
        {
            var after = $"{at[..4]}{Math.Max(0, number - Recent).ToString("D16", CultureInfo.InvariantCulture)}";
            return [.. (await api.Get($"/v1/updates?after={after}&limit={Recent}&{of}")).Items("items")];
        }
        catch (RefusedException refused) when (refused.Status == System.Net.HttpStatusCode.Gone)
        {
            return [];
        }
    }
}

using System.Collections.Concurrent;
using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>
/// A county's own system: posts one thing after another, events alone and in batches, and repeats each with the same ids until it is
/// acknowledged, whatever happens in between.
/// </summary>
public sealed class CountySystem(Caller caller, Ground ground, Place county, string source)
{
    private const int BatchSize = 10;
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(200);

    /// <summary>Between two posts: they are many and never stop, and leave the machine to what is tested.</summary>
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private readonly ConcurrentQueue<string> _failures = new();
    private Task _posting = Task.CompletedTask;
    private int _next;
    private volatile bool _stopped;

    public string Source => source;

    /// <summary>The position each acknowledged id was answered with.</summary>
    public IReadOnlyDictionary<string, long> Acknowledged => _acknowledged;

    /// <summary>What came instead of an acknowledgement: a status, or the name of an exception where there was no answer.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Two systems in each county of the ground, so that streams are shared by all of them; posting already.</summary>
    public static async Task<List<CountySystem>> StartAll(TheSystem system, Ground ground)
    {
        var all = new List<CountySystem>();
        foreach (var county in ground.Counties)
        {
            var caller = await system.Client("county", county.Id, "reporter");
            all.AddRange(Enumerable.Range(1, 2).Select(n => new CountySystem(caller, ground, county, $"/{caller.Id}/{n}")));
        }
        all.ForEach(county => county._posting = Task.Run(county.Post));
        return all;
    }

    /// <summary>Waits until each of them had some more events acknowledged.</summary>
    public static async Task GoOn(IReadOnlyList<CountySystem> all, int events, double seconds = 30)
    {
        var before = all.Select(county => county._acknowledged.Count).ToList();
        await Eventually.Get(
            () => Slowest(all, before), least => least >= events, $"{events} more events of every county system", seconds);
    }

    /// <summary>What is begun is posted to its end, so that afterwards everything sent is acknowledged.</summary>
    public static async Task StopAll(IReadOnlyList<CountySystem> all)
    {
        foreach (var county in all) county._stopped = true;
        await Task.WhenAll(all.Select(county => county._posting)).WaitAsync(TimeSpan.FromSeconds(120));
    }

    private static async Task<int> Slowest(IReadOnlyList<CountySystem> all, List<int> before)
    {
        foreach (var county in all.Where(c => c._posting.IsFaulted)) await county._posting;
        return all.Select((county, i) => county._acknowledged.Count - before[i]).Min();
    }

    private async Task Post()
    {
        for (var turn = 0; !_stopped; turn++, await Task.Delay(s_pace))
        {
            var events = Enumerable.Range(0, turn % 4 == 3 ? BatchSize : 1).Select(_ => Report()).ToList();
            while (!await IsAcknowledged(events)) await Task.Delay(s_patience);
        }
    }

    private Dictionary<string, object> Report()
    {
        var n = _next++;
        // One unit each, on days that come round again: figures of many reports, and totals that say how many were applied.
        var day = new DateOnly(2023, 1, 1).AddDays(n % 120);
        return ground.Report(source, $"{n}", county.Id, $"{day:yyyy-MM-dd}", new { value = 1, unit = "count" }, ground.CountedMeasureId);
    }

    private async Task<bool> IsAcknowledged(List<Dictionary<string, object>> events)
    {
        try
        {
            var answer = events.Count == 1 ? await caller.PostEvent(events[0]) : await caller.PostEvents(events);
            if (answer.Status is 429 or >= 500)
            {
                _failures.Enqueue($"{answer.Status} {answer.Code}, Retry-After {answer.Header("Retry-After")}");
                return false;
            }
            Assert.True(answer.Status is 200 or 201, $"{answer.Status} {answer.Text}");
            var results = events.Count == 1 ? [answer.Json] : answer.Json.GetProperty("results").EnumerateArray().ToList();
            foreach (var result in results) Keep(result);
            Assert.Equal(events.Select(e => e["id"]), results.Select(r => r.GetProperty("id").GetString()));
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            _failures.Enqueue(e.GetType().Name);
            return false;
        }
    }

    private void Keep(JsonElement result)
    {
        Assert.True(result.GetProperty("status").GetString() is "recorded" or "duplicate", result.GetRawText());
        Assert.True(_acknowledged.TryAdd(result.GetProperty("id").GetString()!, result.GetProperty("position").GetInt64()), "Acknowledged twice.");
    }
}

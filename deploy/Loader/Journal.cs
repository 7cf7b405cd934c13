using System.Text.Json;

namespace Restoration.Loader;

/// <summary>Carries out what the clients of the demonstration do, and keeps what became of it.</summary>
internal sealed class Journal(Clients clients)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _results = [];
    private readonly Dictionary<string, (int Recorded, long Position)> _recorded = [];
    private readonly List<string> _rejected = [];

    public CatchUp CatchUp { get; } = new(clients[Acts.Operator]);

    /// <summary>What became of the events, by how many.</summary>
    public IReadOnlyDictionary<string, int> Results => _results;

    public IReadOnlyList<string> Rejected => _rejected;

    /// <summary>By service: how many facts this run made it publish, and the position of the last.</summary>
    public IReadOnlyDictionary<string, (int Recorded, long Position)> Recorded => _recorded;

    /// <summary>Posts events to a service; answers the last position that was recorded, 0 where nothing was.</summary>
    /// <param name="meantFor">Services that use these facts.</param>
    public async Task<long> Post(string service, string client, string? actor, IReadOnlyList<object> events, params string[] meantFor)
    {
        var answer = await clients[client].PostEvents($"/v1/{service}/events", events, actor);
        var results = answer.Body.Items("results").Select(r => (Json: r, Status: r.Text("status"), Position: r.Find("position")?.GetInt64() ?? 0)).ToList();
        var fresh = results.Where(r => r.Status == "recorded").Select(r => r.Position).Where(p => p > 0).ToList();
        lock (_gate)
        {
            foreach (var (status, count) in results.CountBy(r => r.Status)) _results[status] = _results.GetValueOrDefault(status) + count;
            _rejected.AddRange(results.Where(r => r.Status == "rejected").Select(r => Why(r.Json)));
        }

        if (fresh.Count > 0) Note(service, fresh.Count, fresh.Max());
        CatchUp.Expect(service, results.Max(r => r.Position), meantFor);
        return fresh.DefaultIfEmpty().Max();
    }

    /// <summary>Gives a command, which records one fact or finds that all is so already; answers its position, then 0.</summary>
    /// <param name="path">Begins with <c>/v1/{service}/</c>.</param>
    public async Task<long> Command(string client, string actor, string path, string id, object body, params string[] meantFor)
    {
        var (service, answer) = (path.Split('/')[2], await clients[client].Post(path, id, body, actor));
        CatchUp.Expect(service, answer.Position, meantFor);
        if (!answer.Recorded) return 0;
        Note(service, 1, answer.Position);
        return answer.Position;
    }

    /// <summary>Puts a resource that is not there yet, or finds it there; answers as a command does.</summary>
    public async Task<long> Assign(string client, string actor, string path, string id, object body, params string[] meantFor)
    {
        if (await clients[client].Find(path) is not null) return 0;
        var (service, answer) = (path.Split('/')[2], await clients[client].Create(path, id, body, actor));
        CatchUp.Expect(service, answer.Position, meantFor);
        if (answer.Recorded) Note(service, 1, answer.Position);
        return answer.Recorded ? answer.Position : 0;
    }

    /// <summary>The same of a command whose facts stay within its service, wholly or in part: the stream is not asked for them.</summary>
    public Task Internal(string client, string actor, string path, string id, object body) => clients[client].Post(path, id, body, actor);

    private void Note(string service, int count, long position)
    {
        lock (_gate)
        {
            var (recorded, last) = _recorded.GetValueOrDefault(service);
            _recorded[service] = (recorded + count, Math.Max(last, position));
        }
    }

    /// <summary>Why an event was rejected.</summary>
    public static string Why(JsonElement result)
    {
        var problem = result.GetProperty("problem");
        return $"{result.MaybeText("source")} {result.MaybeText("id")}: {problem.MaybeText("code")}, {problem.MaybeText("detail")}";
    }
}

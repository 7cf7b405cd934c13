using System.Text.Json;
using Restoration.Support;

namespace Restoration.Updates.Tests;

/// <summary>A client that subscribes to webhooks at a replica.</summary>
public sealed class Hooks(FeedSystem system, Replica replica, string id, string division, params string[] roles)
{
    public const string Path = "/v1/updates/subscriptions";

    /// <summary>For a service whose targets are on this machine, and whose schedule is short.</summary>
    public static readonly (string, string)[] Near =
    [
        ("Webhooks__AllowedRanges", "127.0.0.0/8"), ("Webhooks__Schedule", "00:00:00.3,00:00:00.3,00:00:00.3"),
        ("Webhooks__Timeout", "00:00:01"), ("Webhooks__Lease", "00:00:03"), ("Webhooks__PerClient", "5000"),
    ];

    private readonly Caller _caller = new(new HttpClient { BaseAddress = replica.Address }, system.TokenOf(id, division, roles));

    public static (string, string)[] With(params (string, string)[] settings) => [.. Near, .. settings];

    public Task<Answer> Get(string path = "", params (string, string)[] headers) => _caller.Get(Path + path, headers);

    public Task<Answer> Post(string path, object body, params (string, string)[] headers) => _caller.Post(Path + path, body, headers);

    public Task<Answer> Send(HttpMethod method, string path, string? body = null, params (string, string)[] headers) =>
        _caller.Send(method, Path + path, body, "application/json", headers);

    public async Task<Hook> Subscribe(object body)
    {
        var answer = (await Post("", body)).Is(201);
        return new(this, answer.Json.GetProperty("id").GetString()!, answer.Json.GetProperty("secret").GetString()!);
    }

    public Task<Hook> Subscribe(string target) => Subscribe(new { target });
}

/// <summary>One subscription.</summary>
public sealed record Hook(Hooks Client, string Id, string Secret)
{
    public async Task<JsonElement> Read() => (await Client.Get($"/{Id}")).Is(200).Json;

    public async Task<string> State() => (await Read()).GetProperty("state").GetString()!;

    public Task StateIs(string state) => Eventually.Get(State, s => s == state, $"state {state}");

    public Task<Answer> Do(string verb, object? body = null) => Client.Post($"/{Id}/{verb}", body ?? new { });

    public async Task<JsonElement[]> Deliveries(string query = "") => [.. (await Client.Get($"/{Id}/deliveries{query}")).Is(200).Json.GetProperty("items").EnumerateArray()];
}

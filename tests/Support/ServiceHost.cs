using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Restoration.ServiceDefaults;

namespace Restoration.Support;

/// <summary>A service in this process, on a port of its own, over real HTTP, with its database, broker and key ring.</summary>
public sealed class ServiceHost<TProgram> : WebApplicationFactory<TProgram> where TProgram : class
{
    private readonly Dictionary<string, string> _settings;
    private readonly KeyRing _keys;

    /// <param name="settings">Over the defaults: connection strings, and a feed queue that nobody else has.</param>
    public ServiceHost(string service, TestDatabase database, KeyRing keys, params (string Key, string Value)[] settings)
    {
        _keys = keys;
        _settings = new()
        {
            [$"ConnectionStrings:{service}"] = database.Limited,
            ["ConnectionStrings:keys"] = database.Limited,
            ["ConnectionStrings:broker"] = TestServers.Broker,
            ["Feed:Queue"] = $"test.{Guid.NewGuid():N}",
        };
        foreach (var (key, value) in settings)
        {
            _settings[key] = value;
        }

        UseKestrel(0);
        StartServer();
        Http = new HttpClient { BaseAddress = ClientOptions.BaseAddress };
    }

    public HttpClient Http { get; }

    public string FeedQueue => _settings["Feed:Queue"];

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in _settings)
        {
            builder.UseSetting(key, value);
        }

        builder.UseEnvironment("Production");
    }

    /// <summary>A caller with a client of its own.</summary>
    public Caller As(string division, params string[] roles) => As($"{division}-{string.Join('-', roles)}", division, roles);

    public Caller As(string id, string division, params string[] roles) =>
        new(Http, _keys.TokenFor(new Client(id, division, null, roles.ToHashSet(), [])));

    public Caller Nobody => new(Http, null);

    protected override void Dispose(bool disposing)
    {
        Http?.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>An answer, read whole.</summary>
public sealed record Answer(int Status, JsonElement Json, string Text, HttpResponseMessage Message)
{
    /// <summary>The code of a problem.</summary>
    public string? Code => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string? Header(string name) => Message.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    /// <summary>Fails with the body, which says why.</summary>
    public Answer Is(int status, string? code = null)
    {
        Assert.True(status == Status && (code is null || code == Code), $"Expected {status} {code}, got {Status}: {Text}");
        return this;
    }
}

/// <summary>Someone who calls.</summary>
public sealed class Caller(HttpClient http, string? token)
{
    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, null, headers);

    /// <summary>A command, with a new Idempotency-Key unless the headers give one.</summary>
    public Task<Answer> Post(string path, object body, params (string Name, string Value)[] headers) => Command(HttpMethod.Post, path, body, headers);

    /// <inheritdoc cref="Post"/>
    public Task<Answer> Put(string path, object body, params (string Name, string Value)[] headers) => Command(HttpMethod.Put, path, body, headers);

    private Task<Answer> Command(HttpMethod method, string path, object body, (string Name, string Value)[] headers) => Send(
        method, path, JsonSerializer.Serialize(body, WireJson.Options), "application/json",
        headers.Any(h => h.Name == "Idempotency-Key") ? headers : [.. headers, ("Idempotency-Key", Guid.NewGuid().ToString())]);

    public Task<Answer> PostEvent(object cloudEvent, string query = "", string service = "registry") => Send(
        HttpMethod.Post, $"/v1/{service}/events{query}", JsonSerializer.Serialize(cloudEvent, WireJson.Options), "application/cloudevents+json");

    public Task<Answer> PostEvents(IEnumerable<object> cloudEvents, string query = "", string service = "registry") => Send(
        HttpMethod.Post, $"/v1/{service}/events{query}", JsonSerializer.Serialize(cloudEvents, WireJson.Options), "application/cloudevents-batch+json");

    public Task<Answer> Send(HttpMethod method, string path, string? body, string? media, params (string Name, string Value)[] headers)
    {
        var content = body is null ? null : new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content?.Headers.TryAddWithoutValidation("Content-Type", media);
        return Send(method, path, content, headers);
    }

    /// <summary>A POST of any bytes.</summary>
    public Task<Answer> Send(string path, HttpContent content, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, path, content, headers);

    /// <summary>A PUT of any bytes.</summary>
    public Task<Answer> Put(string path, HttpContent content, params (string Name, string Value)[] headers) => Send(HttpMethod.Put, path, content, headers);

    public Task<Answer> Head(string path) => Send(HttpMethod.Head, path, null, []);

    /// <summary>A GET whose answer is read by the caller, as slowly as it likes.</summary>
    public async Task<HttpResponseMessage> Open(string path, params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Get, path, null, headers);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private async Task<Answer> Send(HttpMethod method, string path, HttpContent? content, (string Name, string Value)[] headers)
    {
        using var request = Request(method, path, content, headers);
        var message = await http.SendAsync(request);
        var text = await message.Content.ReadAsStringAsync();
        var json = message.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true && text.Length > 0
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : default;
        return new Answer((int)message.StatusCode, json, text, message);
    }
}

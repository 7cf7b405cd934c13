using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Restoration.System.Tests;

/// <summary>An answer, read whole.</summary>
public sealed record Answer(int Status, JsonElement Json, string Text, HttpResponseHeaders Headers, HttpContentHeaders Content)
{
    /// <summary>The code of a problem.</summary>
    public string? Code => Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string? Header(string name) =>
        Headers.TryGetValues(name, out var values) || Content.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    /// <summary>Done now, or by an earlier try.</summary>
    public Answer IsDone()
    {
        Assert.True(Status is 200 or 201, $"Expected 200 or 201, got {Status}: {Text}");
        return this;
    }

    /// <summary>Fails with the body, which says why.</summary>
    public Answer Is(int status, string? code = null)
    {
        Assert.True(status == Status && (code is null || code == Code), $"Expected {status} {code}, got {Status}: {Text}");
        return this;
    }
}

/// <summary>Someone who calls the system over HTTP.</summary>
public sealed class Caller(HttpClient http, string? token)
{
    private static readonly JsonSerializerOptions s_asIs = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Id { get; init; } = "";

    public string? Token => token;

    public Task<Answer> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    /// <summary>A command, with a new Idempotency-Key unless the headers give one.</summary>
    public Task<Answer> Post(string path, object body, params (string Name, string Value)[] headers) => Send(
        HttpMethod.Post, path, Json(body, "application/json"),
        headers.Any(h => h.Name == "Idempotency-Key") ? headers : [.. headers, ("Idempotency-Key", Guid.NewGuid().ToString())]);

    public Task<Answer> PostEvent(object cloudEvent, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, "/v1/registry/events", Json(cloudEvent, "application/cloudevents+json"), headers);

    public Task<Answer> PostEvents(IEnumerable<object> cloudEvents, params (string Name, string Value)[] headers) =>
        Send(HttpMethod.Post, "/v1/registry/events", Json(cloudEvents, "application/cloudevents-batch+json"), headers);

    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var request = Request(method, path, headers);
        request.Content = content;
        using var message = await http.SendAsync(request, limit.Token);
        var text = await message.Content.ReadAsStringAsync(limit.Token);
        var json = message.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true && text.Length > 0
            ? JsonSerializer.Deserialize<JsonElement>(text)
            : default;
        return new((int)message.StatusCode, json, text, message.Headers, message.Content.Headers);
    }

    /// <summary>An answer of which only the head was read.</summary>
    public async Task<HttpResponseMessage> Open(string path, CancellationToken stop, params (string Name, string Value)[] headers)
    {
        using var request = Request(HttpMethod.Get, path, headers);
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
    }

    public static ByteArrayContent Json(object body, string media) => Bytes(JsonSerializer.SerializeToUtf8Bytes(body, s_asIs), media);

    public static ByteArrayContent Bytes(byte[] body, string media)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", media);
        return content;
    }

    private HttpRequestMessage Request(HttpMethod method, string path, (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return request;
    }
}

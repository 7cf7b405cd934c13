using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Restoration.Updates.Tests;

/// <summary>One running process of the service.</summary>
public sealed class Replica : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _log = new();
    private readonly HttpClient _http;
    private FeedSystem _system = null!;

    public Replica(Process process, Uri address)
    {
        _process = process;
        _http = new() { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        process.OutputDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address => _http.BaseAddress!;

    public string LogText => string.Join('\n', _log);

    public async Task ReadyAsync(FeedSystem system)
    {
        _system = system;
        await Eventually.Get(() => HealthAsync(), health => health.Contains("\"ready\"", StringComparison.Ordinal), "ready", 30);
    }

    public async Task<string> HealthAsync(bool anyStatus = false)
    {
        try
        {
            if (_process.HasExited) throw new InvalidOperationException($"The service ended: {LogText}");
            using var answer = await _http.GetAsync("/health/ready");
            return anyStatus || answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : answer.StatusCode.ToString();
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>STOP, CONT: what is frozen holds its sessions and its connections, and tells nobody.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        _http.Dispose();
    }

    /// <summary>Without a token.</summary>
    public Task<HttpResponseMessage> AskAsync(string path) =>
        _http.SendAsync(new(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead);

    public async Task<string> TicketAsync(string division = "*")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/updates/tickets");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _system.TokenFor(division));
        using var answer = await _http.SendAsync(request);
        Assert.Equal((200, "no-store"), ((int)answer.StatusCode, answer.Headers.CacheControl?.ToString()));
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.InRange(body.GetProperty("expiresIn").GetInt32(), 1, 60);
        return body.GetProperty("ticket").GetString()!;
    }

    public Task<HttpResponseMessage> GetAsync(string path, string division = "*", string? lastEventId = null, string? ifNoneMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (ifNoneMatch is not null) request.Headers.Add("If-None-Match", ifNoneMatch);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _system.TokenFor(division));
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<JsonElement> PollAsync(string query, string division = "*")
    {
        using var answer = await GetAsync($"/v1/updates{query}", division);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>As the operator; an act where it is to be done.</summary>
    public async Task<JsonElement> OpsAsync(string path, bool act = false)
    {
        using var request = new HttpRequestMessage(act ? HttpMethod.Post : HttpMethod.Get, $"/v1/updates/ops/{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _system.TokenFor("*", "operator"));
        if (act) request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var answer = await _http.SendAsync(request);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonDocument.Parse(body).RootElement;
    }

    public async Task<string[]> SubjectsAsync(string query, string division = "*") =>
        [.. (await PollAsync(query, division)).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("subject").GetString()!)];

    /// <summary>Reads an event stream block by block, until it ends or the limit is reached.</summary>
    public async IAsyncEnumerable<Block> StreamAsync(
        string query = "", string division = "*", string? lastEventId = null, double seconds = 30,
        [EnumeratorCancellation] CancellationToken stop = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(TimeSpan.FromSeconds(seconds));
        using var answer = await GetAsync($"/v1/updates/stream{query}", division, lastEventId);
        await foreach (var block in BlocksAsync(answer, limit.Token)) yield return block;
    }

    /// <summary>The blocks of an event stream that was opened.</summary>
    public static async IAsyncEnumerable<Block> BlocksAsync(HttpResponseMessage answer, [EnumeratorCancellation] CancellationToken stop = default)
    {
        if (!answer.IsSuccessStatusCode) Assert.Fail(await answer.Content.ReadAsStringAsync(stop));
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.ToString());
        Assert.True(answer.Headers.CacheControl is { NoCache: true, NoTransform: true });
        Assert.Equal("no", answer.Headers.GetValues("X-Accel-Buffering").Single());
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(stop));
        var block = new Block();
        while (await lines.ReadLineAsync(stop) is { } line)
        {
            if (line.Length > 0)
            {
                block = block.With(line);
                continue;
            }
            yield return block;
            block = new();
        }
    }
}

/// <summary>One block of an event stream: an event, a comment, or the retry line.</summary>
public sealed record Block(string? Id = null, string? Event = null, string? Data = null, string? Comment = null, string? Retry = null)
{
    public JsonElement Json => JsonDocument.Parse(Data!).RootElement;

    public Block With(string line) => line.Split(": ", 2) switch
    {
        ["id", var value] => this with { Id = value },
        ["event", var value] => this with { Event = value },
        ["data", var value] => Data is null ? this with { Data = value } : throw new FormatException("Data on two lines."),
        ["retry", var value] => this with { Retry = value },
        ["", var value] => this with { Comment = value },
        _ => throw new FormatException($"'{line}' is no line of an event stream."),
    };
}

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Restoration.Loader;

/// <summary>What a write answered.</summary>
/// <param name="Recorded">False where the answer was a replay, or all was so already.</param>
/// <param name="Position">The place in the log of the service up to which it answers.</param>
internal sealed record Answer(JsonElement Body, bool Recorded, long Position);

/// <summary>The API said no.</summary>
internal sealed class RefusedException(HttpStatusCode status, string request, string code, string detail)
    : Exception($"{request} → {(int)status} {code}: {detail}")
{
    public HttpStatusCode Status => status;

    public string Code => code;
}

/// <summary>One client of the API, with a token that is renewed before it ends.</summary>
internal sealed class Api(HttpClient http, string clientId, string secret)
{
    private const int Tries = 30;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private Task<string>? _token;
    private long _asked;
    private TimeSpan _lives;

    public async Task<JsonElement> Get(string path) => (await Send(() => new HttpRequestMessage(HttpMethod.Get, path))).Body;

    /// <summary>The resource, or null where there is none yet.</summary>
    public async Task<JsonElement?> Find(string path)
    {
        try
        {
            return await Get(path);
        }
        catch (RefusedException refused) when (refused.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>All pages of a list.</summary>
    public async Task<List<JsonElement>> All(string path, string member = "items")
    {
        var items = new List<JsonElement>();
        string? next = null;
        do
        {
            var page = await Get($"{path}{(path.Contains('?') ? '&' : '?')}limit=500{(next is null ? "" : $"&cursor={next}")}");
            items.AddRange(page.Items(member));
            next = page.MaybeText("next");
        }
        while (next is not null);
        return items;
    }

    /// <param name="id">
    /// What the command is about. With the content it makes the Idempotency-Key, so that a repeat is a replay and a change is a command of
    /// its own, which the service judges.
    /// </param>
    /// <param name="actor">Staff number of the person behind it.</param>
    public Task<Answer> Post(string path, string id, object body, string? actor = null)
    {
        var bytes = Json.Bytes(body);
        return Send(() =>
        {
            var request = Request(path, bytes, "application/json", actor);
            request.Headers.Add("Idempotency-Key", $"\"{id}-{Json.Digest(bytes)[..16]}\"");
            return request;
        });
    }

    /// <summary>Puts a resource where there is none.</summary>
    public Task<Answer> Create(string path, string id, object body, string actor)
    {
        var bytes = Json.Bytes(body);
        return Send(() =>
        {
            var request = Request(path, bytes, "application/json", actor);
            request.Method = HttpMethod.Put;
            request.Headers.Add("Idempotency-Key", $"\"{id}-{Json.Digest(bytes)[..16]}\"");
            request.Headers.Add("If-None-Match", "*");
            return request;
        });
    }

    /// <summary>A batch of CloudEvents.</summary>
    public Task<Answer> PostEvents(string path, IEnumerable<object> events, string? actor = null)
    {
        var bytes = Json.Bytes(events);
        return Send(() => Request(path, bytes, "application/cloudevents-batch+json", actor));
    }

    /// <summary>An answer that does not end: the caller reads and disposes it.</summary>
    public Task<HttpResponseMessage> Open(string path, string? lastEventId, CancellationToken stop) => Send(
        () =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Accept.Add(new("text/event-stream"));
            if (lastEventId is not null) request.Headers.Add("Last-Event-ID", lastEventId);
            return request;
        },
        HttpCompletionOption.ResponseHeadersRead, stop);

    private static HttpRequestMessage Request(string path, byte[] bytes, string media, string? actor)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(media);
        if (actor is not null) request.Headers.Add("Restoration-Actor", actor);
        return request;
    }

    /// <summary>
    /// Every request here may be sent again: what is refused for the moment is asked for again when the system says so, and what got no
    /// answer is repeated.
    /// </summary>
    private async Task<HttpResponseMessage> Send(Func<HttpRequestMessage> make, HttpCompletionOption completion, CancellationToken stop)
    {
        for (var tried = 1; ; tried++)
        {
            var pause = s_pause;
            try
            {
                using var request = make();
                request.Headers.Authorization = new("Bearer", await Token());
                var response = await http.SendAsync(request, completion, stop);
                if (response.IsSuccessStatusCode) return response;
                using (response)
                {
                    if (tried == Tries || !IsForTheMoment(response.StatusCode)) throw await Refused(request, response);
                    pause = response.Headers.RetryAfter?.Delta ?? s_pause;
                }
            }
            catch (Exception e) when (tried < Tries && !stop.IsCancellationRequested && e is HttpRequestException or IOException or TaskCanceledException)
            {
                // The connection broke, or nothing came in time.
            }

            await Task.Delay(pause, stop);
        }
    }

    private async Task<Answer> Send(Func<HttpRequestMessage> make)
    {
        using var response = await Send(make, HttpCompletionOption.ResponseContentRead, CancellationToken.None);
        return await Read(response);
    }

    private static bool IsForTheMoment(HttpStatusCode status) => status
        is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    private static async Task<Answer> Read(HttpResponseMessage response)
    {
        var position = response.Headers.TryGetValues("X-Position", out var said)
            && long.TryParse(said.Single().Split(':')[^1], CultureInfo.InvariantCulture, out var number) ? number : 0;
        using var json = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return new(json.RootElement.Clone(), position > 0 && !response.Headers.Contains("Idempotency-Replayed"), position);
    }

    private static async Task<RefusedException> Refused(HttpRequestMessage request, HttpResponseMessage response)
    {
        var what = $"{request.Method} {request.RequestUri}";
        try
        {
            using var json = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
            var errors = json.RootElement.Items("errors").Select(e => $"{e.MaybeText("pointer")} {e.MaybeText("detail")}");
            return new(
                response.StatusCode, what, json.RootElement.MaybeText("code") ?? json.RootElement.MaybeText("error") ?? "",
                string.Join(" | ", [json.RootElement.MaybeText("detail") ?? json.RootElement.MaybeText("error_description") ?? "", .. errors]));
        }
        catch (JsonException)
        {
            return new(response.StatusCode, what, "answer.not-json", response.ReasonPhrase ?? "");
        }
    }

    private Task<string> Token()
    {
        lock (_gate)
        {
            if (_token is null or { IsCompleted: true, IsCompletedSuccessfully: false } || TimeProvider.System.GetElapsedTime(_asked) > _lives)
            {
                (_asked, _lives) = (TimeProvider.System.GetTimestamp(), TimeSpan.MaxValue);
                _token = Ask();
            }

            return _token;
        }
    }

    private async Task<string> Ask()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials", ["client_id"] = clientId, ["client_secret"] = secret,
            }),
        };
        using var response = await http.SendAsync(request);
        if (!response.IsSuccessStatusCode) throw await Refused(request, response);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        _lives = TimeSpan.FromSeconds(json.RootElement.GetProperty("expires_in").GetInt32() * 0.8);
        return json.RootElement.Text("access_token");
    }
}

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway.Tests;

/// <summary>The gateway itself on a free port, over real HTTP.</summary>
public sealed class GatewayHost : WebApplicationFactory<Program>
{
    public const string OperatorId = "operator";
    public const string OperatorSecret = "an-operator-secret-for-tests-only";

    private readonly Dictionary<string, string?> _settings;

    private readonly TimeProvider? _time;

    public GatewayHost(Database database, string registry, params (string Key, string Value)[] more) : this(database, registry, null, more)
    {
    }

    public GatewayHost(Database database, string registry, SetTime? time, params (string Key, string Value)[] more)
    {
        _time = time;
        _settings = new()
        {
            ["ConnectionStrings:gateway"] = database.Gateway,
            ["Gateway:Operator:Id"] = OperatorId,
            ["Gateway:Operator:Secret"] = OperatorSecret,
            ["Tokens:PollInterval"] = "00:00:00.3",
            ["Services:registry"] = registry,
        };
        foreach (var (key, value) in more)
            _settings[key] = value;
        UseKestrel(0);
        StartServer();
        Http = new HttpClient { BaseAddress = ClientOptions.BaseAddress };
    }

    public HttpClient Http { get; }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in _settings)
            builder.UseSetting(key, value);
        builder.UseEnvironment("Production");
        if (_time is not null)
            builder.ConfigureServices(services => services.AddSingleton(_time));
    }

    public Task<HttpResponseMessage> PostToken(params (string Key, string Value)[] form) =>
        Http.PostAsync("/oauth/token", new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Key, f.Value))));

    public async Task<string> Token(string id = OperatorId, string secret = OperatorSecret)
    {
        // The operator is ensured once the database answers, shortly after the start.
        var reply = await Eventually.Succeeds(async () =>
        {
            var reply = await PostToken(("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret));
            return reply.IsSuccessStatusCode ? reply : null;
        });
        return (await reply.Json()).GetProperty("access_token").GetString()!;
    }

    /// <summary>A POST has a new Idempotency-Key unless the headers give one.</summary>
    public Task<HttpResponseMessage> Send(HttpMethod method, string path, string? token, object? body = null, params (string Name, string Value)[] headers) =>
        Http.Send(method, path, token, body, headers);

    /// <summary>Registers a client as the operator; its secret.</summary>
    public Task<string> Register(string id, params string[] roles) => Register(id, null, roles);

    public async Task<string> Register(string id, object? policy, params string[] roles)
    {
        var reply = await Send(HttpMethod.Post, "/v1/clients", await Token(), new { clientId = id, name = id, division = "360731", roles, policy });
        Assert.Equal(201, (int)reply.StatusCode);
        return (await reply.Json()).GetProperty("secret").GetString()!;
    }

    protected override void Dispose(bool disposing)
    {
        Http?.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A service as all services are: the defaults, and a few routes to look at them by.</summary>
public static class Backend
{
    public sealed record Thing(string Name, int Count, Inner? Inner = null);

    public sealed record Inner(string Unit);

    public static async Task<WebApplication> Start(string keysConnection, params (string Key, string Value)[] more)
    {
        // A directory of its own: beside the tests lie the gateway's settings.
        var root = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "backend")).FullName;
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production", ContentRootPath = root });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:keys"] = keysConnection,
            ["Tokens:PollInterval"] = "00:00:00.3",
            ["urls"] = "http://127.0.0.1:0",
        });
        builder.Configuration.AddInMemoryCollection(more.Select(m => KeyValuePair.Create(m.Key, (string?)m.Value)));
        builder.AddServiceDefaults("registry");
        var app = builder.Build();
        app.MapServiceDefaults();
        var v1 = app.MapGroup("/v1/registry");
        v1.MapGet("me", (HttpContext c) => new { client = c.Client(), by = c.By() });
        v1.MapGet("reviewed", () => "ok").RequireRoles(Roles.Reviewer, Roles.Planner);
        v1.MapPost("things", (Thing thing, int? limit) => thing);
        v1.MapGet("broken", string () => throw new InvalidOperationException("a secret of the house"));
        v1.MapGet("away", string () => throw new UnavailableException("The queue is full.", TimeSpan.FromSeconds(7)));
        v1.MapGet("old/{id}", (string id) => id).Deprecated(
            new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2026, 12, 31, 16, 0, 0, TimeSpan.Zero), "/v2/registry/new/{id}");
        v1.MapPost("bytes", async (HttpContext c) =>
        {
            await c.Request.Body.CopyToAsync(Stream.Null);
            return "read";
        });
        v1.MapPut("evidence/{sha256}", async (HttpContext c) =>
        {
            await c.Request.Body.CopyToAsync(Stream.Null);
            return "kept";
        }).WithMetadata(new RequestSizeLimitAttribute(20 << 20));
        v1.MapGet("seen", (HttpContext c) => new
        {
            address = c.Connection.RemoteIpAddress?.ToString(),
            scheme = c.Request.Scheme,
            headers = c.Request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString()),
        }).AllowAnonymous();
        v1.MapGet("ticks", (HttpContext c) => TypedResults.ServerSentEvents(Ticks(c.RequestAborted)));
        await app.StartAsync();
        return app;

        static async IAsyncEnumerable<string> Ticks([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
        {
            for (var n = 1; ; n++)
            {
                yield return $"tick {n}";
                await Task.Delay(TimeSpan.FromSeconds(n == 1 ? 2 : 30), cancel);
            }
        }
    }

    public static string Address(this WebApplication app) => app.Urls.Single();
}

public static class Http
{
    public static async Task<HttpResponseMessage> Send(
        this HttpClient http, HttpMethod method, string path, string? token, object? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = body as HttpContent ?? JsonContent.Create(body, options: WireJson.Options);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (method == HttpMethod.Post && !request.Headers.Contains("Idempotency-Key"))
            request.Headers.Add("Idempotency-Key", $"\"{Guid.NewGuid()}\"");
        return await http.SendAsync(request);
    }

    /// <summary>The value of a header, wherever it stands; null where there is none.</summary>
    public static string? Header(this HttpResponseMessage reply, string name) =>
        reply.Headers.TryGetValues(name, out var values) || reply.Content.Headers.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    public static async Task<JsonElement> Json(this HttpResponseMessage reply) =>
        JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement;

    /// <summary>The answer is this problem, whole and with nothing of the inside in it.</summary>
    public static async Task<JsonElement> Is(this HttpResponseMessage reply, int status, string code)
    {
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(status == (int)reply.StatusCode, $"{(int)reply.StatusCode} {text}");
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal($"/problems/{code}", problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.Matches("^[0-9a-f]{32}$", problem.GetProperty("traceId").GetString()!);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        return problem;
    }
}

/// <summary>The seconds are those of a machine at rest: they end what hangs and measure nothing, so a loaded machine has several times as many.</summary>
public static class Eventually
{
    private const int Patience = 4;

    public static async Task<T> Succeeds<T>(Func<Task<T?>> attempt, int seconds = 15) where T : class
    {
        var end = DateTime.UtcNow.AddSeconds(seconds * Patience);
        while (true)
        {
            if (await attempt() is { } result)
                return result;
            Assert.True(DateTime.UtcNow < end, "Not in time.");
            await Task.Delay(50);
        }
    }
}

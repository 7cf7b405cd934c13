using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Npgsql;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

/// <summary>So many requests in so many seconds, counted from the first of them. The name is what <c>RateLimit-Policy</c> calls it.</summary>
internal sealed record RatePolicy
{
    public string Name { get; init; } = "default";

    public required int Requests { get; init; }

    public required int Seconds { get; init; }

    public bool IsValid() => Name.Length is > 0 and <= 64 && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        && Requests is > 0 and <= 10_000_000 && Seconds is > 0 and <= 86_400;
}

internal sealed record RateLimitOptions
{
    /// <summary>Of each client for which the operator has set nothing else. Default 6000 in 60 s.</summary>
    public RatePolicy Default { get; init; } = new() { Requests = 6000, Seconds = 60 };

    /// <summary>Of each address, for public paths and for whoever has no valid token. Default 1200 in 60 s.</summary>
    public RatePolicy Public { get; init; } = new() { Name = "public", Requests = 1200, Seconds = 60 };

    /// <summary>How many addresses are counted apart; further ones share one count until some fall away. Default 100,000.</summary>
    public int MostAddresses { get; init; } = 100_000;

    /// <summary>How often the clients' policies are read. Default 15 s: what the operator sets is in force everywhere within 30 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(15);
}

internal static class RateLimiting
{
    public static void AddRateLimits(this IServiceCollection services)
    {
        services.AddOptions<RateLimitOptions>().BindConfiguration("Gateway:RateLimits")
            .Validate(o => o.Default.IsValid(), "Gateway:RateLimits:Default must have Requests, Seconds and a Name in their bounds.")
            .Validate(o => o.Public.IsValid(), "Gateway:RateLimits:Public must have Requests, Seconds and a Name in their bounds.")
            .Validate(o => o.MostAddresses > 0, "Gateway:RateLimits:MostAddresses must be positive.")
            .Validate(o => o.PollInterval > TimeSpan.Zero && o.PollInterval <= TimeSpan.FromSeconds(25), "Gateway:RateLimits:PollInterval must be positive, and 25 s at most.")
            .ValidateOnStart();
        services.AddSingleton<RateLimits>();
        services.AddHostedService(provider => provider.GetRequiredService<RateLimits>());
    }

    public static void UseRateLimits(this WebApplication app) => app.Use(app.Services.GetRequiredService<RateLimits>().Apply);
}

/// <summary>
/// How fast anybody may ask (draft-ietf-httpapi-ratelimit-headers): a client by its token, which is read here already; everybody else by
/// address. An answer that goes on, such as a stream, counts once. Each gateway process counts by itself.
/// </summary>
internal sealed partial class RateLimits(
    NpgsqlDataSource database, IOptions<RateLimitOptions> options, TimeProvider time, ILogger<RateLimits> logger) : BackgroundService
{
    private static readonly PathString[] s_public = ["/v1/public", "/openapi", AsyncApi.Root, AsyncApi.Schemas, "/docs", "/problems", "/oauth/token"];

    private readonly Windows _clients = new(time, int.MaxValue);
    private readonly Windows _addresses = new(time, options.Value.MostAddresses);
    private readonly SemaphoreSlim _reading = new(1);
    private volatile FrozenDictionary<string, RatePolicy> _policies = FrozenDictionary<string, RatePolicy>.Empty;

    /// <summary>For how many clients and addresses something is counted.</summary>
    public int Counted => _clients.Count + _addresses.Count;

    public async Task Apply(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments("/health"))
        {
            await next(context);
            return;
        }

        var client = s_public.Any(p => context.Request.Path.StartsWithSegments(p)) ? null : await ClientOf(context);
        var policy = client is null ? options.Value.Public : _policies.GetValueOrDefault(client, options.Value.Default);
        var (allowed, left, wait) = client is null ? _addresses.Take(Addresses.Group(context.Connection.RemoteIpAddress), policy) : _clients.Take(client, policy);
        // At the last moment: these are also on what a service answered, and on what became of an exception.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{policy.Name}\";q={policy.Requests};w={policy.Seconds}");
            context.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{policy.Name}\";r={left};t={wait}");
            return Task.CompletedTask;
        });
        await (allowed ? next(context)
            : Problems.TooMany($"{policy.Requests} requests in {policy.Seconds} s are the limit here.", TimeSpan.FromSeconds(wait)).ExecuteAsync(context));
    }

    /// <summary>Reads what the operator has set. One reading at a time, so that one begun before a change cannot undo it.</summary>
    public async Task Refresh(CancellationToken cancel)
    {
        await _reading.WaitAsync(cancel);
        try
        {
            await using var command = database.CreateCommand("select client_id, policy from clients.clients where policy is not null");
            await using var rows = await command.ExecuteReaderAsync(cancel);
            var policies = new Dictionary<string, RatePolicy>();
            while (await rows.ReadAsync(cancel))
                policies[rows.GetString(0)] = JsonSerializer.Deserialize<RatePolicy>(rows.GetString(1), WireJson.Options)!;
            _policies = policies.ToFrozenDictionary();
        }
        finally
        {
            _reading.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failing = false;
        while (true)
        {
            await Task.Delay(options.Value.PollInterval, TimeProvider.System, stoppingToken);
            _clients.Sweep();
            _addresses.Sweep();
            try
            {
                await Refresh(stoppingToken);
                failing = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Those read last stay in force.
                if (!failing)
                    Log.Unreadable(logger, exception.GetBaseException().Message);
                failing = true;
            }
        }
    }

    private static async Task<string?> ClientOf(HttpContext context)
    {
        try
        {
            // Read once in a request; who asks for it later gets the same.
            return await context.AuthenticateAsync() is { Principal: { } principal } ? Client.From(principal)?.Id : null;
        }
        catch (UnavailableException)
        {
            return null; // said where it matters
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The clients' policies cannot be read, those known stay in force: {Reason}")]
        public static partial void Unreadable(ILogger logger, string reason);
    }
}

using System.Threading.RateLimiting;
using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;
using Restoration.ServiceDefaults;

namespace Restoration.Gateway;

internal sealed record GatewayOptions
{
    /// <summary>How long a token is good for. Default 15 minutes.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>The first client, which registers the others; nothing is ensured without an id.</summary>
    public OperatorOptions Operator { get; init; } = new();

    public sealed record OperatorOptions
    {
        public string? Id { get; init; }

        /// <summary>At least 20 characters, drawn at random.</summary>
        public string? Secret { get; init; }
    }
}

/// <summary>Makes tokens and the keys that protect them: the gateway alone does both.</summary>
internal static class Issuing
{
    /// <summary>Name of the guard on the token endpoint.</summary>
    public const string Policy = "tokens";

    public static void AddIssuing(this IServiceCollection services)
    {
        services.AddOptions<GatewayOptions>().BindConfiguration("Gateway")
            .Validate(o => o.TokenLifetime > TimeSpan.Zero && o.TokenLifetime < TimeSpan.FromDays(30), "Gateway:TokenLifetime must be positive, and less than 30 days.")
            .Validate(o => o.Operator.Id is null || o.Operator.Secret is { Length: >= 20 },
                "Gateway:Operator:Secret must have at least 20 characters.")
            .ValidateOnStart();
        services.AddSingleton(provider => NpgsqlDataSource.Create(
            provider.GetRequiredService<IConfiguration>().GetConnectionString("gateway")
            ?? throw new InvalidOperationException("ConnectionStrings:gateway is not configured.")));
        services.AddHealthChecks().AddDatabase(provider => provider.GetRequiredService<NpgsqlDataSource>());
        services.AddDataProtection().SetApplicationName(Tokens.ApplicationName);
        services.AddOptions<KeyManagementOptions>().Configure<NpgsqlDataSource>((o, database) => o.XmlRepository = new KeyRing(database));
        services.AddSingleton<Clients>();
        services.AddSingleton<Replies>();
        services.AddSingleton(provider => new Guesses(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<Preparation>();
        services.AddHostedService(provider => provider.GetRequiredService<Preparation>());
        services.AddHealthChecks().AddCheck<Preparation>("preparation", tags: [Health.Database]);
        // A flood of wrong secrets must not take the database's connections from everything else.
        services.AddRateLimiter(limits =>
        {
            limits.AddPolicy(Policy, _ => RateLimitPartition.GetConcurrencyLimiter("all",
                _ => new ConcurrencyLimiterOptions { PermitLimit = 16, QueueLimit = 512 }));
            limits.OnRejected = async (rejected, _) => await Problems
                .TooMany("Too many tokens are asked for at once.", TimeSpan.FromSeconds(1)).ExecuteAsync(rejected.HttpContext);
        });
    }
}

internal sealed class TokenIssuer(IDataProtectionProvider protection, IOptions<GatewayOptions> options)
{
    private readonly ISecureDataFormat<AuthenticationTicket> _format = Tokens.Format(protection);

    public TimeSpan Lifetime => options.Value.TokenLifetime;

    public string Issue(Client client)
    {
        var now = TimeProvider.System.GetUtcNow();
        var properties = new AuthenticationProperties { ExpiresUtc = now + Lifetime };
        Tokens.SetMade(properties, now);
        return _format.Protect(new AuthenticationTicket(client.ToPrincipal(), properties, Tokens.Scheme));
    }
}

/// <summary>
/// The key ring's rows. The keys lie there unencrypted: who may read them is settled by the database's grants, since every service
/// has to. The interface is synchronous; it is used at start, and about once a day.
/// </summary>
internal sealed class KeyRing(NpgsqlDataSource database) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.CreateCommand("select xml from keys.ring order by friendly_name");
        using var rows = command.ExecuteReader();
        var elements = new List<XElement>();
        while (rows.Read())
            elements.Add(XElement.Parse(rows.GetString(0)));
        return elements;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var command = database.CreateCommand("insert into keys.ring (friendly_name, xml) values ($1, $2)");
        command.Parameters.Add(new() { Value = friendlyName });
        command.Parameters.Add(new() { Value = element.ToString(SaveOptions.DisableFormatting) });
        command.ExecuteNonQuery();
    }
}

/// <summary>Once the database is there: the operator's client, the clients' policies and the first key. Until then the gateway is up, and not ready.</summary>
internal sealed partial class Preparation(
    Clients clients, TokenIssuer issuer, RateLimits limits, IOptions<GatewayOptions> options, TimeProvider time, ILogger<Preparation> logger)
    : BackgroundService, IHealthCheck
{
    private volatile bool _done;

    /// <summary>Ready only then: whoever waits for "ready" may ask for a token next.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_done ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The first key is not made yet."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                if (options.Value.Operator is { Id: { } id, Secret: { } secret })
                    await clients.Ensure(new RegisteredClient(id, "Operator", Client.Everywhere, null, [Roles.Operator], [],
                        time.GetUtcNow(), "configuration"), secret, stoppingToken);
                await limits.Refresh(stoppingToken);
                // A key is made when it is first needed; services should find it before the first caller comes.
                issuer.Issue(new Client("none", "none", null, new HashSet<string>(), []));
                _done = true;
                Log.Prepared(logger);
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                if (tries % 30 == 0)
                    Log.Waiting(logger, exception.GetBaseException().Message);
                await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, stoppingToken);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The operator's client and a key are there; tokens can be had")]
        public static partial void Prepared(ILogger logger);

        [LoggerMessage(2, LogLevel.Warning, "No tokens yet, trying on: {Reason}")]
        public static partial void Waiting(ILogger logger, string reason);
    }
}

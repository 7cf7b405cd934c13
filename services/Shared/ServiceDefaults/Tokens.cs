using System.Globalization;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Restoration.ServiceDefaults;

/// <summary>
/// Access tokens are authentication tickets under data protection: opaque to the client, checked without a call by whoever holds the
/// key ring. The gateway alone makes keys and tokens; the services read (<see cref="TokenAuthority"/>).
/// </summary>
public static class Tokens
{
    public const string Scheme = "Bearer";

    /// <summary>Part of every key's use: a ring shared with another application would still not accept its tokens.</summary>
    public const string ApplicationName = "restoration";

    /// <summary>How a ticket becomes a token and back; the same at the one who issues and at those who check.</summary>
    public static ISecureDataFormat<AuthenticationTicket> Format(IDataProtectionProvider protection) =>
        new TicketDataFormat(protection.CreateProtector("Restoration.AccessToken", "v1"));

    /// <summary>When a token was made, to the millisecond: the ticket's own time has seconds only.</summary>
    public static void SetMade(AuthenticationProperties properties, DateTimeOffset at) =>
        properties.Items["made"] = at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);

    /// <summary>The beginning of time for tokens that do not say.</summary>
    internal static DateTimeOffset MadeAt(AuthenticationProperties properties) => DateTimeOffset.FromUnixTimeMilliseconds(
        long.TryParse(properties.Items.TryGetValue("made", out var at) ? at : null, CultureInfo.InvariantCulture, out var ms) ? ms : 0);

    internal static void AddTokens(this IServiceCollection services, string connectionName)
    {
        services.AddOptions<TokenOptions>().BindConfiguration("Tokens")
            .Validate(o => o.PollInterval > TimeSpan.Zero, "Tokens:PollInterval must be positive.").ValidateOnStart();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<TokenAuthority>(provider,
            provider.GetRequiredService<IConfiguration>().GetConnectionString(connectionName)
            ?? throw new InvalidOperationException($"ConnectionStrings:{connectionName} is not configured.")));
        services.AddHostedService(provider => provider.GetRequiredService<TokenAuthority>());
        services.AddHealthChecks().AddCheck<TokenAuthority>("keys");

        // Not AddAuthentication: it brings the default key ring along, which would make keys of its own in a home directory.
        services.AddAuthenticationCore(options => options.DefaultScheme = Scheme);
        services.AddWebEncoders();
        new AuthenticationBuilder(services).AddScheme<AuthenticationSchemeOptions, TokenHandler>(Scheme, null);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationAnswers>();
    }
}

public sealed record TokenOptions
{
    /// <summary>How often the key ring and the disabled clients are read. Default 30 s: a disabled client is refused within a minute.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// The framework's own bearer handler cannot wait for a key that was just made, nor tell a bad token from a ring that cannot be read;
/// this one does both.
/// </summary>
internal sealed class TokenHandler(
    TokenAuthority authority, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header is not [{ } value] || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        var ticket = await authority.Read(value[Prefix.Length..].Trim(), Context.RequestAborted);
        return ticket is null ? AuthenticateResult.Fail("The token is not valid.") : AuthenticateResult.Success(ticket);
    }
}

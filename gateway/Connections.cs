using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Restoration.Gateway;

internal sealed record ConnectionOptions
{
    /// <summary>How long a request's headers may take. Default 15 s.</summary>
    public TimeSpan Headers { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many bytes a second a body must bring, and an answer be taken. Default 240.</summary>
    public double BytesPerSecond { get; init; } = 240;

    /// <summary>How long it may be slower. Default 5 s.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may lie idle. Default 2 min.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many connections there may be. Default 20,000; a stream keeps one open.</summary>
    public long Most { get; init; } = 20_000;
}

/// <summary>
/// What a connection may cost. Whoever sends a byte at a time is cut off; a body is never gathered here, it passes as it comes.
/// <c>Gateway:Connections</c>; the size of a body is bounded for all hosts alike.
/// </summary>
internal static class Connections
{
    public static void AddConnections(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<ConnectionOptions>().BindConfiguration("Gateway:Connections")
            .Validate(o => o is { BytesPerSecond: > 0, Most: > 0 } && o.Headers > TimeSpan.Zero && o.Idle > TimeSpan.Zero, "Gateway:Connections must be positive.")
            .Validate(o => o.Grace > TimeSpan.FromSeconds(1), "Gateway:Connections:Grace must be more than a second.").ValidateOnStart();
        builder.AddTls();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<Microsoft.Extensions.Options.IOptions<ConnectionOptions>>((kestrel, options) =>
        {
            var (limits, ours) = (kestrel.Limits, options.Value);
            limits.RequestHeadersTimeout = ours.Headers;
            limits.KeepAliveTimeout = ours.Idle;
            limits.MinRequestBodyDataRate = new(ours.BytesPerSecond, ours.Grace);
            limits.MinResponseDataRate = new(ours.BytesPerSecond, ours.Grace);
            limits.MaxConcurrentConnections = ours.Most;
            limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        });
    }
}

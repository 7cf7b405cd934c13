using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>The relay's connection to RabbitMQ: opened when needed, thrown away after a fault, with confirms on its one channel.</summary>
public sealed class Broker : IHealthCheck, IAsyncDisposable
{
    public static readonly ActivitySource Source = new("Restoration.Messaging");
    private readonly ConnectionFactory _factory;
    private IConnection? _connection;
    private IChannel? _channel;
    private volatile bool _wanted;

    public Broker(IConfiguration configuration, string service)
    {
        var address = configuration.GetConnectionString("broker") ?? throw new InvalidOperationException("ConnectionStrings:broker is not set.");
        FeedQueue = configuration["Feed:Queue"] ?? FeedWire.Queue;
        _factory = new ConnectionFactory
        {
            Uri = new Uri(address),
            ClientProvidedName = $"{service} relay",
            AutomaticRecoveryEnabled = false, // the relay goes on from its checkpoint on a new connection, in order
            RequestedHeartbeat = TimeSpan.FromSeconds(20),
        };
    }

    public string FeedQueue { get; }

    /// <summary>A connection of the caller's own.</summary>
    internal Task<IConnection> Connect(CancellationToken stop) => _factory.CreateConnectionAsync(stop);

    /// <summary>The open channel, or a new one after <paramref name="declare"/> has declared what will be published to.</summary>
    public async Task<IChannel> Channel(Func<IChannel, Task> declare, CancellationToken stop)
    {
        if (_channel is { IsOpen: true })
        {
            return _channel;
        }

        _wanted = true;
        await DisposeAsync();
        _connection = await _factory.CreateConnectionAsync(stop);
        // No rate limiter: the client's own crawls and reorders at its limit; what is in flight is bounded by the relay's page.
        var channel = await _connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null),
            stop);
        await declare(channel);
        return _channel = channel;
    }

    /// <summary>A replica whose relay stands by has never wanted a channel; one that did and has none is without its broker.</summary>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        _channel is { IsOpen: true } || !_wanted
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded("Not connected: what is recorded leaves when the broker is back."));

    public async ValueTask DisposeAsync()
    {
        var (connection, channel) = (_connection, _channel);
        (_connection, _channel) = (null, null);
        try
        {
            if (channel is not null)
            {
                await channel.DisposeAsync();
            }

            if (connection is not null)
            {
                await connection.DisposeAsync();
            }
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException or TimeoutException or ObjectDisposedException)
        {
            // Closing what the broker already dropped; a new connection follows.
        }
    }
}

public static class MessagingSetup
{
    /// <summary>Publishes what this service's map lets leave, over <c>ConnectionStrings:broker</c>.</summary>
    public static void AddRelay(this IHostApplicationBuilder builder, PublishingMap publishing)
    {
        builder.Services.AddSingleton(sp => publishing.Covering(sp.GetRequiredService<EventTypes>()));
        builder.Services.AddSingleton(sp => new Broker(sp.GetRequiredService<IConfiguration>(), publishing.Service));
        builder.Services.AddHostedService<Relay>();
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            "broker", sp => sp.GetRequiredService<Broker>(), HealthStatus.Degraded, [], TimeSpan.FromSeconds(3)));
    }
}

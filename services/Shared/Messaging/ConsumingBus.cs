using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Restoration.Messaging;

/// <summary>
/// The bus that a service consumes with: one queue for the service, one active consumer of it. A fault that the receiver does not catch
/// goes back to the queue and is counted there; after the limit the broker keeps it aside.
/// <para>
/// When the broker dies while messages are in hand, MassTransit 8.4 can go on retrying on the dead connection for ever. So the bus stands
/// in a container of its own, and one that is not healthy for a while is given up for a new one. What was in hand comes again; the
/// receiver knows what it took. So is one that lost its consumer with a deleted queue and did not notice: relays speak every ten seconds,
/// and when none was heard the broker is asked whether anybody is there to hear.
/// </para>
/// </summary>
public sealed partial class ConsumingBus(
    string service, Consumers consumers, Receiver receiver, Gaps gaps, Broker broker, IConfiguration configuration, ILoggerFactory loggers, TimeProvider clock,
    ILogger<ConsumingBus> logger) : BackgroundService, IHealthCheck
{
    private const int Prefetch = 32;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);
    private volatile IBusControl? _bus;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsHealthy(_bus) ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded("Not consuming: what others say is taken when the broker is back."));

    /// <summary>A bus that is not started yet, with all that it needs.</summary>
    public ServiceProvider Build()
    {
        var services = new ServiceCollection().AddSingleton(receiver).AddSingleton(gaps).AddSingleton(loggers).AddLogging();
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry(); // on by default, it reports to the library's makers: nothing leaves this house but what it publishes
            bus.AddConsumer<PositionConsumer>();
            consumers.Registrations.ForEach(register => register(bus));
            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(new Uri(configuration.GetConnectionString("broker")!));
                rabbit.UseRawJsonDeserializer(RawSerializerOptions.AddTransportHeaders, isDefault: true);
                rabbit.ReceiveEndpoint(service, endpoint => Configure(endpoint, context));
            });
        });
        return services.BuildServiceProvider();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var container = Build();
            _bus = container.GetRequiredService<IBusControl>();
            using var abandon = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var started = _bus.StartAsync(abandon.Token);
            await WhileHealthy(_bus, stoppingToken);
            await abandon.CancelAsync();
            await Leave(_bus, container, started);
        }
    }

    private static bool IsHealthy(IBusControl? bus) => bus?.CheckHealth().Status == BusHealthStatus.Healthy;

    private void Configure(IRabbitMqReceiveEndpointConfigurator endpoint, IBusRegistrationContext context)
    {
        endpoint.ConfigureConsumeTopology = false; // the relays bind, from their own routes
        endpoint.SetQuorumQueue();
        foreach (var (name, value) in ServiceWire.Arguments(service).Where(a => a.Key is not ("x-queue-type" or "x-dead-letter-exchange")))
            endpoint.SetQueueArgument(name, value);
        endpoint.BindDeadLetterQueue($"{service}-dlx", $"{service}-dlq", d => d.SetQueueArgument("x-queue-type", "quorum"));
        endpoint.RethrowFaultedMessages();
        endpoint.ThrowOnSkippedMessages();
        endpoint.PrefetchCount = Prefetch;
        var streams = endpoint.CreatePartitioner(Prefetch);
        consumers.Endpoints.ForEach(configure => configure(endpoint, context, streams));
        endpoint.ConfigureConsumer<PositionConsumer>(context);
    }

    /// <summary>Until the service stops, or the bus has not been healthy for as long as one is patient with it.</summary>
    private async Task WhileHealthy(IBusControl bus, CancellationToken stop)
    {
        var heard = clock.GetTimestamp();
        for (var healthy = heard; !stop.IsCancellationRequested && clock.GetElapsedTime(healthy) < s_patience;)
        {
            await Task.Delay(s_look, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            heard = Math.Max(heard, gaps.Heard);
            if (clock.GetElapsedTime(heard) > s_silence && await IsConsumed(stop))
                heard = clock.GetTimestamp();
            if (IsHealthy(bus) && clock.GetElapsedTime(heard) <= s_silence)
                healthy = clock.GetTimestamp();
        }

        if (!stop.IsCancellationRequested)
            Log.GivenUp(logger, service, bus.CheckHealth().Description);
    }

    /// <summary>Whether somebody consumes the queue, this replica or another; also where the broker cannot say, which the bus notices itself.</summary>
    private async Task<bool> IsConsumed(CancellationToken stop)
    {
        try
        {
            await using var connection = await broker.Connect(stop);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: stop);
            return (await channel.QueueDeclarePassiveAsync(service, stop)).ConsumerCount > 0;
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException)
        {
            return e is not OperationInterruptedException { ShutdownReason.ReplyCode: Constants.NotFound };
        }
    }

    /// <summary>A bus on a dead connection may never come to its end by itself.</summary>
    private async Task Leave(IBusControl bus, ServiceProvider container, Task started)
    {
        try
        {
            await bus.StopAsync(s_farewell).WaitAsync(s_farewell, clock);
            await container.DisposeAsync().AsTask().WaitAsync(s_farewell, clock);
            await started.WaitAsync(s_farewell, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception e)
        {
            Log.Left(logger, service, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(51, LogLevel.Warning, "The bus of {Service} has not been healthy for a while ({Reason}); a new one takes its place")]
        public static partial void GivenUp(ILogger logger, string service, string? reason);

        [LoggerMessage(52, LogLevel.Warning, "The bus of {Service} did not stop as asked: {Reason}")]
        public static partial void Left(ILogger logger, string service, string reason);
    }
}

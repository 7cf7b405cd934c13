using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>What a service takes from others; one line for each contract that it uses.</summary>
public sealed class Consumers
{
    internal Handlers Handlers { get; } = new();

    internal List<Action<IBusRegistrationConfigurator>> Registrations { get; } = [];

    internal List<Action<IReceiveEndpointConfigurator, IRegistrationContext, IPartitioner>> Endpoints { get; } = [];

    /// <param name="type">The fact on the wire, <c>restoration.registry.plan-adopted.v1</c>.</param>
    public Consumers On<TContract>(
        string type, JsonTypeInfo<TContract> json, Func<TContract, Letter, IServiceProvider, ValueTask<Handling>> handler) where TContract : class
    {
        Handlers.Add(type, (letter, services) => handler(
            letter.Data.Deserialize(json) ?? throw new JsonException($"{type} carries no data."), letter, services));
        Registrations.Add(bus => bus.AddConsumer<FactConsumer<TContract>>());
        Endpoints.Add((endpoint, context, streams) => endpoint.ConfigureConsumer<FactConsumer<TContract>>(
            context, consumer => consumer.Message<TContract>(m => m.UsePartitioner(streams, x => Letter.StreamOf(x)))));
        return this;
    }
}

/// <summary>The bus's hand: every contract ends in <see cref="Receiver"/>, which knows what to do with it.</summary>
internal sealed class FactConsumer<TContract>(Receiver receiver) : IConsumer<TContract> where TContract : class
{
    public Task Consume(ConsumeContext<TContract> context) => receiver.Take(Letter.Read(context, receiver.Service), context.CancellationToken);
}

internal sealed class PositionConsumer(Gaps gaps) : IConsumer<RelayPosition>
{
    public Task Consume(ConsumeContext<RelayPosition> context) => gaps.Hear(context.Message, context.CancellationToken);
}

public static class ConsumersSetup
{
    private const int Prefetch = 32;

    /// <summary>
    /// One queue for the service, one active consumer of it. A fault that the receiver does not catch goes back to the queue and is
    /// counted there; after the limit the broker keeps it aside.
    /// </summary>
    public static void AddConsumers(this IHostApplicationBuilder builder, string service, Consumers consumers)
    {
        builder.Services.AddSingleton(sp => ActivatorUtilities.CreateInstance<Receiver>(sp, service, consumers.Handlers));
        builder.Services.AddSingleton<Aside>().AddSingleton<Gaps>().AddSingleton<DeadLetters>();
        builder.Services.AddHostedService(sp => sp.GetRequiredService<Gaps>());
        builder.Services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry(); // on by default, it reports to the library's makers: nothing leaves this house but what it publishes
            bus.AddConsumer<PositionConsumer>();
            consumers.Registrations.ForEach(register => register(bus));

            bus.UsingRabbitMq((context, rabbit) =>
            {
                rabbit.Host(new Uri(context.GetRequiredService<IConfiguration>().GetConnectionString("broker")!));
                rabbit.UseRawJsonDeserializer(RawSerializerOptions.AddTransportHeaders, isDefault: true);
                rabbit.ReceiveEndpoint(service, endpoint =>
                {
                    endpoint.ConfigureConsumeTopology = false; // the relays bind, from their own routes
                    endpoint.SetQuorumQueue();
                    foreach (var (name, value) in ServiceWire.Arguments(service).Where(a => a.Key is not ("x-queue-type" or "x-dead-letter-exchange")))
                    {
                        endpoint.SetQueueArgument(name, value);
                    }

                    endpoint.BindDeadLetterQueue($"{service}-dlx", $"{service}-dlq", d => d.SetQueueArgument("x-queue-type", "quorum"));
                    endpoint.RethrowFaultedMessages();
                    endpoint.ThrowOnSkippedMessages();
                    endpoint.PrefetchCount = Prefetch;
                    var streams = endpoint.CreatePartitioner(Prefetch);
                    consumers.Endpoints.ForEach(configure => configure(endpoint, context, streams));

                    endpoint.ConfigureConsumer<PositionConsumer>(context);
                });
            });
        });
    }

    /// <summary>The tables of what a service receives.</summary>
    public static string Schema => EventStoreSetup.Script(typeof(ConsumersSetup).Assembly, "Restoration.Messaging.Schema.sql");
}

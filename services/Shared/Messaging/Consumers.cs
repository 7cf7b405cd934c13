using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
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
    /// <summary>What a service takes from others, what it lacks of it, and what it could not take.</summary>
    public static void AddConsumers(this IHostApplicationBuilder builder, string service, Consumers consumers)
    {
        builder.Services.AddSingleton(sp => ActivatorUtilities.CreateInstance<Receiver>(sp, service, consumers.Handlers));
        builder.Services.AddSingleton<Aside>().AddSingleton<Gaps>().AddSingleton<DeadLetters>();
        builder.Services.AddHostedService(sp => sp.GetRequiredService<Gaps>());
        builder.Services.AddSingleton(sp => ActivatorUtilities.CreateInstance<ConsumingBus>(sp, service, consumers));
        builder.Services.AddHostedService(sp => sp.GetRequiredService<ConsumingBus>());
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration("consumers", sp => sp.GetRequiredService<ConsumingBus>(), HealthStatus.Degraded, []));
    }

    /// <summary>The tables of what a service receives.</summary>
    public static string Schema => EventStoreSetup.Script(typeof(ConsumersSetup).Assembly, "Restoration.Messaging.Schema.sql");
}

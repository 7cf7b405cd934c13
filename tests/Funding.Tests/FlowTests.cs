using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Restoration.Contracts.Registry;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.Support;
using static Restoration.Funding.Tests.FundingSystem;
using Event = Restoration.Domain.Event;

namespace Restoration.Funding.Tests;

/// <summary>A fact as the registry has it: the contract it leaves as.</summary>
public abstract record Told(string Id, JsonElement Contract, By By, DateTimeOffset At) : Event(By, At);

[StoredAs("designed.v1")]
public sealed record ToldDesigned(string Id, JsonElement Contract, By By, DateTimeOffset At) : Told(Id, Contract, By, At);

[StoredAs("approved.v1")]
public sealed record ToldApproved(string Id, JsonElement Contract, By By, DateTimeOffset At) : Told(Id, Contract, By, At);

[StoredAs("started.v1")]
public sealed record ToldStarted(string Id, JsonElement Contract, By By, DateTimeOffset At) : Told(Id, Contract, By, At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ToldDesigned))]
[JsonSerializable(typeof(ToldApproved))]
[JsonSerializable(typeof(ToldStarted))]
[JsonSerializable(typeof(ProjectDesigned))]
[JsonSerializable(typeof(ProjectApproved))]
[JsonSerializable(typeof(ProjectStarted))]
internal sealed partial class ToldJson : JsonSerializerContext;

/// <summary>Over a real broker: what the registry sends here is taken, and what others use waits in their queues.</summary>
public sealed class FlowTests(FundingSystem system) : IClassFixture<FundingSystem>
{
    private static readonly EventTypes s_types = new(typeof(FlowTests).Assembly, ToldJson.Default);
    private static readonly Aggregate<object, Told> s_project = new("project", new object(), (s, _) => s);
    private static readonly By s_planner = new("planner");

    [Fact]
    public async Task A_project_of_the_registry_gets_its_account_and_what_it_is_paid_goes_back()
    {
        await using var source = await TestDatabase.Create("registry", EventStoreSetup.Schema);
        await using var log = NpgsqlDataSource.Create(source.Limited);
        using var writer = new EventLog(NpgsqlDataSource.Create(source.Limited), s_types, TimeProvider.System, new(), NullLogger<EventLog>.Instance);
        await writer.StartAsync(default);
        await using var broker = new Broker(
            new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:broker", system.BrokerAddress)]).Build(), "registry");
        var map = new PublishingMap("registry", ToldJson.Default)
            .Fact<ToldDesigned, ProjectDesigned>("project-designed.v1", (e, _) => Of(e, ToldJson.Default.ProjectDesigned), "funding")
            .Fact<ToldApproved, ProjectApproved>("project-approved.v1", (e, _) => Of(e, ToldJson.Default.ProjectApproved), "funding")
            .Fact<ToldStarted, ProjectStarted>("project-started.v1", (e, _) => Of(e, ToldJson.Default.ProjectStarted), "funding");
        using var relay = new Relay(new Tail(log, s_types), TimeProvider.System, map, broker, NullLogger<Relay>.Instance);
        await relay.StartAsync(default);

        await Write(new ToldDesigned("flow", JsonSerializer.SerializeToElement(Design("flow"), ToldJson.Default.ProjectDesigned), s_planner, DateTimeOffset.UnixEpoch));
        await Write(new ToldApproved("flow", JsonSerializer.SerializeToElement(new("flow", "gz", "prog", true), ToldJson.Default.ProjectApproved), s_planner, DateTimeOffset.UnixEpoch));
        await Write(new ToldStarted("flow", JsonSerializer.SerializeToElement(new("flow", "gz", "prog"), ToldJson.Default.ProjectStarted), s_planner, DateTimeOffset.UnixEpoch));
        await Eventually.Get(
            () => system.Database.Value<long>("select coalesce(max(version), 0) from edge.received where stream = 'project-flow'"), v => v == 3, "all three facts");
        await system.Funded("flow", 100);
        (await system.Allocate("flow", "flow", ("flow", 100))).Is(201);
        (await system.Issue("flow")).Is(200);
        (await system.Treasury.PostEvent(Payment("flow", 100, "f-1"), service: "funding")).Is(201);
        (await system.Finance.Post("/v1/funding/projects/flow/account/settle", new { }, Person("f-1"))).Is(200);

        await Waiting("registry", "allocation-issued", "payment-executed", "account-settled");
        await Waiting("mines", "allocation-issued", "payment-executed");
        await relay.StopAsync(default);
        await writer.StopAsync(default);

        async Task Write(Told fact) => Assert.Equal(
            OutcomeKind.Recorded, (await writer.Write(new Work { Decide = s => s.Record(s_project, $"project-{fact.Id}", [fact]) })).Kind);
    }

    private static Outgoing<T> Of<T>(Told e, JsonTypeInfo<T> type) => new(e.Id, City, [City], e.Contract.Deserialize(type)!);

    /// <summary>What a service that is not there yet will find in its queue, in this order.</summary>
    private async Task Waiting(string service, params string[] facts)
    {
        await Eventually.Get(
            () => system.Database.Value<bool>("select last_seq_id = (select max(seq_id) from events.mt_events) from events.mt_event_progression where name = 'relay'"),
            published => published, "all facts on the broker");
        await using var connection = await new ConnectionFactory { Uri = new Uri(system.BrokerAddress) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var seen = new ConcurrentQueue<string>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            if (message.BasicProperties.Headers?.TryGetValue("cloudEvents_type", out var type) == true && type is byte[] name)
            {
                seen.Enqueue(Encoding.UTF8.GetString(name)); // the relay's own positions have no type
            }

            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(service, autoAck: true, consumer);
        await Eventually.Get(() => Task.FromResult(string.Join(' ', seen)), _ => seen.Count >= facts.Length, $"facts for {service}");
        Assert.Equal(facts.Select(f => $"restoration.funding.{f}.v1"), seen);
    }
}

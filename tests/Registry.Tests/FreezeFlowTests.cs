using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Restoration.Contracts.Indicators;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.Support;
using static Restoration.Registry.Tests.RegistrySystem;
using Event = Restoration.Domain.Event;

namespace Restoration.Registry.Tests;

/// <summary>A fact as Indicators will have it: the contract it leaves as.</summary>
[StoredAs("published.v1")]
public sealed record ToldPublished(string Id, JsonElement Contract, By By, DateTimeOffset At) : Event(By, At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ToldPublished))]
[JsonSerializable(typeof(AssessmentPublished))]
internal sealed partial class ToldJson : JsonSerializerContext;

/// <summary>Over a real broker, behind a real relay under the name of Indicators: a published assessment freezes its period here.</summary>
public sealed class FreezeFlowTests(RegistrySystem registry) : IClassFixture<RegistrySystem>
{
    private static readonly EventTypes s_types = new(typeof(FreezeFlowTests).Assembly, ToldJson.Default);
    private static readonly Aggregate<object, ToldPublished> s_assessment = new("assessment", new object(), (s, _) => s);
    private static readonly string s_figure = $"p1-area.{Yudu}.2023-06";

    [Fact]
    public async Task After_a_published_assessment_only_late_corrections_are_taken()
    {
        (await registry.Reporter.PostEvent(Event(Data(3, "2023-06"), "e-1"))).Is(201);
        await Pass(3);
        await Publish(new("as-2023", "gz", City, "yearly", "2023", [new("registry", 40), new("mines", 7)], new("assessor", "i-1")));
        await Eventually.Get(
            () => registry.Database.Value<long>("select count(*) from events.mt_events where type = 'period-frozen.v1'"), n => n == 1, "the period to be frozen");

        (await registry.Reporter.PostEvent(Event(Data(1, "2023-06")))).Is(409, "period.frozen");
        (await registry.Reporter.PostEvent(Event(Data(1, "2023-07")))).Is(409, "period.frozen");
        (await registry.Reporter.PostEvent(Event(Data(1, "2024-05")))).Is(201);
        var corrected = new { corrects = new { source = "/yudu", id = "e-1" }, quantity = new { value = 2, unit = "ha" }, reason = "重复计算" };
        (await registry.Reporter.PostEvent(Event(corrected, type: "restoration.progress.corrected.v1"))).Is(201);
        var figure = (await registry.Reader(City).Get($"/v1/registry/progress/{s_figure}")).Is(200).Json;
        Assert.Equal((true, "reported", 3m), (figure.GetProperty("late").GetBoolean(), figure.GetProperty("state").GetString(), figure.GetProperty("verified").GetProperty("value").GetDecimal()));
        await Pass(2);
        var history = (await registry.Reader(City).Get($"/v1/registry/progress/{s_figure}/history")).Is(200).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal("as-2023", history.Single(i => i.GetProperty("type").GetString() == "progress-corrected.v1").GetProperty("data").GetProperty("frozenBy").GetString());
        (await registry.Reader(City).Get("/v1/registry/plans/gz/history")).Is(200);
    }

    private async Task Pass(decimal verified)
    {
        (await registry.Bureau.Post($"/v1/registry/progress/{s_figure}/check", new { }, ("Restoration-Actor", "c-1"))).Is(200);
        (await registry.CityBureau.Post($"/v1/registry/progress/{s_figure}/verify", new { }, ("Restoration-Actor", "v-1"))).Is(200);
        var figure = (await registry.Reader(City).Get($"/v1/registry/progress/{s_figure}")).Is(200).Json;
        Assert.Equal(verified, figure.GetProperty("verified").GetProperty("value").GetDecimal());
    }

    private async Task Publish(AssessmentPublished assessment)
    {
        await using var source = await TestDatabase.Create("indicators", EventStoreSetup.Schema);
        await using var log = NpgsqlDataSource.Create(source.Limited);
        using var writer = new EventLog(NpgsqlDataSource.Create(source.Limited), s_types, TimeProvider.System, new(), NullLogger<EventLog>.Instance);
        await writer.StartAsync(default);
        await using var broker = new Broker(
            new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:broker", registry.BrokerAddress)]).Build(), "indicators");
        var map = new PublishingMap("indicators", ToldJson.Default).Fact<ToldPublished, AssessmentPublished>(
            "assessment-published.v1", (e, _) => new(e.Id, City, [City], e.Contract.Deserialize(ToldJson.Default.AssessmentPublished)!), "registry");
        using var relay = new Relay(new Tail(log, s_types), TimeProvider.System, map, broker, NullLogger<Relay>.Instance);
        await relay.StartAsync(default);
        var fact = new ToldPublished(
            assessment.AssessmentId, JsonSerializer.SerializeToElement(assessment, ToldJson.Default.AssessmentPublished), new("assessor"), DateTimeOffset.UnixEpoch);
        Assert.Equal(OutcomeKind.Recorded, (await writer.Write(new Work { Decide = s => s.Record(s_assessment, $"assessment-{fact.Id}", [fact]) })).Kind);
        await Eventually.Get(
            () => registry.Database.Value<long>("select coalesce(max(version), 0) from edge.received where source = 'indicators'"), v => v == 1, "the assessment");
        await relay.StopAsync(default);
        await writer.StopAsync(default);
    }
}

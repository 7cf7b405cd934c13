using System.Text.Json;
using Restoration.EventStore;

namespace Restoration.Registry.Tests;

/// <summary>What leaves the registry: each stored fact becomes a contract that can be read alone.</summary>
public sealed class PublishingTests
{
    private static readonly EventTypes s_types = new(typeof(StoredJson).Assembly, StoredJson.Default);

    /// <summary>What Funding says of a project's money leaves from there, what a report says of the investment with it; the calendar is everybody's.</summary>
    private static readonly string[] s_internal = ["accounts-settled.v1", "investment-completed.v1", "money-moved.v1", "month-ended.v1", "schedule-judged.v1"];

    public static TheoryData<string> Names => [.. StoredEventTests.Names.Select(n => n.Data).Except(s_internal)];

    [Fact]
    public void Each_stored_type_is_published_or_marked_internal() => Assert.Same(Publishing.Map, Publishing.Map.Covering(s_types));

    [Fact]
    public void Each_fact_leaves_under_its_stored_name()
    {
        Assert.NotEmpty(Publishing.Map.Routes);
        Assert.Equal(
            s_types.All.Select(t => t.Name).Except(s_internal).Select(n => $"restoration.registry.{n}").Order(StringComparer.Ordinal),
            Publishing.Map.Routes.Select(r => r.Type).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stored_fact_becomes_its_contract(string name)
    {
        var stored = Stored(name);
        var (subject, division, divisions, data) = Publishing.Map[stored.Fact].Write!(stored);
        Assert.NotEmpty(subject);
        Assert.Equal(division, divisions.Split(',')[0]); // the owner's among all it touches
        var type = typeof(Contracts.Registry.Amount).Assembly.GetType($"Restoration.Contracts.Registry.{stored.Fact.GetType().Name}")!;
        var contract = JsonSerializer.Deserialize(data, type, ContractJson.Default)!;
        Assert.True(JsonElement.DeepEquals(
            JsonSerializer.Deserialize<JsonElement>(data), JsonSerializer.SerializeToElement(contract, type, ContractJson.Default)));
    }

    [Fact]
    public void A_verification_says_what_it_verified()
    {
        var stored = Stored("progress-verified.v1");
        var (subject, _, _, data) = Publishing.Map[stored.Fact].Write!(stored);
        var contract = JsonSerializer.Deserialize(data, ContractJson.Default.ProgressVerified)!;
        var amount = new Contracts.Registry.Amount(3, "ha");
        Assert.Equal(
            new Contracts.Registry.Figure("p1-area.360731.2024-06", "p1", "gz", "prog-a", "p1-area", "gz-i1", "360731", "2024-06", amount, amount, "verified"), contract.Figure);
        Assert.Equal(("p1-area.360731.2024-06", new("city-bureau", "v-1"), amount with { Value = 2 }), (subject, contract.By, contract.VerifiedBefore));
    }

    [Fact]
    public void A_report_says_what_is_doubtful_in_it()
    {
        var stored = Stored("progress-reported.v1");
        var contract = JsonSerializer.Deserialize(Publishing.Map[stored.Fact].Write!(stored).Data, ContractJson.Default.ProgressReported)!;
        Assert.Equal(["outlier", "over-target"], contract.Flags);
        Assert.Equal(("year-to-date", 3_100_000m, "/yudu", "e-1"), (contract.Mode, contract.InvestmentCompleted, contract.Sender!.Source, contract.Sender.Id));
    }

    private static StoredEvent Stored(string name) => new(
        s_types, 7, Guid.NewGuid(), "stream", 3, name, File.ReadAllBytes(Path.Combine(Support.Source.Folder("StoredEvents"), $"{name}.json")),
        DateTimeOffset.UnixEpoch, """{"source":"/yudu","id":"e-1"}"""u8.ToArray());
}

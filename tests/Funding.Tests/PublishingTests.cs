using System.Text.Json;
using Restoration.EventStore;
using Out = Restoration.Contracts.Funding;

namespace Restoration.Funding.Tests;

/// <summary>What leaves the service: a movement between a fund and a project leaves once, and can be read alone.</summary>
public sealed class PublishingTests
{
    private static readonly EventTypes s_types = new(typeof(StoredJson).Assembly, StoredJson.Default);

    private static readonly string[] s_internal =
        ["allocation-cancelled.v1", "allocation-issued.v1", "estimate-entered.v1", "money-allocated.v1", "money-taken-back.v1"];

    public static TheoryData<string> Published => [.. s_types.All.Select(t => t.Name).Except(s_internal).Order(StringComparer.Ordinal)];

    [Fact]
    public void The_other_side_of_a_movement_stays_inside() => Assert.All(s_internal, name => Assert.Null(Publishing.Map[Stored(name).Fact].Write));

    [Theory]
    [MemberData(nameof(Published))]
    public void A_stored_fact_becomes_its_contract(string name)
    {
        var stored = Stored(name);
        var route = Publishing.Map[stored.Fact];
        var (subject, division, divisions, data) = route.Write!(stored);
        Assert.NotEmpty(subject);
        Assert.Equal(division, divisions.Split(',')[0]);
        var type = typeof(Out.Actor).Assembly.GetType(route.MessageType["urn:message:".Length..].Replace(':', '.'))!;
        var contract = JsonSerializer.Deserialize(data, type, ContractJson.Default)!;
        Assert.True(JsonElement.DeepEquals(
            JsonSerializer.Deserialize<JsonElement>(data), JsonSerializer.SerializeToElement(contract, type, ContractJson.Default)));
    }

    [Theory]
    [InlineData("money-issued.v1", "restoration.funding.allocation-issued.v1", "registry,mines")]
    [InlineData("payment-executed.v1", "restoration.funding.payment-executed.v1", "registry,mines")]
    [InlineData("money-returned.v1", "restoration.funding.money-returned.v1", "registry,mines")]
    [InlineData("estimate-changed.v1", "restoration.funding.estimate-changed.v1", "")]
    [InlineData("account-settled.v1", "restoration.funding.account-settled.v1", "registry")]
    [InlineData("money-found-idle.v1", "restoration.funding.money-idle.v1", "")]
    [InlineData("allocation-made.v1", "restoration.funding.allocation-made.v1", "")]
    public void A_fact_goes_to_those_who_use_it(string stored, string type, string receivers)
    {
        var route = Publishing.Map[Stored(stored).Fact];
        Assert.Equal((type, receivers), (route.Type, string.Join(',', route.Receivers)));
    }

    [Fact]
    public void A_payment_says_whose_what_for_and_what_is_left()
    {
        var stored = Stored("payment-executed.v1");
        var (subject, division, divisions, data) = Publishing.Map[stored.Fact].Write!(stored);
        var contract = JsonSerializer.Deserialize(data, ContractJson.Default.PaymentExecuted)!;
        Assert.Equal(("p1", "360700", "360700,360731"), (subject, division, divisions));
        Assert.Equal(
            ("pay-1", "award", 100m, "赣州建工", "土方", "第一期", new Out.Balance(0, 300, 100), new Out.Sender("/treasury", "e-1")),
            (contract.PaymentId, contract.FundId, contract.Amount, contract.Payee, contract.Purpose, contract.Note, contract.Balance, contract.Sender));
    }

    [Fact]
    public void An_issue_says_the_channel_and_the_document()
    {
        var stored = Stored("money-issued.v1");
        var contract = JsonSerializer.Deserialize(Publishing.Map[stored.Fact].Write!(stored).Data, ContractJson.Default.AllocationIssued)!;
        Assert.Equal(
            ("a-1", "award", "central-award", 300m, "2024-3", new Out.Actor("province-finance", "f-2")),
            (contract.AllocationId, contract.FundId, contract.Channel, contract.Amount, contract.DocumentNumber, contract.By));
    }

    private static StoredEvent Stored(string name) => new(
        s_types, 7, Guid.NewGuid(), "stream", 3, name, File.ReadAllBytes(Path.Combine(Support.Source.Folder("StoredEvents"), $"{name}.json")),
        DateTimeOffset.UnixEpoch, """{"source":"/treasury","id":"e-1"}"""u8.ToArray());
}

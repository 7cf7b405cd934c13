using System.Text.Json;
using Restoration.EventStore;
using Out = Restoration.Contracts.Mines;

namespace Restoration.Mines.Tests;

/// <summary>What leaves the service: each stored fact becomes a contract that can be read alone.</summary>
public sealed class PublishingTests
{
    private static readonly EventTypes s_types = new(typeof(StoredJson).Assembly, StoredJson.Default);

    public static TheoryData<string> Names => StoredEventTests.Names;

    [Fact]
    public void Each_fact_leaves_under_its_stored_name() => Assert.Equal(
        StoredEventTests.First.Select(name => $"restoration.mines.{name}").Order(StringComparer.Ordinal),
        Publishing.Map.Routes.Select(r => r.Type).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stored_fact_becomes_its_contract(string name)
    {
        var stored = Stored(name);
        var (subject, division, divisions, data) = Publishing.Map[stored.Fact].Write!(stored);
        Assert.Equal((Sample.Plain.Id, Sample.Yudu, Sample.Yudu), (subject, division, divisions));
        var type = typeof(Out.Amount).Assembly.GetType($"Restoration.Contracts.Mines.{stored.Fact.GetType().Name}")!;
        var contract = JsonSerializer.Deserialize(data, type, ContractJson.Default)!;
        Assert.True(JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(data), JsonSerializer.SerializeToElement(contract, type, ContractJson.Default)));
    }

    [Theory]
    [InlineData("site-surveyed.v1", "reported")]
    [InlineData("site-verified.v1", "verified")]
    [InlineData("site-struck-off.v1", "struck-off")]
    [InlineData("site-linked.v1", "verified")]
    [InlineData("works-reported.v1", "works")]
    [InlineData("site-self-checked.v1", "self-checked")]
    [InlineData("site-accepted.v1", "accepted")]
    [InlineData("acceptance-rejected.v1", "rectification")]
    [InlineData("rectification-overdue.v1", "rectification")]
    [InlineData("site-reopened.v1", "works")]
    [InlineData("site-reopened.v2", "works")]
    public void A_fact_says_where_it_left_its_site(string name, string state)
    {
        var stored = Stored(name);
        var contract = JsonSerializer.Deserialize<JsonElement>(Publishing.Map[stored.Fact].Write!(stored).Data);
        Assert.Equal(state, contract.GetProperty("site").GetProperty("state").GetString());
    }

    [Fact]
    public void An_acceptance_says_what_counts()
    {
        var stored = Stored("site-accepted.v1");
        var contract = JsonSerializer.Deserialize(Publishing.Map[stored.Fact].Write!(stored).Data, ContractJson.Default.SiteAccepted)!;
        Assert.Equal((new Out.Amount(10, "ha"), new DateOnly(2024, 7, 3), "grass"), (contract.Area, contract.AcceptedOn, contract.Parts.Single().Use));
        Assert.Equal(new Out.CriterionMeasured("vegetation-cover", 75, 70, "percent"), contract.Parts[0].Measured[0]);
        Assert.Equal(["2001", "2002"], contract.Team);
    }

    [Fact]
    public void A_reopening_says_what_it_takes_back_and_an_old_one_what_it_knew()
    {
        var (now, old) = (Reopening("site-reopened.v2"), Reopening("site-reopened.v1"));
        Assert.Equal((new DateOnly(2024, 7, 3), new DateOnly(2024, 7, 3), new Out.Amount(10, "ha")), (now.ReopenedOn, now.AcceptedOn, now.Area));
        Assert.Equal(now with { AcceptedOn = null, Area = null, Site = old.Site }, old); // its day is that of its time
        Assert.Equal(Publishing.Map[Stored("site-reopened.v2").Fact], Publishing.Map[Stored("site-reopened.v1").Fact]);
        Assert.Equal(["site-accepted.v1", "site-reopened.v1", "site-reopened.v2"], Publishing.Map.TypesByReceiver(s_types)["indicators"].Order(StringComparer.Ordinal));

        static Out.SiteReopened Reopening(string name) =>
            JsonSerializer.Deserialize(Publishing.Map[Stored(name).Fact].Write!(Stored(name)).Data, ContractJson.Default.SiteReopened)!;
    }

    [Fact]
    public void A_link_says_what_is_fed()
    {
        var stored = Stored("site-linked.v1");
        var project = JsonSerializer.Deserialize(Publishing.Map[stored.Fact].Write!(stored).Data, ContractJson.Default.SiteLinked)!.Site.Project!;
        Assert.Equal(("gz-p01", "gz", "prog"), (project.ProjectId, project.PlanId, project.ProgrammeId));
        Assert.Equal([new("gz-p01-m1", "site-count"), new("gz-p01-m2", "site-area")], project.Feeds);
    }

    [Fact]
    public void Who_counts_hears_of_acceptances_and_reopenings_alone() => Assert.Equal(
        ["restoration.mines.site-accepted.v1 registry,indicators", "restoration.mines.site-reopened.v1 registry,indicators"],
        Publishing.Map.Routes.Where(r => r.Receivers.Count > 0).Select(r => $"{r.Type} {string.Join(',', r.Receivers)}").Order(StringComparer.Ordinal));

    private static StoredEvent Stored(string name) => new(
        s_types, 7, Guid.NewGuid(), "stream", 3, name, File.ReadAllBytes(Path.Combine(Support.Source.Folder("StoredEvents"), $"{name}.json")),
        DateTimeOffset.UnixEpoch, """{"source":"/yudu","id":"e-1"}"""u8.ToArray());
}

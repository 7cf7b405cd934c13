using Restoration.Contracts.Mines;
using Restoration.Domain;
using Restoration.Indicators.Sites;
using Restoration.Support;
using static Restoration.Indicators.Tests.Sample;
using CountSite = Restoration.Indicators.Sites.CountSite;
using SiteContributed = Restoration.Indicators.Sites.SiteContributed;
using SiteWithdrawn = Restoration.Indicators.Sites.SiteWithdrawn;

namespace Restoration.Indicators.Tests;

/// <summary>A mine site counts from its acceptance until it is reopened.</summary>
public sealed class SiteSpecs
{
    private static readonly Guid s_first = Guid.Parse("0197a1f8-0000-7000-8000-000000000001"), s_second = Guid.Parse("0197a1f8-0000-7000-8000-000000000002");

    internal static readonly SiteContributed Counted = new("s-1", "石排稀土矿", Yudu, "legacy", new Quantity(13.50m, Unit.Ha), new(2024, 6, 15), s_first, 17, Reviewer, At);
    internal static readonly SiteWithdrawn Withdrawn = new("s-1", Yudu, new(2024, 6, 15), new(2025, 1, 10), s_second, 21, Reviewer, At);
    private static readonly CountSite s_count = new("s-1", "石排稀土矿", Yudu, "legacy", new Quantity(13.50m, Unit.Ha), new(2024, 6, 15), s_first, 17, Reviewer, At);
    private static readonly WithdrawSite s_withdraw = new("s-1", new(2025, 1, 10), s_second, 21, Reviewer, At);

    private static Spec<CountedSite, SiteEvent> The_site => new(CountedSite.None, (s, e) => CountedSite.Aggregate.Fold(s, e));

    [Fact]
    public void It_counts_when_it_is_accepted() => The_site.When(s => SiteDecider.Decide(s, s_count)).Records(Counted);

    [Fact]
    public void The_same_acceptance_counts_once() => The_site.After(Counted).When(s => SiteDecider.Decide(s, s_count)).RecordsNothing();

    [Fact]
    public void Reopened_it_counts_no_more() => The_site.After(Counted).When(s => SiteDecider.Decide(s, s_withdraw)).Records(Withdrawn);

    [Fact]
    public void What_does_not_count_is_not_withdrawn() => The_site.After(Counted, Withdrawn).When(s => SiteDecider.Decide(s, s_withdraw)).RecordsNothing();

    [Fact]
    public void Accepted_again_it_counts_again() => The_site.After(Counted, Withdrawn)
        .When(s => SiteDecider.Decide(s, s_count with { CausedBy = s_second })).Records(Counted with { CausedBy = s_second });

    [Fact]
    public void Another_acceptance_takes_the_place_of_the_first() => The_site.After(Counted)
        .When(s => SiteDecider.Decide(s, s_count with { AcceptedOn = new(2025, 1, 10), CausedBy = s_second, CausedAt = 21 }))
        .Records(Withdrawn, Counted with { AcceptedOn = new(2025, 1, 10), CausedBy = s_second, CausedAt = 21 });
}

/// <summary>Accepted sites in the values of the mine indicators.</summary>
public sealed class SiteTests(IndicatorSystem system) : IClassFixture<IndicatorSystem>
{
    private static Site Site(string id, string division, string kind) => new(id, "石排稀土矿", division, kind, "稀土", new(20, "ha"), 115.4m, 25.9m, null, "accepted");

    private static SiteAccepted Accepted(string id, decimal hectares, string day, string division = Yudu, string kind = "legacy") =>
        new(Site(id, division, kind), new(hectares, "ha"), DateOnly.Parse(day, null), [], ["3001"], null, new("city", "2001"));

    private async Task Define(string id, string plan, string division, string method, string unit, decimal target) => (await system.Flow.Host
        .As("plans", ServiceDefaults.Client.Everywhere, ServiceDefaults.Roles.Planner).Post("/v1/indicators/indicators", new
        {
            id, planId = plan, division, concept = method, name = "废弃矿山治理", unit, kind = "flow", method, direction = "higher", start = 2021, number = 1,
            targets = new[] { new { year = 2025, @operator = "equal", value = target, raw = "535" } },
        })).Is(201);

    [Fact]
    public async Task Accepted_sites_are_the_values_of_the_mine_indicators_of_every_plan_they_lie_in()
    {
        var mines = new Neighbour(system.Flow.Host.Services, "mines");
        await mines.Tell("site-accepted.v1", "site-a", Accepted("a", 13.5m, "2023-06-15"));
        await Define("mc-count", "mc", City, "mine-count", "座", 535);
        await Define("mc-area", "mc-area", City, "mine-area", "km2", 12.62m);
        await Define("mp-count", "mp", "360000", "mine-count", "座", 1840);
        await Define("mo-count", "mo", "360200", "mine-count", "座", 87);
        await mines.Tell("site-accepted.v1", "site-b", Accepted("b", 6.5m, "2024-02-01"));
        await mines.Again(mines.Last!);
        await mines.Tell("site-accepted.v1", "site-c", Accepted("c", 5, "2024-02-01", kind: "licensed"));
        await mines.Tell("site-accepted.v1", "site-d", Accepted("d", 5, "2020-12-31")); // before the plan began
        Assert.Equal((1m, "2023-06-15"), await Value("mc", "2023-12-31"));
        Assert.Equal((2m, "2024-02-01"), await Value("mc", "2024-12-31"));
        Assert.Equal((0.2m, "2024-02-01"), await Value("mc-area", "2024-12-31"));
        Assert.Equal((2m, "2024-02-01"), await Value("mp", "2024-12-31"));
        Assert.Equal((null, null), await Value("mo", "2024-12-31", system.Flow.Host.As("reads", "360200", ServiceDefaults.Roles.Reader)));
        (await system.Planner.Get("/v1/indicators/plans/mo/table")).Is(403, "division.forbidden");
        (await system.Planner.Get("/v1/indicators/indicators/mo-count/explain")).Is(403, "division.forbidden");

        var explained = (await system.Planner.Get("/v1/indicators/indicators/mc-area/explain?asOf=2024-12-31")).Is(200).Json;
        Assert.Equal(["a", "b"], explained.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("resourceId").GetString()));
        Assert.All(explained.GetProperty("items").EnumerateArray(), s => Assert.Equal(
            ("mines", $"/v1/mines/sites/{s.GetProperty("resourceId").GetString()}"), (s.GetProperty("service").GetString(), s.GetProperty("link").GetString())));
        Assert.Equal("the sum of the accepted sites", explained.GetProperty("formula").GetString());

        // A county is told its own; of another county's no more than what they add.
        var county = (await system.Flow.Host.As("county", Yudu, ServiceDefaults.Roles.Reader).Get("/v1/indicators/indicators/mc-area/explain?asOf=2024-12-31")).Is(200).Json;
        Assert.Equal(2, county.GetProperty("items").GetArrayLength());
        Assert.False(county.TryGetProperty("elsewhere", out _));
        await mines.Tell("site-accepted.v1", "site-e", Accepted("foreign", 30, "2024-03-01", division: "360200"));
        var province = "/v1/indicators/indicators/mp-count/explain?asOf=2024-12-31";
        var partial = (await system.Flow.Host.As("county", Yudu, ServiceDefaults.Roles.Reader).Get(province)).Is(200);
        Assert.Equal(["a", "b"], partial.Json.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("resourceId").GetString()));
        Assert.Equal((1, 1m), (partial.Json.GetProperty("elsewhere").GetProperty("count").GetInt32(), partial.Json.GetProperty("elsewhere").GetProperty("value").GetProperty("value").GetDecimal()));
        Assert.Equal(3m, partial.Json.GetProperty("value").GetDecimal());
        Assert.DoesNotContain("foreign", partial.Text, StringComparison.Ordinal);
        var whole = (await system.Flow.Host.As("province", "360000", ServiceDefaults.Roles.Reader).Get($"{province}&limit=2")).Is(200);
        var rest = (await system.Flow.Host.As("province", "360000", ServiceDefaults.Roles.Reader).Get(whole.Header("Link")!.Split('>')[0][1..])).Is(200);
        Assert.Equal(["a", "b", "foreign"], whole.Json.GetProperty("items").EnumerateArray().Concat(rest.Json.GetProperty("items").EnumerateArray()).Select(s => s.GetProperty("resourceId").GetString()));

        await mines.Tell("site-reopened.v1", "site-a", new SiteReopened(Site("a", Yudu, "legacy"), "塌陷", new("city", "2001")), new(2024, 6, 30, 17, 0, 0, TimeSpan.Zero));
        Assert.Equal(2m, (await Value("mc", "2024-06-30")).Value); // it was July already in China
        Assert.Equal(1m, (await Value("mc", "2024-07-01")).Value);
        await mines.Tell("site-accepted.v1", "site-a", Accepted("a", 13, "2025-03-01"));
        Assert.Equal((0.195m, "2025-03-01"), await Value("mc-area", "2025-12-31"));

        async Task<(decimal? Value, string? Period)> Value(string plan, string asOf, Caller? by = null)
        {
            var row = (await (by ?? system.Planner).Get($"/v1/indicators/plans/{plan}/table?asOf={asOf}")).Is(200).Json.GetProperty("rows")[0];
            return row.TryGetProperty("value", out var value) ? (value.GetDecimal(), row.GetProperty("period").GetString()) : (null, null);
        }
    }
}

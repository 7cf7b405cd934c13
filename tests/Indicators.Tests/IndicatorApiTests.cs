using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Restoration.Contracts.Registry;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Indicators.Tests.Sample;

namespace Restoration.Indicators.Tests;

/// <summary>The service over HTTP, with the tree of divisions it learned from the registry.</summary>
public sealed class IndicatorSystem : IAsyncLifetime
{
    public Flow Flow { get; } = new();

    public Caller Planner => Flow.Host.As("planner", City, Roles.Planner);
    public Caller Reporter => Flow.Host.As("city-reports", City, Roles.Reporter);
    public Caller Reviewer => Flow.Host.As("city-reviews", City, Roles.Reviewer);

    public async ValueTask InitializeAsync()
    {
        await Flow.InitializeAsync();
        foreach (var d in new DivisionDefined[]
        {
            new("360000", "江西省", null, "province", null, null, null, null), new(City, "赣州市", null, "city", "360000", null, null, null),
            new(Yudu, "于都县", null, "county", City, null, null, null), new("360200", "景德镇市", null, "city", "360000", null, null, null),
        })
        {
            await Flow.Tell(d);
        }

        await Eventually.Get(() => Flow.Database.Value<long>("select count(*) from copies.divisions"), n => n == 4, "the tree");
    }

    public ValueTask DisposeAsync() => Flow.DisposeAsync();

    public static object Coverage(string id, string planId = "gz", string division = City, string name = "森林覆盖率") => new
    {
        id, planId, division, concept = "forest-coverage", name, unit = "%", binding = "binding", number = 2, method = "reported", direction = "higher",
        baseline = new { year = 2020, value = 70 }, targets = new[] { new { year = 2025, @operator = "at-least", value = 80, raw = "≥80" } },
    };

    public static object Event(string indicator, object value, string id, string period = "2024", string? division = null) => new Dictionary<string, object>
    {
        ["specversion"] = "1.0", ["id"] = id, ["source"] = "/city/360700", ["type"] = "restoration.indicator.observed.v1", ["time"] = "2025-01-10T09:00:00+08:00",
        ["subject"] = indicator, ["data"] = new { indicatorId = indicator, division = division ?? City, period, value },
    };
}

public sealed class IndicatorApiTests(IndicatorSystem system) : IClassFixture<IndicatorSystem>
{
    private const string Indicators = "/v1/indicators/indicators", Observations = "/v1/indicators/observations";

    [Fact]
    public Task The_document_is_the_committed_one() => OpenApiDocument.IsAsCommitted(system.Flow.Host.Http, "indicators");

    [Fact]
    public void Nothing_is_reported_to_the_makers_of_the_bus()
    {
        using var bus = system.Flow.Host.Services.GetRequiredService<ConsumingBus>().Build();
        Assert.False(bus.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled);
    }

    [Fact]
    public async Task A_value_is_posted_accepted_and_stands_in_the_table()
    {
        (await system.Planner.Post(Indicators, IndicatorSystem.Coverage("t-coverage", "table"))).Is(201);
        var posted = IndicatorSystem.Event("t-coverage", new { value = 79, unit = "percent" }, "v-1");
        (await system.Reporter.PostEvent(posted, service: "indicators")).Is(201);
        Assert.Equal("duplicate", (await system.Reporter.PostEvent(posted, service: "indicators")).Is(200).Json.GetProperty("status").GetString());
        var row = (await system.Planner.Get("/v1/indicators/plans/table/table?asOf=2024-12-31")).Is(200).Json.GetProperty("rows")[0];
        Assert.False(row.TryGetProperty("value", out _)); // submitted is not accepted

        const string Path = $"{Observations}/t-coverage.360700.2024";
        (await system.Reviewer.Post($"{Path}/accept", new { })).Is(400, "actor.missing");
        (await system.Reporter.Post($"{Path}/accept", new { }, ("Restoration-Actor", "r-1"))).Is(403, "role.missing");
        (await system.Reviewer.Post($"{Path}/accept", new { }, ("Restoration-Actor", "r-1"), ("If-Match", "\"7\""))).Is(412, "resource.moved");
        var accepted = (await system.Reviewer.Post($"{Path}/accept", new { }, ("Restoration-Actor", "r-1"), ("If-Match", "\"1\""))).Is(200);
        Assert.Equal("\"2\"", accepted.Header("ETag"));
        row = (await system.Planner.Get("/v1/indicators/plans/table/table?asOf=2024-12-31")).Is(200).Json.GetProperty("rows")[0];
        Assert.Equal(79, row.GetProperty("value").GetDecimal());
        Assert.Equal("on-track", row.GetProperty("attainment").GetProperty("state").GetString());
        Assert.Equal("森林覆盖率", row.GetProperty("name").GetString());
        Assert.Equal(
            ["indicator-observed.v1", "observation-accepted.v1"],
            (await system.Reviewer.Get($"{Path}/history")).Is(200).Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task A_definition_is_made_once_and_changed_with_a_reason()
    {
        var key = ("Idempotency-Key", "once");
        (await system.Planner.Post(Indicators, IndicatorSystem.Coverage("d-coverage"), key)).Is(201);
        Assert.Equal("true", (await system.Planner.Post(Indicators, IndicatorSystem.Coverage("d-coverage"), key)).Is(201).Header("Idempotency-Replayed"));
        (await system.Planner.Post(Indicators, IndicatorSystem.Coverage("d-coverage", name: "别的"))).Is(409, "indicator.exists");
        (await system.Planner.Post($"{Indicators}/d-coverage/redefine", new { definition = IndicatorSystem.Coverage("d-coverage", name: "森林覆盖率（修订）"), reason = "修编" })).Is(200);
        var page = (await system.Planner.Get($"{Indicators}/d-coverage")).Is(200);
        Assert.Equal("\"2\"", page.Header("ETag"));
        Assert.Equal("森林覆盖率（修订）", page.Json.GetProperty("definition").GetProperty("name").GetString());
        Assert.Equal(304, (await system.Planner.Get($"{Indicators}/d-coverage", ("If-None-Match", "\"2\""))).Status);
        Assert.Equal(2, (await system.Planner.Get($"{Indicators}/d-coverage/history")).Is(200).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Nobody_reaches_what_is_not_theirs()
    {
        (await system.Flow.Host.Nobody.Get(Indicators)).Is(401, "token.missing");
        (await system.Reporter.Post(Indicators, IndicatorSystem.Coverage("x-coverage"))).Is(403, "role.missing");
        (await system.Planner.Post(Indicators, IndicatorSystem.Coverage("x-coverage", division: "360200"))).Is(403, "division.forbidden");
        (await system.Planner.Post(Indicators, IndicatorSystem.Coverage("s-coverage"))).Is(201);
        (await system.Reporter.PostEvent(IndicatorSystem.Event("s-coverage", new { value = 70, unit = "percent" }, "s-1"), service: "indicators")).Is(201);
        var other = system.Flow.Host.As("jdz", "360200", Roles.Reader);
        (await other.Get($"{Observations}/s-coverage.360700.2024")).Is(403, "division.forbidden");
        Assert.Equal(0, (await other.Get(Observations)).Is(200).Json.GetProperty("items").GetArrayLength());
        Assert.Contains("s-coverage", (await other.Get($"{Indicators}?limit=500")).Is(200).Text, StringComparison.Ordinal); // definitions are for every client
    }

    [Fact]
    public async Task All_that_is_wrong_is_said_at_once()
    {
        var answer = (await system.Planner.Post(Indicators, new { id = "w", planId = "gz", division = City, unit = "斗", colour = 1, method = "guess", targets = new[] { new { } } })).Is(400, "body.malformed");
        Assert.Equal(
            ["#/colour", "#/concept", "#/direction", "#/method", "#/name", "#/targets/0/operator", "#/targets/0/year", "#/unit"],
            answer.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()!).Order(StringComparer.Ordinal));
        (await system.Planner.Get($"{Indicators}?colour=1")).Is(400, "parameter.unknown");
        (await system.Reporter.PostEvent(IndicatorSystem.Event("none", new { value = 1, unit = "percent" }, "n-1"), service: "indicators")).Is(404, "indicator.unknown");
    }
}

using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Restoration.Contracts.Funding;
using Restoration.Contracts.Registry;
using Restoration.Copies;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Support;
using static Restoration.Mines.Tests.Sample;
using FundingBy = Restoration.Contracts.Funding.Actor;

namespace Restoration.Mines.Tests;

/// <summary>The service over HTTP, with a database and a part of the broker of its own, and what it learned from its neighbours.</summary>
public sealed class MinesSystem : IAsyncLifetime
{
    private static readonly (string, string)[] s_actor = [("Restoration-Actor", "2001")];
    private VirtualHost _broker = null!;

    public TestDatabase Database { get; private set; } = null!;
    public ServiceHost<StoredJson> Host { get; private set; } = null!;
    public Neighbour Registry { get; private set; } = null!;
    public Neighbour Funding { get; private set; } = null!;

    public Caller Reporter => Host.As("yudu", Yudu, Roles.Reporter);
    public Caller Ningdus => Host.As("ningdu", Ningdu, Roles.Reporter);
    public Caller County => Host.As("yudu-bureau", Yudu, Roles.Reviewer);
    public Caller CityBureau => Host.As("city-bureau", City, Roles.Reviewer);
    public Caller Planner => Host.As("city-planner", City, Roles.Planner);

    public async ValueTask InitializeAsync()
    {
        _broker = await VirtualHost.Create();
        Database = await TestDatabase.Create(
            "mines", EventStoreSetup.Schema, ConsumersSetup.Schema, RegistryCopies.Schema,
            EventStoreSetup.Script(typeof(StoredJson).Assembly, "Restoration.Mines.Schema.sql"));
        Host = new("mines", Database, await KeyRing.In(Database, "mines"), ("ConnectionStrings:broker", _broker.Address));
        Registry = new(Host.Services, "registry");
        Funding = new(Host.Services, "funding");
        foreach (var d in Tree.Nodes)
        {
            await Define(d.Id, d.Name, d.Level, d.Parent);
        }

        await Design("gz-p01", measures: [SitesFor("gz-p01-m1", 535), LandFor("gz-p01-m2", 12.62m)]);
        await Start("gz-p01");
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Database.DisposeAsync();
        await _broker.DisposeAsync();
    }

    public Task Define(string id, string name, string level, string? parent) =>
        Registry.Tell("division-defined.v1", $"division-{id}", new DivisionDefined(id, name, null, level, parent, null, null, null));

    public Task Design(string id, string plan = "gz", string kind = "mine", string division = City, string[]? counties = null, params Measure[] measures) =>
        Registry.Tell("project-designed.v1", $"project-{id}", new ProjectDesigned(
            id, plan, "prog", null, "废弃露天矿山生态修复", kind, division, counties ?? [Yudu, Ningdu], null, [new(2021, 2025)], null, measures, []));

    public async Task Start(string id)
    {
        await Registry.Tell("project-approved.v1", $"project-{id}", new ProjectApproved(id, "gz", "prog", true));
        await Registry.Tell("project-started.v1", $"project-{id}", new ProjectStarted(id, "gz", "prog"));
    }

    public Task Issue(string project, decimal issued, decimal paid) => Funding.Tell("allocation-issued.v1", $"account-{project}", new AllocationIssued(
        new(project, "gz", "prog", City, []), "a-1", "f-1", "central", issued, new(0, issued, paid), null, new FundingBy("finance", null)));

    /// <summary>Listens in a neighbour's place until so many facts about a site have come.</summary>
    public async Task<List<(string Type, JsonElement Data)>> Hear(string queue, string site, int facts)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(_broker.Address) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var heard = new ConcurrentQueue<(string Type, JsonElement Data)>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, message) =>
        {
            var headers = message.BasicProperties.Headers!;
            if (headers.TryGetValue("cloudEvents_subject", out var subject) && Encoding.UTF8.GetString((byte[])subject!) == site)
            {
                heard.Enqueue((Encoding.UTF8.GetString((byte[])headers["cloudEvents_type"]!), JsonSerializer.Deserialize<JsonElement>(message.Body.Span)));
            }

            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
        await Eventually.Get(() => Task.FromResult(heard.Count), n => n >= facts, $"{facts} facts about {site}");
        return [.. heard];
    }

    public static Measure SitesFor(string id, decimal count, string? division = null) => new(id, "治理数量", new(count, "count"), division, null, "part", "site-count");

    public static Measure LandFor(string id, decimal km2, string? division = null) => new(id, "治理面积", new(km2, "km2"), division, null, "part", "site-area");

    public static object Survey(
        string id, string name = "盘古山废弃露采场", string division = Yudu, decimal hectares = 10, string kind = "legacy", string? mineral = "稀土") => new
        {
            id, name, division, lon = 115.41, lat = 25.52, area = new { value = hectares, unit = "ha" }, kind, type = "open-pit", mineral,
            damage = new { excavated = new { value = 1, unit = "公顷" } }, hazards = new[] { "滑坡" }, near = new { river = true }, demonstration = true,
        };

    public static object Event(string type, string site, object data, string id, string source = "/yudu") => new Dictionary<string, object>
    {
        ["specversion"] = "1.0", ["id"] = id, ["source"] = source, ["type"] = $"restoration.site.{type}.v1", ["time"] = "2024-07-02T08:00:00+08:00",
        ["subject"] = site, ["data"] = data,
    };

    public static object Works(string site, decimal hectares = 10) => new
    {
        siteId = site, treated = new { value = hectares, unit = "ha" },
        evidence = new[] { new { uri = "https://evidence.example/1.jpg", sha256 = new string('a', 64), kind = "drone" } },
    };

    public static object Acceptance(decimal hectares = 10, decimal cover = 75) => new
    {
        team = new[] { "2001", "2002" },
        parts = new[]
        {
            new
            {
                use = "grass", area = new { value = hectares, unit = "ha" },
                measured = new[]
                {
                    new { criterion = "vegetation-cover", value = cover }, new { criterion = "soil-depth", value = 25m }, new { criterion = "slope-stability", value = 1.3m },
                },
            },
        },
    };

    public static Task<Answer> Act(Caller caller, string site, string verb, object? body = null) => caller.Post($"/v1/mines/sites/{site}/{verb}", body ?? new { }, s_actor);

    /// <summary>A site on its way, as far as asked.</summary>
    /// <param name="accepted">The area accepted, where it is not the whole.</param>
    /// <param name="bureau">The level above; of Ganzhou where none is named.</param>
    public async Task To(
        string state, string id, decimal hectares = 10, string? project = null, string division = Yudu, decimal? accepted = null, Caller? bureau = null)
    {
        var (above, works) = (bureau ?? CityBureau, Host.As($"works-{division}", division, Roles.Reporter));
        (await Host.As($"survey-{division}", division, Roles.Reporter).Post("/v1/mines/sites", Survey(id, id, division, hectares))).Is(201);
        if (project is not null)
        {
            (await Act(above, id, "link", new { projectId = project })).Is(200);
        }

        string[] way = state == "struck-off" ? ["struck-off"] : ["reported", "verified", "works", "self-checked", "accepted"];
        foreach (var step in way.TakeWhile(s => s != state).Append(state))
        {
            _ = step switch
            {
                "reported" => null,
                "struck-off" => (await Act(above, id, "strike-off", new { reason = "重复" })).Is(200),
                "verified" => (await Act(above, id, "verify")).Is(200),
                "works" => (await works.PostEvent(Event("works-reported", id, Works(id, hectares), $"works-{id}", $"/works/{division}"), service: "mines")).Is(201),
                "self-checked" => (await Host.As($"checks-{division}", division, Roles.Reviewer).Post(
                    $"/v1/mines/sites/{id}/self-check", new { }, ("Restoration-Actor", "1003"))).Is(200),
                _ => (await Act(above, id, "accept", Acceptance(accepted ?? hectares))).Is(200),
            };
        }
    }
}

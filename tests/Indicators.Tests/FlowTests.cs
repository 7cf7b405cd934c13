using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;
using Restoration.Contracts.Registry;
using Restoration.Copies;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Support;
using Event = Restoration.Domain.Event;

namespace Restoration.Indicators.Tests;

/// <summary>A fact as the registry has it: the contract it leaves as. Stands for the registry's events behind a real relay.</summary>
[StoredAs("told.v1")]
public sealed record Told(string Kind, string Id, JsonElement Contract, By By, DateTimeOffset At) : Event(By, At);

[StoredAs("told-figure.v1")]
public sealed record ToldFigure(string Id, JsonElement Contract, By By, DateTimeOffset At) : Event(By, At);

/// <summary>A fact that leaves the registry for nobody here.</summary>
[StoredAs("untold.v1")]
public sealed record Untold(By By, DateTimeOffset At) : Event(By, At);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Untold))]
[JsonSerializable(typeof(Told))]
[JsonSerializable(typeof(ToldFigure))]
[JsonSerializable(typeof(DivisionDefined))]
[JsonSerializable(typeof(ProgressVerified))]
internal sealed partial class TestJson : JsonSerializerContext;

/// <summary>
/// The registry's side of the wire (a real log and relay under its name, on a virtual host of its own), and the service under test.
/// </summary>
public sealed class Flow : IAsyncLifetime
{
    private static readonly EventTypes s_types = new(typeof(Flow).Assembly, TestJson.Default);
    private static readonly DateTimeOffset s_at = new(2024, 4, 5, 0, 0, 0, TimeSpan.Zero);
    private static readonly Aggregate<object, Event> s_stream = new("told", new object(), (s, _) => s);
    private VirtualHost _broker = null!;
    private TestDatabase _source = null!;
    private NpgsqlDataSource _log = null!;
    private EventLog _writer = null!;
    private Broker _connection = null!;
    private Relay? _relay;

    public TestDatabase Database { get; private set; } = null!;
    public KeyRing Keys { get; private set; } = null!;
    public ServiceHost<StoredJson> Host { get; private set; } = null!;

    public Caller Operator => Host.As("operator", Client.Everywhere, Roles.Operator);
    public Caller Planner => Host.As("planner", Sample.City, Roles.Planner);

    public async ValueTask InitializeAsync()
    {
        _broker = await VirtualHost.Create();
        _source = await TestDatabase.Create("registry", EventStoreSetup.Schema);
        Database = await TestDatabase.Create(
            "indicators", EventStoreSetup.Schema, ConsumersSetup.Schema, RegistryCopies.Schema,
            EventStoreSetup.Script(typeof(StoredJson).Assembly, "Restoration.Indicators.Schema.sql"));
        Keys = await KeyRing.In(Database, "indicators");
        _log = NpgsqlDataSource.Create(_source.Limited);
        _writer = new EventLog(NpgsqlDataSource.Create(_source.Limited), s_types, TimeProvider.System, new(), NullLogger<EventLog>.Instance);
        await _writer.StartAsync(default);
        await StartRelay();
        Host = Start();
    }

    public ServiceHost<StoredJson> Start() => new("indicators", Database, Keys, ("ConnectionStrings:broker", _broker.Address));

    public async Task StartRelay()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:broker", _broker.Address)]).Build();
        _connection = new Broker(configuration, "registry");
        var map = new PublishingMap("registry", TestJson.Default)
            .Fact<Told, DivisionDefined>("division-defined.v1", (e, _) => new(e.Id, e.Id, [e.Id], e.Contract.Deserialize(TestJson.Default.DivisionDefined)!), "indicators")
            .Fact<ToldFigure, ProgressVerified>("progress-verified.v1", (e, _) => new(e.Id, e.Id, [e.Id], e.Contract.Deserialize(TestJson.Default.ProgressVerified)!), "indicators")
            .Internal<Untold>();
        _relay = new Relay(new Tail(_log, s_types), TimeProvider.System, map, _connection, NullLogger<Relay>.Instance);
        await _relay.StartAsync(default);
    }

    /// <summary>As after a restore of the checkpoint: everything is sent again.</summary>
    public async Task RestartRelayFromTheBeginning()
    {
        await _source.Execute("update events.mt_event_progression set last_seq_id = 0 where name = 'relay'");
        await StartRelay();
    }

    public async Task StopRelay()
    {
        await _relay!.StopAsync(default);
        _relay.Dispose();
        await _connection.DisposeAsync();
    }

    public async Task RestartHost()
    {
        await Host.DisposeAsync();
        Host = Start();
    }

    public async Task StopHost() => await Host.DisposeAsync();

    public void StartHost() => Host = Start();

    public async Task<T> OnBroker<T>(Func<IChannel, Task<T>> act)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(_broker.Address) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await act(channel);
    }

    public Task Tell(DivisionDefined division) => Write(
        $"division-{division.Id}", new Told("division", division.Id, JsonSerializer.SerializeToElement(division, TestJson.Default.DivisionDefined), new("op"), s_at));

    /// <summary>A verified figure of a measure: all figures of a measure are one stream.</summary>
    public Task Verify(string measure, string period, decimal value, string? indicator = "gz-erosion", string unit = "wan-mu") => Write(
        $"progress-{measure}",
        new ToldFigure(measure, JsonSerializer.SerializeToElement(
            new ProgressVerified(
                new Figure(
                    $"{measure}.360731.{period}", "gz-p10", "gz", "prog", measure, indicator, "360731", period, new(value, unit), new(value, unit), "verified"),
                null, null, new("city", "2001")),
            TestJson.Default.ProgressVerified), new("city", "2001"), s_at));

    public Task Keep(string stream) => Write(stream, new Untold(new("op"), s_at));

    public Task<long> Head() => _source.Value<long>("select coalesce(max(seq_id), 0) from events.mt_events");

    /// <summary>What the service knows: figures with their contributions, as text to compare.</summary>
    public async Task<string> Contributions() => await Database.Value<string>(
        "select coalesce(string_agg(figure_id || '=' || trim_scale(amount / 20000000)::text, ' ' order by figure_id), '') from indicators.contributions");

    public Task<string> Contributions(string expected, double seconds = 40) => Eventually.Get(Contributions, c => c == expected, expected, seconds);

    /// <summary>Each fact that was taken was taken once.</summary>
    public async Task AssertOnce() => Assert.Equal(
        0L, await Database.Value<long>("select count(*) from (select 1 from events.mt_events group by headers->>'source', headers->>'id' having count(*) > 1) twice"));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await StopRelay();
        await _writer.StopAsync(default);
        _writer.Dispose();
        await _log.DisposeAsync();
        await Database.DisposeAsync();
        await _source.DisposeAsync();
        await _broker.DisposeAsync();
    }

    private async Task Write(string stream, Event fact)
    {
        var outcome = await _writer.Write(new Work { Decide = s => s.Record(s_stream, stream, [fact]) });
        Assert.Equal(OutcomeKind.Recorded, outcome.Kind);
    }
}

/// <summary>Facts of the registry reach the indicators through a real broker, once and in order, whatever is lost on the way.</summary>
public sealed class FlowTests(Flow flow) : IClassFixture<Flow>
{
    [Fact]
    public async Task Verified_progress_becomes_the_value_of_its_indicator_and_is_explained()
    {
        foreach (var d in new DivisionDefined[]
        {
            new("360000", "江西省", null, "province", null, null, null, null), new(Sample.City, "赣州市", null, "city", "360000", null, null, null),
            new(Sample.Yudu, "于都县", null, "county", Sample.City, null, null, null),
        })
        {
            await flow.Tell(d);
        }

        await Eventually.Get(() => flow.Database.Value<long>("select count(*) from copies.divisions"), n => n == 3, "the tree");
        (await flow.Planner.Post("/v1/indicators/indicators", new
        {
            id = "gz-soil", planId = "soil", division = Sample.City, concept = "erosion-area-treated", name = "水土流失治理面积", unit = "万亩", kind = "flow",
            method = "progress", direction = "higher", start = 2021, number = 1, targets = new[] { new { year = 2025, @operator = "equal", value = 100, raw = "100万亩" } },
        })).Is(201);
        await flow.Verify("s-m1", "2023-Q4", 1.25m, "gz-soil");
        await flow.Verify("s-m2", "2024-Q1", 2.5m, "gz-soil");
        await Eventually.Get(() => flow.Database.Value<long>("select count(*) from indicators.contributions where indicator_id = 'gz-soil'"), n => n == 2, "contributions");
        await flow.Database.Execute("update indicators.contributions set plan_id = 'soil' where indicator_id = 'gz-soil'");

        var row = (await flow.Planner.Get("/v1/indicators/plans/soil/table?asOf=2024-06-30")).Is(200).Json.GetProperty("rows")[0];
        Assert.Equal(3.75m, row.GetProperty("value").GetDecimal());
        Assert.Equal("水土流失治理面积", row.GetProperty("name").GetString());
        Assert.Equal("off-track", row.GetProperty("attainment").GetProperty("state").GetString());
        Assert.Equal(1.25m, (await flow.Planner.Get("/v1/indicators/plans/soil/table?asOf=2023-12-31")).Json.GetProperty("rows")[0].GetProperty("value").GetDecimal());
        var sources = (await flow.Planner.Get(row.GetProperty("explain").GetString()!)).Is(200).Json.GetProperty("items");
        Assert.Equal(["s-m1.360731.2023-Q4", "s-m2.360731.2024-Q1"], sources.EnumerateArray().Select(s => s.GetProperty("resourceId").GetString()));
        Assert.All(sources.EnumerateArray(), s => Assert.True(s.GetProperty("position").GetInt64() > 0));
    }

    [Fact]
    public async Task A_poisoned_fact_is_parked_aside_its_stream_waits_others_go_on_and_it_is_given_up_by_hand()
    {
        await flow.Verify("p-m1", "2023-Q1", 1, "gz-poison");
        await flow.Verify("p-m1", "2023-Q2", 2, "gz-poison", unit: "parsecs");
        await flow.Verify("p-m1", "2023-Q3", 3, "gz-poison");
        await flow.Verify("p-m2", "2023-Q3", 4, "gz-poison");
        await Eventually.Get(Poison, c => c == "p-m1.360731.2023-Q1 p-m2.360731.2023-Q3", "the others");
        var letter = (await Eventually.Get(
            () => flow.Operator.Get("/v1/indicators/ops/dead-letters"), a => a.Json.GetProperty("items").GetArrayLength() == 1, "a dead letter")).Json.GetProperty("items")[0];
        Assert.Equal("restoration.registry.progress-verified.v1", letter.GetProperty("type").GetString());
        Assert.Contains("cannot be read", letter.GetProperty("reason").GetString(), StringComparison.Ordinal);
        var path = $"/v1/indicators/ops/dead-letters/{letter.GetProperty("id").GetString()}";
        await Eventually.Get(() => flow.Operator.Get("/v1/indicators/ops/dead-letters"), a => a.Json.GetProperty("items")[0].GetProperty("waiting").GetInt64() == 1, "one waits");

        (await flow.Operator.Post($"{path}/replay", new { })).Is(204);
        Assert.Equal(1, (await flow.Operator.Get("/v1/indicators/ops/dead-letters")).Json.GetProperty("items").GetArrayLength());
        (await flow.Operator.Post($"{path}/discard", new { })).Is(204);
        await Eventually.Get(Poison, c => c == "p-m1.360731.2023-Q1 p-m1.360731.2023-Q3 p-m2.360731.2023-Q3", "the one that waited");
        Assert.Equal(0, (await flow.Operator.Get("/v1/indicators/ops/dead-letters")).Json.GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await flow.Operator.Get("/v1/indicators/ops/status")).Json.GetProperty("receives").GetProperty("parked").GetInt64());
        (await flow.Operator.Post($"{path}/discard", new { })).Is(404);
        (await flow.Planner.Get("/v1/indicators/ops/dead-letters")).Is(403, "role.missing");

        Task<string> Poison() => flow.Database.Value<string>(
            "select coalesce(string_agg(figure_id, ' ' order by figure_id), '') from indicators.contributions where indicator_id = 'gz-poison'");
    }
}

/// <summary>Single losses, each followed by convergence.</summary>
public sealed class ConvergenceTests : IAsyncLifetime
{
    private readonly Flow _flow = new();
    private string _expected = "";

    public ValueTask InitializeAsync() => _flow.InitializeAsync();

    public ValueTask DisposeAsync() => _flow.DisposeAsync();

    private async Task Verify(string measure, string period, decimal value)
    {
        await _flow.Verify(measure, period, value);
        _expected = string.Join(' ', _expected.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(e => !e.StartsWith($"{measure}.360731.{period}=", StringComparison.Ordinal))
            .Append($"{measure}.360731.{period}={value.ToString(System.Globalization.CultureInfo.InvariantCulture)}").Order(StringComparer.Ordinal));
    }

    private async Task Converged()
    {
        await _flow.Contributions(_expected);
        await _flow.AssertOnce();
    }

    [Fact]
    public async Task After_a_lost_queue_a_restored_database_and_a_late_start_all_is_known_once()
    {
        await Verify("m1", "2023-Q1", 1);
        await Verify("m2", "2023-Q1", 2);
        await Verify("m1", "2023-Q1", 1.5m);
        await Converged();

        // The queue is deleted with facts in it, while nobody reads.
        await _flow.StopHost();
        await Verify("m1", "2023-Q2", 3);
        await Verify("m3", "2023-Q2", 4);
        await Eventually.Get(() => _flow.OnBroker(c => c.MessageCountAsync("indicators")), n => n >= 2, "facts in the queue");
        await _flow.OnBroker(async c => await c.QueueDeleteAsync("indicators"));
        _flow.StartHost();
        await Verify("m2", "2023-Q2", 5);
        await Converged();

        // The database forgets what it learned since an older dump.
        await _flow.StopHost();
        await _flow.Database.Execute("""
            delete from events.mt_events where stream_id like 'observations-%';
            delete from events.mt_streams; delete from edge.inbox; delete from edge.received; delete from indicators.contributions;
            update edge.known set position = 0; update events.mt_event_progression set last_seq_id = 0;
            """);
        _flow.StartHost();
        await Converged();

        // A fact comes twice: the relay goes back to the beginning.
        await _flow.StopRelay();
        await _flow.RestartRelayFromTheBeginning();
        await Verify("m1", "2023-Q3", 6);
        await Converged();
    }
}

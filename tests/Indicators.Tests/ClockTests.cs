using Restoration.Copies;
using Restoration.EventStore;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Support;

namespace Restoration.Indicators.Tests;

/// <summary>A clock that system tests put forwards, in two replicas of a service; and a service that is not told to have one.</summary>
public sealed class ClockTests : IAsyncLifetime
{
    private const string Path = "/v1/indicators/ops/clock";
    private VirtualHost _broker = null!;
    private TestDatabase _database = null!;
    private KeyRing _keys = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await VirtualHost.Create();
        _database = await TestDatabase.Create(
            "indicators", EventStoreSetup.Schema, ConsumersSetup.Schema, RegistryCopies.Schema,
            EventStoreSetup.Script(typeof(StoredJson).Assembly, "Restoration.Indicators.Schema.sql"));
        _keys = await KeyRing.In(_database, "indicators");
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task It_goes_forwards_only_for_all_replicas_and_over_a_restart_and_tokens_go_by_the_real_time()
    {
        var later = DateTimeOffset.UtcNow.AddDays(400);
        await using (var first = Start("settable"))
        await using (var second = Start("settable"))
        {
            var (one, two) = (Operator(first), Operator(second));
            Assert.InRange(await Now(one), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
            Assert.InRange((await one.Post(Path, new { now = later })).Is(200).Json.GetProperty("now").GetDateTimeOffset(), later, later.AddMinutes(1));
            Assert.InRange(await Now(one), later, later.AddMinutes(1));
            await Eventually.Get(() => Now(two), now => now >= later, "the other replica sees it", 5);

            (await two.Post(Path, new { now = later.AddDays(-1) })).Is(422, "clock.backwards");
            (await two.Post(Path, new { now = new DateTimeOffset(2300, 1, 1, 0, 0, 0, TimeSpan.Zero) })).Is(422, "clock.out-of-range");
            (await two.Post(Path, new { })).Is(400, "body.malformed");
            (await two.Post(Path, new { now = "tomorrow" })).Is(400, "body.malformed");
            (await first.As("planner", Sample.City, Roles.Planner).Post(Path, new { now = later })).Is(403, "role.missing");
            (await first.Nobody.Get(Path)).Is(401, "token.missing");
            Assert.True(await Now(two) >= later);

            var operatorClient = new Client("operator", Client.Everywhere, null, new HashSet<string> { Roles.Operator }, []);
            (await new Caller(first.Http, _keys.TokenFor(operatorClient, TimeSpan.FromSeconds(-1))).Get(Path)).Is(401, "token.invalid");
            (await new Caller(first.Http, _keys.TokenFor(operatorClient, TimeSpan.FromMinutes(1))).Get(Path)).Is(200);
        }

        await using var again = Start("settable");
        Assert.True(await Now(Operator(again)) >= later);
    }

    [Fact]
    public async Task Without_being_told_there_is_none_and_an_unknown_mode_does_not_start()
    {
        await using var plain = Start(null);
        (await Operator(plain).Get(Path)).Is(404, "route.unknown");
        (await Operator(plain).Post(Path, new { now = DateTimeOffset.UtcNow.AddDays(1) })).Is(404, "route.unknown");
        Assert.Same(TimeProvider.System, plain.Services.GetService(typeof(TimeProvider)));
        Assert.Contains("Clock:Mode", Assert.ThrowsAny<Exception>(() => Start("fast")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_expects_of_time_is_counted()
    {
        await using var host = Start(null);
        await _database.Execute("""
            insert into edge.due (id, stream, command, at, next, tries, reason) values
                ('a', 'a', 'a', '2030-01-01', '2030-01-01', 0, null), ('b', 'b', 'b', '2029-01-01', '2031-01-01', 3, 'x.refused: no')
            """);
        var due = (await Operator(host).Get("/v1/indicators/ops/status")).Is(200).Json.GetProperty("due");
        Assert.Equal(
            (2, 1, new DateTimeOffset(2029, 1, 1, 0, 0, 0, TimeSpan.Zero)),
            (due.GetProperty("waiting").GetInt32(), due.GetProperty("refused").GetInt32(), due.GetProperty("next").GetDateTimeOffset()));
    }

    private ServiceHost<StoredJson> Start(string? mode) => mode is null
        ? new("indicators", _database, _keys, ("ConnectionStrings:broker", _broker.Address))
        : new("indicators", _database, _keys, ("ConnectionStrings:broker", _broker.Address), ("Clock:Mode", mode));

    private static Caller Operator(ServiceHost<StoredJson> host) => host.As("operator", Client.Everywhere, Roles.Operator);

    private static async Task<DateTimeOffset> Now(Caller caller) => (await caller.Get(Path)).Is(200).Json.GetProperty("now").GetDateTimeOffset();
}

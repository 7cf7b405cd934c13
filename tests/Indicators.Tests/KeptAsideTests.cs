using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Restoration.Contracts.Registry;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Support;

namespace Restoration.Indicators.Tests;

/// <summary>What the broker keeps aside: messages that came too often or killed the process, and those the bus put away.</summary>
public sealed class KeptAsideTests : IAsyncLifetime
{
    private const string Path = "/v1/indicators/ops/dead-letters";
    private readonly Flow _flow = new();

    private sealed record Message(BasicProperties Properties, byte[] Body)
    {
        public string? Id => Properties.Headers?.TryGetValue("cloudEvents_id", out var id) == true ? Encoding.UTF8.GetString((byte[])id!) : null;
    }

    public async ValueTask InitializeAsync()
    {
        await _flow.InitializeAsync();
        await _flow.Tell(new DivisionDefined("360000", "江西省", null, "province", null, null, null, null));
        await Eventually.Get(() => _flow.Database.Value<long>("select count(*) from copies.divisions"), n => n == 1, "the service consumes"); // a bus that is stopped while it starts goes on
    }

    public ValueTask DisposeAsync() => _flow.DisposeAsync();

    [Fact]
    public async Task It_is_listed_and_nothing_is_lost_by_it_taken_again_once_and_in_order_or_given_up()
    {
        await _flow.StopHost();
        await _flow.Verify("k1", "2023-Q1", 1);
        await _flow.Verify("k1", "2023-Q2", 2);
        await _flow.Verify("k2", "2023-Q1", 4);
        var facts = await TakeFacts(3);
        await _flow.StopRelay(); // or what is missing would be asked for meanwhile
        await Reject(facts[0]);
        await Put("indicators-dlq", facts[0]);
        await Put("indicators-dlq", new Message(new BasicProperties(), "不是事实"u8.ToArray()));
        await PutFaulted(facts[1]);
        await _flow.OnBroker(c => c.QueueDeclareAsync("indicators_skipped", true, false, false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }));
        await Put("indicators_skipped", facts[2]);
        _flow.StartHost();

        var listed = await List(5);
        Assert.Equal(Told(listed), Told(await List(5)));
        Assert.Equal(["dlq", "dlq", "dlq", "error", "skipped"], listed.Select(i => Text(i, "place")));
        var first = listed.First(i => Text(i, "id") == facts[0].Id && Text(i, "reason") != "");
        Assert.Equal(("registry", "progress-k1", "restoration.registry.progress-verified.v1"), (Text(first, "source"), Text(first, "stream"), Text(first, "type")));
        Assert.Equal((1, "rejected in test-poison, 1 times"), (first.GetProperty("version").GetInt32(), Text(first, "reason")));
        Assert.True(first.GetProperty("died").GetDateTimeOffset() > DateTimeOffset.UtcNow.AddMinutes(-5));
        Assert.Equal("k1.360731.2023-Q1", first.GetProperty("data").GetProperty("figure").GetProperty("figureId").GetString());
        Assert.Equal("fault: System.InvalidOperationException: it broke", Text(listed.Single(i => Text(i, "place") == "error"), "reason"));
        var strange = listed.Single(i => !i.TryGetProperty("type", out _));
        Assert.Equal("不是事实", Text(strange, "data"));

        (await Settle(facts[1].Id!, "replay")).Is(204); // its predecessor is missing: it waits
        Assert.Equal("", await _flow.Contributions());
        (await Settle(facts[0].Id!, "replay", "?place=skipped")).Is(404, "dead-letter.unknown");
        (await Settle(facts[0].Id!, "replay", "?place=nowhere")).Is(400, "parameter.malformed");
        (await Settle(facts[0].Id!, "replay")).Is(204);
        await _flow.Contributions("k1.360731.2023-Q1=1 k1.360731.2023-Q2=2");
        (await Settle(facts[0].Id!, "replay")).Is(404, "dead-letter.unknown");
        (await Settle(Text(strange, "id")!, "replay")).Is(422, "dead-letter.unreadable");
        (await Settle(Text(strange, "id")!, "discard", "?place=dlq")).Is(204);
        (await Settle(facts[2].Id!, "discard")).Is(204);
        await List(0);

        await _flow.RestartRelayFromTheBeginning();
        await _flow.Verify("k2", "2023-Q2", 5);
        await _flow.Contributions("k1.360731.2023-Q1=1 k1.360731.2023-Q2=2 k2.360731.2023-Q2=5");
        await _flow.AssertOnce();
    }

    [Fact]
    public async Task Of_two_facts_of_a_stream_the_later_may_be_given_up_first_and_the_earlier_is_taken_all_the_same()
    {
        await _flow.StopHost();
        await _flow.Verify("g1", "2023-Q1", 1);
        await _flow.Verify("g1", "2023-Q2", 2);
        var facts = await TakeFacts(2);
        await _flow.StopRelay();
        await Put("indicators-dlq", facts[0]);
        await Put("indicators-dlq", facts[1]);
        _flow.StartHost();
        await List(2);
        (await Settle(facts[1].Id!, "discard")).Is(204);
        (await Settle(facts[0].Id!, "replay")).Is(204);
        await _flow.Contributions("g1.360731.2023-Q1=1");

        await _flow.RestartRelayFromTheBeginning();
        await _flow.Verify("g1", "2023-Q3", 3);
        await _flow.Contributions("g1.360731.2023-Q1=1 g1.360731.2023-Q3=3");
        await _flow.AssertOnce();
    }

    [Fact]
    public async Task What_is_aside_is_sent_once_more_and_what_is_given_up_again_waits_for_somebody_and_is_not_asked_for()
    {
        await _flow.StopHost();
        await _flow.Verify("p1", "2023-Q1", 1);
        await _flow.Verify("p2", "2023-Q1", 2);
        var facts = await TakeFacts(2);
        await Put("indicators-dlq", facts[0]);
        await Put("indicators-dlq", facts[0]);
        await Put("indicators-dlq", facts[1]);
        _flow.StartHost();

        await _flow.Contributions("p2.360731.2023-Q1=2");
        var head = await _flow.Head();
        await Eventually.Get(() => _flow.Database.Value<long>("select position from edge.known where source = 'registry'"), p => p == head, "nothing is missing", 40);
        var left = await List(2); // also where what was asked for brought it once more
        Assert.Equal([("table", facts[0].Id), ("dlq", facts[1].Id)], left.Select(i => (Text(i, "place")!, Text(i, "id"))));

        await _flow.Verify("p1", "2023-Q2", 3);
        await Eventually.Get(() => _flow.Operator.Get(Path), a => a.Json.GetProperty("items")[0].GetProperty("waiting").GetInt32() == 1, "its stream waits");
        (await Settle(facts[0].Id!, "replay")).Is(204);
        (await Settle(facts[1].Id!, "replay")).Is(204); // a duplicate
        await _flow.Contributions("p1.360731.2023-Q1=1 p1.360731.2023-Q2=3 p2.360731.2023-Q1=2");
        await List(0);
        await _flow.AssertOnce();
    }

    [Fact]
    public async Task An_answer_without_a_body_leaves_the_connection_to_the_next_request()
    {
        await Put("indicators-dlq", new Message(new BasicProperties { MessageId = "strange" }, "不是事实"u8.ToArray()));
        var opened = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, stop) =>
            {
                Interlocked.Increment(ref opened);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler) { BaseAddress = _flow.Host.Http.BaseAddress };
        var caller = new Caller(http, _flow.Keys.TokenFor(new Client("operator", Client.Everywhere, null, new HashSet<string> { Roles.Operator }, [])));

        (await caller.Post($"{Path}/strange/discard", new { })).Is(204);
        for (var n = 0; n < 20; n++)
            (await caller.Get("/v1/indicators/ops/status")).Is(200);
        Assert.Equal(1, opened);
    }

    private async Task<List<JsonElement>> List(int count) => [.. (await Eventually.Get(
        () => _flow.Operator.Get(Path), a => a.Is(200).Json.GetProperty("items").GetArrayLength() == count, $"{count} dead letters")).Json.GetProperty("items").EnumerateArray()];

    private Task<Answer> Settle(string id, string how, string place = "") => _flow.Operator.Post($"{Path}/{id}/{how}{place}", new { });

    private static IEnumerable<string> Told(List<JsonElement> items) => items.Select(i => i.GetRawText()).Order(StringComparer.Ordinal);

    private static string? Text(JsonElement item, string member) => item.TryGetProperty(member, out var value) ? value.GetString() : null;

    /// <summary>Takes facts off the service's queue; what relays say about themselves is dropped.</summary>
    private Task<List<Message>> TakeFacts(int count) => _flow.OnBroker(async channel =>
    {
        var taken = new System.Collections.Concurrent.ConcurrentQueue<Message>();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, m) =>
        {
            taken.Enqueue(new Message(new BasicProperties(m.BasicProperties), m.Body.ToArray()));
            await channel.BasicAckAsync(m.DeliveryTag, false);
        };
        await Eventually.Get(() => channel.MessageCountAsync("indicators"), n => n >= count, "facts in the queue");
        await channel.BasicConsumeAsync("indicators", false, consumer);
        return await Eventually.Get(() => Task.FromResult(taken.Where(m => m.Id is not null).ToList()), f => f.Count == count, "the facts");
    });

    private Task Put(string queue, Message message) => _flow.OnBroker(async channel =>
    {
        await channel.BasicPublishAsync("", queue, mandatory: true, message.Properties, message.Body);
        return await Eventually.Get(() => channel.MessageCountAsync(queue), n => n > 0, $"it is in {queue}");
    });

    /// <summary>As the broker gives a message up.</summary>
    private Task Reject(Message message) => _flow.OnBroker(async channel =>
    {
        await channel.QueueDeclareAsync("test-poison", false, false, true, new Dictionary<string, object?> { ["x-dead-letter-exchange"] = "indicators-dlx" });
        await channel.BasicPublishAsync("", "test-poison", mandatory: true, message.Properties, message.Body);
        var got = await Eventually.Get(() => channel.BasicGetAsync("test-poison", autoAck: false), g => g is not null, "it is there");
        await channel.BasicRejectAsync(got!.DeliveryTag, requeue: false);
        return await Eventually.Get(() => channel.MessageCountAsync("indicators-dlq"), n => n > 0, "it was given up");
    });

    /// <summary>As the bus puts a faulted message away: its queue takes the arguments of the service's own.</summary>
    private async Task PutFaulted(Message message)
    {
        await _flow.OnBroker(c => c.QueueDeclareAsync("indicators_error", true, false, false, ServiceWire.Arguments("indicators")));
        var headers = new Dictionary<string, object?>(message.Properties.Headers!)
        {
            ["MT-Reason"] = "fault",
            ["MT-Fault-ExceptionType"] = "System.InvalidOperationException",
            ["MT-Fault-Message"] = "it broke",
        };
        await Put("indicators_error", message with { Properties = new BasicProperties(message.Properties) { Headers = headers } });
    }
}

using System.Text.Json.Nodes;
using Restoration.Messaging;

namespace Restoration.Contracts.Tests.AsyncApi;

/// <summary>
/// The AsyncAPI 3.0 document: the feed by polling and as a stream, webhooks, and what the services send each other over RabbitMQ. Facts,
/// exchanges and queues come from the maps the relays declare them by; what all messages have alike is said here.
/// </summary>
internal static class Document
{
    private const string Followed = "restoration.{service}.{fact}.v1";

    public static JsonObject Make() => new()
    {
        ["asyncapi"] = "3.0.0",
        ["info"] = new JsonObject
        {
            ["title"] = "Restoration: facts as they happen",
            ["version"] = "1.0.0",
            ["description"] = "Every fact of the services as a CloudEvent: polled, followed as server-sent events, or posted to subscribers; and what the services tell each other over RabbitMQ. "
                + $"A type is {Followed}; a contract only grows, another meaning is another version.",
        },
        ["defaultContentType"] = "application/cloudevents+json",
        ["servers"] = new JsonObject
        {
            ["gateway"] = new JsonObject { ["host"] = "127.0.0.1:8080", ["protocol"] = "https", ["description"] = "The one public address; http where it serves no certificate.", ["security"] = new JsonArray(Ref("#/components/securitySchemes/token")) },
            ["subscriber"] = new JsonObject { ["host"] = "subscriber.example", ["protocol"] = "https", ["description"] = "The target of a subscription." },
            ["broker"] = new JsonObject { ["host"] = "127.0.0.1:5672", ["protocol"] = "amqp", ["protocolVersion"] = "0.9.1", ["description"] = "RabbitMQ, between the services; not open to others." },
        },
        ["channels"] = Channels(),
        ["operations"] = Operations(),
        ["components"] = new JsonObject
        {
            ["messages"] = Messages(),
            ["schemas"] = Parts.Schemas(),
            ["securitySchemes"] = new JsonObject { ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "From POST /oauth/token." } },
        },
    };

    private static JsonObject Channels()
    {
        var feed = Fact.All.Where(f => f.IsInTheFeed).ToList();
        var channels = new JsonObject
        {
            ["updates"] = Channel("/v1/updates", "gateway", "The feed in its order, page by page; with wait, as soon as there is something.", feed),
            ["stream"] = Channel(
                "/v1/updates/stream", "gateway",
                "The feed live, as server-sent events: id is the sequence, event the type, data the CloudEvent on one line. Goes on from Last-Event-ID or after. "
                + "Two events have no id and end the stream: lagging (data.resume is where to go on) and reset (data.snapshot is where to start anew).", feed),
            ["webhook"] = new JsonObject
            {
                ["address"] = null,
                ["description"] = "A CloudEvent posted to the target of a subscription, signed as Standard Webhooks 1.0 has it.",
                ["servers"] = new JsonArray(Ref("#/servers/subscriber")),
                ["messages"] = new JsonObject { ["webhook"] = Ref("#/components/messages/webhook") },
            },
            ["feed"] = new JsonObject
            {
                ["address"] = FeedWire.Queue,
                ["description"] = "What leaves a service's log, in its order and in batches, to the feed.",
                ["servers"] = new JsonArray(Ref("#/servers/broker")),
                ["messages"] = new JsonObject { ["batch"] = Ref("#/components/messages/feed.batch") },
                ["bindings"] = Parts.Queue(FeedWire.Queue),
            },
        };
        foreach (var fact in Fact.All.Where(f => f.Receivers.Count > 0))
        {
            channels[fact.Name] = new JsonObject
            {
                ["address"] = fact.Type,
                ["description"] = $"{Schemas.Summary(fact.Contract)} To: {string.Join(", ", fact.Receivers)}.",
                ["servers"] = new JsonArray(Ref("#/servers/broker")),
                ["messages"] = new JsonObject { [fact.Name] = Ref($"#/components/messages/{fact.Name}.direct") },
                ["bindings"] = Parts.Exchange(fact.Type),
                ["x-queues"] = new JsonArray([.. fact.Receivers.Select(r => JsonValue.Create(r))]),
            };
        }

        return channels;
    }

    private static JsonObject Channel(string address, string server, string description, IEnumerable<Fact> facts) => new()
    {
        ["address"] = address,
        ["description"] = description,
        ["servers"] = new JsonArray(Ref($"#/servers/{server}")),
        ["messages"] = new JsonObject(facts.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)Ref($"#/components/messages/{f.Name}")))),
    };

    private static JsonObject Operations()
    {
        var operations = new JsonObject
        {
            ["pollUpdates"] = Send("updates", "Answers a page to who asks; go on with its next.", Parts.Asked("after", "types", "divisions", "subjects", "limit", "wait")),
            ["streamUpdates"] = Send("stream", "Sends to who follows, with a comment every ten seconds.", Parts.Asked("after", "types", "divisions", "subjects", "ticket")),
            ["deliverWebhook"] = Send("webhook", "Posts until it is answered 2xx, by a schedule of ten attempts over three days.", new JsonObject { ["http"] = new JsonObject { ["method"] = "POST", ["bindingVersion"] = "0.3.0" } }),
            ["relayToFeed"] = Send("feed", "Each service, of its own log."),
        };
        foreach (var fact in Fact.All.Where(f => f.Receivers.Count > 0)) operations[$"tell.{fact.Name}"] = Send(fact.Name, $"By {fact.Service}.");
        return operations;
    }

    private static JsonObject Send(string channel, string summary, JsonObject? bindings = null)
    {
        var operation = new JsonObject { ["action"] = "send", ["channel"] = Ref($"#/channels/{channel.Replace("/", "~1", StringComparison.Ordinal)}"), ["summary"] = summary };
        if (bindings is not null) operation["bindings"] = bindings;
        return operation;
    }

    private static JsonObject Messages()
    {
        var messages = new JsonObject();
        foreach (var fact in Fact.All)
        {
            messages[fact.Name] = new JsonObject
            {
                ["name"] = fact.Type,
                ["title"] = fact.Contract.Name,
                ["summary"] = Schemas.Summary(fact.Contract),
                ["contentType"] = "application/cloudevents+json",
                ["payload"] = new JsonObject
                {
                    ["allOf"] = new JsonArray(Ref("#/components/schemas/cloudEvent"), new JsonObject
                    {
                        ["properties"] = new JsonObject { ["source"] = new JsonObject { ["const"] = $"/{fact.Service}" }, ["type"] = new JsonObject { ["const"] = fact.Type }, ["data"] = Ref(fact.Schema) },
                    }),
                },
            };
            if (fact.Receivers.Count == 0) continue;
            messages[$"{fact.Name}.direct"] = new JsonObject
            {
                ["name"] = fact.Type,
                ["title"] = fact.Contract.Name,
                ["summary"] = Schemas.Summary(fact.Contract),
                ["contentType"] = "application/json",
                ["headers"] = Parts.DirectHeaders(fact),
                ["payload"] = Ref(fact.Schema),
            };
        }

        messages["webhook"] = new JsonObject
        {
            ["name"] = "webhook", ["title"] = "A fact to a subscriber", ["contentType"] = "application/cloudevents+json", ["headers"] = Ref("#/components/schemas/webhookHeaders"),
            ["payload"] = new JsonObject { ["oneOf"] = new JsonArray([.. Fact.All.Select(f => Ref($"#/components/messages/{f.Name}/payload"))]) },
        };
        messages["feed.batch"] = new JsonObject
        {
            ["name"] = "feed.batch", ["title"] = "A part of a service's log", ["contentType"] = FeedWire.BatchType, ["headers"] = Ref("#/components/schemas/batchHeaders"),
            ["payload"] = new JsonObject { ["type"] = "array", ["items"] = Ref("#/components/schemas/cloudEvent"), ["description"] = "Empty in a heartbeat." },
        };
        return messages;
    }

    internal static JsonObject Ref(string to) => new() { ["$ref"] = to };
}

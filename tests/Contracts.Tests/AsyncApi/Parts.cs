using System.Text.Json.Nodes;
using Restoration.Messaging;

namespace Restoration.Contracts.Tests.AsyncApi;

/// <summary>What messages, exchanges and requests have alike.</summary>
internal static class Parts
{
    private static readonly Dictionary<string, string> s_asked = new()
    {
        ["after"] = "A sequence: what follows it.", ["types"] = "Event types, separated by commas.", ["divisions"] = "Divisions, each with everything under it.",
        ["subjects"] = "Ids of resources.", ["limit"] = "Entries of a page at most.", ["wait"] = "Seconds to wait for something.", ["ticket"] = "Instead of a token, once.",
    };

    public static JsonObject Schemas() => new()
    {
        ["cloudEvent"] = Object(
            "A CloudEvent 1.0 with the feed's extensions.",
            ("specversion", Const("1.0"), true), ("id", Text("Of the stored event; the same however often it comes.", "uuid"), true), ("source", Text("The service, as /registry."), true),
            ("type", Text("restoration.{service}.{fact}.v1"), true), ("subject", Text("The resource it is about."), true),
            ("time", Text("The business time.", "date-time"), true), ("datacontenttype", Const("application/json"), true),
            ("sequence", Text("Its place in the feed, 20 digits: 4 of the epoch, 16 of the number. Absent between a service and the feed, and from a test event."), false),
            ("position", Text("Its position in the log of its service."), false), ("stream", Text("Its stream, in which order is kept."), false),
            ("streamversion", new() { ["type"] = "integer", ["description"] = "Its place in the stream." }, false),
            ("division", Text("The owner's division."), false), ("divisions", Text("All divisions it touches, separated by commas."), false),
            ("traceparent", Text("W3C trace context."), false), ("data", new() { ["type"] = "object", ["description"] = "The contract of its type." }, true)),
        ["batchHeaders"] = Object(
            "Which part of a log a message stands for.",
            (FeedWire.SourceHeader, Text("The service."), true), (FeedWire.EpochHeader, Number("Of its log: raised when it was restored from a backup."), true),
            (FeedWire.AfterHeader, Number("The message has all that leaves of the positions behind this one,"), true), (FeedWire.ThroughHeader, Number("up to this one."), true)),
        ["webhookHeaders"] = Object(
            "Standard Webhooks 1.0.",
            ("webhook-id", Text("The CloudEvent's id, the same at every attempt."), true), ("webhook-timestamp", Text("Of this attempt, in unix seconds."), true),
            ("webhook-signature", Text("v1,<base64 of HMAC-SHA256 over id.timestamp.body>, separated by spaces where two secrets sign."), true)),
    };

    /// <summary>The CloudEvents attributes of a fact that one service tells another, as AMQP headers.</summary>
    public static JsonObject DirectHeaders(Fact fact) => Object(
        null,
        ("MT-MessageType", Const(fact.MessageType!), true), ("cloudEvents_specversion", Const("1.0"), true), ("cloudEvents_id", Text("Of the stored event.", "uuid"), true),
        ("cloudEvents_source", Const($"/{fact.Service}"), true), ("cloudEvents_type", Const(fact.Type), true), ("cloudEvents_subject", Text("The resource it is about."), true),
        ("cloudEvents_time", Text("The business time.", "date-time"), true), ("cloudEvents_stream", Text("Its stream."), true),
        ("cloudEvents_streamversion", Number("Its place in the stream."), true), ("cloudEvents_position", Number("Its position in the log."), true),
        ("epoch", Number("Of the log."), true),
        ("previous", Text("JSON: for each receiver, the version of the stream's last fact that was meant for it; 0 where this is the first."), true),
        ("prior-{receiver}", Number("The position of the last fact before it that was meant for the receiver."), false), ("traceparent", Text("W3C trace context."), false));

    public static JsonObject Exchange(string name) => new()
    {
        ["amqp"] = new JsonObject
        {
            ["is"] = "routingKey", ["exchange"] = new JsonObject { ["name"] = name, ["type"] = "fanout", ["durable"] = true, ["autoDelete"] = false }, ["bindingVersion"] = "0.3.0",
        },
    };

    public static JsonObject Queue(string name) => new()
    {
        ["amqp"] = new JsonObject
        {
            ["is"] = "queue", ["queue"] = new JsonObject { ["name"] = name, ["durable"] = true, ["exclusive"] = false, ["autoDelete"] = false }, ["bindingVersion"] = "0.3.0",
        },
    };

    public static JsonObject Asked(params string[] parameters) => new()
    {
        ["http"] = new JsonObject
        {
            ["method"] = "GET",
            ["query"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(parameters.Select(p => KeyValuePair.Create(p, (JsonNode?)Text(s_asked[p])))) },
            ["bindingVersion"] = "0.3.0",
        },
    };

    private static JsonObject Text(string description, string? format = null)
    {
        var text = new JsonObject { ["type"] = "string" };
        if (format is not null) text["format"] = format;
        text["description"] = description;
        return text;
    }

    private static JsonObject Number(string description) => new() { ["type"] = "integer", ["description"] = description };

    private static JsonObject Const(string value) => new() { ["const"] = value };

    private static JsonObject Object(string? description, params (string Name, JsonObject Schema, bool Required)[] members)
    {
        var schema = new JsonObject { ["type"] = "object" };
        if (description is not null) schema["description"] = description;
        schema["properties"] = new JsonObject(members.Select(m => KeyValuePair.Create(m.Name, (JsonNode?)m.Schema)));
        schema["required"] = new JsonArray([.. members.Where(m => m.Required).Select(m => JsonValue.Create(m.Name))]);
        return schema;
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.ServiceDefaults;
using EventLog = Restoration.EventStore.EventLog;

namespace Restoration.Http;

/// <summary>What became of one event of a post.</summary>
/// <param name="Index">Its place in the batch, from 0.</param>
/// <param name="Status"><c>recorded</c>, <c>duplicate</c> or <c>rejected</c>.</param>
/// <param name="Position">Where the log has it; the original place for a duplicate.</param>
public sealed record EventResult(
    int Index, string? Source, string? Id, string Status, long? Position = null, string? Stream = null, long? Version = null, Problem? Problem = null);

/// <param name="Results">One for each event, in order.</param>
public sealed record BatchResult(IReadOnlyList<EventResult> Results);

/// <summary>What a handler makes of an event: the decision to take, or a refusal.</summary>
public readonly record struct Handled(Func<Streams, Refusal?>? Decide, Refusal? Refusal)
{
    public static implicit operator Handled(Refusal refusal) => new(null, refusal);
    public static implicit operator Handled(Func<Streams, Refusal?> decide) => new(decide, null);
}

/// <summary>
/// Takes CloudEvents from other systems: structured, batched or binary; each judged alone unless <c>?atomic=true</c>; only judged with
/// <c>?dryRun=true</c>. A source and id are used once, for ever.
/// </summary>
public sealed class Intake(string service, NpgsqlDataSource db, EventLog log, TimeProvider clock)
{
    public const int MostEvents = 1_000;
    public const int MostBytes = 4 << 20;

    /// <summary>The size that CloudEvents 1.0 has everybody on an event's way forward and take.</summary>
    public const int MostEventBytes = 64 << 10;
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(5);
    private static readonly ActivitySource s_source = new("Restoration.Http");
    private readonly Dictionary<string, Func<CloudEvent, HttpContext, ValueTask<Handled>>> _handlers = [];
    private readonly Sources _sources = new(db);

    public string Service => service;

    public Intake Take(string type, Func<CloudEvent, HttpContext, ValueTask<Handled>> handler)
    {
        _handlers.Add(type, handler);
        return this;
    }

    /// <summary>Whether a source is the client's; with <paramref name="take"/> one that nobody used becomes its.</summary>
    public ValueTask<bool> BelongsTo(string source, string client, bool take) => _sources.BelongsTo(source, client, take);

    /// <summary>A repeat is one, whatever its size: it may have been recorded before there was a bound.</summary>
    private async Task<bool> IsTaken(CloudEvent posted, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select exists (select from edge.inbox where source = $1 and id = $2)").With(posted.Source).With(posted.Id);
        return (bool)(await command.ExecuteScalarAsync(stop))!;
    }

    public RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("", Post)
        .Accepts<JsonElement>("application/cloudevents+json", "application/cloudevents-batch+json", "application/json")
        .Produces<EventResult>(StatusCodes.Status201Created).Produces<EventResult>().Produces<BatchResult>()
        .ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(413).ProducesProblem(415).ProducesProblem(422)
        .WithName($"{service}-post-events").WithSummary("Post events")
        .WithDescription($"CloudEvents 1.0: structured, batched (at most {MostEvents} events and {MostBytes >> 20} MiB) or binary. "
            + $"An event has at most {MostEventBytes >> 10} KiB. Types: {string.Join(", ", _handlers.Keys)}. One event answers 201, 200 for a duplicate, or a problem; a batch answers 200 with one result an event.");

    private async Task<IResult> Post(HttpContext http, bool atomic = false, bool dryRun = false)
    {
        if (http.Request.ContentLength > MostBytes)
        {
            return Problems.Of(413, "body.oversized", $"At most {MostBytes} bytes.");
        }

        var media = (http.Request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        var binary = http.Request.Headers.ContainsKey("ce-specversion");
        if (media is not ("application/cloudevents+json" or "application/cloudevents-batch+json") && !(binary && (media is "application/json" || media.EndsWith("+json", StringComparison.Ordinal))))
        {
            return Problems.Of(415, "media-type.unsupported", "Send application/cloudevents+json, application/cloudevents-batch+json, or ce- headers with a JSON body.");
        }

        var bytes = await Commands.Bytes(http);
        var faults = new List<Fault>();
        if (bytes.Length > MostBytes || Body.Parse(bytes, faults) is not { } json)
        {
            return bytes.Length > MostBytes
                ? Problems.Of(413, "body.oversized", $"At most {MostBytes} bytes.")
                : Problems.Of(Refusal.Malformed("body.malformed", "The body does not have the right form.", faults));
        }

        if (media == "application/cloudevents-batch+json")
        {
            return json.ValueKind != JsonValueKind.Array
                ? Problems.Of(Refusal.Malformed("batch.malformed", "A batch is a JSON array."))
                : json.GetArrayLength() > MostEvents
                    ? Problems.Of(413, "batch.oversized", $"At most {MostEvents} events.")
                    : await Batch(http, json, atomic, dryRun);
        }

        var one = media == "application/cloudevents+json" ? CloudEvents.Read(json, "#", faults) : CloudEvents.Read(http.Request.Headers, json, faults);
        var item = await Item.Of(this, http, one, faults, bytes.Length, dryRun);
        var outcome = await Carry(http, [item], dryRun ? Together.DryRun : Together.No);
        http.Response.Headers.XPosition(http, outcome[0].Position ?? 0);
        return outcome[0] switch
        {
            { Problem: not null } => item.Refusal ?? throw new InvalidOperationException("A rejected event has no refusal."),
            { Status: "recorded" } created when !dryRun => Results.Json(created, HttpJson.Api.EventResult, statusCode: 201),
            var same => Results.Json(same, HttpJson.Api.EventResult),
        };
    }

    private async Task<IResult> Batch(HttpContext http, JsonElement json, bool atomic, bool dryRun)
    {
        var items = new List<Item>(json.GetArrayLength());
        foreach (var element in json.EnumerateArray())
        {
            var faults = new List<Fault>();
            items.Add(await Item.Of(this, http, CloudEvents.Read(element, "#", faults), faults, JsonMarshal.GetRawUtf8Value(element).Length, dryRun));
        }

        var together = dryRun ? Together.DryRun : atomic ? Together.AllOrNothing : Together.No;
        var results = await Carry(http, items, together);
        http.Response.Headers.XPosition(http, results.Max(r => r.Position) ?? 0);
        return Results.Json(new BatchResult(results), HttpJson.Api.BatchResult, statusCode: atomic && results.Any(r => r.Status == "rejected") ? 422 : 200);
    }

    private async Task<EventResult[]> Carry(HttpContext http, IReadOnlyList<Item> items, Together together)
    {
        var sound = items.Where(i => i.Work is not null).ToList();
        if (together == Together.AllOrNothing && sound.Count < items.Count)
        {
            sound.ForEach(i => i.Refuse(Refusal.Conflict("batch.undone", "Another event of this batch was refused, and the batch is all or nothing.")));
            sound.Clear();
        }

        var outcomes = sound.Count == 0 ? [] : await log.Write([.. sound.Select(i => i.Work!)], together);
        for (var i = 0; i < outcomes.Length; i++)
        {
            sound[i].Outcome = outcomes[i];
            if (outcomes[i].Refusal is { } refusal)
            {
                sound[i].Refuse(refusal);
            }
        }

        EventResult[] results = [.. items.Select((item, index) => item.Result(http, index))];
        if (together != Together.DryRun && results.Any(r => r.Problem is not null))
        {
            await Rejected.Keep(
                db, http.Client().Id, [.. results.Where(r => r.Problem is not null).Select(r => (items[r.Index].Event, r.Index, r.Problem!))], http.RequestAborted);
        }

        return results;
    }

    /// <summary>One event on its way through the intake.</summary>
    private sealed class Item
    {
        public CloudEvent? Event { get; private init; }
        public Work? Work { get; private set; }
        public Outcome? Outcome { get; set; }
        public ProblemResult? Refusal { get; private set; }

        public void Refuse(Refusal refusal) => Refuse(Problems.Of(refusal));

        private void Refuse(ProblemResult problem) => (Work, Refusal) = (null, problem);

        public static async Task<Item> Of(Intake intake, HttpContext http, CloudEvent? posted, List<Fault> faults, int bytes, bool dryRun)
        {
            var item = new Item { Event = posted };
            if (posted is not null && bytes > MostEventBytes && !await intake.IsTaken(posted, http.RequestAborted))
            {
                item.Refuse(Problems.Of(413, "event.oversized", $"At most {MostEventBytes} bytes: pictures and long texts are kept as evidence, and the event names them."));
                return item;
            }

            var handled = await intake.Handle(http, posted, faults, dryRun);
            if (handled.Refusal is { } refusal)
            {
                item.Refuse(refusal);
                return item;
            }

            using var activity = posted!.Traceparent is { } trace && ActivityContext.TryParse(trace, null, true, out var parent)
                ? s_source.StartActivity("take event", ActivityKind.Consumer, parent) ?? new Activity("take event").SetParentId(trace).Start() // also when nobody listens
                : null;
            item.Work = new Work
            {
                Decide = handled.Decide!,
                Claim = new Claim(posted.Source, posted.Id, posted.ContentHash),
                Headers = Traces.Headers(posted.Source, posted.Id, posted.Extensions.Count == 0 ? null : posted.Extensions),
                Correlation = Traces.Correlation,
                Causation = posted.Id,
                Bytes = bytes,
            };
            return item;
        }

        public EventResult Result(HttpContext http, int index) => (Refusal, Outcome) switch
        {
            ({ } refusal, _) => new EventResult(index, Event?.Source, Event?.Id, "rejected", Problem: refusal.For(http)),
            (_, { } outcome) => new EventResult(
                index, Event!.Source, Event.Id, outcome.Kind == OutcomeKind.Duplicate ? "duplicate" : "recorded",
                outcome.Position > 0 ? outcome.Position : null, outcome.Stream, outcome.Stream is null ? null : outcome.Version),
            _ => throw new InvalidOperationException("An event has neither an outcome nor a refusal."),
        };
    }

    private async ValueTask<Handled> Handle(HttpContext http, CloudEvent? posted, List<Fault> faults, bool dryRun)
    {
        if (posted is null)
        {
            return Refusal.Malformed("event.malformed", "This is not a CloudEvent as it should be.", faults);
        }

        if (!_handlers.TryGetValue(posted.Type, out var handler))
        {
            return Refusal.Invalid("event.type-unknown", $"The types taken here are {string.Join(", ", _handlers.Keys)}.");
        }

        if (posted.Time > clock.GetUtcNow() + s_skew)
        {
            return Refusal.Invalid("event.in-future", "The time of an event is when it happened.", new Fault("#/time", "This is in the future."));
        }

        // The handler first: what it refuses must not take a source from the client whose it is.
        var handled = await handler(posted, http);
        return handled.Refusal is not null || await _sources.BelongsTo(posted.Source, http.Client().Id, take: !dryRun)
            ? handled
            : Refusal.Forbidden("source.foreign", "This source belongs to another client, which used it first.");
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.ServiceDefaults;
using Restoration.Updates.Feed;

namespace Restoration.Updates.Webhooks;

public static class SubscriptionEndpoints
{
    private const string Path = "/v1/updates/subscriptions";
    private static readonly SemaphoreSlim s_pings = new(8);

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var hooks = routes.MapGroup(Path).WithTags("Webhooks").RefusingUnknownParameters();
        hooks.AddOpenApiOperationTransformer(WebhookDocument.Describe);
        hooks.MapPost("", Create).Accepts<Subscribe>("application/json").Produces<Subscription>(201).WithName("subscribe")
            .WithSummary("Have entries of the feed posted to a target. The answer shows the secret, once.");
        hooks.MapGet("", List).Produces<Page<Subscription>>().WithName("listSubscriptions").WithSummary("The client's own; the operator's answer has all.");
        hooks.MapGet("/{id}", Get).Produces<Subscription>().ProducesProblem(404).WithName("getSubscription").WithSummary("One subscription.");
        hooks.MapPatch("/{id}", Patch).Accepts<SubscriptionChange>("application/json").Produces<Subscription>()
            .ProducesProblem(422).ProducesProblem(428).WithName("changeSubscription")
            .WithSummary("Change target, filters or order; needs If-Match. Entries dispatched already stay as they are.");
        hooks.MapDelete("/{id}", Delete).Produces(204).WithName("unsubscribe").WithSummary("End it; what waits is not delivered any more.");
        hooks.MapPost("/{id}/pause", Pause).Accepts<Nothing>("application/json").Produces<Subscription>().WithName("pauseSubscription")
            .WithSummary("Stop deliveries; what matches waits in the feed.");
        hooks.MapPost("/{id}/resume", Resume).Accepts<Nothing>("application/json").Produces<Subscription>().WithName("resumeSubscription")
            .WithSummary("Go on after a pause, a failure or a 410, with everything since.");
        hooks.MapPost("/{id}/rotate", Rotate).Accepts<Nothing>("application/json").Produces<Subscription>().WithName("rotateSecret")
            .WithSummary("A new secret, shown once; the old one signs beside it for a day.");
        hooks.MapPost("/{id}/replay", Replay).Accepts<Replay>("application/json").Produces<Subscription>().WithName("replaySubscription")
            .WithSummary("Deliver again everything that matches behind a sequence of the feed.");
        hooks.MapPost("/{id}/ping", Ping).Accepts<Nothing>("application/json").Produces<PingResult>().WithName("pingSubscription")
            .WithSummary("Send a test event now, and answer what the target said. It is not tried again.");
        hooks.MapDeliveries();
    }

    private static async Task<IResult> Create(HttpContext http, Replies replies, OutboundGuard guard, Seal seal, WebhookOptions options, TimeProvider clock) =>
        await replies.Once(http, WebhookJson.Api.Subscribe, async (wish, connection) =>
        {
            var client = http.Client();
            if (await Wrong(guard, wish.Target, wish.Types, wish.Divisions, wish.Subjects, wish.Id, http.RequestAborted) is { } refusal) return refusal;
            if (await Subscriptions.CountOf(connection, client.Id, http.RequestAborted) >= options.PerClient)
                return Refusal.Conflict("subscription.too-many", $"A client has at most {options.PerClient} subscriptions.");
            var secret = Signature.NewSecret();
            var id = wish.Id ?? $"sub-{Guid.CreateVersion7(clock.GetUtcNow()):n}";
            return await Subscriptions.Add(connection, id, client, wish, seal.Close(secret), http.RequestAborted) is { } added
                ? new Outcome<Subscription>(added with { Secret = secret }, added.Version, Location: $"{Path}/{id}")
                : Refusal.Conflict("subscription.exists", $"There is a subscription {id} already.");
        }, WebhookJson.Api.Subscription);

    private static async Task<IResult> List(HttpContext http, NpgsqlDataSource database, string? cursor, int? limit)
    {
        if (Lists.Begin(http, cursor, limit, keys: 1, out var after) is { } refusal) return Problems.Of(refusal);
        await using var command = database.CreateCommand(
            $"select {Subscription.Columns} from webhooks.subscriptions where id > $1 and ($2::text is null or client = $2) order by id limit $3")
            .With(after?[0] ?? "").With(http.Client().Has(Roles.Operator) ? null : http.Client().Id);
        return await Lists.Of(http, command, limit, Subscription.Read, s => [s.Id], WebhookJson.Api.PageSubscription);
    }

    private static async Task<IResult> Get(HttpContext http, NpgsqlDataSource database, string id)
    {
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        var found = await Subscriptions.Find(connection, id, "", http.RequestAborted);
        return Subscriptions.Refuses(http, found) is { } refusal ? Problems.Of(refusal) : Lists.Resource(http, found, found!.Version, WebhookJson.Api.Subscription);
    }

    private static async Task<IResult> Patch(HttpContext http, NpgsqlDataSource database, OutboundGuard guard, string id)
    {
        if (http.Request.Headers.IfMatch.Count == 0)
            return Problems.Of(StatusCodes.Status428PreconditionRequired, "precondition.required", "Send If-Match with the ETag that was read.");
        var faults = new List<Fault>();
        if (Replies.Read(await Commands.Bytes(http), WebhookJson.Api.SubscriptionChange, faults) is not { } change) return Replies.Malformed(faults);
        if (await Wrong(guard, change.Target, change.Types, change.Divisions, change.Subjects, null, http.RequestAborted) is { } wrong) return Problems.Of(wrong);
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if ((await Subscriptions.Take(http, connection, id)).Refusal is { } refusal) return Problems.Of(refusal);
        var changed = await Subscriptions.Change(connection, id, change, http.RequestAborted);
        var head = await SubscriptionFacts.Head(connection, http.RequestAborted);
        await transaction.CommitAsync(CancellationToken.None);
        http.Response.Headers["X-Position"] = $"updates:{head}";
        http.Response.Headers.ETag = Preconditions.Tag(changed.Version);
        return Results.Json(changed, WebhookJson.Api.Subscription);
    }

    private static async Task<IResult> Delete(HttpContext http, NpgsqlDataSource database, string id)
    {
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        if ((await Subscriptions.Take(http, connection, id)).Refusal is { } refusal) return Problems.Of(refusal);
        await Subscriptions.Remove(connection, id, http.RequestAborted);
        var head = await SubscriptionFacts.Head(connection, http.RequestAborted);
        await transaction.CommitAsync(CancellationToken.None);
        http.Response.Headers["X-Position"] = $"updates:{head}";
        return Results.NoContent();
    }

    private static Task<IResult> Pause(HttpContext http, Replies replies, string id) => Command(http, replies, id, async (s, connection) => s.State switch
    {
        SubscriptionState.Paused => s,
        SubscriptionState.Disabled => Refusal.Conflict("subscription.disabled", "Its target answered 410; resume it when it is there again."),
        _ => await Subscriptions.Stop(connection, id, SubscriptionState.Paused, null, http.RequestAborted),
    });

    private static Task<IResult> Resume(HttpContext http, Replies replies, Sender sender, TimeProvider clock, string id) => Command(http, replies, id, async (s, connection) =>
    {
        if (s.State == SubscriptionState.Active) return s;
        var resumed = await Subscriptions.Resume(connection, id, http.RequestAborted);
        if (s.Reason is not null) await SubscriptionFacts.Tell(connection, resumed, SubscriptionFacts.Resumed, clock, http.RequestAborted);
        sender.Forgive(id);
        return resumed;
    });

    private static Task<IResult> Rotate(HttpContext http, Replies replies, Seal seal, WebhookOptions options, TimeProvider clock, string id) =>
        Command(http, replies, id, async (_, connection) =>
        {
            var secret = Signature.NewSecret();
            var rotated = await Subscriptions.Rotate(connection, id, seal.Close(secret), clock.GetUtcNow() + options.Rotation, http.RequestAborted);
            return rotated with { Secret = secret };
        });

    private static Task<IResult> Replay(HttpContext http, Replies replies, string id) =>
        replies.Once(http, WebhookJson.Api.Replay, async (wish, connection) =>
        {
            var (found, refusal) = await Subscriptions.Take(http, connection, id);
            if (refusal is not null) return refusal;
            if (!Sequence.TryParse(wish.After, out var after))
                return Refusal.Invalid("sequence.malformed", "A sequence is one of the feed.", new Fault("#/after", $"A sequence has {Sequence.Length} digits."));
            var head = await FeedReader.HeadAsync(connection, http.RequestAborted);
            if (head.WhyNot(after) is not null)
                return Refusal.Conflict("sequence.out-of-reach", $"The feed keeps what follows {head.Oldest}, and has come to {head.Now}.");
            var replayed = await Subscriptions.Replay(connection, id, after.Number, http.RequestAborted);
            return new Outcome<Subscription>(replayed, replayed.Version);
        }, WebhookJson.Api.Subscription);

    private static async Task<IResult> Ping(HttpContext http, Replies replies, Sender sender, string id)
    {
        // Each holds a connection for as long as the target takes.
        if (!await s_pings.WaitAsync(0, http.RequestAborted)) return Problems.TooMany("Other test events are under way.", TimeSpan.FromSeconds(5));
        try
        {
            return await replies.Once(http, WebhookJson.Api.Nothing, async (_, connection) =>
            {
                var found = await Subscriptions.Find(connection, id, "", http.RequestAborted);
                return Subscriptions.Refuses(http, found) is { } refusal ? refusal
                    : new Outcome<PingResult>(await sender.Ping(connection, id, http.RequestAborted), 0);
            }, WebhookJson.Api.PingResult);
        }
        finally
        {
            s_pings.Release();
        }
    }

    private readonly record struct Acted(Subscription? Subscription, Refusal? Refusal)
    {
        public static implicit operator Acted(Subscription subscription) => new(subscription, null);
        public static implicit operator Acted(Refusal refusal) => new(null, refusal);
    }

    private static Task<IResult> Command(HttpContext http, Replies replies, string id, Func<Subscription, NpgsqlConnection, Task<Acted>> act) =>
        replies.Once(http, WebhookJson.Api.Nothing, async (_, connection) =>
        {
            var (found, refusal) = await Subscriptions.Take(http, connection, id);
            if (refusal is not null) return refusal;
            var (changed, refused) = await act(found!, connection);
            return refused is not null ? refused : new Outcome<Subscription>(changed, changed!.Version);
        }, WebhookJson.Api.Subscription);

    private static async Task<Refusal?> Wrong(
        OutboundGuard guard, string? target, IReadOnlyList<string>? types, IReadOnlyList<string>? divisions, IReadOnlyList<string>? subjects, string? id,
        CancellationToken stop)
    {
        List<Fault> faults = [.. Subscriptions.Faults(types, divisions, subjects)];
        if (id is not null && !Slug.Is(id)) faults.Add(new("#/id", Slug.Form));
        return faults.Count > 0 ? Refusal.Invalid("subscription.invalid", "The subscription breaks rules.", faults)
            : target is null ? null : await guard.Check(target, stop);
    }
}

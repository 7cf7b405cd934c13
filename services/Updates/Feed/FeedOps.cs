using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Messaging;
using Restoration.ServiceDefaults;
using Restoration.Updates.Webhooks;

namespace Restoration.Updates.Feed;

/// <summary>The feed as its operator sees it.</summary>
/// <param name="Last">The sequence of its last entry; <paramref name="KeptAfter"/> of the last one that is no longer kept.</param>
/// <param name="Sources">How far the log of each source is in it.</param>
/// <param name="Subscriptions">How many there are, by state; <paramref name="Due"/>: lanes whose next delivery should be under way.</param>
/// <param name="Queued">Messages of the sources that wait to be taken in; absent with <paramref name="DeadLetters"/> where the broker is out of reach.</param>
public sealed record FeedStatus(
    string Last, string KeptAfter, IReadOnlyList<FeedSource> Sources, IReadOnlyDictionary<string, long> Subscriptions, long Due, long? Queued, long? DeadLetters);

public sealed record FeedSource(string Source, long Epoch, long Position);

/// <summary>A message of a source that could not be read. The source sends it again until it can be.</summary>
/// <param name="Reason">What is wrong with it, as it is read today; empty where it could be by now.</param>
/// <param name="Text">The beginning of it.</param>
public sealed record FeedDeadLetter(string Id, string Reason, int Bytes, string Text);

public sealed record FeedDeadLetters(IReadOnlyList<FeedDeadLetter> Items);

public static class FeedOps
{
    private const int MostLetters = 100, MostBytes = 32 << 20, LongestText = 2_000;

    public static void MapFeedOps(this IEndpointRouteBuilder routes)
    {
        var ops = routes.MapGroup("/v1/updates/ops").WithTags("operations").RequireRoles(Roles.Operator).RefusingUnknownParameters();
        ops.AddOpenApiOperationTransformer(WebhookDocument.Describe);
        ops.MapGet("/status", Status).Produces<FeedStatus>().WithName("getFeedStatus").WithSummary("Positions of the feed, its sources and its queue.");
        ops.MapGet("/dead-letters", async (HttpContext http, NpgsqlDataSource database, FeedOptions options, IConfiguration configuration) => Results.Json(
                new FeedDeadLetters(await Visit(database, options, configuration, letters => Task.FromResult(letters.ConvertAll(l => l.Seen)), http.RequestAborted)),
                WebhookJson.Api.FeedDeadLetters))
            .Produces<FeedDeadLetters>().WithName("listFeedDeadLetters").WithSummary($"Messages that could not be read, the oldest first; at most {MostLetters}.");
        ops.MapPost("/dead-letters/{id}/replay", (HttpContext http, Replies replies, NpgsqlDataSource database, FeedOptions options, IConfiguration configuration, string id) =>
                Settle(http, replies, database, options, configuration, id, again: true))
            .Accepts<Nothing>("application/json").Produces<FeedDeadLetter>().WithName("replayFeedDeadLetter").WithSummary("Take it in again.");
        ops.MapPost("/dead-letters/{id}/discard", (HttpContext http, Replies replies, NpgsqlDataSource database, FeedOptions options, IConfiguration configuration, string id) =>
                Settle(http, replies, database, options, configuration, id, again: false))
            .Accepts<Nothing>("application/json").Produces<FeedDeadLetter>().WithName("discardFeedDeadLetter").WithSummary("Give it up; what it stood for its source sends again.");
    }

    private static async Task<IResult> Status(HttpContext http, NpgsqlDataSource database, FeedReader reader, FeedOptions options, IConfiguration configuration)
    {
        var head = await reader.HeadAsync(http.RequestAborted);
        var (sources, subscriptions, due) = (new List<FeedSource>(), new Dictionary<string, long>(), 0L);
        await using var command = database.CreateCommand(
            """
            select source, epoch, position, null::text, null::bigint from feed.sources
            union all select null, null, null, state, count(*) from webhooks.subscriptions group by state
            union all select null, null, null, null, count(*) from webhooks.lanes l join webhooks.subscriptions s on s.id = l.subscription where s.state = 'active' and l.due <= now()
            order by 1, 4
            """);
        await using var rows = await command.ExecuteReaderAsync(http.RequestAborted);
        while (await rows.ReadAsync(http.RequestAborted))
        {
            if (!rows.IsDBNull(0)) sources.Add(new(rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2)));
            else if (!rows.IsDBNull(3)) subscriptions[rows.GetString(3)] = rows.GetInt64(4);
            else due = rows.GetInt64(4);
        }
        var (queued, dead) = await Depths(options, configuration, http.RequestAborted);
        return Results.Json(new FeedStatus(head.Now.ToString(), head.Oldest.ToString(), sources, subscriptions, due, queued, dead), WebhookJson.Api.FeedStatus);
    }

    private static async Task<(long? Queued, long? DeadLetters)> Depths(FeedOptions options, IConfiguration configuration, CancellationToken stop)
    {
        try
        {
            await using var connection = await Connect(configuration, stop);
            await using var channel = await connection.CreateChannelAsync(cancellationToken: stop);
            return (await channel.MessageCountAsync(options.Queue, stop), await channel.MessageCountAsync(FeedWire.DeadLettersOf(options.Queue), stop));
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException)
        {
            return (null, null);
        }
    }

    private static Task<IResult> Settle(HttpContext http, Replies replies, NpgsqlDataSource database, FeedOptions options, IConfiguration configuration, string id, bool again) =>
        replies.Once(http, WebhookJson.Api.Nothing, async (_, _) => await Visit(database, options, configuration, async letters =>
        {
            if (letters.Find(l => l.Seen.Id == id) is not { } letter) return Refusal.NotFound("dead-letter.unknown", "There is no dead letter with this id.");
            await (again ? letter.Again() : letter.Gone());
            return new Outcome<FeedDeadLetter>(letter.Seen, 0);
        }, http.RequestAborted), WebhookJson.Api.FeedDeadLetter);

    private sealed record Kept(FeedDeadLetter Seen, Func<Task> Again, Func<Task> Gone);

    /// <summary>Looking takes nothing away: what was not settled goes back when the look is over.</summary>
    private static async Task<T> Visit<T>(NpgsqlDataSource database, FeedOptions options, IConfiguration configuration, Func<List<Kept>, Task<T>> act, CancellationToken stop)
    {
        // Messages in one hand are hidden from another: one looks at a time, of all replicas.
        await using var turn = await database.OpenConnectionAsync(stop);
        await using var held = await turn.BeginTransactionAsync(stop);
        await using var wait = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('dead-letters', 0))", turn);
        await wait.ExecuteNonQueryAsync(stop);
        try
        {
            await using var connection = await Connect(configuration, stop);
            await using var channel = await connection.CreateChannelAsync(new(true, true), stop);
            var letters = new List<Kept>();
            for (var bytes = 0; letters.Count < MostLetters && bytes < MostBytes && await channel.BasicGetAsync(FeedWire.DeadLettersOf(options.Queue), autoAck: false, stop) is { } message;)
            {
                var body = message.Body.ToArray(); // the client takes its buffer back
                bytes += body.Length;
                letters.Add(new(
                    Show(message.BasicProperties.Headers, body),
                    async () =>
                    {
                        await channel.BasicPublishAsync("", options.Queue, mandatory: true, new BasicProperties(message.BasicProperties), body, CancellationToken.None);
                        await channel.BasicAckAsync(message.DeliveryTag, multiple: false, CancellationToken.None);
                    },
                    () => channel.BasicAckAsync(message.DeliveryTag, multiple: false, CancellationToken.None).AsTask()));
            }
            return await act(letters);
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException)
        {
            throw new UnavailableException("The broker is out of reach.", TimeSpan.FromSeconds(5), e);
        }
    }

    private static FeedDeadLetter Show(IDictionary<string, object?>? headers, byte[] body)
    {
        var (reason, names) = ("", "");
        try
        {
            var batch = SourceBatch.Read(headers, body);
            names = $"{batch.Source} {batch.Epoch} {batch.After} {batch.Through} ";
        }
        catch (FormatException e)
        {
            reason = e.Message;
        }
        var text = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, LongestText)));
        return new(Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(names), .. body]).AsSpan(0, 16)), reason, body.Length, text);
    }

    private static Task<IConnection> Connect(IConfiguration configuration, CancellationToken stop) => new ConnectionFactory
    {
        Uri = new(configuration.Required("broker")), ClientProvidedName = "updates-ops", AutomaticRecoveryEnabled = false,
    }.CreateConnectionAsync(stop);
}

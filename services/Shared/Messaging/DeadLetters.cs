using System.Text.Json;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>A fact that could not be taken.</summary>
/// <param name="Place">
/// Where it lies: the service's own <c>table</c>, or a queue of the broker: <c>dlq</c> (it killed the process, or came too often),
/// <c>error</c>, <c>skipped</c>.
/// </param>
/// <param name="Id">Of the fact; of a message that is none, its own or a hash.</param>
/// <param name="Reason">The refusal's code and detail, the kind of failure, or what the broker says.</param>
/// <param name="Waiting">How many facts of its stream wait behind one of the table.</param>
/// <param name="Data">What the fact says; the beginning of the text where it cannot be read as a fact, and can only be discarded.</param>
public sealed record DeadLetter(
    string Place, string Id, string? Source, string? Stream, long? Version, string? Type, string Reason, DateTimeOffset? Died, long? Waiting,
    JsonElement Data);

/// <summary>How a service stands towards the others.</summary>
/// <param name="Known">Per source: the position below which nothing meant for this service is missing.</param>
public sealed record ReceiverStatus(IReadOnlyDictionary<string, long> Known, long Parked, long DeadLetters);

/// <summary>The dead letters of a service: listed, taken again, given up.</summary>
public sealed class DeadLetters(NpgsqlDataSource db, Receiver receiver, Aside aside)
{
    private const string Table = "table";
    private const int MostRead = 500;
    private static readonly Refusal s_unreadable = Refusal.Invalid("dead-letter.unreadable", "This is no fact that could be taken; it can be discarded.");
    private static readonly Refusal s_unknown = Refusal.NotFound("dead-letter.unknown", "There is no dead letter with this id.");

    /// <summary>Answers with them the places that could not be looked at.</summary>
    public async Task<(List<DeadLetter> Letters, string[]? Unread)> List(int limit, CancellationToken stop)
    {
        var letters = await OfTable(limit, stop);
        try
        {
            letters.AddRange(await aside.Visit(Aside.Places, limit - letters.Count, kept => Task.FromResult(kept.Select(k => k.Seen).ToList()), stop));
            return (letters, null);
        }
        catch (UnavailableException)
        {
            return (letters, Aside.Places);
        }
    }

    /// <summary>Takes it again; where that fails it is in the table, with its new reason.</summary>
    public Task<Refusal?> Replay(string id, string? place, CancellationToken stop) => Settle(id, place, receiver.Retry, receiver.Take, s_unreadable, stop);

    /// <summary>Gives it up for good; what waits behind it goes on.</summary>
    public Task<Refusal?> Discard(string id, string? place, CancellationToken stop) => Settle(id, place, receiver.Discard, receiver.Discard, null, stop);

    private async Task<Refusal?> Settle(
        string id, string? place, Func<Letter, CancellationToken, Task> inTable, Func<Letter, CancellationToken, Task> atBroker, Refusal? unreadable,
        CancellationToken stop)
    {
        if (place is not (null or Table) && !Aside.Places.Contains(place))
            return Refusal.Malformed("parameter.malformed", $"place is one of {Table}, {string.Join(", ", Aside.Places)}.");
        if (place is null or Table && Guid.TryParse(id, out var guid) && await Find(guid, stop) is { } letter)
        {
            await inTable(letter, stop);
            return null;
        }

        return place is Table ? s_unknown : await aside.Visit(
            place is null ? Aside.Places : [place], MostRead,
            async kept =>
            {
                var meant = kept.Where(k => k.Seen.Id == id).ToList();
                foreach (var one in meant)
                {
                    if (one.Letter is { } fact)
                        await atBroker(fact, stop);
                    else if (unreadable is not null)
                        return unreadable;
                    await one.Settled();
                }

                return meant.Count == 0 ? s_unknown : null;
            },
            stop);
    }

    private async Task<List<DeadLetter>> OfTable(int limit, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            """
            select d.id, d.source, d.stream, d.version, d.type, d.reason, d.died, d.letter->'data',
                (select count(*) from edge.parked p where p.source = d.source and p.stream = d.stream and p.version > d.version)
            from edge.dead_letters d order by d.died, d.id limit $1
            """).With(limit);
        var letters = new List<DeadLetter>();
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            letters.Add(new DeadLetter(
                Table, reader.GetGuid(0).ToString(), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4), reader.GetString(5),
                reader.GetFieldValue<DateTimeOffset>(6), reader.GetInt64(8), JsonSerializer.Deserialize<JsonElement>(reader.GetFieldValue<byte[]>(7))));
        }

        return letters;
    }

    public async Task<ReceiverStatus> Status(CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            "select (select count(*) from edge.parked), (select count(*) from edge.dead_letters), (select coalesce(jsonb_object_agg(source, position), '{}') from edge.known)");
        await using var reader = await command.ExecuteReaderAsync(stop);
        await reader.ReadAsync(stop);
        return new ReceiverStatus(
            JsonSerializer.Deserialize(reader.GetFieldValue<byte[]>(2), LetterJson.Default.DictionaryStringInt64)!, reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task<Letter?> Find(Guid id, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select letter from edge.dead_letters where id = $1").With(id);
        return await command.ExecuteScalarAsync(stop) is string json ? JsonSerializer.Deserialize(json, LetterJson.Default.Letter) : null;
    }
}

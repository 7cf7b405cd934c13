using System.Text.Json;
using Npgsql;

namespace Restoration.Messaging;

/// <summary>A fact that could not be taken.</summary>
/// <param name="Reason">The refusal's code and detail, or the kind of failure.</param>
/// <param name="Waiting">How many facts of its stream wait behind it.</param>
public sealed record DeadLetter(
    Guid Id, string Source, string Stream, long Version, string Type, string Reason, DateTimeOffset Died, long Waiting, JsonElement Data);

/// <summary>How a service stands towards the others.</summary>
/// <param name="Known">Per source: the position below which nothing meant for this service is missing.</param>
public sealed record ReceiverStatus(IReadOnlyDictionary<string, long> Known, long Parked, long DeadLetters);

/// <summary>The dead letters of a service: listed, taken again, given up.</summary>
public sealed class DeadLetters(NpgsqlDataSource db, Receiver receiver)
{
    public async Task<List<DeadLetter>> List(int limit, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            """
            select d.id, d.source, d.stream, d.version, d.type, d.reason, d.died, d.letter->'data',
                (select count(*) from edge.parked p where p.source = d.source and p.stream = d.stream and p.version > d.version)
            from edge.dead_letters d order by d.died, d.id limit $1
            """);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        var letters = new List<DeadLetter>();
        await using var reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            letters.Add(new DeadLetter(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4), reader.GetString(5),
                reader.GetFieldValue<DateTimeOffset>(6), reader.GetInt64(8), JsonSerializer.Deserialize<JsonElement>(reader.GetFieldValue<byte[]>(7))));
        }

        return letters;
    }

    /// <summary>Takes it again; it stays with its new reason when that fails. False where there is none with this id.</summary>
    public async Task<bool> Replay(Guid id, CancellationToken stop)
    {
        if (await Find(id, stop) is not { } letter)
        {
            return false;
        }

        await receiver.Retry(letter, stop);
        return true;
    }

    /// <summary>Gives it up for good; what waits behind it goes on. False where there is none with this id.</summary>
    public async Task<bool> Discard(Guid id, CancellationToken stop)
    {
        if (await Find(id, stop) is not { } letter)
        {
            return false;
        }

        await receiver.Discard(letter, stop);
        return true;
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
        await using var command = db.CreateCommand("select letter from edge.dead_letters where id = $1");
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = id });
        return await command.ExecuteScalarAsync(stop) is string json ? JsonSerializer.Deserialize(json, LetterJson.Default.Letter) : null;
    }
}

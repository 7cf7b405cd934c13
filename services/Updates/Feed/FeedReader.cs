using Npgsql;

namespace Restoration.Updates.Feed;

/// <summary>Where the feed is: its epoch, its last entry, and the last one that is no longer kept.</summary>
public sealed record FeedHead(int Epoch, long Last, long KeptAfter)
{
    public Sequence Now => new(Epoch, Last);

    public Sequence Oldest => new(Epoch, KeptAfter);

    /// <summary>Why one cannot go on from there without missing something; null when one can.</summary>
    public string? WhyNot(Sequence after) => after switch
    {
        _ when after.Epoch != Epoch => "epoch",
        _ when after.Number > Last => "ahead",
        _ when after.Number < KeptAfter => "expired",
        _ => null,
    };
}

/// <summary>A part of the feed.</summary>
/// <param name="Entries">The entries asked for, among all from a place up to <paramref name="Examined"/>.</param>
/// <param name="Examined">Where to go on. No entry up to here is ever added, so the page is the same for ever unless it is open.</param>
/// <param name="Open">There was nothing more yet.</param>
public sealed record FeedPage(IReadOnlyList<Entry> Entries, Sequence Examined, bool Open);

/// <summary>Reads the feed from the database.</summary>
public sealed class FeedReader(NpgsqlDataSource db)
{
    /// <summary>Numbers one page examines at most, so that a filter that matches little still answers soon and moves on.</summary>
    public const int Window = 20_000;

    /// <summary>What one page may weigh. It ends with the entry that reaches it, however many were asked for.</summary>
    public const int MostBytes = 4 << 20;

    private const string Columns = "number, type, subject, scope, body";

    public async Task<FeedHead> HeadAsync(CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        return await HeadAsync(connection, stop);
    }

    public static async Task<FeedHead> HeadAsync(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand("select epoch, last, kept_after from feed.head", connection);
        await using var rows = await command.ExecuteReaderAsync(stop);
        await rows.ReadAsync(stop);
        return new(rows.GetInt32(0), rows.GetInt64(1), rows.GetInt64(2));
    }

    /// <summary>
    /// The page after a place of the feed as it was at <paramref name="head"/>; null when what follows that place is no longer kept by the
    /// time it was read.
    /// </summary>
    public async Task<FeedPage?> PageAsync(FeedHead head, long after, FeedFilter filter, int limit, CancellationToken stop)
    {
        var through = Math.Min(head.Last, after + Window);
        if (after >= through) return new([], new(head.Epoch, after), Open: true);
        var read = new NpgsqlBatchCommand();
        var where = filter.Where(read.Parameters, 4);
        read.CommandText = $"select {Columns} from feed.entries where number > $1 and number <= $2{where} order by number limit $3";
        read.Parameters.Insert(0, new() { Value = after });
        read.Parameters.Insert(1, new() { Value = through });
        read.Parameters.Insert(2, new() { Value = limit });
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { read, new("select kept_after <= $1 from feed.head") } };
        batch.BatchCommands[1].Parameters.Add(new() { Value = after });
        await using var rows = await batch.ExecuteReaderAsync(stop);
        var (entries, cut) = await ReadAsync(rows, head.Epoch, stop);
        await rows.NextResultAsync(stop);
        await rows.ReadAsync(stop);
        if (!rows.GetBoolean(0)) return null;
        var full = cut || entries.Count == limit;
        return new(entries, full ? entries[^1].Sequence : new(head.Epoch, through), Open: !full && through == head.Last);
    }

    /// <summary>The numbers of the latest entry of each subject and type up to a place, in the feed's order.</summary>
    public async Task<List<long>> LatestAsync(FeedHead head, FeedFilter filter, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var command = new NpgsqlCommand { Connection = connection };
        var where = filter.Where(command.Parameters, 2);
        command.CommandText = $"select max(number) from feed.entries where number <= $1{where} group by subject, type order by 1";
        command.Parameters.Insert(0, new() { Value = head.Last });
        var numbers = new List<long>();
        await using var rows = await command.ExecuteReaderAsync(stop);
        while (await rows.ReadAsync(stop)) numbers.Add(rows.GetInt64(0));
        return numbers;
    }

    /// <summary>The entries of some numbers, as far as they are kept, in the feed's order; the first of them where they weigh much.</summary>
    public async Task<(List<Entry> Entries, bool Cut)> EntriesAsync(int epoch, long[] numbers, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var command = new NpgsqlCommand($"select {Columns} from feed.entries where number = any($1) order by number", connection)
        {
            Parameters = { new() { Value = numbers } },
        };
        await using var rows = await command.ExecuteReaderAsync(stop);
        return await ReadAsync(rows, epoch, stop);
    }

    /// <summary>The entries after a number, on the caller's connection.</summary>
    public static async Task<(List<Entry> Entries, bool More)> AfterAsync(NpgsqlConnection connection, int epoch, long after, int limit, CancellationToken stop)
    {
        const string All = $"select {Columns} from feed.entries where number > $1 order by number limit $2";
        await using var command = new NpgsqlCommand(All, connection)
        {
            Parameters = { new() { Value = after }, new() { Value = limit } },
        };
        await using var rows = await command.ExecuteReaderAsync(stop);
        var (entries, cut) = await ReadAsync(rows, epoch, stop);
        return (entries, cut || entries.Count == limit);
    }

    private static async Task<(List<Entry> Entries, bool Cut)> ReadAsync(NpgsqlDataReader rows, int epoch, CancellationToken stop)
    {
        var (entries, bytes) = (new List<Entry>(), 0);
        while (bytes < MostBytes && await rows.ReadAsync(stop))
        {
            var (sequence, body) = (new Sequence(epoch, rows.GetInt64(0)), rows.GetFieldValue<byte[]>(4));
            SourceEvent.Renumber(body, sequence);
            entries.Add(new(sequence, rows.GetString(1), rows.GetString(2), rows.GetFieldValue<string[]>(3), body));
            bytes += body.Length;
        }
        return (entries, bytes >= MostBytes);
    }
}

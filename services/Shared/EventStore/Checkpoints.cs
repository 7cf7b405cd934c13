using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>
/// A signature over what was recorded at the positions in (after, position]. Who owns the database can rewrite a stream with all its hashes;
/// what was signed no longer fits then. Verified outside with nothing but the list, the lines and the public key:
/// <code>
/// signed    UTF-8, each line ended by LF, as <see cref="Signed"/> writes it; "previous -" in the first
/// signature ECDSA P-256 over SHA-256 of it, DER:     openssl dgst -sha256 -verify public.pem -signature signature.der signed.txt
/// root      SHA-256 of the lines, lower-case hex:    openssl dgst -sha256 lines.txt
/// lines     one for each stream recorded in, in the order of their bytes: stream TAB version TAB hash TAB envelope LF
///           version and hash of its last event at these positions ("" where it has none), see <see cref="Canonical"/>
/// envelope  SHA-256 over what an event's hash does not cover, of the stream's events at these positions in order; of each, as PostgreSQL
///           writes jsonb: [version, position, "id", microseconds recorded since 1970, .NET type, correlation, causation, tenant, archived, bdata] LF
/// </code>
/// </summary>
/// <param name="Number">From 1 without a gap.</param>
/// <param name="After">Position of the one before; 0 in the first.</param>
/// <param name="Previous">Root of the one before; null in the first.</param>
public sealed record Checkpoint(
    long Number, long Epoch, DateTimeOffset At, long After, long Position, string Root, string? Previous, string KeyId, byte[] Signature)
{
    public string Signed(string service) => string.Create(
        CultureInfo.InvariantCulture,
        $"restoration-checkpoint.v1\nservice {service}\nepoch {Epoch}\nnumber {Number}\nat {At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}\nafter {After}\nposition {Position}\nroot {Root}\nprevious {Previous ?? "-"}\nkey {KeyId}\n");
}

/// <summary>Makes checkpoints and reads them back.</summary>
public sealed partial class Checkpoints(NpgsqlDataSource db, SigningKeys keys, TimeProvider clock, string service, ILogger<Checkpoints> logger)
{
    /// <summary>The lines of the positions in ($1, $2].</summary>
    internal const string Lines = """
        select stream, max(version) as version, (array_agg(hash order by version desc))[1] as hash,
            encode(sha256(convert_to(string_agg(envelope, '' order by version, envelope), 'UTF8')), 'hex') as envelope
        from (
            select coalesce(stream_id, '') collate "C" as stream, coalesce(version, 0) as version, coalesce(headers->>'hash', '') as hash,
                jsonb_build_array(version, seq_id, id, (extract(epoch from timestamp) * 1000000)::bigint, mt_dotnet_type, correlation_id, causation_id,
                    tenant_id, is_archived, encode(bdata, 'hex'))::text || E'\n' as envelope
            from events.mt_events where seq_id > $1 and seq_id <= $2 offset 0) e
        group by stream
        """;

    private const string Columns = "number, epoch, at, after, position, root, previous, key_id, signature";

    /// <summary>
    /// That the checkpoint signed last on this machine is not in the database. After a restore that is so, and whoever restored says that it
    /// may be by removing the file beside the key: nothing in the database can, since its owner may be who cut them off.
    /// </summary>
    internal static string? Lost(SigningKeys keys, Func<long, string?> rootOf) =>
        keys.Last is { } last && rootOf(last.Number) != last.Root
            ? $"The checkpoint {last.Number} that was signed here last is not in the database, or another is in its place."
            : null;

    /// <summary>Signs what was recorded since the last checkpoint.</summary>
    /// <param name="always">Where nothing was recorded since, too; else the last one stands.</param>
    public async Task<Decided> Seal(bool always, CancellationToken stop)
    {
        if (keys.KeyId is not { } keyId)
            return Refusal.Conflict("checkpoint.unsigned", "No key is configured here (EventStore:SigningKey), so nothing is signed.");
        var through = await EventReader.Settled(db, stop);
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var transaction = await connection.BeginTransactionAsync(stop);
        await using (var one = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('checkpoint', 0))", connection))
        {
            await one.ExecuteNonQueryAsync(stop);
        }

        var known = await All(connection, stop);
        var last = known.LastOrDefault();
        await using var asked = new NpgsqlCommand("select epoch from edge.epoch", connection);
        var epoch = (long)(await asked.ExecuteScalarAsync(stop))!;
        if (Lost(keys, number => known.Find(c => c.Number == number)?.Root) is { } lost)
        {
            Log.Lost(logger, lost);
            return Refusal.Conflict("checkpoint.lost", $"{lost} Nothing is signed over that.");
        }

        if (!always && last is not null && through <= last.Position)
            return last;
        var (number, after) = ((last?.Number ?? 0) + 1, last?.Position ?? 0);
        through = Math.Max(through, after);
        await using var lines = new NpgsqlCommand(
            $"""
            with lines as ({Lines}), kept as (insert into edge.checkpoint_streams select $3, stream, version, hash, envelope from lines)
            select stream, version, hash, envelope from lines order by stream
            """,
            connection).With(after).With(through).With(number);
        var root = await RootOf(lines, stop);
        var now = clock.GetUtcNow();
        var made = new Checkpoint(
            number, epoch, now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond)), after, through, root, last?.Root, keyId, []);
        made = made with { Signature = keys.Sign(Encoding.UTF8.GetBytes(made.Signed(service))) };
        await using var insert = new NpgsqlCommand(
            $"insert into edge.checkpoints ({Columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)", connection)
            .With(number).With(epoch).With(made.At).With(after).With(through).With(root).With(made.Previous).With(keyId).With(made.Signature);
        await insert.ExecuteNonQueryAsync(stop);
        await transaction.CommitAsync(stop);
        keys.Last = (epoch, number, root);
        Log.Signed(logger, number, through, root);
        return made;
    }

    internal static async Task<List<Checkpoint>> All(NpgsqlConnection connection, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand($"select {Columns} from edge.checkpoints order by number", connection);
        return await Read(command, stop);
    }

    /// <summary>The newest below a number, newest first.</summary>
    public async Task<List<Checkpoint>> Newest(long below, int limit, CancellationToken stop)
    {
        await using var command = db.CreateCommand($"select {Columns} from edge.checkpoints where number < $1 order by number desc limit $2")
            .With(below).With(limit);
        return await Read(command, stop);
    }

    /// <summary>Writes the lines that a root is over. Answers whether there is such a checkpoint.</summary>
    public async Task<bool> WriteLines(long number, Func<Stream> open, CancellationToken stop)
    {
        await using var connection = await db.OpenConnectionAsync(stop);
        await using var exists = new NpgsqlCommand("select exists (select from edge.checkpoints where number = $1)", connection).With(number);
        if (await exists.ExecuteScalarAsync(stop) is not true)
            return false;
        await using var command = KeptLines(connection, number);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var to = open();
        while (await reader.ReadAsync(stop))
            await to.WriteAsync(Line(reader), stop);
        return true;
    }

    internal static NpgsqlCommand KeptLines(NpgsqlConnection connection, long number) => new NpgsqlCommand(
        "select stream, version, hash, envelope from edge.checkpoint_streams where checkpoint = $1 order by stream", connection).With(number);

    internal static async Task<string> RootOf(NpgsqlCommand lines, CancellationToken stop)
    {
        lines.CommandTimeout = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var reader = await lines.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
            hash.AppendData(Line(reader));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Line(NpgsqlDataReader reader) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{reader.GetString(0)}\t{reader.GetInt64(1)}\t{reader.GetString(2)}\t{reader.GetString(3)}\n"));

    private static async Task<List<Checkpoint>> Read(NpgsqlCommand command, CancellationToken stop)
    {
        var checkpoints = new List<Checkpoint>();
        await using var r = await command.ExecuteReaderAsync(stop);
        while (await r.ReadAsync(stop))
        {
            checkpoints.Add(new Checkpoint(
                r.GetInt64(0), r.GetInt64(1), r.GetFieldValue<DateTimeOffset>(2), r.GetInt64(3), r.GetInt64(4), r.GetString(5),
                r.IsDBNull(6) ? null : r.GetString(6), r.GetString(7), r.GetFieldValue<byte[]>(8)));
        }

        return checkpoints;
    }

    private static partial class Log
    {
        [LoggerMessage(31, LogLevel.Information, "Checkpoint {Number} through position {Position} is signed; its root is {Root}")]
        public static partial void Signed(ILogger logger, long number, long position, string root);

        [LoggerMessage(32, LogLevel.Error, "{Lost} Nothing is signed until it is found out why; after a restore, remove the .last file beside the signing key")]
        public static partial void Lost(ILogger logger, string lost);
    }

    /// <summary>A checkpoint, or why there is none.</summary>
    public readonly record struct Decided(Checkpoint? Checkpoint, Refusal? Refusal)
    {
        public static implicit operator Decided(Checkpoint checkpoint) => new(checkpoint, null);

        public static implicit operator Decided(Refusal refusal) => new(null, refusal);
    }
}

/// <summary>Signs a checkpoint once on each day (of China), as soon as there is anything to sign.</summary>
public sealed class DailyCheckpoint(NpgsqlDataSource db, Checkpoints checkpoints, TimeProvider clock, ILogger<DailyCheckpoint> logger)
    : Leader(db, clock, "checkpoints", logger)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    protected override async Task Lead(NpgsqlConnection held, CancellationToken stop)
    {
        for (; ; await Task.Delay(s_poll, Clock, stop))
        {
            await using var command = new NpgsqlCommand(
                "select (select at from edge.checkpoints order by number desc limit 1), exists (select from events.mt_events)", held);
            DateTimeOffset? last;
            bool any;
            await using (var reader = await command.ExecuteReaderAsync(stop))
            {
                await reader.ReadAsync(stop);
                (last, any) = (reader.IsDBNull(0) ? null : reader.GetFieldValue<DateTimeOffset>(0), reader.GetBoolean(1));
            }

            if (any && (last is not { } at || DayOf(at) < DayOf(Clock.GetUtcNow())) && (await checkpoints.Seal(always: true, stop)).Refusal is { } refusal)
                throw new InvalidOperationException(refusal.Detail);
            Goes();
        }
    }

    private static DateTime DayOf(DateTimeOffset at) => at.ToOffset(s_china).Date;
}

using Npgsql;
using NpgsqlTypes;
using Restoration.EventStore;
using Restoration.Http;

namespace Restoration.Registry.EvidenceFiles;

/// <summary>A file that is kept here, by the hash of its content.</summary>
public sealed record KeptFile(string Sha256, string ContentType, long Length, DateTimeOffset KeptAt);

/// <summary>
/// Files in PostgreSQL, outside the log: in pieces, so that neither writing nor reading one holds more than a piece in memory. A file is
/// there whole or not at all.
/// </summary>
public sealed class EvidenceStore(NpgsqlDataSource db) : IDisposable
{
    public const int PieceBytes = 256 << 10;

    /// <summary>So many files go into the database at once; more would take its connections from reports.</summary>
    private readonly SemaphoreSlim _room = new(4);

    /// <summary>Keeps a file whose hash was checked, and who put it; false where it was here already.</summary>
    public async Task<bool> Keep(KeptFile file, Stream content, string client, string division, CancellationToken stop)
    {
        await _room.WaitAsync(stop);
        try
        {
            await using var connection = await db.OpenConnectionAsync(stop);
            await using var transaction = await connection.BeginTransactionAsync(stop);
            await using var name = new NpgsqlCommand("insert into evidence.files (sha256, content_type, length, kept_at) values ($1, $2, $3, $4) on conflict do nothing", connection);
            var isNew = await name.With(file.Sha256).With(file.ContentType).With(file.Length).WithTime(file.KeptAt).ExecuteNonQueryAsync(stop) == 1;
            if (isNew)
            {
                await Write(connection, file.Sha256, content, stop);
            }

            await using var who = new NpgsqlCommand("insert into evidence.putters (sha256, client, division) values ($1, $2, $3) on conflict do nothing", connection);
            await who.With(file.Sha256).With(client).With(division).ExecuteNonQueryAsync(stop);
            await transaction.CommitAsync(stop);
            return isNew;
        }
        finally
        {
            _room.Release();
        }
    }

    public async Task<KeptFile?> Find(string sha256, CancellationToken stop)
    {
        await using var command = db.CreateCommand("select sha256, content_type, length, kept_at from evidence.files where sha256 = $1");
        return (await command.With(sha256).List(r => new KeptFile(r.GetString(0), r.GetString(1), r.GetInt64(2), r.Time(3)!.Value), stop)).SingleOrDefault();
    }

    /// <summary>The file as a stream that can be sought in; each piece is read when it is wanted, so that a slow reader holds nothing.</summary>
    public Stream Open(KeptFile file) => new Pieces(db, file);

    public void Dispose() => _room.Dispose();

    private static async Task Write(NpgsqlConnection connection, string sha256, Stream content, CancellationToken stop)
    {
        await using var write = new NpgsqlCommand("insert into evidence.pieces (sha256, number, bytes) values ($1, $2, $3)", connection);
        var (number, piece) = (new NpgsqlParameter<int>(), new NpgsqlParameter<ArraySegment<byte>> { NpgsqlDbType = NpgsqlDbType.Bytea });
        write.With(sha256);
        write.Parameters.Add(number);
        write.Parameters.Add(piece);
        var buffer = new byte[PieceBytes];
        for (var n = 0; await content.ReadAtLeastAsync(buffer, PieceBytes, throwOnEndOfStream: false, stop) is > 0 and var read; n++)
        {
            (number.TypedValue, piece.TypedValue) = (n, new ArraySegment<byte>(buffer, 0, read));
            await write.ExecuteNonQueryAsync(stop);
        }
    }

    private sealed class Pieces(NpgsqlDataSource db, KeptFile file) : Stream
    {
        private byte[] _piece = [];
        private long _number = -1;

        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => file.Length;
        public override long Position { get; set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position >= Length)
            {
                return 0;
            }

            var (number, at) = (Position / PieceBytes, (int)(Position % PieceBytes));
            if (number != _number)
            {
                await using var command = db.CreateCommand("select bytes from evidence.pieces where sha256 = $1 and number = $2");
                _piece = await command.With(file.Sha256).With((int)number).ExecuteScalarAsync(cancellationToken) as byte[]
                    ?? throw new IOException($"A piece of {file.Sha256} is missing.");
                _number = number;
            }

            var read = Math.Min(buffer.Length, _piece.Length - at);
            _piece.AsMemory(at, read).CopyTo(buffer);
            Position += read;
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => Position + offset, _ => Length + offset };

        // It is read alone, and never on a thread that waits: so a stream says that it does no more.
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Flush() { }
    }
}

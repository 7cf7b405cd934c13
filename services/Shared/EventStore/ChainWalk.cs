using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>An event as the database gives it back, with what its stream says of itself (null where there is no stream).</summary>
internal readonly record struct StoredRow(
    string Stream, long Version, long Position, Guid Id, string Type, byte[] Data, byte[]? Headers, long? StreamVersion);

/// <summary>
/// Walks along streams and recomputes each hash from what is stored, to the last member of the headers: one that no code knows counts too,
/// which is why this does not go by <see cref="EventHeaders"/>. Each event is held against the hash that is stored before it, so that one
/// changed event is one finding.
/// </summary>
internal sealed class ChainWalk(LogFindings verified) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4_096);
    private readonly Utf8JsonWriter _writer = new(Stream.Null, CanonicalJson.Options);
    private StoredRow _last;
    private string? _hash;
    private bool _unhashed;

    public void Take(StoredRow row)
    {
        if (row.Stream != _last.Stream)
        {
            End();
            (_last, _hash, _unhashed) = (default, null, false);
            verified.Streams++;
            if (row.StreamVersion is null)
                Found("event-without-stream", "The stream of this event is gone.", row);
        }

        verified.Events++;
        var gap = row.Version > _last.Version + 1;
        if (gap)
            Found("version-missing", $"The stream goes from version {_last.Version} to {row.Version}.", row with { Version = _last.Version + 1 });
        else if (row.Version != _last.Version + 1)
            Found("version-repeated", $"Version {row.Version} stands where {_last.Version + 1} is expected.", row);
        if (row.Position <= _last.Position)
            Found("position-differs", $"It stands before the position {_last.Position} of the version before it.", row);
        Judge(row, gap);
        _last = row;
    }

    public void End()
    {
        if (_last is { Stream: not null, StreamVersion: { } version } && version != _last.Version)
            Found("stream-differs", $"The stream says version {version}; its last event is {_last.Version}.", _last);
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>Behind a gap the hash before is not known: the gap is the finding.</summary>
    private void Judge(StoredRow row, bool gap)
    {
        string? stored = null, computed = null;
        try
        {
            using var headers = JsonDocument.Parse(row.Headers ?? "{}"u8.ToArray());
            stored = headers.RootElement.TryGetProperty("hash", out var hash) ? hash.GetString() : null;
            computed = Hash(row, headers.RootElement, _hash);
            if (stored is null)
                Found("hash-missing", "It was not recorded by this service, or its hash was taken away.", row);
            else if (!gap && computed != stored && !(_unhashed && Hash(row, headers.RootElement, null) == stored))
                Found("hash-differs", "What is stored is not what was recorded, here or in the hash of the event before.", row);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Found("hash-differs", "What is stored has not the form of an event.", row);
        }

        (_hash, _unhashed) = (stored ?? computed, stored is null);
    }

    /// <summary>As <see cref="Canonical"/> made it.</summary>
    private string Hash(in StoredRow row, JsonElement headers, string? previous)
    {
        _buffer.ResetWrittenCount();
        _writer.Reset(_buffer);
        using var data = JsonDocument.Parse(row.Data);
        _writer.WriteStartObject();
        _writer.WritePropertyName("data");
        CanonicalJson.Write(_writer, data.RootElement);
        _writer.WritePropertyName("headers");
        _writer.WriteStartObject();
        foreach (var member in headers.EnumerateObject().Where(m => m.Name != "hash").OrderBy(m => m.Name, StringComparer.Ordinal))
        {
            _writer.WritePropertyName(member.Name);
            CanonicalJson.Write(_writer, member.Value);
        }

        _writer.WriteEndObject();
        _writer.WriteString("id", row.Id);
        _writer.WriteString("previous", previous);
        _writer.WriteString("stream", row.Stream);
        _writer.WriteString("type", row.Type);
        _writer.WriteNumber("version", row.Version);
        _writer.WriteEndObject();
        _writer.Flush();
        return Convert.ToHexStringLower(SHA256.HashData(_buffer.WrittenSpan));
    }

    private void Found(string kind, string detail, in StoredRow row) => verified.Add(new Finding(kind, detail, row.Stream, row.Version, row.Position));
}

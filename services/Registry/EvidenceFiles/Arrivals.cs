using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.EvidenceFiles;

/// <summary>Settings of evidence, section <c>Evidence</c>.</summary>
public sealed record EvidenceOptions
{
    /// <summary>A file has at most so many bytes. Default 20 MiB, as the gateway lets through.</summary>
    public long MostBytes { get; init; } = 20 << 20;

    /// <summary>So many arrive at once in a process; others wait. Default 32.</summary>
    public int AtOnce { get; init; } = 32;

    /// <summary>A client may put so many bytes in an hour, in each process. Default 4 GiB.</summary>
    public long BytesPerHour { get; init; } = 4L << 30;

    /// <summary>Where a file is while it arrives; on a disk, since memory would be as large as all of them. Default <c>/var/tmp</c>.</summary>
    public string Folder { get; init; } = "/var/tmp";
}

/// <summary>
/// Files on their way in. One is written to a nameless file of the disk and hashed as it comes, and goes into the database when it is
/// whole and right: a slow sender holds no connection there, and one that goes away leaves nothing.
/// </summary>
public sealed class Arrivals(EvidenceOptions options, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1), s_waits = TimeSpan.FromSeconds(20), s_longest = TimeSpan.FromMinutes(5);
    private readonly SemaphoreSlim _room = new(options.AtOnce);
    private readonly Dictionary<string, (DateTimeOffset Since, long Bytes)> _put = [];

    /// <summary>Answers a problem, or what <paramref name="keep"/> makes of the whole file.</summary>
    /// <exception cref="UnavailableException">Too many arrive at once.</exception>
    public async Task<IResult> Take(HttpContext http, string sha256, Func<Stream, CancellationToken, Task<IResult>> keep)
    {
        var client = http.Client().Id;
        if (http.Request.ContentLength > options.MostBytes)
        {
            return Oversized;
        }

        if (Exhausted(client) is { } wait)
        {
            return Problems.TooMany($"A client puts at most {options.BytesPerHour} bytes of evidence in an hour.", wait);
        }

        if (!await _room.WaitAsync(s_waits, http.RequestAborted))
        {
            throw new UnavailableException("Too many files arrive at once.", s_waits);
        }

        using var slow = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        slow.CancelAfter(s_longest);
        try
        {
            await using var file = Nameless();
            var hash = await Receive(http.Request.Body, file, client, slow.Token);
            if (hash is null)
            {
                return Oversized;
            }

            if (hash != sha256)
            {
                return Problems.Of(Refusal.Invalid("evidence.hash-differs", $"The SHA-256 of what arrived is {hash}."));
            }

            file.Position = 0;
            return await keep(file, slow.Token);
        }
        catch (OperationCanceledException) when (slow.IsCancellationRequested && !http.RequestAborted.IsCancellationRequested)
        {
            return Problems.Of(StatusCodes.Status408RequestTimeout, "request.slow", "The body did not arrive in time.");
        }
        finally
        {
            _room.Release();
        }
    }

    public void Dispose() => _room.Dispose();

    private static ProblemResult Oversized => Problems.Of(StatusCodes.Status413PayloadTooLarge, "body.oversized", "A file of evidence has at most 20 MiB.");

    /// <summary>The hash of what arrived; null where it was too much.</summary>
    private async Task<string?> Receive(Stream body, FileStream file, string client, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 << 10];
        for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
        {
            if (file.Length + read > options.MostBytes)
            {
                return null;
            }

            Count(client, read);
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), stop);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Its name is taken away at once: whatever becomes of this process, nothing of it is left.</summary>
    private FileStream Nameless()
    {
        var path = Path.Combine(options.Folder, $"evidence-{Path.GetRandomFileName()}");
        var how = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.Delete, Options = FileOptions.Asynchronous, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            how.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(path, how);
        File.Delete(path);
        return file;
    }

    /// <summary>How long a client waits that put all it may; null for one that has not.</summary>
    private TimeSpan? Exhausted(string client)
    {
        lock (_put)
        {
            var now = clock.GetUtcNow();
            return _put.TryGetValue(client, out var put) && put.Bytes >= options.BytesPerHour && put.Since + s_hour > now ? put.Since + s_hour - now : null;
        }
    }

    private void Count(string client, int bytes)
    {
        lock (_put)
        {
            var now = clock.GetUtcNow();
            var put = _put.GetValueOrDefault(client, (Since: now, Bytes: 0));
            _put[client] = put.Since + s_hour > now ? (put.Since, put.Bytes + bytes) : (now, bytes);
        }
    }
}

using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Frozen;
using System.Xml.Linq;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Restoration.Domain;

namespace Restoration.ServiceDefaults;

/// <summary>
/// What the gateway lets the others know, read from its schema <c>keys</c>: the ring that protects tokens, the clients that are
/// disabled, and whose tokens of before are refused. Read on an interval, and at once when a token names a key not seen yet, so that a key made a moment ago works. The last
/// good reading stays in use while the database is away; before there was one, checking a token is "unavailable", not "invalid".
/// </summary>
public sealed partial class TokenAuthority : BackgroundService, IHealthCheck
{
    /// <summary>Tokens with invented key ids must not turn into a query each.</summary>
    private static readonly TimeSpan BetweenReadings = TimeSpan.FromMilliseconds(250);

    private readonly NpgsqlDataSource _database;
    private readonly TokenOptions _options;
    private readonly ILogger<TokenAuthority> _logger;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _reading = new(1);
    private volatile Reading? _last;
    private volatile bool _failing;
    private Task? _next;
    private long _started = TimeProvider.System.GetTimestamp() - TimeProvider.System.TimestampFrequency;

    public TokenAuthority(string connectionString, IOptions<TokenOptions> options, ILogger<TokenAuthority> logger)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { MaxPoolSize = 2, Timeout = 3, CommandTimeout = 5 };
        _database = NpgsqlDataSource.Create(builder);
        (_options, _logger) = (options.Value, logger);
    }

    /// <summary>For what outlives a request: a stream of a client that was disabled since must end.</summary>
    public bool IsDisabled(string clientId) => _last?.Disabled.Contains(clientId) ?? false;

    /// <summary>Whether what the client opened at a time has ended since: it is disabled, or was, however shortly.</summary>
    public bool HasEnded(string clientId, DateTimeOffset opened) =>
        _last is { } last && (last.Disabled.Contains(clientId) || (last.Revoked.TryGetValue(clientId, out var through) && opened <= through));

    /// <summary>The same of all clients at once.</summary>
    public IReadOnlySet<string> Disabled => _last?.Disabled ?? FrozenSet<string>.Empty;

    /// <summary>Protects what a service keeps, under the same ring; null while there is no key.</summary>
    public IDataProtector? Protector(string purpose) => _last?.Protection?.CreateProtector(purpose);

    /// <summary>The ticket of a valid token of a client that is not disabled, else null.</summary>
    public async ValueTask<AuthenticationTicket?> Read(string token, CancellationToken cancel)
    {
        if (KeyIdOf(token) is not { } keyId)
            return null;
        if (_last is not { } reading || !reading.KeyIds.Contains(keyId))
        {
            await Refresh().WaitAsync(cancel);
            if (_last is null || _failing)
                throw new UnavailableException("Tokens cannot be checked for the moment.", TimeSpan.FromSeconds(5));
            reading = _last;
        }
        // Real time on purpose: tokens do not follow a clock that was set for a test of the business.
        var ticket = reading.Tickets?.Unprotect(token);
        return ticket?.Properties.ExpiresUtc > TimeProvider.System.GetUtcNow()
            && Client.From(ticket.Principal) is { } client && !reading.Disabled.Contains(client.Id)
            && !(reading.Revoked.TryGetValue(client.Id, out var through) && Tokens.MadeAt(ticket.Properties) <= through)
            ? ticket : null;
    }

    /// <summary>Reads again; callers that come together share one reading, which begins after all of them asked.</summary>
    public Task Refresh()
    {
        lock (_lock)
            return _next ??= Task.Run(ReadNext);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Refresh().WaitAsync(stoppingToken);
            // Until there is a key: soon again, since nobody can be let in before.
            var wait = _last is { KeyIds.Count: > 0 } ? _options.PollInterval : TimeSpan.FromSeconds(1);
            await Task.Delay(wait, TimeProvider.System, stoppingToken);
        }
    }

    private async Task ReadNext()
    {
        var wait = BetweenReadings - TimeProvider.System.GetElapsedTime(_started);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, TimeProvider.System);
        await _reading.WaitAsync();
        try
        {
            lock (_lock)
                _next = null;
            _started = TimeProvider.System.GetTimestamp();
            await ReadNow();
            if (_failing)
                Log.Recovered(_logger);
            _failing = false;
        }
        catch (Exception exception)
        {
            // Whatever it is, the next reading may go better, and nothing else depends on this one.
            if (!_failing)
                Log.Unreadable(_logger, exception.Message);
            _failing = true;
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task ReadNow()
    {
        await using var batch = _database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select friendly_name, xml from keys.ring order by friendly_name"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select client_id from keys.disabled_clients"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select client_id, through from keys.revoked"));
        await using var rows = await batch.ExecuteReaderAsync();
        var ring = new List<(string Name, string Xml)>();
        while (await rows.ReadAsync())
            ring.Add((rows.GetString(0), rows.GetString(1)));
        await rows.NextResultAsync();
        var disabled = new HashSet<string>();
        while (await rows.ReadAsync())
            disabled.Add(rows.GetString(0));
        await rows.NextResultAsync();
        var revoked = new Dictionary<string, DateTimeOffset>();
        while (await rows.ReadAsync())
            revoked[rows.GetString(0)] = rows.GetFieldValue<DateTimeOffset>(1);

        var next = _last is { } last && last.Ring.SequenceEqual(ring) ? last : Reading.Of(ring);
        _last = next with { Disabled = disabled.ToFrozenSet(), Revoked = revoked.ToFrozenDictionary() };
    }

    Task<HealthCheckResult> IHealthCheck.CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(
            _last is null ? HealthCheckResult.Unhealthy("The gateway's key ring was not read yet; no token can be checked.")
            : _failing ? HealthCheckResult.Degraded("The gateway's key ring cannot be read; the last known keys are in use.")
            : _last.KeyIds.Count == 0 ? HealthCheckResult.Degraded("There is no key yet.")
            : HealthCheckResult.Healthy());

    public override void Dispose()
    {
        base.Dispose();
        _database.Dispose();
    }

    /// <summary>A payload under data protection begins with a magic number and the id of its key, whatever the algorithm.</summary>
    private static Guid? KeyIdOf(string token)
    {
        Span<byte> head = stackalloc byte[21];
        return token.Length >= 28 && Base64Url.TryDecodeFromChars(token.AsSpan(0, 28), head, out _)
            && BinaryPrimitives.ReadUInt32BigEndian(head) == 0x09F0C9F0
            ? new Guid(head[4..20]) : null;
    }

    private sealed record Reading(
        IReadOnlyList<(string Name, string Xml)> Ring,
        FrozenSet<Guid> KeyIds,
        ISecureDataFormat<AuthenticationTicket>? Tickets,
        IDataProtectionProvider? Protection,
        FrozenSet<string> Disabled,
        FrozenDictionary<string, DateTimeOffset> Revoked)
    {
        /// <summary>
        /// A provider of its own for each state of the ring. The framework's caches a ring for up to a day and asks its repository
        /// synchronously, within a request; this one finds everything in memory.
        /// </summary>
        public static Reading Of(IReadOnlyList<(string Name, string Xml)> ring)
        {
            var elements = ring.Select(row => XElement.Parse(row.Xml)).ToArray();
            var ids = elements.Where(e => e.Name.LocalName == "key").Select(e => (Guid)e.Attribute("id")!).ToFrozenSet();
            var services = new ServiceCollection();
            services.AddDataProtection().SetApplicationName(ServiceDefaults.Tokens.ApplicationName).DisableAutomaticKeyGeneration();
            services.Configure<KeyManagementOptions>(options => options.XmlRepository = new Snapshot(elements));
            var protection = services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>();
            return new Reading(ring, ids, ids.Count == 0 ? null : ServiceDefaults.Tokens.Format(protection), ids.Count == 0 ? null : protection,
                FrozenSet<string>.Empty, FrozenDictionary<string, DateTimeOffset>.Empty);
        }
    }

    private sealed class Snapshot(IReadOnlyCollection<XElement> elements) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements() => elements;

        public void StoreElement(XElement element, string friendlyName) =>
            throw new NotSupportedException("Only the gateway makes keys.");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The gateway's key ring cannot be read: {Reason}")]
        public static partial void Unreadable(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Information, "The gateway's key ring can be read again")]
        public static partial void Recovered(ILogger logger);
    }
}

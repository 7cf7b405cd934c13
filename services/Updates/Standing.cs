using System.Collections.Frozen;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Npgsql;
using Restoration.ServiceDefaults;

namespace Restoration.Updates;

/// <summary>
/// What clients may see now, read from the gateway's schema <c>keys</c> as often as the key ring. A token says what was so when it was
/// given; streams and subscriptions outlive it, and follow their client, whose division may have become another since. So does every
/// request here. A client that is not known, or a register that cannot be read, leaves what the token says.
/// </summary>
public sealed partial class Standing : BackgroundService, IClaimsTransformation
{
    private readonly NpgsqlDataSource _database;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _clock;
    private readonly ILogger<Standing> _logger;
    private volatile FrozenDictionary<string, Stand> _clients = FrozenDictionary<string, Stand>.Empty;
    private bool _failing;

    public Standing(IConfiguration configuration, IOptions<TokenOptions> options, TimeProvider clock, ILogger<Standing> logger)
    {
        var text = configuration.GetConnectionString("keys") ?? throw new InvalidOperationException("ConnectionStrings:keys is not configured.");
        _database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(text) { MaxPoolSize = 1, Timeout = 3, CommandTimeout = 5 });
        (_interval, _clock, _logger) = (options.Value.PollInterval, clock, logger);
    }

    /// <summary>Each client's division.</summary>
    public IEnumerable<(string Client, string Division)> Divisions => _clients.Select(c => (c.Key, c.Value.Division));

    /// <summary>What a client may see now, where a moment ago it was <paramref name="division"/>.</summary>
    public string DivisionOf(string client, string division) => _clients.TryGetValue(client, out var stand) ? stand.Division : division;

    public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal) => Task.FromResult(
        Client.From(principal) is { } client && _clients.TryGetValue(client.Id, out var stand) && (stand.Division != client.Division || !stand.Roles.SetEquals(client.Roles))
            ? (client with { Division = stand.Division, Roles = stand.Roles }).ToPrincipal()
            : principal);

    public override void Dispose()
    {
        base.Dispose();
        _database.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                _clients = await ReadAsync(stoppingToken);
                _failing = false;
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
            {
                if (!_failing) Log.Unreadable(_logger, e.Message);
                _failing = true;
            }
            await Task.Delay(_interval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<FrozenDictionary<string, Stand>> ReadAsync(CancellationToken stop)
    {
        await using var command = _database.CreateCommand("select client_id, division, roles from keys.clients");
        await using var rows = await command.ExecuteReaderAsync(stop);
        var clients = new Dictionary<string, Stand>();
        while (await rows.ReadAsync(stop)) clients[rows.GetString(0)] = new(rows.GetString(1), rows.GetFieldValue<string[]>(2).ToFrozenSet());
        return clients.ToFrozenDictionary();
    }

    private sealed record Stand(string Division, FrozenSet<string> Roles);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The register of clients cannot be read, so their divisions are those of before: {Reason}")]
        public static partial void Unreadable(ILogger logger, string reason);
    }
}

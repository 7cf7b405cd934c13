using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>What a service does when time has come, by the name of the command.</summary>
public sealed class DueCommands
{
    private readonly Dictionary<string, Func<DueEntry, Streams, Refusal?>> _byName = [];

    /// <param name="decide">
    /// Pure, by the state as it stands: where that expects nothing at the entry's time any more, it records nothing. Facts bear the
    /// entry's time, and <see cref="Due.By"/>.
    /// </param>
    public DueCommands On(string command, Func<DueEntry, Streams, Refusal?> decide)
    {
        _byName.Add(command, decide);
        return this;
    }

    internal Refusal? Decide(DueEntry entry, Streams streams) => _byName.TryGetValue(entry.Command, out var decide)
        ? decide(entry, streams)
        : Refusal.Invalid("command.unknown", $"Nothing here knows what to do at '{entry.Command}'.");
}

/// <summary>
/// Works off what is due, in the order of its times. The facts, the claim on the entry and its deletion are one transaction, so that
/// neither a crash nor a second leader applies it twice. What is refused or fails stays, with the reason, and is tried again later and
/// later; the others go on.
/// </summary>
public sealed partial class DueWorker(NpgsqlDataSource db, EventLog log, DueCommands commands, TimeProvider clock, ILogger<DueWorker> logger)
    : Leader(db, clock, "due", logger)
{
    private const int PageSize = 256;
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longest = TimeSpan.FromHours(1);
    private readonly ILogger _logger = logger;

    protected override async Task Lead(NpgsqlConnection held, CancellationToken stop)
    {
        while (true)
        {
            var entries = await Next(held, stop);
            Goes();
            if (entries.Count == 0)
                await Task.Delay(s_poll, Clock, stop);
            // Side by side they share a commit, and each fails alone.
            await Task.WhenAll(entries.Select(entry => Apply(entry, stop)));
        }
    }

    /// <summary>Those of the earliest time alone: what they lead to may be due before the next.</summary>
    private async Task<List<DueEntry>> Next(NpgsqlConnection held, CancellationToken stop)
    {
        await using var command = new NpgsqlCommand(
            "select id, stream, command, at from edge.due where at <= $1 and next <= $1 order by at, id limit $2", held)
            .With(Clock.GetUtcNow()).With(PageSize);
        await using var reader = await command.ExecuteReaderAsync(stop);
        var entries = new List<DueEntry>();
        while (await reader.ReadAsync(stop))
            entries.Add(new DueEntry(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3)));
        return [.. entries.TakeWhile(e => e.At == entries[0].At)];
    }

    private async Task Apply(DueEntry entry, CancellationToken stop)
    {
        var claim = Due.ClaimOf(entry);
        var work = new Work
        {
            Decide = streams => commands.Decide(entry, streams),
            Claim = new Claim(Due.Source, claim, SHA256.HashData(Encoding.UTF8.GetBytes(claim))),
            Headers = new EventHeaders(Due.Source, entry.Id, null),
            Causation = entry.Id,
            Rows = [Due.Done(entry)],
        };
        try
        {
            var outcome = await log.Write(work);
            if (outcome.Refusal is { } refusal)
                await Postpone(entry, $"{refusal.Code}: {refusal.Detail}", null, stop);
            if (outcome.Kind != OutcomeKind.Duplicate)
                return;
            await using var delete = Change(entry, "delete from edge.due"); // expected once more while it was being applied
            await delete.ExecuteNonQueryAsync(stop);
        }
        catch (Exception e) when (e is not (UnavailableException or OperationCanceledException))
        {
            await Postpone(entry, $"{e.GetType().Name}: {e.Message}", e, stop);
        }
    }

    private async Task Postpone(DueEntry entry, string reason, Exception? failure, CancellationToken stop)
    {
        Log.Postponed(_logger, entry.Command, entry.Id, reason, failure);
        await using var command = Change(entry, "update edge.due set tries = tries + 1, reason = $3, next = $4 + least($6, $5 * power(2, least(tries, 20)))")
            .With(reason).With(Clock.GetUtcNow()).With(s_again).With(s_longest);
        await command.ExecuteNonQueryAsync(stop);
    }

    private NpgsqlCommand Change(DueEntry entry, string sql) =>
        Database.CreateCommand($"{sql} where id = $1 and at = $2").With(entry.Id).With(entry.At);

    private static partial class Log
    {
        [LoggerMessage(11, LogLevel.Warning, "{Command} {Id} is due and was not done ({Reason}); it is tried again")]
        public static partial void Postponed(ILogger logger, string command, string id, string reason, Exception? failure);
    }
}

public static class DueSetup
{
    /// <summary>Carries out what is due in this service's database.</summary>
    public static void AddDue(this IHostApplicationBuilder builder, DueCommands commands) =>
        builder.Services.AddSingleton(commands).AddHostedService<DueWorker>();
}

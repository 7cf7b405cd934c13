using System.Globalization;
using System.Text.Json;
using Restoration.Domain;

namespace Restoration.EventStore;

/// <summary>Something that time brings about: the command to run at a time, for a stream.</summary>
public sealed record DueEntry(string Id, string Stream, string Command, DateTimeOffset At);

/// <summary>
/// Deadlines as rows of an aggregate: its row function says after each commit what its state still expects of time. An id has one time;
/// saying the same again changes nothing, another time replaces it, and what was done at a time is not done for that time again.
/// </summary>
public static class Due
{
    /// <summary>Where claims and headers of what time brought about say that it came from; <c>edge.sources</c> keeps it from every client.</summary>
    public const string Source = "/due";

    /// <summary>Who acts when nobody does.</summary>
    public static readonly By By = new(Source);

    /// <summary>
    /// Acts of the past are entered one after the other. What was over long before it was expected waits this long, so that what settled
    /// it in time can be entered too.
    /// </summary>
    private const string GraceMinutes = "60";

    public static readonly RowTable Table = new(
        "edge.due",
        $"""
        with said as (
            select n.*, n.at is null or exists (select from edge.inbox i where i.source = '{Source}' and i.id = n.claim) as over
            from jsonb_to_recordset($1) as n(id text, stream text, command text, at timestamptz, claim text)),
        withdrawn as (delete from edge.due d using said n where d.id = n.id and n.over)
        insert into edge.due as d (id, stream, command, at, next)
        select id, stream, command, at,
            case when at < now() - interval '{GraceMinutes} minutes' then now() + interval '{GraceMinutes} minutes' else at end
        from said where not over
        on conflict (id) do update set
            stream = excluded.stream, command = excluded.command, at = excluded.at, next = excluded.at, tries = 0, reason = null
        where (d.stream, d.command, d.at) is distinct from (excluded.stream, excluded.command, excluded.at)
        """);

    /// <summary>Takes away what was applied; not what the same commit expects next under the same id.</summary>
    internal static readonly RowTable Applied = new(
        "edge.due, applied", "delete from edge.due d using jsonb_to_recordset($1) as n(id text, at timestamptz) where d.id = n.id and d.at = n.at");

    /// <param name="id">Unique in the service: <c>project-gz-p11 rectification</c>.</param>
    public static Row At(string stream, string id, string command, DateTimeOffset at)
    {
        // The database keeps microseconds: never earlier than was said, or the state would not expect it yet.
        var beyond = at.Ticks % TimeSpan.TicksPerMicrosecond;
        var entry = new DueEntry(id, stream, command, at.ToUniversalTime().AddTicks(beyond == 0 ? 0 : TimeSpan.TicksPerMicrosecond - beyond));
        return new Row(Table, id, JsonSerializer.SerializeToUtf8Bytes(new DueRow(id, stream, command, entry.At, ClaimOf(entry)), StoreJson.Default.DueRow));
    }

    /// <summary>Withdraws what was expected under an id, if anything was.</summary>
    public static Row Never(string id) => new(Table, id, JsonSerializer.SerializeToUtf8Bytes(new DueRow(id), StoreJson.Default.DueRow));

    internal static Row Done(DueEntry entry) =>
        new(Applied, entry.Id, JsonSerializer.SerializeToUtf8Bytes(new DueRow(entry.Id, At: entry.At), StoreJson.Default.DueRow));

    internal static string ClaimOf(DueEntry entry) =>
        $"{entry.Id} {entry.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture)}";
}

internal sealed record DueRow(string Id, string? Stream = null, string? Command = null, DateTimeOffset? At = null, string? Claim = null);

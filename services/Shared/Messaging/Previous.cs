using System.Text;
using Npgsql;
using Restoration.EventStore;

namespace Restoration.Messaging;

/// <summary>
/// For each fact, what its receivers must have taken before it: per receiver the version of the stream's last fact that was meant for it.
/// Counted from the log itself, so a replay says the same as the first sending.
/// </summary>
internal sealed class Previous(NpgsqlDataSource db, Dictionary<string, string[]> typesByReceiver)
{
    /// <summary>Answers <c>{"funding":4,"mines":2}</c> by event id; 0 where the fact is the first for a receiver.</summary>
    public async Task<Dictionary<Guid, string>> Of(IReadOnlyList<StoredEvent> events, CancellationToken stop)
    {
        var text = events.ToDictionary(e => e.Id, _ => new StringBuilder("{"));
        foreach (var (receiver, types) in typesByReceiver)
        {
            var meant = events.Where(e => types.Contains(e.Type)).ToList();
            if (meant.Count == 0)
                continue;
            await using var command = db.CreateCommand(
                """
                select s.id, coalesce((
                    select p.version from events.mt_events p
                    where p.stream_id = s.stream and p.version < s.version and p.type = any($4)
                    order by p.version desc limit 1), 0)
                from unnest($1, $2, $3) s(id, stream, version)
                """)
                .With<Guid[]>([.. meant.Select(e => e.Id)]).With<string[]>([.. meant.Select(e => e.Stream)]).With<long[]>([.. meant.Select(e => e.Version)]).With(types);
            await using var reader = await command.ExecuteReaderAsync(stop);
            while (await reader.ReadAsync(stop))
            {
                var line = text[reader.GetGuid(0)];
                line.Append(line.Length > 1 ? "," : "").Append('"').Append(receiver).Append("\":").Append(reader.GetInt64(1));
            }
        }

        return text.ToDictionary(t => t.Key, t => t.Value.Append('}').ToString());
    }
}

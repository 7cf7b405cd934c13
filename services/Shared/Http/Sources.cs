using System.Collections.Concurrent;
using Npgsql;
using Restoration.EventStore;

namespace Restoration.Http;

/// <summary>Which client a CloudEvents source belongs to: the one that used it first. Never changes, so what was read once is kept.</summary>
internal sealed class Sources(NpgsqlDataSource db)
{
    private const int Kept = 10_000;
    private readonly ConcurrentDictionary<string, string> _owners = new();

    /// <param name="take">Whether a source that nobody used becomes the client's; a dry run leaves it free.</param>
    public async ValueTask<bool> BelongsTo(string source, string client, bool take)
    {
        if (!take && !_owners.ContainsKey(source))
        {
            await using var look = db.CreateCommand("select not exists (select from edge.sources where source = $1 and client <> $2)")
                .With(source).With(client);
            return await look.ExecuteScalarAsync() is true;
        }

        if (!_owners.TryGetValue(source, out var owner))
        {
            await using var command = db.CreateCommand(
                """
                with taken as (insert into edge.sources (source, client) values ($1, $2) on conflict do nothing returning client)
                select client from taken union all select client from edge.sources where source = $1 limit 1
                """).With(source).With(client);
            // Null when another replica takes it in the same instant: its row is not visible to this statement, but to the next.
            owner = await command.ExecuteScalarAsync() as string ?? await command.ExecuteScalarAsync() as string ?? "";
            if (_owners.Count < Kept)
            {
                _owners[source] = owner;
            }
        }

        return owner == client;
    }
}

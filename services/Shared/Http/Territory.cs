using Npgsql;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>
/// The tree of divisions as this process knows it: read from the service's rows (Registry's own, a copy elsewhere), kept for a moment,
/// read again when a code is asked for that it does not know, so that a division just defined through another replica is found.
/// </summary>
/// <param name="table">With columns id, name, level, parent_id, land_in, valid_from, valid_to, replaced_by.</param>
public sealed class Territory(NpgsqlDataSource db, TimeProvider clock, string table)
{
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(1);
    private DivisionTree _tree = DivisionTree.Empty;
    private long _read;

    public async ValueTask<DivisionTree> Tree(params IEnumerable<string?> codes)
    {
        if (_read == 0 || clock.GetElapsedTime(_read) > s_kept || codes.Any(c => c is not null && _tree.Find(c) is null))
        {
            await using var command = db.CreateCommand(
                $"select id, name, level, parent_id, land_in, valid_from, valid_to, replaced_by from {table}");
            await using var reader = await command.ExecuteReaderAsync();
            var nodes = new List<DivisionNode>();
            while (await reader.ReadAsync())
            {
                nodes.Add(new DivisionNode(
                    reader.GetString(0), reader.GetString(1), reader.GetString(2), Text(3), Text(4), Day(5), Day(6), Text(7)));
            }

            (_tree, _read) = (DivisionTree.Of(nodes), clock.GetTimestamp());

            string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
            DateOnly? Day(int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateOnly>(column);
        }

        return _tree;
    }

    /// <summary>The rows changed here: what is asked next is read anew. Other replicas follow within a second.</summary>
    public void Forget() => _read = 0;

    /// <summary>May this client act for a division: its own or one below, and one that exists on the day.</summary>
    public async ValueTask<Refusal?> Refuses(Client client, string division, DateOnly on)
    {
        var tree = await Tree(division);
        return tree.Find(division) switch
        {
            null => Refusal.Invalid("division.unknown", $"There is no division {division}."),
            { ReplacedBy: { } by } node when node.ValidTo < on =>
                Refusal.Invalid("division.replaced", $"{division} {node.Name} was replaced by {by} after {node.ValidTo:yyyy-MM-dd}."),
            _ when !tree.IsValid(division, on) => Refusal.Invalid("division.not-valid", $"{division} does not exist on {on:yyyy-MM-dd}."),
            _ when client.Division != Client.Everywhere && !tree.Contains(client.Division, division) =>
                Refusal.Forbidden("division.forbidden", $"{division} is not in the division of this client."),
            _ => null,
        };
    }

    /// <summary>What a filter by a division means: it with all below, and those above it. Null where nothing is asked.</summary>
    public async ValueTask<(string[]? Under, string[]? Path)> Asked(string? division)
    {
        if (division is null)
        {
            return (null, null);
        }

        var tree = await Tree(division);
        return ([.. tree.Under(division).Select(d => d.Id)], [.. tree.PathOf(division).Select(d => d.Id)]);
    }

    /// <summary>The divisions a client sees: its own and all below; and those above it, whose plans and projects may touch it. Null: all.</summary>
    public async ValueTask<(string[] Under, string[] Path)?> Seen(Client client)
    {
        if (client.Division == Client.Everywhere)
        {
            return null;
        }

        var tree = await Tree(client.Division);
        return ([.. tree.Under(client.Division).Select(d => d.Id)], [.. tree.PathOf(client.Division).Select(d => d.Id)]);
    }
}

using System.Text.Json.Serialization;
using Npgsql;
using Restoration.Domain;
using Restoration.ServiceDefaults;

namespace Restoration.Http;

/// <summary>
/// The tree of divisions as this process knows it: read from the service's rows (Registry's own, a copy elsewhere), kept for a moment,
/// read again when a code is asked for that it does not know, so that a division just defined through another replica is found.
/// </summary>
/// <param name="table">With columns id, name, level, parent_id, land_in, valid_from, valid_to, replaced_by, former_names, former_parents, stated_counties.</param>
public sealed class Territory(NpgsqlDataSource db, TimeProvider clock, string table)
{
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(1);
    private DivisionTree _tree = DivisionTree.Empty;
    private long _read;

    /// <summary>The tree of today; those of other days are made from it.</summary>
    public async ValueTask<DivisionTree> Tree(params IEnumerable<string?> codes)
    {
        if (_read == 0 || clock.GetElapsedTime(_read) > s_kept || codes.Any(c => c is not null && _tree.Find(c) is null))
        {
            await using var command = db.CreateCommand(
                $"select {Columns} from {table}");
            (_tree, _read) = (DivisionTree.Of(await command.List(Node, default)).On(new Moment(clock.GetUtcNow()).Day), clock.GetTimestamp());
        }

        return _tree;
    }

    public const string Columns = "id, name, level, parent_id, land_in, valid_from, valid_to, replaced_by, former_names, former_parents, stated_counties";

    /// <summary>A division, from its <see cref="Columns"/>.</summary>
    public static DivisionNode Node(NpgsqlDataReader r) => new(r.GetString(0), r.GetString(1), r.GetString(2), r.Text(3), r.Text(4), r.Day(5), r.Day(6), r.Text(7))
    {
        FormerNames = r.Json(8, TerritoryJson.Default.FormerNameArray) ?? [],
        FormerParents = r.Json(9, TerritoryJson.Default.FormerParentArray) ?? [],
        StatedCounties = r.IsDBNull(10) ? null : r.GetInt32(10),
    };

    /// <summary>The rows changed here: what is asked next is read anew. Other replicas follow within a second.</summary>
    public void Forget() => _read = 0;

    /// <summary>May this client act for a division: its own or one below, and one that exists on the day.</summary>
    public async ValueTask<Refusal?> Refuses(Client client, string division, DateOnly on)
    {
        var tree = await Tree(division);
        return tree.Find(division) switch
        {
            null => Refusal.Invalid("division.unknown", $"There is no division {division}."),
            { ReplacedBy: not null } node when node.ValidTo < on =>
                Refusal.Invalid("division.replaced", $"{division} {node.Name} was replaced by {tree.On(on).Standing(division)} after {node.ValidTo:yyyy-MM-dd}."),
            _ when !tree.IsValid(division, on) => Refusal.Invalid(
                "division.not-valid", tree.Nodes.FirstOrDefault(n => n.ReplacedBy == division && n.IsValid(on)) is { } before
                    ? $"{division} does not exist on {on:yyyy-MM-dd}; it was {before.Id} {before.Name} then." : $"{division} does not exist on {on:yyyy-MM-dd}."),
            _ when client.Division != Client.Everywhere && !tree.Contains(client.Division, division) =>
                Refusal.Forbidden("division.forbidden", $"{division} is not in the division of this client."),
            _ => null,
        };
    }

    /// <summary>What a filter by a division means: it with all below, and those above it. Null where nothing is asked.</summary>
    /// <param name="on">Of the tree of this day; of today's where it is null.</param>
    public async ValueTask<(string[]? Under, string[]? Path)> Asked(string? division, DateOnly? on = null)
    {
        if (division is null)
        {
            return (null, null);
        }

        var tree = await Tree(division);
        tree = on is { } day ? tree.On(day) : tree;
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

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(FormerName[]))]
[JsonSerializable(typeof(FormerParent[]))]
internal sealed partial class TerritoryJson : JsonSerializerContext;

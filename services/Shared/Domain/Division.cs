using System.Collections.Frozen;

namespace Restoration.Domain;

/// <summary>An administrative division or function zone as the tree knows it.</summary>
/// <param name="Id">GB/T 2260 code, or a slug for function zones and towns.</param>
/// <param name="Name">As printed, Chinese.</param>
/// <param name="Level">province, city, county, function-zone or township.</param>
/// <param name="Parent">What it reports to; null at the top.</param>
/// <param name="LandIn">The county whose land a function zone lies on; no part of the hierarchy.</param>
/// <param name="ValidFrom">First day it exists; null when that is open.</param>
/// <param name="ValidTo">Last day it exists; null when that is open.</param>
/// <param name="ReplacedBy">The code that follows it after <paramref name="ValidTo"/>.</param>
public sealed record DivisionNode(
    string Id, string Name, string Level, string? Parent = null, string? LandIn = null,
    DateOnly? ValidFrom = null, DateOnly? ValidTo = null, string? ReplacedBy = null);

/// <summary>
/// All divisions at one moment, for rules to ask. It is built from facts as they arrived: a parent may be missing and parents may even
/// form a ring; every question still has an answer, and an unknown division contains nothing and lies nowhere.
/// </summary>
public sealed class DivisionTree
{
    private readonly FrozenDictionary<string, DivisionNode> _nodes;
    private readonly ILookup<string, DivisionNode> _children;

    private DivisionTree(Dictionary<string, DivisionNode> nodes)
    {
        _nodes = nodes.ToFrozenDictionary(StringComparer.Ordinal);
        _children = nodes.Values
            .Where(node => node.Parent is not null)
            .OrderBy(node => node.Id, StringComparer.Ordinal)
            .ToLookup(node => node.Parent!, StringComparer.Ordinal);
    }

    public static DivisionTree Empty { get; } = Of([]);

    public IReadOnlyCollection<DivisionNode> Nodes => _nodes.Values;

    /// <summary>Of several nodes with one id the last stands, as with the facts they come from.</summary>
    public static DivisionTree Of(IEnumerable<DivisionNode> nodes)
    {
        var latest = new Dictionary<string, DivisionNode>(StringComparer.Ordinal);
        foreach (var node in nodes)
            latest[node.Id] = node;
        return new(latest);
    }

    public DivisionNode? Find(string? id) => id is null ? null : _nodes.GetValueOrDefault(id);

    /// <summary>True when the division is the ancestor itself or lies under it.</summary>
    public bool Contains(string? ancestor, string? id)
    {
        var steps = 0;
        // A walk longer than the tree has gone round a ring.
        for (var node = Find(id); node is not null && steps <= _nodes.Count; node = Find(node.Parent), steps++)
        {
            if (node.Id == ancestor)
                return true;
        }

        return false;
    }

    /// <summary>The division itself first, then what it lies in, up to the top; empty for an unknown one.</summary>
    public IReadOnlyList<DivisionNode> PathOf(string? id)
    {
        var path = new List<DivisionNode>();
        for (var node = Find(id); node is not null && !path.Contains(node); node = Find(node.Parent))
            path.Add(node);
        return path;
    }

    /// <summary>The division itself first, then everything under it, level by level in the order of ids; empty for an unknown one.</summary>
    public IReadOnlyList<DivisionNode> Under(string? id)
    {
        if (Find(id) is not { } root)
            return [];
        var found = new List<DivisionNode> { root };
        var seen = new HashSet<string>(StringComparer.Ordinal) { root.Id };
        for (var next = 0; next < found.Count; next++)
            found.AddRange(_children[found[next].Id].Where(child => seen.Add(child.Id)));
        return found;
    }

    /// <summary>True when the division is known and existed on that day; both ends belong to its life.</summary>
    public bool IsValid(string? id, DateOnly on) =>
        Find(id) is { } node && !(node.ValidFrom > on) && !(node.ValidTo < on);
}

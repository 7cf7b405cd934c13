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
    DateOnly? ValidFrom = null, DateOnly? ValidTo = null, string? ReplacedBy = null)
{
    /// <summary>What it was called before, oldest first.</summary>
    public IReadOnlyList<FormerName> FormerNames { get; init; } = [];

    /// <summary>What it reported to before, oldest first.</summary>
    public IReadOnlyList<FormerParent> FormerParents { get; init; } = [];

    /// <summary>How many counties there are in it, known here or not; null where nobody said.</summary>
    public int? StatedCounties { get; init; }

    /// <summary>Both ends belong to its life.</summary>
    public bool IsValid(DateOnly on) => !(ValidFrom > on) && !(ValidTo < on);
}

/// <summary>A name that a division bore through a day.</summary>
public sealed record FormerName(string Name, string? NameEn, DateOnly LastDay);

/// <summary>A division that another reported to through a day.</summary>
public sealed record FormerParent(string ParentId, DateOnly LastDay);

/// <summary>How much of a division is known: a sum over it is a sum over these counties.</summary>
/// <param name="Counties">How many of its counties are in the register.</param>
/// <param name="Stated">How many there are; absent where nobody said.</param>
public sealed record CountyCoverage(int Counties, int? Stated);

/// <summary>
/// All divisions at one moment, for rules to ask. It is built from facts as they arrived: a parent may be missing and parents may even
/// form a ring; every question still has an answer, and an unknown division contains nothing and lies nowhere.
/// </summary>
public sealed class DivisionTree
{
    private readonly FrozenDictionary<string, DivisionNode> _nodes;
    private readonly ILookup<string, DivisionNode> _children;
    private readonly DivisionNode[] _replaced;
    private readonly DivisionTree? _said;
    private readonly DateOnly _day;

    /// <param name="said">What was said of all days, where this is the tree of one.</param>
    private DivisionTree(Dictionary<string, DivisionNode> nodes, DivisionTree? said, DateOnly day)
    {
        (_said, _day) = (said, day);
        _nodes = nodes.ToFrozenDictionary(StringComparer.Ordinal);
        _replaced = [.. nodes.Values.Where(node => node.ReplacedBy is not null)];
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
        return new(latest, null, DateOnly.MaxValue);
    }

    /// <summary>
    /// The tree of a day: each division under what it reported to then, by its name then. A code that had ceased lies under the one that
    /// stands for it, so that what was reported under it still counts there, once, and so does all that is above.
    /// </summary>
    public DivisionTree On(DateOnly day)
    {
        var said = _said ?? this;
        return new(said._nodes.Values.ToDictionary(n => n.Id, n => n with
        {
            Name = n.FormerNames.FirstOrDefault(f => day <= f.LastDay)?.Name ?? n.Name,
            Parent = said.Standing(n.Id, day) is { } heir && heir != n.Id
                ? heir : said.Standing(n.FormerParents.FirstOrDefault(f => day <= f.LastDay)?.ParentId ?? n.Parent, day),
            LandIn = said.Standing(n.LandIn, day),
        }), said, day);
    }

    public DivisionNode? Find(string? id) => id is null ? null : _nodes.GetValueOrDefault(id);

    /// <summary>The code that stands for a division on the day of this tree: its own, or that of the last that followed it.</summary>
    public string? Standing(string? id) => Standing(id, _day);

    private string? Standing(string? id, DateOnly day)
    {
        var steps = 0;
        for (var node = Find(id); node is { ReplacedBy: { } by } && node.ValidTo < day && Find(by) is { } heir && steps <= _nodes.Count; node = heir, steps++)
            id = by;
        return id;
    }

    /// <summary>The other codes that the place of a division goes by, before it or after it.</summary>
    public IEnumerable<string> OtherCodes(string id)
    {
        if (_replaced.Length == 0)
            return [];
        var standing = Standing(id);
        return _replaced.Where(node => Standing(node.Id) == standing).Select(node => node.Id).Append(standing!).Where(code => code != id).Distinct();
    }

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
    public bool IsValid(string? id, DateOnly on) => Find(id)?.IsValid(on) == true;

    /// <summary>How much of it is known on the day of this tree.</summary>
    public CountyCoverage CoverageOf(string? id) => new(Under(id).Count(n => n.Level == "county" && n.IsValid(_day)), Find(id)?.StatedCounties);
}

using Restoration.Domain;

namespace Restoration.Registry.Divisions;

/// <summary>Enter a division into the tree.</summary>
public sealed record DefineDivision(
    string Id, string Name, string? NameEn, DivisionLevel Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? Note, By By, DateTimeOffset At, int? StatedCounties = null);

/// <summary>A code ceases after a day and another takes its place.</summary>
public sealed record ReplaceDivision(string ReplacedBy, DateOnly LastDay, By By, DateTimeOffset At);

/// <summary>It is called otherwise from a day on.</summary>
public sealed record RenameDivision(string Name, string? NameEn, DateOnly From, string? Reason, By By, DateTimeOffset At);

/// <summary>It reports to another division from a day on.</summary>
public sealed record MoveDivision(string ParentId, DateOnly From, string? Reason, By By, DateTimeOffset At);

/// <summary>The rules of the tree (domain §2).</summary>
public static class DivisionDecider
{
    public static Decision<DivisionEvent> Decide(Division division, DefineDivision c, DivisionTree tree)
    {
        var defined = new DivisionDefined(c.Id, c.Name, c.NameEn, c.Level, c.ParentId, c.LandIn, c.Area, c.ValidFrom, c.ValidTo, c.Note, c.By, c.At, c.StatedCounties);
        if (division.Defined is { } known)
        {
            return known with { By = c.By, At = c.At } == defined
                ? []
                : Refusal.Conflict("division.exists", $"{c.Id} is {known.Name} already; a code that changes hands is replaced, not redefined.");
        }

        List<Fault> faults = [.. Code(c), .. Parent(c, tree.Find(c.ParentId))];
        if (c.LandIn is not null && (c.Level != DivisionLevel.FunctionZone || tree.Find(c.LandIn) is not { Level: "county" }))
        {
            faults.Add(new Fault("#/landIn", "Only a function zone lies on land of another division, and that is a county."));
        }

        if (c.ValidFrom > c.ValidTo)
        {
            faults.Add(new Fault("#/validTo", "The last day is before the first."));
        }

        if (c.StatedCounties is { } stated && (stated < 1 || c.Level is not (DivisionLevel.Province or DivisionLevel.City)))
        {
            faults.Add(new Fault("#/statedCounties", "Provinces and cities have counties, and at least one."));
        }

        return faults.Count > 0 ? Refusal.Invalid("division.invalid", faults[0].Detail, faults) : [defined];
    }

    public static Decision<DivisionEvent> Decide(Division division, string id, ReplaceDivision c, DivisionTree tree) => division switch
    {
        { Defined: null } => Refusal.NotFound("division.unknown", $"There is no division {id}."),
        { ReplacedBy: { } by } when by == c.ReplacedBy && division.ValidTo == c.LastDay => [],
        { ReplacedBy: { } by } => Refusal.Conflict("division.replaced", $"{id} was replaced by {by} already."),
        _ when c.ReplacedBy == id || tree.Find(c.ReplacedBy) is null =>
            Refusal.Invalid("division.invalid", "The successor must be another division that is known.", new Fault("#/replacedBy", "There is no such division.")),
        _ when Heir(tree, division, id, c).ToList() is { Count: > 0 } faults => Refusal.Invalid("division.invalid", faults[0].Detail, faults),
        _ => [new DivisionReplaced(id, c.ReplacedBy, c.LastDay, c.By, c.At)],
    };

    public static Decision<DivisionEvent> Decide(Division division, string id, RenameDivision c) => division switch
    {
        { Defined: null } => Refusal.NotFound("division.unknown", $"There is no division {id}."),
        _ when (division.Name, division.NameEn) == (c.Name, c.NameEn) => [],
        _ when division.ValidTo < c.From => Ceased(id, division),
        _ when TooEarly(division, division.FormerNames is [.., var last] ? last.LastDay : null, c.From) =>
            Refusal.Invalid("division.invalid", "Names follow each other.", new Fault("#/from", "It has borne its present name since that day or a later one.")),
        _ => [new DivisionRenamed(
            id, c.Name, c.NameEn, c.From, [.. division.FormerNames, new(division.Name, division.NameEn, c.From.AddDays(-1))], c.Reason, c.By, c.At)],
    };

    /// <summary>The code may stay when a county changes its city; where it does not, the code is replaced.</summary>
    public static Decision<DivisionEvent> Decide(Division division, string id, MoveDivision c, DivisionTree tree)
    {
        if (division.Defined is not { } defined)
        {
            return Refusal.NotFound("division.unknown", $"There is no division {id}.");
        }

        if (division.ParentId == c.ParentId)
        {
            return [];
        }

        if (division.ValidTo < c.From)
        {
            return Ceased(id, division);
        }

        List<Fault> faults = [];
        if (division.ParentId is null || tree.Contains(id, c.ParentId) || !Fits(defined.Level, tree.Find(c.ParentId)) || !tree.IsValid(c.ParentId, c.From))
        {
            faults.Add(new Fault("#/parentId", "A division moves to another one of the level above it that exists on that day; provinces stay where they are."));
        }

        if (TooEarly(division, division.FormerParents is [.., var last] ? last.LastDay : null, c.From))
        {
            faults.Add(new Fault("#/from", "It has been where it is since that day or a later one."));
        }

        return faults.Count > 0
            ? Refusal.Invalid("division.invalid", faults[0].Detail, faults)
            : [new DivisionMoved(id, c.ParentId, c.From, [.. division.FormerParents, new(division.ParentId!, c.From.AddDays(-1))], c.Reason, c.By, c.At)];
    }

    private static Refusal Ceased(string id, Division division) => Refusal.Conflict(
        "division.replaced", $"{id} ceased after {division.ValidTo:yyyy-MM-dd}{(division.ReplacedBy is { } by ? $"; {by} follows it" : "")}.");

    /// <summary>What is now has lasted a day at least before something else begins.</summary>
    /// <param name="change">The last day of what was before.</param>
    private static bool TooEarly(Division division, DateOnly? change, DateOnly from) =>
        IsNoDay(from) || (change?.AddDays(1) ?? division.Defined!.ValidFrom) >= from;

    private static bool IsNoDay(DateOnly day) => day.Year is < 1900 or > 2999;

    /// <summary>A successor takes over on the day after, on the same level: what was counted under the one is counted under the other.</summary>
    private static IEnumerable<Fault> Heir(DivisionTree tree, Division division, string id, ReplaceDivision c)
    {
        var (heir, level) = (tree.Find(c.ReplacedBy)!, division.Defined!.Level);
        if (heir.Level != Kebab.Of(level) && (heir.Level, level) is not (("county", DivisionLevel.FunctionZone) or ("function-zone", DivisionLevel.County)))
        {
            yield return new Fault("#/replacedBy", "The successor is of another level.");
        }

        if (IsNoDay(c.LastDay))
        {
            yield return new Fault("#/lastDay", "There is no such day.");
            yield break;
        }

        if (!heir.IsValid(c.LastDay.AddDays(1)) || tree.Standing(c.ReplacedBy) == id)
        {
            yield return new Fault("#/replacedBy", "The successor does not exist on the day after.");
        }

        if (division.Defined.ValidFrom > c.LastDay)
        {
            yield return new Fault("#/lastDay", "The code was not valid yet on that day.");
        }
    }

    private static IEnumerable<Fault> Code(DefineDivision c)
    {
        var digits = c.Id.Length == 6 && c.Id.All(char.IsAsciiDigit);
        var right = c.Level switch
        {
            DivisionLevel.Province => digits && c.Id.EndsWith("0000", StringComparison.Ordinal),
            DivisionLevel.City => digits && c.Id.EndsWith("00", StringComparison.Ordinal),
            DivisionLevel.County => digits && !c.Id.EndsWith("00", StringComparison.Ordinal),
            _ => Slug.Is(c.Id) && !digits,
        };
        if (!right)
        {
            yield return new Fault("#/id", "Provinces, cities and counties have a GB/T 2260 code of their level; towns and function zones a slug.");
        }
    }

    private static bool Fits(DivisionLevel level, DivisionNode? parent) => (level, parent?.Level) is
        (DivisionLevel.City, "province") or (DivisionLevel.County, "city") or (DivisionLevel.FunctionZone, "city" or "province")
        or (DivisionLevel.Township, "county" or "function-zone");

    private static IEnumerable<Fault> Parent(DefineDivision c, DivisionNode? parent)
    {
        var right = c.Level switch
        {
            DivisionLevel.Province => parent is null && c.ParentId is null,
            DivisionLevel.City => Fits(c.Level, parent) && c.Id[..2] == parent!.Id[..2],
            DivisionLevel.County => Fits(c.Level, parent) && c.Id[..4] == parent!.Id[..4],
            _ => Fits(c.Level, parent),
        };
        if (!right)
        {
            yield return new Fault("#/parentId", parent is null && c.ParentId is not null
                ? $"There is no division {c.ParentId}."
                : "Cities lie in provinces, counties in cities (with the first digits of their code), function zones in cities or provinces, towns in counties or function zones.");
        }
    }
}

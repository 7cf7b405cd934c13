using Restoration.Domain;

namespace Restoration.Registry.Divisions;

/// <summary>Enter a division into the tree.</summary>
public sealed record DefineDivision(
    string Id, string Name, string? NameEn, DivisionLevel Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? Note, By By, DateTimeOffset At);

/// <summary>A code ceases after a day and another takes its place.</summary>
public sealed record ReplaceDivision(string ReplacedBy, DateOnly LastDay, By By, DateTimeOffset At);

/// <summary>The rules of the tree (domain §2).</summary>
public static class DivisionDecider
{
    public static Decision<DivisionEvent> Decide(Division division, DefineDivision c, DivisionTree tree)
    {
        var defined = new DivisionDefined(c.Id, c.Name, c.NameEn, c.Level, c.ParentId, c.LandIn, c.Area, c.ValidFrom, c.ValidTo, c.Note, c.By, c.At);
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

        return faults.Count > 0 ? Refusal.Invalid("division.invalid", faults[0].Detail, faults) : [defined];
    }

    public static Decision<DivisionEvent> Decide(Division division, string id, ReplaceDivision c, DivisionTree tree) => division switch
    {
        { Defined: null } => Refusal.NotFound("division.unknown", $"There is no division {id}."),
        { ReplacedBy: { } by } when by == c.ReplacedBy && division.ValidTo == c.LastDay => [],
        { ReplacedBy: { } by } => Refusal.Conflict("division.replaced", $"{id} was replaced by {by} already."),
        _ when c.ReplacedBy == id || tree.Find(c.ReplacedBy) is null =>
            Refusal.Invalid("division.invalid", "The successor must be another division that is known.", new Fault("#/replacedBy", "There is no such division.")),
        _ => [new DivisionReplaced(id, c.ReplacedBy, c.LastDay, c.By, c.At)],
    };

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

    private static IEnumerable<Fault> Parent(DefineDivision c, DivisionNode? parent)
    {
        var right = (c.Level, parent?.Level) switch
        {
            (DivisionLevel.Province, null) => c.ParentId is null,
            (DivisionLevel.City, "province") => c.Id[..2] == parent!.Id[..2],
            (DivisionLevel.County, "city") => c.Id[..4] == parent!.Id[..4],
            (DivisionLevel.FunctionZone, "city" or "province") => true,
            (DivisionLevel.Township, "county" or "function-zone") => true,
            _ => false,
        };
        if (!right)
        {
            yield return new Fault("#/parentId", parent is null && c.ParentId is not null
                ? $"There is no division {c.ParentId}."
                : "Cities lie in provinces, counties in cities (with the first digits of their code), function zones in cities or provinces, towns in counties or function zones.");
        }
    }
}

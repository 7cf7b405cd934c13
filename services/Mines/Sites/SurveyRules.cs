using Restoration.Domain;

namespace Restoration.Mines.Sites;

/// <summary>What a survey must say to be one.</summary>
internal static class SurveyRules
{
    /// <summary>A box round China: a place outside is a slip, such as lon and lat exchanged.</summary>
    private const decimal West = 73, East = 136, South = 3, North = 54;

    public static IEnumerable<Fault> Faults(SiteRef site, Survey survey, DivisionTree tree)
    {
        if (!Slug.Is(site.Id))
        {
            yield return new Fault("#/id", Slug.Form);
        }

        if (string.IsNullOrWhiteSpace(site.Name))
        {
            yield return new Fault("#/name", "A site has a name.");
        }

        if (tree.Find(site.Division) is not { Level: "county" or "function-zone" })
        {
            yield return new Fault("#/division", "A site lies in a county or function zone.");
        }

        if (survey.Town is { } town && (town == site.Division || !tree.Contains(site.Division, town)))
        {
            yield return new Fault("#/town", "There is no such town in the site's division.");
        }

        if (site.Lon is < West or > East)
        {
            yield return new Fault("#/lon", FormattableString.Invariant($"Degrees between {West} and {East} are expected."));
        }

        if (site.Lat is < South or > North)
        {
            yield return new Fault("#/lat", FormattableString.Invariant($"Degrees between {South} and {North} are expected."));
        }

        if (site.Area.Unit.Dimension != Dimension.Area)
        {
            yield return new Fault("#/area/unit", "A unit of area is expected.");
        }
        else if (site.Area.Value <= 0)
        {
            yield return new Fault("#/area/value", "The area of a site is more than zero.");
        }

        var d = survey.Damage;
        foreach (var (name, part) in new[] { ("excavated", d.Excavated), ("occupied", d.Occupied), ("subsided", d.Subsided), ("polluted", d.Polluted) })
        {
            if (part is { } area && area.Unit.Dimension != Dimension.Area)
            {
                yield return new Fault($"#/damage/{name}/unit", "A unit of area is expected.");
            }
            else if (part is { } damaged && (damaged.Value < 0 || damaged.Canonical > site.Area.Canonical))
            {
                yield return new Fault($"#/damage/{name}/value", "A damaged part is not negative, and at most the whole site.");
            }
        }

        if (survey.Responsible is { Name: "government" } && site.Kind != SiteKind.Legacy)
        {
            yield return new Fault("#/responsible/name", "The government answers for legacy sites only; a licensed one has its operator.");
        }
    }
}

using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Progress;

/// <summary>Count an accepted mine site in a measure, or no longer, where it counted.</summary>
/// <param name="AcceptedOn">Null where the site was reopened.</param>
/// <param name="Area">As accepted.</param>
public sealed record CountSite(string SiteId, string MeasureId, string Division, Quantity Area, DateOnly? AcceptedOn, By By, DateTimeOffset At);

/// <summary>The rules of measures that mine sites feed (domain §3): they take no reports, so nothing here meets those of <see cref="ProgressDecider"/>.</summary>
public static class SiteCountDecider
{
    /// <summary>
    /// Accepted sites are the verified progress of the measures they feed. A site counts once, in the month of its acceptance: accepted
    /// again after it was reopened, it leaves the earlier month.
    /// </summary>
    public static Decision<ProgressEvent> Decide(MeasureProgress progress, CountSite c, Project project)
    {
        if (project.Measure(c.MeasureId) is not { FedBy: { } fedBy } measure)
        {
            return Refusal.Invalid("measure.not-fed-by-sites", $"{c.MeasureId} is no measure that mine sites feed.");
        }

        var quantity = fedBy == FedBy.SiteCount ? new Quantity(1, Unit.Count) : c.Area;
        var known = progress.Sites.TryGetValue(c.SiteId, out var counted) ? counted : default;
        var figure = c.AcceptedOn is { } day
            ? new FigureRef(
                project.Ref.Id, project.Ref.PlanId, project.Ref.ProgrammeId, measure.Id, project.IndicatorFedBy(measure), c.Division, Period.Of(day, PeriodLength.Month))
            : null;
        if (known.Figure == figure && (figure is null || known.Quantity == quantity))
        {
            return [];
        }

        var facts = new List<ProgressEvent>();
        if (known.Figure is { } earlier)
        {
            var left = progress.Find(earlier.Division, earlier.Period)!.Total.Subtract(known.Quantity);
            facts.Add(new SiteCounted(earlier, c.SiteId, known.Quantity with { Value = 0 }, left, c.By, c.At));
            progress = MeasureProgress.Aggregate.Fold(progress, facts[0]);
        }

        if (figure is not null)
        {
            var before = progress.Find(figure.Division, figure.Period)?.Total ?? quantity with { Value = 0 };
            if (!before.CanAdd(quantity))
            {
                return Refusal.Invalid("quantity.out-of-range", "The areas have no exact sum.");
            }

            facts.Add(new SiteCounted(figure, c.SiteId, quantity, before.Add(quantity), c.By, c.At));
        }

        return [.. facts];
    }
}

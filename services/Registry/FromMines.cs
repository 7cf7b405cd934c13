using Restoration.Contracts.Mines;
using Restoration.Domain;
using Restoration.Messaging;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;

namespace Restoration.Registry;

/// <summary>What this service takes from Mines: accepted sites are the verified progress of the measures they feed.</summary>
public static class FromMines
{
    public static Consumers TakeSites(this Consumers consumers) => consumers
        .On("restoration.mines.site-accepted.v1", MinesJson.Default.SiteAccepted, (fact, letter, _) =>
            Count(fact.Site, fact.Area, fact.AcceptedOn, fact.By, letter))
        .On("restoration.mines.site-reopened.v1", MinesJson.Default.SiteReopened, (fact, letter, _) =>
            Count(fact.Site, fact.Site.Area, null, fact.By, letter));

    private static ValueTask<Handling> Count(Site site, Amount area, DateOnly? acceptedOn, Actor by, Letter letter)
    {
        if (site.Project is not { } project)
        {
            return ValueTask.FromResult(new Handling()); // belongs to no project
        }

        if (!Unit.TryParse(area.Unit, out var unit) || !Quantity.TryOf(area.Value, unit, out var quantity) || unit.Dimension != Dimension.Area)
        {
            throw new FormatException($"The area of the site {site.SiteId} cannot be read.");
        }

        return ValueTask.FromResult(new Handling(streams =>
        {
            var owner = streams.Get(Project.Aggregate, Project.Stream(project.ProjectId));
            return project.Feeds.Select(feed =>
            {
                var stream = MeasureProgress.Stream(feed.MeasureId);
                var command = new CountSite(site.SiteId, feed.MeasureId, site.Division, quantity, acceptedOn, new By(by.Client, by.Person), letter.Time);
                return streams.Record(
                    MeasureProgress.Aggregate, stream, SiteCountDecider.Decide(streams.Get(MeasureProgress.Aggregate, stream), command, owner));
            }).FirstOrDefault(refusal => refusal is not null);
        }));
    }
}

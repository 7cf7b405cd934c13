using Restoration.Contracts.Mines;
using Restoration.Domain;
using Restoration.Indicators.Sites;
using Restoration.Messaging;

namespace Restoration.Indicators;

/// <summary>What this service takes from Mines: accepted sites, which the mine indicators count.</summary>
public static class FromMines
{
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    public static Consumers TakeSites(this Consumers consumers) => consumers
        .On("restoration.mines.site-accepted.v1", MinesJson.Default.SiteAccepted, (fact, letter, _) =>
        {
            if (!Unit.TryParse(fact.Area.Unit, out var unit) || unit.Dimension != Dimension.Area || !Quantity.TryOf(fact.Area.Value, unit, out var area))
            {
                throw new FormatException($"The area of the site {fact.Site.SiteId} cannot be read.");
            }

            var command = new CountSite(
                fact.Site.SiteId, fact.Site.Name, fact.Site.Division, fact.Site.Kind, area, fact.AcceptedOn, letter.Id, letter.Position, Who(fact.By), letter.Time);
            return Handle(command.SiteId, site => SiteDecider.Decide(site, command));
        })
        .On("restoration.mines.site-reopened.v1", MinesJson.Default.SiteReopened, (fact, letter, _) =>
        {
            var command = new WithdrawSite(
                fact.Site.SiteId, fact.ReopenedOn ?? DateOnly.FromDateTime(letter.Time.ToOffset(s_china).DateTime), letter.Id, letter.Position, Who(fact.By), letter.Time);
            return Handle(command.SiteId, site => SiteDecider.Decide(site, command));
        });

    private static By Who(Actor by) => new(by.Client, by.Person);

    private static ValueTask<Handling> Handle(string siteId, Func<CountedSite, Decision<SiteEvent>> decide)
    {
        var stream = CountedSite.Stream(siteId);
        return ValueTask.FromResult(new Handling(s => s.Record(CountedSite.Aggregate, stream, decide(s.Get(CountedSite.Aggregate, stream)))));
    }
}

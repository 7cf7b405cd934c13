using Restoration.EventStore;

namespace Restoration.Mines.Sites;

/// <summary>What time brings about for a site: a rectification is overdue when its last day is over in China.</summary>
public static class Deadlines
{
    private const string Overdue = "rectification-overdue";

    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    public static DueCommands Commands { get; } = new DueCommands().On(Overdue, (due, streams) => streams.Record(
        Site.Aggregate, due.Stream,
        SiteDecider.Decide(
            streams.Get(Site.Aggregate, due.Stream),
            new MarkOverdue(DateOnly.FromDateTime(due.At.ToOffset(s_china).DateTime).AddDays(-1), Due.By, due.At))));

    /// <summary>What the site expects of time now.</summary>
    internal static Row Of(Site site)
    {
        var (stream, id) = (Site.Stream(site.Ref!.Id), $"{Site.Stream(site.Ref.Id)} rectification");
        return site is { State: SiteState.Rectification, Overdue: false, Rejection.Deadline: var last }
            ? Due.At(stream, id, Overdue, new DateTimeOffset(last.AddDays(1), TimeOnly.MinValue, s_china))
            : Due.Never(id);
    }
}

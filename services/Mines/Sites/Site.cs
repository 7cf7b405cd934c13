using System.Collections.Immutable;
using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Mines.Sites;

/// <summary>A mine site as its rules see it, from the first survey to its acceptance, and reopened from there.</summary>
public sealed record Site
{
    public static readonly Site Unknown = new();

    public static readonly Aggregate<Site, SiteEvent> Aggregate = new("site", Unknown, (site, fact) => site.Evolve(fact), Rows);

    public static string Stream(string id) => $"site-{id}";

    public SiteState State { get; private init; }
    public SiteRef? Ref { get; private init; }
    public Survey? Survey { get; private init; }
    public int Revision { get; private init; }

    /// <summary>The area treated since the works began; null before.</summary>
    public Quantity? Treated { get; private init; }
    public ImmutableList<Evidence> Evidence { get; private init; } = [];

    /// <summary>Who surveyed it: none of them verifies or accepts it.</summary>
    public ImmutableList<By> Surveyors { get; private init; } = [];

    /// <summary>Who reported its works, now or before a reopening: none of them checks or accepts them.</summary>
    public ImmutableList<By> Workers { get; private init; } = [];

    /// <summary>Who checked the works as they stand.</summary>
    public By? CheckedBy { get; private init; }

    /// <summary>What was accepted, while it counts.</summary>
    public SiteAccepted? Acceptance { get; private init; }

    /// <summary>The day of the last reopening: no later acceptance is entered for a day before it, or the site would count twice.</summary>
    public DateOnly? ReopenedOn { get; private init; }

    /// <summary>Why the works were not accepted, and by when they are rectified; stands until they are reported again.</summary>
    public AcceptanceRejected? Rejection { get; private init; }

    /// <summary>Whether it was recorded that the deadline has passed.</summary>
    public bool Overdue { get; private init; }

    /// <summary>Why it was struck off or reopened last.</summary>
    public string? Reason { get; private init; }

    private Site Evolve(SiteEvent fact)
    {
        var next = this with { Ref = fact.Site };
        return fact switch
        {
            SiteSurveyed e => next with { State = SiteState.Reported, Survey = e.Survey, Revision = e.Revision, Surveyors = With(Surveyors, e.By) },
            SiteVerified => next with { State = SiteState.Verified },
            SiteStruckOff e => next with { State = SiteState.StruckOff, Reason = e.Reason },
            WorksReported e => next with
            {
                State = SiteState.Works,
                Treated = e.Treated,
                Evidence = Evidence.AddRange(e.Evidence.Where(n => Evidence.All(k => k.Sha256 != n.Sha256))),
                Workers = With(Workers, e.By),
                CheckedBy = null,
                Rejection = null,
                Overdue = false,
            },
            SiteSelfChecked e => next with { State = SiteState.SelfChecked, CheckedBy = e.By },
            SiteAccepted e => next with { State = SiteState.Accepted, Acceptance = e },
            AcceptanceRejected e => next with { State = SiteState.Rectification, Rejection = e, CheckedBy = null },
            RectificationOverdue => next with { Overdue = true },
            SiteReopened e => next with { State = SiteState.Works, Acceptance = null, CheckedBy = null, Reason = e.Reason, ReopenedOn = e.ReopenedOn },
            _ => next,
        };
    }

    private static ImmutableList<By> With(ImmutableList<By> people, By by) => people.Contains(by) ? people : people.Add(by);

    private static readonly RowTable<SiteRow> s_table = new("sites", RowJson.Default.SiteRow, "id");

    private static IEnumerable<Row> Rows(long version, Site site, IReadOnlyList<Event> recorded)
    {
        var r = site.Ref!;
        var detail = new SiteDetail(site.Survey!, site.Revision, [.. site.Evidence], site.Acceptance, site.Rejection, site.Overdue, site.Reason);
        yield return s_table.Row(r.Id, new SiteRow(
                r.Id, version, site.State, r.Division, r.Name, r.Kind, site.Survey!.Type, r.Mineral, r.Project?.ProjectId, r.Project?.PlanId,
                [.. r.Project?.Feeds.Select(f => f.MeasureId) ?? []], r.Area.Canonical, site.Treated?.Canonical, site.Acceptance?.Area.Canonical,
                site.Acceptance?.AcceptedOn, JsonSerializer.SerializeToElement(r, DetailJson.Default.SiteRef),
                JsonSerializer.SerializeToElement(detail, DetailJson.Default.SiteDetail)));
        if (recorded.Any(f => f is AcceptanceRejected or WorksReported or RectificationOverdue))
        {
            yield return Deadlines.Of(site);
        }
    }
}

/// <summary>What a site shows beside its columns.</summary>
internal sealed record SiteDetail(
    Survey Survey, int Revision, IReadOnlyList<Evidence> Evidence, SiteAccepted? Acceptance, AcceptanceRejected? Rejection, bool Overdue, string? Reason);

/// <summary>The row behind <c>GET sites</c>, named as its columns; areas in the canonical unit.</summary>
/// <param name="Feeds">The measures that its acceptance feeds.</param>
internal sealed record SiteRow(
    string Id, long Version, SiteState State, string Division, string Name, SiteKind Kind, SiteType Type, string? Mineral, string? ProjectId, string? PlanId,
    IReadOnlyList<string> Feeds, decimal Area, decimal? Treated, decimal? Accepted, DateOnly? AcceptedOn, JsonElement Site, JsonElement Detail);

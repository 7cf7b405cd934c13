using Restoration.Domain;
using Restoration.Messaging;
using Restoration.Mines.Sites;
using Out = Restoration.Contracts.Mines;

namespace Restoration.Mines;

/// <summary>Everything that leaves this service: which fact becomes which contract, and who uses it beside the feed.</summary>
public static class Publishing
{
    private static readonly string[] s_counting = ["registry", "indicators"];

    public static PublishingMap Map { get; } = new PublishingMap("mines", ContractJson.Default)
        .Fact<SiteSurveyed, Out.SiteSurveyed>("site-surveyed.v1", (e, _) => Of(e, SiteState.Reported, site => new Out.SiteSurveyed(
            site, Kebab.Of(e.Survey.Type), e.Survey.Note, Of(e.Sender), Of(e.By))))
        .Fact<SiteVerified, Out.SiteVerified>("site-verified.v1", (e, _) => Of(e, SiteState.Verified, site => new Out.SiteVerified(site, e.Note, Of(e.By))))
        .Fact<SiteStruckOff, Out.SiteStruckOff>("site-struck-off.v1", (e, _) => Of(e, SiteState.StruckOff, site => new Out.SiteStruckOff(site, e.Reason, Of(e.By))))
        .Fact<SiteLinked, Out.SiteLinked>("site-linked.v1", (e, _) => Of(e, e.State, site => new Out.SiteLinked(site, Of(e.By))))
        .Fact<WorksReported, Out.WorksReported>("works-reported.v1", (e, _) => Of(e, SiteState.Works, site => new Out.WorksReported(
            site, Of(e.Treated), [.. e.Evidence.Select(v => new Out.Proof(v.Uri, v.Sha256, Kebab.Of(v.Kind), v.TakenAt, v.Lon, v.Lat))],
            e.Reason, e.Note, Of(e.Sender), Of(e.By))))
        .Fact<SiteSelfChecked, Out.SiteSelfChecked>("site-self-checked.v1", (e, _) => Of(e, SiteState.SelfChecked, site => new Out.SiteSelfChecked(
            site, e.Note, Of(e.By))))
        .Fact<SiteAccepted, Out.SiteAccepted>("site-accepted.v1", (e, _) => Of(e, SiteState.Accepted, site => new Out.SiteAccepted(
            site, Of(e.Area), e.AcceptedOn,
            [.. e.Parts.Select(p => new Out.AcceptedPart(Kebab.Of(p.Use), Of(p.Area), [.. p.Measured.Select(m => new Out.CriterionMeasured(
                Kebab.Of(m.Criterion), m.Value, m.Required, m.Unit))]))],
            e.Team, e.Findings, Of(e.By))), s_counting)
        .Fact<AcceptanceRejected, Out.AcceptanceRejected>("acceptance-rejected.v1", (e, _) => Of(e, SiteState.Rectification, site => new Out.AcceptanceRejected(
            site, e.Findings, e.Deadline, Of(e.By))))
        .Fact<RectificationOverdue, Out.RectificationOverdue>("rectification-overdue.v1", (e, _) => Of(e, SiteState.Rectification, site =>
            new Out.RectificationOverdue(site, e.Deadline)))
        .Fact<SiteReopened, Out.SiteReopened>("site-reopened.v1", (e, _) => Of(e, SiteState.Works, site => new Out.SiteReopened(
            site, e.Reason, Of(e.By), e.ReopenedOn, e.AcceptedOn, e.Area is { } area ? Of(area) : null)), s_counting);

    private static Outgoing<T> Of<T>(SiteEvent e, SiteState state, Func<Out.Site, T> contract)
    {
        var s = e.Site;
        var project = s.Project is { } p
            ? new Out.SiteProject(p.ProjectId, p.PlanId, p.ProgrammeId, [.. p.Feeds.Select(f => new Out.Feed(f.MeasureId, Kebab.Of(f.FedBy)))])
            : null;
        return new(s.Id, s.Division, [s.Division], contract(new(
            s.Id, s.Name, s.Division, Kebab.Of(s.Kind), s.Mineral, Of(s.Area), s.Lon, s.Lat, project, Kebab.Of(state))));
    }

    private static Out.Amount Of(Quantity quantity) => new(quantity.Value, quantity.Unit.Code);

    private static Out.Actor Of(By by) => new(by.Client, by.Actor);

    private static Out.Sender? Of(Sender? sender) => sender is null ? null : new(sender.Source, sender.Id);
}

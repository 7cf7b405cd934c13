using Restoration.Contracts.Registry;
using Restoration.Domain;
using Restoration.Messaging;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Out = Restoration.Contracts.Registry;

namespace Restoration.Registry;

/// <summary>Everything that leaves this service: which fact becomes which contract, and who uses it beside the feed.</summary>
public static class Publishing
{
    private static readonly string[] s_all = ["indicators", "funding", "mines"];

    public static PublishingMap Map { get; } = new PublishingMap("registry", ContractJson.Default)
        .Fact<Divisions.DivisionDefined, Out.DivisionDefined>("division-defined.v1", (e, _) => new(
            e.Id, e.Id, [e.Id], new(e.Id, e.Name, e.NameEn, Kebab.Of(e.Level), e.ParentId, e.LandIn, e.ValidFrom, e.ValidTo)), s_all)
        .Fact<Divisions.DivisionReplaced, Out.DivisionReplaced>("division-replaced.v1", (e, _) => new(
            e.Id, e.Id, [e.Id, e.ReplacedBy], new(e.Id, e.ReplacedBy, e.LastDay)), s_all)
        .Fact<Plans.PlanRegistered, Out.PlanRegistered>("plan-registered.v1", (e, _) => new(
            e.PlanId, e.Division, [e.Division], new(
                e.PlanId, e.Definition.Name, e.Definition.Kind, e.Division, e.Definition.From, e.Definition.To, e.Definition.TargetYears,
                [.. e.Definition.Programmes.Select(p => new Programme(p.Id, p.Name, p.PrintedEstimate?.Yuan))])), s_all)
        .Fact<Plans.PlanAdopted, Out.PlanAdopted>("plan-adopted.v1", (e, _) => new(
            e.PlanId, e.Division, [e.Division], new(e.PlanId, e.Division, e.DocumentNumber, e.ProjectIds)))
        .Fact<Projects.ProjectDesigned, Out.ProjectDesigned>("project-designed.v1", (e, _) => Of(e, new Out.ProjectDesigned(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Definition.KeyWorkId, e.Definition.Name, Kebab.Of(e.Definition.Kind),
            e.Project.Division, e.Project.Counties, e.Definition.LeadUnit, [.. e.Definition.Schedule.Select(y => new Out.Years(y.From, y.To))],
            e.Definition.Estimate?.Yuan,
            [.. e.Definition.Measures.Select(m => new Out.Measure(
                m.Id, m.Name, m.Quantity is { } q ? Of(q) : null, m.Division, m.IndicatorId, Kebab.Of(m.Role), m.FedBy is { } fed ? Kebab.Of(fed) : null))],
            [.. e.Definition.FundingPlan.Select(s => new Out.FundingShare(s.Channel, s.Amount.Yuan))])), "funding", "mines")
        .Fact<Projects.ProjectApproved, Out.ProjectApproved>("project-approved.v1", (e, _) => Of(e, new Out.ProjectApproved(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.EnteredWithPlan)), "funding", "mines")
        .Fact<Projects.ProjectStarted, Out.ProjectStarted>("project-started.v1", (e, _) => Of(e, new Out.ProjectStarted(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId)), "funding", "mines")
        .Fact<Progress.ProgressReported, Out.ProgressReported>("progress-reported.v1", (e, _) => Of(e, new Out.ProgressReported(
            Of(e.Figure, e.Total, null, "reported"), Kebab.Of(e.Mode), Of(e.Quantity), e.InvestmentCompleted?.Yuan,
            [.. e.Evidence.Select(v => new Proof(v.Uri, v.Sha256, Kebab.Of(v.Kind), v.TakenAt, v.Lon, v.Lat))],
            [.. Flags(e)], e.Reason, e.Note, Of(e.Sender), Of(e.By))))
        .Fact<Progress.ProgressCorrected, Out.ProgressCorrected>("progress-corrected.v1", (e, _) => Of(e, new Out.ProgressCorrected(
            Of(e.Figure, e.Total, null, "reported"), Of(e.Corrects), Of(e.Quantity), e.Reason, Of(e.Sender), Of(e.By))))
        .Fact<Progress.ProgressRederived, Out.ProgressRederived>("progress-rederived.v1", (e, _) => Of(e, new Out.ProgressRederived(
            Of(e.Figure, e.Total, null, "reported"), Of(e.Before), e.CausedBy, Of(e.By))))
        .Fact<Progress.ProgressChecked, Out.ProgressChecked>("progress-checked.v1", (e, _) => Of(e, new Out.ProgressChecked(
            Of(e.Figure, e.Total, null, "checked"), e.Note, Of(e.By))))
        .Fact<Progress.ProgressVerified, Out.ProgressVerified>("progress-verified.v1", (e, _) => Of(e, new Out.ProgressVerified(
            Of(e.Figure, e.Total, e.Total, "verified"), e.Before is { } before ? Of(before) : null, e.Note, Of(e.By))), "indicators")
        .Fact<Progress.SiteCounted, Out.SiteCounted>("site-counted.v1", (e, _) => Of(e, new Out.SiteCounted(
            Of(e.Figure, e.Total, e.Total, "verified"), e.SiteId, Of(e.Quantity), Of(e.By))))
        .Internal<Projects.MoneyMoved>() // Funding says it itself
        .Internal<Projects.AccountsSettled>()
        .Fact<Progress.ProgressDisputed, Out.ProgressDisputed>("progress-disputed.v1", (e, _) => Of(e, new Out.ProgressDisputed(
            Of(e.Figure, null, null, "disputed"), e.Reason, Of(e.By))));

    private static Outgoing<T> Of<T>(ProjectEvent e, T contract) =>
        new(e.Project.Id, e.Project.Division, [e.Project.Division, .. e.Project.Counties], contract);

    private static Outgoing<T> Of<T>(ProgressEvent e, T contract) => new(e.Figure.Id, e.Figure.Division, [e.Figure.Division], contract);

    private static Amount Of(Quantity quantity) => new(quantity.Value, quantity.Unit.Code);

    private static Actor Of(By by) => new(by.Client, by.Actor);

    private static Out.Sender? Of(Progress.Sender? sender) => sender is null ? null : new(sender.Source, sender.Id);

    private static Out.Figure Of(FigureRef f, Quantity? reported, Quantity? verified, string state) => new(
        f.Id, f.ProjectId, f.PlanId, f.ProgrammeId, f.MeasureId, f.IndicatorId, f.Division, f.Period.ToString(),
        reported is { } r ? Of(r) : null, verified is { } v ? Of(v) : null, state);

    private static IEnumerable<string> Flags(Progress.ProgressReported e)
    {
        if (e.Outlier)
        {
            yield return "outlier";
        }

        if (e.OverTarget)
        {
            yield return "over-target";
        }
    }
}

using Restoration.Contracts.Registry;
using Restoration.Domain;
using Restoration.Messaging;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Out = Restoration.Contracts.Registry;

namespace Restoration.Registry;

/// <summary>Everything that leaves this service: which fact becomes which contract, and who uses it beside the feed.</summary>
public static partial class Publishing
{
    private static readonly string[] s_all = ["indicators", "funding", "mines"];

    public static PublishingMap Map { get; } = new PublishingMap("registry", ContractJson.Default)
        .Fact<Divisions.DivisionDefined, Out.DivisionDefined>("division-defined.v1", (e, _) => new(
            e.Id, e.Id, [e.Id], new(e.Id, e.Name, e.NameEn, Kebab.Of(e.Level), e.ParentId, e.LandIn, e.ValidFrom, e.ValidTo, e.StatedCounties)), s_all)
        .Fact<Divisions.DivisionReplaced, Out.DivisionReplaced>("division-replaced.v1", (e, _) => new(
            e.Id, e.Id, [e.Id, e.ReplacedBy], new(e.Id, e.ReplacedBy, e.LastDay)), s_all)
        .Fact<Divisions.DivisionRenamed, Out.DivisionRenamed>("division-renamed.v1", (e, _) => new(
            e.Id, e.Id, [e.Id], new(e.Id, e.Name, e.NameEn, e.From, [.. e.Former.Select(f => new Out.FormerName(f.Name, f.NameEn, f.LastDay))])), s_all)
        .Fact<Divisions.DivisionMoved, Out.DivisionMoved>("division-moved.v1", (e, _) => new(
            e.Id, e.Id, [e.Id, e.ParentId, e.Former[^1].ParentId],
            new(e.Id, e.ParentId, e.From, [.. e.Former.Select(f => new Out.FormerParent(f.ParentId, f.LastDay))])), s_all)
        .Fact<Plans.PlanRegistered, Out.PlanRegistered>("plan-registered.v1", (e, _) => new(
            e.PlanId, e.Division, [e.Division], new(
                e.PlanId, e.Definition.Name, e.Definition.Kind, e.Division, e.Definition.From, e.Definition.To, e.Definition.TargetYears,
                [.. e.Definition.Programmes.Select(p => new Programme(p.Id, p.Name, p.PrintedEstimate?.Yuan))])), s_all)
        .Fact<Plans.PlanAdopted, Out.PlanAdopted>("plan-adopted.v1", (e, _) => new(
            e.PlanId, e.Division, [e.Division], new(e.PlanId, e.Division, e.DocumentNumber, e.ProjectIds, e.Supersedes)))
        .Fact<Plans.PlanSuperseded, Out.PlanSuperseded>("plan-superseded.v1", (e, _) => new(
            e.PlanId, e.Division, [e.Division], new(e.PlanId, e.Division, e.SupersededBy)))
        .Fact<Plans.PlanAmended, Out.PlanAmended>("plan-amended.v1", (e, _) => new(
            e.PlanId, e.Division, [e.Division], new(
                e.PlanId, e.Amendment.Id, e.Amendment.DocumentNumber, e.Amendment.Reason, e.Definition.Name, e.Definition.Kind, e.Division, e.Definition.From, e.Definition.To,
                e.Definition.TargetYears, [.. e.Definition.Programmes.Select(p => new Programme(p.Id, p.Name, p.PrintedEstimate?.Yuan))],
                [.. e.Amendment.Projects.Select(p => p.ProjectId)], [.. e.Amendment.Added.Select(p => p.ProjectId)], [.. e.Amendment.Dropped.Select(p => p.ProjectId)], Of(e.By))), s_all)
        .Fact<Plans.PlanDocumentRegistered, Out.PlanDocumentRegistered>("plan-document-registered.v1", (e, _) => new(
            e.PlanId, e.Division, [.. new[] { e.Division, e.Document.Division }.Distinct()], new(
                e.PlanId, e.Document.Id, Kebab.Of(e.Document.Kind), e.Document.Title, e.Document.Division, e.Document.Year, e.Document.Uri, e.Document.Sha256)))
        .Fact<Plans.PeriodFrozen, Out.PeriodFrozen>("period-frozen.v1", (e, _) => new(
            e.PlanId, e.Division, [e.Division, .. e.Assessed == e.Division ? [] : (string[])[e.Assessed]], new(e.PlanId, e.AssessmentId, e.Assessed, e.Period.ToString())))
        .Fact<Zones.ZoneRegistered, Out.ZoneRegistered>("zone-registered.v1", (e, _) => new(
            e.ZoneId, e.Division, [.. e.Definition.Parts.Select(p => p.Division).Prepend(e.Division).Distinct()], new(
                e.ZoneId, e.PlanId, e.Division, Kebab.Of(e.Definition.Kind), e.Definition.KeyAreaKind is { } kind ? Kebab.Of(kind) : null, e.Definition.Name,
                [.. e.Definition.Parts.Select(p => new Out.ZonePart(p.Division, p.Whole, p.Share))], e.Definition.Problems, e.Definition.Directions)))
        .Fact<Projects.ProjectDesigned, Out.ProjectDesigned>("project-designed.v1", (e, _) => Of(e, new Out.ProjectDesigned(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Definition.KeyWorkId, e.Definition.Name, Kebab.Of(e.Definition.Kind),
            e.Project.Division, e.Project.Counties, e.Definition.LeadUnit, [.. e.Definition.Schedule.Select(y => new Out.Years(y.From, y.To))],
            e.Definition.Estimate?.Yuan, [.. e.Definition.Measures.Select(Of)], [.. e.Definition.FundingPlan.Select(Of)])), "funding", "mines")
        .Fact<Projects.ProjectChanged, Out.ProjectChanged>("project-changed.v1", (e, _) => Of(e, new Out.ProjectChanged(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Definition.KeyWorkId, e.Definition.Name, Kebab.Of(e.Definition.Kind),
            e.Project.Division, e.Project.Counties, e.Definition.LeadUnit, [.. e.Definition.Schedule.Select(y => new Out.Years(y.From, y.To))],
            e.Definition.Estimate?.Yuan, [.. e.Definition.Measures.Select(Of)], [.. e.Definition.FundingPlan.Select(Of)], e.Cause, Of(e.By))), "funding", "mines")
        .Fact<Projects.ProjectApproved, Out.ProjectApproved>("project-approved.v1", (e, _) => Of(e, new Out.ProjectApproved(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.EnteredWithPlan, e.ApprovingDivision)), "funding", "mines")
        .Fact<Projects.ProjectStarted, Out.ProjectStarted>("project-started.v1", (e, _) => Of(e, new Out.ProjectStarted(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId)), "funding", "mines")
        .Fact<Progress.ProgressReported, Out.ProgressReported>("progress-reported.v1", (e, _) => Of(e, new Out.ProgressReported(
            Of(e.Figure, e.Total, null, "reported"), Kebab.Of(e.Mode), Of(e.Quantity), e.InvestmentCompleted?.Yuan,
            Of(e.Evidence),
            [.. Flags(e)], e.Reason, e.Note, Of(e.Sender), Of(e.By))))
        .Fact<Progress.ProgressCorrected, Out.ProgressCorrected>("progress-corrected.v1", (e, _) => Of(e, new Out.ProgressCorrected(
            Of(e.Figure, e.Total, null, "reported"), Of(e.Corrects), Of(e.Quantity), e.Reason, Of(e.Sender), Of(e.By), e.FrozenBy, e.Outlier, e.OverTarget)))
        .Fact<Progress.ProgressRederived, Out.ProgressRederived>("progress-rederived.v1", (e, _) => Of(e, new Out.ProgressRederived(
            Of(e.Figure, e.Total, null, "reported"), Of(e.Before), e.CausedBy, Of(e.By), e.FrozenBy)))
        .Fact<Progress.ProgressChecked, Out.ProgressChecked>("progress-checked.v1", (e, _) => Of(e, new Out.ProgressChecked(
            Of(e.Figure, e.Total, null, "checked"), e.Note, Of(e.By))))
        .Fact<Progress.ProgressVerified, Out.ProgressVerified>("progress-verified.v1", (e, _) => Of(e, new Out.ProgressVerified(
            Of(e.Figure, e.Total, e.Total, "verified"), e.Before is { } before ? Of(before) : null, e.Note, Of(e.By))), "indicators")
        .Fact<Progress.SiteCounted, Out.SiteCounted>("site-counted.v1", (e, _) => Of(e, new Out.SiteCounted(
            Of(e.Figure, e.Total, e.Total, "verified"), e.SiteId, Of(e.Quantity), Of(e.By))))
        .Fact<Schedules.ScheduleStateChanged, Out.ScheduleStateChanged>("schedule-state-changed.v1", (e, _) => new(
            e.Project.Id, e.Project.Division, [e.Project.Division, .. e.Project.Counties], new(
                e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Judgement.Day, Kebab.Of(e.Judgement.State), e.Before is { } before ? Kebab.Of(before) : null,
                e.Judgement.Planned, e.Judgement.Verified,
                [.. e.Judgement.Measures.Select(m => new MeasureStanding(m.Id, Kebab.Of(m.State), m.Planned, m.Verified))],
                [.. e.Judgement.Counties.Select(c => new CountyStanding(c.Id, Kebab.Of(c.State), c.Planned, c.Verified))])))
        .Internal<Schedules.ScheduleJudged>() // no state changed; the numbers are in the views
        .Internal<Schedules.MonthEnded>() // everybody has a calendar
        .Fact<Projects.MilestoneReached, Out.MilestoneReached>("milestone-reached.v1", (e, _) => Of(e, new Out.MilestoneReached(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.MilestoneId, e.Division, e.On, Of(e.Evidence), e.Note, Of(e.Sender), Of(e.By))))
        .Fact<Projects.MilestoneWithdrawn, Out.MilestoneWithdrawn>("milestone-withdrawn.v1", (e, _) => Of(e, new Out.MilestoneWithdrawn(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.MilestoneId, e.Division, e.On, e.Reason, Of(e.By))))
        .Fact<Projects.DocumentAdded, Out.DocumentAdded>("document-added.v1", (e, _) => Of(e, new Out.DocumentAdded(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Document.Name, e.Document.Uri, e.Document.Sha256, Kebab.Of(e.Document.Kind), Of(e.By))))
        .Internal<Investments.InvestmentCompleted>() // the report that carried it says it
        .Internal<Projects.MoneyMoved>() // Funding says it itself
        .Internal<Projects.AccountsSettled>()
        .Fact<Progress.ProgressDisputed, Out.ProgressDisputed>("progress-disputed.v1", (e, _) => Of(e, new Out.ProgressDisputed(
            Of(e.Figure, null, null, "disputed"), e.Reason, Of(e.By), e.SampleId)))
        .Fact<Progress.ProgressSampled, Out.ProgressSampled>("progress-sampled.v1", (e, _) => Of(e, new Out.ProgressSampled(
            Of(e.Figure, e.Total, null, "sampled"), e.SampleId, e.Note, Of(e.By))))
        .Fact<Samples.SampleDrawn, Out.SampleDrawn>("sample-drawn.v1", (e, _) => Of(e, new Out.SampleDrawn(
            e.SampleId, Kebab.Of(e.Drawing.Kind), e.Division, e.Drawing.Drawer, e.Drawing.PlanId, e.Drawing.From?.ToString(), e.Drawing.To?.ToString(), e.Seed,
            e.Population.Count, e.Sha256, e.Drawn, Of(e.By))))
        .Fact<Samples.SampleExamined, Out.SampleExamined>("sample-examined.v1", (e, _) => Of(e, new Out.SampleExamined(
            e.SampleId, e.DrawnId, e.Confirmed, e.Reason, e.Note, Of(e.By))))
        .Fact<Assignments.YearlyAssignmentMade, Out.YearlyAssignmentMade>("yearly-assignment-made.v1", (e, _) => Of(e, new Out.YearlyAssignmentMade(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Year,
            [.. e.Measures.Select(m => new Out.AssignedMeasure(
                m.MeasureId, m.IndicatorId, m.FedBy is { } fed ? Kebab.Of(fed) : null, Of(m.Target), [.. m.Counties.Select(c => new Out.CountyQuantity(c.Division, Of(c.Quantity)))]))],
            e.Reason, Of(e.By))))
        .Fact<Assignments.YearlyAssignmentConfirmed, Out.YearlyAssignmentConfirmed>("yearly-assignment-confirmed.v1", (e, _) => new(
            $"{e.Project.Id}.{e.Year}", e.Project.Division, [e.Project.Division, e.Confirmed], new(
                e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Year, e.Confirmed,
                [.. e.Quantities.Select(q => new Out.CountyTarget(q.MeasureId, q.IndicatorId, q.FedBy is { } fed ? Kebab.Of(fed) : null, Of(q.Quantity)))], Of(e.By))),
            "indicators")
        .Life();

    private static Outgoing<T> Of<T>(ProjectEvent e, T contract) =>
        new(e.Project.Id, e.Project.Division, [e.Project.Division, .. e.Project.Counties], contract);

    private static Outgoing<T> Of<T>(Samples.SampleEvent e, T contract) => new(e.SampleId, e.Division, [e.Division], contract);

    private static Outgoing<T> Of<T>(Assignments.YearlyAssignmentMade e, T contract) => new(
        $"{e.Project.Id}.{e.Year}", e.Project.Division,
        [.. e.Project.Counties.Concat(e.Measures.SelectMany(m => m.Counties).Select(c => c.Division)).Prepend(e.Project.Division).Distinct()], contract);

    private static Outgoing<T> Of<T>(ProgressEvent e, T contract) => new(e.Figure.Id, e.Figure.Division, [e.Figure.Division], contract);

    private static Out.Measure Of(Projects.Measure m) => new(
        m.Id, m.Name, m.Quantity is { } q ? Of(q) : null, m.Division, m.IndicatorId, Kebab.Of(m.Role), m.FedBy is { } fed ? Kebab.Of(fed) : null);

    private static Out.FundingShare Of(Projects.FundingShare share) => new(share.Channel, share.Amount.Yuan);

    private static Amount Of(Quantity quantity) => new(quantity.Value, quantity.Unit.Code);

    private static List<Proof> Of(IReadOnlyList<Progress.Evidence> evidence) => [.. evidence.Select(v => new Proof(v.Uri, v.Sha256, Kebab.Of(v.Kind), v.TakenAt, v.Lon, v.Lat))];

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

        if (e.Late == true)
        {
            yield return "late";
        }
    }
}

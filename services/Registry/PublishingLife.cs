using Restoration.Domain;
using Restoration.Messaging;
using Out = Restoration.Contracts.Registry;

namespace Restoration.Registry;

/// <summary>The facts of a project's life beyond those that make it and change it.</summary>
public static partial class Publishing
{
    // Funding settled the account of a project before it is closed, so there is nothing left to tell it then.
    private static PublishingMap Life(this PublishingMap map) => map
        .Fact<Projects.ProjectSubmitted, Out.ProjectSubmitted>("project-submitted.v1", (e, _) => Of(e, new Out.ProjectSubmitted(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.ApprovingDivision, e.CityBureauLeads, e.Note, Of(e.By))))
        .Fact<Projects.ProjectReturned, Out.ProjectReturned>("project-returned.v1", (e, _) => Of(e, new Out.ProjectReturned(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Findings, Of(e.By))))
        .Fact<Projects.ProjectRejected, Out.ProjectRejected>("project-rejected.v1", (e, _) => Of(e, new Out.ProjectRejected(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Reason, Of(e.By))))
        .Fact<Projects.ProjectSuspended, Out.ProjectSuspended>("project-suspended.v1", (e, _) => Of(e, new Out.ProjectSuspended(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Reason, e.From, Of(e.By))), "funding", "mines")
        .Fact<Projects.ProjectResumed, Out.ProjectResumed>("project-resumed.v1", (e, _) => Of(e, new Out.ProjectResumed(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Note, Of(e.By))), "funding", "mines")
        .Fact<Projects.ProjectTerminated, Out.ProjectTerminated>("project-terminated.v1", (e, _) => Of(e, new Out.ProjectTerminated(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Reason, e.Money, e.Land, Of(e.By))), "funding", "mines")
        .Fact<Projects.ChangeRequested, Out.ChangeRequested>("change-requested.v1", (e, _) => Of(e, new Out.ChangeRequested(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.ChangeId,
            [.. e.Differences.Select(d => new Out.Difference(d.Member, d.MeasureId, d.Before, d.After, d.Percent, d.Beyond))], e.Beyond, e.ApprovingDivision, e.Reason, Of(e.By))))
        .Fact<Projects.ChangeApproved, Out.ChangeApproved>("change-approved.v1", (e, _) => Of(e, new Out.ChangeApproved(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.ChangeId, e.Beyond, e.Note, Of(e.By))))
        .Fact<Projects.ChangeRefused, Out.ChangeRefused>("change-refused.v1", (e, _) => Of(e, new Out.ChangeRefused(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.ChangeId, e.Reason, Of(e.By))))
        .Fact<Projects.MeasureWaived, Out.MeasureWaived>("measure-waived.v1", (e, _) => Of(e, new Out.MeasureWaived(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.MeasureId, e.Reason, Of(e.By))))
        .Fact<Projects.ProjectCompleted, Out.ProjectCompleted>("project-completed.v1", (e, _) => Of(e, new Out.ProjectCompleted(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId,
            [.. e.Measures.Select(m => new Out.MeasureOutcome(m.MeasureId, m.Target is { } t ? Of(t) : null, m.Verified is { } v ? Of(v) : null, m.Waiver))], e.Note, Of(e.By))), "mines")
        .Fact<Projects.ProjectSelfChecked, Out.ProjectSelfChecked>("project-self-checked.v1", (e, _) => Of(e, new Out.ProjectSelfChecked(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Divisions, e.Awaiting, e.Findings, Of(e.By))))
        .Fact<Projects.ProjectAccepted, Out.ProjectAccepted>("project-accepted.v1", (e, _) => Of(e, new Out.ProjectAccepted(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Team, e.Date, e.Findings, Kebab.Of(e.Verdict), e.AftercareYears, Of(e.By))))
        .Fact<Projects.AcceptanceRejected, Out.AcceptanceRejected>("acceptance-rejected.v1", (e, _) => Of(e, new Out.AcceptanceRejected(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Findings, Of(e.Rectifications), Of(e.By))))
        .Fact<Projects.ProjectRectified, Out.ProjectRectified>("project-rectified.v1", (e, _) => Of(e, new Out.ProjectRectified(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId,
            [.. e.Remedies.Select(r => new Out.Remedy(r.Id, r.Done))], Of(e.By))))
        .Fact<Projects.RectificationOverdue, Out.RectificationOverdue>("rectification-overdue.v1", (e, _) => Of(e, new Out.RectificationOverdue(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.RectificationId, e.Deadline)))
        .Fact<Projects.ProjectSpotChecked, Out.ProjectSpotChecked>("project-spot-checked.v1", (e, _) => Of(e, new Out.ProjectSpotChecked(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.SampleId, e.Passed, e.Findings, Of(e.Rectifications), Of(e.By))))
        .Fact<Projects.AftercareInspected, Out.AftercareInspected>("aftercare-inspected.v1", (e, _) => Of(e, new Out.AftercareInspected(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Year, e.Passed, e.Findings, Of(e.Evidence), Of(e.Rectifications), Of(e.By))))
        .Fact<Projects.AftercareOverdue, Out.AftercareOverdue>("aftercare-overdue.v1", (e, _) => Of(e, new Out.AftercareOverdue(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Year, e.LastDay)))
        .Fact<Projects.ProjectEvaluated, Out.ProjectEvaluated>("project-evaluated.v1", (e, _) => Of(e, new Out.ProjectEvaluated(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Score, Kebab.Of(e.Verdict), e.Findings, Of(e.By))))
        .Fact<Projects.ProjectClosed, Out.ProjectClosed>("project-closed.v1", (e, _) => Of(e, new Out.ProjectClosed(
            e.Project.Id, e.Project.PlanId, e.Project.ProgrammeId, e.Note, Of(e.By))), "mines");

    private static List<Out.Demand> Of(IReadOnlyList<Projects.Demand> demands) => [.. demands.Select(d => new Out.Demand(d.Id, d.What, d.Deadline))];
}

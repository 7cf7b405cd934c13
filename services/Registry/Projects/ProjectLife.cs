using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <summary>How far a project is on its way, and what it met there.</summary>
/// <param name="WaitsFor">What comes next and whose it is; what time alone brings about is not waited for.</param>
/// <param name="ApprovingDivision">Which approved it, or is to: the plan's, or the province where central money is expected.</param>
/// <param name="CityBureauLeads">No lead unit is named, so it falls to the city bureau.</param>
/// <param name="Halt">Why it is returned, rejected, suspended or terminated.</param>
/// <param name="Changes">Its change requests, in the order in which they were asked for.</param>
/// <param name="Completed">What came of each measure that had to be done.</param>
/// <param name="SelfChecks">Of the project as it stands.</param>
/// <param name="Rectifications">Everything that was ever to be rectified.</param>
public sealed record ProjectLife(
    IReadOnlyList<Awaited> WaitsFor, string? ApprovingDivision, bool CityBureauLeads, Halted? Halt, IReadOnlyList<ChangeMet> Changes, IReadOnlyList<Waiver> Waivers,
    IReadOnlyList<MeasureOutcome>? Completed, IReadOnlyList<SelfCheck> SelfChecks, AcceptanceRecord? Acceptance, string? AcceptanceFindings,
    IReadOnlyList<RectificationMet> Rectifications, SpotCheckRecord? SpotCheck, AftercareMet? Aftercare, EvaluationRecord? Evaluation)
{
    internal static ProjectLife Of(Project p)
    {
        var d = p.Delivery;
        return new(
            [.. Next.Of(p)], p.Submission?.ApprovingDivision ?? p.Ref.Division, p.Definition!.LeadUnit is null, Halted.Of(p),
            [.. p.Changes.Select(c => new ChangeMet(c.Id, Kebab.Of(c.State), c.Request.Beyond))],
            [.. d.Waivers.Values.OrderBy(w => w.MeasureId, StringComparer.Ordinal).Select(w => new Waiver(w.MeasureId, w.Reason, w.At))],
            d.Completion?.Measures, [.. d.SelfChecks.Select(s => new SelfCheck(s.Divisions, s.Findings, s.At))],
            d.Acceptance is { } a ? new AcceptanceRecord(a.Team, a.Date, a.Findings, a.Verdict) : null, d.Rejection?.Findings,
            [.. d.Rectifications.Select(r => new RectificationMet(r.Id, r.What, r.Deadline, Kebab.Of(r.Cause), r.Done, r.Overdue))],
            d.SpotCheck is { } s ? new SpotCheckRecord(s.SampleId, s.Passed, s.Findings, s.At) : null,
            d.Acceptance is { } from
                ? new AftercareMet(
                    from.AftercareYears, from.Date, d.EndOf(from.AftercareYears), d.NextYear,
                    [.. d.Inspections.Select(i => new Inspection(i.Year, i.Passed, i.Findings, i.Evidence, i.At))], [.. d.OverdueYears])
                : null,
            d.Evaluation is { } e ? new EvaluationRecord(e.Score, e.Verdict, e.Findings, e.At) : null);
    }
}

/// <param name="Act">The command, as the route ends: <c>approve</c>, <c>self-check</c>, …; <c>settle</c> is Funding's.</param>
/// <param name="Divisions">Whose it is; any of them where there are several, but each for itself in a self-check.</param>
/// <param name="About">The change request, rectification or year of aftercare it is about.</param>
public sealed record Awaited(string Act, string Role, IReadOnlyList<string> Divisions, string? About = null, DateOnly? From = null, DateOnly? Until = null);

/// <param name="From">The first day without work.</param>
/// <param name="Money">What becomes of the money, and in <paramref name="Land"/> of the land, of a terminated project.</param>
public sealed record Halted(DateTimeOffset At, string? Reason = null, IReadOnlyList<string>? Findings = null, DateOnly? From = null, string? Money = null, string? Land = null)
{
    internal static Halted? Of(Project p) => p.Halt switch
    {
        ProjectReturned e => new(e.At, Findings: e.Findings),
        ProjectRejected e => new(e.At, e.Reason),
        ProjectSuspended e => new(e.At, e.Reason, From: e.From),
        ProjectTerminated e => new(e.At, e.Reason, Money: e.Money, Land: e.Land),
        _ => null,
    };
}

public sealed record ChangeMet(string Id, string State, bool Beyond);

public sealed record Waiver(string MeasureId, string Reason, DateTimeOffset At);

public sealed record SelfCheck(IReadOnlyList<string> Divisions, string Findings, DateTimeOffset At);

public sealed record AcceptanceRecord(IReadOnlyList<string> Team, DateOnly Date, string Findings, AcceptanceVerdict Verdict);

/// <param name="Cause"><c>acceptance</c>, <c>spot-check</c> or <c>aftercare</c>.</param>
/// <param name="Done">What the county says was done; absent while it is open.</param>
public sealed record RectificationMet(string Id, string What, DateOnly Deadline, string Cause, string? Done, bool Overdue);

public sealed record SpotCheckRecord(string SampleId, bool Passed, string Findings, DateTimeOffset At);

/// <param name="NextYear">To be inspected; absent when all were.</param>
public sealed record AftercareMet(int Years, DateOnly From, DateOnly To, int? NextYear, IReadOnlyList<Inspection> Inspections, IReadOnlyList<int> OverdueYears);

public sealed record Inspection(int Year, bool Passed, string Findings, IReadOnlyList<Evidence> Evidence, DateTimeOffset At);

public sealed record EvaluationRecord(decimal Score, EvaluationVerdict Verdict, string Findings, DateTimeOffset At);

/// <summary>What a project waits for in each state.</summary>
internal static class Next
{
    private const string Planner = "planner", Reviewer = "reviewer", Finance = "finance";

    public static IEnumerable<Awaited> Of(Project p)
    {
        var d = p.Delivery;
        string[] own = [p.Ref.Division];
        IReadOnlyList<string> counties = p.Ref.Counties.Count > 0 ? p.Ref.Counties : own;
        IEnumerable<Awaited> next = p.State switch
        {
            ProjectState.Designed => [new("submit", Planner, own)],
            ProjectState.Returned => [new("design", Planner, own), new("submit", Planner, own)],
            ProjectState.Submitted => [new("approve", Reviewer, [p.Submission?.ApprovingDivision ?? p.Ref.Division])],
            ProjectState.Approved => [new("start", Planner, own)],
            ProjectState.InProgress => [new("complete", Planner, own)],
            ProjectState.Suspended => [new("resume", Planner, own)],
            ProjectState.Completed => [new("self-check", Reviewer, CompletionDecider.Awaiting(p) is { Count: > 0 } left ? left : own)],
            ProjectState.SelfChecked => [new("accept", Reviewer, own)],
            ProjectState.Rectification => d.Open.Select(r => new Awaited("rectify", Reviewer, counties, r.Id, Until: r.Deadline)),
            ProjectState.Accepted or ProjectState.SpotChecked or ProjectState.Aftercare when d.NextYear is { } year =>
                [new("inspect-aftercare", Reviewer, counties, $"{year}", d.EndOf(year - 1), d.EndOf(year))],
            ProjectState.Accepted or ProjectState.SpotChecked or ProjectState.Aftercare when d.Acceptance is { } a =>
                [new("evaluate", Reviewer, own, From: d.EndOf(a.AftercareYears))],
            ProjectState.Evaluated when !p.AccountsSettled => [new("settle", Finance, own)],
            ProjectState.Evaluated => [new("close", Reviewer, own)],
            _ => [],
        };
        return p is { State: ProjectState.Approved or ProjectState.InProgress or ProjectState.Suspended, OpenChange: { } change } ? next.Append(new("approve", Reviewer, [change.Request.ApprovingDivision], change.Id)) : next;
    }
}

using Restoration.Domain;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Projects;

/// <param name="Year">The first begins with the date of acceptance.</param>
public sealed record InspectAftercare(
    int Year, bool Passed, string Findings, IReadOnlyList<Evidence> Evidence, IReadOnlyList<Wanted> Rectifications, By By, DateTimeOffset At);

/// <summary>A year of aftercare may be over; records it where it was not inspected with success.</summary>
public sealed record MarkAftercareOverdue(By By, DateTimeOffset At);

/// <param name="Acting">The division of the client; null where that is every one.</param>
public sealed record EvaluateProject(string? Acting, decimal Score, EvaluationVerdict Verdict, string Findings, By By, DateTimeOffset At);

public sealed record CloseProject(string? Acting, string? Note, By By, DateTimeOffset At);

/// <summary>The rules after acceptance (domain §3): aftercare inspected year by year, evaluation, closing.</summary>
public static class AftercareDecider
{
    private const decimal BestScore = 100;

    public static Decision<ProjectEvent> Decide(Project project, string id, InspectAftercare c)
    {
        if (!InAftercare(project))
        {
            return ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-accepted", "aftercare follows acceptance, and goes on when rectifications are done"));
        }

        var d = project.Delivery;
        if (d.Inspections.LastOrDefault() is { } last && (last.Year, last.Passed, last.Findings) == (c.Year, c.Passed, c.Findings))
        {
            return [];
        }

        if (d.NextYear is not { } year)
        {
            return Refusal.Conflict("aftercare.inspected", $"All {d.Acceptance!.AftercareYears} years of aftercare were inspected.");
        }

        if (c.Year != year)
        {
            return Refusal.Invalid("aftercare.not-due", $"Year {year} is to be inspected.", new Fault("#/year", $"{year} is expected."));
        }

        if (ChinaDay.Of(c.At) < d.EndOf(year - 1))
        {
            return Refusal.Invalid("aftercare.not-due", $"Year {year} of aftercare begins on {d.EndOf(year - 1):yyyy-MM-dd}.", new Fault("#/at", "This is before that day."));
        }

        var broken = c.Evidence.Index().Where(e => e.Item.Sha256.Length != 64 || !e.Item.Sha256.All(char.IsAsciiHexDigit))
            .Select(e => new Fault($"#/evidence/{e.Index}/sha256", "64 hex digits are expected.")).ToList();
        return broken.Count > 0 ? Refusal.Invalid("evidence.malformed", broken[0].Detail, broken)
            : c.Evidence.Count == 0 ? Refusal.Invalid("evidence.missing", "An inspection brings evidence.", new Fault("#/evidence", "At least one is expected."))
            : CompletionDecider.Unfit(c.Rectifications, c.At, needed: !c.Passed) is { } unfit ? unfit
            : [new AftercareInspected(project.Ref, year, c.Passed, c.Findings, c.Evidence, CompletionDecider.Numbered(project, c.Rectifications), c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, MarkAftercareOverdue c) =>
        Expected(project) is { } year && ChinaDay.Of(c.At) > project.Delivery.EndOf(year)
            ? [new AftercareOverdue(project.Ref, year, project.Delivery.EndOf(year), c.By, c.At)]
            : [];

    /// <summary>The year of aftercare whose end may come before its inspection; null when there is none.</summary>
    internal static int? Expected(Project project)
    {
        var d = project.Delivery;
        return project.State is not (ProjectState.Evaluated or ProjectState.Closed) && d is { NextYear: { } next, Acceptance: { } a } && InAftercareOrMending(project)
            ? Enumerable.Range(next, a.AftercareYears - next + 1).Cast<int?>().FirstOrDefault(y => !d.OverdueYears.Contains(y!.Value))
            : null;
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, EvaluateProject c, DivisionTree tree)
    {
        if (project.State == ProjectState.Evaluated && project.Delivery.Evaluation is { } before)
        {
            return (before.Score, before.Verdict, before.Findings) == (c.Score, c.Verdict, c.Findings)
                ? []
                : Refusal.Conflict("project.evaluated", "The project was evaluated.");
        }

        if (!InAftercare(project))
        {
            return ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-accepted", "evaluation follows aftercare"));
        }

        var missing = AftercareMissing(project, c.At).ToList();
        return Approval.Refuses(c.Acting, project.Ref.Division, tree) is { } refusal ? refusal
            : project.Submission?.By.MayBeSameAs(c.By) == true ? Refusal.Forbidden("duties.not-separate", "Who submitted a project does not evaluate it.")
            : missing.Count > 0 ? Refusal.Conflict("aftercare.not-over", $"Aftercare is not over: {missing[0].Detail}") with { Faults = missing }
            : c.Score is < 0 or > BestScore ? Refusal.Invalid("score.out-of-range", "A score is 0 to 100.", new Fault("#/score", "0 to 100 is expected."))
            : [new ProjectEvaluated(project.Ref, c.Score, c.Verdict, c.Findings, c.By, c.At)];
    }

    public static Decision<ProjectEvent> Decide(Project project, string id, CloseProject c, DivisionTree tree)
    {
        switch (project.State)
        {
            case ProjectState.Closed:
                return [];
            case ProjectState.Unknown or ProjectState.Terminated or ProjectState.Rejected:
                return ProjectDecider.NotNow(project, id, Refusal.Conflict("project.not-closable", "what was accepted and evaluated is closed"));
        }

        if (Approval.Refuses(c.Acting, project.Ref.Division, tree) is { } refusal)
        {
            return refusal;
        }

        var missing = ClosingMissing(project, c.At).ToList();
        return missing.Count > 0
            ? Refusal.Conflict("project.not-closable", $"The project is {Kebab.Of(project.State)}; closing misses {missing.Count}: {missing[0].Detail}") with { Faults = missing }
            : [new ProjectClosed(project.Ref, c.Note, c.By, c.At)];
    }

    /// <summary>In the order in which it is to be had.</summary>
    private static IEnumerable<Fault> ClosingMissing(Project project, DateTimeOffset at)
    {
        var d = project.Delivery;
        if (project.State is not (ProjectState.Accepted or ProjectState.SpotChecked or ProjectState.Aftercare or ProjectState.Evaluated))
        {
            yield return new("#/acceptance", "It is not accepted, or not anew since something was to be rectified.");
        }
        else if (project.State != ProjectState.Evaluated)
        {
            foreach (var missing in AftercareMissing(project, at))
            {
                yield return missing;
            }
        }

        if (d.Evaluation is null)
        {
            yield return new("#/evaluation", "It is not evaluated.");
        }

        if (!project.AccountsSettled)
        {
            yield return new("#/money/settled", "Its account is not settled: Funding says so when nothing is open in it.");
        }
    }

    private static IEnumerable<Fault> AftercareMissing(Project project, DateTimeOffset at)
    {
        var (d, years) = (project.Delivery, project.Delivery.Acceptance!.AftercareYears);
        for (var year = d.NextYear ?? years + 1; year <= years; year++)
        {
            yield return new($"#/aftercare/{year}", $"Year {year} of aftercare was not inspected with success.");
        }

        if (ChinaDay.Of(at) < d.EndOf(years))
        {
            yield return new("#/aftercare", $"It lasts until {d.EndOf(years):yyyy-MM-dd}.");
        }
    }

    private static bool InAftercare(Project project) => project.State is ProjectState.Accepted or ProjectState.SpotChecked or ProjectState.Aftercare;

    /// <summary>Years go on while an inspection's rectifications are open; not while the whole is to be accepted anew.</summary>
    private static bool InAftercareOrMending(Project project) => InAftercare(project)
        || (project.State == ProjectState.Rectification && project.Delivery.Rectifications is [.., { Cause: Cause.Aftercare }]);
}

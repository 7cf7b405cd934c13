using FsCheck;
using FsCheck.Fluent;
using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using static Restoration.Registry.Tests.Life;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>Whoever does what in whatever order, no project gets anywhere without what must have come before.</summary>
public sealed class LifeProperties
{
    private static readonly string?[] s_divisions = [Yudu, Ningdu, City, Province, null];
    private static readonly By[] s_people = [Planner, Verifier, City2, Yudus, Ningdus, Provincial, new("city-bureau"), new("city-planner")];

    private static readonly string[] s_acts =
    [
        "design", "submit", "approve", "return", "reject", "start", "suspend", "resume", "terminate", "ask", "approve-change", "refuse-change", "waive", "complete", "self-check",
        "accept", "reject-acceptance", "rectify", "spot-check", "inspect", "evaluate", "settle", "close", "overdue", "aftercare-overdue", "money", "adopt",
    ];

    /// <param name="Name">What is done; where it is none, what comes next.</param>
    private sealed record Step(string? Name, int Division, int Person, int Days, int N);

    private static readonly Arbitrary<Step[]> s_lives = (
        from act in Gen.Choose(0, s_acts.Length * 3)
        from division in Gen.Choose(0, s_divisions.Length - 1)
        from person in Gen.Choose(0, s_people.Length - 1)
        from days in Gen.Choose(0, 200)
        from n in Gen.Choose(0, 9)
        select new Step(act < s_acts.Length ? s_acts[act] : null, division, person, days, n)).ArrayOf(120).ToArbitrary();

    [Fact]
    public void Nothing_is_reached_without_what_must_have_come_before()
    {
        var reached = new HashSet<ProjectState>();
        Prop.ForAll(s_lives, steps =>
        {
            var (project, facts, at) = (Project.Unknown, new List<ProjectEvent>(), At);
            foreach (var step in steps)
            {
                at = at.AddDays(step.Days);
                var act = step.Name ?? Next(project.State);
                var by = s_people[step.Person];
                foreach (var fact in Decide(project, act, s_divisions[step.Division], by, at, step.N).Events)
                {
                    Check(project, facts, fact, s_divisions[step.Division]);
                    facts.Add(fact);
                    project = Project.Aggregate.Fold(project, fact);
                    reached.Add(project.State);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
        Assert.Empty(Enum.GetValues<ProjectState>().Except([ProjectState.Unknown, .. reached])); // or it would show nothing
    }

    /// <summary>What must hold when a fact is recorded, from the facts before it.</summary>
    private static void Check(Project before, List<ProjectEvent> facts, ProjectEvent fact, string? acting)
    {
        Assert.False(before.State is ProjectState.Closed or ProjectState.Terminated or ProjectState.Rejected && fact is not (AccountsSettled or MoneyMoved), $"{fact} after the end");
        switch (fact)
        {
            case ProjectApproved { EnteredWithPlan: false }:
                var submission = Last<ProjectSubmitted>();
                Assert.False(submission.By.MayBeSameAs(fact.By));
                Assert.True(acting is null || Tree.Contains(acting, submission.ApprovingDivision));
                break;
            case ProjectStarted:
                Assert.Contains(facts, f => f is ProjectApproved);
                break;
            case ChangeApproved e:
                Assert.False(facts.OfType<ChangeRequested>().Single(r => r.ChangeId == e.ChangeId).By.MayBeSameAs(e.By));
                break;
            case ProjectChanged e:
                Assert.True(facts[^1] is ChangeApproved approved && approved.ChangeId == e.Cause);
                break;
            case ChangeRequested:
                Assert.Null(before.OpenChange);
                break;
            case ProjectCompleted e:
                Assert.All(e.Measures, m => Assert.True(m.Waiver is not null || m.Verified!.Value.Canonical >= m.Target!.Value.Canonical));
                break;
            case ProjectAccepted:
                // Since it was completed or mended last, every county checked, and none of those who had a hand in it accepts it.
                var since = facts.FindLastIndex(f => f is ProjectCompleted or AcceptanceRejected or ProjectSpotChecked { Passed: false });
                Assert.Equal(before.Ref.Counties.Order(), facts.Skip(since).OfType<ProjectSelfChecked>().SelectMany(c => c.Divisions).Distinct().Order());
                Assert.All(facts.Skip(since).Where(f => f is ProjectSelfChecked or ProjectRectified).Append(Last<ProjectCompleted>()), f => Assert.False(f.By.MayBeSameAs(fact.By)));
                Assert.Empty(before.Delivery.Open);
                break;
            case ProjectSpotChecked:
                Assert.False(Last<ProjectAccepted>().By.MayBeSameAs(fact.By));
                break;
            case ProjectEvaluated:
                var accepted = Last<ProjectAccepted>();
                Assert.Equal(
                    Enumerable.Range(1, accepted.AftercareYears), facts.Skip(facts.IndexOf(accepted)).OfType<AftercareInspected>().Where(i => i.Passed).Select(i => i.Year).Distinct().Order());
                Assert.True(fact.At >= accepted.At.AddYears(accepted.AftercareYears).AddDays(-1));
                break;
            case ProjectClosed:
                Assert.Contains(facts, f => f is ProjectEvaluated);
                Assert.Contains(facts, f => f is AccountsSettled);
                break;
        }

        T Last<T>() where T : ProjectEvent => facts.OfType<T>().Last();
    }

    private static string Next(ProjectState state) => state switch
    {
        ProjectState.Unknown => "design",
        ProjectState.Designed or ProjectState.Returned => "submit",
        ProjectState.Submitted => "approve",
        ProjectState.Approved => "start",
        ProjectState.InProgress => "complete",
        ProjectState.Suspended => "resume",
        ProjectState.Completed => "self-check",
        ProjectState.SelfChecked => "accept",
        ProjectState.Rectification => "rectify",
        ProjectState.Accepted => "spot-check",
        ProjectState.SpotChecked or ProjectState.Aftercare => "inspect-or-evaluate",
        _ => "settle-or-close",
    };

    private static Decision<ProjectEvent> Decide(Project p, string act, string? acting, By by, DateTimeOffset at, int n)
    {
        var soon = ChinaDayOf(at).AddDays(20);
        return act switch
        {
            "design" when p.State == ProjectState.Unknown => ProjectDecider.Decide(
                p, new DesignProject("p1", "gz", "prog-a", [Yudu, Ningdu], n < 8 ? Whole : Whole with { FundingPlan = [new("central-award", Money.Of(500_000))] }, by, at), Registered, Tree),
            "design" => ProjectDecider.Decide(p, "p1", new RedesignProject("prog-a", [Yudu, Ningdu], Whole with { Number = n }, by, at), Registered, Tree),
            "adopt" => n == 0 ? ProjectDecider.Decide(p, "p1", new ApproveWithPlan(by, at)) : [],
            "submit" => ProjectDecider.Decide(p, "p1", new SubmitProject(null, by, at), Tree),
            "approve" => ProjectDecider.Decide(p, "p1", new ApproveProject(acting, null, by, at), Tree),
            "return" => ProjectDecider.Decide(p, "p1", new ReturnProject(acting, ["x"], by, at), Tree),
            "reject" => n < 5 ? ProjectDecider.Decide(p, "p1", new RejectProject(acting, "x", by, at), Tree) : [],
            "start" => ProjectDecider.Decide(p, "p1", new StartProject(by, at)),
            "suspend" => ProjectDecider.Decide(p, "p1", new SuspendProject("x", null, by, at)),
            "resume" => ProjectDecider.Decide(p, "p1", new ResumeProject(null, by, at)),
            "terminate" => n < 2 ? ProjectDecider.Decide(p, "p1", new TerminateProject("x", "y", "z", by, at)) : [],
            "ask" => ChangeDecider.Decide(p, "p1", new RequestChange($"c-{n}", new(Estimate: Money.Of(400_000 + (n * 40_000))), "x", by, at), Registered, Tree, Progress(n)),
            "approve-change" => ChangeDecider.Decide(p, "p1", new ApproveChange(p.OpenChange?.Id ?? "c-0", acting, null, by, at), Tree, Progress(n)),
            "refuse-change" => ChangeDecider.Decide(p, "p1", new RefuseChange(p.OpenChange?.Id ?? "c-0", acting, "x", by, at), Tree),
            "waive" => CompletionDecider.Decide(p, "p1", new WaiveMeasure(n < 5 ? "p1-area" : "p1-road", acting, "x", by, at), Tree),
            "complete" => CompletionDecider.Decide(p, "p1", new CompleteProject(null, by, at), Progress(n)),
            "self-check" => CompletionDecider.Decide(p, "p1", new SelfCheckProject(acting, "x", by, at), Tree),
            "accept" => CompletionDecider.Decide(p, "p1", new AcceptProject(acting, ["a"], ChinaDayOf(at), "x", AcceptanceVerdict.Passed, by, at), Tree, Progress(n)),
            "reject-acceptance" => CompletionDecider.Decide(p, "p1", new RejectAcceptance(acting, "x", [new("a", soon), new("b", soon)], by, at), Tree),
            "rectify" => CompletionDecider.Decide(p, "p1", new RectifyProject([.. p.Delivery.Open.Take(n < 5 ? 1 : 9).Select(r => new Remedy(r.Id, "x"))], by, at)),
            "spot-check" => CompletionDecider.Decide(p, "p1", new SpotCheckProject("s-1", n > 0, acting, n < 7, $"{n}", n < 7 ? [] : [new("a", soon)], by, at), Tree),
            "inspect" or "inspect-or-evaluate" when act == "inspect" || p.Delivery.NextYear is not null => AftercareDecider.Decide(
                p, "p1", new InspectAftercare(p.Delivery.NextYear ?? 1, n < 7, $"{n}", [Photo], n < 7 ? [] : [new("a", soon)], by, at)),
            "evaluate" or "inspect-or-evaluate" => AftercareDecider.Decide(p, "p1", new EvaluateProject(acting, n, EvaluationVerdict.Fair, "x", by, at), Tree),
            "settle" or "settle-or-close" when act == "settle" || !p.AccountsSettled => ProjectDecider.Decide(p, "p1", new SettleAccounts(by, at)),
            "close" or "settle-or-close" => AftercareDecider.Decide(p, "p1", new CloseProject(acting, null, by, at), Tree),
            "overdue" => CompletionDecider.Decide(p, new MarkRectificationOverdue($"r{n}", by, at)),
            "aftercare-overdue" => AftercareDecider.Decide(p, new MarkAftercareOverdue(by, at)),
            _ => ProjectDecider.Decide(p, "p1", new MoveMoney(Money.Of(n), Money.Of(n), Money.Of(n), by, at)),
        };
    }

    /// <summary>Mostly all is verified.</summary>
    private static Func<string, MeasureProgress> Progress(int n) => measure =>
    {
        var done = measure == "p1-area" ? Quantity(n == 0 ? 99 : 100) : Quantity(50, "km");
        return MeasureProgress.Aggregate.Fold(
            MeasureProgress.None, Reported(1) with { Figure = Sample.Ref(measure: measure), Quantity = done, Total = done },
            new ProgressVerified(Sample.Ref(measure: measure), done, null, null, Verifier, At));
    };

    private static DateOnly ChinaDayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(TimeSpan.FromHours(8)).DateTime);
}

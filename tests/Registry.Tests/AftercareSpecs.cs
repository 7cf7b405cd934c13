using Restoration.Domain;
using Restoration.Registry.Projects;
using static Restoration.Registry.Tests.Life;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>After acceptance: aftercare year by year, evaluation, closing.</summary>
public sealed class AftercareSpecs
{
    private static InspectAftercare Inspect(int year, bool passed = true) => new(
        year, passed, "成活率85%", [Photo], passed ? [] : [new("补植", Day.AddYears(year - 1).AddDays(60))], Yudus, At.AddYears(year - 1));

    private static readonly EvaluateProject s_evaluate = new(City, 92.5m, EvaluationVerdict.Good, "成效良好", Verifier, At.AddYears(3));

    private static readonly CloseProject s_close = new(City, null, Verifier, At.AddYears(3));

    private static Decision<ProjectEvent> Decide(Project p, InspectAftercare c) => AftercareDecider.Decide(p, "p1", c);

    private static Decision<ProjectEvent> Evaluate(Project p, EvaluateProject c) => AftercareDecider.Decide(p, "p1", c, Tree);

    private static Decision<ProjectEvent> Close(Project p, CloseProject c) => AftercareDecider.Decide(p, "p1", c, Tree);

    [Fact]
    public void Its_years_are_inspected_in_their_order_from_the_first_day_of_each()
    {
        A_project(InAftercare).When(p => Decide(p, Inspect(1))).Records(Inspected(1));
        A_project([.. InAftercare, SpotChecked]).When(p => Decide(p, Inspect(1))).Records(Inspected(1));
        A_project([.. InAftercare, Inspected(1)]).When(p => Decide(p, Inspect(2))).Records(Inspected(2));
        A_project([.. InAftercare, Inspected(1)]).When(p => Decide(p, Inspect(1))).RecordsNothing();
        A_project(InAftercare).When(p => Decide(p, Inspect(2))).IsRefused(RefusalKind.Invalid, "aftercare.not-due", "#/year");
        A_project([.. InAftercare, Inspected(1)]).When(p => Decide(p, Inspect(2) with { At = At.AddYears(1).AddDays(-1) })).IsRefused(RefusalKind.Invalid, "aftercare.not-due", "#/at");
        A_project(CaredFor).When(p => Decide(p, Inspect(3))).IsRefused(RefusalKind.Conflict, "aftercare.inspected");
        A_project(ReadyToAccept).When(p => Decide(p, Inspect(1))).IsRefused(RefusalKind.Conflict, "project.not-accepted");
        A_project().When(p => Decide(p, Inspect(1))).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void An_inspection_brings_evidence()
    {
        A_project(InAftercare).When(p => Decide(p, Inspect(1) with { Evidence = [] })).IsRefused(RefusalKind.Invalid, "evidence.missing", "#/evidence");
        A_project(InAftercare).When(p => Decide(p, Inspect(1) with { Evidence = [Photo, Photo with { Sha256 = "x" }] })).IsRefused(RefusalKind.Invalid, "evidence.malformed", "#/evidence/1/sha256");
    }

    [Fact]
    public void What_fails_is_rectified_and_the_year_inspected_again()
    {
        A_project(InAftercare).When(p => Decide(p, Inspect(1, false))).Records(Inspected(1, false));
        A_project(InAftercare).When(p => Decide(p, Inspect(1, false) with { Rectifications = [] })).IsRefused(RefusalKind.Invalid, "rectifications.invalid", "#/rectifications");
        A_project([.. InAftercare, Inspected(1, false)]).When(p => Decide(p, Inspect(1))).IsRefused(RefusalKind.Conflict, "project.not-accepted");
        ProjectEvent[] mended = [.. InAftercare, Inspected(1, false), Rectified with { Remedies = [new("r1", "已补植")] }];
        Assert.Equal(ProjectState.Aftercare, Of(mended).State); // it is not accepted anew
        A_project(mended).When(p => Decide(p, Inspect(2))).IsRefused(RefusalKind.Invalid, "aftercare.not-due", "#/year");
        A_project(mended).When(p => Decide(p, Inspect(1))).Records(Inspected(1));
    }

    [Fact]
    public void A_year_that_is_over_without_an_inspection_is_recorded_once()
    {
        static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.FromHours(8));
        static Decision<ProjectEvent> Mark(Project p, DateOnly day) => AftercareDecider.Decide(p, new MarkAftercareOverdue(Planner, Midnight(day)));
        var (first, second) = (Day.AddYears(1), Day.AddYears(2));
        var overdue = new AftercareOverdue(P1, 1, first, Planner, Midnight(first.AddDays(1)));
        A_project(InAftercare).When(p => Mark(p, first)).RecordsNothing();
        A_project(InAftercare).When(p => Mark(p, first.AddDays(1))).Records(overdue);
        A_project([.. InAftercare, Inspected(1)]).When(p => Mark(p, first.AddDays(1))).RecordsNothing();
        A_project([.. InAftercare, Inspected(1, false)]).When(p => Mark(p, first.AddDays(1))).Records(overdue);
        A_project([.. InAftercare, overdue]).When(p => Mark(p, first.AddDays(2))).RecordsNothing();
        A_project([.. InAftercare, overdue]).When(p => Mark(p, second.AddDays(1))).Records(new AftercareOverdue(P1, 2, second, Planner, Midnight(second.AddDays(1))));
        A_project([.. InAftercare, SpotFailed]).When(p => Mark(p, first.AddDays(1))).RecordsNothing(); // accepted anew, it begins anew
        A_project(CaredFor).When(p => Mark(p, second.AddDays(1))).RecordsNothing();
        A_project(UnderWay).When(p => Mark(p, second)).RecordsNothing();
    }

    [Fact]
    public void It_is_evaluated_when_aftercare_is_over()
    {
        A_project(CaredFor).When(p => Evaluate(p, s_evaluate)).Records(Evaluated);
        A_project([.. CaredFor, Evaluated]).When(p => Evaluate(p, s_evaluate)).RecordsNothing();
        A_project([.. CaredFor, Evaluated]).When(p => Evaluate(p, s_evaluate with { Score = 1 })).IsRefused(RefusalKind.Conflict, "project.evaluated");
        A_project(InAftercare).When(p => Evaluate(p, s_evaluate with { At = At.AddYears(1) })).IsRefused(
            RefusalKind.Conflict, "aftercare.not-over", "#/aftercare/1", "#/aftercare/2", "#/aftercare");
        A_project(CaredFor).When(p => Evaluate(p, s_evaluate with { At = At.AddYears(2).AddDays(-1) })).IsRefused(RefusalKind.Conflict, "aftercare.not-over", "#/aftercare");
        A_project(CaredFor).When(p => Evaluate(p, s_evaluate with { Acting = Yudu })).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project(CaredFor).When(p => Evaluate(p, s_evaluate with { By = Planner })).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        A_project(ReadyToAccept).When(p => Evaluate(p, s_evaluate)).IsRefused(RefusalKind.Conflict, "project.not-accepted");
        foreach (var score in new[] { -0.01m, 100.01m })
            A_project(CaredFor).When(p => Evaluate(p, s_evaluate with { Score = score })).IsRefused(RefusalKind.Invalid, "score.out-of-range", "#/score");
    }

    [Fact]
    public void A_project_without_aftercare_is_evaluated_at_once() => A_project([.. ReadyToAccept, Accepted with { AftercareYears = 0 }])
        .When(p => Evaluate(p, s_evaluate with { At = At })).Records(Evaluated with { At = At });

    [Fact]
    public void It_is_closed_when_it_is_evaluated_and_its_accounts_are_settled()
    {
        A_project([.. CaredFor, Evaluated, Settled]).When(p => Close(p, s_close)).Records(Closed);
        A_project([.. CaredFor, Evaluated, Settled, Closed]).When(p => Close(p, s_close)).RecordsNothing();
        A_project([.. CaredFor, Evaluated, Settled]).When(p => Close(p, s_close with { Acting = Yudu })).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project().When(p => Close(p, s_close)).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void All_that_closing_misses_is_said()
    {
        A_project([.. CaredFor, Evaluated]).When(p => Close(p, s_close)).IsRefused(RefusalKind.Conflict, "project.not-closable", "#/money/settled");
        A_project([.. InAftercare, Inspected(1)]).When(p => Close(p, s_close with { At = At.AddYears(1) })).IsRefused(
            RefusalKind.Conflict, "project.not-closable", "#/aftercare/2", "#/aftercare", "#/evaluation", "#/money/settled");
        A_project([.. UnderWay, Settled]).When(p => Close(p, s_close)).IsRefused(RefusalKind.Conflict, "project.not-closable", "#/acceptance", "#/evaluation");
        A_project([.. UnderWay, Settled, Terminated]).When(p => Close(p, s_close)).IsRefused(RefusalKind.Conflict, "project.not-closable");
    }
}

using Restoration.Domain;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>A complete project on its way, fact by fact: each is what the one before leads to.</summary>
internal static class Life
{
    public const string Province = "360000";
    public static readonly By City2 = new("city-bureau", "v-2"), Yudus = new("yudu-bureau", "y-1"), Ningdus = new("ningdu-bureau", "n-1"), Provincial = new("province", "x-1");

    public static readonly DateOnly Day = new(2024, 7, 2);

    public static readonly ProjectDefinition Whole = Definition with
    {
        Measures = [Part("p1-area", Quantity(100, "ha")) with { IndicatorId = "gz-i1" }, Part("p1-road", Quantity(50, "km"))],
        FundingPlan = [new("local-match", Money.Of(300_000)), new("bonds", Money.Of(200_000))],
        AftercareYears = 2,
    };

    public static readonly ProjectRef P1 = new("p1", "gz", "prog-a", City, [Yudu, Ningdu]);
    public static readonly ProjectDesigned Designed = new(P1, Whole, Planner, At);
    public static readonly ProjectSubmitted Submitted = new(P1, City, false, "请审", Planner, At);
    public static readonly ProjectReturned Returned = new(P1, ["图纸不全"], Verifier, At);
    public static readonly ProjectRejected Rejected = new(P1, "选址不当", Verifier, At);
    public static readonly ProjectApproved Approved = new(P1, false, Verifier, At, City, "同意");
    public static readonly ProjectStarted Begun = new(P1, Planner, At);
    public static readonly ProjectSuspended Suspended = new(P1, "汛期", Day, Planner, At);
    public static readonly ProjectResumed Resumed = new(P1, "复工", Planner, At);
    public static readonly ProjectTerminated Terminated = new(P1, "规划调整", "退回", "复垦", Planner, At);
    public static readonly MeasureWaived Waived = new(P1, "p1-road", "改线", Verifier, At);

    public static readonly ProjectCompleted Completed = new(
        P1, [new("p1-area", Quantity(100, "ha"), Quantity(100, "ha"), null), new("p1-road", Quantity(50, "km"), Quantity(0, "km"), "改线")], "完工", Planner, At);

    public static readonly ProjectSelfChecked YuduChecked = new(P1, [Yudu], [Ningdu], "合格", Yudus, At), NingduChecked = new(P1, [Ningdu], [], "合格", Ningdus, At);
    public static readonly ProjectAccepted Accepted = new(P1, ["2001", "2002"], Day, "符合设计", AcceptanceVerdict.PassedWithRemarks, 2, Verifier, At);
    public static readonly AcceptanceRejected NotAccepted = new(P1, "排水不畅", [new("r1", "疏通", Day.AddDays(30)), new("r2", "补植", Day.AddDays(60))], Verifier, At);
    public static readonly ProjectRectified Rectified = new(P1, [new("r1", "已疏通"), new("r2", "已补植")], Yudus, At);
    public static readonly ProjectSpotChecked SpotChecked = new(P1, "s-1", true, "属实", [], Provincial, At);
    public static readonly ProjectSpotChecked SpotFailed = new(P1, "s-1", false, "面积不实", [new("r1", "补足", Day.AddDays(30))], Provincial, At);

    public static readonly ProjectEvaluated Evaluated = new(P1, 92.5m, EvaluationVerdict.Good, "成效良好", Verifier, At.AddYears(3));
    public static readonly AccountsSettled Settled = new(P1, new("finance", "f-1"), At.AddYears(3));
    public static readonly ProjectClosed Closed = new(P1, null, Verifier, At.AddYears(3));

    public static AftercareInspected Inspected(int year, bool passed = true) => new(
        P1, year, passed, "成活率85%", [Photo], passed ? [] : [new("r1", "补植", Day.AddYears(year - 1).AddDays(60))], Yudus, At.AddYears(year - 1));

    public static readonly ProjectEvent[] UnderWay = [Designed, Submitted, Approved, Begun];
    public static readonly ProjectEvent[] Done = [.. UnderWay, Waived, Completed];
    public static readonly ProjectEvent[] ReadyToAccept = [.. Done, YuduChecked, NingduChecked];
    public static readonly ProjectEvent[] InAftercare = [.. ReadyToAccept, Accepted];
    public static readonly ProjectEvent[] CaredFor = [.. InAftercare, Inspected(1), Inspected(2)];

    public static Spec<Project, ProjectEvent> A_project(params ProjectEvent[] facts) =>
        new Spec<Project, ProjectEvent>(Project.Unknown, (p, e) => Project.Aggregate.Fold(p, e)).After(facts);

    public static Project Of(params ProjectEvent[] facts) => Project.Aggregate.Fold(Project.Unknown, facts);
}

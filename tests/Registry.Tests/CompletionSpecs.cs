using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using static Restoration.Registry.Tests.Life;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>Done or waived, checked by the counties, accepted by the city, looked at by the province.</summary>
public sealed class CompletionSpecs
{
    private static Func<string, MeasureProgress> Verified(params (string Measure, Quantity Quantity)[] verified) => measure =>
    {
        var facts = verified.Where(v => v.Measure == measure).SelectMany(v => new ProgressEvent[]
        {
            Reported(1) with { Figure = Sample.Ref(measure: measure), Quantity = v.Quantity, Total = v.Quantity },
            new ProgressVerified(Sample.Ref(measure: measure), v.Quantity, null, null, Verifier, At),
        });
        return MeasureProgress.Aggregate.Fold(MeasureProgress.None, facts);
    };

    private static Decision<ProjectEvent> Complete(Project p, params (string Measure, Quantity Quantity)[] verified) =>
        CompletionDecider.Decide(p, "p1", new CompleteProject("完工", Planner, At), Verified(verified));

    private static Decision<ProjectEvent> Waive(Project p, string measure = "p1-road", string? acting = City, By? by = null) =>
        CompletionDecider.Decide(p, "p1", new WaiveMeasure(measure, acting, "改线", by ?? Verifier, At), Tree);

    private static Decision<ProjectEvent> Check(Project p, string? acting, By by) => CompletionDecider.Decide(p, "p1", new SelfCheckProject(acting, "合格", by, At), Tree);

    private static readonly AcceptProject s_accept = new(City, ["2001", "2002"], Day, "符合设计", AcceptanceVerdict.PassedWithRemarks, Verifier, At);

    private static Decision<ProjectEvent> Accept(Project p, AcceptProject c, decimal area = 100) =>
        CompletionDecider.Decide(p, "p1", c, Tree, Verified(("p1-area", Quantity(area)), ("p1-road", Quantity(50, "km"))));

    private static readonly RejectAcceptance s_reject = new(City, "排水不畅", [new("疏通", Day.AddDays(30)), new("补植", Day.AddDays(60))], Verifier, At);

    private static readonly SpotCheckProject s_spot = new("s-1", true, Province, true, "属实", [], Provincial, At);

    private static Decision<ProjectEvent> Rectify(Project p, params Remedy[] remedies) => CompletionDecider.Decide(p, "p1", new RectifyProject(remedies, Yudus, At));

    [Fact]
    public void A_project_is_complete_when_all_is_verified_or_waived()
    {
        A_project([.. UnderWay, Waived]).When(p => Complete(p, ("p1-area", Quantity(100, "ha")))).Records(Completed);
        A_project(UnderWay).When(p => Complete(p, ("p1-area", Quantity(1, "km2")), ("p1-road", Quantity(60, "km")))).Records(Completed with
        {
            Measures = [new("p1-area", Quantity(100, "ha"), Domain.Quantity.FromCanonical(Quantity(100).Canonical, Quantity(100).Unit), null), new("p1-road", Quantity(50, "km"), Quantity(60, "km"), null)],
        });
        A_project(Done).When(p => Complete(p)).RecordsNothing();
    }

    [Fact]
    public void All_that_is_missing_is_said()
    {
        A_project(UnderWay).When(p => Complete(p, ("p1-area", Quantity(99.99m)))).IsRefused(RefusalKind.Conflict, "project.unfinished", "#/measures/p1-area", "#/measures/p1-road");
        var untidy = new ProjectDesigned(P1, Definition with
        {
            Measures = [.. Definition.Measures, Part("p1-bare", Quantity(7, "km")) with { FedBy = FedBy.SiteArea }],
        }, Planner, At);
        var open = new ChangeRequested(P1, "c-1", new(LeadUnit: "x"), [], false, City, "r", Planner, At);
        A_project(untidy, Sample.Approved, Started, open).When(p => Complete(p, ("p1-area", Quantity(100)), ("p1-road", Quantity(50, "km")), ("p1-bare", Quantity(100, "km2"))))
            .IsRefused(RefusalKind.Conflict, "project.unfinished", "#/measures/p1-sites", "#/measures/p1-later", "#/measures/p1-bare", "#/changes");
    }

    [Fact]
    public void What_is_disputed_or_not_verified_again_is_not_complete()
    {
        var all = Verified(("p1-area", Quantity(100)), ("p1-road", Quantity(50, "km")));
        foreach (var fact in new ProgressEvent[] { Disputed() with { Figure = Sample.Ref() }, Corrected(90, 90) })
        {
            Decision<ProjectEvent> Complete(Project p) => CompletionDecider.Decide(
                p, "p1", new CompleteProject("完工", Planner, At), m => m == "p1-area" ? MeasureProgress.Aggregate.Fold(all(m), fact) : all(m));
            A_project([.. UnderWay, Waived]).When(Complete).IsRefused(RefusalKind.Conflict, "project.unfinished", "#/measures/p1-area");
        }

        A_project([.. UnderWay, Waived]).When(p => CompletionDecider.Decide(p, "p1", new CompleteProject("完工", Planner, At.AddYears(-1)), all))
            .IsRefused(RefusalKind.Conflict, "project.unfinished", "#/at");
    }

    [Fact]
    public void What_was_put_right_since_it_was_completed_is_not_accepted_as_complete() =>
        A_project(ReadyToAccept).When(p => Accept(p, s_accept, area: 40)).IsRefused(RefusalKind.Conflict, "project.unfinished", "#/measures/p1-area");

    [Fact]
    public void Acts_come_in_the_order_in_which_they_happened()
    {
        var project = Project.Aggregate.Fold(Project.Unknown, Done);
        Decision<ProjectEvent> At(TimeSpan before) => ProjectDecider.InOrder(project, project.ActedAt!.Value - before, Check(project, Yudu, Yudus));
        Assert.Equal("time.before-last", At(TimeSpan.FromMinutes(6)).Refusal?.Code);
        Assert.Single(At(TimeSpan.FromMinutes(4)).Events); // clocks may be minutes apart
        Assert.Empty(ProjectDecider.InOrder(project, project.ActedAt!.Value.AddYears(-1), Complete(project)).Events); // said again, it changes nothing
        Assert.Null(ProjectDecider.InOrder(project, project.ActedAt!.Value.AddYears(-1), Complete(project)).Refusal);
    }

    [Fact]
    public void A_measure_without_a_quantity_is_done_with_its_milestones()
    {
        ProjectEvent[] facts =
        [
            Life.Designed with { Definition = Whole with { Measures = [Part("p1-later", null)], Milestones = [new("m1", "建成", Day, "p1-later"), new("m2", "验收", Day, "p1-later"), new("m3", "开工", Day)] } },
            Submitted, Life.Approved, Begun, new MilestoneReached(P1, "m1", Yudu, Day, [], null, null, Reporter, At),
        ];
        A_project(facts[0]).When(p => ProjectDecider.Decide(p, "p1", new SubmitProject("请审", Planner, At), Tree)).Records(Submitted);
        A_project(facts).When(p => Complete(p)).IsRefused(RefusalKind.Conflict, "project.unfinished", "#/measures/p1-later");
        A_project([.. facts, new MilestoneReached(P1, "m2", Yudu, Day, [], null, null, Reporter, At)]).When(p => Complete(p)).Records(Completed with { Measures = [new("p1-later", null, null, null)] });
    }

    [Fact]
    public void Only_work_that_goes_on_is_completed()
    {
        foreach (var facts in new ProjectEvent[][] { [Life.Designed], [.. UnderWay, Suspended], [.. UnderWay, Terminated], InAftercare })
            A_project(facts).When(p => Complete(p)).IsRefused(RefusalKind.Conflict, "project.not-in-progress");
        A_project().When(p => Complete(p)).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void The_city_waives_a_measure_with_a_reason()
    {
        A_project(UnderWay).When(p => Waive(p)).Records(Waived);
        A_project([.. UnderWay, Suspended]).When(p => Waive(p)).Records(Waived);
        A_project([.. UnderWay, Waived]).When(p => Waive(p)).RecordsNothing();
        A_project([.. UnderWay, Waived with { Reason = "别的" }]).When(p => Waive(p)).Records(Waived);
        A_project(UnderWay).When(p => Waive(p, "p1-none")).IsRefused(RefusalKind.NotFound, "measure.unknown");
        A_project(UnderWay).When(p => Waive(p, acting: Yudu)).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project(UnderWay).When(p => Waive(p, by: Planner)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        A_project(Done).When(p => Waive(p)).IsRefused(RefusalKind.Conflict, "project.not-in-progress");
        A_project(Sample.Designed, Sample.Approved, Started).When(p => Waive(p, "p1-width")).IsRefused(RefusalKind.Invalid, "measure.not-waivable", "#/measureId");
    }

    [Fact]
    public void Each_county_checks_for_itself()
    {
        A_project(Done).When(p => Check(p, Yudu, Yudus)).Records(YuduChecked);
        A_project([.. Done, YuduChecked]).When(p => Check(p, Ningdu, Ningdus)).Records(NingduChecked);
        A_project([.. Done, YuduChecked]).When(p => Check(p, Yudu, Yudus)).RecordsNothing();
        A_project(ReadyToAccept).When(p => Check(p, Yudu, Yudus)).RecordsNothing();
        A_project([.. Done, YuduChecked]).When(p => Accept(p, s_accept)).IsRefused(RefusalKind.Conflict, "project.not-self-checked");
    }

    [Fact]
    public void The_city_checks_for_the_counties_that_have_not()
    {
        A_project([.. Done, YuduChecked]).When(p => Check(p, City, City2)).Records(NingduChecked with { By = City2 });
        A_project(Done).When(p => Check(p, null, City2)).Records(new ProjectSelfChecked(P1, [Yudu, Ningdu], [], "合格", City2, At));
        var everywhere = P1 with { Counties = [] };
        var whole = A_project(new ProjectDesigned(everywhere, Whole, Planner, At), Sample.Approved, Started, Completed);
        whole.When(p => Check(p, Yudu, Yudus)).IsRefused(RefusalKind.Forbidden, "division.forbidden"); // no county can speak for the whole area
        whole.When(p => Check(p, City, City2)).Records(new ProjectSelfChecked(everywhere, [], [], "合格", City2, At));
    }

    [Fact]
    public void What_is_not_complete_is_not_checked()
    {
        A_project(UnderWay).When(p => Check(p, Yudu, Yudus)).IsRefused(RefusalKind.Conflict, "project.not-completed");
        A_project([.. ReadyToAccept, NotAccepted]).When(p => Check(p, Yudu, Yudus)).IsRefused(RefusalKind.Conflict, "project.not-completed");
        A_project().When(p => Check(p, Yudu, Yudus)).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void The_city_accepts_with_a_record()
    {
        A_project(ReadyToAccept).When(p => Accept(p, s_accept)).Records(Accepted);
        A_project(InAftercare).When(p => Accept(p, s_accept)).RecordsNothing();
        A_project(ReadyToAccept).When(p => Accept(p, s_accept with { Team = [], Date = Day.AddDays(1) }))
            .IsRefused(RefusalKind.Invalid, "acceptance.invalid", "#/team", "#/date");
        A_project(ReadyToAccept).When(p => Accept(p, s_accept with { Date = Day.AddDays(-1) })).IsRefused(RefusalKind.Invalid, "acceptance.invalid", "#/date");
        A_project(ReadyToAccept).When(p => Accept(p, s_accept with { Acting = Yudu })).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project(Done).When(p => Accept(p, s_accept)).IsRefused(RefusalKind.Conflict, "project.not-self-checked");
        A_project().When(p => Accept(p, s_accept)).IsRefused(RefusalKind.NotFound, "project.unknown");
    }

    [Fact]
    public void The_years_of_its_aftercare_are_those_of_its_kind_unless_it_says_others()
    {
        static int Years(ProjectKind kind, int? said) => Of(Life.Designed with { Definition = Whole with { Kind = kind, AftercareYears = said } }).AftercareYears;
        Assert.Equal((3, 3, 1, 1, 5, 0), (
            Years(ProjectKind.Forest, null), Years(ProjectKind.Mine, null), Years(ProjectKind.Water, null), Years(ProjectKind.Farmland, null), Years(ProjectKind.Mine, 5), Years(ProjectKind.Mine, 0)));
    }

    [Theory]
    [InlineData("p-1")] // who submitted and completed it
    [InlineData("y-1")] // who checked it
    [InlineData("n-1")]
    public void Nobody_accepts_what_passed_through_his_own_hands(string person)
    {
        A_project(ReadyToAccept).When(p => Accept(p, s_accept with { By = new("city-bureau", person) })).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        A_project(ReadyToAccept).When(p => CompletionDecider.Decide(p, "p1", s_reject with { By = new("city-bureau", person) }, Tree)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
    }

    [Fact]
    public void What_is_not_accepted_is_rectified_checked_and_accepted_anew()
    {
        A_project(ReadyToAccept).When(p => CompletionDecider.Decide(p, "p1", s_reject, Tree)).Records(NotAccepted);
        A_project([.. ReadyToAccept, NotAccepted]).When(p => CompletionDecider.Decide(p, "p1", s_reject, Tree)).RecordsNothing();
        A_project([.. ReadyToAccept, NotAccepted]).When(p => Accept(p, s_accept)).IsRefused(RefusalKind.Conflict, "project.not-self-checked");
        A_project([.. ReadyToAccept, NotAccepted]).When(p => Rectify(p, [.. Rectified.Remedies])).Records(Rectified);
        A_project([.. ReadyToAccept, NotAccepted, Rectified]).When(p => Check(p, Yudu, Yudus)).Records(YuduChecked);
        A_project([.. ReadyToAccept, NotAccepted, Rectified, YuduChecked, NingduChecked]).When(p => Accept(p, s_accept)).Records(Accepted);
        A_project([.. ReadyToAccept, NotAccepted, Rectified, YuduChecked, NingduChecked]).When(p => CompletionDecider.Decide(p, "p1", s_reject, Tree)).Records(NotAccepted with
        {
            Rectifications = [new("r3", "疏通", Day.AddDays(30)), new("r4", "补植", Day.AddDays(60))],
        });
    }

    [Fact]
    public void A_rejection_says_what_is_to_be_rectified_and_by_when()
    {
        A_project(ReadyToAccept).When(p => CompletionDecider.Decide(p, "p1", s_reject with { Rectifications = [] }, Tree)).IsRefused(RefusalKind.Invalid, "rectifications.invalid", "#/rectifications");
        A_project(ReadyToAccept).When(p => CompletionDecider.Decide(p, "p1", s_reject with { Rectifications = [new("a", Day), new("b", Day.AddYears(11)), new("c", Day.AddDays(1))] }, Tree))
            .IsRefused(RefusalKind.Invalid, "rectifications.invalid", "#/rectifications/0/deadline", "#/rectifications/1/deadline");
    }

    [Fact]
    public void Rectifications_are_answered_one_by_one_or_together()
    {
        ProjectEvent[] open = [.. ReadyToAccept, NotAccepted];
        A_project(open).When(p => Rectify(p, new Remedy("r2", "已补植"))).Records(Rectified with { Remedies = [new("r2", "已补植")] });
        var half = Rectified with { Remedies = [new("r2", "已补植")] };
        Assert.Equal(ProjectState.Rectification, Of([.. open, half]).State);
        A_project([.. open, half]).When(p => Rectify(p, new Remedy("r2", "又"), new Remedy("r1", "已疏通"), new Remedy("r1", "又")))
            .IsRefused(RefusalKind.Invalid, "rectification.unknown", "#/remedies/0/id", "#/remedies/2/id");
        A_project(open).When(p => Rectify(p)).IsRefused(RefusalKind.Invalid, "rectification.unknown", "#/remedies");
        A_project(ReadyToAccept).When(p => Rectify(p, new Remedy("r1", "x"))).IsRefused(RefusalKind.Conflict, "rectification.not-open");
    }

    [Fact]
    public void A_deadline_that_passes_is_recorded_once()
    {
        ProjectEvent[] open = [.. ReadyToAccept, NotAccepted];
        static Decision<ProjectEvent> Mark(Project p, int days, string id = "r1") =>
            CompletionDecider.Decide(p, new MarkRectificationOverdue(id, Planner, new DateTimeOffset(Day.AddDays(days), TimeOnly.MinValue, TimeSpan.FromHours(8))));
        var overdue = new RectificationOverdue(P1, "r1", Day.AddDays(30), Planner, new DateTimeOffset(Day.AddDays(31), TimeOnly.MinValue, TimeSpan.FromHours(8)));
        A_project(open).When(p => Mark(p, 30)).RecordsNothing();
        A_project(open).When(p => Mark(p, 31)).Records(overdue);
        A_project([.. open, overdue]).When(p => Mark(p, 32)).RecordsNothing();
        A_project([.. open, overdue]).When(p => Rectify(p, [.. Rectified.Remedies])).Records(Rectified); // late is better than never
        A_project([.. open, Rectified]).When(p => Mark(p, 31)).RecordsNothing();
        A_project(open).When(p => Mark(p, 31, "r9")).RecordsNothing();
    }

    [Fact]
    public void The_province_looks_at_what_was_drawn()
    {
        A_project(InAftercare).When(p => CompletionDecider.Decide(p, "p1", s_spot, Tree)).Records(SpotChecked);
        A_project([.. InAftercare, SpotChecked]).When(p => CompletionDecider.Decide(p, "p1", s_spot, Tree)).RecordsNothing();
        Assert.Equal((ProjectState.SpotChecked, ProjectState.Aftercare), (Of([.. InAftercare, SpotChecked]).State, Of([.. InAftercare, Inspected(1), SpotChecked]).State));
        A_project(InAftercare).When(p => CompletionDecider.Decide(p, "p1", s_spot with { Drawn = false }, Tree)).IsRefused(RefusalKind.Conflict, "sample.not-drawn");
        A_project(InAftercare).When(p => CompletionDecider.Decide(p, "p1", s_spot with { Acting = City }, Tree)).IsRefused(RefusalKind.Forbidden, "division.forbidden");
        A_project(InAftercare).When(p => CompletionDecider.Decide(p, "p1", s_spot with { By = new("province", "v-1") }, Tree)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");
        A_project(InAftercare).When(p => CompletionDecider.Decide(p, "p1", s_spot with { Rectifications = [new("x", Day.AddDays(1))] }, Tree))
            .IsRefused(RefusalKind.Invalid, "rectifications.invalid", "#/rectifications");
        A_project(ReadyToAccept).When(p => CompletionDecider.Decide(p, "p1", s_spot, Tree)).IsRefused(RefusalKind.Conflict, "project.not-accepted");
    }

    [Fact]
    public void What_fails_on_the_spot_is_rectified_and_accepted_anew()
    {
        A_project([.. InAftercare, Inspected(1)]).When(p => CompletionDecider.Decide(
            p, "p1", s_spot with { Passed = false, Findings = "面积不实", Rectifications = [new("补足", Day.AddDays(30))] }, Tree)).Records(SpotFailed);
        A_project(InAftercare).When(p => CompletionDecider.Decide(p, "p1", s_spot with { Passed = false }, Tree)).IsRefused(RefusalKind.Invalid, "rectifications.invalid");
        ProjectEvent[] mended = [.. InAftercare, Inspected(1), SpotFailed, Rectified with { Remedies = [new("r1", "已补足")] }];
        Assert.Equal((ProjectState.Completed, 2), (Of(mended).State, CompletionDecider.Awaiting(Of(mended)).Count));
        var again = Of([.. mended, YuduChecked, NingduChecked, Accepted]);
        Assert.Equal((ProjectState.Accepted, 1), (again.State, again.Delivery.NextYear)); // its aftercare begins anew
    }
}

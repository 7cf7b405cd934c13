using Restoration.Domain;
using Restoration.Registry.Assignments;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>年度任务分解: what the city assigns to counties for a year, and what they confirm.</summary>
public sealed class AssignmentSpecs
{
    private static readonly By s_county = new("yudu-bureau", "c-1");

    public static AssignedMeasure Area(decimal target, params (string Division, decimal Value)[] counties) => new(
        "p1-area", "gz-i1", null, Quantity(target), [.. counties.Select(c => new CountyQuantity(c.Division, Quantity(c.Value)))]);

    public static AssignedMeasure Sites(decimal target, params (string Division, decimal Value)[] counties) => new(
        "p1-sites", null, FedBy.SiteCount, Quantity(target, "count"), [.. counties.Select(c => new CountyQuantity(c.Division, Quantity(c.Value, "count")))]);

    public static CountyTarget Target(decimal value) => new("p1-area", "gz-i1", null, Quantity(value));

    public static YearlyAssignmentMade Made(params AssignedMeasure[] measures) => new(Designed.Project, 2024, measures, null, Planner, At);

    public static YearlyAssignmentConfirmed Confirmed(params CountyTarget[] targets) => new(Designed.Project, 2024, Yudu, targets, null, s_county, At);

    private static Spec<ProjectAssignments, AssignmentEvent> Nothing_assigned => new(ProjectAssignments.None, (s, e) => ProjectAssignments.Aggregate.Fold(s, e));

    private static AssignYear Year(params AssignedMeasure[] measures) =>
        new(2024, [.. measures.Select(m => new AssignedQuantity(m.MeasureId, m.Target, m.Counties))], null, Planner, At);

    private static Decision<AssignmentEvent> Assign(ProjectAssignments state, AssignYear command, Project? project = null) =>
        AssignmentDecider.Decide(state, "p1", command, project ?? InProgress, Tree);

    private static Decision<AssignmentEvent> Confirm(ProjectAssignments state, By? by = null, string client = Yudu, int year = 2024, string division = Yudu) =>
        AssignmentDecider.Decide(state, new ConfirmYear(year, division, client, null, by ?? s_county, At));

    [Fact]
    public void The_city_assigns_a_year() => Nothing_assigned
        .When(s => Assign(s, Year(Area(30, (Yudu, 10), (Ningdu, 20)), Sites(3, (Yudu, 3))))).Records(Made(Area(30, (Yudu, 10), (Ningdu, 20)), Sites(3, (Yudu, 3))));

    [Fact]
    public void Twice_is_once() => Nothing_assigned.After(Made(Area(30, (Yudu, 30)))).When(s => Assign(s, Year(Area(30, (Yudu, 30))))).RecordsNothing();

    [Fact]
    public void Less_than_the_years_target_is_worth_a_warning() => Assert.Equal(
        ["#/measures/1/counties"], AssignmentDecider.Warnings([Area(30, (Yudu, 30)), Sites(4, (Yudu, 3))]).Select(w => w.Pointer));

    [Fact]
    public void And_so_is_more() => Assert.Single(AssignmentDecider.Warnings([Area(30, (Yudu, 30.01m))]));

    [Fact]
    public void What_meets_it_in_another_unit_is_none() => Assert.Empty(AssignmentDecider.Warnings(
        [Area(1) with { Counties = [new(Yudu, Quantity(15, "mu"))] }]));

    [Fact]
    public void No_more_than_remains_of_the_measure_over_all_years() => Nothing_assigned
        .After(Made(Area(60, (Yudu, 60))) with { Year = 2022 }, Made(Area(30, (Yudu, 30))) with { Year = 2023 }, Made(Area(9, (Yudu, 9))))
        .When(s => Assign(s, Year(Area(10, (Yudu, 5), (Ningdu, 5.01m))))).IsRefused(RefusalKind.Invalid, "assignment.over-remainder", "#/measures/0/counties");

    [Fact]
    public void All_that_remains_is_assigned() => Nothing_assigned
        .After(Made(Area(90, (Yudu, 90))) with { Year = 2022 }).When(s => Assign(s, Year(Area(10, (Yudu, 10))))).Records(Made(Area(10, (Yudu, 10))));

    [Fact]
    public void More_with_a_reason() => Nothing_assigned.When(s => Assign(s, Year(Area(101, (Yudu, 101))) with { Reason = "上级追加" }))
        .Records(Made(Area(101, (Yudu, 101))) with { Reason = "上级追加" });

    [Fact]
    public void Only_counties_of_the_measure() => Nothing_assigned.When(s => Assign(s, new AssignYear(
            2024, [new("p1-road", Quantity(5, "km"), [new(Ningdu, Quantity(2, "km")), new(Yudu, Quantity(3, "km"))]), new("p1-area", Quantity(1), [new("360222", Quantity(1))])], null, Planner, At)))
        .IsRefused(RefusalKind.Invalid, "division.outside-project", "#/measures/0/counties/0/division", "#/measures/1/counties/0/division");

    [Theory]
    [InlineData("p1-total")]
    [InlineData("p1-width")]
    [InlineData("p1-rate")]
    [InlineData("p1-later")]
    public void Only_parts_with_a_target(string measure) => Nothing_assigned
        .When(s => Assign(s, Year(Area(1) with { MeasureId = measure }))).IsRefused(RefusalKind.Invalid, "measure.not-assigned", "#/measures/0/measureId");

    [Fact]
    public void All_that_is_wrong_is_said_at_once() => Nothing_assigned.When(s => Assign(s, new AssignYear(
            2026,
            [
                new("p9", Quantity(1), []),
                new("p1-area", Quantity(1, "km"), [new(Yudu, Quantity(-1)), new(Yudu, Quantity(1, "km"))]),
                new("p1-area", Quantity(1), []),
            ], null, Planner, At)))
        .IsRefused(
            RefusalKind.Invalid, "year.outside-schedule", "", "#/measures/0/measureId", "#/measures/1/target", "#/measures/1/counties/0/quantity",
            "#/measures/1/counties/1/division", "#/measures/1/counties/1/quantity", "#/measures/2/measureId");

    [Fact]
    public void Something_is_assigned() => Nothing_assigned.When(s => Assign(s, Year())).IsRefused(RefusalKind.Invalid, "assignment.empty", "#/measures");

    [Fact]
    public void Of_a_project_that_is_known() => Nothing_assigned.When(s => Assign(s, Year(Area(1)), Project.Unknown)).IsRefused(RefusalKind.NotFound, "project.unknown");

    [Fact]
    public void And_approved() => Nothing_assigned.When(s => Assign(s, Year(Area(1)), Project.Aggregate.Fold(Project.Unknown, Designed)))
        .IsRefused(RefusalKind.Conflict, "assignment.out-of-time");

    [Fact]
    public void A_county_confirms_what_it_is_assigned() => Nothing_assigned.After(Made(Area(30, (Yudu, 10), (Ningdu, 20)), Sites(3, (Yudu, 3))))
        .When(s => Confirm(s)).Records(Confirmed(Target(10), new("p1-sites", null, FedBy.SiteCount, Quantity(3, "count"))));

    [Fact]
    public void Confirming_twice_is_once() => Nothing_assigned.After(Made(Area(10, (Yudu, 10))), Confirmed(Target(10))).When(s => Confirm(s)).RecordsNothing();

    [Fact]
    public void What_changed_is_confirmed_again() => Nothing_assigned.After(Made(Area(10, (Yudu, 10))), Confirmed(Target(10)), Made(Area(10, (Yudu, 9), (Ningdu, 1))))
        .When(s => Confirm(s)).Records(Confirmed(Target(9)));

    [Fact]
    public void What_stayed_is_confirmed_still()
    {
        var state = ProjectAssignments.Aggregate.Fold(
            ProjectAssignments.None, Made(Area(10, (Yudu, 10), (Ningdu, 5))), Confirmed(Target(10)), Made(Area(10, (Ningdu, 4)) with { Counties = [new(Ningdu, Quantity(4)), new(Yudu, Quantity(150, "mu"))] }));
        Assert.Equal((true, false, AssignmentState.Assigned, 3L), (state.Of(2024).IsConfirmed(Yudu), state.Of(2024).IsConfirmed(Ningdu), state.Of(2024).State, state.Of(2024).Version));
    }

    [Fact]
    public void What_is_taken_back_is_no_target_any_more() => Nothing_assigned.After(Made(Area(10, (Yudu, 10))), Confirmed(Target(10)))
        .When(s => Assign(s, Year(Area(10, (Ningdu, 10))))).Records(Made(Area(10, (Ningdu, 10))), Confirmed() with { By = Planner });

    [Fact]
    public void Nobody_confirms_for_a_county() => Nothing_assigned.After(Made(Area(10, (Yudu, 10))))
        .When(s => Confirm(s, client: City)).IsRefused(RefusalKind.Forbidden, "confirmation.foreign");

    [Fact]
    public void Nor_who_assigned() => Nothing_assigned.After(Made(Area(10, (Yudu, 10))))
        .When(s => Confirm(s, Planner)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void A_county_with_nothing_has_nothing_to_confirm() => Nothing_assigned.After(Made(Area(10, (Ningdu, 10))))
        .When(s => Confirm(s)).IsRefused(RefusalKind.Conflict, "assignment.none");

    [Fact]
    public void Nor_has_any_in_a_year_that_is_not_assigned() => Nothing_assigned.After(Made(Area(10, (Yudu, 10))))
        .When(s => Confirm(s, year: 2025)).IsRefused(RefusalKind.NotFound, "assignment.unknown");
}

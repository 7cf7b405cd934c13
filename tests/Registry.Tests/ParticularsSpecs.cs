using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>Milestones, documents and what counties have of measures.</summary>
public sealed class ParticularsSpecs
{
    private static readonly ProjectDocument s_study = new("可研报告", "https://docs.example/study.pdf", new('c', 64), DocumentKind.Study);

    private static readonly ProjectDesigned s_designed = Designed with
    {
        Definition = Definition with
        {
            Milestones = [new("m-design", "初步设计批复", new(2024, 5, 31)), new("m-road", "道路完工", new(2024, 12, 31), "p1-road")],
            Documents = [s_study],
        },
    };

    private static Spec<Project, ProjectEvent> The_project => new Spec<Project, ProjectEvent>(Project.Unknown, (p, e) => Project.Aggregate.Fold(p, e)).After(s_designed, Approved, Started);

    private static MilestoneReached Reached(string milestone = "m-design", string division = Yudu, DateOnly? on = null) => new(
        Designed.Project, milestone, division, on ?? new(2024, 6, 30), [Photo], "初步设计批复", new Sender("/yudu", "e-9"), Reporter, At);

    private static Decision<ProjectEvent> Reach(Project p, string milestone = "m-design", string division = Yudu, DateOnly? on = null) => ParticularsDecider.Decide(
        p, "p1", new ReachMilestone(milestone, division, on ?? new(2024, 6, 30), [Photo], "初步设计批复", new Sender("/yudu", "e-9"), Reporter, At), Tree);

    private static Decision<ProjectEvent> Add(Project p, ProjectDocument document) => ParticularsDecider.Decide(p, "p1", new AddDocument(document, Planner, At));

    [Fact]
    public void A_milestone_is_reached() => The_project.When(p => Reach(p)).Records(Reached());

    [Fact]
    public void Once() => The_project.After(Reached()).When(p => Reach(p)).RecordsNothing();

    [Fact]
    public void And_not_on_another_day() => The_project.After(Reached()).When(p => Reach(p, on: new(2024, 6, 29))).IsRefused(RefusalKind.Conflict, "milestone.reached");

    private static readonly MilestoneWithdrawn s_withdrawn = new(Designed.Project, "m-design", Yudu, new(2024, 6, 30), "批复日期有误", Checker, At);

    private static Decision<ProjectEvent> Withdraw(Project p, string? acting = Yudu, string milestone = "m-design", string reason = "批复日期有误") =>
        ParticularsDecider.Decide(p, "p1", new WithdrawMilestone(milestone, acting, reason, Checker, At), Tree);

    [Theory]
    [InlineData(Yudu)]
    [InlineData(City)]
    [InlineData(null)]
    public void What_was_said_of_it_is_taken_back(string? acting) => The_project.After(Reached()).When(p => Withdraw(p, acting)).Records(s_withdrawn);

    [Fact]
    public void And_said_anew() => The_project.After(Reached(), s_withdrawn).When(p => Reach(p, on: new(2024, 6, 29))).Records(Reached(on: new(2024, 6, 29)));

    [Fact]
    public void It_is_taken_back_once() => The_project.After(Reached(), s_withdrawn).When(p => Withdraw(p)).IsRefused(RefusalKind.Conflict, "milestone.not-reached");

    [Fact]
    public void Not_by_another_county() => The_project.After(Reached()).When(p => Withdraw(p, Ningdu)).IsRefused(RefusalKind.Forbidden, "division.forbidden");

    [Fact]
    public void And_for_a_reason() => The_project.After(Reached()).When(p => Withdraw(p, reason: " ")).IsRefused(RefusalKind.Invalid, "reason.missing", "#/reason");

    [Fact]
    public void Nor_what_is_no_milestone() => The_project.After(Reached()).When(p => Withdraw(p, milestone: "m-none")).IsRefused(RefusalKind.NotFound, "milestone.unknown");

    [Fact]
    public void What_the_project_ended_with_stands() => The_project.After(Reached(), new ProjectTerminated(Designed.Project, "r", "m", "l", Planner, At))
        .When(p => Withdraw(p)).IsRefused(RefusalKind.Conflict, "project.not-in-progress");

    [Fact]
    public void One_that_follows_a_measure_where_that_is_carried_out() => The_project.When(p => Reach(p, "m-road", Ningdu))
        .IsRefused(RefusalKind.Invalid, "division.outside-project", "#/division");

    [Fact]
    public void Not_before_it_is() => The_project.When(p => Reach(p, on: new(2024, 7, 3))).IsRefused(RefusalKind.Invalid, "milestone.in-future", "#/on");

    [Fact]
    public void Nor_one_that_is_none() => The_project.When(p => Reach(p, "m-none")).IsRefused(RefusalKind.NotFound, "milestone.unknown");

    [Fact]
    public void Nor_of_no_project() => new Spec<Project, ProjectEvent>(Project.Unknown, (p, e) => Project.Aggregate.Fold(p, e))
        .When(p => Reach(p)).IsRefused(RefusalKind.NotFound, "project.unknown");

    [Fact]
    public void Nor_before_work_began() => new Spec<Project, ProjectEvent>(Project.Unknown, (p, e) => Project.Aggregate.Fold(p, e)).After(s_designed, Approved)
        .When(p => Reach(p)).IsRefused(RefusalKind.Conflict, "project.not-in-progress");

    [Fact]
    public void A_document_is_added() => The_project.When(p => Add(p, s_study with { Sha256 = new('d', 64) }))
        .Records(new DocumentAdded(Designed.Project, s_study with { Sha256 = new('d', 64) }, Planner, At));

    [Fact]
    public void One_that_is_there_is_not_added_again() => The_project.When(p => Add(p, s_study)).RecordsNothing();

    [Fact]
    public void Nor_the_same_content_as_something_else() => The_project.When(p => Add(p, s_study with { Name = "验收报告" })).IsRefused(RefusalKind.Conflict, "document.exists");

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("ftp://docs.example/1")]
    [InlineData("1.pdf")]
    public void An_address_can_be_gone_to(string uri) => The_project.When(p => Add(p, new("", uri, "c", DocumentKind.Other)))
        .IsRefused(RefusalKind.Invalid, "document.invalid", "#/name", "#/uri", "#/sha256");

    [Fact]
    public void What_counties_have_of_a_measure_is_all_of_it()
    {
        Assert.Empty(Faults((Yudu, 60, "ha"), (Ningdu, 600, "mu")));
        Assert.Equal(["#/measures/0/counties"], Faults((Yudu, 60, "ha"), (Ningdu, 39, "ha")));
        Assert.Equal(["#/measures/0/counties"], Faults((Yudu, 60, "km"), (Ningdu, 40, "ha")));
        Assert.Equal(["#/measures/0/counties/1/division"], Faults((Yudu, 60, "ha"), (Yudu, 40, "ha")));
        Assert.Equal(["#/measures/0/counties/1/division"], Faults((Yudu, 60, "ha"), ("360222", 40, "ha")));

        static IEnumerable<string> Faults(params (string Division, decimal Value, string Unit)[] parts)
        {
            var measure = Part("p1-area", Quantity(100)) with { Counties = [.. parts.Select(p => new CountyPart(p.Division, Quantity(p.Value, p.Unit)))] };
            return ParticularsDecider.Faults(Definition with { Measures = [measure] }, [Yudu, Ningdu]).Select(f => f.Pointer);
        }
    }

    [Fact]
    public void A_design_names_each_milestone_once_and_measures_that_it_has() => Assert.Equal(
        ["#/milestones/1/id", "#/milestones/2/id", "#/milestones/2/measureId", "#/documents/0/sha256"],
        ParticularsDecider.Faults(
            Definition with
            {
                Milestones = [new("a", "甲", new(2024, 1, 1)), new("a", "乙", new(2024, 1, 1)), new("A b", "丙", new(2024, 1, 1), "p9-m")],
                Documents = [s_study with { Sha256 = "c" }],
            },
            []).Select(f => f.Pointer));
}

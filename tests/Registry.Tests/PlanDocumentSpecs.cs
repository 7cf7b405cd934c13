using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

public sealed class PlanDocumentSpecs
{
    private static readonly PlanDocument s_scheme = new(
        "yudu-scheme", PlanDocumentKind.ImplementationScheme, "于都县国土空间生态修复实施方案", Yudu, null, "于府发〔2022〕3号", Date("2022-06"), "https://yudu.example/1.pdf",
        new('a', 64), [new("崩岗治理", "县水利局")], "第一版");

    internal static readonly PlanDocumentRegistered Known = new("gz", City, s_scheme with { Year = 2022 }, Planner, At);

    private static Spec<Plans.Plan, PlanEvent> The_plan => new(Registered, (p, e) => Plans.Plan.Aggregate.Fold(p, e));

    private static Decision<PlanEvent> Decide(Plans.Plan plan, PlanDocument document) => PlanDocumentDecider.Decide(plan, "gz", new(document, Planner, At), Tree);

    [Fact]
    public void A_county_enters_its_scheme() => The_plan.When(p => Decide(p, s_scheme)).Records(Known with { Document = s_scheme });

    [Theory]
    [InlineData(PlanDocumentKind.WorkScheme)]
    [InlineData(PlanDocumentKind.LocalPlan)]
    [InlineData(PlanDocumentKind.Atlas)]
    public void The_city_enters_its_own(PlanDocumentKind kind) => The_plan
        .When(p => Decide(p, s_scheme with { Kind = kind, Division = City })).Records(Known with { Document = s_scheme with { Kind = kind, Division = City } });

    [Fact]
    public void Entering_it_again_alike_changes_nothing() => The_plan.After(Known).When(p => Decide(p, Known.Document)).RecordsNothing();

    [Fact]
    public void A_document_is_not_rewritten() => The_plan.After(Known)
        .When(p => Decide(p, Known.Document with { Title = "另一方案" })).IsRefused(RefusalKind.Conflict, "plan-document.exists");

    [Fact]
    public void There_is_a_plan_that_it_carries_out() => new Spec<Plans.Plan, PlanEvent>(Plans.Plan.Unknown, (p, e) => Plans.Plan.Aggregate.Fold(p, e))
        .When(p => Decide(p, s_scheme)).IsRefused(RefusalKind.NotFound, "plan.unknown");

    [Fact]
    public void Key_points_are_of_a_year_of_the_plan()
    {
        var points = s_scheme with { Kind = PlanDocumentKind.YearlyKeyPoints, Division = City, Year = 2024 };
        The_plan.When(p => Decide(p, points)).Records(Known with { Document = points });
        The_plan.When(p => Decide(p, points with { Year = null })).IsRefused(RefusalKind.Invalid, "plan-document.invalid", "#/year");
        The_plan.When(p => Decide(p, points with { Year = 2020 })).IsRefused(RefusalKind.Invalid, "plan-document.invalid", "#/year");
        The_plan.When(p => Decide(p, points with { Year = 2036 })).IsRefused(RefusalKind.Invalid, "plan-document.invalid", "#/year");
    }

    [Fact]
    public void A_scheme_is_of_a_division_below() => The_plan
        .When(p => Decide(p, s_scheme with { Division = City })).IsRefused(RefusalKind.Invalid, "plan-document.invalid", "#/division");

    [Fact]
    public void All_that_is_wrong_is_told_at_once() => The_plan
        .When(p => Decide(p, s_scheme with { Id = "A 1", Division = "360222", Year = 1999, Uri = "file:///etc/passwd", Sha256 = "abc" }))
        .IsRefused(RefusalKind.Invalid, "plan-document.invalid", "#/id", "#/division", "#/year", "#/uri", "#/sha256");
}

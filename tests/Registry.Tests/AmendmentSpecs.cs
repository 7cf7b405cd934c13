using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Registry.Projects;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>An amendment is one act over the plan and its projects: exactly these facts in each of their streams, or none.</summary>
public sealed class AmendmentSpecs
{
    private static readonly By s_planner = new("city-planner", "p-9");

    internal static readonly Amendment Completing = new(
        "2024-1", "赣市府发〔2024〕5号", new(2024, 6, 28), "补充完善", new PlanChange(PrintedTotal: Money.Of(1_200_000)),
        [new("p1", LeadUnit: "市水土保持中心", Counties: [Yudu], Measures: [new("p1-later", Quantity: Quantity(30, "count")), new("p1-new", "新增", Quantity(5, "km"))])],
        [], []);

    private static readonly Plans.Plan s_adopted = Plans.Plan.Aggregate.Fold(Registered, new PlanAdopted("gz", City, null, ["p1"], Planner, At));

    private static readonly ProjectDefinition s_completed = Definition with
    {
        LeadUnit = "市水土保持中心",
        StatedCounties = null,
        Measures =
        [
            .. Definition.Measures.Select(m => m.Id == "p1-later" ? m with { Quantity = Quantity(30, "count") } : m), Part("p1-new", Quantity(5, "km")) with { Name = "新增" },
        ],
    };

    internal static readonly PlanAmended Facts = new("gz", City, Completing, Sample.Plan with { PrintedTotal = Money.Of(1_200_000) }, s_planner, At);

    [Fact]
    public void An_amendment_says_what_changes_and_leaves_the_rest()
    {
        Assert.Equivalent(Facts.Definition, Completing.Plan!.Of(Sample.Plan), strict: true);
        Assert.Equivalent(s_completed, Completing.Projects[0].Of(Definition), strict: true);
    }
}

using Restoration.EventStore;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Views;

/// <summary>The views of the service: what can be made anew from the log.</summary>
public static class All
{
    public static readonly RowView Divisions = new("divisions", ["divisions"], Division.Aggregate);
    public static readonly RowView Plans = new("plans", ["plans"], Plan.Aggregate);
    public static readonly RowView Projects = new("projects", ["projects"], Project.Aggregate);
    public static readonly RowView Figures = new("figures", ["figures"], MeasureProgress.Aggregate);

    public static readonly IReadOnlyList<Derived> Views = [Divisions, Plans, Projects, Figures, ProgressTotals.View];
}

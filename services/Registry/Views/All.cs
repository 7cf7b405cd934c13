using Restoration.EventStore;
using Restoration.Registry.Assignments;
using Restoration.Registry.Divisions;
using Restoration.Registry.Plans;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Registry.Samples;
using Restoration.Registry.Schedules;
using Restoration.Registry.Zones;

namespace Restoration.Registry.Views;

/// <summary>The views of the service: what can be made anew from the log.</summary>
public static class All
{
    public static readonly RowView Divisions = new("divisions", ["divisions"], Division.Aggregate);
    public static readonly RowView Plans = new("plans", ["plans", "plan_amendments", "plan_documents"], Plan.Aggregate);
    public static readonly RowView Projects = new("projects", ["projects", "changes", "project_particulars", "document_uses"], Project.Aggregate);
    public static readonly RowView Zones = new("zones", ["zones"], Zone.Aggregate);
    public static readonly RowView Figures = new("figures", ["figures", "evidence_uses"], MeasureProgress.Aggregate);
    public static readonly RowView Samples = new("samples", ["samples"], Sample.Aggregate);
    public static readonly RowView Assignments = new("assignments", ["assignments"], ProjectAssignments.Aggregate);

    public static readonly RowView Schedules = new("schedules", ["schedules"], Schedule.Aggregate);

    public static readonly IReadOnlyList<Derived> Views = [Divisions, Plans, Zones, Projects, Figures, Samples, Assignments, Schedules, ProgressTotals.View];
}

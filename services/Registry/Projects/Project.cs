using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Projects;

/// <summary>A project as its rules, and those of its progress, see it.</summary>
public sealed record Project
{
    public static readonly Project Unknown = new();

    public static readonly Aggregate<Project, ProjectEvent> Aggregate = new("project", Unknown, Evolve, Rows);

    public static string Stream(string id) => $"project-{id}";

    public ProjectState State { get; private init; }
    public ProjectRef Ref { get; private init; } = new("", "", "", "", []);
    public ProjectDefinition? Definition { get; private init; }
    public bool EnteredWithPlan { get; private init; }
    public (Money Allocated, Money Issued, Money Paid) Money { get; private init; }

    /// <summary>Nothing is open in its account; closing needs it.</summary>
    public bool AccountsSettled { get; private init; }

    public Measure? Measure(string id) => Definition?.Measures.FirstOrDefault(m => m.Id == id);

    /// <summary>The indicator that a measure's verified progress feeds: its own, or that of the total it is a part of.</summary>
    public string? IndicatorFedBy(Measure measure) =>
        measure.IndicatorId ?? Definition!.Measures.FirstOrDefault(m => m.Role == MeasureRole.Total)?.IndicatorId;

    private static Project Evolve(Project project, ProjectEvent fact) => fact switch
    {
        ProjectDesigned e => project with { State = ProjectState.Designed, Ref = e.Project, Definition = e.Definition },
        ProjectApproved e => project with { State = ProjectState.Approved, EnteredWithPlan = e.EnteredWithPlan },
        ProjectStarted => project with { State = ProjectState.InProgress },
        MoneyMoved e => project with { Money = (e.Allocated, e.Issued, e.Paid) },
        Projects.AccountsSettled => project with { AccountsSettled = true },
        _ => project,
    };

    private static readonly RowTable<ProjectRow> s_table = new("projects", RowJson.Default.ProjectRow, "id");

    private static IEnumerable<Row> Rows(long version, Project project, IReadOnlyList<Event> recorded)
    {
        var (r, d) = (project.Ref, project.Definition!);
        yield return s_table.Row(r.Id, new ProjectRow(
                r.Id, version, project.State, r.PlanId, r.ProgrammeId, d.KeyWorkId, d.Number, d.Name, d.Kind, r.Division, r.Counties, d.LeadUnit,
                d.Estimate?.Yuan, project.Money.Allocated.Yuan, project.Money.Issued.Yuan, project.Money.Paid.Yuan, project.AccountsSettled, project.EnteredWithPlan, JsonSerializer.SerializeToElement(d, StoredJson.Default.ProjectDefinition)));
    }
}

/// <summary>The row behind <c>GET projects</c>; named as its columns. Money is in yuan.</summary>
internal sealed record ProjectRow(
    string Id, long Version, ProjectState State, string PlanId, string ProgrammeId, string? KeyWorkId, int? Number, string Name, ProjectKind Kind,
    string Division, IReadOnlyList<string> Counties, string? LeadUnit, decimal? Estimate, decimal Allocated, decimal Issued, decimal Paid, bool AccountsSettled,
    bool EnteredWithPlan, JsonElement Definition);

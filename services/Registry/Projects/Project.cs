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

    private static readonly RowTable s_table = new(
        "projects",
        """
        insert into registry.projects as p (id, version, state, plan_id, programme_id, key_work_id, number, name, kind, division, counties, lead_unit,
            estimate, allocated, issued, paid, accounts_settled, entered_with_plan, definition)
        select id, version, state, plan_id, programme_id, key_work_id, number, name, kind, division,
            array(select jsonb_array_elements_text(counties)), lead_unit, estimate, allocated, issued, paid, accounts_settled,
            entered_with_plan, definition
        from jsonb_to_recordset($1) as r(id text, version bigint, state text, plan_id text, programme_id text, key_work_id text, number int, name text,
            kind text, division text, counties jsonb, lead_unit text, estimate numeric, allocated numeric,
            issued numeric, paid numeric, accounts_settled boolean, entered_with_plan boolean, definition jsonb)
        on conflict (id) do update set (version, state, programme_id, key_work_id, number, name, kind, counties, lead_unit, estimate,
                allocated, issued, paid, accounts_settled, entered_with_plan, definition)
            = (excluded.version, excluded.state, excluded.programme_id, excluded.key_work_id, excluded.number, excluded.name, excluded.kind,
                excluded.counties, excluded.lead_unit, excluded.estimate, excluded.allocated, excluded.issued, excluded.paid,
                excluded.accounts_settled, excluded.entered_with_plan, excluded.definition)
        """);

    private static IEnumerable<Row> Rows(long version, Project project, IReadOnlyList<Event> recorded)
    {
        var (r, d) = (project.Ref, project.Definition!);
        yield return new Row(s_table, r.Id, JsonSerializer.SerializeToElement(
            new ProjectRow(
                r.Id, version, project.State, r.PlanId, r.ProgrammeId, d.KeyWorkId, d.Number, d.Name, d.Kind, r.Division, r.Counties, d.LeadUnit,
                d.Estimate?.Yuan, project.Money.Allocated.Yuan, project.Money.Issued.Yuan, project.Money.Paid.Yuan, project.AccountsSettled, project.EnteredWithPlan, JsonSerializer.SerializeToElement(d, StoredJson.Default.ProjectDefinition)),
            RowJson.Default.ProjectRow));
    }
}

/// <summary>The row behind <c>GET projects</c>; named as its columns. Money is in yuan.</summary>
internal sealed record ProjectRow(
    string Id, long Version, ProjectState State, string PlanId, string ProgrammeId, string? KeyWorkId, int? Number, string Name, ProjectKind Kind,
    string Division, IReadOnlyList<string> Counties, string? LeadUnit, decimal? Estimate, decimal Allocated, decimal Issued, decimal Paid, bool AccountsSettled,
    bool EnteredWithPlan, JsonElement Definition);

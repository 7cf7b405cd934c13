using System.Collections.Immutable;
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

    /// <summary>As it was designed last, so that whoever enters it again is told that it is there, however it changed since its approval.</summary>
    public ProjectDesigned? Entered { get; private init; }

    public bool EnteredWithPlan { get; private init; }

    /// <summary>The day in China on which work began.</summary>
    public DateOnly? StartedOn { get; private init; }

    /// <summary>What the approving division approved last: a change is measured against it, so that many small ones add up.</summary>
    public (ProjectRef Ref, ProjectDefinition Definition)? Approved { get; private init; }

    /// <summary>The design as it was submitted last; whoever did does not approve it.</summary>
    public ProjectSubmitted? Submission { get; private init; }

    /// <summary>Why it is returned, rejected, suspended or terminated: the fact that said so, while it is.</summary>
    public ProjectEvent? Halt { get; private init; }

    /// <summary>In the order of their requests.</summary>
    public ImmutableList<Change> Changes { get; private init; } = [];

    public Delivery Delivery { get; private init; } = Delivery.None;

    public (Money Allocated, Money Issued, Money Paid) Money { get; private init; }

    /// <summary>Nothing is open in its account; closing needs it.</summary>
    public bool AccountsSettled { get; private init; }

    public Particulars Particulars { get; private init; } = Particulars.None;

    /// <summary>The measures that progress is reported against or sites feed: parts with a target.</summary>
    public IEnumerable<Measure> Counted => Definition?.Measures.Where(m => m is { Role: MeasureRole.Part, Quantity: not null }) ?? [];

    public Change? OpenChange => Changes.Find(c => c.State == ChangeState.Requested);

    public Change? Change(string id) => Changes.Find(c => c.Id == id);

    /// <summary>管护: as the project says, or as its kind asks.</summary>
    public int AftercareYears => Definition!.AftercareYears ?? (Definition.Kind is ProjectKind.Forest or ProjectKind.Mine ? 3 : 1);

    public Measure? Measure(string id) => Definition?.Measures.FirstOrDefault(m => m.Id == id);

    /// <summary>The indicator that a measure's verified progress feeds: its own, or that of the total it is a part of.</summary>
    public string? IndicatorFedBy(Measure measure) =>
        measure.IndicatorId ?? Definition!.Measures.FirstOrDefault(m => m.Role == MeasureRole.Total)?.IndicatorId;

    /// <summary>When the last act of its work and its delivery happened; none of them comes before another that it rests on.</summary>
    public DateTimeOffset? ActedAt { get; private init; }

    private static Project Evolve(Project before, ProjectEvent fact)
    {
        var project = before with
        {
            Delivery = before.Delivery.Evolve(fact),
            ActedAt = fact is ProjectStarted or ProjectSuspended or ProjectResumed or ProjectCompleted or ProjectSelfChecked or ProjectAccepted or AcceptanceRejected
                or ProjectRectified or ProjectSpotChecked or AftercareInspected or ProjectEvaluated ? fact.At : before.ActedAt,
        };
        return Life(project, fact);
    }

    private static Project Life(Project project, ProjectEvent fact) => fact switch
    {
        ProjectDesigned e => project with { State = ProjectState.Designed, Ref = e.Project, Definition = e.Definition, Entered = e, Halt = null },
        ProjectSubmitted e => project with { State = ProjectState.Submitted, Submission = e, Halt = null },
        ProjectReturned e => project with { State = ProjectState.Returned, Halt = e },
        ProjectRejected e => project with { State = ProjectState.Rejected, Halt = e },
        ProjectApproved e => project with { State = ProjectState.Approved, EnteredWithPlan = e.EnteredWithPlan, Approved = (project.Ref, project.Definition!) },
        ProjectStarted e => project with { State = ProjectState.InProgress, StartedOn = ChinaDay.Of(e.At), Halt = null },
        ProjectResumed => project with { State = ProjectState.InProgress, Halt = null },
        ProjectSuspended e => project with { State = ProjectState.Suspended, Halt = e },
        ProjectTerminated e => project with { State = ProjectState.Terminated, Halt = e },
        ProjectChanged e => project with
        {
            Ref = e.Project,
            Definition = e.Definition,
            Approved = Approves(project, e.Cause) ? (e.Project, e.Definition) : project.Approved,
        },
        ChangeRequested e => project with { Changes = project.Changes.Add(new Change(e)) },
        ChangeEvent e => project with { Changes = project.Changes.ConvertAll(c => c.Id == e.ChangeId ? c with { Version = c.Version + 1, Decision = e } : c) },
        ProjectCompleted => project with { State = ProjectState.Completed },
        ProjectSelfChecked { Awaiting: [] } => project with { State = ProjectState.SelfChecked },
        ProjectAccepted => project with { State = ProjectState.Accepted },
        AcceptanceRejected or ProjectSpotChecked { Passed: false } or AftercareInspected { Passed: false } => project with { State = ProjectState.Rectification },
        ProjectRectified e when !project.Delivery.Open.Any() => project with
        {
            State = project.Delivery.Rectifications is [.., { Cause: Cause.Aftercare }] ? ProjectState.Aftercare : ProjectState.Completed,
        },
        ProjectSpotChecked => project with { State = project.State == ProjectState.Accepted ? ProjectState.SpotChecked : project.State },
        AftercareInspected => project with { State = ProjectState.Aftercare },
        ProjectEvaluated => project with { State = ProjectState.Evaluated },
        ProjectClosed => project with { State = ProjectState.Closed },
        MoneyMoved e => project with { Money = (e.Allocated, e.Issued, e.Paid) },
        Projects.AccountsSettled => project with { AccountsSettled = true },
        MilestoneReached or MilestoneWithdrawn or DocumentAdded => project with { Particulars = project.Particulars.Evolve(fact) },
        _ => project,
    };

    private static readonly RowTable<ProjectRow> s_table = new("projects", RowJson.Default.ProjectRow, "id");

    /// <summary>A change beyond a tenth was approved as the project was; an amendment approves what came in with its plan. Else the next change is measured against what was approved before.</summary>
    private static bool Approves(Project project, string cause) => project.Change(cause)?.Decision is ChangeApproved decided ? decided.Beyond : project.EnteredWithPlan;

    /// <summary>What single counties have to do of the measures that count: their parts, or the whole of what is carried out in one alone.</summary>
    private IEnumerable<(Measure Measure, string County, Quantity Target)> CountyParts =>
        from measure in Counted
        from part in measure.Counties ?? ((measure.Division ?? (Ref.Counties.Count == 1 ? Ref.Counties[0] : null)) is { } only ? [new(only, measure.Quantity!.Value)] : [])
        where part.Quantity.Canonical > 0
        select (measure, part.Division, part.Quantity);

    private static IEnumerable<Row> Rows(long version, Project project, IReadOnlyList<Event> recorded)
    {
        var (r, d, parts) = (project.Ref, project.Definition!, project.CountyParts.ToList());
        yield return s_table.Row(r.Id, new ProjectRow(
                r.Id, version, project.State, r.PlanId, r.ProgrammeId, d.KeyWorkId, d.Number, d.Name, d.Kind, r.Division, r.Counties, d.LeadUnit,
                d.Estimate?.Yuan, [.. project.Counted.Select(m => m.Id)], [.. project.Counted.Select(m => m.Quantity!.Value.Canonical)],
                [.. project.Counted.Select(m => Kebab.Of(m.Quantity!.Value.Unit.Dimension))],
                [.. parts.Select(p => p.Measure.Id)], [.. parts.Select(p => p.County)], [.. parts.Select(p => p.Target.Canonical)], [.. parts.Select(p => Kebab.Of(p.Target.Unit.Dimension))],
                [.. d.Schedule.Select(y => y.From)], [.. d.Schedule.Select(y => y.To)], [.. project.Counted.Select(m => m.FedBy is not null)], project.StartedOn,
                project.Money.Allocated.Yuan, project.Money.Issued.Yuan, project.Money.Paid.Yuan, project.AccountsSettled, project.EnteredWithPlan, JsonSerializer.SerializeToElement(d, StoredJson.Default.ProjectDefinition),
                JsonSerializer.SerializeToElement(ProjectLife.Of(project), RowDetailJson.Default.ProjectLife)));
        foreach (var change in recorded.OfType<ChangeEvent>().Select(f => f.ChangeId).Distinct())
        {
            if (project.Change(change) is { } changed) // not in a past that knows its decision alone
            {
                yield return changed.Row();
            }
        }

        foreach (var row in project.Particulars.Rows(r.Id, d, recorded.OfType<MilestoneReached>(), project.Delivery.Inspections).Concat(Deadlines.Of(project, recorded)))
        {
            yield return row;
        }
    }
}

/// <summary>The row behind <c>GET projects</c>; named as its columns. Money is in yuan.</summary>
/// <param name="MeasureIds">Of the measures that count, with their targets in canonical units and what these measure, side by side: sums need no look into the definition.</param>
/// <param name="PartMeasures">What single counties have of them: the measures, with the counties and their targets, side by side.</param>
/// <param name="Fed">Whether mine sites feed a measure, so that nobody reports it.</param>
internal sealed record ProjectRow(
    string Id, long Version, ProjectState State, string PlanId, string ProgrammeId, string? KeyWorkId, int? Number, string Name, ProjectKind Kind,
    string Division, IReadOnlyList<string> Counties, string? LeadUnit, decimal? Estimate, IReadOnlyList<string> MeasureIds, IReadOnlyList<decimal> Targets,
    IReadOnlyList<string> Dimensions, IReadOnlyList<string> PartMeasures, IReadOnlyList<string> PartPlaces, IReadOnlyList<decimal> PartTargets,
    IReadOnlyList<string> PartDimensions, IReadOnlyList<int> YearsFrom, IReadOnlyList<int> YearsTo, IReadOnlyList<bool> Fed,
    DateOnly? StartedOn, decimal Allocated, decimal Issued, decimal Paid, bool AccountsSettled,
    bool EnteredWithPlan, JsonElement Definition, JsonElement Life);

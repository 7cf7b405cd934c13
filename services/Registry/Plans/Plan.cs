using System.Collections.Immutable;
using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Plans;

/// <summary>A plan as its rules see it.</summary>
public sealed record Plan
{
    public static readonly Plan Unknown = new();

    public static readonly Aggregate<Plan, PlanEvent> Aggregate = new("plan", Unknown, Evolve, Rows);

    public static string Stream(string id) => $"plan-{id}";

    public string Id { get; private init; } = "";
    public PlanState State { get; private init; }
    public string Division { get; private init; } = "";
    public PlanDefinition? Definition { get; private init; }

    /// <summary>As it entered the register, so that whoever enters it again is told that it is there.</summary>
    public PlanDefinition? Entered { get; private init; }

    public DateTimeOffset? AdoptedAt { get; private init; }
    public string? Supersedes { get; private init; }
    public string? SupersededBy { get; private init; }
    public IReadOnlyList<Amendment> Amendments { get; private init; } = [];
    public IReadOnlyList<PlanDocument> Documents { get; private init; } = [];

    /// <summary>The plan if it said this of itself.</summary>
    public Plan Saying(PlanDefinition definition) => this with { Definition = definition };

    /// <summary>Periods that assessments froze.</summary>
    public ImmutableList<PeriodFrozen> Frozen { get; private init; } = [];

    /// <summary>The assessment that froze a division's period or a part of it; null where none did.</summary>
    public string? FrozenBy(string division, Period period, DivisionTree tree) =>
        Frozen.Find(f => f.Period.Overlaps(period) && tree.Contains(f.Assessed, division))?.AssessmentId;

    private static Plan Evolve(Plan plan, PlanEvent fact) => fact switch
    {
        PlanRegistered e => plan with { Id = e.PlanId, State = PlanState.BeingCompiled, Division = e.Division, Definition = e.Definition, Entered = e.Definition },
        PlanAdopted e => plan with
        {
            State = PlanState.Adopted,
            AdoptedAt = e.At,
            Supersedes = e.Supersedes,
            Definition = plan.Definition! with { DocumentNumber = e.DocumentNumber ?? plan.Definition.DocumentNumber },
        },
        PlanSuperseded e => plan with { State = PlanState.Superseded, SupersededBy = e.SupersededBy },
        PlanAmended e => plan with { Definition = e.Definition, Amendments = [.. plan.Amendments, e.Amendment] },
        PlanDocumentRegistered e => plan with { Documents = [.. plan.Documents, e.Document] },
        PeriodFrozen e => plan with { Frozen = plan.Frozen.Add(e) },
        _ => plan,
    };

    private static readonly RowTable<PlanRow> s_table = new("plans", RowJson.Default.PlanRow, "id");
    private static readonly RowTable<AmendmentRow> s_amendments = new("plan_amendments", RowJson.Default.AmendmentRow, "plan_id", "id");
    private static readonly RowTable<PlanDocumentRow> s_documents = new("plan_documents", RowJson.Default.PlanDocumentRow, "plan_id", "id");

    private static IEnumerable<Row> Rows(long version, Plan plan, IReadOnlyList<Event> recorded)
    {
        var d = plan.Definition!;
        yield return s_table.Row(plan.Id, new PlanRow(
            plan.Id, version, plan.State, plan.Division, d.Name, d.From, d.To, plan.AdoptedAt, d.ParentPlanId, plan.Supersedes, plan.SupersededBy, plan.Amendments.Count,
            JsonSerializer.SerializeToElement(d, StoredJson.Default.PlanDefinition)));
        for (var i = 0; i < recorded.Count; i++)
        {
            var at = version - recorded.Count + i + 1;
            if (recorded[i] is PlanAmended { Amendment: var a } amended)
            {
                yield return s_amendments.Row($"{plan.Id} {a.Id}", new AmendmentRow(
                    plan.Id, a.Id, at, a.DocumentNumber, a.Date, a.Reason, amended.At, amended.By.Client, amended.By.Actor, [.. a.Projects.Select(p => p.ProjectId)],
                    [.. a.Added.Select(p => p.ProjectId)], [.. a.Dropped.Select(p => p.ProjectId)]));
            }
            else if (recorded[i] is PlanDocumentRegistered { Document: var document } registered)
            {
                yield return s_documents.Row($"{plan.Id} {document.Id}", new PlanDocumentRow(
                    plan.Id, document.Id, at, document.Kind, document.Division, document.Year, registered.At,
                    JsonSerializer.SerializeToElement(document, StoredJson.Default.PlanDocument)));
            }
        }
    }
}

/// <summary>The row behind <c>GET plans</c>; named as its columns.</summary>
internal sealed record PlanRow(
    string Id, long Version, PlanState State, string Division, string Name, int YearFrom, int YearTo, DateTimeOffset? AdoptedAt, string? ParentPlanId, string? Supersedes,
    string? SupersededBy, int Amendments, JsonElement Definition);

internal sealed record AmendmentRow(
    string PlanId, string Id, long Version, string? DocumentNumber, DateOnly? Date, string Reason, DateTimeOffset At, string Client, string? Actor,
    IReadOnlyList<string> Changed, IReadOnlyList<string> Added, IReadOnlyList<string> Dropped);

internal sealed record PlanDocumentRow(
    string PlanId, string Id, long Version, PlanDocumentKind Kind, string Division, int? Year, DateTimeOffset At, JsonElement Document);

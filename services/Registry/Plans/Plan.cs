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
    public DateTimeOffset? AdoptedAt { get; private init; }

    private static Plan Evolve(Plan plan, PlanEvent fact) => fact switch
    {
        PlanRegistered e => plan with { Id = e.PlanId, State = PlanState.BeingCompiled, Division = e.Division, Definition = e.Definition },
        PlanAdopted e => plan with
        {
            State = PlanState.Adopted,
            AdoptedAt = e.At,
            Definition = plan.Definition! with { DocumentNumber = e.DocumentNumber ?? plan.Definition.DocumentNumber },
        },
        _ => plan,
    };

    private static readonly RowTable<PlanRow> s_table = new("plans", RowJson.Default.PlanRow, "id");

    private static IEnumerable<Row> Rows(long version, Plan plan, IReadOnlyList<Event> recorded)
    {
        var d = plan.Definition!;
        yield return s_table.Row(plan.Id, new PlanRow(plan.Id, version, plan.State, plan.Division, d.Name, d.From, d.To, plan.AdoptedAt, JsonSerializer.SerializeToElement(d, StoredJson.Default.PlanDefinition)));
    }
}

/// <summary>The row behind <c>GET plans</c>; named as its columns.</summary>
internal sealed record PlanRow(
    string Id, long Version, PlanState State, string Division, string Name, int YearFrom, int YearTo, DateTimeOffset? AdoptedAt, JsonElement Definition);

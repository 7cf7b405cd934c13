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

    private static readonly RowTable s_table = new(
        "plans",
        """
        insert into registry.plans as p (id, version, state, division, name, year_from, year_to, adopted_at, definition)
        select * from jsonb_to_recordset($1) as r(id text, version bigint, state text, division text, name text, year_from int, year_to int,
            adopted_at timestamptz, definition jsonb)
        on conflict (id) do update set (version, state, adopted_at, definition) = (excluded.version, excluded.state, excluded.adopted_at, excluded.definition)
        """);

    private static IEnumerable<Row> Rows(long version, Plan plan, IReadOnlyList<Event> recorded)
    {
        var d = plan.Definition!;
        yield return new Row(s_table, plan.Id, JsonSerializer.SerializeToElement(
            new PlanRow(plan.Id, version, plan.State, plan.Division, d.Name, d.From, d.To, plan.AdoptedAt, JsonSerializer.SerializeToElement(d, StoredJson.Default.PlanDefinition)),
            RowJson.Default.PlanRow));
    }
}

/// <summary>The row behind <c>GET plans</c>; named as its columns.</summary>
internal sealed record PlanRow(
    string Id, long Version, PlanState State, string Division, string Name, int YearFrom, int YearTo, DateTimeOffset? AdoptedAt, JsonElement Definition);

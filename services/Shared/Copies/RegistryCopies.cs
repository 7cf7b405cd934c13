using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Contracts.Registry;
using Restoration.EventStore;
using Restoration.Messaging;

namespace Restoration.Copies;

/// <summary>
/// A service's own copy of the tree of divisions and of the plans, kept from the registry's facts: the same in every service that is not
/// the registry, so it stands here once.
/// </summary>
public static class RegistryCopies
{
    /// <summary>What <c>Territory</c> reads.</summary>
    public const string Divisions = "copies.divisions";

    private static readonly RowTable<DivisionCopy> s_divisions = new("copies.divisions", CopyRowJson.Default.DivisionCopy, "id");

    private static readonly RowTable s_replaced = new(
        "copies.divisions, replaced",
        """
        update copies.divisions d set valid_to = r.valid_to, replaced_by = r.replaced_by
        from jsonb_populate_recordset(null::copies.divisions, $1) r where d.id = r.id
        """);

    private static readonly RowTable s_renamed = new(
        "copies.divisions, renamed",
        """
        update copies.divisions d set name = r.name, former_names = r.former_names
        from jsonb_populate_recordset(null::copies.divisions, $1) r where d.id = r.id
        """);

    private static readonly RowTable s_moved = new(
        "copies.divisions, moved",
        """
        update copies.divisions d set parent_id = r.parent_id, former_parents = r.former_parents
        from jsonb_populate_recordset(null::copies.divisions, $1) r where d.id = r.id
        """);

    private static readonly RowTable<PlanCopy> s_plans = new("copies.plans", CopyRowJson.Default.PlanCopy, "id");

    /// <summary>The tables; applied with the service's own schema.</summary>
    public static string Schema => EventStoreSetup.Script(typeof(RegistryCopies).Assembly, "Restoration.Copies.Schema.sql");

    /// <summary>Takes divisions and plans from the registry.</summary>
    public static Consumers KeepRegistryCopies(this Consumers consumers) => consumers
        .On("restoration.registry.division-defined.v1", CopyJson.Default.DivisionDefined, (d, _, _) => Kept(
            s_divisions.Row(d.Id, new DivisionCopy(d.Id, d.Name, d.Level, d.ParentId, d.LandIn, d.ValidFrom, d.ValidTo, d.StatedCounties))))
        .On("restoration.registry.division-replaced.v1", CopyJson.Default.DivisionReplaced, (d, _, _) => Kept(
            new Row(s_replaced, d.Id, JsonSerializer.SerializeToUtf8Bytes(new DivisionReplacement(d.Id, d.LastDay, d.ReplacedBy), CopyRowJson.Default.DivisionReplacement))))
        .On("restoration.registry.division-renamed.v1", CopyJson.Default.DivisionRenamed, (d, _, _) => Kept(
            new Row(s_renamed, d.Id, JsonSerializer.SerializeToUtf8Bytes(new DivisionNames(d.Id, d.Name, d.Former), CopyRowJson.Default.DivisionNames))))
        .On("restoration.registry.division-moved.v1", CopyJson.Default.DivisionMoved, (d, _, _) => Kept(
            new Row(s_moved, d.Id, JsonSerializer.SerializeToUtf8Bytes(new DivisionParents(d.Id, d.ParentId, d.Former), CopyRowJson.Default.DivisionParents))))
        .On("restoration.registry.plan-registered.v1", CopyJson.Default.PlanRegistered, (p, _, _) => Kept(
            s_plans.Row(p.PlanId, new PlanCopy(p.PlanId, p.Name, p.Division, p.From, p.To))))
        .On("restoration.registry.plan-amended.v1", CopyJson.Default.PlanAmended, (p, _, _) => Kept(
            s_plans.Row(p.PlanId, new PlanCopy(p.PlanId, p.Name, p.Division, p.From, p.To))));

    private static ValueTask<Handling> Kept(Row row) => ValueTask.FromResult(new Handling(Rows: [row]));
}

internal sealed record DivisionCopy(string Id, string Name, string Level, string? ParentId, string? LandIn, DateOnly? ValidFrom, DateOnly? ValidTo, int? StatedCounties);

internal sealed record DivisionNames(string Id, string Name, IReadOnlyList<FormerName> FormerNames);

internal sealed record DivisionParents(string Id, string ParentId, IReadOnlyList<FormerParent> FormerParents);

internal sealed record DivisionReplacement(string Id, DateOnly ValidTo, string ReplacedBy);

internal sealed record PlanCopy(string Id, string Name, string Division, int YearFrom, int YearTo);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DivisionDefined))]
[JsonSerializable(typeof(DivisionReplaced))]
[JsonSerializable(typeof(DivisionRenamed))]
[JsonSerializable(typeof(DivisionMoved))]
[JsonSerializable(typeof(PlanRegistered))]
[JsonSerializable(typeof(PlanAmended))]
internal sealed partial class CopyJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DivisionCopy))]
[JsonSerializable(typeof(DivisionReplacement))]
[JsonSerializable(typeof(DivisionNames))]
[JsonSerializable(typeof(DivisionParents))]
[JsonSerializable(typeof(PlanCopy))]
internal sealed partial class CopyRowJson : JsonSerializerContext;

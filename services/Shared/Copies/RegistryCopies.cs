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

    private static readonly RowTable s_divisions = new(
        "divisions",
        """
        insert into copies.divisions as d (id, name, level, parent_id, land_in, valid_from, valid_to)
        select * from jsonb_to_recordset($1) as r(id text, name text, level text, parent_id text, land_in text, valid_from date, valid_to date)
        on conflict (id) do update set (name, level, parent_id, land_in, valid_from, valid_to)
            = (excluded.name, excluded.level, excluded.parent_id, excluded.land_in, excluded.valid_from, excluded.valid_to)
        """);

    private static readonly RowTable s_replaced = new(
        "divisions replaced",
        """
        update copies.divisions d set valid_to = r.valid_to, replaced_by = r.replaced_by
        from jsonb_to_recordset($1) as r(id text, valid_to date, replaced_by text) where d.id = r.id
        """);

    private static readonly RowTable s_plans = new(
        "plans",
        """
        insert into copies.plans as p select * from jsonb_to_recordset($1) as r(id text, name text, division text, year_from int, year_to int)
        on conflict (id) do update set (name, division, year_from, year_to) = (excluded.name, excluded.division, excluded.year_from, excluded.year_to)
        """);

    /// <summary>The tables; applied with the service's own schema.</summary>
    public static string Schema => EventStoreSetup.Script(typeof(RegistryCopies).Assembly, "Restoration.Copies.Schema.sql");

    /// <summary>Takes divisions and plans from the registry.</summary>
    public static Consumers KeepRegistryCopies(this Consumers consumers) => consumers
        .On("restoration.registry.division-defined.v1", CopyJson.Default.DivisionDefined, (d, _, _) => Row(
            s_divisions, d.Id, new DivisionCopy(d.Id, d.Name, d.Level, d.ParentId, d.LandIn, d.ValidFrom, d.ValidTo, null)))
        .On("restoration.registry.division-replaced.v1", CopyJson.Default.DivisionReplaced, (d, _, _) => Row(
            s_replaced, d.Id, new DivisionCopy(d.Id, null, null, null, null, null, d.LastDay, d.ReplacedBy)))
        .On("restoration.registry.plan-registered.v1", CopyJson.Default.PlanRegistered, (p, _, _) => ValueTask.FromResult(new Handling(Rows: [new Row(
            s_plans, p.PlanId, JsonSerializer.SerializeToElement(new PlanCopy(p.PlanId, p.Name, p.Division, p.From, p.To), CopyRowJson.Default.PlanCopy))])));

    private static ValueTask<Handling> Row(RowTable table, string id, DivisionCopy copy) => ValueTask.FromResult(
        new Handling(Rows: [new Row(table, id, JsonSerializer.SerializeToElement(copy, CopyRowJson.Default.DivisionCopy))]));
}

/// <summary>Columns of the copied tree; a replacement carries the last two alone.</summary>
internal sealed record DivisionCopy(
    string Id, string? Name, string? Level, string? ParentId, string? LandIn, DateOnly? ValidFrom, DateOnly? ValidTo, string? ReplacedBy);

internal sealed record PlanCopy(string Id, string Name, string Division, int YearFrom, int YearTo);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DivisionDefined))]
[JsonSerializable(typeof(DivisionReplaced))]
[JsonSerializable(typeof(PlanRegistered))]
internal sealed partial class CopyJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DivisionCopy))]
[JsonSerializable(typeof(PlanCopy))]
internal sealed partial class CopyRowJson : JsonSerializerContext;

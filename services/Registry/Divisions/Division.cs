using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Divisions;

/// <summary>A division as its rules see it.</summary>
public sealed record Division
{
    public static readonly Division Unknown = new();

    public static readonly Aggregate<Division, DivisionEvent> Aggregate = new("division", Unknown, Evolve, Rows);

    public static string Stream(string id) => $"division-{id}";

    public DivisionDefined? Defined { get; private init; }

    public string? ReplacedBy { get; private init; }

    public DateOnly? ValidTo { get; private init; }

    private static Division Evolve(Division state, DivisionEvent fact) => fact switch
    {
        DivisionDefined e => state with { Defined = e, ValidTo = e.ValidTo },
        DivisionReplaced e => state with { ReplacedBy = e.ReplacedBy, ValidTo = e.LastDay },
        _ => state,
    };

    private static readonly RowTable s_table = new(
        "divisions",
        """
        insert into registry.divisions as d (id, version, name, name_en, level, parent_id, land_in, area, valid_from, valid_to, replaced_by, note)
        select * from jsonb_to_recordset($1) as r(id text, version bigint, name text, name_en text, level text, parent_id text, land_in text,
            area jsonb, valid_from date, valid_to date, replaced_by text, note text)
        on conflict (id) do update set (version, valid_to, replaced_by) = (excluded.version, excluded.valid_to, excluded.replaced_by)
        """);

    private static IEnumerable<Row> Rows(long version, Division state, IReadOnlyList<Event> recorded)
    {
        var d = state.Defined!;
        yield return new Row(s_table, d.Id, JsonSerializer.SerializeToElement(
            new DivisionRow(d.Id, version, d.Name, d.NameEn, d.Level, d.ParentId, d.LandIn, d.Area, d.ValidFrom, state.ValidTo, state.ReplacedBy, d.Note),
            RowJson.Default.DivisionRow));
    }
}

/// <summary>The row behind <c>GET divisions</c>; named as its columns.</summary>
internal sealed record DivisionRow(
    string Id, long Version, string Name, string? NameEn, DivisionLevel Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? ReplacedBy, string? Note);

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

    private static readonly RowTable<DivisionRow> s_table = new("divisions", RowJson.Default.DivisionRow, "id");

    private static IEnumerable<Row> Rows(long version, Division state, IReadOnlyList<Event> recorded)
    {
        var d = state.Defined!;
        yield return s_table.Row(d.Id, new DivisionRow(d.Id, version, d.Name, d.NameEn, d.Level, d.ParentId, d.LandIn, d.Area, d.ValidFrom, state.ValidTo, state.ReplacedBy, d.Note));
    }
}

/// <summary>The row behind <c>GET divisions</c>; named as its columns.</summary>
internal sealed record DivisionRow(
    string Id, long Version, string Name, string? NameEn, DivisionLevel Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? ReplacedBy, string? Note);

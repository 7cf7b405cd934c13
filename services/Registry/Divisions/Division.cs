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

    public string Name { get; private init; } = "";

    public string? NameEn { get; private init; }

    public string? ParentId { get; private init; }

    public IReadOnlyList<FormerName> FormerNames { get; private init; } = [];

    public IReadOnlyList<FormerParent> FormerParents { get; private init; } = [];

    private static Division Evolve(Division state, DivisionEvent fact) => fact switch
    {
        DivisionDefined e => state with { Defined = e, ValidTo = e.ValidTo, Name = e.Name, NameEn = e.NameEn, ParentId = e.ParentId },
        DivisionReplaced e => state with { ReplacedBy = e.ReplacedBy, ValidTo = e.LastDay },
        DivisionRenamed e => state with { Name = e.Name, NameEn = e.NameEn, FormerNames = e.Former },
        DivisionMoved e => state with { ParentId = e.ParentId, FormerParents = e.Former },
        _ => state,
    };

    private static readonly RowTable<DivisionRow> s_table = new("divisions", RowJson.Default.DivisionRow, "id");

    private static IEnumerable<Row> Rows(long version, Division state, IReadOnlyList<Event> recorded)
    {
        var d = state.Defined!;
        yield return s_table.Row(d.Id, new DivisionRow(
            d.Id, version, state.Name, state.NameEn, d.Level, state.ParentId, d.LandIn, d.Area, d.ValidFrom, state.ValidTo, state.ReplacedBy, d.Note,
            d.StatedCounties, state.FormerNames.Count > 0 ? state.FormerNames : null, state.FormerParents.Count > 0 ? state.FormerParents : null));
    }
}

/// <summary>The row behind <c>GET divisions</c>; named as its columns.</summary>
internal sealed record DivisionRow(
    string Id, long Version, string Name, string? NameEn, DivisionLevel Level, string? ParentId, string? LandIn, Quantity? Area,
    DateOnly? ValidFrom, DateOnly? ValidTo, string? ReplacedBy, string? Note, int? StatedCounties, IReadOnlyList<FormerName>? FormerNames,
    IReadOnlyList<FormerParent>? FormerParents);

using System.Collections.Immutable;
using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Assignments;

/// <summary>The yearly assignments of a project: one stream, because what remains of a measure is what other years have not assigned.</summary>
public sealed record ProjectAssignments(ImmutableSortedDictionary<int, YearOfWork> Years)
{
    public static readonly ProjectAssignments None = new(ImmutableSortedDictionary<int, YearOfWork>.Empty);

    public static readonly Aggregate<ProjectAssignments, AssignmentEvent> Aggregate = new("assignments", None, Evolve, Rows, opens: false);

    public static string Stream(string projectId) => $"assignments-{projectId}";

    /// <summary>The id of a year on the wire.</summary>
    public static string Id(string projectId, int year) => FormattableString.Invariant($"{projectId}.{year}");

    public YearOfWork Of(int year) => Years.GetValueOrDefault(year, YearOfWork.None);

    /// <summary>What other years have assigned of a measure, canonical.</summary>
    public decimal Elsewhere(string measureId, int year) => Years.Where(y => y.Key != year).Sum(y => y.Value.AssignedOf(measureId));

    private static ProjectAssignments Evolve(ProjectAssignments state, AssignmentEvent fact) => new(state.Years.SetItem(fact.Year, state.Of(fact.Year).Evolve(fact)));

    private static readonly RowTable<AssignmentRow> s_table = new("assignments", RowJson.Default.AssignmentRow, "id");

    private static IEnumerable<Row> Rows(long version, ProjectAssignments state, IReadOnlyList<Event> recorded) =>
        from fact in recorded.Cast<AssignmentEvent>()
        group fact by fact.Year into facts
        let year = state.Of(facts.Key)
        let made = year.Made
        where made is not null // a past in which it was not assigned yet
        let project = made.Project
        select s_table.Row(Id(project.Id, facts.Key), new AssignmentRow(
            Id(project.Id, facts.Key), year.Version, project.Id, project.PlanId, facts.Key, year.State, made.Reason,
            JsonSerializer.SerializeToElement(made.Measures, RowDetailJson.Default.IReadOnlyListAssignedMeasure),
            JsonSerializer.SerializeToElement(year.Counties.Select(year.Shown).ToList(), RowDetailJson.Default.IReadOnlyListCountyState)));
}

/// <summary>A year's assignment as its rules see it.</summary>
public sealed record YearOfWork
{
    public static readonly YearOfWork None = new();

    /// <summary>The number of facts about it.</summary>
    public long Version { get; private init; }

    public YearlyAssignmentMade? Made { get; private init; }

    /// <summary>What each county confirmed last, as long as it has something.</summary>
    public ImmutableSortedDictionary<string, YearlyAssignmentConfirmed> Confirmations { get; private init; } =
        ImmutableSortedDictionary.Create<string, YearlyAssignmentConfirmed>(StringComparer.Ordinal);

    public IEnumerable<string> Counties => (Made?.Measures ?? []).SelectMany(m => m.Counties).Select(c => c.Division).Distinct().Order(StringComparer.Ordinal);

    public AssignmentState State => Made is null ? AssignmentState.Unknown : Counties.All(IsConfirmed) ? AssignmentState.Confirmed : AssignmentState.Assigned;

    /// <summary>What a county is assigned, in the order of the assignment.</summary>
    public IReadOnlyList<CountyTarget> Of(string division) =>
        [.. from m in Made?.Measures ?? [] from c in m.Counties where c.Division == division select new CountyTarget(m.MeasureId, m.IndicatorId, m.FedBy, c.Quantity)];

    /// <summary>The county confirmed what it is assigned now: where its quantities changed since, it confirms again.</summary>
    public bool IsConfirmed(string division) => Confirmations.TryGetValue(division, out var known) && Amounts(known.Quantities).SequenceEqual(Amounts(Of(division)));

    /// <summary>What is assigned of a measure, canonical.</summary>
    public decimal AssignedOf(string measureId) =>
        Made?.Measures.Where(m => m.MeasureId == measureId).SelectMany(m => m.Counties).Sum(c => c.Quantity.Canonical) ?? 0;

    internal YearOfWork Evolve(AssignmentEvent fact)
    {
        var next = this with { Version = Version + 1 };
        return fact switch
        {
            YearlyAssignmentMade e => next with { Made = e },
            YearlyAssignmentConfirmed { Quantities.Count: 0 } e => next with { Confirmations = Confirmations.Remove(e.Confirmed) },
            YearlyAssignmentConfirmed e => next with { Confirmations = Confirmations.SetItem(e.Confirmed, e) },
            _ => next,
        };
    }

    internal CountyState Shown(string division) => new(
        division, IsConfirmed(division), Confirmations.TryGetValue(division, out var known) ? known.At : null, [.. Of(division).Select(t => new CountyAmount(t.MeasureId, t.Quantity))]);

    private static IEnumerable<(string, decimal)> Amounts(IEnumerable<CountyTarget> targets) =>
        targets.Where(t => t.Quantity.Value != 0).Select(t => (t.MeasureId, t.Quantity.Canonical)).OrderBy(t => t.MeasureId, StringComparer.Ordinal);
}

/// <summary>Where a county stands in a yearly assignment.</summary>
/// <param name="Confirmed">It confirmed what it is assigned now; false where its quantities changed since.</param>
public sealed record CountyState(string Division, bool Confirmed, DateTimeOffset? ConfirmedAt, IReadOnlyList<CountyAmount> Quantities);

/// <summary>What a county is to do of a measure.</summary>
public sealed record CountyAmount(string MeasureId, Quantity Quantity);

/// <summary>The row behind <c>GET projects/{id}/assignments</c>; named as its columns.</summary>
internal sealed record AssignmentRow(
    string Id, long Version, string ProjectId, string PlanId, int Year, AssignmentState State, string? Reason, JsonElement Measures, JsonElement Counties);

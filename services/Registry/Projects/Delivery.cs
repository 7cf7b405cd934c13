using System.Collections.Immutable;
using Restoration.Domain;

namespace Restoration.Registry.Projects;

/// <summary>What is delivered at the end of a project, as its rules see it: from the first waiver to the evaluation.</summary>
public sealed record Delivery
{
    public static readonly Delivery None = new();

    /// <summary>By the measure.</summary>
    public ImmutableDictionary<string, MeasureWaived> Waivers { get; private init; } = ImmutableDictionary<string, MeasureWaived>.Empty;
    public ProjectCompleted? Completion { get; private init; }

    /// <summary>Of the project as it stands: done again after a rectification.</summary>
    public ImmutableList<ProjectSelfChecked> SelfChecks { get; private init; } = [];
    public ProjectAccepted? Acceptance { get; private init; }
    public AcceptanceRejected? Rejection { get; private init; }
    public ImmutableList<Rectification> Rectifications { get; private init; } = [];
    public ProjectSpotChecked? SpotCheck { get; private init; }

    /// <summary>Since the acceptance.</summary>
    public ImmutableList<AftercareInspected> Inspections { get; private init; } = [];

    /// <summary>The years of aftercare that were recorded as over and not inspected.</summary>
    public ImmutableSortedSet<int> OverdueYears { get; private init; } = [];
    public ProjectEvaluated? Evaluation { get; private init; }

    public IEnumerable<Rectification> Open => Rectifications.Where(r => r.Done is null);

    /// <summary>The first year of aftercare that was not inspected with success; null when all were, or nothing was accepted.</summary>
    public int? NextYear => Acceptance is not { } a ? null
        : Enumerable.Range(1, a.AftercareYears).Cast<int?>().FirstOrDefault(year => !Inspections.Exists(i => i.Year == year && i.Passed));

    /// <summary>The last day of a year of aftercare.</summary>
    public DateOnly EndOf(int year) => Acceptance!.Date.AddYears(year);

    /// <summary>Who had a hand in what is to be accepted.</summary>
    public IEnumerable<By> Hands =>
        [.. Completion is { } c ? [c.By] : Array.Empty<By>(), .. SelfChecks.Select(s => s.By), .. Rectifications.Select(r => r.DoneBy).OfType<By>()];

    internal Delivery Evolve(ProjectEvent fact) => fact switch
    {
        MeasureWaived e => this with { Waivers = Waivers.SetItem(e.MeasureId, e) },
        ProjectCompleted e => this with { Completion = e, SelfChecks = [] },
        ProjectSelfChecked e => this with { SelfChecks = SelfChecks.Add(e) },
        ProjectAccepted e => this with { Acceptance = e, Rejection = null, Inspections = [], OverdueYears = [] },
        AcceptanceRejected e => Demanded(e.Rectifications, Cause.Acceptance) with { Rejection = e, SelfChecks = [] },
        ProjectSpotChecked { Passed: false } e => Demanded(e.Rectifications, Cause.SpotCheck) with { SpotCheck = e, SelfChecks = [] },
        ProjectSpotChecked e => this with { SpotCheck = e },
        AftercareInspected e => Demanded(e.Rectifications, Cause.Aftercare) with { Inspections = Inspections.Add(e) },
        ProjectRectified e => this with
        {
            Rectifications = Rectifications.ConvertAll(r => e.Remedies.FirstOrDefault(a => a.Id == r.Id) is { } remedy ? r with { Done = remedy.Done, DoneBy = e.By } : r),
        },
        RectificationOverdue e => this with { Rectifications = Rectifications.ConvertAll(r => r.Id == e.RectificationId ? r with { Overdue = true } : r) },
        AftercareOverdue e => this with { OverdueYears = OverdueYears.Add(e.Year) },
        ProjectEvaluated e => this with { Evaluation = e },
        _ => this,
    };

    private Delivery Demanded(IReadOnlyList<Demand> demands, Cause cause) =>
        this with { Rectifications = Rectifications.AddRange(demands.Select(d => new Rectification(d.Id, d.What, d.Deadline, cause))) };
}

/// <summary>What asked for a rectification: it says where the project goes on after it.</summary>
public enum Cause
{
    Acceptance,
    SpotCheck,
    Aftercare,
}

/// <summary>Something to be rectified, and what was done.</summary>
public sealed record Rectification(string Id, string What, DateOnly Deadline, Cause Cause, string? Done = null, By? DoneBy = null, bool Overdue = false);

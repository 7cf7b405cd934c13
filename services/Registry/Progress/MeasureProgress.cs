using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Registry.EvidenceFiles;

namespace Restoration.Registry.Progress;

/// <summary>
/// The progress of one measure in all its counties: one stream, because its rules span them (the measure's target, overlapping periods,
/// cumulative reports).
/// </summary>
/// <param name="Divisions">The figures of each division in the order of their periods.</param>
/// <param name="Reported">The sum of all figures, canonical.</param>
/// <param name="VerifiedSum">The sum of what stands as verified of them, canonical.</param>
/// <param name="Sites">Of a measure that sites feed: in which figure each site counts now, and what.</param>
public sealed record MeasureProgress(
    ImmutableDictionary<string, ImmutableArray<Figure>> Divisions, decimal Reported, decimal VerifiedSum,
    ImmutableDictionary<string, (FigureRef Figure, Quantity Quantity)> Sites)
{
    public static readonly MeasureProgress None = new(
        ImmutableDictionary<string, ImmutableArray<Figure>>.Empty, 0, 0, ImmutableDictionary<string, (FigureRef, Quantity)>.Empty);

    public static readonly Aggregate<MeasureProgress, ProgressEvent> Aggregate = new("progress", None, Evolve, Rows, opens: false);

    public static string Stream(string measureId) => $"progress-{measureId}";

    public Figure? Find(string division, Period period) => Of(division) is var figures && At(figures, period) is >= 0 and var at ? figures[at] : null;

    /// <summary>The figures of a division in the order of their periods.</summary>
    public ImmutableArray<Figure> Of(string division) => Divisions.GetValueOrDefault(division, []);

    /// <summary>Where the figure of a period is; or, as a complement, where it would be.</summary>
    private static int At(ImmutableArray<Figure> figures, Period period)
    {
        var (from, to) = (0, figures.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            var order = figures[middle].Ref.Period.CompareTo(period);
            if (order == 0)
                return middle;
            (from, to) = order < 0 ? (middle + 1, to) : (from, middle);
        }

        return ~from;
    }

    private static MeasureProgress Evolve(MeasureProgress state, ProgressEvent fact)
    {
        var figures = state.Of(fact.Figure.Division);
        var at = At(figures, fact.Figure.Period);
        var before = at < 0 ? new Figure(Alike(fact.Figure, figures)) : figures[at];
        var after = before.Evolve(fact);
        return new(
            state.Divisions.SetItem(fact.Figure.Division, at < 0 ? figures.Insert(~at, after) : figures.SetItem(at, after)),
            state.Reported - before.Canonical + after.Canonical,
            state.VerifiedSum - (before.Verified?.Canonical ?? 0) + (after.Verified?.Canonical ?? 0),
            fact is not SiteCounted site ? state.Sites
                : site.Quantity.Value == 0 ? state.Sites.Remove(site.SiteId)
                : state.Sites.SetItem(site.SiteId, (site.Figure, site.Quantity)));
    }

    /// <summary>What it has in common with its neighbours is kept once: hundreds of thousands of figures may be in memory.</summary>
    private static FigureRef Alike(FigureRef figure, ImmutableArray<Figure> figures) =>
        figures is [.., { Ref: var last }] && (last with { Period = figure.Period }) is var alike && alike == figure ? alike : figure;

    private static readonly RowTable<FigureRow> s_table = new("figures", RowJson.Default.FigureRow, "id");

    private static readonly RowTable<EvidenceUseRow> s_uses = new("evidence_uses", RowJson.Default.EvidenceUseRow, "sha256", "figure_id");

    private static IEnumerable<Row> Rows(long version, MeasureProgress state, IReadOnlyList<Event> recorded) => Figures(state, recorded).Concat(
        from fact in recorded.OfType<ProgressReported>()
        from e in fact.Evidence
        where EvidenceEndpoints.IsOurs(e.Uri, e.Sha256)
        let sha256 = e.Sha256.ToLowerInvariant()
        select s_uses.Row($"{sha256} {fact.Figure.Id}", new EvidenceUseRow(sha256, fact.Figure.Id, fact.Figure.Division)));

    private static IEnumerable<Row> Figures(MeasureProgress state, IReadOnlyList<Event> recorded) =>
        from fact in recorded.Cast<ProgressEvent>()
        group fact by fact.Figure.Id into facts
        let f = state.Find(facts.First().Figure.Division, facts.First().Figure.Period)!
        where f.Total.Unit is not null // a past in which it was not reported yet
        let r = f.Ref
        select s_table.Row(r.Id, new FigureRow(
                r.Id, f.Version, f.State, r.MeasureId, r.ProjectId, r.PlanId, r.ProgrammeId, r.Division, r.Period, r.Period.From, r.Period.To,
                f.Total, f.Verified, JsonSerializer.SerializeToElement(f.Shown, RowDetailJson.Default.FigureDetail)));
}

/// <summary>A figure as its rules see it: its reports, the sum, and how far up the line it is.</summary>
public sealed record Figure(FigureRef Ref)
{
    /// <summary>The number of facts about it.</summary>
    public long Version { get; private init; }
    public FigureState State { get; private init; }
    public Quantity Total { get; private init; }

    /// <summary>The total, canonical; nothing before there is one.</summary>
    public decimal Canonical => Total.Unit is null ? 0 : Total.Canonical;
    public Quantity? Verified { get; private init; }
    public ImmutableList<Report> Reports { get; private init; } = [];
    public ImmutableList<Evidence> Evidence { get; private init; } = [];
    public Money? InvestmentCompleted { get; private init; }
    public bool Outlier { get; private init; }
    public bool OverTarget { get; private init; }

    /// <summary>Nothing of it stands: its period may be reported otherwise.</summary>
    public bool IsWithdrawn => Canonical == 0 && Verified is not { Canonical: not 0 };

    /// <summary>Somebody up the line has yet to say of it what stands.</summary>
    public bool IsPending => State is FigureState.Disputed || (State is not (FigureState.Verified or FigureState.Sampled) && !IsWithdrawn);

    /// <summary>Who checked it since the last report.</summary>
    public By? CheckedBy { get; private init; }

    /// <summary>Who reported or corrected since it was last verified: none of them may check or verify it.</summary>
    public ImmutableList<By> Authors { get; private init; } = [];

    /// <summary>Who reported, checked and verified what stands as verified: none of them may examine it in a sample.</summary>
    public ImmutableList<By> Line { get; private init; } = [];

    /// <summary>Some of it was reported after the days there are for it, or corrected after an assessment had frozen its period.</summary>
    public bool Late { get; private init; }

    /// <summary>The sample that it was examined in since it was verified.</summary>
    public string? SampleId { get; private init; }

    /// <summary>Why it was disputed or corrected last.</summary>
    public string? Reason { get; private init; }

    /// <summary>One report that stands in the figure.</summary>
    public sealed record Report(Sender? Sender, Quantity Quantity, ReportMode Mode);

    internal FigureDetail Shown => new(Ref.IndicatorId, [.. Reports], [.. Evidence], InvestmentCompleted, Outlier, OverTarget, CheckedBy, Authors.LastOrDefault(), Reason, Late ? true : null, SampleId);

    public Figure Evolve(ProgressEvent fact)
    {
        var next = this with { Version = Version + 1 };
        return fact switch
        {
            ProgressReported e => next.Reopened(e.By, e.Total) with
            {
                Reports = e.Mode == ReportMode.Increment ? Reports.Add(new(e.Sender, e.Quantity, e.Mode)) : [new(e.Sender, e.Quantity, e.Mode)],
                Evidence = Evidence.AddRange(e.Evidence.Where(n => Evidence.All(k => k.Sha256 != n.Sha256))),
                InvestmentCompleted = e.InvestmentCompleted ?? InvestmentCompleted,
                Outlier = e.Outlier,
                OverTarget = e.OverTarget,
                Late = Late || e.Late == true,
            },
            ProgressCorrected e => next.Reopened(e.By, e.Total) with
            {
                Reports = e.Corrects is { } gone && e.Quantity.Value == 0 ? Reports.RemoveAll(r => r.Sender == gone)
                    : e.Corrects is { } sender ? Reports.ConvertAll(r => r.Sender == sender ? r with { Quantity = e.Quantity } : r)
                    : [new(e.Sender, e.Quantity, ReportMode.Increment)],
                Reason = e.Reason,
                Outlier = e.Outlier ?? Outlier,
                OverTarget = e.OverTarget ?? OverTarget,
                Late = Late || e.FrozenBy is not null,
            },
            ProgressRederived e => next.Reopened(e.By, e.Total) with { Late = Late || e.FrozenBy is not null },
            ProgressChecked e => next with { State = FigureState.Checked, CheckedBy = e.By },
            ProgressVerified e => next with
            {
                State = FigureState.Verified,
                Verified = e.Total,
                Authors = [],
                Line = [.. Line.Concat(Authors).Append(CheckedBy ?? e.By).Append(e.By).Distinct()],
                SampleId = null,
            },
            ProgressSampled e => next with { State = FigureState.Sampled, SampleId = e.SampleId },
            SiteCounted e => next with { State = FigureState.Verified, Total = e.Total, Verified = e.Total },
            ProgressDisputed e => next with { State = FigureState.Disputed, Reason = e.Reason, CheckedBy = null, SampleId = e.SampleId },
            _ => next,
        };
    }

    private Figure Reopened(By by, Quantity total) => this with
    {
        State = FigureState.Reported,
        Total = total,
        CheckedBy = null,
        SampleId = null,
        Authors = Authors.Contains(by) ? Authors : Authors.Add(by),
    };
}

/// <summary>What a figure shows beside its amounts.</summary>
/// <param name="LastBy">Who reported or corrected it last, until it is verified.</param>
internal sealed record FigureDetail(
    string? IndicatorId, IReadOnlyList<Figure.Report> Reports, IReadOnlyList<Evidence> Evidence, Money? InvestmentCompleted, bool Outlier,
    bool OverTarget, By? CheckedBy, By? LastBy, string? Reason, bool? Late = null, string? SampleId = null);

/// <summary>A figure names a file that is kept here: whoever sees the figure may read it.</summary>
internal sealed record EvidenceUseRow([property: JsonPropertyName("sha256")] string Sha256, string FigureId, string Division);

/// <summary>The row behind <c>GET progress</c>; named as its columns.</summary>
internal sealed record FigureRow(
    string Id, long Version, FigureState State, string MeasureId, string ProjectId, string PlanId, string ProgrammeId, string Division, Period Period,
    DateOnly PeriodFrom, DateOnly PeriodTo, Quantity Reported, Quantity? Verified, JsonElement Figure);

using Restoration.Domain;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Progress;

/// <summary>A county's report of a measure in a division and period.</summary>
public sealed record ReportProgress(
    string ProjectId, string MeasureId, string Division, Period Period, ReportMode Mode, Quantity Quantity, Money? InvestmentCompleted,
    IReadOnlyList<Evidence> Evidence, string? Reason, string? Note, Sender? Sender, By By, DateTimeOffset At);

/// <summary>Replaces the quantity of one report; or, where <paramref name="Corrects"/> is null, of the whole figure.</summary>
public sealed record CorrectProgress(Sender? Corrects, Quantity Quantity, string Reason, Sender? Sender, By By, DateTimeOffset At);

public sealed record CheckProgress(string? Note, By By, DateTimeOffset At);

/// <param name="ReviewerDivision">Of the client that verifies: it must lie above the figure's.</param>
public sealed record VerifyProgress(string ReviewerDivision, string? Note, By By, DateTimeOffset At);

public sealed record DisputeProgress(string Reason, By By, DateTimeOffset At);

/// <summary>The rules of progress (domain §3): what may be reported, and how a figure goes up the line.</summary>
public static class ProgressDecider
{
    private const decimal Tolerance = 1.10m;
    private const decimal OutlierFactor = 3;
    private const int OutlierNeeds = 3;

    /// <summary>Reports carry the day as it is in China.</summary>
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    public static Decision<ProgressEvent> Decide(MeasureProgress progress, ReportProgress c, Project project, DivisionTree tree)
    {
        if (project.State == ProjectState.Unknown)
        {
            return Refusal.NotFound("project.unknown", $"There is no project {c.ProjectId}.");
        }

        if (project.Measure(c.MeasureId) is not { } measure)
        {
            return Refusal.NotFound("measure.unknown", $"The project {c.ProjectId} has no measure {c.MeasureId}.");
        }

        if (NotReported(measure) is { } refusal)
        {
            return refusal;
        }

        if (project.State != ProjectState.InProgress)
        {
            return Refusal.Conflict("project.not-in-progress", $"The project is {Kebab.Of(project.State)}; progress is reported while work goes on.");
        }

        if (!c.Quantity.SameDimension(measure.Quantity!.Value))
        {
            return Refusal.Invalid(
                "quantity.unit-mismatch", $"The measure is counted in {measure.Quantity.Value.Unit}.",
                new Fault("#/quantity/unit", $"A unit convertible to {measure.Quantity.Value.Unit} is expected."));
        }

        if (!TryTotal(progress, c, out var total))
        {
            return OutOfRange;
        }

        var overTarget = Others(progress, c.Division, c.Period) + total.Canonical > measure.Quantity.Value.Canonical * Tolerance;
        var broken = Broken(progress, c, project, measure, tree, total, overTarget).ToList();
        if (broken.Count > 0)
        {
            return Refusal.Invalid(broken[0].Code, broken[0].Fault.Detail, [.. broken.Select(b => b.Fault)]);
        }

        var reported = new ProgressReported(
            Ref(c, project, measure), c.Mode, c.Quantity, total, c.InvestmentCompleted, c.Evidence, Outlier(progress, c, total), overTarget,
            c.Reason, c.Note, c.Sender, c.By, c.At);
        return [reported, .. Rederived(progress, reported)];
    }

    public static Decision<ProgressEvent> Decide(MeasureProgress progress, Figure? figure, CorrectProgress c)
    {
        if (figure is null)
        {
            return NoFigure;
        }

        var report = c.Corrects is null ? null : figure.Reports.FirstOrDefault(r => r.Sender == c.Corrects);
        if (c.Corrects is not null && report is null)
        {
            return Refusal.Conflict("report.superseded", "The report does not stand in its figure any more.");
        }

        if (!c.Quantity.SameDimension(figure.Total))
        {
            return Refusal.Invalid("quantity.unit-mismatch", $"The figure is counted in {figure.Total.Unit}.", new Fault("#/quantity/unit", "Another unit is expected."));
        }

        if (c.Quantity.Value < 0)
        {
            return Refusal.Invalid("quantity.negative", "A quantity of zero withdraws; less is nothing that was done.", new Fault("#/quantity/value", "This is negative."));
        }

        // A cumulative report says a total: correcting it moves the figure by the difference, withdrawing it leaves what was added since.
        var before = report is null ? figure.Total : report.Quantity;
        if (!TryAdd(c.Quantity, before with { Value = -before.Value }, out var change) || !TryAdd(figure.Total, change, out var total))
        {
            return OutOfRange;
        }

        if (change.Value == 0)
        {
            return [];
        }

        if (report is { Mode: not ReportMode.Increment } && c.Quantity.Value == 0
            && !TrySum(figure.Total with { Value = 0 }, figure.Reports.Where(r => r != report).Select(r => r.Quantity), out total))
        {
            return OutOfRange;
        }

        var corrected = new ProgressCorrected(figure.Ref, c.Corrects, c.Quantity, total, c.Reason, c.Sender, c.By, c.At);
        return [corrected, .. Rederived(progress, corrected)];
    }

    public static Decision<ProgressEvent> Decide(Figure? figure, CheckProgress c) => figure switch
    {
        null => NoFigure,
        { State: FigureState.Checked or FigureState.Verified } => [],
        { State: FigureState.Disputed } => Disputed,
        _ when WroteIt(figure, c.By) => OwnWork,
        _ => [new ProgressChecked(figure.Ref, figure.Total, c.Note, c.By, c.At)],
    };

    public static Decision<ProgressEvent> Decide(Figure? figure, VerifyProgress c, Project project) => figure switch
    {
        null => NoFigure,
        { State: FigureState.Verified } => [],
        { State: FigureState.Disputed } => Disputed,
        { State: FigureState.Reported } when project.Definition!.CountyCheck =>
            Refusal.Conflict("figure.not-checked", "The county bureau checks a figure before it is verified."),
        _ when c.ReviewerDivision == figure.Ref.Division =>
            Refusal.Forbidden("verification.own-division", "A figure is verified by the level above, not by the division that reports it."),
        _ when WroteIt(figure, c.By) || (figure.CheckedBy is { } checker && checker.MayBeSameAs(c.By)) => OwnWork,
        { Evidence.Count: 0 } => Refusal.Invalid("evidence.missing", "A figure without evidence cannot be verified."),
        _ => [new ProgressVerified(figure.Ref, figure.Total, figure.Verified, c.Note, c.By, c.At)],
    };

    public static Decision<ProgressEvent> Decide(Figure? figure, DisputeProgress c) => figure switch
    {
        null => NoFigure,
        { State: FigureState.Disputed } => [],
        _ => [new ProgressDisputed(figure.Ref, c.Reason, c.By, c.At)],
    };

    private static Refusal NoFigure => Refusal.NotFound("figure.unknown", "Nothing was reported for this measure, division and period.");

    private static Refusal Disputed => Refusal.Conflict("figure.disputed", "The figure is disputed; the county reports or corrects it first.");

    private static Refusal OwnWork => Refusal.Forbidden("duties.not-separate", "Who reported or checked a figure does not pass it on.");

    private static Refusal OutOfRange =>
        Refusal.Invalid("quantity.out-of-range", "The quantities have no exact sum.", new Fault("#/quantity/value", "This is out of range."));

    private static bool WroteIt(Figure figure, By by) => figure.Authors.Exists(author => author.MayBeSameAs(by));

    private static Refusal? NotReported(Measure measure) => measure switch
    {
        { FedBy: not null } => Refusal.Invalid("progress.fed-by-sites", "Accepted mine sites are the progress of this measure; it takes no reports."),
        { Role: MeasureRole.Total } => Refusal.Invalid("measure.total", "This measure is the total of its siblings; they are reported."),
        { Role: MeasureRole.Attribute or MeasureRole.Outcome } => Refusal.Invalid("measure.not-reported", "An attribute or outcome is observed, not reported."),
        { Quantity: null } => Refusal.Invalid("measure.without-quantity", "This measure has no target quantity; it is followed by its milestones."),
        _ => null,
    };

    private static FigureRef Ref(ReportProgress c, Project project, Measure measure) =>
        new(c.ProjectId, project.Ref.PlanId, project.Ref.ProgrammeId, measure.Id, project.IndicatorFedBy(measure), c.Division, c.Period);

    private static IEnumerable<(string Code, Fault Fault)> Broken(
        MeasureProgress progress, ReportProgress c, Project project, Measure measure, DivisionTree tree, Quantity total, bool overTarget)
    {
        if (!Covers(project, measure, tree, c.Division))
        {
            yield return ("division.outside-project", new Fault("#/division", "The measure is not carried out in this division."));
        }

        if (!project.Definition!.Schedule.Any(y => y.From <= c.Period.From.Year && c.Period.To.Year <= y.To))
        {
            yield return ("period.outside-schedule", new Fault("#/period", "The period lies outside the project's schedule."));
        }

        if (c.Period.From > DateOnly.FromDateTime(c.At.ToOffset(s_china).DateTime))
        {
            yield return ("period.in-future", new Fault("#/period", "The period has not begun at the time of the report."));
        }

        if (progress.Of(c.Division).FirstOrDefault(f => f.Ref.Period != c.Period && f.Ref.Period.Overlaps(c.Period)) is { } overlapping)
        {
            yield return ("period.overlaps", new Fault("#/period", $"There is a figure for {overlapping.Ref.Period}, which overlaps."));
        }

        if (c.Quantity.Value < 0)
        {
            yield return ("quantity.negative", new Fault("#/quantity/value", "Less is said by a correction, not by a negative report."));
        }
        else if (c.Reason is null && c.Mode != ReportMode.Increment && Falls(progress, c, total))
        {
            yield return ("progress.falls", new Fault("#/quantity/value", "The total is lower than what was reported before; say why in reason."));
        }

        if (overTarget && c.Reason is null)
        {
            yield return ("progress.over-target", new Fault("#/quantity/value", "This takes the measure beyond 110 % of its target; say why in reason."));
        }

        for (var i = 0; i < c.Evidence.Count; i++)
        {
            if (c.Evidence[i].Sha256.Length != 64 || !c.Evidence[i].Sha256.All(char.IsAsciiHexDigit))
            {
                yield return ("evidence.malformed", new Fault($"#/evidence/{i}/sha256", "64 hex digits are expected."));
            }
        }
    }

    private static bool Covers(Project project, Measure measure, DivisionTree tree, string division)
    {
        if (measure.Division is { } only)
        {
            return tree.Contains(only, division);
        }

        var known = tree.Find(division) is { Level: "county" or "function-zone" };
        return project.Ref.Counties.Count > 0
            ? project.Ref.Counties.Contains(division)
            : known && tree.Contains(project.Ref.Division, division);
    }

    /// <summary>The figure as the report leaves it. A cumulative one says a total up to the period's end; what earlier periods have is taken off.</summary>
    private static bool TryTotal(MeasureProgress progress, ReportProgress c, out Quantity total)
    {
        total = c.Quantity;
        if (c.Mode == ReportMode.Increment)
        {
            return progress.Find(c.Division, c.Period) is not { } figure || TryAdd(figure.Total, c.Quantity, out total);
        }

        return TrySum(total, Earlier(progress, c.Division, c.Period, c.Mode).Select(f => f.Total with { Value = -f.Total.Value }), out total);
    }

    /// <summary>
    /// What the later figures of the division are, now that one changed: those that say a total have what is earlier taken off anew, one
    /// after the other. One whose sum cannot be held stays as it is.
    /// </summary>
    private static IEnumerable<ProgressEvent> Rederived(MeasureProgress progress, ProgressEvent fact)
    {
        var later = progress.Of(fact.Figure.Division).Select(f => f.Ref.Period).Where(p => p.From > fact.Figure.Period.To).ToList();
        if (later.Count == 0)
        {
            yield break;
        }

        var now = MeasureProgress.Aggregate.Fold(progress, fact);
        foreach (var period in later)
        {
            var figure = now.Find(fact.Figure.Division, period)!;
            if (figure.Reports is not [{ Mode: not ReportMode.Increment } said, ..]
                || !TrySum(said.Quantity, figure.Reports.Skip(1).Select(r => r.Quantity), out var with)
                || !TrySum(with, Earlier(now, fact.Figure.Division, period, said.Mode).Select(f => f.Total with { Value = -f.Total.Value }), out var total)
                || total.Canonical == figure.Total.Canonical)
            {
                continue;
            }

            var rederived = new ProgressRederived(figure.Ref, total, figure.Total, fact.Figure.Id, fact.By, fact.At);
            yield return rederived;
            now = MeasureProgress.Aggregate.Fold(now, rederived);
        }
    }

    private static bool TrySum(Quantity start, IEnumerable<Quantity> more, out Quantity sum)
    {
        sum = start;
        foreach (var quantity in more)
        {
            if (!TryAdd(sum, quantity, out sum))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryAdd(Quantity a, Quantity b, out Quantity sum)
    {
        var can = a.CanAdd(b);
        sum = can ? a.Add(b) : a;
        return can;
    }

    private static IEnumerable<Figure> Earlier(MeasureProgress progress, string division, Period period, ReportMode mode) => progress.Of(division)
        .Where(f => f.Ref.Period.To < period.From && (mode != ReportMode.YearToDate || f.Ref.Period.Year == period.Year));

    private static bool Falls(MeasureProgress progress, ReportProgress c, Quantity total) =>
        total.Value < 0 || (progress.Find(c.Division, c.Period) is { } figure && total.Canonical < figure.Total.Canonical);

    /// <summary>What all other figures of the measure have.</summary>
    private static decimal Others(MeasureProgress progress, string division, Period period) =>
        progress.Reported - (progress.Find(division, period)?.Canonical ?? 0);

    private static bool Outlier(MeasureProgress progress, ReportProgress c, Quantity total)
    {
        var earlier = progress.Of(c.Division).Where(f => f.Ref.Period.To < c.Period.From).Select(f => f.Canonical).Order().ToList();
        return earlier.Count >= OutlierNeeds && total.Canonical > OutlierFactor * Median(earlier);
    }

    private static decimal Median(List<decimal> sorted) =>
        sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
}

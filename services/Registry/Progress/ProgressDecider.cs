using Restoration.Domain;
using Restoration.Registry.Plans;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Progress;

/// <summary>A county's report of a measure in a division and period.</summary>
public sealed record ReportProgress(
    string ProjectId, string MeasureId, string Division, Period Period, ReportMode Mode, Quantity Quantity, Money? InvestmentCompleted,
    IReadOnlyList<Evidence> Evidence, string? Reason, string? Note, Sender? Sender, By By, DateTimeOffset At)
{
    /// <summary>How many days after the end of a period a report of it is in time.</summary>
    public int DaysToReport { get; init; } = 10;
}

/// <summary>Replaces the quantity of one report; or, where <paramref name="Corrects"/> is null, of the whole figure.</summary>
public sealed record CorrectProgress(Sender? Corrects, Quantity Quantity, string Reason, Sender? Sender, By By, DateTimeOffset At);

/// <summary>The rules of reports (domain §3): what may be reported, and corrected. How a figure goes up the line says <see cref="VerificationDecider"/>.</summary>
public static class ProgressDecider
{
    private const decimal Tolerance = 1.10m;
    private const decimal OutlierFactor = 3;
    private const int OutlierNeeds = 3;

    /// <summary>Reports carry the day as it is in China.</summary>
    private static readonly TimeSpan s_china = TimeSpan.FromHours(8);

    /// <param name="plan">Of the project: it knows which periods an assessment froze.</param>
    public static Decision<ProgressEvent> Decide(MeasureProgress progress, ReportProgress c, Project project, Plan plan, DivisionTree tree)
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

        if (!TryTotal(progress, c, tree, out var total))
        {
            return OutOfRange;
        }

        if (plan.FrozenBy(c.Division, c.Period, tree) is { } assessment)
        {
            return Refusal.Conflict("period.frozen", $"The assessment {assessment} froze {c.Period}; what was reported for it is corrected, with a reason.");
        }

        // Judged by what it leads to: where later figures say a total, they give up what is earlier now.
        var reported = new ProgressReported(
            Ref(c, project, measure), c.Mode, c.Quantity, total, c.InvestmentCompleted, c.Evidence, IsOutlier(progress, c.Division, c.Period, tree, total), false,
            c.Reason, c.Note, c.Sender, c.By, c.At, DayOf(c.At) > c.Period.To.AddDays(c.DaysToReport) ? true : null);
        ProgressEvent[] facts = [reported, .. Rederived(progress, reported, plan, tree)];
        var overTarget = IsOver(progress, facts, measure);
        var broken = Broken(progress, c, project, measure, tree, facts, overTarget).ToList();
        if (broken.Count > 0)
        {
            return Refusal.Invalid(broken[0].Code, broken[0].Fault.Detail, [.. broken.Select(b => b.Fault)]);
        }

        return [reported with { OverTarget = overTarget }, .. facts[1..]];
    }

    /// <summary>
    /// Also after verification, and after the project was completed: what is known to be wrong is put right until the project is closed or
    /// terminated, and then stands as it was accounted for.
    /// </summary>
    public static Decision<ProgressEvent> Decide(MeasureProgress progress, Figure? figure, CorrectProgress c, Project project, Plan plan, DivisionTree tree)
    {
        if (figure is null)
        {
            return VerificationDecider.NoFigure;
        }

        if (project.State is ProjectState.Closed or ProjectState.Terminated)
        {
            return Refusal.Conflict("project.over", $"The project is {Kebab.Of(project.State)}; its figures stand as they were accounted for.");
        }

        if (project.Measure(figure.Ref.MeasureId) is { FedBy: not null } fed)
        {
            return NotReported(fed)!;
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

        var corrected = new ProgressCorrected(
            figure.Ref, c.Corrects, c.Quantity, total, c.Reason, c.Sender, c.By, c.At, plan.FrozenBy(figure.Ref.Division, figure.Ref.Period, tree));
        ProgressEvent[] facts = [corrected, .. Rederived(progress, corrected, plan, tree)];
        // What was flagged for the verifier may be put right by this, or need a look now.
        var outlier = IsOutlier(progress, figure.Ref.Division, figure.Ref.Period, tree, total);
        var over = project.Measure(figure.Ref.MeasureId) is { Quantity: not null } measure && IsOver(progress, facts, measure);
        return
        [
            corrected with { Outlier = outlier == figure.Outlier ? null : outlier, OverTarget = over == figure.OverTarget ? null : over },
            .. facts[1..],
        ];
    }

    private static Refusal OutOfRange =>
        Refusal.Invalid("quantity.out-of-range", "The quantities have no exact sum.", new Fault("#/quantity/value", "This is out of range."));

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
        MeasureProgress progress, ReportProgress c, Project project, Measure measure, DivisionTree tree, ProgressEvent[] facts, bool overTarget)
    {
        if (!Covers(project.Ref, measure, tree, c.Division))
        {
            yield return ("division.outside-project", new Fault("#/division", "The measure is not carried out in this division."));
        }

        if (!project.Definition!.Schedule.Any(y => y.From <= c.Period.From.Year && c.Period.To.Year <= y.To))
        {
            yield return ("period.outside-schedule", new Fault("#/period", "The period lies outside the project's schedule."));
        }

        if (c.Period.From > DayOf(c.At))
        {
            yield return ("period.in-future", new Fault("#/period", "The period has not begun at the time of the report."));
        }

        if (Of(progress, tree, c.Division).FirstOrDefault(f => f.Ref.Period != c.Period && f.Ref.Period.Overlaps(c.Period) && !f.IsWithdrawn) is { } overlapping)
        {
            yield return ("period.overlaps", new Fault("#/period", $"There is a figure for {overlapping.Ref.Period}, which overlaps."));
        }

        if (c.Quantity.Value < 0)
        {
            yield return ("quantity.negative", new Fault("#/quantity/value", "Less is said by a correction, not by a negative report."));
        }
        else if (c.Reason is null && c.Mode != ReportMode.Increment && Falls(progress, c, ((ProgressReported)facts[0]).Total))
        {
            yield return ("progress.falls", new Fault("#/quantity/value", "The total is lower than what was reported before; say why in reason."));
        }
        else if (c.Reason is null && facts.OfType<ProgressRederived>().FirstOrDefault(r => r.Total.Value < 0) is { } less)
        {
            yield return ("progress.falls", new Fault("#/quantity/value", $"It is more than the total reported for {less.Figure.Period} leaves; say why in reason."));
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

    private static DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(at.ToOffset(s_china).DateTime);

    /// <summary>Whether a measure is carried out in a division.</summary>
    internal static bool Covers(ProjectRef project, Measure measure, DivisionTree tree, string division)
    {
        if (measure.Division is { } only)
        {
            // Towns do not report by themselves, unless a measure is one's alone.
            return tree.Standing(division) == tree.Standing(only) || (tree.Find(division) is { Level: "county" or "function-zone" } && tree.Contains(tree.Standing(only), division));
        }

        return Covers(project, tree, division);
    }

    /// <summary>Whether a project is carried out in a division.</summary>
    internal static bool Covers(ProjectRef project, DivisionTree tree, string division)
    {
        var known = tree.Find(division) is { Level: "county" or "function-zone" };
        return project.Counties.Count > 0
            ? tree.Standing(division) is { } standing && project.Counties.Any(c => tree.Standing(c) == standing) // by whichever code a county goes
            : known && tree.Contains(project.Division, division);
    }

    /// <summary>The figure as the report leaves it. A cumulative one says a total up to the period's end; what earlier periods have is taken off.</summary>
    private static bool TryTotal(MeasureProgress progress, ReportProgress c, DivisionTree tree, out Quantity total)
    {
        total = c.Quantity;
        if (c.Mode == ReportMode.Increment)
        {
            return progress.Find(c.Division, c.Period) is not { } figure || TryAdd(figure.Total, c.Quantity, out total);
        }

        return TrySum(total, Earlier(progress, tree, c.Division, c.Period, c.Mode).Select(f => f.Total with { Value = -f.Total.Value }), out total);
    }

    /// <summary>
    /// What the later figures of the division are, now that one changed: those that say a total have what is earlier taken off anew, one
    /// after the other. One whose sum cannot be held stays as it is.
    /// </summary>
    private static IEnumerable<ProgressEvent> Rederived(MeasureProgress progress, ProgressEvent fact, Plan plan, DivisionTree tree)
    {
        var later = Of(progress, tree, fact.Figure.Division).Select(f => f.Ref).Where(r => r.Period.From > fact.Figure.Period.To).ToList();
        if (later.Count == 0)
        {
            yield break;
        }

        var now = MeasureProgress.Aggregate.Fold(progress, fact);
        foreach (var (division, period) in later.Select(r => (r.Division, r.Period)))
        {
            var figure = now.Find(division, period)!;
            if (figure.Reports is not [{ Mode: not ReportMode.Increment } said, ..]
                || !TrySum(said.Quantity, figure.Reports.Skip(1).Select(r => r.Quantity), out var with)
                || !TrySum(with, Earlier(now, tree, division, period, said.Mode).Select(f => f.Total with { Value = -f.Total.Value }), out var total)
                || total.Canonical == figure.Total.Canonical)
            {
                continue;
            }

            var rederived = new ProgressRederived(
                figure.Ref, total, figure.Total, fact.Figure.Id, fact.By, fact.At, plan.FrozenBy(division, period, tree));
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

    /// <summary>The figures of a place, by whichever code it went, in the order of their periods.</summary>
    private static IEnumerable<Figure> Of(MeasureProgress progress, DivisionTree tree, string division)
    {
        var own = progress.Of(division);
        var others = tree.OtherCodes(division).SelectMany(code => progress.Of(code)).ToList();
        return others.Count == 0 ? own : others.Concat(own).OrderBy(f => f.Ref.Period);
    }

    private static IEnumerable<Figure> Earlier(MeasureProgress progress, DivisionTree tree, string division, Period period, ReportMode mode) => Of(progress, tree, division)
        .Where(f => f.Ref.Period.To < period.From && (mode != ReportMode.YearToDate || f.Ref.Period.Year == period.Year));

    private static bool Falls(MeasureProgress progress, ReportProgress c, Quantity total) =>
        total.Value < 0 || (progress.Find(c.Division, c.Period) is { } figure && total.Canonical < figure.Total.Canonical);

    /// <summary>With these facts the measure is reported beyond its target by more than is let pass.</summary>
    private static bool IsOver(MeasureProgress progress, ProgressEvent[] facts, Measure measure) =>
        progress.Reported + facts.Sum(fact => Change(progress, fact)) > measure.Quantity!.Value.Canonical * Tolerance;

    /// <summary>What a fact adds to the sum of all figures.</summary>
    private static decimal Change(MeasureProgress progress, ProgressEvent fact)
    {
        var total = fact switch
        {
            ProgressReported f => f.Total,
            ProgressCorrected f => f.Total,
            _ => ((ProgressRederived)fact).Total,
        };
        return total.Canonical - (progress.Find(fact.Figure.Division, fact.Figure.Period)?.Canonical ?? 0);
    }

    private static bool IsOutlier(MeasureProgress progress, string division, Period period, DivisionTree tree, Quantity total)
    {
        var earlier = Of(progress, tree, division).Where(f => f.Ref.Period.To < period.From).Select(f => f.Canonical).Order().ToList();
        return earlier.Count >= OutlierNeeds && total.Canonical > OutlierFactor * Median(earlier);
    }

    private static decimal Median(List<decimal> sorted) =>
        sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
}

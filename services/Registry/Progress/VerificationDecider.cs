using Restoration.Domain;
using Restoration.Registry.Projects;
using Restoration.Registry.Samples;

namespace Restoration.Registry.Progress;

public sealed record CheckProgress(string? Note, By By, DateTimeOffset At);

/// <param name="ReviewerDivision">Of the client that verifies: it must lie above the figure's.</param>
public sealed record VerifyProgress(string ReviewerDivision, string? Note, By By, DateTimeOffset At);

public sealed record DisputeProgress(string Reason, By By, DateTimeOffset At);

/// <summary>What was found on the spot of a figure that was drawn by lot.</summary>
/// <param name="ReviewerDivision">Of the client that records it: that of who drew the sample, or above.</param>
/// <param name="Confirmed">It is as it was verified; else <paramref name="Reason"/> says what was found.</param>
public sealed record ExamineProgress(string ReviewerDivision, bool Confirmed, string? Reason, string? Note, By By, DateTimeOffset At);

/// <summary>How a figure goes up the line (domain §3): checked by the county bureau, verified by the city, examined by the province where it is drawn.</summary>
public static class VerificationDecider
{
    public static Decision<ProgressEvent> Decide(Figure? figure, CheckProgress c, Project project) => figure switch
    {
        null => NoFigure,
        { State: FigureState.Checked or FigureState.Verified or FigureState.Sampled } => [],
        _ when project.State == ProjectState.Closed => Over,
        { State: FigureState.Disputed } => Disputed,
        _ when WroteIt(figure, c.By) => OwnWork,
        _ => [new ProgressChecked(figure.Ref, figure.Total, c.Note, c.By, c.At)],
    };

    public static Decision<ProgressEvent> Decide(Figure? figure, VerifyProgress c, Project project, DivisionTree tree) => figure switch
    {
        null => NoFigure,
        { State: FigureState.Verified or FigureState.Sampled } => [],
        _ when project.State == ProjectState.Closed => Over,
        { State: FigureState.Disputed } => Disputed,
        { State: FigureState.Reported } when project.Definition!.CountyCheck =>
            Refusal.Conflict("figure.not-checked", "The county bureau checks a figure before it is verified."),
        _ when tree.Contains(CountyOf(figure.Ref.Division, tree), c.ReviewerDivision) =>
            Refusal.Forbidden("verification.own-division", "A figure is verified by the level above, not by the division that reports it."),
        _ when WroteIt(figure, c.By) || (figure.CheckedBy is { } checker && checker.MayBeSameAs(c.By)) => OwnWork,
        { Evidence.Count: 0 } => Refusal.Invalid("evidence.missing", "A figure without evidence cannot be verified."),
        _ => [new ProgressVerified(figure.Ref, figure.Total, figure.Verified, c.Note, c.By, c.At)],
    };

    public static Decision<ProgressEvent> Decide(Figure? figure, DisputeProgress c, Project project) => figure switch
    {
        null => NoFigure,
        { State: FigureState.Disputed } => [],
        _ when project.State == ProjectState.Closed => Over,
        _ when project.Measure(figure.Ref.MeasureId) is { FedBy: not null } => Refusal.Invalid(
            "progress.fed-by-sites", "Accepted mine sites are the progress of this measure; one that was wrongly accepted is reopened."),
        _ => [new ProgressDisputed(figure.Ref, c.Reason, c.By, c.At)],
    };

    /// <summary>What stands as verified counts on either way: until a correction of what was found wrong is verified.</summary>
    public static Decision<ProgressEvent> Decide(Figure? figure, ExamineProgress c, Sample sample, DivisionTree tree) => figure switch
    {
        null => NoFigure,
        _ when sample.State == SampleState.Unknown => Refusal.Invalid("sample.unknown", "There is no such sample.", new Fault("#/sampleId", "There is no such sample.")),
        _ when !sample.Holds(figure.Ref.Id) => Refusal.Conflict("sample.not-drawn", "The figure was not drawn in this sample."),
        _ when !tree.Contains(c.ReviewerDivision, sample.Drawing!.Drawer) =>
            Refusal.Forbidden("sample.foreign", "What was found of a sample is recorded by the level that drew it, or above."),
        _ when sample.Results.GetValueOrDefault(figure.Ref.Id) is { } known => known.Confirmed == c.Confirmed
            ? []
            : Refusal.Conflict("sample.examined", "The figure was examined in this sample already; what is found later is disputed."),
        { State: not (FigureState.Verified or FigureState.Sampled) } =>
            Refusal.Conflict("figure.not-verified", $"The figure is {Kebab.Of(figure.State)}; it is examined when it is verified again."),
        _ when figure.Line.Exists(one => one.MayBeSameAs(c.By)) => OwnWork,
        _ when c.Confirmed => [new ProgressSampled(figure.Ref, sample.Drawing.Id, figure.Total, c.Note, c.By, c.At)],
        _ when c.Reason is null => Refusal.Invalid("reason.missing", "What is found wrong is said in reason.", new Fault("#/reason", "A reason is needed.")),
        _ => [new ProgressDisputed(figure.Ref, c.Reason, c.By, c.At, sample.Drawing.Id)],
    };

    internal static Refusal NoFigure => Refusal.NotFound("figure.unknown", "Nothing was reported for this measure, division and period.");

    private static Refusal Over => Refusal.Conflict("project.over", "The project is closed; its figures stand as they were accounted for.");

    /// <summary>The county of a division, by the code that stands for it: what lies within is one hand. The division itself where it is no part of a county.</summary>
    private static string CountyOf(string division, DivisionTree tree) =>
        tree.PathOf(tree.Standing(division)).LastOrDefault(d => d.Level is "county" or "function-zone")?.Id ?? division;

    private static Refusal Disputed => Refusal.Conflict("figure.disputed", "The figure is disputed; the county reports or corrects it first.");

    private static Refusal OwnWork => Refusal.Forbidden("duties.not-separate", "Who reported or checked a figure does not pass it on.");

    private static bool WroteIt(Figure figure, By by) => figure.Authors.Exists(author => author.MayBeSameAs(by));
}

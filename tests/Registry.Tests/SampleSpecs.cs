using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Samples;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;
using Drawn_sample = Restoration.Registry.Samples.Sample;

namespace Restoration.Registry.Tests;

/// <summary>Drawing by lot from what was passed, and what is found on the spot.</summary>
public sealed class SampleSpecs
{
    private const string Province = "360000";
    private static readonly By s_inspector = new("province", "i-1");
    private static readonly string[] s_population = [Ref().Id, "p1-area.360730.2024-06", "p1-area.360730.2024-05", "p1-area.360731.2024-05"];

    private static readonly Drawing s_drawing = new("s-1", SampleKind.Progress, City, Province, "gz", Date("2024-Q2"), Date("2024-06"), 2, null, "seed");

    /// <summary>As sha256sum has it: printf '%s|%s' seed p1-area.360731.2024-06 | sha256sum, and so on.</summary>
    public static readonly SampleDrawn Drawn = new(
        s_drawing, "seed", ["p1-area.360730.2024-05", "p1-area.360730.2024-06", "p1-area.360731.2024-05", "p1-area.360731.2024-06"],
        "d82e2eaada450419a5deb641e02317d68c14effc95579f9b6e2d46eb531c4c1e", ["p1-area.360730.2024-05", "p1-area.360730.2024-06"], s_inspector, At);

    public static ProgressSampled Examined() => new(Ref(), "s-1", Quantity(3), "实地核查", s_inspector, At);

    public static SampleExamined Result(bool confirmed = true) => new("s-1", City, Ref().Id, confirmed, confirmed ? null : "坡面未复绿", confirmed ? "实地核查" : null, s_inspector, At);

    private static Spec<Drawn_sample, SampleEvent> A_sample => new(Drawn_sample.Unknown, (s, e) => Drawn_sample.Aggregate.Fold(s, e));

    private static Spec<MeasureProgress, ProgressEvent> A_verified_figure =>
        new Spec<MeasureProgress, ProgressEvent>(MeasureProgress.None, (p, e) => MeasureProgress.Aggregate.Fold(p, e)).After(Reported(3), Checked(3), Verified(3));

    private static readonly Drawn_sample s_holds = Drawn_sample.Aggregate.Fold(Drawn_sample.Unknown, Drawn with { Drawn = [Ref().Id] });

    private static Decision<SampleEvent> Draw(Drawn_sample sample, Drawing drawing, IReadOnlyList<string>? population = null) =>
        SampleDecider.Decide(sample, new DrawSample(drawing, population ?? s_population, "fresh", s_inspector, At), Tree);

    private static Decision<ProgressEvent> Examine(
        MeasureProgress p, bool confirmed = true, string? reason = "坡面未复绿", By? by = null, string division = Province, Drawn_sample? sample = null, string? note = "实地核查") =>
        VerificationDecider.Decide(
            p.Find(Yudu, Date("2024-06")), new ExamineProgress(division, confirmed, confirmed ? null : reason, note, by ?? s_inspector, At), sample ?? s_holds, Tree);

    [Fact]
    public void A_sample_is_what_the_lot_says() => A_sample.When(s => Draw(s, s_drawing)).Records(Drawn);

    [Fact]
    public void Without_a_seed_one_is_made() => A_sample.When(s => Draw(s, s_drawing with { Seed = null })).Records(
        Drawn with { Drawing = s_drawing with { Seed = null }, Seed = "fresh", Drawn = Lot.Draw("fresh", s_population, 2) });

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.26, 2)]
    [InlineData(1, 4)]
    public void A_share_is_rounded_up(double share, int drawn) => Assert.Equal(
        drawn, ((SampleDrawn)Draw(Drawn_sample.Unknown, s_drawing with { Count = null, Share = (decimal)share }).Events[0]).Drawn.Count);

    [Fact]
    public void More_than_there_are_is_all() =>
        Assert.Equal(4, ((SampleDrawn)Draw(Drawn_sample.Unknown, s_drawing with { Count = 9 }).Events[0]).Drawn.Count);

    [Fact]
    public void Drawing_again_changes_nothing_whatever_there_is_by_then() => A_sample.After(Drawn).When(s => Draw(s, s_drawing, ["other"])).RecordsNothing();

    [Fact]
    public void Under_the_same_id_nothing_else_is_drawn() => A_sample.After(Drawn)
        .When(s => Draw(s, s_drawing with { Seed = "luckier" })).IsRefused(RefusalKind.Conflict, "sample.exists");

    [Fact]
    public void From_nothing_nothing_is_drawn() => A_sample.When(s => Draw(s, s_drawing, [])).IsRefused(RefusalKind.Invalid, "sample.population-unfit");

    [Fact]
    public void Nor_from_more_than_stands_in_a_fact() => A_sample
        .When(s => Draw(s, s_drawing, [.. Enumerable.Range(0, 10_001).Select(i => $"f-{i}")])).IsRefused(RefusalKind.Invalid, "sample.population-unfit");

    [Fact]
    public void All_that_is_wrong_is_said_at_once() => A_sample
        .When(s => Draw(s, new("S 1", SampleKind.Progress, Yudu, Yudu, null, Date("2024-06"), Date("2024-05"), 0, 1.5m, "")))
        .IsRefused(RefusalKind.Invalid, "sample.invalid", "#/id", "#/division", "#/count", "#/count", "#/share", "#/periodTo", "#/seed");

    [Fact]
    public void One_of_count_and_share_is_said() => A_sample
        .When(s => Draw(s, s_drawing with { Count = null })).IsRefused(RefusalKind.Invalid, "sample.invalid", "#/count");

    [Fact]
    public void What_was_found_stands_in_it() => A_sample.After(Drawn with { Drawn = [Ref().Id] })
        .When(s => SampleDecider.Decide(s, new ExamineDrawn(Ref().Id, true, null, "实地核查", s_inspector, At))).Records(Result());

    [Fact]
    public void Once() => A_sample.After(Drawn with { Drawn = [Ref().Id] }, Result())
        .When(s => SampleDecider.Decide(s, new ExamineDrawn(Ref().Id, true, null, "again", s_inspector, At))).RecordsNothing();

    [Fact]
    public void And_not_otherwise() => A_sample.After(Drawn with { Drawn = [Ref().Id] }, Result())
        .When(s => SampleDecider.Decide(s, new ExamineDrawn(Ref().Id, false, "r", null, s_inspector, At))).IsRefused(RefusalKind.Conflict, "sample.examined");

    [Fact]
    public void What_was_not_drawn_has_no_result() => A_sample.After(Drawn with { Drawn = ["other"] })
        .When(s => SampleDecider.Decide(s, new ExamineDrawn(Ref().Id, true, null, null, s_inspector, At))).IsRefused(RefusalKind.Conflict, "sample.not-drawn");

    [Fact]
    public void Of_no_sample_there_is_none() => A_sample
        .When(s => SampleDecider.Decide(s, new ExamineDrawn(Ref().Id, true, null, null, s_inspector, At))).IsRefused(RefusalKind.Invalid, "sample.unknown", "#/sampleId");

    [Fact]
    public void A_figure_that_is_as_it_was_verified_is_sampled_and_counts()
    {
        A_verified_figure.When(p => Examine(p)).Records(Examined());
        var figure = MeasureProgress.Aggregate.Fold(MeasureProgress.None, Reported(3), Checked(3), Verified(3), Examined());
        Assert.Equal((FigureState.Sampled, 90_000m), (figure.Find(Yudu, Date("2024-06"))!.State, figure.VerifiedSum));
    }

    [Fact]
    public void One_that_is_not_is_disputed() => A_verified_figure
        .When(p => Examine(p, confirmed: false)).Records(new ProgressDisputed(Ref(), "坡面未复绿", s_inspector, At, "s-1"));

    [Fact]
    public void With_a_reason() => A_verified_figure.When(p => Examine(p, confirmed: false, reason: null)).IsRefused(RefusalKind.Invalid, "reason.missing", "#/reason");

    [Fact]
    public void Of_a_sample_that_is_known() => A_verified_figure
        .When(p => Examine(p, sample: Drawn_sample.Unknown)).IsRefused(RefusalKind.Invalid, "sample.unknown", "#/sampleId");

    [Fact]
    public void In_which_it_was_drawn() => A_verified_figure
        .When(p => Examine(p, sample: Drawn_sample.Aggregate.Fold(Drawn_sample.Unknown, Drawn with { Drawn = ["other"] }))).IsRefused(RefusalKind.Conflict, "sample.not-drawn");

    [Fact]
    public void By_the_level_that_drew_it() => A_verified_figure.When(p => Examine(p, division: City)).IsRefused(RefusalKind.Forbidden, "sample.foreign");

    public static TheoryData<By> Line => [Reporter, Checker, Verifier];

    [Theory]
    [MemberData(nameof(Line))]
    public void And_not_by_those_who_passed_it_on(By by) => A_verified_figure.When(p => Examine(p, by: by)).IsRefused(RefusalKind.Forbidden, "duties.not-separate");

    [Fact]
    public void What_was_reopened_is_examined_when_it_is_verified_again() => A_verified_figure.After(Corrected(2, 2))
        .When(p => Examine(p)).IsRefused(RefusalKind.Conflict, "figure.not-verified");

    [Fact]
    public void Examined_twice_alike_changes_nothing() => A_verified_figure.After(Examined())
        .When(p => Examine(p, sample: Drawn_sample.Aggregate.Fold(s_holds, Result()))).RecordsNothing();

    [Fact]
    public void And_otherwise_is_refused() => A_verified_figure.After(Examined())
        .When(p => Examine(p, confirmed: false, sample: Drawn_sample.Aggregate.Fold(s_holds, Result()))).IsRefused(RefusalKind.Conflict, "sample.examined");

    [Fact]
    public void A_sampled_figure_is_neither_checked_nor_verified_again()
    {
        A_verified_figure.After(Examined()).When(p => VerificationDecider.Decide(p.Find(Yudu, Date("2024-06")), new CheckProgress(null, Checker, At), InProgress)).RecordsNothing();
        A_verified_figure.After(Examined())
            .When(p => VerificationDecider.Decide(p.Find(Yudu, Date("2024-06")), new VerifyProgress(City, null, Verifier, At), InProgress, Tree)).RecordsNothing();
    }

    [Fact]
    public void It_may_be_disputed_still() => A_verified_figure.After(Examined())
        .When(p => VerificationDecider.Decide(p.Find(Yudu, Date("2024-06")), new DisputeProgress("The photo shows another slope.", Verifier, At), InProgress)).Records(Disputed());
}

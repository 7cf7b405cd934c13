using Restoration.Domain;
using Restoration.Registry.Progress;
using Restoration.Registry.Projects;
using Restoration.Support;
using static Restoration.Registry.Tests.Sample;

namespace Restoration.Registry.Tests;

/// <summary>Accepted mine sites are the progress of the measures they feed.</summary>
public sealed class SiteCountSpecs
{
    private static readonly Project s_project = Project.Aggregate.Fold(
        InProgress, Designed with { Definition = Definition with { Measures = [.. Definition.Measures, Part("p1-bare", Quantity(2, "km2")) with { FedBy = FedBy.SiteArea }] } });

    private static Spec<MeasureProgress, ProgressEvent> The_measure => new(MeasureProgress.None, (p, e) => MeasureProgress.Aggregate.Fold(p, e));

    private static FigureRef Of(string period, string measure) => Ref(period, measure: measure) with { IndicatorId = "gz-mines" };

    internal static SiteCounted Counted(string period, decimal value, decimal total, string site = "s-1") =>
        new(Ref(period, measure: "p1-bare"), site, Quantity(value), Quantity(total), Verifier, At);

    private static CountSite Accept(decimal area, string day, string site = "s-1", string measure = "p1-bare") =>
        new(site, measure, Yudu, Quantity(area), DateOnly.Parse(day, null), Verifier, At);

    private static CountSite Reopen(string site = "s-1") => Accept(0, "2024-01-01", site) with { AcceptedOn = null };

    private static Decision<ProgressEvent> Decide(MeasureProgress progress, CountSite command) => SiteCountDecider.Decide(progress, command, s_project);

    [Fact]
    public void A_site_counts_its_area_in_the_month_of_its_acceptance_and_is_verified_by_it()
    {
        The_measure.When(p => Decide(p, Accept(12.5m, "2024-06-30"))).Records(Counted("2024-06", 12.5m, 12.5m));
        var figure = MeasureProgress.Aggregate.Fold(MeasureProgress.None, Counted("2024-06", 12.5m, 12.5m)).Find(Yudu, Date("2024-06"))!;
        Assert.Equal((FigureState.Verified, Quantity(12.5m), Quantity(12.5m)), (figure.State, figure.Total, figure.Verified));
    }

    [Fact]
    public void Where_sites_are_counted_it_counts_one() => The_measure.When(p => Decide(p, Accept(12.5m, "2024-06-30", measure: "p1-sites")))
        .Records(new SiteCounted(Ref("2024-06", measure: "p1-sites"), "s-1", Quantity(1, "count"), Quantity(1, "count"), Verifier, At));

    [Fact]
    public void Sites_of_a_month_add_up() =>
        The_measure.After(Counted("2024-06", 12.5m, 12.5m)).When(p => Decide(p, Accept(2, "2024-06-01", "s-2"))).Records(Counted("2024-06", 2, 14.5m, "s-2"));

    [Fact]
    public void A_site_counts_once() => The_measure.After(Counted("2024-06", 12.5m, 12.5m)).When(p => Decide(p, Accept(12.5m, "2024-06-02"))).RecordsNothing();

    [Fact]
    public void A_reopened_site_counts_no_more() =>
        The_measure.After(Counted("2024-06", 12.5m, 12.5m), Counted("2024-06", 2, 14.5m, "s-2")).When(p => Decide(p, Reopen())).Records(Counted("2024-06", 0, 2));

    [Fact]
    public void Accepted_again_it_leaves_the_earlier_month() => The_measure.After(Counted("2024-06", 12.5m, 12.5m), Counted("2024-06", 2, 14.5m, "s-2"))
        .When(p => Decide(p, Accept(12, "2025-03-01"))).Records(Counted("2024-06", 0, 2), Counted("2025-03", 12, 12));

    [Fact]
    public void Accepted_again_after_it_was_reopened_it_counts_in_its_new_month() => The_measure.After(Counted("2024-06", 12.5m, 12.5m), Counted("2024-06", 0, 0))
        .When(p => Decide(p, Accept(12, "2025-03-01"))).Records(Counted("2025-03", 12, 12));

    [Fact]
    public void A_site_that_does_not_count_is_reopened_without_effect() => The_measure.When(p => Decide(p, Reopen())).RecordsNothing();

    [Theory]
    [InlineData("p1-area")]
    [InlineData("p1-unheard-of")]
    public void A_measure_that_sites_do_not_feed_counts_none(string measure) =>
        The_measure.When(p => Decide(p, Accept(1, "2024-06-30", measure: measure))).IsRefused(RefusalKind.Invalid, "measure.not-fed-by-sites");
}

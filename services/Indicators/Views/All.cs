using Restoration.EventStore;
using Restoration.Indicators.Definitions;
using Restoration.Indicators.Observations;
using Restoration.Indicators.Sites;
using Restoration.Indicators.Targets;

namespace Restoration.Indicators.Views;

/// <summary>The views of the service: what can be made anew from the log.</summary>
public static class All
{
    public static readonly RowView Indicators = new("indicators", ["indicators"], Indicator.Aggregate);
    public static readonly RowView Observations = new("observations", ["observations", "contributions"], YearOfValues.Aggregate);
    public static readonly RowView Sites = new("counted-sites", ["counted_sites"], CountedSite.Aggregate);

    public static readonly RowView Targets = new("county-targets", ["county_targets"], CountyTargets.Aggregate);

    public static readonly IReadOnlyList<Derived> Views = [Indicators, Observations, Sites, Targets];
}

using Restoration.EventStore;
using Restoration.Mines.Sites;

namespace Restoration.Mines.Views;

/// <summary>The views of the service: what can be made anew from the log.</summary>
public static class All
{
    public static readonly RowView Sites = new("sites", ["sites"], Site.Aggregate);

    public static readonly IReadOnlyList<Derived> Views = [Sites];
}

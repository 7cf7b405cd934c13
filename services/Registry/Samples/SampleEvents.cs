using System.Text.Json.Serialization;
using Restoration.Domain;

namespace Restoration.Registry.Samples;

/// <param name="Division">That the sample was drawn from.</param>
public abstract record SampleEvent(string SampleId, string Division, By By, DateTimeOffset At) : Event(By, At);

/// <summary>A sample was drawn by lot: from the seed and the list anyone can repeat it (<see cref="Lot"/> says how).</summary>
/// <param name="Drawing">What was asked for.</param>
/// <param name="Seed">Given with the request, or made when it came.</param>
/// <param name="Population">All that could be drawn, in the order of their bytes; <paramref name="Sha256"/> is of these lines.</param>
/// <param name="Drawn">In the order of the lot.</param>
[StoredAs("sample-drawn.v1")]
public sealed record SampleDrawn(
    Drawing Drawing, string Seed, IReadOnlyList<string> Population, string Sha256, IReadOnlyList<string> Drawn, By By, DateTimeOffset At)
    : SampleEvent(Drawing.Id, Drawing.Division, By, At);

/// <summary>What was drawn was examined on the spot.</summary>
/// <param name="DrawnId">A figure or a project of the sample.</param>
/// <param name="Confirmed">It is as it was verified or accepted; else <paramref name="Reason"/> says what was found.</param>
[StoredAs("sample-examined.v1")]
public sealed record SampleExamined(string SampleId, string Division, string DrawnId, bool Confirmed, string? Reason, string? Note, By By, DateTimeOffset At)
    : SampleEvent(SampleId, Division, By, At);

/// <summary>What a sample is drawn from, and how much of it.</summary>
/// <param name="Drawer">The division of the client that drew it; its results are recorded from there.</param>
/// <param name="PlanId">Of one plan only.</param>
/// <param name="From">Figures whose periods lie within these, both included; with <paramref name="To"/>.</param>
/// <param name="Count">How many; or <paramref name="Share"/>: which part of them, rounded up.</param>
/// <param name="Seed">As given; null where none was.</param>
public sealed record Drawing(
    string Id, SampleKind Kind, string Division, string Drawer, string? PlanId, Period? From, Period? To, int? Count, decimal? Share, string? Seed);

[JsonConverter(typeof(Kebab<SampleKind>))]
public enum SampleKind
{
    /// <summary>Of verified figures.</summary>
    Progress,

    /// <summary>Of accepted projects.</summary>
    Projects,
}

[JsonConverter(typeof(Kebab<SampleState>))]
public enum SampleState
{
    Unknown,
    Drawn,

    /// <summary>All that was drawn has its result.</summary>
    Examined,
}

using System.Collections.Immutable;
using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Registry.Samples;

/// <summary>A sample as its rules, and those of what it drew, see it.</summary>
public sealed record Sample
{
    public static readonly Sample Unknown = new();

    public static readonly Aggregate<Sample, SampleEvent> Aggregate = new("sample", Unknown, Evolve, Rows);

    public static string Stream(string id) => $"sample-{id}";

    public Drawing? Drawing { get; private init; }
    public IReadOnlyList<string> Drawn { get; private init; } = [];

    /// <summary>By the id of what was drawn.</summary>
    public ImmutableDictionary<string, SampleExamined> Results { get; private init; } = ImmutableDictionary<string, SampleExamined>.Empty;

    public SampleState State => Drawing is null ? SampleState.Unknown : Results.Count < Drawn.Count ? SampleState.Drawn : SampleState.Examined;

    public bool Holds(string id) => Drawn.Contains(id, StringComparer.Ordinal);

    /// <summary>What a row shows of the drawing; not of the rules' concern.</summary>
    private SampleDrawn? Fact { get; init; }

    private static Sample Evolve(Sample sample, SampleEvent fact) => fact switch
    {
        SampleDrawn e => sample with { Drawing = e.Drawing, Drawn = e.Drawn, Fact = e },
        SampleExamined e => sample with { Results = sample.Results.SetItem(e.DrawnId, e) },
        _ => sample,
    };

    private static readonly RowTable<SampleRow> s_table = new("samples", RowJson.Default.SampleRow, "id");

    private static IEnumerable<Row> Rows(long version, Sample sample, IReadOnlyList<Event> recorded)
    {
        var (d, f) = (sample.Drawing!, sample.Fact!);
        yield return s_table.Row(d.Id, new SampleRow(
            d.Id, version, sample.State, d.Kind, d.Division, d.Drawer, d.PlanId, d.From?.ToString(), d.To?.ToString(), d.Count, d.Share, f.Seed, d.Seed is not null, f.Population, f.Sha256, f.At,
            JsonSerializer.SerializeToElement(
                sample.Drawn.Select(id => sample.Results.TryGetValue(id, out var r) ? new DrawnItem(id, r.Confirmed ? "confirmed" : "disputed", r.Reason, r.Note, r.At) : new DrawnItem(id)).ToList(),
                RowDetailJson.Default.IReadOnlyListDrawnItem)));
    }
}

/// <summary>One that was drawn, in the order of the lot.</summary>
/// <param name="Result"><c>confirmed</c> or <c>disputed</c>; absent until it was examined.</param>
public sealed record DrawnItem(string Id, string? Result = null, string? Reason = null, string? Note = null, DateTimeOffset? ExaminedAt = null);

/// <summary>The row behind <c>GET samples</c>; named as its columns.</summary>
internal sealed record SampleRow(
    string Id, long Version, SampleState State, SampleKind Kind, string Division, string Drawer, string? PlanId, string? PeriodFrom, string? PeriodTo, int? Count,
    decimal? Share, string Seed, bool SeedGiven, IReadOnlyList<string> Population, string Sha256, DateTimeOffset DrawnAt, JsonElement Drawn);

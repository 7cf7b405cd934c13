using System.Collections.Immutable;
using System.Text.Json;
using Restoration.Domain;
using Restoration.EventStore;

namespace Restoration.Indicators.Observations;

/// <summary>The values of one indicator in one year, all divisions; a new year is a new stream.</summary>
public sealed record YearOfValues(ImmutableDictionary<(string Division, Period Period), Observation> Observations, ImmutableDictionary<string, Quantity> Contributions)
{
    public static readonly YearOfValues None = new(
        ImmutableDictionary<(string, Period), Observation>.Empty, ImmutableDictionary<string, Quantity>.Empty);

    public static readonly Aggregate<YearOfValues, ObservationEvent> Aggregate = new("observations", None, Evolve, Rows, opens: false);

    public static string Stream(string indicatorId, int year) => $"observations-{indicatorId}-{year}";

    public Observation? Find(string division, Period period) => Observations.GetValueOrDefault((division, period));

    private static YearOfValues Evolve(YearOfValues state, ObservationEvent fact)
    {
        if (fact is ProgressContributed contributed)
        {
            return state with { Contributions = state.Contributions.SetItem(contributed.FigureId, contributed.Value) };
        }

        var key = (fact.Observation.Division, fact.Observation.Period);
        return state with { Observations = state.Observations.SetItem(key, (state.Observations.GetValueOrDefault(key) ?? new(fact.Observation)).Evolve(fact)) };
    }

    private static readonly RowTable<ObservationRow> s_observations = new("observations", RowJson.Default.ObservationRow, "id");

    private static readonly RowTable<ContributionRow> s_contributions = new("contributions", RowJson.Default.ContributionRow, "indicator_id", "figure_id");

    private static IEnumerable<Row> Rows(long version, YearOfValues state, IReadOnlyList<Event> recorded)
    {
        foreach (var fact in recorded.Cast<ObservationEvent>())
        {
            var r = fact.Observation;
            if (fact is ProgressContributed c)
            {
                yield return s_contributions.Row($"{r.IndicatorId} {c.FigureId}", new ContributionRow(
                        r.IndicatorId, c.FigureId, r.PlanId, c.MeasureId, r.Division, r.Period, r.Period.To, r.Period.Year, c.Value.Canonical, c.Value,
                        c.CausedBy, c.CausedAt));
            }
            else if (state.Find(r.Division, r.Period) is { Last: not null } o)
            {
                yield return s_observations.Row(r.Id, new ObservationRow(
                        r.Id, o.Version, o.State, r.IndicatorId, r.PlanId, r.Division, r.Period, r.Period.From, r.Period.To, o.Revision, o.Value, o.Accepted,
                        JsonSerializer.SerializeToElement(o.Shown, DetailJson.Default.ObservationDetail)));
            }
        }
    }
}

/// <summary>A value as its rules see it.</summary>
public sealed record Observation(ObservationRef Ref)
{
    public long Version { get; private init; }
    public ObservationState State { get; private init; }
    public int Revision { get; private init; }
    public Quantity Value { get; private init; }

    /// <summary>What stands as accepted, while a revision is under way.</summary>
    public Quantity? Accepted { get; private init; }
    public By? SubmittedBy { get; private init; }
    public IndicatorObserved? Last { get; private init; }
    public string? ReturnedFor { get; private init; }

    internal ObservationDetail Shown => new(Last!.Numerator, Last.Denominator, Last.Method, Last.Reason, Last.Note, ReturnedFor);

    public Observation Evolve(ObservationEvent fact) => fact switch
    {
        IndicatorObserved e => this with
        {
            Version = Version + 1,
            State = ObservationState.Submitted,
            Revision = e.Revision,
            Value = e.Value,
            SubmittedBy = e.By,
            Last = e,
            ReturnedFor = null,
        },
        ObservationAccepted e => this with { Version = Version + 1, State = ObservationState.Accepted, Accepted = e.Value },
        ObservationReturned e => this with { Version = Version + 1, State = ObservationState.Returned, ReturnedFor = e.Reason },
        _ => this,
    };
}

internal sealed record ObservationDetail(
    decimal? Numerator, decimal? Denominator, ObservationMethod? Method, string? Reason, string? Note, string? ReturnedFor);

internal sealed record ObservationRow(
    string Id, long Version, ObservationState State, string IndicatorId, string PlanId, string Division, Period Period, DateOnly PeriodFrom, DateOnly PeriodTo,
    int Revision, Quantity Value, Quantity? Accepted, JsonElement Detail);

internal sealed record ContributionRow(
    string IndicatorId, string FigureId, string PlanId, string MeasureId, string Division, Period Period, DateOnly PeriodTo, int Year, decimal Amount,
    Quantity Value, Guid CausedBy, long CausedAt);

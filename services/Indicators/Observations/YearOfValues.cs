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

    public static readonly Aggregate<YearOfValues, ObservationEvent> Aggregate = new("observations", None, Evolve, Rows);

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

    private static readonly RowTable s_observations = new(
        "observations",
        """
        insert into indicators.observations as o (id, version, state, indicator_id, plan_id, division, period, period_from, period_to, revision, value,
            accepted, detail)
        select * from jsonb_to_recordset($1) as r(id text, version bigint, state text, indicator_id text, plan_id text, division text, period text,
            period_from date, period_to date, revision int, value jsonb, accepted jsonb, detail jsonb)
        on conflict (id) do update set (version, state, revision, value, accepted, detail)
            = (excluded.version, excluded.state, excluded.revision, excluded.value, excluded.accepted, excluded.detail)
        """);

    private static readonly RowTable s_contributions = new(
        "contributions",
        """
        insert into indicators.contributions as c (indicator_id, figure_id, plan_id, measure_id, division, period, period_to, year, amount, value, caused_by, caused_at)
        select * from jsonb_to_recordset($1) as r(indicator_id text, figure_id text, plan_id text, measure_id text, division text, period text, period_to date,
            year int, amount numeric, value jsonb, caused_by uuid, caused_at bigint)
        on conflict (indicator_id, figure_id) do update set (amount, value, caused_by, caused_at)
            = (excluded.amount, excluded.value, excluded.caused_by, excluded.caused_at)
        """);

    private static IEnumerable<Row> Rows(long version, YearOfValues state, IReadOnlyList<Event> recorded)
    {
        foreach (var fact in recorded.Cast<ObservationEvent>())
        {
            var r = fact.Observation;
            if (fact is ProgressContributed c)
            {
                yield return new Row(s_contributions, $"{r.IndicatorId} {c.FigureId}", JsonSerializer.SerializeToElement(
                    new ContributionRow(
                        r.IndicatorId, c.FigureId, r.PlanId, c.MeasureId, r.Division, r.Period, r.Period.To, r.Period.Year, c.Value.Canonical, c.Value,
                        c.CausedBy, c.CausedAt),
                    RowJson.Default.ContributionRow));
            }
            else
            {
                var o = state.Find(r.Division, r.Period)!;
                yield return new Row(s_observations, r.Id, JsonSerializer.SerializeToElement(
                    new ObservationRow(
                        r.Id, o.Version, o.State, r.IndicatorId, r.PlanId, r.Division, r.Period, r.Period.From, r.Period.To, o.Revision, o.Value, o.Accepted,
                        JsonSerializer.SerializeToElement(o.Shown, DetailJson.Default.ObservationDetail)),
                    RowJson.Default.ObservationRow));
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

using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Views;

/// <summary>
/// The roll-up "progress": reported and verified amounts by measure, division and year. Each page of the log is one set-based statement
/// that changes the sums by what its figures changed.
/// </summary>
public static class ProgressTotals
{
    public const string Name = "progress";

    public static readonly ViewDefinition View = new(Name, Apply, "figure_totals", "measure_totals", "investments");

    /// <summary>Progress counts from the end of its period on, whenever it was reported and verified.</summary>
    public static bool Ended(Event fact, DateTimeOffset at) => fact is not ProgressEvent p || Moment.EndOf(p.Figure.Period.To) <= at;

    private sealed record Change(FigureRef Figure)
    {
        public decimal? Reported { get; set; }
        public decimal? Verified { get; set; }
        public long? ReportedVersion { get; set; }
        public long? VerifiedVersion { get; set; }
    }

    private static async Task Apply(NpgsqlConnection connection, IReadOnlyList<StoredEvent> events, CancellationToken stop)
    {
        var changes = new Dictionary<string, Change>();
        var investments = new Dictionary<(string, string, string), (FigureRef Figure, long Version, decimal Yuan)>();
        foreach (var stored in events)
        {
            if (stored.Fact is not ProgressEvent fact)
            {
                continue;
            }

            if (!changes.TryGetValue(fact.Figure.Id, out var change))
            {
                changes[fact.Figure.Id] = change = new Change(fact.Figure);
            }

            (change.Reported, change.Verified) = fact switch
            {
                ProgressReported e => (e.Total.Canonical, change.Verified),
                ProgressCorrected e => (e.Total.Canonical, change.Verified),
                ProgressRederived e => (e.Total.Canonical, change.Verified),
                SiteCounted e => (e.Total.Canonical, e.Total.Canonical),
                ProgressVerified e => (e.Total.Canonical, e.Total.Canonical),
                _ => (change.Reported, change.Verified),
            };
            (change.ReportedVersion, change.VerifiedVersion) = fact switch
            {
                ProgressReported or ProgressCorrected or ProgressRederived => (stored.Version, change.VerifiedVersion),
                SiteCounted or ProgressVerified => (stored.Version, stored.Version),
                _ => (change.ReportedVersion, change.VerifiedVersion),
            };
            if (fact is ProgressReported { InvestmentCompleted: { } money })
            {
                investments[(fact.Figure.ProjectId, fact.Figure.Division, fact.Figure.Period.ToString())] = (fact.Figure, stored.Version, money.Yuan);
            }
        }

        await Totals(connection, [.. changes.Values.Where(c => c.Reported is not null || c.Verified is not null)], stop);
        await Investments(connection, [.. investments.Values], stop);
    }

    private static async Task Totals(NpgsqlConnection connection, List<Change> changes, CancellationToken stop)
    {
        if (changes.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(
            """
            with n as (
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8) n(id, measure_id, division, year, reported, verified, reported_version, verified_version)
            ), delta as (
                select n.measure_id, n.division, n.year,
                    sum(coalesce(n.reported, o.reported, 0) - coalesce(o.reported, 0)) reported,
                    sum(coalesce(n.verified, o.verified, 0) - coalesce(o.verified, 0)) verified
                -- A look by key for each: a join would be planned as a walk over all figures there are.
                from n left join lateral (select f.reported, f.verified from figure_totals f where f.id = n.id limit 1) o on true
                group by n.measure_id, n.division, n.year
            ), kept as (
                insert into figure_totals as t (id, measure_id, division, year, reported, verified, reported_version, verified_version) select * from n
                on conflict (id) do update set
                    reported = coalesce(excluded.reported, t.reported), verified = coalesce(excluded.verified, t.verified),
                    reported_version = coalesce(excluded.reported_version, t.reported_version), verified_version = coalesce(excluded.verified_version, t.verified_version)
            )
            insert into measure_totals as t select measure_id, division, year, reported, verified from delta
            on conflict (measure_id, division, year) do update set
                reported = t.reported + excluded.reported, verified = t.verified + excluded.verified
            """,
            connection);
        Texts(command, changes.Select(c => c.Figure.Id));
        Texts(command, changes.Select(c => c.Figure.MeasureId));
        Texts(command, changes.Select(c => c.Figure.Division));
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. changes.Select(c => c.Figure.Period.Year)] });
        Amounts(command, changes.Select(c => c.Reported));
        Amounts(command, changes.Select(c => c.Verified));
        Versions(command, changes.Select(c => c.ReportedVersion));
        Versions(command, changes.Select(c => c.VerifiedVersion));
        await command.ExecuteNonQueryAsync(stop);
    }

    private static async Task Investments(NpgsqlConnection connection, List<(FigureRef Figure, long Version, decimal Yuan)> investments, CancellationToken stop)
    {
        if (investments.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(
            """
            insert into investments (project_id, division, period, year, yuan, measure_id, version) select * from unnest($1, $2, $3, $4, $5, $6, $7)
            on conflict (project_id, division, period) do update set yuan = excluded.yuan, measure_id = excluded.measure_id, version = excluded.version
            """,
            connection);
        Texts(command, investments.Select(i => i.Figure.ProjectId));
        Texts(command, investments.Select(i => i.Figure.Division));
        Texts(command, investments.Select(i => i.Figure.Period.ToString()));
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. investments.Select(i => i.Figure.Period.Year)] });
        Amounts(command, investments.Select(i => (decimal?)i.Yuan));
        Texts(command, investments.Select(i => i.Figure.MeasureId));
        Versions(command, investments.Select(i => (long?)i.Version));
        await command.ExecuteNonQueryAsync(stop);
    }

    private static void Texts(NpgsqlCommand command, IEnumerable<string> values) =>
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. values] });

    private static void Versions(NpgsqlCommand command, IEnumerable<long?> values) =>
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });

    private static void Amounts(NpgsqlCommand command, IEnumerable<decimal?> values) =>
        command.Parameters.Add(new NpgsqlParameter<decimal?[]> { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric });
}

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
            with n as materialized (
                select n.*, o.id is not null known, o.reported before, o.verified stood
                from unnest($1, $2, $3, $4, $5, $6, $7, $8) n(id, measure_id, division, year, reported, verified, reported_version, verified_version)
                -- A look by key for each: a join would be planned as a walk over all figures there are.
                left join lateral (select f.id, f.reported, f.verified from figure_totals f where f.id = n.id limit 1) o on true
            ), changed as (
                update figure_totals t set
                    reported = coalesce(n.reported, t.reported), verified = coalesce(n.verified, t.verified),
                    reported_version = coalesce(n.reported_version, t.reported_version), verified_version = coalesce(n.verified_version, t.verified_version)
                from n where n.known and t.id = n.id
            ), made as ( -- nobody else writes here, so what was not there is not there
                insert into figure_totals (id, measure_id, division, year, reported, verified, reported_version, verified_version)
                select id, measure_id, division, year, reported, verified, reported_version, verified_version from n where not known
            ), delta as (
                select measure_id, division, year,
                    sum(coalesce(reported, before, 0) - coalesce(before, 0)) reported, sum(coalesce(verified, stood, 0) - coalesce(stood, 0)) verified
                from n group by measure_id, division, year
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

using Npgsql;
using NpgsqlTypes;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Assignments;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Views;

/// <summary>
/// The roll-up "progress": what was reported, checked and verified, by measure, division and year, and the coarser sums of the same. Each page
/// of the log is one set-based statement that changes the sums by what its figures changed, all of them alike.
/// </summary>
public static class ProgressTotals
{
    public const string Name = "progress";

    /// <summary>Beside what quantities measure: investment completed, in yuan.</summary>
    public const string Investment = "investment";

    public static readonly ViewDefinition View = new(Name, Apply, "figure_totals", "measure_totals", "part_totals", "project_totals", "investments", "assigned_totals");

    /// <summary>Progress counts from the end of its period on, whenever it was reported and verified.</summary>
    public static bool Ended(Event fact, DateTimeOffset at) => fact is ProgressEvent p ? Moment.EndOf(p.Figure.Period.To) <= at : fact.At <= at;

    /// <summary>The streams that the sums of some projects and measures rest on.</summary>
    public static IEnumerable<string> StreamsOf(IEnumerable<string> projects, IEnumerable<string> measures) =>
        measures.Select(MeasureProgress.Stream).Concat(projects.Select(ProjectAssignments.Stream));

    /// <summary>What a page says of a figure at last: each amount with the version of the fact that said it.</summary>
    private sealed record Change(FigureRef Figure)
    {
        public Quantity? Said { get; set; }
        public (decimal Amount, long Version)? Reported { get; set; }
        public (decimal Amount, long Version)? Checked { get; set; }
        public (decimal Amount, long Version)? Verified { get; set; }
        public DateOnly? ReportedTo { get; set; }
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

            Take(change, fact, stored.Version);
            if (fact is ProgressReported { InvestmentCompleted: { } money })
            {
                investments[(fact.Figure.ProjectId, fact.Figure.Division, fact.Figure.Period.ToString())] = (fact.Figure, stored.Version, money.Yuan);
            }
        }

        await Totals(connection, [.. changes.Values.Where(c => c.Said is not null)], stop);
        await Investments(connection, [.. investments.Values], stop);
        var assignments = events.Select(e => (e.Fact as YearlyAssignmentMade, e.Version)).Where(e => e.Item1 is not null).GroupBy(e => (e.Item1!.Project.Id, e.Item1.Year)).Select(g => g.Last());
        await Assigned(connection, [.. assignments.Select(a => (a.Item1!, a.Version))], stop);
    }

    /// <summary>What is verified is checked too, by whoever verified it; what was checked or verified stands until it is again.</summary>
    private static void Take(Change change, ProgressEvent fact, long version)
    {
        (Quantity total, bool reported, bool check, bool verified) = fact switch
        {
            ProgressReported e => (e.Total, true, false, false),
            ProgressCorrected e => (e.Total, true, false, false),
            ProgressRederived e => (e.Total, true, false, false),
            ProgressChecked e => (e.Total, false, true, false),
            ProgressVerified e => (e.Total, false, true, true),
            SiteCounted e => (e.Total, true, true, true),
            _ => (default, false, false, false),
        };
        if (!reported && !check)
        {
            return;
        }

        var amount = (total.Canonical, version);
        change.Said = total;
        change.Reported = reported ? amount : change.Reported;
        change.Checked = check ? amount : change.Checked;
        change.Verified = verified ? amount : change.Verified;
        change.ReportedTo = fact is ProgressReported ? fact.Figure.Period.To : change.ReportedTo;
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
                select n.*, o.id is not null known, o.reported before, o.checked looked, o.verified stood
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                    n(id, measure_id, project_id, dimension, division, year, reported_to, reported, checked, verified, reported_version, checked_version, verified_version)
                -- A look by key for each: a join would be planned as a walk over all figures there are.
                left join lateral (select f.id, f.reported, f.checked, f.verified from figure_totals f where f.id = n.id limit 1) o on true
            ), known as (
                update figure_totals t set
                    reported = coalesce(n.reported, t.reported), reported_version = coalesce(n.reported_version, t.reported_version),
                    checked = coalesce(n.checked, t.checked), checked_version = coalesce(n.checked_version, t.checked_version),
                    verified = coalesce(n.verified, t.verified), verified_version = coalesce(n.verified_version, t.verified_version)
                from n where n.known and t.id = n.id
            ), made as ( -- nobody else writes here, so what was not there is not there
                insert into figure_totals (id, measure_id, division, year, reported, checked, verified, reported_version, checked_version, verified_version)
                select id, measure_id, division, year, reported, checked, verified, reported_version, checked_version, verified_version from n where not known
            ), changed as (
                select measure_id, project_id, dimension, division, year, reported_to,
                    coalesce(reported, before, 0) - coalesce(before, 0) reported,
                    coalesce(n.checked, looked, 0) - coalesce(looked, 0) as checked,
                    coalesce(verified, stood, 0) - coalesce(stood, 0) verified
                from n
            ), measures as (
                insert into measure_totals as t (measure_id, division, year, reported, checked, verified)
                select measure_id, division, year, sum(reported), sum(checked), sum(verified) from changed group by 1, 2, 3
                on conflict (measure_id, division, year) do update set
                    reported = t.reported + excluded.reported, checked = t.checked + excluded.checked, verified = t.verified + excluded.verified
            ), parts as (
                insert into part_totals as t (measure_id, division, project_id, reported, checked, verified, assigned, reported_to)
                select measure_id, division, project_id, sum(reported), sum(checked), sum(verified), 0, max(reported_to) from changed group by 1, 2, 3
                on conflict (measure_id, division) do update set
                    reported = t.reported + excluded.reported, checked = t.checked + excluded.checked, verified = t.verified + excluded.verified,
                    reported_to = greatest(t.reported_to, excluded.reported_to)
            )
            insert into project_totals as t (project_id, dimension, division, year, reported, checked, verified, assigned)
            select project_id, dimension, division, year, sum(reported), sum(checked), sum(verified), 0 from changed group by 1, 2, 3, 4
            on conflict (project_id, dimension, division, year) do update set
                reported = t.reported + excluded.reported, checked = t.checked + excluded.checked, verified = t.verified + excluded.verified
            """,
            connection);
        Texts(command, changes.Select(c => c.Figure.Id));
        Texts(command, changes.Select(c => c.Figure.MeasureId));
        Texts(command, changes.Select(c => c.Figure.ProjectId));
        Texts(command, changes.Select(c => Kebab.Of(c.Said!.Value.Unit.Dimension)));
        Texts(command, changes.Select(c => c.Figure.Division));
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. changes.Select(c => c.Figure.Period.Year)] });
        command.Parameters.Add(new NpgsqlParameter<DateOnly?[]> { TypedValue = [.. changes.Select(c => c.ReportedTo)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date });
        Amounts(command, changes.Select(c => c.Reported?.Amount));
        Amounts(command, changes.Select(c => c.Checked?.Amount));
        Amounts(command, changes.Select(c => c.Verified?.Amount));
        Versions(command, changes.Select(c => c.Reported?.Version));
        Versions(command, changes.Select(c => c.Checked?.Version));
        Versions(command, changes.Select(c => c.Verified?.Version));
        await command.ExecuteNonQueryAsync(stop);
    }

    private static async Task Investments(NpgsqlConnection connection, List<(FigureRef Figure, long Version, decimal Yuan)> investments, CancellationToken stop)
    {
        if (investments.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(
            $"""
            with n as (
                select * from unnest($1, $2, $3, $4, $5, $6, $7) n(project_id, division, period, year, yuan, measure_id, version)
            ), changed as (
                select n.project_id, n.division, n.year, sum(n.yuan - coalesce(o.yuan, 0)) yuan
                from n left join lateral (
                    select i.yuan from investments i where i.project_id = n.project_id and i.division = n.division and i.period = n.period limit 1) o on true
                group by 1, 2, 3
            ), kept as (
                insert into investments (project_id, division, period, year, yuan, measure_id, version) select * from n
                on conflict (project_id, division, period) do update set yuan = excluded.yuan, measure_id = excluded.measure_id, version = excluded.version
            )
            insert into project_totals as t (project_id, dimension, division, year, reported, checked, verified, assigned)
            select project_id, '{Investment}', division, year, yuan, 0, 0, 0 from changed
            on conflict (project_id, dimension, division, year) do update set reported = t.reported + excluded.reported
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

    /// <summary>An assignment takes the place of what was assigned for the year before, whole.</summary>
    private static async Task Assigned(NpgsqlConnection connection, List<(YearlyAssignmentMade Made, long Version)> assignments, CancellationToken stop)
    {
        if (assignments.Count == 0)
        {
            return;
        }

        var said = assignments.SelectMany(a => a.Made.Measures.SelectMany(m => m.Counties.Select(c => (a.Made, a.Version, m.MeasureId, c.Division, c.Quantity)))).ToList();
        await using var command = new NpgsqlCommand(
            """
            with made as (
                select * from unnest($1, $2) m(project_id, year)
            ), n as (
                select * from unnest($3, $4, $5, $6, $7, $8, $9) n(measure_id, division, year, project_id, dimension, assigned, version)
            ), o as (
                select t.* from assigned_totals t join made m on m.project_id = t.project_id and m.year = t.year
            ), changed as (
                select coalesce(n.measure_id, o.measure_id) measure_id, coalesce(n.division, o.division) division, coalesce(n.year, o.year) as year,
                    coalesce(n.project_id, o.project_id) project_id, coalesce(n.dimension, o.dimension) dimension, coalesce(n.assigned, 0) - coalesce(o.assigned, 0) assigned
                from n full join o on o.measure_id = n.measure_id and o.division = n.division and o.year = n.year
            ), gone as (
                delete from assigned_totals t using o where t.measure_id = o.measure_id and t.division = o.division and t.year = o.year
                    and not exists (select from n where n.measure_id = t.measure_id and n.division = t.division and n.year = t.year)
            ), kept as (
                insert into assigned_totals (measure_id, division, year, project_id, dimension, assigned, version) select * from n
                on conflict (measure_id, division, year) do update set assigned = excluded.assigned, dimension = excluded.dimension, version = excluded.version
            ), measures as (
                insert into measure_totals as t (measure_id, division, year, reported, checked, verified, assigned)
                select measure_id, division, year, 0, 0, 0, assigned from changed
                on conflict (measure_id, division, year) do update set assigned = t.assigned + excluded.assigned
            ), parts as (
                insert into part_totals as t (measure_id, division, project_id, reported, checked, verified, assigned)
                select measure_id, division, project_id, 0, 0, 0, sum(assigned) from changed group by 1, 2, 3
                on conflict (measure_id, division) do update set assigned = t.assigned + excluded.assigned
            )
            insert into project_totals as t (project_id, dimension, division, year, reported, checked, verified, assigned)
            select project_id, dimension, division, year, 0, 0, 0, sum(assigned) from changed group by 1, 2, 3, 4
            on conflict (project_id, dimension, division, year) do update set assigned = t.assigned + excluded.assigned
            """,
            connection);
        Texts(command, assignments.Select(a => a.Made.Project.Id));
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. assignments.Select(a => a.Made.Year)] });
        Texts(command, said.Select(s => s.MeasureId));
        Texts(command, said.Select(s => s.Division));
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. said.Select(s => s.Made.Year)] });
        Texts(command, said.Select(s => s.Made.Project.Id));
        Texts(command, said.Select(s => Kebab.Of(s.Quantity.Unit.Dimension)));
        Amounts(command, said.Select(s => (decimal?)s.Quantity.Canonical));
        Versions(command, said.Select(s => (long?)s.Version));
        await command.ExecuteNonQueryAsync(stop);
    }

    private static void Texts(NpgsqlCommand command, IEnumerable<string> values) =>
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. values] });

    private static void Versions(NpgsqlCommand command, IEnumerable<long?> values) =>
        command.Parameters.Add(new NpgsqlParameter<long?[]> { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });

    private static void Amounts(NpgsqlCommand command, IEnumerable<decimal?> values) =>
        command.Parameters.Add(new NpgsqlParameter<decimal?[]> { TypedValue = [.. values], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric });
}

using Npgsql;
using Restoration.Http;
using Restoration.Registry.Projects;

namespace Restoration.Registry.Schedules;

/// <summary>Reads what the standing of projects rests on from the roll-ups, and judges it.</summary>
internal static class Standings
{
    /// <summary>Project under way, or done: what is designed has no schedule to be held against, what is suspended or ended keeps the state it had.</summary>
    private const string Judged = "p.state not in ('designed', 'submitted', 'returned', 'approved', 'rejected', 'suspended', 'terminated')";

    /// <param name="TakesReports">No site feeds it, and work goes on: after completion nobody reports any more.</param>
    private sealed record Measured(string Id, decimal Target, bool TakesReports);

    private sealed record Part(string Measure, string Division, decimal Verified, DateOnly? ReportedTo);

    /// <summary>Judges projects by a day; all of them where none are named.</summary>
    public static async Task<List<(ProjectRef Project, Judgement Judgement)>> Read(NpgsqlDataSource db, string[]? ids, DateOnly day, long through, CancellationToken stop)
    {
        await using var projects = db.CreateCommand(
            $"""
            select p.id, p.plan_id, p.programme_id, p.division, p.counties, p.years_from, p.years_to, p.started_on, p.measure_ids, p.targets, p.fed, p.state = 'in-progress',
                p.part_measures, p.part_places, p.part_targets, s.milestones
            from projects p left join project_particulars s on s.id = p.id
            where {Judged} and (cardinality(p.measure_ids) > 0 or jsonb_array_length(s.milestones) > 0) and ($1::text[] is null or p.id = any($1)) order by p.id
            """);
        var all = await projects.Add(ids).List(
            r => (Ref: new ProjectRef(r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetFieldValue<string[]>(4)),
                Schedule: r.GetFieldValue<int[]>(5).Zip(r.GetFieldValue<int[]>(6), (from, to) => new Years(from, to)).ToList(), Started: r.Day(7),
                Measures: r.GetFieldValue<string[]>(8).Select((id, i) => new Measured(id, r.GetFieldValue<decimal[]>(9)[i], r.GetBoolean(11) && !r.GetFieldValue<bool[]>(10)[i])).ToList(),
                Own: r.GetFieldValue<string[]>(12).Select((id, i) => (Measure: id, County: r.GetFieldValue<string[]>(13)[i], Target: r.GetFieldValue<decimal[]>(14)[i])).ToList(),
                Milestones: r.Json(15, RowDetailJson.Default.IReadOnlyListMilestoneItem) ?? []),
            stop);
        string[] judged = [.. all.Select(p => p.Ref.Id)];
        await using var partsOf = db.CreateCommand("select project_id, measure_id, division, verified, reported_to from part_totals where project_id = any($1)");
        var parts = (await partsOf.Add(judged).List(r => (Project: r.GetString(0), Part: new Part(r.GetString(1), r.GetString(2), r.GetDecimal(3), r.Day(4))), stop)).ToLookup(p => p.Project, p => p.Part);
        await using var assignedOf = db.CreateCommand(
            """
            select p.project_id, t.measure_id, t.division, t.year, t.assigned from part_totals p
            join measure_totals t on t.measure_id = p.measure_id and t.division = p.division
            where p.project_id = any($1) and p.assigned > 0 and t.assigned > 0
            """);
        var assigned = (await assignedOf.Add(judged).List(r => (Project: r.GetString(0), Measure: r.GetString(1), Division: r.GetString(2), Year: r.GetInt32(3), Amount: r.GetDecimal(4)), stop))
            .ToLookup(a => a.Project);
        return [.. all.Select(p => (p.Ref, Judge(p.Schedule, p.Started, p.Measures, p.Own, p.Milestones, [.. parts[p.Ref.Id]], [.. assigned[p.Ref.Id].Select(a => (a.Measure, a.Division, a.Year, a.Amount))], day, through)))];
    }

    private static Judgement Judge(
        List<Years> schedule, DateOnly? started, List<Measured> measures, List<(string Measure, string County, decimal Target)> own, IReadOnlyList<MilestoneItem> milestones, List<Part> parts,
        List<(string Measure, string Division, int Year, decimal Amount)> assigned, DateOnly day, long through)
    {
        var due = Standing.QuarterDue(day);
        var expected = schedule.Any(y => y.From <= due.Year && due.Year <= y.To) && !(started > due.From);
        Standing Of(Measured measure, decimal target, IReadOnlyCollection<Part> its, Dictionary<int, decimal> byYear)
        {
            var verified = Math.Min(1, its.Sum(p => p.Verified) / target);
            return new Standing(
                Rounded(PlannedCurve.Planned(schedule, target, byYear, day)), Rounded(verified),
                measure.TakesReports && expected && verified < 1 && !(its.Max(p => p.ReportedTo) >= due.From));
        }

        var ofMeasures = measures.ConvertAll(m => (m.Id, Standing: Of(
            m, m.Target, parts.FindAll(p => p.Measure == m.Id), assigned.Where(a => a.Measure == m.Id).GroupBy(a => a.Year).ToDictionary(g => g.Key, g => g.Sum(a => a.Amount)))));
        // What a county has to do is its part of a measure; where the project does not say, what was assigned to it.
        var ofCounties =
            from measure in measures
            from county in assigned.Where(a => a.Measure == measure.Id).Select(a => a.Division).Concat(own.Where(o => o.Measure == measure.Id).Select(o => o.County)).Distinct()
            let byYear = assigned.Where(a => a.Measure == measure.Id && a.Division == county).ToDictionary(a => a.Year, a => a.Amount)
            let target = own.Find(o => o.Measure == measure.Id && o.County == county) is { Target: > 0 } part ? part.Target : byYear.Values.Sum()
            where target > 0
            group Of(measure, target, parts.FindAll(p => p.Measure == measure.Id && p.Division == county), byYear) by county;
        // Where no measure counts, the milestones tell: those that are due, and those that are reached.
        var whole = Standing.Of([.. ofMeasures.Select(m => m.Standing)])
            ?? new Standing(Rounded(milestones.Count(m => m.Due <= day) / (decimal)milestones.Count), Rounded(milestones.Count(m => m.ReachedOn is not null) / (decimal)milestones.Count), false);
        return new Judgement(
            day, whole.State, whole.Planned, whole.Verified, [.. ofMeasures.OrderBy(m => m.Id, StringComparer.Ordinal).Select(m => Stood(m.Id, m.Standing))],
            [.. ofCounties.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => Stood(c.Key, Standing.Of([.. c])!.Value))], through);
    }

    private static PartStanding Stood(string id, Standing standing) => new(id, standing.State, standing.Planned, standing.Verified);

    private static decimal Rounded(decimal share) => decimal.Round(share, 4, MidpointRounding.ToEven);
}

using Npgsql;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Schedules;

namespace Restoration.Registry.Views;

/// <summary>Amounts of one dimension added up; areas in hectares, what else there is in the unit of its dimension.</summary>
/// <param name="Target">Of measures that lie wholly in what is asked, and the parts of others that counties there have; what they share otherwise counts by what was assigned.</param>
/// <param name="Checked">By the county bureau, or verified without.</param>
/// <param name="Share">Verified, of projects that go on or ended well, over target, or over what was assigned where there is no target; four decimals.</param>
public sealed record RollUpAmount(string Dimension, Quantity? Target, Quantity? Assigned, Quantity Reported, Quantity Checked, Quantity Verified, decimal? Share);

/// <summary>How many of how many a number rests on.</summary>
public sealed record Coverage(long With, long Of);

/// <summary>How many projects are in a state.</summary>
public sealed record Tally(string State, long Projects);

/// <summary>What belongs to one programme, key work, kind, lead unit, county or year.</summary>
/// <param name="By"><c>programme</c>, <c>key-work</c>, <c>kind</c>, <c>lead-unit</c>, <c>county</c> or <c>year</c>.</param>
/// <param name="PlanId">Of a programme or key work.</param>
/// <param name="Id">Empty for projects without a lead unit.</param>
/// <param name="Projects">Of a county or year: those with amounts there that were not dropped.</param>
/// <param name="Share">The mean of its projects' shares; of a county, of their shares there. A project's is the mean of its measures', each counted up to 1.</param>
/// <param name="Coverage">How many of its projects have a share.</param>
/// <param name="ScheduleState">By the means of what its projects, or the county in them, had planned and verified when they were judged last; absent for a year.</param>
/// <param name="ScheduleStates">How many of its projects are ahead, on schedule, behind, …</param>
public sealed record RollUpPart(
    string By, string? PlanId, string Id, string? Name, long Projects, Money Estimate, Money InvestmentCompleted, IReadOnlyList<RollUpAmount> Amounts, decimal? Share,
    Coverage Coverage, string? ScheduleState, IReadOnlyList<Tally> ScheduleStates, string Explain);

/// <summary>A part and one of its dimensions, as a line of a table.</summary>
public sealed record RollUpLine(
    string By, string? PlanId, string Id, string? Name, long Projects, Money Estimate, Money InvestmentCompleted, decimal? Share, Coverage Coverage, string? ScheduleState,
    string? Dimension, Quantity? Target, Quantity? Assigned, Quantity? Reported, Quantity? Checked, Quantity? Verified, string Explain)
{
    /// <summary>A part without amounts is a line all the same.</summary>
    internal static IEnumerable<RollUpLine> Of(RollUpPart p) => (p.Amounts.Count == 0 ? [null] : p.Amounts.Cast<RollUpAmount?>()).Select(a => new RollUpLine(
        p.By, p.PlanId, p.Id, p.Name, p.Projects, p.Estimate, p.InvestmentCompleted, p.Share, p.Coverage, p.ScheduleState,
        a?.Dimension, a?.Target, a?.Assigned, a?.Reported, a?.Checked, a?.Verified, p.Explain));
}

/// <summary>Which projects are added up, and in which divisions and year. What was rejected or terminated has no target, estimate or share any more; what was done in it stays done.</summary>
/// <param name="SeenUnder">The divisions a client sees, with <paramref name="SeenPath"/> above it; null: all.</param>
internal sealed record RollUpScope(string[]? SeenUnder, string[]? SeenPath, string[]? AskedUnder, string[]? AskedPath, string? PlanId, int? Year)
{
    /// <summary>The divisions whose amounts count; null: all.</summary>
    public string[]? Under => SeenUnder is null ? AskedUnder : AskedUnder is null ? SeenUnder : [.. AskedUnder.Intersect(SeenUnder)];

    /// <summary>The projects, for SQL that goes on with them; <see cref="Add"/> gives its parameters, $1 to $7.</summary>
    public const string Chosen =
        $"""
        with chosen as materialized (
            select p.*, $6::text[] is null or p.division = any($6) whole, p.state in ('{RollUps.Rejected}', '{RollUps.Terminated}') dropped from projects p
            where ($1::text[] is null or p.division = any($1) or p.counties && $1 or p.counties && $2 or (cardinality(p.counties) = 0 and p.division = any($2)))
              and ($3::text[] is null or p.division = any($3) or p.counties && $3 or (cardinality(p.counties) = 0 and p.division = any($4)))
              and ($5::text is null or p.plan_id = $5)
        )
        """;

    /// <summary>The same for what has the same sums.</summary>
    public string Key => string.Join('|', new[] { SeenUnder, SeenPath, AskedUnder, AskedPath }.Select(ids => ids is null ? "*" : string.Join(' ', ids))) + $"|{PlanId}|{Year}";

    public NpgsqlCommand Add(NpgsqlCommand command) =>
        command.Add(SeenUnder).Add(SeenPath).Add(AskedUnder).Add(AskedPath).Add(PlanId).Add(Under).Add(Year);
}

/// <summary>
/// The sums of summaries and overviews: one statement adds up amounts by every way they are told apart, so that none can say another sum.
/// </summary>
internal static class RollUps
{
    /// <summary>The states in which a project no longer counts towards anything.</summary>
    public const string Rejected = "rejected", Terminated = "terminated";

    /// <summary>Where all was taken back, there is nothing: neither a county nor a year.</summary>
    private const string Something = "(t.assigned <> 0 or t.reported <> 0 or t.checked <> 0 or t.verified <> 0)";

    private const string Amounts =
        $"""
        {RollUpScope.Chosen}, lines as materialized (
            select t.project_id, t.dimension, t.division, t.year, t.reported, t.checked, t.verified,
                case when c.dropped then 0 else t.assigned end assigned, case when c.dropped then 0 else t.verified end counted
            from project_totals t join chosen c on c.id = t.project_id
            where ($6::text[] is null or t.division = any($6)) and ($7::int is null or t.year = $7) and {Something}
        ), its as ( -- of each project first: to be told apart by its attributes are hundreds of rows then, and not thousands
            select project_id, dimension, null::numeric target, sum(assigned) assigned, sum(reported) reported, sum(checked) as checked, sum(verified) verified, sum(counted) counted
            from lines group by project_id, dimension
            union all
            select c.id, u.dimension, sum(u.target), 0, 0, 0, 0, 0
            from chosen c cross join lateral unnest(c.dimensions, c.targets) u(dimension, target) where c.whole and not c.dropped group by c.id, u.dimension
            union all
            select c.id, u.dimension, sum(u.target), 0, 0, 0, 0, 0
            from chosen c cross join lateral unnest(c.part_dimensions, c.part_targets, c.part_places) u(dimension, target, place)
            where not c.whole and not c.dropped and u.place = any($6) group by c.id, u.dimension
        )
        select case when grouping(c.programme_id) = 0 then 'programme' when grouping(c.key_work_id) = 0 then 'key-work' when grouping(c.kind) = 0 then 'kind'
                when grouping(c.lead_unit) = 0 then 'lead-unit' else '' end,
            c.plan_id, coalesce(c.programme_id, c.key_work_id, c.kind, c.lead_unit, ''), i.dimension,
            sum(i.target), sum(i.assigned), sum(i.reported), sum(i.checked), sum(i.verified), sum(i.counted)
        from its i join chosen c on c.id = i.project_id
        group by grouping sets (
            (i.dimension), (i.dimension, c.plan_id, c.programme_id), (i.dimension, c.plan_id, c.key_work_id), (i.dimension, c.kind), (i.dimension, c.lead_unit))
        union all
        select 'county', null, division, dimension, null, sum(assigned), sum(reported), sum(checked), sum(verified), sum(counted) from lines group by dimension, division
        union all
        select 'year', null, year::text, dimension, null, sum(assigned), sum(reported), sum(checked), sum(verified), sum(counted) from lines group by dimension, year
        """;

    /// <summary>A measure's target where it lies wholly in what is asked, or the parts of the counties there, else what was assigned there: its share is verified over that.</summary>
    private const string Shares =
        $"""
        {RollUpScope.Chosen}, sums as (
            select measure_id, sum(verified) verified, sum(assigned) assigned from part_totals where $6::text[] is null or division = any($6) group by measure_id
        ), parts as (
            select u.measure_id, sum(u.target) target from chosen c cross join lateral unnest(c.part_measures, c.part_targets, c.part_places) u(measure_id, target, place)
            where not c.whole and u.place = any($6) group by u.measure_id
        ), shares as (
            select c.id, avg(case when c.whole or p.target > 0 then least(1, coalesce(s.verified, 0) / coalesce(p.target, u.target))
                when s.assigned > 0 then least(1, s.verified / s.assigned) end) share
            from chosen c cross join lateral unnest(c.measure_ids, c.targets) u(id, target) left join sums s on s.measure_id = u.id left join parts p on p.measure_id = u.id
            where $7::int is null and not c.dropped group by c.id
        )
        select c.id, c.state, c.kind, c.plan_id, c.programme_id, c.key_work_id, c.lead_unit, c.estimate, s.share, j.state, j.planned, j.verified, c.dropped
        from chosen c left join shares s on s.id = c.id left join schedules j on j.project_id = c.id
        """;

    /// <summary>How counties stand in each project, as it was judged.</summary>
    private const string CountyStandings =
        $"""
        {RollUpScope.Chosen} select e.id, e.state, e.planned, e.verified from chosen c join schedules j on j.project_id = c.id
            cross join lateral jsonb_to_recordset(j.counties) e(id text, state text, planned numeric, verified numeric)
        where not c.dropped and ($6::text[] is null or e.id = any($6)) and ($7::int is null or true)
        """;

    /// <summary>By county: what it verified of its part of a measure's target, or else of what was assigned to it; for a year, of what was assigned for it.</summary>
    private static string CountyShares(bool ofYear) =>
        $"""
        {RollUpScope.Chosen}, parts as (
            select m.measure_id, m.division, m.verified, m.assigned from {(ofYear ? "measure_totals" : "part_totals")} m
            where m.assigned > 0 and ($6::text[] is null or m.division = any($6)) {(ofYear ? "and m.year = $7" : "and $7::int is null")}
        ), own as materialized (
            select c.id project, u.id, u.target, u.place from chosen c cross join lateral unnest(c.part_measures, c.part_targets, c.part_places) u(id, target, place)
            where $7::int is null and not c.dropped and ($6::text[] is null or u.place = any($6))
        ), measured as (
            select c.id, p.division, least(1, p.verified / p.assigned) share
            from chosen c cross join lateral unnest(c.measure_ids) u(id) join parts p on p.measure_id = u.id left join own o on o.id = u.id and o.place = p.division
            where not c.dropped and o.id is null
            union all
            select o.project, o.place, least(1, coalesce(t.verified, 0) / o.target) from own o left join part_totals t on t.measure_id = o.id and t.division = o.place
        ), of_county as (select id, division, avg(share) share from measured group by id, division)
        , touched as (
            select t.project_id id, t.division, t.year from project_totals t join chosen c on c.id = t.project_id and not c.dropped
            where ($6::text[] is null or t.division = any($6)) and ($7::int is null or t.year = $7) and {Something})
        select 'county', division, avg(share), count(share), count(*)
        from (select distinct id, division from touched) t full join of_county using (id, division) group by division
        union all
        select 'year', year::text, null, 0, count(*) from (select distinct id, year from touched) t group by year
        """;

    private static readonly Dictionary<string, Unit> s_units = Enum.GetValues<Dimension>().ToDictionary(
        d => Kebab.Of(d), d => d == Dimension.Area ? Unit.Ha : Unit.All.Where(u => u.Dimension == d).OrderBy(u => u.Factor == 1 ? 0 : 1).First());

    /// <summary>A project as sums by its attributes need it.</summary>
    /// <param name="Dropped">It was rejected or terminated, and its estimate and share count no more.</param>
    public sealed record Project(
        string Id, string State, string Kind, string PlanId, string ProgrammeId, string? KeyWorkId, string? LeadUnit, decimal? Estimate, decimal? Share, Standing? Standing, bool Dropped);

    /// <summary>A line of the sums: amounts by dimension, yuan of <see cref="ProgressTotals.Investment"/>.</summary>
    /// <param name="Counted">What is verified where it counts towards a target.</param>
    public sealed record Sum(
        string By, string? PlanId, string Id, string Dimension, decimal? Target, decimal Assigned, decimal Reported, decimal Checked, decimal Verified, decimal Counted);

    /// <summary>How far a county is, or a year: the mean of its projects' shares there, how many have one, and how many projects there are.</summary>
    public sealed record Place(string By, string Id, decimal? Share, long With, long Of);

    public static async Task<List<Sum>> Sums(Func<string, NpgsqlCommand> ask, RollUpScope scope, CancellationToken stop)
    {
        await using var command = scope.Add(ask(Amounts));
        return await command.List(
            r => new Sum(
                r.GetString(0), r.Text(1), r.GetString(2), r.GetString(3), r.IsDBNull(4) ? null : r.GetDecimal(4), r.GetDecimal(5), r.GetDecimal(6), r.GetDecimal(7),
                r.GetDecimal(8), r.GetDecimal(9)),
            stop);
    }

    public static async Task<List<Project>> Projects(Func<string, NpgsqlCommand> ask, RollUpScope scope, CancellationToken stop)
    {
        await using var command = scope.Add(ask(Shares));
        return await command.List(
            r => new Project(
                r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.Text(5), r.Text(6), r.IsDBNull(7) ? null : r.GetDecimal(7),
                r.IsDBNull(8) ? null : Rounded(r.GetDecimal(8)), r.IsDBNull(9) ? null : ScheduleViews.Of(r.GetString(9), r.GetDecimal(10), r.GetDecimal(11)), r.GetBoolean(12)),
            stop);
    }

    public static async Task<List<Place>> Places(Func<string, NpgsqlCommand> ask, RollUpScope scope, CancellationToken stop)
    {
        await using var command = scope.Add(ask(CountyShares(scope.Year is not null)));
        return await command.List(
            r => new Place(r.GetString(0), r.GetString(1), r.IsDBNull(2) ? null : Rounded(r.GetDecimal(2)), r.GetInt64(3), r.GetInt64(4)), stop);
    }

    public static async Task<ILookup<string, Standing>> Counties(Func<string, NpgsqlCommand> ask, RollUpScope scope, CancellationToken stop)
    {
        await using var command = scope.Add(ask(CountyStandings));
        return (await command.List(r => (Id: r.GetString(0), Standing: ScheduleViews.Of(r.GetString(1), r.GetDecimal(2), r.GetDecimal(3))), stop)).ToLookup(c => c.Id, c => c.Standing);
    }

    /// <summary>The parts by every way that the projects are told apart, in the order of the ways and then of the ids.</summary>
    /// <param name="name">Of a part by its way, its plan and its id.</param>
    public static IEnumerable<RollUpPart> Parts(
        IReadOnlyList<Sum> sums, IReadOnlyList<Project> projects, IReadOnlyList<Place> places, ILookup<string, Standing> counties,
        Func<string, string?, string, string?> name, Func<string, string?, string, string> explain)
    {
        var amounts = sums.Where(s => s.By != "" && (s.Id != "" || s.By == "lead-unit")).ToLookup(s => (s.By, s.PlanId, s.Id));
        var members = Ways(projects).SelectMany(way => way).ToLookup(p => p.Key, p => p.Project);
        var known = places.ToDictionary(p => (p.By, (string?)null, p.Id));
        foreach (var key in amounts.Select(a => a.Key).Union(members.Select(m => m.Key)).OrderBy(k => s_ways.IndexOf(k.By)).ThenBy(k => k.PlanId, StringComparer.Ordinal).ThenBy(k => k.Id, StringComparer.Ordinal))
        {
            var (its, own) = (amounts[key].ToList(), members[key].ToList());
            var counting = own.Where(p => !p.Dropped).ToList();
            var shares = counting.Select(p => p.Share).OfType<decimal>().Select(s => Math.Min(s, 1)).ToList();
            var place = known.GetValueOrDefault(key) ?? new Place(key.By, key.Id, Mean(shares), shares.Count, counting.Count);
            var standings = key.By == "county" ? counties[key.Id].ToList() : [.. counting.Select(p => p.Standing).OfType<Standing>()];
            yield return new RollUpPart(
                key.By, key.PlanId, key.Id, name(key.By, key.PlanId, key.Id), own.Count == 0 ? place.Of : own.Count, Money.Of(counting.Sum(p => p.Estimate ?? 0)), Invested(its), AmountsOf(its),
                place.Share, new Coverage(place.With, place.Of), ScheduleViews.Of(standings), ScheduleViews.Tallies(standings), explain(key.By, key.PlanId, key.Id));
        }
    }

    private static readonly List<string> s_ways = ["programme", "key-work", "kind", "lead-unit", "county", "year"];

    public static IReadOnlyList<string> Names => s_ways;

    private static IEnumerable<IEnumerable<((string By, string? PlanId, string Id) Key, Project Project)>> Ways(IReadOnlyList<Project> projects) =>
    [
        projects.Select(p => (("programme", (string?)p.PlanId, p.ProgrammeId), p)),
        projects.Where(p => p.KeyWorkId is not null).Select(p => (("key-work", (string?)p.PlanId, p.KeyWorkId!), p)),
        projects.Select(p => (("kind", (string?)null, p.Kind), p)),
        projects.Select(p => (("lead-unit", (string?)null, p.LeadUnit ?? ""), p)),
    ];

    public static Money Invested(IEnumerable<Sum> sums) => Money.Of(sums.Where(s => s.Dimension == ProgressTotals.Investment).Sum(s => s.Reported));

    public static List<RollUpAmount> AmountsOf(IEnumerable<Sum> sums) =>
    [
        .. sums.Where(s => s.Dimension != ProgressTotals.Investment).OrderBy(s => s.Dimension, StringComparer.Ordinal).Select(s =>
        {
            var unit = s_units[s.Dimension];
            return new RollUpAmount(
                s.Dimension, s.Target is { } target ? Quantity.FromCanonical(target, unit) : null, s.Assigned == 0 ? null : Quantity.FromCanonical(s.Assigned, unit),
                Quantity.FromCanonical(s.Reported, unit), Quantity.FromCanonical(s.Checked, unit), Quantity.FromCanonical(s.Verified, unit),
                s.Target > 0 ? Rounded(s.Counted / s.Target.Value) : s.Assigned > 0 ? Rounded(s.Counted / s.Assigned) : null);
        }),
    ];

    /// <summary>The mean of those that are known.</summary>
    public static decimal? Mean(IReadOnlyCollection<decimal> shares) => shares.Count == 0 ? null : Rounded(shares.Average());

    private static decimal Rounded(decimal share) => decimal.Round(share, 4, MidpointRounding.ToEven);
}

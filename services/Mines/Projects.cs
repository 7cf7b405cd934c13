using System.Text.Json;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Mines.Sites;

namespace Restoration.Mines;

/// <summary>A project as the registry told of it; of its measures those that accepted sites feed.</summary>
/// <param name="Counties">Counties and function zones; empty where it is the whole of <paramref name="Division"/>.</param>
/// <param name="State"><c>designed</c>, <c>approved</c>, <c>in-progress</c>, <c>suspended</c>, <c>completed</c>, <c>terminated</c> or <c>closed</c>.</param>
public sealed record Project(
    string Id, string PlanId, string ProgrammeId, string Division, IReadOnlyList<string> Counties, string Name, string Kind, string State,
    IReadOnlyList<FedMeasure> Measures)
{
    public bool Covers(DivisionTree tree, string county) => Counties.Count > 0 ? Counties.Any(c => tree.Standing(c) == tree.Standing(county)) : tree.Contains(Division, county);

    /// <summary>The measures that a site of the county feeds.</summary>
    public IReadOnlyList<Feed> FeedsOf(DivisionTree tree, string county) =>
        [.. Measures.Where(m => m.Division is null || tree.Contains(tree.Standing(m.Division), county)).Select(m => new Feed(m.Id, m.FedBy))];
}

/// <param name="Division">The one county it lies in, where the plan says so.</param>
/// <param name="Amount">The target in the canonical unit of its dimension; null where the plan prints none.</param>
public sealed record FedMeasure(string Id, FedBy FedBy, string? Division, decimal? Amount);

/// <summary>The service's own copy of projects and of the money on their accounts, kept from facts of the registry and of funding.</summary>
public static class Projects
{
    // Its state is told by other facts: a design that is told again does not set it back.
    private static readonly RowTable s_designed = new(
        "projects",
        """
        insert into projects as p select * from jsonb_populate_recordset(null::projects, $1)
        on conflict (id) do update set (plan_id, programme_id, division, counties, name, kind, measures)
            = (excluded.plan_id, excluded.programme_id, excluded.division, excluded.counties, excluded.name, excluded.kind, excluded.measures)
        """);

    private static readonly RowTable s_states = new(
        "projects, states", "update projects p set state = r.state from jsonb_populate_recordset(null::projects, $1) r where p.id = r.id");

    private static readonly RowTable<ProjectMoneyRow> s_money = new("project_money", RowJson.Default.ProjectMoneyRow, "project_id");

    public static Row Designed(Project p) => new(s_designed, p.Id, JsonSerializer.SerializeToUtf8Bytes(
        new ProjectRow(
            p.Id, p.PlanId, p.ProgrammeId, p.Division, p.Counties, p.Name, p.Kind, p.State,
            JsonSerializer.SerializeToElement(p.Measures, DetailJson.Default.IReadOnlyListFedMeasure)),
        RowJson.Default.ProjectRow));

    public static Row Moved(string id, string state) =>
        new(s_states, id, JsonSerializer.SerializeToUtf8Bytes(new ProjectStateRow(id, state), RowJson.Default.ProjectStateRow));

    public static Row Money(string id, decimal issued, decimal paid) => s_money.Row(id, new ProjectMoneyRow(id, issued, paid));

    public static async Task<Project?> Find(NpgsqlDataSource db, string id, CancellationToken stop)
    {
        await using var command = db.CreateCommand(
            "select id, plan_id, programme_id, division, counties, name, kind, state, measures from projects where id = $1");
        return (await command.Add(id).List(
            r => new Project(
                r.GetString(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetFieldValue<string[]>(4), r.GetString(5), r.GetString(6), r.GetString(7),
                r.Json(8, DetailJson.Default.IReadOnlyListFedMeasure)!),
            stop)).SingleOrDefault();
    }
}

internal sealed record ProjectRow(
    string Id, string PlanId, string ProgrammeId, string Division, IReadOnlyList<string> Counties, string Name, string Kind, string State, JsonElement Measures);

internal sealed record ProjectStateRow(string Id, string State);

internal sealed record ProjectMoneyRow(string ProjectId, decimal Issued, decimal Paid);

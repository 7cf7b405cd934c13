using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Plans;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Imports;

/// <summary>The form of a plan's table of projects: a row for each measure; what is the project's stands in the first of its rows.</summary>
internal static class ProjectForm
{
    public static readonly IReadOnlyDictionary<string, string> Headings = new Dictionary<string, string>
    {
        ["projectId"] = "projectId", ["项目编号"] = "projectId", ["planId"] = "planId", ["规划编号"] = "planId", ["programmeId"] = "programmeId", ["重大工程编号"] = "programmeId",
        ["keyWorkId"] = "keyWorkId", ["重点工程编号"] = "keyWorkId", ["number"] = "number", ["序号"] = "number", ["name"] = "name", ["项目名称"] = "name",
        ["kind"] = "kind", ["项目类型"] = "kind", ["counties"] = "counties", ["涉及县(市、区)"] = "counties", ["涉及县区"] = "counties", ["leadUnit"] = "leadUnit", ["牵头单位"] = "leadUnit",
        ["from"] = "from", ["起始年份"] = "from", ["to"] = "to", ["截止年份"] = "to", ["estimate"] = "estimate", ["估算投资"] = "estimate", ["estimateUnit"] = "estimateUnit", ["投资单位"] = "estimateUnit",
        ["measureId"] = "measureId", ["措施编号"] = "measureId", ["measureName"] = "measureName", ["措施名称"] = "measureName", ["建设内容"] = "measureName",
        ["quantity"] = "quantity", ["数量"] = "quantity", ["unit"] = "unit", ["单位"] = "unit", ["measureDivision"] = "measureDivision", ["所在县(市、区)"] = "measureDivision",
        ["indicatorId"] = "indicatorId", ["指标编号"] = "indicatorId", ["role"] = "role", ["措施角色"] = "role", ["note"] = "note", ["备注"] = "note",
    };

    private static readonly Dictionary<string, ProjectKind> s_kinds = new()
    {
        ["矿山"] = ProjectKind.Mine, ["水环境"] = ProjectKind.Water, ["水土保持"] = ProjectKind.SoilAndWater, ["森林"] = ProjectKind.Forest, ["廊道"] = ProjectKind.Corridor,
        ["生物多样性"] = ProjectKind.Biodiversity, ["湿地"] = ProjectKind.Wetland, ["农田"] = ProjectKind.Farmland, ["土地综合整治"] = ProjectKind.LandConsolidation,
    };

    private static readonly Dictionary<string, MeasureRole> s_roles = new()
    {
        ["分项"] = MeasureRole.Part, ["合计"] = MeasureRole.Total, ["属性"] = MeasureRole.Attribute, ["成效"] = MeasureRole.Outcome,
    };

    public static readonly Form Form = new("projects", Headings, ["projectId", "planId", "programmeId", "name", "kind", "from", "to", "measureId", "measureName"], Place);

    /// <summary>Rows that follow each other with one project, or with none named, are one project's.</summary>
    public static IEnumerable<List<SheetRow>> Group(Sheet sheet) => Form.Runs(sheet.Rows, "projectId");

    public static async ValueTask<Handled> Read(List<SheetRow> rows, HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock)
    {
        var (tree, cells) = (await territory.Tree(), new Cells(rows[0]));
        var (id, plan, programme, name) = (cells.Required("projectId"), cells.Required("planId"), cells.Required("programmeId"), cells.Required("name"));
        var (kind, from, to, number) = (cells.Word("kind", s_kinds), cells.Whole("from"), cells.Whole("to"), cells.Whole("number"));
        var estimate = cells.Money("estimate", "estimateUnit", "#/estimate");
        cells.Required("kind");
        cells.Required("from");
        cells.Required("to");
        var measures = rows.Select((row, i) =>
        {
            var its = new Cells(row);
            var measure = new Measure(
                its.Required("measureId"), its.Required("measureName"), null, its.Quantity("quantity", "unit", "#/quantity"), null,
                row["measureDivision"] is null ? null : its.Division("measureDivision", tree), null, row["indicatorId"], its.Word("role", s_roles) ?? MeasureRole.Part, null, row["note"]);
            cells.Faults.AddRange(its.Faults.Select(f => new Fault($"#/measures/{i}{f.Pointer[1..]}", f.Detail)));
            return measure;
        }).ToList();
        if (cells.Faults.Count > 0)
        {
            return Refusal.Malformed("row.malformed", cells.Faults[0].Detail, cells.Faults);
        }

        if (await ProjectEndpoints.Foreign(db, territory, http, clock, "select division from plans where id = $1", plan) is { } foreign)
        {
            return foreign;
        }

        string[] counties = [.. (rows[0]["counties"] ?? "").Split(['、', ',', '，', ';', '；', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(c => tree.Nodes.Where(n => n.Name == c && n.ReplacedBy is null).ToList() is [var named] ? named.Id : c)];
        var command = new DesignProject(
            id, plan, programme, counties,
            new ProjectDefinition(name, null, kind!.Value, number, rows[0]["keyWorkId"], [], rows[0]["leadUnit"], [new Years(from!.Value, to!.Value)], estimate, [], measures, CountyCheck: true, null, [], null),
            http.By(), clock.At(null));
        var stream = Project.Stream(id);
        return (Func<Streams, Refusal?>)(s => s.Record(
            Project.Aggregate, stream, ProjectDecider.Decide(s.Get(Project.Aggregate, stream), command, s.Get(Plan.Aggregate, Plan.Stream(plan)), tree)));
    }

    private static (int Row, string Member) Place(string pointer, IReadOnlyList<SheetRow> rows)
    {
        var parts = pointer.Split('/');
        return parts switch
        {
            ["#", "measures", var at, "id", ..] when int.TryParse(at, out var row) => (row, "measureId"),
            ["#", "measures", var at, "division", ..] when int.TryParse(at, out var row) => (row, "measureDivision"),
            ["#", "measures", var at, "quantity", "unit"] when int.TryParse(at, out var row) => (row, "unit"),
            ["#", "measures", var at, var member, ..] when int.TryParse(at, out var row) => (row, member),
            ["#", "estimate", "unit"] => (0, "estimateUnit"),
            ["#", "id"] => (0, "projectId"),
            ["#", "schedule", ..] => (0, "from"),
            [_, var member, ..] => (0, member),
            _ => (0, ""),
        };
    }
}

using Microsoft.AspNetCore.Http;
using Npgsql;
using Restoration.Domain;
using Restoration.EventStore;
using Restoration.Http;
using Restoration.Registry.Assignments;
using Restoration.Registry.Projects;
using Restoration.ServiceDefaults;

namespace Restoration.Registry.Imports;

/// <summary>
/// The form of a year's table of tasks (年度任务分解表): a row for each measure and county. All rows of a project and year are one assignment,
/// in place of what was assigned for the year.
/// </summary>
internal static class AssignmentForm
{
    public static readonly IReadOnlyDictionary<string, string> Headings = new Dictionary<string, string>
    {
        ["projectId"] = "projectId", ["项目编号"] = "projectId", ["year"] = "year", ["年度"] = "year", ["任务年度"] = "year",
        ["measureId"] = "measureId", ["措施编号"] = "measureId", ["建设内容编号"] = "measureId", ["target"] = "target", ["年度任务"] = "target", ["年度目标"] = "target",
        ["division"] = "division", ["县(市、区)"] = "division", ["县区"] = "division", ["行政区"] = "division", ["行政区划代码"] = "division",
        ["quantity"] = "quantity", ["数量"] = "quantity", ["分解任务"] = "quantity", ["任务量"] = "quantity", ["unit"] = "unit", ["单位"] = "unit", ["计量单位"] = "unit",
        ["reason"] = "reason", ["原因"] = "reason", ["原因说明"] = "reason",
        ["projectName"] = "", ["项目名称"] = "", ["measureName"] = "", ["措施名称"] = "", ["建设内容"] = "", ["序号"] = "",
    };

    public static readonly Form Form = new("assignments", Headings, ["projectId", "year", "measureId", "division", "quantity"], Place);

    /// <summary>Rows that follow each other with one project and year, or with none named, are one assignment.</summary>
    public static IEnumerable<List<SheetRow>> Group(Sheet sheet) => Form.Runs(sheet.Rows, "projectId", "year");

    public static async ValueTask<Handled> Read(List<SheetRow> rows, HttpContext http, NpgsqlDataSource db, Territory territory, Clock clock)
    {
        var (tree, first) = (await territory.Tree(), new Cells(rows[0]));
        var (id, year) = (first.Required("projectId"), first.Whole("year"));
        first.Required("year");
        var measures = Measures(rows).Select((its, i) => Measure(its, i, tree, first.Faults)).ToList();
        if (first.Faults.Count > 0)
        {
            return Refusal.Malformed("row.malformed", first.Faults[0].Detail, first.Faults);
        }

        if (await ProjectEndpoints.Foreign(db, territory, http, clock, AssignmentEndpoints.Owner, id) is { } foreign)
        {
            return foreign;
        }

        var (stream, command) = (ProjectAssignments.Stream(id), new AssignYear(year!.Value, measures, rows[0]["reason"], http.By(), clock.At(null)));
        return (Func<Streams, Refusal?>)(s => s.Record(
            ProjectAssignments.Aggregate, stream,
            AssignmentDecider.Decide(s.Get(ProjectAssignments.Aggregate, stream), id, command, s.Get(Project.Aggregate, Project.Stream(id)), tree)));
    }

    /// <summary>Where the year's target is not given it is what the counties have together.</summary>
    private static AssignedQuantity Measure(List<SheetRow> rows, int i, DivisionTree tree, List<Fault> faults)
    {
        var measure = new Cells(rows[0]);
        var (id, target) = (measure.Required("measureId"), measure.Quantity("target", "unit", "#/target"));
        faults.AddRange(measure.Faults.Select(f => new Fault($"#/measures/{i}{f.Pointer[1..]}", f.Detail)));
        var counties = rows.Select((row, j) =>
        {
            var cells = new Cells(row);
            cells.Required("quantity");
            var county = new CountyQuantity(cells.Division("division", tree), cells.Quantity("quantity", "unit", "#/quantity") ?? default);
            faults.AddRange(cells.Faults.Select(f => new Fault($"#/measures/{i}/counties/{j}{f.Pointer[1..]}", f.Detail)));
            return county;
        }).ToList();
        return new AssignedQuantity(id, target ?? (faults.Count > 0 ? default : Quantity.FromCanonical(counties.Sum(c => c.Quantity.Canonical), counties[0].Quantity.Unit)), counties);
    }

    private static IEnumerable<List<SheetRow>> Measures(IReadOnlyList<SheetRow> rows) => Form.Runs(rows, "measureId");

    private static (int Row, string Member) Place(string pointer, IReadOnlyList<SheetRow> rows)
    {
        var parts = pointer.Split('/');
        if (parts is not ["#", "measures", var at, ..] || !int.TryParse(at, out var measure))
        {
            return (0, parts is [_, var member, ..] ? member : "year");
        }

        var first = Measures(rows).Take(measure).Sum(its => its.Count);
        return parts[3..] switch
        {
            ["counties", var county, .., "unit"] when int.TryParse(county, out var row) => (first + row, "unit"),
            ["counties", var county, var member, ..] when int.TryParse(county, out var row) => (first + row, member),
            ["counties", ..] => (first, "quantity"),
            [.., "unit"] => (first, "unit"),
            [var member, ..] => (first, member),
            _ => (first, "measureId"),
        };
    }
}

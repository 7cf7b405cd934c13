using Microsoft.AspNetCore.Http;
using Restoration.Domain;
using Restoration.Http;
using Restoration.Registry.Progress;

namespace Restoration.Registry.Imports;

/// <summary>The form that counties keep: a row for each measure, county and period.</summary>
internal static class ProgressForm
{
    public static readonly IReadOnlyDictionary<string, string> Headings = new Dictionary<string, string>
    {
        ["projectId"] = "projectId", ["项目编号"] = "projectId",
        ["measureId"] = "measureId", ["措施编号"] = "measureId", ["建设内容编号"] = "measureId",
        ["division"] = "division", ["行政区"] = "division", ["县区"] = "division", ["县(市、区)"] = "division", ["行政区划代码"] = "division",
        ["period"] = "period", ["期间"] = "period", ["填报期"] = "period", ["报告期"] = "period",
        ["mode"] = "mode", ["填报口径"] = "mode", ["统计口径"] = "mode",
        ["quantity"] = "quantity", ["数量"] = "quantity", ["完成量"] = "quantity",
        ["unit"] = "unit", ["单位"] = "unit", ["计量单位"] = "unit",
        ["investmentCompleted"] = "investmentCompleted", ["完成投资"] = "investmentCompleted",
        ["investmentUnit"] = "investmentUnit", ["投资单位"] = "investmentUnit",
        ["evidenceUri"] = "evidenceUri", ["佐证材料"] = "evidenceUri", ["佐证地址"] = "evidenceUri",
        ["evidenceSha256"] = "evidenceSha256", ["佐证哈希"] = "evidenceSha256",
        ["evidenceKind"] = "evidenceKind", ["佐证类型"] = "evidenceKind",
        ["reason"] = "reason", ["原因"] = "reason", ["原因说明"] = "reason",
        ["note"] = "note", ["备注"] = "note",
        ["reportedOn"] = "reportedOn", ["填报日期"] = "reportedOn", ["上报日期"] = "reportedOn",
        ["projectName"] = "", ["项目名称"] = "", ["measureName"] = "", ["措施名称"] = "", ["建设内容"] = "", ["序号"] = "",
    };

    public static readonly string[] Required = ["projectId", "measureId", "division", "period", "mode", "quantity"];

    private static readonly Dictionary<string, ReportMode> s_modes = new()
    {
        ["本期"] = ReportMode.Increment, ["当期"] = ReportMode.Increment, ["本月"] = ReportMode.Increment, ["本年累计"] = ReportMode.YearToDate, ["累计"] = ReportMode.ToDate, ["开工以来累计"] = ReportMode.ToDate,
    };

    private static readonly Dictionary<string, EvidenceKind> s_evidence = new()
    {
        ["照片"] = EvidenceKind.Photo, ["无人机"] = EvidenceKind.Drone, ["卫星影像"] = EvidenceKind.Satellite, ["文件"] = EvidenceKind.Document,
    };

    /// <summary>The column that a pointer of the rules means.</summary>
    public static string ColumnOf(string pointer) => pointer switch
    {
        "#/quantity/unit" => "unit",
        "#/quantity/value" or "#/quantity" => "quantity",
        "#/investmentCompleted/unit" => "investmentUnit",
        _ when pointer.StartsWith("#/investmentCompleted", StringComparison.Ordinal) => "investmentCompleted",
        _ when pointer.StartsWith("#/evidence/", StringComparison.Ordinal) => pointer.EndsWith("/kind", StringComparison.Ordinal) ? "evidenceKind" : pointer.EndsWith("/uri", StringComparison.Ordinal) ? "evidenceUri" : "evidenceSha256",
        "#/time" => "reportedOn",
        _ => pointer[2..],
    };

    /// <summary>The command of a row: the one that the posted event becomes.</summary>
    public static async ValueTask<Handled> Read(SheetRow row, Sender sender, HttpContext http, Territory territory, Clock clock, ProgressOptions options)
    {
        var cells = new Cells(row);
        var (period, mode, quantity) = (cells.Period("period"), cells.Word("mode", s_modes), cells.Quantity("quantity", "unit", "#/quantity"));
        var (money, kind) = (cells.Money("investmentCompleted", "investmentUnit", "#/investmentCompleted"), cells.Word("evidenceKind", s_evidence) ?? EvidenceKind.Document);
        var (project, measure, division) = (cells.Required("projectId"), cells.Required("measureId"), cells.Division("division", await territory.Tree()));
        cells.Required("mode");
        cells.Required("quantity");
        if (row["evidenceUri"] is not null != row["evidenceSha256"] is not null)
        {
            cells.Fault(row["evidenceUri"] is null ? "evidenceUri" : "evidenceSha256", "Evidence has an address and the SHA-256 of what is there.", "#/evidence/0");
        }

        var at = cells.Day("reportedOn") is { } day ? Moment.EndOf(day) is var end && end > clock.At(null) ? clock.At(null) : end : clock.At(null);
        if (cells.Faults.Count > 0)
        {
            return Refusal.Malformed("row.malformed", cells.Faults[0].Detail, cells.Faults);
        }

        IReadOnlyList<Evidence> evidence = row["evidenceUri"] is { } uri ? [new Evidence(uri, row["evidenceSha256"]!.ToLowerInvariant(), kind)] : [];
        return await ProgressEndpoints.Report(
            new ProgressReportedData(project, measure, division, period!.Value, mode!.Value, quantity!.Value, money, evidence, row["reason"], row["note"]), sender, at, http, territory, options);
    }
}

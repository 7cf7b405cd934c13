using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// Draws a year of quarterly reports from what the register says of plans, projects and counties. All chance comes from hashes of ids, so
/// that every run draws the same.
/// </summary>
internal sealed class Draw(Api reader)
{
    private static readonly decimal[] s_season = [0.16m, 0.43m, 0.76m, 1.00m];
    private static readonly HashSet<string> s_whole = ["count"];

    public async Task<List<Report>> Year()
    {
        var reports = new List<Report>();
        foreach (var plan in (await reader.All("/v1/registry/plans")).Where(p => p.Text("state") == "adopted"))
        {
            var city = plan.Text("division");
            var counties = (await reader.All($"/v1/registry/divisions?parentId={city}"))
                .Where(d => d.Text("level") is "county" or "function-zone" && d.MaybeText("replacedBy") is null).Select(d => d.Text("id")).Order(StringComparer.Ordinal).ToList();
            foreach (var item in await reader.All($"/v1/registry/projects?planId={plan.Text("id")}&state=in-progress"))
            {
                reports.AddRange(Of(await reader.Get($"/v1/registry/projects/{item.Text("id")}"), city, counties));
            }
        }

        return reports;
    }

    /// <summary>A number from 0 (included) to 1 that belongs to the words.</summary>
    public static decimal Chance(params string[] words) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', words)))) / (decimal)(1L << 32);

    private static IEnumerable<Report> Of(JsonElement project, string city, List<string> whole)
    {
        var years = project.GetProperty("definition").Items("schedule").Select(y => (From: y.GetProperty("from").GetInt32(), To: y.GetProperty("to").GetInt32())).ToList();
        if (!years.Any(y => y.From <= Report.Year && Report.Year <= y.To)) yield break;

        var counties = project.Texts("counties").ToList();
        var ofYear = 1m / years.Sum(y => y.To - y.From + 1);
        var measures = Register.Measures(project)
            .Where(m => m.Text("role") == "part" && m.Find("fedBy") is null && m.Find("quantity") is not null)
            .Select(m => (Measure: m, Where: m.MaybeText("division") is { } only ? [only] : counties.Count > 0 ? counties : whole)).ToList();
        var all = measures.SelectMany(m => m.Where).Distinct().ToList();
        var paid = new HashSet<string>();
        foreach (var (measure, where) in measures)
        {
            foreach (var division in where)
            {
                var money = paid.Add(division) && project.Find("estimate") is { } e
                    ? e.Number("amount") / 10_000 * ofYear * Part(project.Text("id"), division, all) * Pace(project.Text("id"), division) : (decimal?)null;
                foreach (var report in Quarters(project, measure, division, city, ofYear * Part(measure.Text("id"), division, where), money)) yield return report;
            }
        }
    }

    private static IEnumerable<Report> Quarters(JsonElement project, JsonElement measure, string division, string city, decimal part, decimal? money)
    {
        var (id, quantity) = (measure.Text("id"), measure.GetProperty("quantity"));
        var unit = quantity.Text("unit");
        var target = quantity.Number("value") * part * Pace(id, division);
        // Most counties report what was done since January (本年累计), some what was done in the quarter.
        var increment = Chance(id, division, "mode") < 0.2m;
        var (before, spent) = (0m, 0m);
        for (var quarter = 1; quarter <= 4; quarter++)
        {
            var soFar = target * s_season[quarter - 1];
            // Whole things are done one by one: the fraction decides when the next is done.
            soFar = s_whole.Contains(unit) ? Math.Floor(soFar + Chance(id, division, "whole")) : decimal.Round(soFar, 4);
            var spentSoFar = money is { } m ? decimal.Round(m * s_season[quarter - 1], 2) : 0;
            yield return new(
                city, project.Text("id"), id, measure.Text("name"), division, quarter, increment ? "increment" : "year-to-date",
                increment ? soFar - before : soFar, unit, money is null ? null : spentSoFar - spent);
            (before, spent) = (soFar, spentSoFar);
        }
    }

    /// <summary>The part of the whole that falls to a county: all of them add up to one.</summary>
    private static decimal Part(string id, string division, List<string> where) => Weight(id, division) / where.Sum(d => Weight(id, d));

    private static decimal Weight(string id, string division) => 0.5m + Chance(id, division, "weight");

    /// <summary>Some counties are ahead of the plan, more are behind it.</summary>
    private static decimal Pace(string id, string division) => 0.70m + (0.40m * Chance(id, division, "pace"));
}

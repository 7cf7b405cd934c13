using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Restoration.Loader;

/// <summary>
/// Draws five years of quarterly reports from what the register says of plans, projects and counties. All chance comes from hashes of
/// ids, so that every run draws the same.
/// </summary>
internal sealed class Draw(Api reader)
{
    private const decimal SlowPace = 0.55m;

    /// <summary>Most of a year's work is done in its dry second half.</summary>
    private static readonly decimal[] s_season = [0.16m, 0.43m, 0.76m, 1.00m];

    /// <summary>What each county is to do of each measure in each year, drawn with the reports.</summary>
    public List<Assigned> Assignments { get; } = [];

    public async Task<List<Report>> Reports()
    {
        var reports = new List<Report>();
        foreach (var plan in (await reader.All("/v1/registry/plans")).Where(p => p.Text("state") == "adopted"))
        {
            var city = plan.Text("division");
            var counties = (await reader.All($"/v1/registry/divisions?parentId={city}"))
                .Where(d => d.Text("level") is "county" or "function-zone" && d.MaybeText("replacedBy") is null).Select(d => d.Text("id")).Order(StringComparer.Ordinal).ToList();
            var slow = counties.OrderBy(c => Chance(c, "slow")).Take(Math.Max(1, counties.Count / 8)).ToHashSet();
            foreach (var item in await reader.All($"/v1/registry/projects?planId={plan.Text("id")}&state=in-progress"))
            {
                reports.AddRange(Of(await reader.Get($"/v1/registry/projects/{item.Text("id")}"), city, counties, slow, plan.MaybeText("adoptedAt")));
            }
        }

        return reports;
    }

    /// <summary>A number from 0 (included) to 1 that belongs to the words.</summary>
    public static decimal Chance(params string[] words) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', words)))) / (decimal)(1L << 32);

    private IEnumerable<Report> Of(JsonElement project, string city, List<string> whole, HashSet<string> slow, string? adopted)
    {
        var id = project.Text("id");
        var years = project.GetProperty("definition").Items("schedule")
            .SelectMany(y => Enumerable.Range(y.GetProperty("from").GetInt32(), y.GetProperty("to").GetInt32() - y.GetProperty("from").GetInt32() + 1))
            .Distinct().Order().ToList();
        var counties = project.Texts("counties").Order(StringComparer.Ordinal).ToList();
        var targets = (
            from measure in Register.Measures(project)
            where measure.Text("role") == "part" && measure.Find("fedBy") is null && measure.Find("quantity") is not null
            let only = measure.MaybeText("division")
            from target in Shares(measure, only is not null ? [only] : counties.Count > 0 ? counties : whole)
            where target.Amount > 0
            select (Measure: measure, target.Division, target.Amount)).ToList();
        Assignments.AddRange(
            from t in targets
            let unit = t.Measure.GetProperty("quantity").Text("unit")
            from n in Enumerable.Range(0, years.Count)
            where years[n] <= Report.LastYear
            select new Assigned(city, id, t.Measure.Text("id"), t.Division, years[n], Whole(t.Amount * (n + 1) / years.Count, unit) - Whole(t.Amount * n / years.Count, unit), unit, adopted));
        var all = targets.Select(t => t.Division).Distinct().ToList();
        var paid = new HashSet<string>();
        foreach (var (measure, division, amount) in targets)
        {
            var pace = Pace(measure.Text("id"), division, slow);
            // With the first measure that the county reports of the project.
            var money = paid.Add(division) && project.Find("estimate") is { } e
                ? e.Number("amount") / 10_000 * Weight(id, division) / all.Sum(d => Weight(id, d)) * pace : (decimal?)null;
            foreach (var report in Quarters(project, measure, division, city, years, amount, pace, money)) yield return report;
        }
    }

    private static IEnumerable<Report> Quarters(
        JsonElement project, JsonElement measure, string division, string city, List<int> years, decimal target, decimal pace, decimal? money)
    {
        var (id, unit) = (measure.Text("id"), measure.GetProperty("quantity").Text("unit"));
        // Most counties report what was done since January (本年累计), some what was done in the quarter, few what was done since the start.
        var mode = Chance(id, division, "mode") switch { < 0.2m => "increment", < 0.3m => "to-date", _ => "year-to-date" };
        var (done, spent) = (0m, 0m);
        for (var n = 0; n < years.Count && years[n] <= Report.LastYear; n++)
        {
            var atNewYear = done;
            for (var quarter = 1; quarter <= 4; quarter++)
            {
                var way = Way((n + s_season[quarter - 1]) / years.Count) * pace;
                var soFar = IsWhole(unit) ? Math.Min(target, Math.Floor((target * way) + 0.2m)) : decimal.Round(target * way, 4);
                var spentSoFar = decimal.Round(money * way ?? 0, 2);
                var quantity = mode switch { "increment" => soFar - done, "to-date" => soFar, _ => soFar - atNewYear };
                yield return new(
                    city, project.Text("id"), id, measure.Text("name"), division, years[n], quarter, mode, quantity, unit, money is null ? null : spentSoFar - spent);
                (done, spent) = (soFar, spentSoFar);
            }
        }
    }

    /// <summary>How much of the work is done when a part of the time is over: it begins slowly.</summary>
    private static decimal Way(decimal time) => time * (0.8m + (0.2m * time));

    /// <summary>What falls to each county: all add up to the target. Whole things are dealt out one by one.</summary>
    private static IEnumerable<(string Division, decimal Amount)> Shares(JsonElement measure, List<string> where)
    {
        var (id, quantity) = (measure.Text("id"), measure.GetProperty("quantity"));
        var (target, whole) = (quantity.Number("value"), IsWhole(quantity.Text("unit")));
        var all = where.Sum(d => whole ? 1 : Weight(id, d));
        var (reached, given) = (0m, 0m);
        foreach (var division in where)
        {
            reached += target * (whole ? 1 : Weight(id, division)) / all;
            var next = whole ? decimal.Round(reached) : reached;
            yield return (division, next - given);
            given = next;
        }
    }

    /// <summary>Never more than the whole, so that all years and counties together stay within the target.</summary>
    private static decimal Whole(decimal amount, string unit) => IsWhole(unit) ? Math.Floor(amount) : Math.Floor(amount * 10_000) / 10_000;

    private static bool IsWhole(string unit) => unit == "count";

    private static decimal Weight(string id, string division) => 0.5m + Chance(id, division, "weight");

    /// <summary>Some measures are ahead of the plan, more are behind it; a few counties are far behind with all they do.</summary>
    private static decimal Pace(string id, string division, HashSet<string> slow) =>
        (0.86m + (0.18m * Chance(id, "pace"))) * (slow.Contains(division) ? SlowPace : 0.95m + (0.09m * Chance(id, division, "pace")));
}

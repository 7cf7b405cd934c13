using System.Globalization;
using Restoration.Domain;

namespace Restoration.Registry.Projects;

/// <summary>
/// What a change makes otherwise. What a difference is, it is to the project as it stands; whether it goes beyond ±10 % is measured
/// against what was approved, or a series of small changes would pass by the approval.
/// </summary>
public static class Differences
{
    private const decimal Tolerance = 0.10m;

    public static IReadOnlyList<Difference> Of(Project project, ProjectRef r, ProjectDefinition d)
    {
        var before = project.Definition!;
        var (place, approved) = project.Approved ?? (project.Ref, before);
        var found = new List<Difference?>
        {
            Text("counties", Listed(project.Ref.Counties), Listed(r.Counties), !Same(place.Counties, r.Counties)),
            Text("towns", Listed(before.Towns), Listed(d.Towns), !Same(approved.Towns, d.Towns)),
            Text("schedule", Listed(before.Schedule.Select(Years)), Listed(d.Schedule.Select(Years)), Moves(approved.Schedule, d.Schedule)),
            Text("leadUnit", before.LeadUnit, d.LeadUnit, false),
            Text("fundingPlan", Listed(before.FundingPlan.Select(Share)), Listed(d.FundingPlan.Select(Share)),
                Approval.ExpectsCentral(approved.FundingPlan) != Approval.ExpectsCentral(d.FundingPlan)),
        };
        if (before.Estimate != d.Estimate)
        {
            var (percent, beyond) = Share(approved.Estimate?.Yuan, d.Estimate?.Yuan);
            found.Add(new("estimate", null, before.Estimate?.ToString(), d.Estimate?.ToString(), percent, beyond));
        }

        found.AddRange(before.Measures.Where(m => d.Measures.All(n => n.Id != m.Id)).Select(m => new Difference("measures", m.Id, Shown(m), null, null, true)));
        foreach (var after in d.Measures)
        {
            var old = before.Measures.FirstOrDefault(m => m.Id == after.Id);
            if (old is null)
            {
                found.Add(new("measures", after.Id, null, Shown(after), null, true));
            }
            else if (!CanonicalJson.Same(old, after, StoredJson.Default.Measure))
            {
                found.Add(Of(old, after, approved.Measures.FirstOrDefault(m => m.Id == after.Id)));
            }
        }

        return [.. found.OfType<Difference>()];
    }

    /// <param name="approved">Null where it was not there then.</param>
    private static Difference Of(Measure old, Measure after, Measure? approved)
    {
        var comparable = approved?.Quantity is not { } was || after.Quantity is not { } now || was.SameDimension(now);
        var (percent, beyond) = comparable ? Share(approved?.Quantity?.Canonical, after.Quantity?.Canonical) : (null, true);
        var counted = approved is not null && (approved.Division, approved.Town, approved.Role, approved.FedBy, approved.IndicatorId)
            == (after.Division, after.Town, after.Role, after.FedBy, after.IndicatorId);
        return new("measures", after.Id, Shown(old), Shown(after), percent, beyond || !counted);
    }

    /// <summary>Work begins, ends or lasts otherwise by more than a tenth of the years that were approved.</summary>
    private static bool Moves(IReadOnlyList<Years> approved, IReadOnlyList<Years> now)
    {
        if (approved.Count == 0 || now.Count == 0)
        {
            return approved.Count != now.Count;
        }

        int[] by = [approved.Min(y => y.From) - now.Min(y => y.From), approved.Max(y => y.To) - now.Max(y => y.To), Lasting(approved) - Lasting(now)];
        return by.Max(Math.Abs) > Lasting(approved) * Tolerance;

        static int Lasting(IReadOnlyList<Years> schedule) => schedule.Sum(y => y.To - y.From + 1);
    }

    private static (decimal? Percent, bool Beyond) Share(decimal? approved, decimal? now) => (approved, now) switch
    {
        (null, null) => (null, false),
        (null or 0, _) or (_, null) => (null, true),
        _ when approved == now => (0, false),
        var (a, n) => (Percent(a.Value, n.Value), Math.Abs(n.Value - a.Value) > Math.Abs(a.Value) * Tolerance),
    };

    /// <summary>For reading: where it would be beyond what a number holds, it is left out.</summary>
    private static decimal? Percent(decimal approved, decimal now)
    {
        try
        {
            return decimal.Round((now - approved) / approved * 100, 2);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private static Difference? Text(string member, string? before, string? after, bool beyond) =>
        before == after ? null : new(member, null, before, after, null, beyond);

    private static bool Same(IReadOnlyList<string> a, IReadOnlyList<string> b) => a.ToHashSet(StringComparer.Ordinal).SetEquals(b);

    private static string Listed(IEnumerable<string> words) => string.Join(", ", words);

    private static string Years(Years years) => string.Create(CultureInfo.InvariantCulture, $"{years.From}–{years.To}");

    private static string Share(FundingShare share) => $"{share.Channel} {share.Amount}";

    private static string Shown(Measure m) => $"{m.Name}{(m.Quantity is { } q ? $" {q}" : "")}{(m.Division is { } d ? $" ({d})" : "")}";
}

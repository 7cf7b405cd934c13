namespace Restoration.Loader;

/// <summary>What a county is to do of a measure in a year.</summary>
/// <param name="City">The division of the plan, which assigns.</param>
/// <param name="Adopted">When the plan was adopted: nothing is assigned before.</param>
internal sealed record Assigned(string City, string ProjectId, string MeasureId, string Division, int Year, decimal Quantity, string Unit, string? Adopted);

/// <summary>年度任务分解: each January the cities assign the year's work to counties, which confirm it; those that are behind have not confirmed the last.</summary>
internal sealed class Assigning(Journal journal, IReadOnlyList<Assigned> all, IReadOnlyCollection<string> behind)
{
    private const int AtOnce = 8;

    public Task Play(int year) => Parallel.ForEachAsync(
        all.Where(a => a.Year == year && a.Quantity > 0).GroupBy(a => a.ProjectId), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (project, _) =>
        {
            var (first, path) = (project.First(), $"/v1/registry/projects/{project.Key}/assignments/{year}");
            await journal.Assign($"planner-{first.City}", $"{first.City}-21", path, $"{project.Key}-assigned-{year}", new
            {
                measures = project.GroupBy(a => a.MeasureId).Select(m => new
                {
                    measureId = m.Key, target = Of(m.Sum(a => a.Quantity), m.First().Unit),
                    counties = m.Select(a => new { division = a.Division, quantity = Of(a.Quantity, a.Unit) }),
                }),
                at = On(first, year, 10),
            });
            foreach (var county in project.Select(a => a.Division).Distinct().Where(d => year < Report.LastYear || !behind.Contains(d)))
            {
                await journal.Command(
                    $"reviewer-{county}", $"{county}-02", $"{path}/confirm", $"{project.Key}-{county}-confirmed-{year}", new { division = county, note = Cloud.Mark, at = On(first, year, 20) });
            }
        });

    private static object Of(decimal value, string unit) => new { value, unit };

    /// <summary>A day of January; some days after the adoption where that was later.</summary>
    private static string On(Assigned assigned, int year, int day) =>
        assigned.Adopted is { } adopted && DateOnly.FromDateTime(DateTimeOffset.Parse(adopted, System.Globalization.CultureInfo.InvariantCulture).ToOffset(TimeSpan.FromHours(8)).Date) is var since && since >= new DateOnly(year, 1, 1)
            ? Acts.Midnight(since.AddDays(day))
            : Acts.Midnight(new DateOnly(year, 1, day));
}

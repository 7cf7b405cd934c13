namespace Restoration.Loader;

/// <summary>A county's report of one measure for one quarter of the demonstration.</summary>
/// <param name="City">The division of the plan, which verifies.</param>
/// <param name="Quantity">As <paramref name="Mode"/> means it, in <paramref name="Unit"/>.</param>
/// <param name="Invested">完成投资 of the project in the quarter, in 万元; with the first measure of each project.</param>
internal sealed record Report(
    string City, string ProjectId, string MeasureId, string Measure, string Division, int Year, int Quarter, string Mode, decimal Quantity, string Unit,
    decimal? Invested)
{
    public const int FirstYear = 2021;
    public const int LastYear = 2025;

    public bool IsLast => (Year, Quarter) == (LastYear, 4);

    public string Id => $"{MeasureId}-{Year}-q{Quarter}";

    public string Period => $"{Year}-Q{Quarter}";

    public string FigureId => $"{MeasureId}.{Division}.{Period}";

    /// <summary>The first day after the quarter.</summary>
    private DateOnly Over => new DateOnly(Year, Quarter * 3, 1).AddMonths(1);

    /// <summary>A moment some days after the quarter, in China, when county, bureau or city is at work.</summary>
    public string DaysAfter(int days) => $"{Over.AddDays(days - 1):yyyy-MM-dd}T09:00:00+08:00";

    /// <summary>The report as a CloudEvent, with a small document as its evidence.</summary>
    public object Event() => Cloud.Event(Cloud.SourceOf(Division), Id, "restoration.progress.reported.v1", ProjectId, DaysAfter(5), new
    {
        projectId = ProjectId, measureId = MeasureId, division = Division, period = Period, mode = Mode, quantity = new { value = Quantity, unit = Unit },
        investmentCompleted = Invested is { } amount ? new { amount, unit = "wan-yuan" } : null,
        evidence = new[] { Cloud.Evidence(Division, Id, $"{FigureId} {Mode} {Quantity} {Unit}", $"{Over.AddDays(-1):yyyy-MM-dd}T15:00:00+08:00") },
        note = Cloud.Mark,
    });

    /// <summary>A later look at the place found less than was reported.</summary>
    public object Correction(decimal found) => Cloud.Event(
        Cloud.SourceOf(Division), $"{Id}-corrected", "restoration.progress.corrected.v1", ProjectId, DaysAfter(20), new
        {
            corrects = new { source = Cloud.SourceOf(Division), id = Id }, quantity = new { value = found, unit = Unit }, reason = $"现场复核后核减（{Cloud.Mark}）",
        });
}
